"""Models become folders that anything opens; what cannot become one is refused with what would do."""

from pathlib import Path

import pytest

from rlve import models
from rlve.config import ConfigError, LoraConfig, ModelConfig


def config(path: str, cache: Path, **changes: object) -> ModelConfig:
    values: dict[str, object] = {
        "path": path,
        "dtype": "float32",
        "max_seq_len": 256,
        "template": "plain",
        "marker": "tags",
        "cache": str(cache),
    }
    return ModelConfig.model_validate(values | changes)


def test_the_tiny_model_is_made_once_and_always_the_same(tmp_path: Path) -> None:
    folders = [models.folder(config("tiny", tmp_path / name)) for name in ("one", "other")]
    weights = [(folder / "model.safetensors").read_bytes() for folder in folders]
    assert weights[0] == weights[1]
    made = (folders[0] / "model.safetensors").stat().st_mtime_ns
    assert models.folder(config("tiny", tmp_path / "one")) == folders[0]
    assert (folders[0] / "model.safetensors").stat().st_mtime_ns == made


def test_the_tiny_tokenizer_keeps_one_token_a_digit_and_short_prompts(tmp_path: Path) -> None:
    from environments import generate, load, names, question
    from rlve.prompts import Prompts

    tiny = config("tiny", tmp_path)
    prompts = Prompts(models.folder(tiny), tiny)
    assert len(prompts.encode_answer("<answer>123</answer>")) == 6  # opening, three digits, closing, end
    for name in names():
        text = question(generate(load(name), 0, 0))
        tokens = prompts.encode(text)
        assert prompts.decode(tokens) == f"{text}\n"
        assert len(tokens) < len(text) / 2, name


@pytest.mark.parametrize(
    ("path", "words"),
    [("./nowhere", "does not exist"), ("/nowhere/at/all", "does not exist"), ("nowhere", "smollm2")],
)
def test_a_path_that_is_no_model_is_refused(tmp_path: Path, path: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        models.folder(config(path, tmp_path))


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"config\.json"):
        models.folder(config(str(tmp_path), tmp_path))


def test_an_adapter_on_a_tied_output_layer_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"train_unembed=false"):
        models.load(models.folder(config("tiny", tmp_path)), "float32", LoraConfig())


@pytest.mark.slow
def test_the_packaged_pretrained_model_knows_the_capital_of_france(tmp_path: Path) -> None:
    import torch

    from rlve.prompts import Prompts

    smollm2 = config("smollm2", tmp_path, template="chat")
    folder = models.folder(smollm2)
    prompts = Prompts(folder, smollm2)
    model = models.load(folder, "float32", None)
    prompt = torch.tensor([prompts.encode("What is the capital of France?")])
    written = model.generate(prompt, max_new_tokens=16, do_sample=False)[0, prompt.shape[1] :]
    assert "Paris" in prompts.decode(written.tolist())
