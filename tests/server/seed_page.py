"""The types page of the Tinker API that this server implements: its JSON examples and its defaults, as data."""

from typing import Any

MODEL_INPUTS: list[dict[str, Any]] = [
    {"chunks": [{"tokens": [1, 2, 3, 4, 5]}]},
    {"tokens": [1, 2, 3, 4, 5]},
    {"input_ids": [1, 2, 3, 4, 5]},
]
TENSOR: dict[str, Any] = {"data": [0.5, -0.3, 0.8, 0.2], "shape": [4], "dtype": "float32"}
CROSS_ENTROPY_INPUTS: dict[str, Any] = {
    "target_tokens": {"data": [3, 4, 5], "dtype": "int64"},
    "weights": {"data": [1.0, 1.0, 1.0], "dtype": "float32"},
}
POLICY_INPUTS: dict[str, Any] = {
    "target_tokens": {"data": [5, 6, 7, 8], "dtype": "int64"},
    "logprobs": {"data": [-2.1, -1.8, -3.2, -2.5], "dtype": "float32"},
    "advantages": {"data": [0.5, -0.3, 0.8, 0.2], "dtype": "float32"},
}
SUPERVISED_DATUM: dict[str, Any] = {
    "model_input": {"chunks": [{"tokens": [1, 2, 3, 4, 5]}]},
    "loss_fn_inputs": CROSS_ENTROPY_INPUTS,
}
POLICY_DATUM: dict[str, Any] = {
    "model_input": {"chunks": [{"tokens": [1, 2, 3, 4, 5, 6, 7, 8]}]},
    "loss_fn_inputs": POLICY_INPUTS,
}
LORA: dict[str, Any] = {"rank": 32, "train_mlp": True, "train_attn": True, "train_unembed": True}
ADAM: dict[str, Any] = {"learning_rate": 1e-6, "beta1": 0.9, "beta2": 0.95, "eps": 1e-8, "weight_decay": 0.01}
SAMPLING: dict[str, Any] = {"max_tokens": 100, "temperature": 0.7, "top_p": 0.9, "stop": ["<|endoftext|>", "\n\n"]}
RLVE: dict[str, Any] = {
    "enabled": True,
    "environment_list": ["Division", "Multiplication", "GCDOne_Counting"],
    "n_samples_per_prompt": 8,
    "rollout_max_response_len": 4096,
}
WANDB: dict[str, Any] = {"project": "rlve-training", "name": "qwen-7b-run-001", "tags": ["rlve", "qwen"]}
ACCEPTED: dict[str, Any] = {"request_id": "req-abc-123", "message": "Operation started"}
LOSS_RESULT: dict[str, Any] = {
    "loss_fn_outputs": [{"logprobs": {"data": [-2.0, -1.9, -3.1], "dtype": "float32"}}],
    "metrics": {"loss:sum": 2.5, "ppo_kl": 0.01, "pg_clipfrac": 0.05},
}
SAMPLE_RESULT: dict[str, Any] = {
    "sequences": [
        {"tokens": [4, 5, 6, 7, 8], "logprobs": [-1.2, -0.8, -2.1, -1.5, -0.9], "finish_reason": "stop"},
    ],
    "prompt_logprobs": None,
}

EXAMPLES: list[dict[str, Any]] = [
    *MODEL_INPUTS,
    TENSOR,
    SUPERVISED_DATUM,
    POLICY_DATUM,
    LORA,
    ADAM,
    SAMPLING,
    RLVE,
    WANDB,
    ACCEPTED,
    LOSS_RESULT,
    SAMPLE_RESULT,
    CROSS_ENTROPY_INPUTS,
    POLICY_INPUTS,
]
"""Every JSON block of the page, in its order."""

REQUIRED = "required"
REQUEST_TYPES: dict[str, dict[str, Any]] = {
    "CreateModelRequest": {
        "session_id": REQUIRED,
        "model_seq_id": REQUIRED,
        "model_name": REQUIRED,
        "lora_config": None,
        "max_batch_size": 256,
        "max_seq_len": 4096,
        "debug_train_only": False,
        "checkpoint_path": None,
        "rlve_config": None,
        "wandb_config": None,
    },
    "ForwardBackwardRequest": {
        "model_id": REQUIRED,
        "data": REQUIRED,
        "loss_fn": REQUIRED,
        "loss_fn_config": None,
    },
    "OptimStepRequest": {"model_id": REQUIRED, "adam_params": REQUIRED},
    "ASampleRequest": {
        "model_id": REQUIRED,
        "prompt": REQUIRED,
        "num_samples": 1,
        "sampling_params": None,
        "include_prompt_logprobs": False,
    },
    "SaveWeightsRequest": {"model_id": REQUIRED, "name": REQUIRED},
    "CreateSessionRequest": {"tags": [], "user_metadata": None, "sdk_version": "unknown"},
    "SessionHeartbeatRequest": {"session_id": REQUIRED},
}
REQUESTS: dict[str, dict[str, Any]] = {
    "CreateModelRequest": {"session_id": "s", "model_seq_id": 0, "model_name": "local/tiny"},
    "ForwardBackwardRequest": {"model_id": "m", "data": [SUPERVISED_DATUM], "loss_fn": "cross_entropy"},
    "OptimStepRequest": {"model_id": "m", "adam_params": ADAM},
    "ASampleRequest": {"model_id": "m", "prompt": MODEL_INPUTS[0]},
    "SaveWeightsRequest": {"model_id": "m", "name": "step-1"},
    "CreateSessionRequest": {},
    "SessionHeartbeatRequest": {"session_id": "s"},
}
"""What the page requires and nothing else."""
RESPONSE_TYPES: dict[str, list[str]] = {
    "AsyncOperationResponse": ["request_id", "message"],
    "FutureStatus": ["status", "result", "error"],
    "ForwardBackwardResult": ["loss_fn_outputs", "metrics"],
    "OptimStepResult": ["learning_rates", "step_count"],
    "SampleResult": ["sequences", "prompt_logprobs"],
    "SamplingSequence": ["tokens", "logprobs", "finish_reason"],
    "SaveWeightsResult": ["path", "tinker_path", "sampling_session_id", "router_address"],
    "CreateSessionResponse": ["session_id", "info_message", "warning_message", "error_message"],
    "GetSessionResponse": ["training_run_ids", "sampler_ids"],
    "ModelInfoResponse": ["model_data"],
    "ModelData": ["model_id", "model_name", "lora_rank", "created_at"],
    "HealthResponse": ["status", "version", "ray_status", "active_models", "active_sessions"],
}
