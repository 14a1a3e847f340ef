"""What a model costs: parameters, bytes a token, floating-point operations a token."""

import json
from dataclasses import dataclass
from pathlib import Path

from rlve.config import ConfigError, LoraConfig, ModelConfig
from rlve.models import shapes, tiny
from rlve.models.shapes import Shape

SMOLLM2 = Shape(
    "LlamaForCausalLM",
    hidden_size=576,
    intermediate_size=1536,
    num_hidden_layers=30,
    num_attention_heads=9,
    num_key_value_heads=3,
    head_dim=64,
    vocab_size=49_152,
    tie_word_embeddings=True,
    rope_theta=100_000.0,
    max_position_embeddings=8192,
    rms_norm_eps=1e-5,
)


def shape_of(model: ModelConfig) -> Shape:
    """The shape of model.path without fetching anything: a folder's config.json, or a name that is known here."""
    if model.path == "tiny":
        named = {"architectures": ["Qwen3ForCausalLM"], "model_type": "qwen3"}
        return shapes.shape_of({**named, **tiny.ARCHITECTURE, "rope_theta": 10_000.0, "rms_norm_eps": 1e-6}, "tiny")
    if model.path == "smollm2":
        return SMOLLM2
    if model.path in shapes.SHAPES:
        return shapes.SHAPES[model.path].with_changes(**(model.shrunk.model_dump() if model.shrunk else {}))
    file = Path(model.path).expanduser() / "config.json"
    if not file.is_file():
        raise ConfigError(
            f"model.path: the sizes of {model.path} are not known here; a plan needs a local folder with its "
            f"config.json (model.path=FOLDER), or one of tiny, smollm2, {', '.join(shapes.SHAPES)}"
        )
    return shapes.shape_of(json.loads(file.read_text(encoding="utf-8")), model.path)


@dataclass(frozen=True)
class Work:
    """A model in a number format, trained whole or by adapters. Bytes and FLOPs are of the whole model, not of a GPU.

    trains_full: whole weights learn; `trained` counts the parameters that do.
    """

    shape: Shape
    dtype: str
    lora: LoraConfig | None

    @property
    def width(self) -> int:
        """Bytes of a number."""
        return 2 if self.dtype == "bfloat16" else 4

    @property
    def parameters(self) -> int:
        return self.shape.parameter_count + (0 if self.lora is None else self.trained)

    @property
    def trained(self) -> int:
        return self.shape.parameter_count if self.lora is None else adapter_parameters(self.shape, self.lora)

    @property
    def weight_bytes(self) -> int:
        """Of the base model, as an engine holds it."""
        return self.shape.parameter_count * self.width

    @property
    def kv_bytes(self) -> int:
        """Keys and values of one token, in all layers; windows of sliding attention are not counted as a saving."""
        shape = self.shape
        return 2 * shape.num_hidden_layers * shape.num_key_value_heads * shape.head_dim * self.width

    def forward_flops(self, length: int, with_head: bool = True) -> float:
        """Per token of a sequence of `length`: 2 a weight that multiplies, and attention to half of the sequence."""
        counts = self.shape.parameter_counts()
        head = counts["head"] or counts["embedding"]
        queries = self.shape.num_attention_heads * self.shape.head_dim
        keys = self.shape.num_key_value_heads * self.shape.head_dim
        # Biases do not multiply.
        projections = self.shape.num_hidden_layers * self.shape.hidden_size * 2 * (queries + keys)
        weights = projections + counts["mlp"] + (head if with_head else 0)
        # Scores and their product with the values: 2 · queries each, over the positions attended to.
        return 2 * weights + 4 * queries * sum(attended(self.shape, length))

    def train_flops(self, length: int) -> float:
        """Model FLOPs per token, recomputation not counted, which is what MFU divides by the peak.

        Backward is twice the forward pass (Kaplan et al. 2020); with adapters the weights need no gradient of their
        own, which halves their part of it.
        """
        forward = self.forward_flops(length)
        attention = forward - self.forward_flops(0)
        if self.lora is None:
            return 3 * forward
        return 2 * (forward - attention) + 3 * attention + 6 * self.trained

    def hardware_flops(self, length: int, checkpointing: bool, chunked: bool) -> float:
        """Those that are computed: also the second forward pass of the layers, and of chunked logits."""
        flops = self.train_flops(length)
        layers = self.forward_flops(length, with_head=False)
        if checkpointing:
            flops += layers
        if chunked:
            flops += self.forward_flops(length) - layers
        return flops


def work_of(folder: Path, dtype: str, lora: LoraConfig | None) -> Work:
    """Of the model in a folder."""
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    return Work(shapes.shape_of(config, str(folder)), dtype, lora)


def attended(shape: Shape, length: int) -> list[float]:
    """Per layer, positions that a token of a sequence attends to, on average; sliding windows (Gemma 3) kept."""
    window, pattern = shape.rest.get("sliding_window"), shape.rest.get("sliding_window_pattern")
    full = (length + 1) / 2 if length else 0.0
    if not (window and pattern) or length <= window:
        return [full] * shape.num_hidden_layers
    local = (window * (window + 1) / 2 + (length - window) * window) / length
    return [full if (layer + 1) % pattern == 0 else local for layer in range(shape.num_hidden_layers)]


def adapter_parameters(shape: Shape, lora: LoraConfig) -> int:
    """rank · (in + out) of every adapted layer."""
    hidden, queries = shape.hidden_size, shape.num_attention_heads * shape.head_dim
    keys = shape.num_key_value_heads * shape.head_dim
    ends = 0
    if lora.train_attn:
        ends += shape.num_hidden_layers * (2 * (hidden + queries) + 2 * (hidden + keys))
    if lora.train_mlp:
        ends += shape.num_hidden_layers * 3 * (hidden + shape.intermediate_size)
    if lora.train_unembed:
        ends += hidden + shape.vocab_size
    return lora.rank * ends
