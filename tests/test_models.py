"""Models become folders that anything opens; what cannot become one is refused with what would do."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from rlve import models
from rlve.config import ConfigError, LoraConfig, ModelConfig
from rlve.models import families, made
from rlve.models.chat_formats import MODEL_FORMATS, chat_template
from rlve.models.shapes import named


def config(path: str, cache: Path, **changes: object) -> ModelConfig:
    values: dict[str, object] = {
        "path": path,
        "revision": None,
        "dtype": "float32",
        "max_seq_len": 256,
        "template": "plain",
        "template_kwargs": {},
        "system_prompt": None,
        "base_template": None,
        "think_end": None,
        "marker": "tags",
        "shrunk": None,
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


def test_what_several_ask_for_at_once_is_made_once_and_again_when_it_changes(tmp_path: Path) -> None:
    built: list[Path] = []

    def build(folder: Path) -> None:
        built.append(folder)
        time.sleep(0.2)
        (folder / "config.json").write_text("{}", encoding="utf-8")

    with ThreadPoolExecutor(4) as asking:
        found = list(asking.map(lambda _: made.once(tmp_path / "model", "stamp", build), range(4)))
    assert found == [tmp_path / "model"] * 4
    assert len(built) == 1
    made.once(tmp_path / "model", "another stamp", build)
    assert len(built) == 2

    def fail(folder: Path) -> None:
        (folder / "half").touch()
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        made.once(tmp_path / "other", "stamp", fail)
    assert not (tmp_path / "other").exists()
    assert (made.once(tmp_path / "other", "stamp", build) / "config.json").is_file()
    assert not (tmp_path / "other" / "half").exists()


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


@pytest.mark.parametrize("weights", [True, False])
def test_a_revision_of_what_is_no_hub_name_is_refused(tmp_path: Path, weights: bool) -> None:
    for path, words in (("tiny", "made here"), (str(tmp_path), "a folder")):
        with pytest.raises(ConfigError, match=f"{words}.*model.revision=null, got v1"):
            models.folder(config(path, tmp_path, revision="v1"), weights)


def test_a_folder_of_a_family_that_is_not_tested_is_refused_with_the_list(tmp_path: Path) -> None:
    tiny = models.folder(config("tiny", tmp_path))
    changed = {**families.read_config(tiny), "architectures": ["OPTForCausalLM"], "model_type": "opt"}
    (tiny / "config.json").write_text(json.dumps(changed), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"OPTForCausalLM; supported are .*Gemma3ForCausalLM \(Gemma 3 \(text\)\)"):
        models.folder(config(str(tiny), tmp_path))
    with pytest.raises(ConfigError, match="OPTForCausalLM"):
        models.load(tiny, "float32", None)
    # Where another machine has the weights, this one needs only the tokenizer.
    assert models.folder(config(str(tiny), tmp_path), weights=False) == tiny
    (tiny / "config.json").write_text("{", encoding="utf-8")
    with pytest.raises(ConfigError, match="cannot be read"):
        models.folder(config(str(tiny), tmp_path))


def test_merging_an_adapter_of_a_tied_output_layer_unties_it(tmp_path: Path) -> None:
    import torch

    tiny = models.folder(config("tiny", tmp_path))
    adapted = models.load(tiny, "float32", LoraConfig(rank=4))
    with torch.no_grad():
        for name, parameter in adapted.named_parameters():
            if ".lora_B." in name:
                parameter.normal_(0, 0.02, generator=torch.Generator().manual_seed(0))
    models.write_folder(tiny, tmp_path / "merged", models.merged_weights(adapted))
    merged = models.load(tmp_path / "merged", "float32", None)
    tokens = torch.arange(1, 9)[None]
    assert torch.allclose(adapted(tokens).logits, merged(tokens).logits, atol=1e-5)
    assert not models.ties_embeddings(tmp_path / "merged")
    assert models.ties_embeddings(tiny)


def test_models_of_one_base_share_its_weights_in_memory(tmp_path: Path) -> None:
    tiny = models.folder(config("tiny", tmp_path))
    frozen: dict[str, Any] = {}
    first, second = (models.load(tiny, "float32", LoraConfig(rank=4)) for _ in range(2))
    for model in (first, second):
        models.share_frozen(model, frozen)
    for (name, one), (_, other) in zip(first.named_parameters(), second.named_parameters(), strict=True):
        assert (one.data_ptr() == other.data_ptr()) is not one.requires_grad, name


@pytest.mark.slow
def test_the_packaged_pretrained_model_knows_the_capital_of_france(tmp_path: Path) -> None:
    import torch

    from rlve.prompts import Prompts

    smollm2 = config("smollm2", tmp_path, template="chat")
    folder = models.folder(smollm2)
    prompts = Prompts(folder, smollm2)
    model: Any = models.load(folder, "float32", None)
    prompt = torch.tensor([prompts.encode("What is the capital of France?")])
    written = model.generate(prompt, max_new_tokens=16, do_sample=False)[0, prompt.shape[1] :]
    assert "Paris" in prompts.decode(written.tolist())


SHRUNK = {
    "num_hidden_layers": 1,
    "hidden_size": 64,
    "intermediate_size": 96,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 16,
    "vocab_size": 1536,
}


@pytest.mark.parametrize("name", MODEL_FORMATS)
def test_a_model_by_name_is_shrunk_without_being_fetched(tmp_path: Path, name: str) -> None:
    folder = models.folder(config(name, tmp_path, shrunk=SHRUNK, dtype="bfloat16"))
    found = families.read_config(folder)
    assert found["architectures"] == [named(name).architecture]
    assert (found["num_hidden_layers"], found["hidden_size"], found["dtype"]) == (1, 64, "bfloat16")
    assert models.load_tokenizer(folder).chat_template == chat_template(MODEL_FORMATS[name])


def test_a_model_whose_architecture_is_not_known_here_cannot_be_shrunk(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"model\.shrunk.*Qwen/Qwen3-0\.6B"):
        models.folder(config("owner/model", tmp_path, shrunk=SHRUNK))
