"""The model families that training, engines and weight syncs are tested on, and what tells each from the others."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rlve.config import ConfigError


@dataclass(frozen=True)
class Family:
    """What the layers of an architecture have beside attention and MLP.

    qkv_bias: on query, key and value projections, whatever the configuration says; qk_norm: RMSNorms of head_dim on
    queries and keys; norms_per_layer: RMSNorms of hidden_size; ties_embeddings: where a configuration is silent;
    free_head_dim: head_dim may be other than hidden_size / num_attention_heads, which an engine otherwise assumes.
    """

    name: str
    model_type: str
    qkv_bias: bool = False
    qk_norm: bool = False
    norms_per_layer: int = 2
    ties_embeddings: bool = False
    free_head_dim: bool = True


FAMILIES = {
    # DeepSeek-R1-Distill-Qwen and -Llama are Qwen2 and Llama.
    "Qwen2ForCausalLM": Family("Qwen2, Qwen2.5", "qwen2", qkv_bias=True, free_head_dim=False),
    "Qwen3ForCausalLM": Family("Qwen3", "qwen3", qk_norm=True),
    "LlamaForCausalLM": Family("Llama", "llama"),
    "Gemma3ForCausalLM": Family("Gemma 3 (text)", "gemma3_text", qk_norm=True, norms_per_layer=4, ties_embeddings=True),
}
"""Architecture, as config.json names it → family. Every other one is refused."""


def architecture(config: Mapping[str, Any], where: str) -> str:
    """The architecture of a config.json; ConfigError where training on it would not be tested, or be wrong.

    where: what the message calls the model.
    """
    named = config.get("architectures") or []
    known = next((name for name in named if name in FAMILIES), None)
    supported = ", ".join(f"{name} ({family.name})" for name, family in FAMILIES.items())
    if known is None:
        found = ", ".join(named) or f"no architecture (model_type {config.get('model_type', 'missing')})"
        raise ConfigError(f"model.path: {where} is {found}; supported are {supported}")
    if config.get("model_type") != FAMILIES[known].model_type:
        raise ConfigError(
            f"model.path: {where} names {known} and model_type {config.get('model_type')}; "
            f"expected model_type {FAMILIES[known].model_type}"
        )
    if quantization := config.get("quantization_config") or config.get("compression_config"):
        method = quantization.get("quant_method", "unnamed")
        raise ConfigError(
            f"model.path: {where} is quantized ({method}), and training needs the weights themselves; "
            "set model.path to the unquantized model"
        )
    for key in ("final_logit_softcapping", "attn_logit_softcapping"):
        if config.get(key):
            raise ConfigError(
                f"model.path: {where} caps its logits ({key}={config[key]}), which log-probabilities here do not follow"
            )
    return known


def read_config(folder: Path) -> dict[str, Any]:
    """config.json of a model folder."""
    try:
        return dict(json.loads((folder / "config.json").read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"model.path: {folder}/config.json cannot be read as a Hugging Face config: {error}"
        ) from error
