"""Groups through over-sampling, filter, surplus and carry: none is lost, none counts twice, nothing old trains."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import asdict
from itertools import pairwise
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from environments.problem import Verdict
from rlve.config import CurriculumConfig, RewardConfig, RLVEConfig, RolloutConfig, SamplingParams
from rlve.curriculum import Curriculum
from rlve.problems import Generated
from rlve.stream import FAILURES_IN_A_ROW, RolloutStream, Round
from rlve.types import Completion, FinishReason, Task

REWARDS = RewardConfig(
    unreadable=-1, breaks_rules=-0.5, wrong=0, partial=1, correct=1, truncated="reward", overlong_tokens=None
)
MASK = REWARDS.model_copy(update={"truncated": "mask"})
CURRICULUM = CurriculumConfig(
    rule="rlve",
    window=4,
    min_prompts=8,
    promote_at=0.9,
    demote_at=0,
    max_step=1,
    initial_level=0,
    prompt_chars=1000,
    weighting="uniform",
)


class Letters:
    """Tokens are characters."""

    def encode(self, question: str) -> list[int]:
        return [ord(letter) for letter in question]

    def conclusion(self, tokens: Sequence[int]) -> str:
        return "".join(map(chr, tokens))


class Pool:
    """A "y" at the start is right, an "x" anywhere crashes the verifier. Environments in `broken` cannot generate."""

    def __init__(self, broken: Sequence[str] = ()) -> None:
        self.broken = broken
        self.asked: list[Task] = []

    async def generate(self, tasks: Sequence[Task]) -> list[Generated]:
        self.asked += tasks
        return [
            Generated(task, None, "crash") if task.environment in self.broken else Generated(task, "?", None)
            for task in tasks
        ]

    async def verify(self, task: Task, texts: Sequence[str]) -> list[Verdict]:
        crash = Verdict(0.0, False, "crash")
        return [crash if "x" in text else Verdict(float(text[0] == "y"), text[0] == "y") for text in texts]


class Writer:
    """Draws a letter of `letters` at a time until the budget is used or a "." ends it; others draw in between.

    Every token's log-probability is minus its place in the completion, so that what was kept can be recognised.
    """

    def __init__(self, letters: str, seed: int = 0, patience: int = 9) -> None:
        self.letters, self.patience = letters, patience
        self.rng = Random(seed)
        self.version = 1
        self.aborts = 0

    async def sample(
        self, prompt: Sequence[int], params: SamplingParams, count: int, version: int | None = None
    ) -> list[Completion]:
        return list(await asyncio.gather(*(self._write(len(prompt) - 1, params) for _ in range(count))))

    async def _write(self, start: int, params: SamplingParams) -> Completion:
        aborts, tokens, pause = self.aborts, list[int](), self.rng.choice((0, 1, self.patience))
        reason: FinishReason | None = None
        while reason is None:
            tokens.append(ord(self.rng.choice(self.letters)))
            for _ in range(pause):
                await asyncio.sleep(0)
            if tokens[-1] == ord("."):
                reason = "eos"
            elif len(tokens) == params.max_tokens:
                reason = "length"
            elif self.aborts != aborts:
                reason = "abort"
        logprobs = [-float(start + place) for place in range(len(tokens))]
        return Completion(tokens, logprobs, [self.version] * len(tokens), reason)

    async def abort_samples(self) -> None:
        self.aborts += 1


def stream(
    writer: Writer,
    pool: Pool,
    environments: Sequence[str] = ("Copy", "Parity"),
    rewards: RewardConfig = REWARDS,
    **changes: Any,
) -> RolloutStream:
    rlve: dict[str, Any] = {
        "rollout_max_response_len": 4,
        "rollout_batch_size": 4,
        "n_samples_per_prompt": 4,
        "over_sampling_batch_size": 6,
    }
    config = RLVEConfig.model_validate(rlve | changes)
    curriculum = Curriculum(environments, CURRICULUM, 4, 0, dict.fromkeys(environments, 9))
    rollout = RolloutConfig(
        temperature=1, top_p=1, top_k=-1, max_policy_lag=0, max_carry_rounds=2, workers=1, timeout_seconds=1
    )
    made: Any = RolloutStream
    return made(writer, curriculum, pool, Letters(), config, rollout, rewards, 0)


def closes(counts: Any) -> bool:
    came = counts["carried_in"] + counts["surplus_in"] + counts["submitted"]
    filtered = counts["zero_variance_right"] + counts["zero_variance_wrong"]
    dropped = sum(counts[f"dropped_{reason}"] for reason in ("stale", "aborted", "error", "masked"))
    return came == counts["trained"] + filtered + dropped + counts["carried"] + counts["surplus"]


async def rounds(of: RolloutStream, writer: Writer, count: int) -> list[Round]:
    found: list[Round] = []
    for number in range(count):
        found.append(await of.next_round(number))
        writer.version += 1
    return found


@given(
    letters=st.sampled_from(["yn", "yyyn", "ynx", "y", "n", "ynnnnnnn", "yn.", "ynn.."]),
    seed=st.integers(0, 10**6),
    partial=st.booleans(),
    filtered=st.booleans(),
    fetch=st.integers(4, 12),
    policy=st.sampled_from([REWARDS, MASK]),
)
@settings(max_examples=60, deadline=None)
def test_every_group_is_accounted_for_once(
    letters: str, seed: int, partial: bool, filtered: bool, fetch: int, policy: RewardConfig
) -> None:
    writer, pool = Writer(letters, seed), Pool()
    of = stream(
        writer,
        pool,
        rewards=policy,
        partial_rollout=partial,
        use_dynamic_sampling_filter=filtered,
        over_sampling_batch_size=fetch,
    )
    found = asyncio.run(rounds(of, writer, 4))
    for each in found:
        assert closes(each.counts), each.counts
        assert each.counts["trained"] == len(each.trained) <= 4
    for before, after in pairwise(found):
        assert after.counts["carried_in"] == before.counts["carried"]
        assert after.counts["surplus_in"] == before.counts["surplus"]
        assert all(len(group.compared) >= 2 for group in each.trained)
    trained = [group.task.seed for each in found for group in each.trained]
    finished = [group.task.seed for each in found for group in each.finished]
    assert len(set(trained)) == len(trained)
    assert len(set(finished)) == len(finished)
    assert set(trained) <= set(finished)
    if not partial:
        assert all(each.counts["carried"] == 0 for each in found)


def test_a_carried_group_keeps_tokens_logprobs_and_versions_and_has_the_rest_of_its_budget() -> None:
    writer = Writer("yn", seed=3, patience=40)
    of = stream(writer, Pool(), rollout_max_response_len=12, over_sampling_batch_size=12)
    found = asyncio.run(rounds(of, writer, 6))
    carried = [
        rollout.completion
        for each in found
        for group in each.finished
        for rollout in group.rollouts
        if len(set(rollout.completion.policy_versions)) > 1
    ]
    assert carried
    for completion in carried:
        assert len(completion.tokens) == len(completion.policy_versions) == 12
        assert completion.logprobs == [-float(place) for place in range(12)]
        assert completion.policy_versions == sorted(completion.policy_versions)


def test_what_is_older_than_the_bound_is_dropped_and_counted() -> None:
    writer = Writer("yn")
    of = stream(writer, Pool(), rollout_batch_size=1, over_sampling_batch_size=12, use_dynamic_sampling_filter=False)
    found = asyncio.run(rounds(of, writer, 8))
    assert sum(each.counts["dropped_stale"] for each in found) > 0
    for number, each in enumerate(found):
        assert closes(each.counts)
        assert all(number - group.started <= 2 for group in each.trained)


def test_groups_with_equal_rewards_move_the_curriculum_but_do_not_train() -> None:
    writer = Writer("y")
    found = asyncio.run(rounds(stream(writer, Pool()), writer, 1))[0]
    assert found.trained == []
    assert found.counts["zero_variance_right"] == len(found.finished) > 4


def test_groups_of_cut_rollouts_move_the_curriculum_but_do_not_train() -> None:
    writer = Writer("yn")
    found = asyncio.run(rounds(stream(writer, Pool(), rewards=MASK, use_dynamic_sampling_filter=False), writer, 1))[0]
    assert found.trained == []
    assert found.counts["dropped_masked"] == len(found.finished) > 4
    assert all(rollout.masked for group in found.finished for rollout in group.rollouts)
    assert closes(found.counts)


def test_what_is_cut_is_masked_and_the_rest_of_its_group_trains() -> None:
    writer = Writer("ynnn.", seed=2)
    found = asyncio.run(rounds(stream(writer, Pool(), rewards=MASK), writer, 1))[0]
    rollouts = [rollout for group in found.trained for rollout in group.rollouts]
    assert {rollout.masked for rollout in rollouts} == {False, True}
    assert all(rollout.masked == rollout.completion.truncated for rollout in rollouts)
    assert all(group.informative for group in found.trained)


def test_a_crashing_verifier_costs_its_samples_only() -> None:
    writer = Writer("ynnx", seed=1)
    found = asyncio.run(rounds(stream(writer, Pool(), rollout_max_response_len=1), writer, 1))[0]
    assert found.errors["crash"] > 0
    assert len(found.trained) == 4
    verdicts = [rollout.verdict.error for group in found.trained for rollout in group.rollouts]
    assert set(verdicts) == {"none"}


def test_an_environment_that_cannot_generate_is_drawn_no_more() -> None:
    pool = Pool(broken=["Parity"])
    writer = Writer("yn")
    found = asyncio.run(rounds(stream(writer, pool), writer, 6))
    assert all(group.task.environment == "Copy" for each in found for group in each.finished)
    assert sum(each.errors["generate_crash"] for each in found) >= FAILURES_IN_A_ROW
    assert found[-1].errors["generate_crash"] == 0


class Named(Pool):
    """The question is the environment's initial and the level."""

    async def generate(self, tasks: Sequence[Task]) -> list[Generated]:
        self.asked += tasks
        return [Generated(task, f"{task.environment[0]}{task.difficulty}", None) for task in tasks]


class Uneven(Writer):
    """Writes ten times as much on Copy, and more at higher levels; notes what it is asked."""

    asked: list[str]

    async def sample(
        self, prompt: Sequence[int], params: SamplingParams, count: int, version: int | None = None
    ) -> list[Completion]:
        question = "".join(map(chr, prompt[:2]))
        self.asked.append(question)
        length = (10 if question[0] == "C" else 1) * (1 + int(question[1]))
        return await super().sample(prompt, params.model_copy(update={"max_tokens": length}), count)


def test_what_is_expected_to_be_longest_is_submitted_first_and_the_same_tasks_are_drawn() -> None:
    writer, pool = Uneven("yn", patience=1), Named()
    writer.asked = []
    of = stream(writer, pool, rollout_max_response_len=100, over_sampling_batch_size=12, rollout_batch_size=12)
    asyncio.run(of.next_round(0))
    fetched, first = pool.asked, writer.asked
    assert first[:12] == [f"{task.environment[0]}{task.difficulty}" for task in fetched[:12]]  # nothing seen: as drawn
    seen = {f"{name[0]}{level}": tokens / count for name, level, count, tokens in of.state()["seen"]}
    assert seen == {question: (10 if question[0] == "C" else 1) * (1 + int(question[1])) for question in seen}
    pool.asked, writer.asked = [], []
    other = stream(writer, pool, rollout_max_response_len=100, over_sampling_batch_size=12, rollout_batch_size=12)
    other.load(
        json.loads(json.dumps({"carried": [], "surplus": [], "seen": [["Copy", 0, 1, 10], ["Parity", 0, 1, 1]]}))
    )
    asyncio.run(other.next_round(0))
    assert sorted(writer.asked[:12]) == sorted(f"{task.environment[0]}{task.difficulty}" for task in fetched[:12])
    expected = [{"C0": 10, "P0": 1}.get(question, 100) for question in writer.asked[:12]]
    assert expected == sorted(expected, reverse=True)
    assert set(writer.asked[:12]) >= {"C0", "P0"}


def test_the_carried_group_with_most_left_to_draw_goes_first() -> None:
    writer = Uneven("yn", patience=1)
    writer.asked = []
    of = stream(writer, Named(), rollout_max_response_len=50, n_samples_per_prompt=1, rollout_batch_size=3)
    carried = [
        {
            "task": ["Copy", 1, level, level],
            "prompt": [ord("C"), ord(f"{level}")],
            "completions": [asdict(Completion([ord("y")] * done, [0.0] * done, [1] * done, "abort"))],
            "started": 0,
        }
        for level, done in ((1, 30), (2, 5), (3, 40))
    ]
    of.load({"carried": carried, "surplus": [], "seen": []})
    asyncio.run(of.next_round(1))
    assert writer.asked[:3] == ["C2", "C1", "C3"]


@pytest.mark.parametrize("partial", [True, False])
def test_the_state_survives_json(partial: bool) -> None:
    writer = Writer("yn", seed=3, patience=40)
    changes = {"rollout_max_response_len": 12, "over_sampling_batch_size": 12, "partial_rollout": partial}
    of = stream(writer, Pool(), **changes)
    asyncio.run(rounds(of, writer, 3))
    state = json.loads(json.dumps(of.state()))
    assert state["surplus"]
    assert bool(state["carried"]) == partial
    other = stream(writer, Pool(), **changes)
    other.load(state)
    assert json.loads(json.dumps(other.state())) == state
