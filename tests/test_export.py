"""What a checkpoint holds and what `rlve export` makes of it, opened by transformers and peft alone."""

import asyncio
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from rlve import checkpoint, models
from rlve.cli import main
from rlve.config import AdamParams, LoraConfig
from rlve.local import LocalPolicy
from rlve.models.chat_formats import chat_template
from rlve.models.made import shrunk
from rlve.types import Datum, Loss

SMALL: dict[str, Any] = {
    "hidden_size": 64,
    "intermediate_size": 96,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "head_dim": 32,
    "vocab_size": 1280,
    "initializer_range": 0.08,
}
TOKENS = [(29 * place + 3) % 1100 for place in range(24)]


class Trained:
    """A run of one checkpoint by a policy with an adapter on every layer, the tied output layer too."""

    def __init__(self, base: Path, run: Path, lora: LoraConfig | None) -> None:
        self.base, self.run = base, run
        with asyncio.Runner() as runner:
            policy = LocalPolicy(base, "float32", lora, 64)
            tokens = np.array(TOKENS)
            datum = Datum(tokens[:-1], {"target_tokens": tokens[1:], "weights": np.ones(23, np.float32)})
            for _ in range(2):
                runner.run(policy.forward_backward([datum], Loss("cross_entropy")))
                runner.run(policy.optim_step(AdamParams(learning_rate=1e-2)))
            self.logprobs = runner.run(policy.forward([datum], Loss("cross_entropy"))).logprobs[0]
            runner.run(policy.save_weights(str(run / "start"), merged=False))
            for rounds in (1, 2):
                runner.run(checkpoint.save(run, rounds, policy, {}, keep=2))
            runner.run(policy.close())


@pytest.fixture(scope="module", params=["Qwen/Qwen2.5-1.5B", "google/gemma-3-1b-pt"])
def base(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """In the hub's cache, as it looks to who asks where it came from."""
    name = request.param.replace("/", "--")
    place = tmp_path_factory.mktemp("hub") / f"models--{name}" / "snapshots" / ("0" * 40)
    return shrunk(request.param, place, chat_format="qwen3", **SMALL)


@pytest.fixture(scope="module")
def adapted(base: Path, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    return Trained(base, tmp_path_factory.mktemp("run") / "lora", LoraConfig(rank=4))


@pytest.fixture(scope="module")
def full(base: Path, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    return Trained(base, tmp_path_factory.mktemp("run") / "full", None)


def plain(folder: Path) -> Any:
    from transformers import AutoModelForCausalLM

    return AutoModelForCausalLM.from_pretrained(folder, dtype="auto").eval()


@torch.no_grad()
def logprobs(model: Any) -> np.ndarray[Any, Any]:
    logits = model(torch.tensor([TOKENS[:-1]])).logits[0].float()
    return logits.log_softmax(-1).gather(-1, torch.tensor(TOKENS[1:])[:, None]).squeeze(-1).numpy()


def has_tokenizer(folder: Path) -> bool:
    tokenizer = models.load_tokenizer(folder)
    return tokenizer.decode(tokenizer.encode("1 + 1")) == "1 + 1" and tokenizer.chat_template == chat_template("qwen3")


def test_a_run_becomes_a_model_that_transformers_opens(full: Trained, tmp_path: Path, capsys: Any) -> None:
    assert main(["export", str(full.run), str(tmp_path / "model")]) == 0
    assert "round-000002" in capsys.readouterr().out
    files = {file.name for file in (tmp_path / "model").iterdir()}
    names = {"config.json", "generation_config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"}
    assert files == {*names, "chat_template.jinja"}
    assert "lm_head.weight" not in load_file(tmp_path / "model" / "model.safetensors")
    assert models.ties_embeddings(tmp_path / "model")
    np.testing.assert_allclose(logprobs(plain(tmp_path / "model")), full.logprobs, atol=1e-4)
    assert np.abs(logprobs(plain(full.base)) - full.logprobs).max() > 0.01
    assert has_tokenizer(tmp_path / "model")


def test_a_merged_adapter_of_a_tied_output_layer_becomes_a_layer(adapted: Trained, tmp_path: Path) -> None:
    assert main(["export", str(adapted.run / "checkpoints" / "round-000001"), str(tmp_path / "model")]) == 0
    np.testing.assert_allclose(logprobs(plain(tmp_path / "model")), adapted.logprobs, atol=1e-4)
    assert not models.ties_embeddings(tmp_path / "model")


@pytest.mark.filterwarnings("ignore:.*tie_word_embeddings")
def test_an_adapter_becomes_one_that_peft_opens_on_the_base_that_it_names(adapted: Trained, tmp_path: Path) -> None:
    from peft import PeftModel

    assert main(["export", str(adapted.run), str(tmp_path / "adapter"), "--adapter"]) == 0
    for folder in (tmp_path / "adapter", adapted.run / "start"):
        opened: Any = PeftModel.from_pretrained(plain(adapted.base), folder)
        np.testing.assert_allclose(logprobs(opened.eval()), adapted.logprobs, atol=1e-4)
        assert has_tokenizer(folder)
        config = json.loads((folder / "adapter_config.json").read_text(encoding="utf-8"))
        name = adapted.base.parent.parent.name.removeprefix("models--").replace("--", "/")
        assert (config["base_model_name_or_path"], config["revision"]) == (name, "0" * 40)


def test_an_exported_model_has_the_type_that_was_asked_for(full: Trained, adapted: Trained, tmp_path: Path) -> None:
    assert main(["export", str(full.run), str(tmp_path / "model"), "--dtype", "bfloat16"]) == 0
    assert {tensor.dtype for tensor in load_file(tmp_path / "model" / "model.safetensors").values()} == {torch.bfloat16}
    assert plain(tmp_path / "model").dtype == torch.bfloat16
    assert main(["export", str(adapted.run), str(tmp_path / "adapter"), "--adapter", "--dtype", "bfloat16"]) == 0
    assert {tensor.dtype for tensor in load_file(tmp_path / "adapter" / models.ADAPTER).values()} == {torch.bfloat16}


def test_what_cannot_be_exported_is_refused_and_nothing_is_written(
    full: Trained, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "notes.txt").write_text("mine", encoding="utf-8")
    for source, target, options, words in (
        (tmp_path, "model", [], "neither a run"),
        (full.run, "taken", [], "there already"),
        (full.run, "model", ["--adapter"], "no adapter"),
    ):
        assert main(["export", str(source), str(tmp_path / target), *options]) == 2
        assert words in capsys.readouterr().err
        assert not (tmp_path / "model").exists()
    assert [file.name for file in (tmp_path / "taken").iterdir()] == ["notes.txt"]


def test_large_weights_come_in_shards_with_an_index(base: Path, tmp_path: Path) -> None:
    weights = models.read_weights(base)
    models.write_folder(base, tmp_path, weights, max_shard_size="200KB")
    index = json.loads((tmp_path / "model.safetensors.index.json").read_text(encoding="utf-8"))
    assert len(set(index["weight_map"].values())) > 2
    assert index["weight_map"].keys() == weights.keys()
    np.testing.assert_array_equal(logprobs(plain(tmp_path)), logprobs(plain(base)))
    again = models.read_weights(tmp_path)
    assert all(torch.equal(weights[name], again[name]) for name in weights)
    # A folder that was sharded and is so no longer keeps nothing of it.
    models.write_folder(base, tmp_path, weights)
    assert {file.name for file in tmp_path.glob("model*")} == {"model.safetensors"}
