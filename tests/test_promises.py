"""The seam's promises, held by the reference and by the real cluster: the same tests for both."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file

from rlve import models
from rlve.cluster import weight_transfer
from rlve.config import AdamParams, ClusterConfig, ModelConfig, SamplingParams
from rlve.policy import BadDatum, NonFiniteLoss, Policy, SyncError
from rlve.types import Completion, Datum, Loss

CLUSTER = ClusterConfig(
    backend="ray",
    address=None,
    device="cpu",
    trainers=2,
    engines=1,
    zero_stage=2,
    threads_per_trainer=1,
    threads_per_engine=1,
    micro_batch_tokens=48,
    logits_chunk_tokens=16,
    gradient_checkpointing=False,
    engine_sequences=16,
    engine_memory=1,
)
PPO = Loss("ppo", {}, 0.7)
GRADIENT = AdamParams(learning_rate=0.0, beta1=0.0, weight_decay=0.0)  # then Adam's first moment is the gradient
STEP = AdamParams(learning_rate=1e-3)


class Held:
    """A policy and the event loop that its calls run on."""

    def __init__(self, policy: Policy, runner: asyncio.Runner) -> None:
        self.policy, self.run = policy, runner.run


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    cache = str(tmp_path_factory.mktemp("cache"))
    return models.folder(
        ModelConfig(path="tiny", dtype="float32", max_seq_len=128, template="plain", marker="tags", cache=cache)
    )


@pytest.fixture(scope="module", params=["local", "cluster"])
def held(request: pytest.FixtureRequest, model: Path) -> Iterator[Held]:
    with asyncio.Runner() as runner:
        if request.param == "local":
            from rlve.local import LocalPolicy

            policy: Any = LocalPolicy(model, "float32", None, 128)
        else:
            from rlve.cluster.policy import ClusterPolicy

            policy = runner.run(ClusterPolicy.open(model, "float32", None, 128, CLUSTER, balance_data=True))
        yield Held(policy, runner)
        runner.run(policy.close())


def batch(count: int = 7, seed: int = 0) -> list[Datum]:
    rng = np.random.default_rng(seed)
    data: list[Datum] = []
    for _ in range(count):
        length = int(rng.integers(3, 24))
        advantages = rng.normal(size=length).astype(np.float32)
        advantages[:2] = 0
        data.append(
            Datum(
                rng.integers(0, 1000, length),
                {
                    "target_tokens": rng.integers(0, 1000, length),
                    "logprobs": (-7 + 0.1 * rng.normal(size=length)).astype(np.float32),
                    "advantages": advantages,
                },
            )
        )
    return data


def gradient(held: Held, folder: Path, parts: list[list[Datum]]) -> np.ndarray[Any, Any]:
    for part in parts:
        held.run(held.policy.forward_backward(part, PPO))
    held.run(held.policy.optim_step(GRADIENT))
    return moments(held, folder)


def moments(held: Held, folder: Path, kind: str = "exp_avg") -> np.ndarray[Any, Any]:
    held.run(held.policy.save_weights(str(folder)))
    tensors = load_file(folder / "trainer.safetensors")
    return np.concatenate([tensors[name].ravel() for name in sorted(tensors) if name.endswith(f"|{kind}")])


def distance(one: np.ndarray[Any, Any], other: np.ndarray[Any, Any]) -> float:
    return float(np.linalg.norm(one - other) / np.linalg.norm(one))


def sample(held: Held, temperature: float = 1.0) -> list[Completion]:
    params = SamplingParams(max_tokens=12, temperature=temperature, seed=5)
    return held.run(held.policy.sample([1, 2, 3, 4, 5], params, 4))


def trainer_logprobs(held: Held, completion: Completion, temperature: float) -> list[float]:
    tokens = np.array([1, 2, 3, 4, 5, *completion.tokens])
    ones = np.ones(len(tokens) - 1, np.float32)
    datum = Datum(tokens[:-1], {"target_tokens": tokens[1:], "weights": ones})
    return held.run(held.policy.forward([datum], Loss("cross_entropy", {}, temperature))).logprobs[0][4:].tolist()


def test_any_split_and_order_of_the_data_gives_the_reference_gradient(held: Held, model: Path, tmp_path: Path) -> None:
    from rlve.local import LocalPolicy

    data = batch()
    with asyncio.Runner() as runner:
        oracle = Held(LocalPolicy(model, "float32", None, 128), runner)
        reference = gradient(oracle, tmp_path / "oracle", [data])
        runner.run(oracle.policy.close())
    whole = gradient(held, tmp_path / "whole", [data])
    split = gradient(held, tmp_path / "split", [data[5:], data[1:5], data[:1]])
    assert np.linalg.norm(reference) > 0
    assert distance(reference, whole) < 1e-5
    assert distance(whole, split) < 1e-5


def test_a_step_clears_the_gradient(held: Held, tmp_path: Path) -> None:
    held.run(held.policy.forward_backward(batch(), PPO))
    held.run(held.policy.optim_step(GRADIENT))
    held.run(held.policy.optim_step(GRADIENT))
    assert np.abs(moments(held, tmp_path / "after")).max() == 0


@pytest.mark.parametrize("temperature", [1.0, 0.7])
def test_samples_change_only_by_a_sync_and_then_agree_with_the_trainer(held: Held, temperature: float) -> None:
    held.run(held.policy.save_weights_for_sampler())
    before = sample(held)
    held.run(held.policy.forward_backward(batch(), PPO))
    held.run(held.policy.optim_step(AdamParams(learning_rate=3e-3)))
    assert [c.tokens for c in sample(held)] == [c.tokens for c in before]
    report = held.run(held.policy.save_weights_for_sampler())
    assert report.tensors > 0
    assert report.probe_gap < 0.01
    after = sample(held, temperature)
    assert np.abs(np.array(trainer_logprobs(held, before[0], 1.0)) - before[0].logprobs).max() > 1e-3
    for completion in after:
        gap = np.abs(np.array(trainer_logprobs(held, completion, temperature)) - completion.logprobs)
        assert gap.max() < 0.01


def test_a_loaded_policy_takes_the_same_next_step_bit_by_bit(held: Held, tmp_path: Path) -> None:
    def step() -> None:
        held.run(held.policy.forward_backward(batch(seed=3), PPO))
        held.run(held.policy.optim_step(STEP))

    step()
    held.run(held.policy.save_weights(str(tmp_path / "kept")))
    step()
    first = moments(held, tmp_path / "first", "weight")
    held.run(held.policy.load_weights(str(tmp_path / "kept")))
    step()
    assert np.abs(first - moments(held, tmp_path / "second", "weight")).max() == 0


def test_a_bad_datum_adds_nothing_and_a_non_finite_loss_clears(held: Held, tmp_path: Path) -> None:
    good, bad = batch(3), batch(1)[0]
    wrong = Datum(bad.model_input, {**bad.loss_fn_inputs, "target_tokens": bad.model_input + 10**6})
    with pytest.raises(BadDatum, match="datum 3"):
        held.run(held.policy.forward_backward([*good, wrong], PPO))
    huge = Datum(bad.model_input, {**bad.loss_fn_inputs, "logprobs": np.full(len(bad), -300, np.float32)})
    held.run(held.policy.forward_backward(good, PPO))
    with pytest.raises(NonFiniteLoss, match="cleared"):
        held.run(held.policy.forward_backward([huge], Loss("importance_sampling")))
    held.run(held.policy.optim_step(GRADIENT))
    assert np.abs(moments(held, tmp_path / "after")).max() == 0
    assert np.abs(gradient(held, tmp_path / "usable", [good])).max() > 0


def test_a_tensor_that_did_not_arrive_stops_the_run_by_name() -> None:
    with pytest.raises(SyncError, match=r"model\.norm\.weight"):
        weight_transfer.prove({"a": "1", "model.norm.weight": "2"}, {"a": "1", "model.norm.weight": "3"})
    with pytest.raises(SyncError, match=r"lm_head\.weight"):
        weight_transfer.prove({"lm_head.weight": "2"}, {})
    with pytest.raises(SyncError, match="other weights"):
        weight_transfer.prove_probe([-1.0, -2.0], [-1.0, -2.5], "float32")
