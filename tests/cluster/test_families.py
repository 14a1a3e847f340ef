"""Every family, tied and untied: what is trained is what engines sample from, and what is saved is what others open.

One trainer rank, small models with random weights of the real architectures. Each family has two engines, one that
takes whole weights and one that takes adapters beside them, and every way to train goes through one of them.
"""

import asyncio
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import ray
import torch

from rlve.cluster import placement
from rlve.cluster.cluster import Cluster
from rlve.cluster.policy import ClusterPolicy
from rlve.config import AdamParams, LoraConfig, SamplingParams
from rlve.models.made import shrunk
from rlve.models.shapes import SHAPES
from rlve.types import Completion, Datum, Loss
from tests.test_promises import CLUSTER

CONTEXT = 96
PROMPT = [(37 * place + 5) % 1100 for place in range(40)]
"""Longer than the sliding window of the small Gemma."""
SMALL: dict[str, Any] = {
    "hidden_size": 128,
    "intermediate_size": 96,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 32,
    # An engine pads its vocabulary to the next multiple of 64.
    "vocab_size": 1300,
    "max_position_embeddings": 4096,
    "initializer_range": 0.08,
}
WINDOWS = {"sliding_window": 16, "sliding_window_pattern": 2}
CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "Qwen2, tied": ("Qwen/Qwen2.5-1.5B", {}),
    "Qwen2, untied": ("deepseek-ai/DeepSeek-R1-Distill-Qwen-1.5B", {}),
    "Qwen3, tied": ("Qwen/Qwen3-0.6B", {"hidden_size": 64}),
    "Qwen3, untied": ("Qwen/Qwen3-0.6B", {"hidden_size": 64, "tie_word_embeddings": False}),
    "Llama, tied": ("meta-llama/Llama-3.2-1B", {"max_position_embeddings": 131_072}),
    "Llama, untied": ("meta-llama/Llama-3.2-1B", {"max_position_embeddings": 131_072, "tie_word_embeddings": False}),
    "Gemma 3, tied": ("google/gemma-3-1b-pt", {"hidden_size": 64, "query_pre_attn_scalar": 32, **WINDOWS}),
}
ONE = CLUSTER.model_copy(update={"trainers": 1, "engines": 1, "micro_batch_tokens": 256})
LORAS = [
    LoraConfig(rank=4, train_attn=attn, train_mlp=mlp, train_unembed=unembed)
    for attn, mlp, unembed in itertools.product([True, False], repeat=3)
    if attn or mlp or unembed
]
pytestmark = pytest.mark.slow
families = pytest.mark.parametrize("family", CASES, scope="module")


@dataclass
class Opened:
    """One trainer rank and one engine; adapters: the engine takes them beside its weights."""

    cluster: Cluster
    runner: asyncio.Runner
    folder: Path
    tied: bool


class Clusters:
    """Holds one cluster at a time, on one Ray for all."""

    def __init__(self, runner: asyncio.Runner, folder: Path) -> None:
        self.runner, self.folder = runner, folder
        self.opened: tuple[tuple[str, bool], Opened] | None = None

    def open(self, family: str, adapters: bool) -> Opened:
        if self.opened is None or self.opened[0] != (family, adapters):
            self.close()
            if not ray.is_initialized():
                placement.connect(ONE)
            name, changes = CASES[family]
            folder = shrunk(name, self.folder / family, **{**SMALL, **changes})
            # Whole weights are also gathered, from a stage that cuts each tensor up.
            config = ONE if adapters else ONE.model_copy(update={"zero_stage": 3})
            cluster = self.runner.run(Cluster.open(folder, "float32", CONTEXT, config, adapters))
            tied = SHAPES[name].with_changes(**changes).tie_word_embeddings
            self.opened = ((family, adapters), Opened(cluster, self.runner, folder, tied))
            self.runner.run(cluster.start_engines())
        return self.opened[1]

    def close(self) -> None:
        if self.opened is not None:
            self.runner.run(self.opened[1].cluster.close())
        self.opened = None


@pytest.fixture(scope="module")
def clusters(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clusters]:
    with asyncio.Runner() as runner:
        made = Clusters(runner, tmp_path_factory.mktemp("models"))
        yield made
        made.close()
    ray.shutdown()


def named(lora: LoraConfig | None) -> str:
    if lora is None:
        return "full"
    return "+".join(part for part in ("attn", "mlp", "unembed") if getattr(lora, f"train_{part}"))


@pytest.mark.parametrize("lora", [None, *LORAS], ids=named)
@families
def test_whole_weights_arrive_and_travel(
    clusters: Clusters, family: str, lora: LoraConfig | None, tmp_path: Path
) -> None:
    whole = clusters.open(family, adapters=False)
    policy = whole.runner.run(joined(whole, lora, adapters=False))
    try:
        if whole.tied and lora is not None and lora.train_unembed:
            with pytest.raises(ValueError, match=r"train_unembed.*tied"):
                whole.runner.run(policy.save_weights_for_sampler())
        else:
            learn(whole, policy)
            agree(whole, policy)
            opens_plainly(whole, policy, tmp_path)
    finally:
        whole.runner.run(policy.close())


@pytest.mark.parametrize("lora", LORAS, ids=named)
@families
def test_adapters_arrive_and_travel(clusters: Clusters, family: str, lora: LoraConfig, tmp_path: Path) -> None:
    beside = clusters.open(family, adapters=True)
    policy = beside.runner.run(joined(beside, lora, adapters=True))
    try:
        learn(beside, policy)
        agree(beside, policy)
        opens_plainly(beside, policy, tmp_path)
    finally:
        beside.runner.run(policy.close())


async def joined(opened: Opened, lora: LoraConfig | None, adapters: bool) -> ClusterPolicy:
    slot, _ = await opened.cluster.open_slot(lora)
    return ClusterPolicy(opened.cluster, slot, lora, adapters, balance_data=True, owns=False)


def learn(opened: Opened, policy: ClusterPolicy) -> None:
    """Steps large enough that a tensor which stays behind is seen."""
    rng = np.random.default_rng(0)
    for _ in range(2):
        data = [datum(rng.integers(0, 1100, 50).tolist()) for _ in range(3)]
        opened.runner.run(policy.forward_backward(data, Loss("cross_entropy")))
        opened.runner.run(policy.optim_step(AdamParams(learning_rate=2e-2)))


def datum(tokens: list[int]) -> Datum:
    array = np.array(tokens)
    return Datum(array[:-1], {"target_tokens": array[1:], "weights": np.ones(len(array) - 1, np.float32)})


def agree(opened: Opened, policy: ClusterPolicy) -> None:
    report = opened.runner.run(policy.save_weights_for_sampler())
    assert report.tensors > 0
    assert report.probe_gap < 0.01
    for temperature in (1.0, 0.7):
        for completion in draw(opened, policy, temperature):
            known = trainer_logprobs(opened, policy, completion, temperature)
            assert np.abs(known - completion.logprobs).max() < 0.01


def draw(opened: Opened, policy: ClusterPolicy, temperature: float = 1.0) -> list[Completion]:
    params = SamplingParams(max_tokens=24, temperature=temperature, seed=3, ignore_eos=True)
    return opened.runner.run(policy.sample(PROMPT, params, 3))


def trainer_logprobs(
    opened: Opened, policy: ClusterPolicy, completion: Completion, temperature: float
) -> np.ndarray[Any, Any]:
    asked = Loss("cross_entropy", {}, temperature)
    found = opened.runner.run(policy.forward([datum([*PROMPT, *completion.tokens])], asked)).logprobs[0]
    return found[len(PROMPT) - 1 :]


def opens_plainly(opened: Opened, policy: ClusterPolicy, target: Path) -> None:
    """What was saved, opened by transformers and peft alone."""
    from peft import PeftModel
    from transformers import AutoModelForCausalLM, AutoTokenizer

    run = opened.runner.run
    run(policy.save_weights(str(target / "merged")))
    folders = {"merged": False}
    if policy.lora is not None:
        run(policy.save_weights(str(target / "adapter"), merged=False))
        folders["adapter"] = True
    run(policy.save_weights_for_sampler(path=str(target / "sampler")))
    folders["sampler"] = policy.adapters
    (completion, *_) = draw(opened, policy)
    tokens = [*PROMPT, *completion.tokens]
    expected = run(policy.forward([datum(tokens)], Loss("cross_entropy"))).logprobs[0]
    base: Any = AutoModelForCausalLM.from_pretrained(opened.folder, dtype="auto").eval()
    assert np.abs(logprobs(base, tokens) - expected).max() > 1e-2
    for name, is_adapter in folders.items():
        if is_adapter:
            fresh: Any = AutoModelForCausalLM.from_pretrained(opened.folder, dtype="auto")
            model: Any = PeftModel.from_pretrained(fresh, target / name)
        else:
            model = AutoModelForCausalLM.from_pretrained(target / name, dtype="auto")
        np.testing.assert_allclose(logprobs(model.eval(), tokens), expected, atol=1e-4, err_msg=name)
        tokenizer: Any = AutoTokenizer.from_pretrained(target / name)
        assert tokenizer.decode(tokenizer.encode("1 + 1")) == "1 + 1"


@torch.no_grad()
def logprobs(model: Any, tokens: list[int]) -> np.ndarray[Any, Any]:
    logits = model(torch.tensor([tokens[:-1]])).logits[0].float()
    return logits.log_softmax(-1).gather(-1, torch.tensor(tokens[1:])[:, None]).squeeze(-1).numpy()
