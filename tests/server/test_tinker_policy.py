"""TinkerPolicy: what goes over the wire and comes back, what is refused, and the seam's promises against a server."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pytest
from tinker import types

import environments
from environments.problem import Verdict
from rlve import driver, launch, models, tinker
from rlve.config import AdamParams, ConfigError, LoraConfig, SamplingParams, TrainConfig
from rlve.curriculum import Curriculum
from rlve.driver import Progress, Run
from rlve.policy import BadDatum, NonFiniteLoss, Policy
from rlve.problems import Problems
from rlve.prompts import Prompts
from rlve.stream import RolloutStream
from rlve.tinker import TinkerPolicy
from rlve.tracking import Tracker
from rlve.types import Datum, Loss, Task
from tests.test_conf import composed

END = frozenset([9])
TEN = SamplingParams(max_tokens=10, seed=3)
STEP = AdamParams(learning_rate=1e-2)
LORA = LoraConfig(rank=4, train_unembed=False, seed=0)
CROSS_ENTROPY = Loss("cross_entropy")


class Server(Protocol):
    """The fixture: a real server that has the tiny model as local/tiny."""

    url: str
    key: str


def datum(length: int = 6, scale: float = 1.0, **inputs: Any) -> Datum:
    tokens = np.arange(1, length + 2, dtype=np.int64)
    weights = np.full(length, scale, np.float32)
    return Datum(tokens[:-1], {"target_tokens": tokens[1:], "weights": weights, **inputs})


def output(*records: dict[str, Any], metrics: dict[str, float] | None = None) -> types.ForwardBackwardOutput:
    arrays = [
        {name: types.TensorData.from_numpy(np.array(values, np.float32)) for name, values in record.items()}
        for record in records
    ]
    return types.ForwardBackwardOutput("ArrayRecord", arrays, metrics or {"loss:sum": 0.0})


def sequence(tokens: list[int], reason: Any = "stop", logprobs: list[float] | None = None) -> types.SampledSequence:
    drawn = np.array([-0.5] * len(tokens) if logprobs is None else logprobs, np.float32)
    return types.SampledSequence(reason, "id", np.array(tokens, np.int32), drawn)


def test_a_datum_carries_what_its_loss_reads_and_nothing_else() -> None:
    extra = {"logprobs": np.zeros(6, np.float64), "advantages": np.ones(6, np.float32)}
    sent = tinker.to_datum(datum(**extra), Loss("ppo"))
    assert sent.model_input.to_ints() == [1, 2, 3, 4, 5, 6]
    assert {name: array.dtype for name, array in sent.loss_fn_inputs.items()} == {
        "target_tokens": "int64",
        "logprobs": "float32",
        "advantages": "float32",
    }
    assert sent.loss_fn_inputs["target_tokens"].tolist() == [2, 3, 4, 5, 6, 7]


def test_a_result_has_the_metrics_of_every_policy_and_the_servers_others() -> None:
    record = {"logprobs": [-1.0] * 6, "elementwise_loss": [2.0] * 6}
    result = tinker.to_result([datum()], CROSS_ENTROPY, output(record, metrics={"loss:sum": 7.0, "experts:mean": 0.5}))
    assert result.metrics == {"experts:mean": 0.5, "loss:sum": 12.0, "learned_tokens:sum": 6.0, "tokens:sum": 6.0}
    assert result.logprobs[0].dtype == result.elementwise_loss[0].dtype == np.float32


def test_a_server_that_tells_no_elementwise_loss_has_it_computed() -> None:
    result = tinker.to_result([datum(scale=2.0)], CROSS_ENTROPY, output({"logprobs": [-1.0, -2.0, 0, 0, 0, 0]}))
    assert result.elementwise_loss[0].tolist() == [2.0, 4.0, 0, 0, 0, 0]
    assert result.metrics["loss:sum"] == 6.0


@pytest.mark.parametrize(
    ("records", "words"),
    [
        ([], "0 data, expected 1"),
        ([{"elementwise_loss": [0.0] * 6}], "logprobs of datum 0.*nothing"),
        ([{"logprobs": [0.0] * 5}], r"expected shape \(6,\), found shape \(5,\)"),
        ([{"logprobs": [float("nan")] * 6}], "NaN or infinite"),
    ],
)
def test_an_answer_that_is_none_is_an_error(records: list[dict[str, Any]], words: str) -> None:
    with pytest.raises(RuntimeError, match=words):
        tinker.to_result([datum()], CROSS_ENTROPY, output(*records))


@pytest.mark.parametrize(
    ("given", "stop"),
    [
        ({}, None),
        ({"ignore_eos": True}, []),
        ({"stop": ["\n"]}, ["\n"]),
        ({"stop": [4]}, [4, 9]),
        ({"stop": [4], "ignore_eos": True}, [4]),
    ],
)
def test_stops_mean_on_the_wire_what_they_mean_here(given: dict[str, Any], stop: Any) -> None:
    assert tinker.to_sampling_params(SamplingParams(**given), END, 100).stop == stop


def test_sampling_keeps_to_the_room_behind_the_prompt() -> None:
    params = SamplingParams(max_tokens=50, temperature=0.5, top_p=0.9, top_k=7, seed=1)
    sent = tinker.to_sampling_params(params, END, 20)
    assert (sent.max_tokens, sent.temperature, sent.top_p, sent.top_k, sent.seed) == (20, 0.5, 0.9, 7, 1)


@pytest.mark.parametrize("name", ["presence_penalty", "frequency_penalty"])
def test_penalties_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match=name):
        tinker.to_sampling_params(SamplingParams.model_validate({name: 0.5}), END, 20)


@pytest.mark.parametrize(
    ("drawn", "given", "expected"),
    [
        (sequence([1, 9]), {}, ([1, 9], "eos")),
        (sequence([1, 4]), {"stop": [4]}, ([1, 4], "stop")),
        (sequence([1, 2], "length"), {}, ([1, 2], "length")),
        (sequence([1, 9, 2, 3]), {"stop": ["x"]}, ([1, 9], "eos")),
        (sequence([1, 9, 2], "length"), {"ignore_eos": True}, ([1, 9, 2], "length")),
    ],
)
def test_a_completion_ends_for_the_reason_that_ended_it(
    drawn: types.SampledSequence, given: dict[str, Any], expected: tuple[list[int], str]
) -> None:
    completion = tinker.to_completion(drawn, 5, SamplingParams(**given), END)
    assert (completion.tokens, completion.finish_reason) == expected
    assert completion.policy_versions == [5] * len(completion.tokens)
    assert len(completion.logprobs) == len(completion.tokens)


def test_tokens_without_log_probabilities_are_refused() -> None:
    with pytest.raises(RuntimeError, match="without a log-probability"):
        tinker.to_completion(sequence([1, 2], logprobs=[]), 1, TEN, END)


def test_a_folder_that_no_tinker_server_saved_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"tinker\.json"):
        tinker.read_pointer(tmp_path)


@pytest.mark.parametrize(
    ("overrides", "name"),
    [([], "local/tiny"), (["model.path=org/name"], "org/name"), (["policy.base_model=a/b"], "a/b")],
)
def test_the_base_model_follows_from_the_path_unless_it_is_named(overrides: list[str], name: str) -> None:
    assert tinker.base_model(composed("policy=tinker", *overrides)) == name


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        (["lora=none"], "lora=rank32"),
        (["lora=rank8"], r"lora\.config\.alpha=32"),
        (["loss.kl_coefficient=0.1"], r"loss\.kl_coefficient=0"),
        (["warm_start=cross_entropy"], "warm_start=none"),
        (["rollout.temperature=0.7"], r"rollout\.temperature=1"),
        (["policy.base_url=http://127.0.0.1:9"], r"policy\.base_url: nothing answers"),
    ],
)
def test_a_run_that_cannot_work_says_what_to_set(tmp_path: Path, overrides: list[str], words: str) -> None:
    config = composed(
        "policy=tinker", "lora=rank32", f"output={tmp_path / 'run'}", f"model.cache={tmp_path}", *overrides
    )
    with pytest.raises(ConfigError, match=words):
        asyncio.run(launch.run(config))


def test_the_layout_of_this_machine_does_not_matter_to_a_server() -> None:
    launch.check_layout(composed("policy=tinker", "lora=rank32", "cluster=gpu8", "cluster.engines=0"))


# Below: against a server.


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return models.folder(composed(f"model.cache={tmp_path_factory.mktemp('cache')}").model)


def with_policy(server: Server, folder: Path, use: Callable[[TinkerPolicy], Awaitable[Any]], **changes: Any) -> Any:
    """What `use` makes of a fresh policy."""

    async def run() -> Any:
        policy = await TinkerPolicy.open(
            folder, "float32", LORA, 128, changes.get("base_model", "local/tiny"), server.url, server.key
        )
        try:
            return await use(policy)
        finally:
            await policy.close()

    return asyncio.run(run())


async def train(policy: Policy, steps: int) -> list[float]:
    """The loss before each step."""
    losses: list[float] = []
    for _ in range(steps):
        result = await policy.forward_backward([datum(), datum(3)], CROSS_ENTROPY)
        await policy.optim_step(STEP)
        losses.append(result.metrics["loss:sum"])
    return losses


def test_training_lowers_the_loss_and_sampling_follows_at_the_sync(server: Server, folder: Path) -> None:
    async def use(policy: TinkerPolicy) -> None:
        prompt = [1, 2, 3]
        before = await policy.sample(prompt, TEN, 2)
        losses = await train(policy, 3)
        assert losses == sorted(losses, reverse=True)
        assert await policy.sample(prompt, TEN, 2) == before
        step = await policy.optim_step(STEP)
        assert step["step_count"] == 4
        report = await policy.save_weights_for_sampler()
        assert (report.version, report.tensors) == (2, 0)
        assert 0 <= report.probe_gap < 0.01
        after = await policy.sample(prompt, TEN, 2)
        assert after[0].tokens != after[1].tokens
        assert {version for completion in after for version in completion.policy_versions} == {2}
        assert [completion.logprobs for completion in after] != [completion.logprobs for completion in before]

    with_policy(server, folder, use)


def test_the_gradients_norm_is_told(server: Server, folder: Path) -> None:
    async def use(policy: TinkerPolicy) -> float:
        await policy.forward_backward([datum()], CROSS_ENTROPY)
        return (await policy.optim_step(STEP))["grad_norm"]

    assert with_policy(server, folder, use) > 0


def test_sampler_and_trainer_agree_on_every_token(server: Server, folder: Path) -> None:
    async def use(policy: TinkerPolicy) -> None:
        await train(policy, 2)
        await policy.save_weights_for_sampler()
        prompt = [5, 6, 7]
        (drawn,) = await policy.sample(prompt, SamplingParams(max_tokens=12, seed=1, top_logprobs=2), 1)
        tokens = np.array([*prompt, *drawn.tokens])
        whole = Datum(tokens[:-1], {"target_tokens": tokens[1:], "weights": np.ones(len(tokens) - 1, np.float32)})
        known = (await policy.forward([whole], CROSS_ENTROPY)).logprobs[0]
        assert known[len(prompt) - 1 :] == pytest.approx(drawn.logprobs, abs=0.01)
        scored = await policy.score(tokens.tolist(), top_k=2)
        assert scored.logprobs[0] is None
        assert known == pytest.approx(scored.logprobs[1:], abs=0.01)
        assert scored.top is not None and drawn.top_logprobs is not None
        assert [len(each) for each in scored.top] == [0] + [2] * (len(tokens) - 1)
        assert [len(each) for each in drawn.top_logprobs] == [2] * len(drawn.tokens)

    with_policy(server, folder, use)


def test_a_kept_version_does_not_move(server: Server, folder: Path) -> None:
    async def use(policy: TinkerPolicy) -> None:
        await train(policy, 1)
        kept = (await policy.save_weights_for_sampler(keep=True)).version
        before = await policy.sample([1, 2], TEN, 1)
        await train(policy, 2)
        await policy.save_weights_for_sampler()
        assert await policy.sample([1, 2], TEN, 1, version=kept) == before
        await policy.release_version(kept)
        with pytest.raises(ValueError, match=f"got {kept}"):
            await policy.sample([1, 2], TEN, 1, version=kept)

    with_policy(server, folder, use)


def test_calls_in_flight_together_keep_their_order(server: Server, folder: Path) -> None:
    async def one_by_one(policy: TinkerPolicy) -> list[float]:
        return await train(policy, 3)

    async def together(policy: TinkerPolicy) -> list[float]:
        data = [datum(), datum(3)]
        calls: list[Awaitable[Any]] = []
        for _ in range(3):
            calls += [policy.forward_backward(data, CROSS_ENTROPY), policy.optim_step(STEP)]
        return [result.metrics["loss:sum"] for result in (await asyncio.gather(*calls))[::2]]

    found = [with_policy(server, folder, use) for use in (one_by_one, together)]
    assert found[0] == pytest.approx(found[1], rel=1e-5)


def test_a_sample_belongs_to_the_last_sync_submitted_before_it(server: Server, folder: Path) -> None:
    async def use(policy: TinkerPolicy) -> list[int]:
        first = policy.sample([1, 2], TEN, 1)
        syncing = policy.save_weights_for_sampler()
        second = policy.sample([1, 2], TEN, 1)
        (before,), _, (after,) = await asyncio.gather(first, syncing, second)
        return [before.policy_versions[0], after.policy_versions[0]]

    assert with_policy(server, folder, use) == [1, 2]


def test_an_abort_returns_at_once_without_tokens(server: Server, folder: Path) -> None:
    async def use(policy: TinkerPolicy) -> None:
        long = SamplingParams(max_tokens=120, ignore_eos=True)
        sampling = [asyncio.ensure_future(policy.sample([1, 2], long, 8)) for _ in range(8)]
        await asyncio.sleep(0)
        started = time.perf_counter()
        await policy.abort_samples()
        completions = [completion for each in await asyncio.gather(*sampling) for completion in each]
        assert time.perf_counter() - started < 1
        assert {(completion.finish_reason, len(completion.tokens)) for completion in completions} == {("abort", 0)}
        (after,) = await policy.sample([1, 2], TEN, 1)
        assert not after.unfinished

    with_policy(server, folder, use)


def test_training_goes_on_from_a_checkpoint_as_if_it_had_not_stopped(
    server: Server, folder: Path, tmp_path: Path
) -> None:
    async def first(policy: TinkerPolicy) -> list[float]:
        await train(policy, 2)
        await policy.save_weights(str(tmp_path / "saved"))
        return await train(policy, 2)

    async def resumed(policy: TinkerPolicy) -> tuple[list[float], float, list[int]]:
        old = await policy.sample([1, 2], TEN, 1)
        await policy.load_weights(str(tmp_path / "saved"))
        assert await policy.sample([1, 2], TEN, 1) == old  # until the next sync
        losses = await train(policy, 2)
        report = await policy.save_weights_for_sampler()
        assert report.probe_gap < 0.01
        return losses, (await policy.optim_step(STEP))["step_count"], old[0].policy_versions

    async def afresh(policy: TinkerPolicy) -> tuple[list[float], float]:
        await policy.load_weights(str(tmp_path / "saved"), optimizer=False)
        return await train(policy, 2), (await policy.optim_step(STEP))["step_count"]

    whole = with_policy(server, folder, first)
    assert json.loads((tmp_path / "saved" / "tinker.json").read_text(encoding="utf-8"))["path"].startswith("tinker://")
    losses, count, _ = with_policy(server, folder, resumed)
    assert losses == pytest.approx(whole, rel=1e-5)
    assert count == 5
    losses, count = with_policy(server, folder, afresh)
    assert losses[0] == pytest.approx(whole[0], rel=1e-5)
    assert losses[1] != pytest.approx(whole[1], rel=1e-5)
    assert count == 3


def test_what_the_api_or_the_data_do_not_allow_is_refused(server: Server, folder: Path) -> None:
    async def use(policy: TinkerPolicy) -> None:
        with pytest.raises(BadDatum, match=r"rollout\.temperature=1"):
            await policy.forward([datum()], Loss("cross_entropy", {}, 0.7))
        with pytest.raises(BadDatum, match="lacks 'logprobs'"):
            await policy.forward_backward([datum()], Loss("ppo"))
        with pytest.raises(ValueError, match="penalty"):
            await policy.sample([1], SamplingParams(presence_penalty=1.0), 1)
        with pytest.raises(ValueError, match="prompt has 0 tokens"):
            await policy.sample([], TEN, 1)
        with pytest.raises(ValueError, match="save_weights"):
            await policy.save_weights_for_sampler(path="here")

    with_policy(server, folder, use)


def test_a_loss_that_is_not_finite_is_said_and_the_policy_can_be_used_on(server: Server, folder: Path) -> None:
    async def use(policy: TinkerPolicy) -> None:
        far = datum(logprobs=np.full(6, -1e4, np.float32), advantages=np.ones(6, np.float32))
        with pytest.raises(NonFiniteLoss):
            await policy.forward_backward([far], Loss("importance_sampling"))
        losses = await train(policy, 2)
        assert losses[1] < losses[0]

    with_policy(server, folder, use)


def test_a_base_model_that_the_server_lacks_is_named(server: Server, folder: Path) -> None:
    async def use(policy: TinkerPolicy) -> None:
        raise AssertionError("opened")

    with pytest.raises(ConfigError, match=r"policy\.base_model: .*'local/unknown'"):
        with_policy(server, folder, use, base_model="local/unknown")


class Vowels(Problems):
    """Judges a text by its vowels: an untrained model earns different rewards, and can learn to earn more."""

    async def verify(self, task: Task, texts: Sequence[str]) -> list[Verdict]:
        shares = [sum(letter in "aeiouAEIOU" for letter in text) / max(1, len(text)) for text in texts]
        return [Verdict(0.5 * share, share > 0.3) for share in shares]


async def curve(policy: Policy, config: TrainConfig, folder: Path) -> list[dict[str, Any]]:
    """The lines of the rounds that driver.train writes."""
    names = config.environment_list
    problems = await Vowels.start(1, 10, config.model.marker)
    try:
        prompts = Prompts(models.folder(config.model), config.model)
        versions = {name: environments.load(name).version for name in names}
        ceilings = await problems.ceilings(versions, config.curriculum.prompt_chars)
        curriculum = Curriculum(names, config.curriculum, config.rlve.n_samples_per_prompt, config.seed, ceilings)
        stream = RolloutStream(
            policy, curriculum, problems, prompts, config.rlve, config.rollout, config.reward, config.seed
        )
        tracker = Tracker(folder, config)
        await driver.train(
            Run(config, folder, names, policy, None, curriculum, stream, problems, prompts, tracker, Progress())
        )
    finally:
        await problems.close()
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text(encoding="utf-8").splitlines()]


@pytest.mark.slow
def test_driver_train_gives_the_same_reward_curve_in_process_and_through_a_server(
    server: Server, folder: Path, tmp_path: Path
) -> None:
    config = composed(
        "lora=rank8",
        "lora.config.alpha=32",
        "cluster.lora_sync=adapter",
        "environments.names=[Parity]",
        "rlve.rollout_batch_size=8",
        "rlve.over_sampling_batch_size=8",
        "rlve.n_samples_per_prompt=8",
        "rlve.rollout_max_response_len=12",
        "rlve.num_rollout=8",
        "rlve.partial_rollout=false",
        "rlve.use_dynamic_sampling_filter=false",
        "optimizer.learning_rate=1e-2",
        "checkpoint.every=100",
        "tracking.console=false",
        f"model.cache={folder.parent}",
    )

    async def in_process() -> list[dict[str, Any]]:
        async with launch.opened(config, folder, config.lora.config) as policy:
            return await curve(policy, config, tmp_path / "here")

    async def through_the_server() -> list[dict[str, Any]]:
        policy = await TinkerPolicy.open(
            folder, "float32", config.lora.config, config.model.max_seq_len, "local/tiny", server.url, server.key
        )
        try:
            return await curve(policy, config, tmp_path / "there")
        finally:
            await policy.close()

    here, there = asyncio.run(in_process()), asyncio.run(through_the_server())
    assert len(here) == len(there) == 8
    assert here[-1]["reward/mean"] > here[0]["reward/mean"]
    assert all(line["train/grad_norm"] > 0 for line in here)
    for metric in ("reward/mean", "rollout/completion_tokens_mean", "train/loss", "train/grad_norm", "train/entropy"):
        assert [line[metric] for line in here] == [line[metric] for line in there], metric
