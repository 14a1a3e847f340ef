"""The JSON answers of every route: what the Tinker API page says, and beside it what the stock SDK reads.

Clients ignore keys that they do not know. No answer of a future has the key `error` unless it failed: the SDK takes its
presence, even as null, for a failure.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

CheckpointType = Literal["training", "sampler", "external"]


def text_metadata(metadata: Mapping[str, Any] | None) -> dict[str, str] | None:
    """User metadata as the SDK can read it: values that are no text become their JSON."""
    if metadata is None:
        return None
    return {key: value if isinstance(value, str) else json.dumps(value) for key, value in metadata.items()}


class Answer(BaseModel):
    model_config = ConfigDict(frozen=True, protected_namespaces=())


class ErrorResponse(Answer):
    """Of every HTTP error."""

    detail: str


class ClientConfigResponse(Answer):
    """client/config: switches of the SDK; those that are not here keep its defaults."""

    pjwt_auth_enabled: bool = False
    parallel_fwdbwd_chunks: bool = True
    proto_compress_fwdbwd: bool = False
    fwdbwd_max_chunk_len: int = 1024
    fwdbwd_max_chunk_bytes_count: int = 5_000_000
    sample_max_concurrent_requests: int = 2000
    sample_use_retrieve_futures: bool = False
    sample_join_sampling_session: bool = False
    custom_loss_server_side: bool = False
    # A 402 from a proxy must not stop a client for an hour in silence.
    billing_exception_max_pause_duration_sec: int = 0


class ClientDynamicConfigResponse(Answer):
    """client/dynamic_config."""

    refresh_interval_sec: int = 300
    sample_cancel_enabled: bool = False
    sample_cancel_max_batch_size: int = 64


class CreateSessionResponse(Answer):
    session_id: str
    info_message: str | None = None
    warning_message: str | None = None
    error_message: str | None = None
    type: Literal["create_session"] = "create_session"


class SessionHeartbeatResponse(Answer):
    type: Literal["session_heartbeat"] = "session_heartbeat"


class TelemetryResponse(Answer):
    status: Literal["accepted"] = "accepted"


class ListSessionsResponse(Answer):
    sessions: list[str]


class GetSessionResponse(Answer):
    training_run_ids: list[str]
    sampler_ids: list[str]
    user_metadata: dict[str, str] | None = None
    display_name: str | None = None


class FinishedReason(Answer):
    type: Literal["success", "errored", "interrupted"]


class SessionStatus(Answer):
    """`reason` goes with client_finished."""

    type: Literal["active", "client_finished"]
    reason: FinishedReason | None = None
    detail: str | None = None


class SessionSummary(Answer):
    session_id: str
    created_at: datetime
    owner: str
    project_id: str
    status: SessionStatus | None = None
    checkpoints_count: int
    display_name: str | None = None
    user_metadata: dict[str, str] | None = None
    checkpoint_storage_bytes: int | None = None


class SearchCursor(Answer):
    last_created_at: datetime
    last_session_id: str


class SessionSearchResponse(Answer):
    sessions: list[SessionSummary]
    next_cursor: SearchCursor | None = None


class AsyncOperationResponse(Answer):
    """A submission was accepted. sample_sequence_ids: one per sample, in the order of the result."""

    request_id: str
    message: str | None = None
    model_id: str | None = None
    sample_sequence_ids: list[str] | None = None


class FutureStatus(Answer):
    """retrieve_future/{id}."""

    status: Literal["pending", "completed", "failed"]
    result: Any = None
    error: str | None = None


class TryAgainResponse(Answer):
    """retrieve_future with status 408: not yet. queue_state_reason is shown to the user."""

    request_id: str
    queue_state: Literal["active", "paused_capacity", "paused_rate_limit"] = "active"
    queue_state_reason: str | None = None
    type: Literal["try_again"] = "try_again"


class RequestFailedResponse(Answer):
    """retrieve_future with status 200: the operation failed."""

    error: str
    category: Literal["unknown", "server", "user"]


class CompleteMetadataResponse(Answer):
    """retrieve_future with allow_metadata_only: done, and so large."""

    status: Literal["complete_metadata"] = "complete_metadata"
    response_payload_size: int


class FutureCompletion(Answer):
    state: Literal["finished", "failed"]
    request_id: str
    response_payload_uncompressed_size: int | None = None


class RetrieveFuturesResponse(Answer):
    completions: list[FutureCompletion]
    cursor: int


class CleanupFuturesResponse(Answer):
    cleaned_count: int
    message: str | None = None


class OptimizerConfig(Answer):
    type: Literal["adamw"] = "adamw"


class CreateModelResult(Answer):
    """rlve_job: the model is trained by the server, see rlve_jobs/{model_id}."""

    model_id: str
    status: Literal["ready"] = "ready"
    router_address: str | None = None
    rlve_job: str | None = None
    type: Literal["create_model"] = "create_model"


class UnloadModelResponse(Answer):
    model_id: str
    status: Literal["unloaded"] = "unloaded"
    type: Literal["unload_model"] = "unload_model"


class DeleteModelResponse(Answer):
    model_id: str
    status: Literal["deleted"] = "deleted"
    type: Literal["delete_model"] = "delete_model"


class ModelData(Answer):
    """lora_rank 0: full weights."""

    model_id: str
    model_name: str
    lora_rank: int
    created_at: str
    arch: str | None = None
    tokenizer_id: str | None = None


class ModelInfoResponse(Answer):
    model_data: ModelData
    model_id: str
    model_name: str
    is_lora: bool
    lora_rank: int | None = None
    optimizer_config: OptimizerConfig = OptimizerConfig()
    type: Literal["get_info"] = "get_info"


class GetTokenizerResponse(Answer):
    """What a tokenizer is; clients load it by tokenizer_id."""

    model_id: str
    tokenizer_id: str
    vocab_size: int
    model_max_length: int | None = None
    bos_token: str | None = None
    bos_token_id: int | None = None
    eos_token: str | None = None
    eos_token_id: int | None = None
    pad_token: str | None = None
    pad_token_id: int | None = None
    has_chat_template: bool = False


class TensorData(Answer):
    """null stands for NaN and infinities, which JSON lacks."""

    data: list[float | None]
    shape: list[int] | None = None
    dtype: Literal["float32", "int64"] = "float32"


class ForwardBackwardResult(Answer):
    """Metrics are named name:reduction; retrieve_future/{id} has ppo_kl and pg_clipfrac too."""

    loss_fn_output_type: str = "ArrayRecord"
    loss_fn_outputs: list[dict[str, TensorData]]
    metrics: dict[str, float | None]


class OptimStepResult(Answer):
    """learning_rates: one per parameter group; step_count: steps of this model so far."""

    learning_rates: list[float]
    step_count: int
    metrics: dict[str, float] = Field(default_factory=dict[str, float])


TopLogprobs = list[list[tuple[int, float | None]] | None]


class SamplingSequence(Answer):
    """finish_reason tells an end-of-sequence token (eos) from a stop; stop_reason, the SDK's word, does not."""

    tokens: list[int]
    logprobs: list[float | None]
    finish_reason: Literal["stop", "length", "eos"]
    stop_reason: Literal["stop", "length"]
    topk_logprobs: TopLogprobs | None = None


class SampleResult(Answer):
    sequences: list[SamplingSequence]
    prompt_logprobs: list[float | None] | None = None
    topk_prompt_logprobs: TopLogprobs | None = None
    prompt_cache_hit_tokens: int = 0


class CreateSamplingSessionResponse(Answer):
    sampling_session_id: str
    type: Literal["create_sampling_session"] = "create_sampling_session"


class CreateSamplingClientResult(Answer):
    sampler_id: str
    sampling_session_id: str
    base_model: str
    model_path: str | None = None
    router_address: str | None = None
    type: Literal["create_sampling_client"] = "create_sampling_client"


class JoinSamplingSessionResponse(Answer):
    client_counter: int
    type: Literal["join_sampling_session"] = "join_sampling_session"


class GetSamplerResponse(Answer):
    sampler_id: str
    base_model: str
    model_path: str | None = None


class SaveWeightsResult(Answer):
    """path and tinker_path are the same URI; of a sampler without a name there is its session alone."""

    path: str | None
    tinker_path: str | None = None
    sampling_session_id: str | None = None
    router_address: str | None = None
    size_bytes: int | None = None
    type: Literal["save_weights", "save_weights_for_sampler", "save_weights_external"]


class LoadWeightsResult(Answer):
    path: str
    model_id: str
    type: Literal["load_weights"] = "load_weights"


class WeightsInfoResponse(Answer):
    base_model: str
    is_lora: bool
    lora_rank: int | None = None
    train_unembed: bool | None = None
    train_mlp: bool | None = None
    train_attn: bool | None = None
    optimizer_config: OptimizerConfig = OptimizerConfig()
    exists: Literal[True] = True
    created_at: str


class CopyWeightsResponse(Answer):
    tinker_path: str


class Cursor(Answer):
    offset: int
    limit: int
    total_count: int


class Checkpoint(Answer):
    """checkpoint_id is KIND/NAME."""

    checkpoint_id: str
    checkpoint_type: CheckpointType
    time: datetime
    tinker_path: str
    size_bytes: int | None = None
    public: bool = False
    user_metadata: dict[str, str] | None = None
    expires_at: datetime | None = None


class CheckpointsListResponse(Answer):
    checkpoints: list[Checkpoint]
    cursor: Cursor | None = None


class TrainingRun(Answer):
    """training_run_id is the model id."""

    training_run_id: str
    base_model: str
    model_owner: str
    is_lora: bool
    corrupted: bool = False
    lora_rank: int | None = None
    last_request_time: datetime
    last_checkpoint: Checkpoint | None = None
    last_sampler_checkpoint: Checkpoint | None = None
    user_metadata: dict[str, str] | None = None


class TrainingRunsResponse(Answer):
    training_runs: list[TrainingRun]
    cursor: Cursor


class ExternalWeightsUrlsResponse(Answer):
    """File → where to fetch it until `expires`."""

    urls: dict[str, str]
    expires: datetime


class SupportedModel(Answer):
    model_name: str
    max_context_length: int
    trainable: bool = True
    sampleable: bool = True
    supports_lora: bool = True


class GetServerCapabilitiesResponse(Answer):
    supported_models: list[SupportedModel]
    max_batch_size: int
    features: list[str]


class HealthResponse(Answer):
    """/health. ray_status: `none` where no cluster runs."""

    status: str = "ok"
    version: str
    ray_status: str
    active_models: int
    active_sessions: int


class HealthzResponse(Answer):
    """healthz, as the SDK reads it."""

    status: Literal["ok"] = "ok"


class OrganizationDetails(Answer):
    name: str


class UserDetails(Answer):
    email: str


class ApiKeyDetails(Answer):
    org_details: OrganizationDetails
    user_details: UserDetails


class ApiKeyResponse(Answer):
    """auth/apikey/me."""

    key_id: str
    name: str
    note: str | None = None
    details: ApiKeyDetails


class TraceExportResponse(Answer):
    status: Literal["pending", "ready", "failed"]
    url: str | None = None
    error: str | None = None


class RlveJob(Answer):
    """A run of RLVE on the server. accuracy and levels: by environment, of the last finished round."""

    model_id: str
    status: Literal["starting", "running", "paused", "finished", "stopped", "failed"]
    finished_rounds: int
    num_rollout: int
    levels: dict[str, int]
    accuracy: dict[str, float]
    effective_prompt_ratio: float | None = None
    error: str | None = None
    created_at: str


class RlveJobsResponse(Answer):
    jobs: list[RlveJob]


class RlveRound(Answer):
    round: int
    metrics: dict[str, float | None]
    environments: dict[str, dict[str, float | None]]


class RlveMetricsResponse(Answer):
    rounds: list[RlveRound]
