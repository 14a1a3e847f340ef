"""Sizes of the models that recipes name, as their config.json has them, and how many parameters they make."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from rlve.config import ConfigError
from rlve.models.families import FAMILIES, Family, architecture


@dataclass(frozen=True)
class Shape:
    """The architecture of one model. attention_bias: biases on all four projections, which no model named here has.

    rest: keys of config.json that change what is computed and no size, such as the scaling of rotary positions.
    """

    architecture: str
    hidden_size: int
    intermediate_size: int
    num_hidden_layers: int
    num_attention_heads: int
    num_key_value_heads: int
    head_dim: int
    vocab_size: int
    tie_word_embeddings: bool
    rope_theta: float
    max_position_embeddings: int
    rms_norm_eps: float
    attention_bias: bool = False
    rest: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def __post_init__(self) -> None:
        if not self.family.free_head_dim and self.head_dim * self.num_attention_heads != self.hidden_size:
            raise ValueError(
                f"{self.family.name}: head_dim must be hidden_size / num_attention_heads, got {self.head_dim} with "
                f"{self.hidden_size} / {self.num_attention_heads}"
            )

    @property
    def family(self) -> Family:
        return FAMILIES[self.architecture]

    def config(self) -> dict[str, Any]:
        """As a hub's config.json has it, which is silent on tied embeddings where its family has them so."""
        sizes = {each.name: getattr(self, each.name) for each in fields(self)}
        named = {"architectures": [sizes.pop("architecture")], "model_type": self.family.model_type}
        if self.tie_word_embeddings == self.family.ties_embeddings:
            del sizes["tie_word_embeddings"]
        return {**named, **sizes.pop("rest"), **sizes}

    def with_changes(self, **changes: Any) -> "Shape":
        """Another shape; a key that is no size here goes to `rest`."""
        sizes = {each.name for each in fields(self)} - {"rest"}
        rest = {**self.rest, **{key: value for key, value in changes.items() if key not in sizes}}
        return replace(self, **{key: value for key, value in changes.items() if key in sizes}, rest=rest)

    def parameter_counts(self) -> dict[str, int]:
        """Parameters by part: embedding, attention, mlp, norms, head (0 where it is the embedding)."""
        family, layers = self.family, self.num_hidden_layers
        queries, keys = self.num_attention_heads * self.head_dim, self.num_key_value_heads * self.head_dim
        attention = self.hidden_size * (2 * queries + 2 * keys)
        if family.qkv_bias or self.attention_bias:
            attention += queries + 2 * keys
        if self.attention_bias and not family.qkv_bias:
            attention += self.hidden_size
        norms = family.norms_per_layer * self.hidden_size + 2 * self.head_dim * family.qk_norm
        embedding = self.vocab_size * self.hidden_size
        return {
            "embedding": embedding,
            "attention": layers * attention,
            "mlp": layers * 3 * self.hidden_size * self.intermediate_size,
            "norms": layers * norms + self.hidden_size,
            "head": 0 if self.tie_word_embeddings else embedding,
        }

    @property
    def parameter_count(self) -> int:
        return sum(self.parameter_counts().values())


def shape_of(config: Mapping[str, Any], where: str = "the model") -> Shape:
    """The shape that a config.json describes; ConfigError as `families.architecture`, which `where` is for."""
    known = architecture(config, where)
    left = dict(config)
    for key in ("architectures", "model_type"):
        left.pop(key, None)
    heads = left["num_attention_heads"]
    values = {
        "num_key_value_heads": heads,
        "head_dim": left["hidden_size"] // heads,
        "tie_word_embeddings": FAMILIES[known].ties_embeddings,
        "rope_theta": _rope_theta(left),
        "attention_bias": False,
    }
    names = [each.name for each in fields(Shape) if each.name not in ("architecture", "rest")]
    missing = [name for name in names if name not in values and name not in left]
    if missing:
        raise ConfigError(f"model.path: config.json of {where} lacks {', '.join(missing)}")
    values |= {name: left.pop(name) for name in names if left.get(name) is not None}
    return Shape(known, **{name: values[name] for name in names}, rest=left)


def _rope_theta(config: Mapping[str, Any]) -> float:
    """transformers 5 writes it within rope_parameters, per kind of layer where these differ."""
    rope = config.get("rope_parameters") or {}
    rope = rope.get("full_attention", rope)
    return float(rope.get("rope_theta", 10_000.0))


def named(name: str) -> Shape:
    """One of SHAPES, or ConfigError with the list."""
    if name not in SHAPES:
        raise ConfigError(f"there is no shape of {name!r}; known are {', '.join(SHAPES)}")
    return SHAPES[name]


QWEN2_5_1_5B = Shape(
    "Qwen2ForCausalLM",
    hidden_size=1536,
    intermediate_size=8960,
    num_hidden_layers=28,
    num_attention_heads=12,
    num_key_value_heads=2,
    head_dim=128,
    vocab_size=151_936,
    tie_word_embeddings=True,
    rope_theta=1_000_000.0,
    max_position_embeddings=131_072,
    rms_norm_eps=1e-6,
)
QWEN3_0_6B = Shape(
    "Qwen3ForCausalLM",
    hidden_size=1024,
    intermediate_size=3072,
    num_hidden_layers=28,
    num_attention_heads=16,
    num_key_value_heads=8,
    head_dim=128,
    vocab_size=151_936,
    tie_word_embeddings=True,
    rope_theta=1_000_000.0,
    max_position_embeddings=40_960,
    rms_norm_eps=1e-6,
)
SHAPES = {
    "Qwen/Qwen2.5-1.5B": QWEN2_5_1_5B,
    "Qwen/Qwen2.5-7B": replace(
        QWEN2_5_1_5B,
        hidden_size=3584,
        intermediate_size=18_944,
        num_attention_heads=28,
        num_key_value_heads=4,
        vocab_size=152_064,
        tie_word_embeddings=False,
    ),
    "deepseek-ai/DeepSeek-R1-Distill-Qwen-1.5B": replace(QWEN2_5_1_5B, tie_word_embeddings=False, rope_theta=10_000.0),
    "Qwen/Qwen3-0.6B": QWEN3_0_6B,
    "Qwen/Qwen3-1.7B": replace(QWEN3_0_6B, hidden_size=2048, intermediate_size=6144),
    "meta-llama/Llama-3.2-1B": Shape(
        "LlamaForCausalLM",
        hidden_size=2048,
        intermediate_size=8192,
        num_hidden_layers=16,
        num_attention_heads=32,
        num_key_value_heads=8,
        head_dim=64,
        vocab_size=128_256,
        tie_word_embeddings=True,
        rope_theta=500_000.0,
        max_position_embeddings=131_072,
        rms_norm_eps=1e-5,
        rest={
            "rope_scaling": {
                "rope_type": "llama3",
                "factor": 32.0,
                "low_freq_factor": 1.0,
                "high_freq_factor": 4.0,
                "original_max_position_embeddings": 8192,
            }
        },
    ),
    "google/gemma-3-1b-pt": Shape(
        "Gemma3ForCausalLM",
        hidden_size=1152,
        intermediate_size=6912,
        num_hidden_layers=26,
        num_attention_heads=4,
        num_key_value_heads=1,
        head_dim=256,
        vocab_size=262_144,
        tie_word_embeddings=True,
        rope_theta=1_000_000.0,
        max_position_embeddings=32_768,
        rms_norm_eps=1e-6,
        rest={
            "rope_local_base_freq": 10_000.0,
            "sliding_window": 512,
            "sliding_window_pattern": 6,
            "query_pre_attn_scalar": 256,
        },
    ),
}
SHAPES["meta-llama/Llama-3.2-1B-Instruct"] = SHAPES["meta-llama/Llama-3.2-1B"]
SHAPES["google/gemma-3-1b-it"] = SHAPES["google/gemma-3-1b-pt"]
"""Hub name → shape, from the models' published config.json."""
