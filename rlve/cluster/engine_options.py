"""What an engine is started with beyond rlve's own settings, checked without importing vLLM; how a model is cut."""

import ast
import json
from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from rlve.config import ClusterConfig, ConfigError

OWN = {
    "model": "model.path",
    "tokenizer": "model.path",
    "dtype": "model.dtype",
    "max_model_len": "model.max_seq_len",
    "tensor_parallel_size": "cluster.tensor_parallel_size",
    "max_num_seqs": "cluster.engine_sequences",
    "gpu_memory_utilization": "cluster.engine_memory",
    "kv_cache_memory_bytes": "cluster.engine_memory",
    "enable_lora": "lora and cluster.lora_sync",
    "max_loras": "cluster.engine_adapters",
    "max_cpu_loras": "cluster.engine_adapters",
    "max_lora_rank": "cluster.max_lora_rank",
    "enable_sleep_mode": "cluster.colocate",
    "data_parallel_size": "cluster.engines",
    "distributed_executor_backend": "cluster.tensor_parallel_size",
    "scheduling_policy": "rlve itself",
    "scheduler_cls": "rlve itself",
    "max_num_active_seqs": "cluster.engine_sequences",
    "enable_log_requests": "rlve itself",
    "disable_log_stats": "rlve itself",
}
"""Option → the key that sets it."""

INEXACT = {
    "logprobs_mode": "losses divide by the probability under the distribution that was sampled from",
    "worker_extension_cls": "it is what receives and proves the trainer's weights",
    "worker_cls": "it is what receives and proves the trainer's weights",
    "load_format": "the engine must start from the weights in model.path",
    "quantization": "the engine would hold other weights than the trainer, and the sync could not be proved",
    "quantization_config": "the engine would hold other weights than the trainer, and the sync could not be proved",
    "hf_overrides": "the engine would be another model than the trainer's",
    "model_class_overrides": "the engine would be another model than the trainer's",
    "override_generation_config": "it would change the distribution that losses divide by",
    "pipeline_parallel_size": "weights are received by tensor-parallel workers of one stage",
    "enable_return_routed_experts": "completions carry no experts",
    "fully_sharded_loras": "adapters are proved whole at every worker",
    **dict.fromkeys(
        ("speculative_config", "spec_method", "spec_model", "spec_tokens"),
        "a draft model would not follow the trainer, and its log-probabilities are those of the verified tokens only",
    ),
    "cpu_offload_gb": "weights outside of the engine's own memory cannot be received in place",
}
"""Option → why none is taken."""


def check(config: ClusterConfig) -> None:
    """ConfigError for the first option of cluster.engine_options that vLLM lacks, or that rlve does not leave open."""
    for name in config.engine_options:
        if name in OWN:
            raise ConfigError(f"cluster.engine_options: {name} is set by {OWN[name]}; set it there")
        if name in INEXACT:
            raise ConfigError(f"cluster.engine_options: {name} must stay as it is, because {INEXACT[name]}")
        if name == "enable_chunked_prefill" and config.device == "cpu":
            raise ConfigError(f"cluster.engine_options: {name} must be off on CPU, where a prompt in parts ends vLLM")
        known = options()
        if name not in known:
            near = get_close_matches(name, known, n=1, cutoff=0.0)[0]
            raise ConfigError(f"cluster.engine_options: vLLM has no option {name}; the nearest is {near}")


@cache
def options() -> tuple[str, ...]:
    """The options of vLLM's engine, read from its source: importing it takes as long as starting it."""
    found = find_spec("vllm")
    if found is None or found.origin is None:
        raise ConfigError("vllm is not installed, and engines need it; see the README for how to install rlve")
    source = Path(found.origin).with_name("engine") / "arg_utils.py"
    return tuple(
        line.target.id
        for part in ast.parse(source.read_text(encoding="utf-8")).body
        if isinstance(part, ast.ClassDef) and part.name in ("EngineArgs", "AsyncEngineArgs")
        for line in part.body
        if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name) and not line.target.id.startswith("_")
    )


def check_shards(config: ClusterConfig, model: Path) -> None:
    """ConfigError unless the model in a folder can be cut into cluster.tensor_parallel_size parts."""
    parts = config.tensor_parallel_size
    if parts == 1 or not config.engines:
        return
    read = json.loads((model / "config.json").read_text(encoding="utf-8"))
    shape = read.get("text_config", read)
    obstacle = _obstacle(shape, parts)
    if obstacle:
        fitting = [each for each in range(1, int(shape["num_attention_heads"]) + 1) if not _obstacle(shape, each)]
        raise ConfigError(
            f"cluster.tensor_parallel_size={parts} does not go with the {obstacle} of {model.name}; "
            f"it can be {', '.join(map(str, fitting))}"
        )


def _obstacle(shape: Mapping[str, Any], parts: int) -> str:
    """What cannot be cut into so many parts, empty where all can."""
    heads = int(shape["num_attention_heads"])
    shared = int(shape.get("num_key_value_heads") or heads)
    sizes = {
        "attention heads": heads,
        # Where they are fewer than the parts, each is held by several.
        "key-value heads": shared if shared >= parts or parts % shared else parts,
        "rows of the MLP": int(shape["intermediate_size"]),
        "vocabulary entries, filled up to a multiple of 64": -(-int(shape["vocab_size"]) // 64) * 64,
    }
    return next((f"{size} {name}" for name, size in sizes.items() if size % parts), "")
