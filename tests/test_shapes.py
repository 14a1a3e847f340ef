"""Shapes of real models: their size, and small models of the same architecture with random weights."""

from pathlib import Path
from typing import Any

import pytest

from rlve import models
from rlve.config import ConfigError
from rlve.models.chat_formats import chat_template
from rlve.models.families import FAMILIES
from rlve.models.made import shrunk, tokenizer_size
from rlve.models.shapes import SHAPES, shape_of

SMALL: dict[str, Any] = {
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "head_dim": 32,
    "vocab_size": 1280,
}


@pytest.mark.parametrize("name", SHAPES)
def test_a_shape_counts_the_parameters_that_transformers_makes(name: str) -> None:
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    shape = SHAPES[name]
    with torch.device("meta"):
        model: Any = AutoModelForCausalLM.from_config(AutoConfig.for_model(**shape.config()))
    assert model.config.architectures == [type(model).__name__]
    assert shape.parameter_count == sum(parameter.numel() for parameter in model.parameters())
    assert shape_of(shape.config()) == shape
    assert shape_of(model.config.to_dict()).parameter_counts() == shape.parameter_counts()


def test_the_shapes_have_the_sizes_that_their_names_say() -> None:
    billions = {name: round(shape.parameter_count / 1e9, 2) for name, shape in SHAPES.items()}
    assert billions == {
        "Qwen/Qwen2.5-1.5B": 1.54,
        "Qwen/Qwen2.5-7B": 7.62,
        "deepseek-ai/DeepSeek-R1-Distill-Qwen-1.5B": 1.78,
        "Qwen/Qwen3-0.6B": 0.6,
        "Qwen/Qwen3-1.7B": 1.72,
        "meta-llama/Llama-3.2-1B": 1.24,
        "google/gemma-3-1b-pt": 1.0,
        "meta-llama/Llama-3.2-1B-Instruct": 1.24,
        "google/gemma-3-1b-it": 1.0,
    }
    assert {shape.architecture for shape in SHAPES.values()} == set(FAMILIES)


@pytest.mark.parametrize("name", SHAPES)
def test_a_shrunk_model_is_made_once_with_the_architecture_of_the_real_one(tmp_path: Path, name: str) -> None:
    folders = [shrunk(name, tmp_path / f"{index}", chat_format="qwen3", **SMALL) for index in range(2)]
    assert len({(folder / "model.safetensors").read_bytes() for folder in folders}) == 1
    made = (folders[0] / "model.safetensors").stat().st_mtime_ns
    assert shrunk(name, tmp_path / "0", chat_format="qwen3", **SMALL) == folders[0]
    assert (folders[0] / "model.safetensors").stat().st_mtime_ns == made
    other = shrunk(name, tmp_path / "other", seed=1, **SMALL)
    assert (other / "model.safetensors").read_bytes() != (folders[0] / "model.safetensors").read_bytes()

    model: Any = models.load(folders[0], "float32", None)
    shape = SHAPES[name].with_changes(**SMALL)
    assert type(model).__name__ == shape.architecture
    assert sum(parameter.numel() for parameter in model.parameters()) == shape.parameter_count
    assert models.ties_embeddings(folders[0]) == shape.tie_word_embeddings
    tokenizer = models.load_tokenizer(folders[0])
    assert models.end_tokens(folders[0]) == {0, tokenizer.convert_tokens_to_ids("<|im_end|>")}
    assert models.end_tokens(other) == {0}
    assert tokenizer.decode(tokenizer.encode("12 + 3 = \u00fc")) == "12 + 3 = \u00fc"
    assert tokenizer.chat_template == chat_template("qwen3")


def test_a_shape_that_is_not_known_or_cannot_read_the_tokenizer_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="google/gemma-3-1b-pt"):
        shrunk("Qwen/Qwen9", tmp_path / "model")
    with pytest.raises(ValueError, match=str(tokenizer_size())):
        shrunk("Qwen/Qwen3-0.6B", tmp_path / "model", **{**SMALL, "vocab_size": 100})
    with pytest.raises(ValueError, match="head_dim"):
        shrunk("Qwen/Qwen2.5-7B", tmp_path / "model", **{**SMALL, "head_dim": 64})
