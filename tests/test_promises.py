"""The seam's promises, held by the reference and by the real cluster in its layouts: the same tests for all.

Promise 1 is any split, order, rank count and ZeRO stage; 2 a step clears; 3 and 4 samples and syncs; 5 save and load;
6 the order of submission; 7 bad data and losses; 8 proof of every sync.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file

from rlve import models
from rlve.cluster import weight_transfer
from rlve.config import AdamParams, ClusterConfig, LoraConfig, ModelConfig, SamplingParams
from rlve.policy import BadDatum, BadPrompt, NonFiniteLoss, Policy, SyncError
from rlve.types import Completion, Datum, Loss

Vector = np.ndarray[Any, Any]

CLUSTER = ClusterConfig(
    backend="ray",
    address=None,
    device="cpu",
    trainers=2,
    engines=0,
    zero_stage=0,
    threads_per_trainer=1,
    threads_per_engine=1,
    micro_batch_tokens=48,
    logits_chunk_tokens=16,
    gradient_checkpointing=False,
    engine_sequences=16,
    engine_memory=1,
    lora_sync="merged",
    engine_adapters=2,
    max_lora_rank=8,
)
CONTEXT = 128
PPO = Loss("ppo", {}, 0.7)
GRADIENT = AdamParams(learning_rate=0.0, beta1=0.0, weight_decay=0.0)  # then Adam's first moment is the gradient
STEP = AdamParams(learning_rate=1e-3)


@dataclass(frozen=True)
class Layout:
    """cluster None is LocalPolicy."""

    cluster: ClusterConfig | None
    lora: LoraConfig | None = None


def zero(stage: int, **changes: Any) -> ClusterConfig:
    return CLUSTER.model_copy(update={"zero_stage": stage, **changes})


LORA = LoraConfig(rank=4, train_unembed=False)
LAYOUTS = {
    "local": Layout(None),
    "local, LoRA": Layout(None, LoraConfig(rank=4)),
    "ZeRO 0": Layout(zero(0)),
    "ZeRO 1": Layout(zero(1)),
    "ZeRO 2, an engine": Layout(zero(2, engines=1)),
    "ZeRO 3, activation checkpoints": Layout(zero(3, gradient_checkpointing=True)),
    "ZeRO 3, LoRA, an engine": Layout(zero(3, engines=1), LORA),
    # The tiny model ties its output layer, so that an adapter on it must stay one.
    "ZeRO 0, adapters, an engine": Layout(zero(0, trainers=1, engines=1, lora_sync="adapter"), LoraConfig(rank=4)),
    "ZeRO 0, one rank": Layout(zero(0, trainers=1)),
    "ZeRO 1, one rank, LoRA": Layout(zero(1, trainers=1), LORA),
    "ZeRO 2, one rank": Layout(zero(2, trainers=1)),
    "ZeRO 3, one rank": Layout(zero(3, trainers=1)),
    "ZeRO 0, LoRA": Layout(zero(0), LORA),
    "ZeRO 2, LoRA, two engines": Layout(zero(2, engines=2), LORA),
    "ZeRO 3, adapters, two engines": Layout(zero(3, engines=2, lora_sync="adapter"), LORA),
}
SLOW = list(LAYOUTS)[8:]


def chosen(sampling: bool) -> list[Any]:
    """The layouts that can sample, or all."""
    return [
        pytest.param(name, marks=pytest.mark.slow if name in SLOW else ())
        for name, layout in LAYOUTS.items()
        if not sampling or layout.cluster is None or layout.cluster.engines
    ]


def keeps(layout: Layout) -> bool:
    """Whether several versions can be sampled from."""
    return layout.cluster is None or (layout.lora is not None and layout.cluster.lora_sync == "adapter")


every_layout = pytest.mark.parametrize("opened", chosen(sampling=False), indirect=True)
every_sampler = pytest.mark.parametrize("opened", chosen(sampling=True), indirect=True)
every_keeper = pytest.mark.parametrize(
    "opened", [each for each in chosen(sampling=True) if keeps(LAYOUTS[each.values[0]])], indirect=True
)


class Held:
    """A policy, the event loop that its calls run on, and weights that are not the model's own."""

    def __init__(self, policy: Policy, runner: asyncio.Runner, lora: LoraConfig | None, start: Path) -> None:
        self.policy, self.run, self.lora, self.start = policy, runner.run, lora, start


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    cache = str(tmp_path_factory.mktemp("cache"))
    return models.folder(
        ModelConfig(
            path="tiny",
            revision=None,
            dtype="float32",
            max_seq_len=CONTEXT,
            template="plain",
            marker="tags",
            cache=cache,
        )
    )


@pytest.fixture(scope="module")
def opened(request: pytest.FixtureRequest, model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Held]:
    layout = LAYOUTS[request.param]
    start = tmp_path_factory.mktemp("start")
    with asyncio.Runner() as runner:
        policy = runner.run(open_policy(model, layout))
        held = Held(policy, runner, layout.lora, start)
        try:
            # A step first: the adapters of a fresh LoRA are zero, and so would be half of their gradient.
            held.run(policy.forward_backward(batch(seed=9), PPO))
            held.run(policy.optim_step(AdamParams(learning_rate=1e-2)))
            held.run(policy.save_weights(str(start)))
            yield held
        finally:
            held.run(policy.close())


async def open_policy(model: Path, layout: Layout) -> Policy:
    if layout.cluster is None:
        from rlve.local import LocalPolicy

        return LocalPolicy(model, "float32", layout.lora, CONTEXT)
    from rlve.cluster.policy import ClusterPolicy

    return await ClusterPolicy.open(model, "float32", layout.lora, CONTEXT, layout.cluster, balance_data=True)


@pytest.fixture
def held(opened: Held) -> Held:
    """The policy as it was when it was opened."""
    opened.run(opened.policy.load_weights(str(opened.start)))
    return opened


@pytest.fixture
def oracle(held: Held, model: Path) -> Iterator[Held]:
    """LocalPolicy with the weights and the optimizer that `held` has: any layout reads what any other wrote."""
    from rlve.local import LocalPolicy

    with asyncio.Runner() as runner:
        policy = LocalPolicy(model, "float32", held.lora, CONTEXT)
        runner.run(policy.load_weights(str(held.start)))
        yield Held(policy, runner, held.lora, held.start)
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


def gradient(held: Held, folder: Path, parts: list[list[Datum]]) -> Vector:
    for part in parts:
        held.run(held.policy.forward_backward(part, PPO))
    held.run(held.policy.optim_step(GRADIENT))
    return tensors(held, folder)


def tensors(held: Held, folder: Path, kind: str = "exp_avg") -> Vector:
    held.run(held.policy.save_weights(str(folder)))
    found = load_file(folder / models.TRAINER_STATE)
    return np.concatenate([found[name].ravel() for name in sorted(found) if name.endswith(f"|{kind}")])


def distance(one: Vector, other: Vector) -> float:
    return float(np.linalg.norm(one - other) / np.linalg.norm(one))


def draw(held: Held, temperature: float = 1.0) -> list[Completion]:
    params = SamplingParams(max_tokens=12, temperature=temperature, seed=5)
    return held.run(held.policy.sample([1, 2, 3, 4, 5], params, 4))


def trainer_logprobs(held: Held, completion: Completion, temperature: float) -> list[float]:
    tokens = np.array([1, 2, 3, 4, 5, *completion.tokens])
    ones = np.ones(len(tokens) - 1, np.float32)
    datum = Datum(tokens[:-1], {"target_tokens": tokens[1:], "weights": ones})
    return held.run(held.policy.forward([datum], Loss("cross_entropy", {}, temperature))).logprobs[0][4:].tolist()


@every_layout
def test_any_split_and_order_of_the_data_gives_the_reference_gradient(held: Held, oracle: Held, tmp_path: Path) -> None:
    data = batch()
    reference = gradient(oracle, tmp_path / "oracle", [data])
    whole = gradient(held, tmp_path / "whole", [data])
    split = gradient(held, tmp_path / "split", [data[5:], data[1:5], data[:1]])
    assert np.linalg.norm(reference) > 0
    assert distance(reference, whole) < 1e-5
    assert distance(whole, split) < 1e-5


@every_layout
def test_a_clipped_adam_step_is_the_reference_step(held: Held, oracle: Held, tmp_path: Path) -> None:
    adam = AdamParams(learning_rate=1e-2, grad_clip_norm=0.05)
    before = tensors(held, tmp_path / "before", "weight")
    norms: list[float] = []
    after: list[Vector] = []
    for each in (held, oracle):
        each.run(each.policy.forward_backward(batch(), PPO))
        norms.append(each.run(each.policy.optim_step(adam))["grad_norm"])
        after.append(tensors(each, tmp_path / f"after {len(after)}", "weight"))
    assert norms[0] == pytest.approx(norms[1], rel=1e-5)
    assert norms[0] > adam.grad_clip_norm
    assert distance(after[1] - before, after[0] - before) < 1e-4


@every_layout
def test_results_come_in_the_order_of_the_data(held: Held, oracle: Held) -> None:
    ours, theirs = (each.run(each.policy.forward(batch(), PPO)) for each in (held, oracle))
    for datum, lp, value, expected in zip(batch(), ours.logprobs, ours.elementwise_loss, theirs.logprobs, strict=True):
        assert lp.shape == value.shape == (len(datum),)
        np.testing.assert_allclose(lp, expected, rtol=1e-4, atol=1e-4)
    assert ours.metrics["loss:sum"] == pytest.approx(theirs.metrics["loss:sum"], rel=1e-4)
    assert ours.metrics["loss:sum"] == pytest.approx(sum(value.sum() for value in ours.elementwise_loss), rel=1e-5)


@every_layout
def test_a_step_clears_the_gradient(held: Held, tmp_path: Path) -> None:
    held.run(held.policy.forward_backward(batch(), PPO))
    held.run(held.policy.optim_step(GRADIENT))
    held.run(held.policy.optim_step(GRADIENT))
    assert np.abs(tensors(held, tmp_path / "after")).max() == 0


@every_sampler
@pytest.mark.parametrize("temperature", [1.0, 0.7])
def test_samples_change_only_by_a_sync_and_then_agree_with_the_trainer(held: Held, temperature: float) -> None:
    held.run(held.policy.save_weights_for_sampler())
    before = draw(held)
    held.run(held.policy.forward_backward(batch(), PPO))
    held.run(held.policy.optim_step(AdamParams(learning_rate=3e-3)))
    assert [completion.tokens for completion in draw(held)] == [completion.tokens for completion in before]
    report = held.run(held.policy.save_weights_for_sampler())
    assert report.tensors > 0
    assert report.probe_gap < 0.01
    after = draw(held, temperature)
    assert np.abs(np.array(trainer_logprobs(held, before[0], 1.0)) - before[0].logprobs).max() > 1e-3
    for completion in after:
        gap = np.abs(np.array(trainer_logprobs(held, completion, temperature)) - completion.logprobs)
        assert gap.max() < 0.01


@every_layout
def test_a_loaded_policy_takes_the_same_next_step_bit_by_bit(held: Held, tmp_path: Path) -> None:
    def step() -> None:
        held.run(held.policy.forward_backward(batch(seed=3), PPO))
        held.run(held.policy.optim_step(STEP))

    step()
    held.run(held.policy.save_weights(str(tmp_path / "kept")))
    step()
    first = tensors(held, tmp_path / "first", "weight")
    held.run(held.policy.load_weights(str(tmp_path / "kept")))
    step()
    assert np.abs(first - tensors(held, tmp_path / "second", "weight")).max() == 0


@every_layout
def test_what_is_saved_is_a_plain_model_folder_with_the_same_logprobs(held: Held, tmp_path: Path) -> None:
    held.run(held.policy.save_weights(str(tmp_path)))
    # vLLM takes every such file for weights.
    assert [file.name for file in tmp_path.glob("*.safetensors")] == ["model.safetensors"]
    plain: Any = models.load(tmp_path, "float32", None)
    datum = batch(1)[0]
    lp = plain(torch.from_numpy(datum.model_input)[None]).logits[0].log_softmax(-1).detach().numpy()
    expected = held.run(held.policy.forward([datum], Loss("importance_sampling"))).logprobs[0]
    np.testing.assert_allclose(lp[range(len(datum)), datum.loss_fn_inputs["target_tokens"]], expected, atol=1e-4)


@every_layout
def test_a_load_can_leave_the_optimizer_behind(held: Held, tmp_path: Path) -> None:
    weights = tensors(held, tmp_path / "before", "weight")
    held.run(held.policy.load_weights(str(held.start), optimizer=False))
    assert np.abs(tensors(held, tmp_path / "loaded", "weight") - weights).max() == 0
    assert np.abs(tensors(held, tmp_path / "loaded")).max() == 0
    assert held.run(held.policy.optim_step(GRADIENT))["step_count"] == 1


@every_layout
def test_calls_run_in_the_order_of_their_submission(held: Held, oracle: Held, tmp_path: Path) -> None:
    calls = ((batch(4, seed=1), 1e-2), (batch(5, seed=2), 3e-3), (batch(3, seed=3), 1e-3))

    async def all_at_once() -> None:
        async with asyncio.TaskGroup() as group:
            for data, rate in calls:
                group.create_task(held.policy.forward_backward(data[:2], PPO))
                group.create_task(held.policy.forward_backward(data[2:], PPO))
                group.create_task(held.policy.optim_step(AdamParams(learning_rate=rate)))

    before = tensors(held, tmp_path / "before", "weight")
    held.run(all_at_once())
    for data, rate in calls:
        oracle.run(oracle.policy.forward_backward(data, PPO))
        oracle.run(oracle.policy.optim_step(AdamParams(learning_rate=rate)))
    ours, theirs = (tensors(each, tmp_path / f"{index}", "weight") for index, each in enumerate((held, oracle)))
    assert distance(theirs - before, ours - before) < 1e-3


@every_sampler
def test_a_sample_has_the_weights_of_the_last_sync_submitted_before_it(held: Held) -> None:
    first = held.run(held.policy.save_weights_for_sampler()).version
    params = SamplingParams(max_tokens=12, seed=5)

    async def all_at_once() -> list[Any]:
        return await asyncio.gather(
            *(
                asyncio.create_task(call)
                for call in (
                    held.policy.sample([1, 2], params, 2),
                    held.policy.forward_backward(batch(), PPO),
                    held.policy.optim_step(STEP),
                    held.policy.save_weights_for_sampler(),
                    held.policy.sample([1, 2], params, 2),
                )
            )
        )

    before, _, _, report, after = held.run(all_at_once())
    assert report.version == first + 1
    assert {version for completion in before for version in completion.policy_versions} == {first}
    assert {version for completion in after for version in completion.policy_versions} == {first + 1}


@every_sampler
def test_the_logprobs_of_a_prompt_are_the_trainers(held: Held) -> None:
    held.run(held.policy.save_weights_for_sampler())
    (completion, *_) = draw(held)
    found = held.run(held.policy.score([1, 2, 3, 4, 5, *completion.tokens], top_k=3))
    assert found.logprobs[0] is None
    assert found.top is not None
    expected = trainer_logprobs(held, completion, 1.0)
    np.testing.assert_allclose(np.array(found.logprobs[5:], float), expected, atol=0.01)
    assert [len(entry) for entry in found.top] == [0, *[3] * (4 + len(completion.tokens))]
    for (_, best), known in zip((entry[0] for entry in found.top[1:]), found.logprobs[1:], strict=True):
        assert known is not None
        assert best >= known


@every_sampler
def test_a_completion_ends_where_the_caller_says(held: Held) -> None:
    held.run(held.policy.save_weights_for_sampler())
    (whole, *_) = draw(held)
    place = next(index for index, token in enumerate(whole.tokens) if index and token not in whole.tokens[:index])
    params = SamplingParams(max_tokens=12, seed=5, stop=[whole.tokens[place]], top_logprobs=2)
    (cut, *_) = held.run(held.policy.sample([1, 2, 3, 4, 5], params, 1))
    assert (cut.tokens, cut.finish_reason) == (whole.tokens[: place + 1], "stop")
    assert cut.top_logprobs is not None
    for entry, lp in zip(cut.top_logprobs, cut.logprobs, strict=True):
        assert len(entry) == 2
        assert entry[0][1] >= max(entry[1][1], lp - 1e-5)
    params = SamplingParams(max_tokens=CONTEXT, seed=5, ignore_eos=True)
    (endless,) = held.run(held.policy.sample([1, 2, 3, 4, 5], params, 1))
    assert (len(endless.tokens), endless.finish_reason) == (CONTEXT - 5, "length")


@every_keeper
def test_a_kept_version_does_not_move_while_training_does(held: Held, tmp_path: Path) -> None:
    kept = held.run(held.policy.save_weights_for_sampler(keep=True, path=str(tmp_path / "kept"))).version
    before = draw(held)
    for _ in range(3):
        held.run(held.policy.forward_backward(batch(), PPO))
        held.run(held.policy.optim_step(AdamParams(learning_rate=1e-2)))
        held.run(held.policy.save_weights_for_sampler())
    params = SamplingParams(max_tokens=12, seed=5)
    pinned = held.run(held.policy.sample([1, 2, 3, 4, 5], params, 4, version=kept))
    assert [completion.tokens for completion in pinned] == [completion.tokens for completion in before]
    assert [completion.logprobs for completion in pinned] == [completion.logprobs for completion in before]
    assert {version for completion in pinned for version in completion.policy_versions} == {kept}
    assert [completion.tokens for completion in draw(held)] != [completion.tokens for completion in before]
    held.run(held.policy.release_version(kept))
    with pytest.raises(ValueError, match=f"got {kept}"):
        held.run(held.policy.sample([1, 2], params, 1, version=kept))
    if held.lora is not None:
        assert (tmp_path / "kept" / models.ADAPTER).is_file()


@every_sampler
def test_an_aborted_sample_returns_what_it_has(held: Held) -> None:
    held.run(held.policy.save_weights_for_sampler())

    async def abort_soon() -> list[Completion]:
        waiting = asyncio.create_task(held.policy.sample([1, 2], SamplingParams(max_tokens=CONTEXT, seed=1), 4))
        await asyncio.sleep(0.05)
        while not waiting.done():
            await held.policy.abort_samples()
            await asyncio.sleep(0.02)
        return await waiting

    completions = held.run(abort_soon())
    assert "abort" in {completion.finish_reason for completion in completions}
    for completion in completions:
        assert len(completion.tokens) == len(completion.logprobs) == len(completion.policy_versions) < CONTEXT
    assert {completion.finish_reason for completion in draw(held)} <= {"eos", "length"}


@every_sampler
def test_a_completion_ends_where_the_context_does(held: Held) -> None:
    held.run(held.policy.save_weights_for_sampler())
    prompt = list(range(1, CONTEXT - 3))
    (completion,) = held.run(held.policy.sample(prompt, SamplingParams(max_tokens=50, seed=3), 1))
    assert len(completion.tokens) <= 4
    assert completion.finish_reason == "eos" or (completion.truncated and len(completion.tokens) == 4)
    for wrong, words in ((list(range(CONTEXT)), f"{CONTEXT} tokens"), ([], "0 tokens"), ([1, 10**6], "token id")):
        with pytest.raises(BadPrompt, match=words):
            held.run(held.policy.sample(wrong, SamplingParams(max_tokens=1), 1))
        with pytest.raises(BadPrompt, match=words):
            held.run(held.policy.score(wrong))


@every_layout
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
    assert np.abs(tensors(held, tmp_path / "after")).max() == 0
    assert np.abs(gradient(held, tmp_path / "usable", [good])).max() > 0


@pytest.mark.parametrize("zero_stage", [0, 2])
def test_models_on_one_cluster_share_the_base_and_nothing_else(model: Path, tmp_path: Path, zero_stage: int) -> None:
    """The second trains between the first one's gradient and its step, and neither notices."""
    from rlve.cluster.cluster import Cluster, FolderSampler
    from rlve.cluster.policy import ClusterPolicy

    async def run() -> None:
        cluster = await Cluster.open(model, "float32", CONTEXT, zero(zero_stage, trainers=1, engines=1), adapters=True)
        try:
            base = await FolderSampler.open(cluster, None)
            params = SamplingParams(max_tokens=12, seed=5)
            untrained = await base.sample([1, 2, 3], params, 2)
            alone, first, second = [await ClusterPolicy.join(cluster, LORA, True) for _ in range(3)]
            for policy in (alone, first, second):
                await policy.forward_backward(batch(), PPO)
                await policy.optim_step(STEP)
            await alone.forward_backward(batch(seed=1), PPO)
            await alone.optim_step(STEP)
            await first.forward_backward(batch(seed=1)[:3], PPO)
            await second.forward_backward(batch(seed=2), PPO)
            await second.optim_step(AdamParams(learning_rate=1e-1))
            await first.forward_backward(batch(seed=1)[3:], PPO)
            await first.optim_step(STEP)
            for name, policy in (("alone", alone), ("first", first)):
                await policy.save_weights(str(tmp_path / name), merged=False)
            states = [load_file(tmp_path / name / models.TRAINER_STATE) for name in ("alone", "first")]
            for name in states[0]:
                assert distance(states[0][name], states[1][name]) < 1e-4, name
            await first.save_weights_for_sampler(path=str(tmp_path / "sampler"))
            await second.save_weights_for_sampler()
            saved = await FolderSampler.open(cluster, tmp_path / "sampler")
            drawn = [await each.sample([1, 2, 3], params, 2) for each in (first, saved, second, base)]
            tokens = [[completion.tokens for completion in each] for each in drawn]
            assert tokens[0] == tokens[1]
            assert tokens[1] != tokens[2]
            assert drawn[3] == untrained
            # Every place for adapters is taken, and all are in one batch.
            together = await asyncio.gather(*(each.sample([1, 2, 3], params, 2) for each in (first, second, base)))
            mixed = [[completion.tokens for completion in each] for each in together]
            assert mixed == [tokens[0], tokens[2], tokens[3]]
            await first.close()
            assert await saved.sample([1, 2, 3], params, 2) == [
                replace(completion, policy_versions=[0] * len(completion.tokens)) for completion in drawn[0]
            ]
            await second.forward(batch(), PPO)
            await saved.close()
        finally:
            await cluster.close()
        assert not cluster.scratch.exists()

    asyncio.run(run())


@pytest.mark.parametrize("opened", ["ZeRO 0"], indirect=True)
def test_a_policy_without_engines_says_that_it_cannot_sample(held: Held) -> None:
    with pytest.raises(RuntimeError, match="engines"):
        draw(held)
    with pytest.raises(RuntimeError, match="engines"):
        held.run(held.policy.save_weights_for_sampler())


def test_a_tensor_that_did_not_arrive_stops_the_run_by_name() -> None:
    with pytest.raises(SyncError, match=r"model\.norm\.weight"):
        weight_transfer.prove({"a": "1", "model.norm.weight": "2"}, {"a": "1", "model.norm.weight": "3"})
    with pytest.raises(SyncError, match=r"lm_head\.weight"):
        weight_transfer.prove({"lm_head.weight": "2"}, {})
    with pytest.raises(SyncError, match="other weights"):
        weight_transfer.prove_probe([-1.0, -2.0], [-1.0, -2.5], "float32")
