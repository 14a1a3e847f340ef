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
from rlve.ledger import TokenLedger
from rlve.problems import Generated
from rlve.stage_clock import StageClock
from rlve.stream import FAILURES_IN_A_ROW, RolloutStream, Round
from rlve.types import Completion, FinishReason, Task
from tests.test_conf import composed

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

BASE = composed()


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
    lag: int = 0,
    tokens: TokenLedger | None = None,
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
        temperature=1, top_p=1, top_k=-1, max_policy_lag=lag, max_carry_rounds=2, workers=1, timeout_seconds=1
    )
    whole = BASE.model_copy(update={"rlve": config, "rollout": rollout, "reward": rewards})
    made: Any = RolloutStream
    return made(writer, curriculum, pool, Letters(), whole, tokens or TokenLedger(), StageClock())


def closes(counts: Any) -> bool:
    came = counts["carried_in"] + counts["surplus_in"] + counts["submitted"]
    filtered = counts["zero_variance_right"] + counts["zero_variance_wrong"]
    dropped = sum(counts[f"dropped_{reason}"] for reason in ("stale", "aborted", "error", "masked"))
    return came == counts["trained"] + filtered + dropped + counts["carried"] + counts["surplus"]


async def rounds(of: RolloutStream, writer: Writer, count: int, tokens: TokenLedger | None = None) -> list[Round]:
    found: list[Round] = []
    for number in range(count):
        found.append(await of.next_round(number))
        if tokens is not None:  # which raises where a token is lost
            tokens.trained(found[-1].trained, writer.version)
            assert tokens.close(of.pending).drawn == found[-1].generated_tokens
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
    writer, pool, tokens = Writer(letters, seed), Pool(), TokenLedger()
    of = stream(
        writer,
        pool,
        rewards=policy,
        tokens=tokens,
        partial_rollout=partial,
        use_dynamic_sampling_filter=filtered,
        over_sampling_batch_size=fetch,
    )
    found = asyncio.run(rounds(of, writer, 4, tokens))
    assert tokens.total.trained > 0 or not any(each.trained for each in found)
    for each in found:
        assert closes(each.counts), each.counts
        assert each.counts["trained"] == len(each.trained) <= 4
    for before, after in pairwise(found):
        assert after.counts["carried_in"] == before.counts["carried"]
        assert after.counts["surplus_in"] == before.counts["surplus"]
        assert all(len(group.compared) >= 2 for group in after.trained)
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
    assert found.errors["crash"] == sum(found.outcomes[name, "crash"] for name in ("Copy", "Parity")) > 0
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
        json.loads(
            json.dumps({"version": 0, "carried": [], "surplus": [], "seen": [["Copy", 0, 1, 10], ["Parity", 0, 1, 1]]})
        )
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
    of.load({"version": 0, "carried": carried, "surplus": [], "seen": []})
    asyncio.run(of.next_round(1))
    assert [question for question in writer.asked if question in ("C1", "C2", "C3")][:3] == ["C2", "C1", "C3"]


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


async def overlapped(of: RolloutStream, writer: Writer, count: int, training: int) -> list[Round]:
    """Rounds whose training takes so many turns of the event loop, while samples go on."""
    found: list[Round] = []
    with of:
        for number in range(count):
            found.append(await of.next_round(number))
            for _ in range(training):
                await asyncio.sleep(0)
            writer.version += 1
            of.synced(number + 1)
        await of.halt()
    return found


class Counted(Pool):
    """Notes the most groups that were in training, waiting or in flight at once, where none is filtered."""

    trained = 0
    most = 0

    async def generate(self, tasks: Sequence[Task]) -> list[Generated]:
        generated = await super().generate(tasks)
        self.most = max(self.most, len(self.asked) - self.trained)
        return generated


@given(
    seed=st.integers(0, 10**6),
    lag=st.integers(1, 3),
    partial=st.booleans(),
    training=st.integers(0, 400),
    patience=st.integers(2, 60),
)
@settings(max_examples=60, deadline=None)
def test_with_a_lag_nothing_is_wasted_and_nothing_too_old_trains(
    seed: int, lag: int, partial: bool, training: int, patience: int
) -> None:
    writer, pool = Writer("yn..", seed, patience), Counted()
    changes = {"use_dynamic_sampling_filter": False, "partial_rollout": partial, "rollout_max_response_len": 12}
    tokens = TokenLedger()
    of = stream(writer, pool, lag=lag, tokens=tokens, num_rollout=8, **changes)

    async def run() -> list[Round]:
        found: list[Round] = []
        with of:
            for number in range(8):
                found.append(await of.next_round(number))
                tokens.trained(found[-1].trained, writer.version)
                for _ in range(training):
                    await asyncio.sleep(0)
                tokens.close(of.pending)
                writer.version += 1
                pool.trained += len(found[-1].trained)
                of.synced(number + 1)
        return found

    found = asyncio.run(run())
    bound = max(lag, 2) if partial else lag
    for number, each in enumerate(found):
        assert closes(each.counts), each.counts
        assert len(each.trained) == 4
        if partial:  # without, the sync waits for what is in flight, which this writer does not
            assert all(0 <= number - group.started <= bound for group in each.trained)
    assert pool.most <= (lag + 1) * 4
    assert len(pool.asked) == 8 * 4  # no more than the rounds need
    assert sum(each.counts["dropped_stale"] + each.counts["dropped_aborted"] for each in found) == 0
    assert tokens.total.trained == tokens.total.drawn > 0
    assert max(tokens.total.lags) <= bound or not partial


def test_samples_go_on_while_the_trainer_works_and_not_further_than_the_lag() -> None:
    writer, pool = Writer("yn", patience=1), Counted()
    of = stream(writer, pool, lag=1, num_rollout=9, use_dynamic_sampling_filter=False)

    async def run() -> list[int]:
        with of:
            await of.next_round(0)
            for _ in range(1000):
                await asyncio.sleep(0)
            return [len(pool.asked), len(of.state()["surplus"])]

    assert asyncio.run(run()) == [8, 4]


def test_a_filtered_group_makes_room_for_another() -> None:
    writer, pool = Writer("yyyn", seed=5), Pool()
    of = stream(writer, pool, lag=1, num_rollout=5)
    found = asyncio.run(overlapped(of, writer, 5, 50))
    assert all(len(each.trained) == 4 and closes(each.counts) for each in found)
    assert sum(each.counts["zero_variance_right"] for each in found) > 0


def test_with_a_lag_what_cannot_train_ends_a_round_too() -> None:
    writer = Writer("y")
    found = asyncio.run(overlapped(stream(writer, Pool(), lag=1), writer, 2, 5))
    assert [len(each.trained) for each in found] == [0, 0]
    assert all(each.counts["zero_variance_right"] >= 16 * 6 for each in found)


def test_what_is_in_flight_is_in_the_state() -> None:
    writer = Writer("yn", patience=50)
    of = stream(writer, Pool(), lag=1, num_rollout=9, use_dynamic_sampling_filter=False)

    async def run() -> tuple[dict[str, Any], int]:
        with of:
            await of.next_round(0)
            for _ in range(8):
                await asyncio.sleep(0)
            state = json.loads(json.dumps(of.state(writer.version)))
            return state, len(state["carried"]) + len(state["surplus"])

    state, count = asyncio.run(run())
    assert count == 4
    other = stream(writer, Pool(), lag=1, num_rollout=9)
    other.load(state, 11)
    moved = other.state(11)
    versions = {v for g in moved["surplus"] for r in g["rollouts"] for v in r["completion"]["policy_versions"]}
    assert versions <= {11}


def test_a_failing_engine_ends_the_round() -> None:
    class Broken(Writer):
        async def sample(
            self, prompt: Sequence[int], params: SamplingParams, count: int, version: int | None = None
        ) -> list[Completion]:
            raise ConnectionError("gone")

    for lag in (0, 1):
        with pytest.raises(ConnectionError, match="gone"):
            asyncio.run(stream(Broken("y"), Pool(), lag=lag).next_round(0))


def test_a_draft_that_was_being_scored_when_it_was_saved_is_scored_again() -> None:
    class Slow(Pool):
        scoring = 0

        async def verify(self, task: Task, texts: Sequence[str]) -> list[Verdict]:
            self.scoring += 1
            for _ in range(200):
                await asyncio.sleep(0)
            return await super().verify(task, texts)

    writer, pool, changes = Writer("yn", patience=1), Slow(), {"use_dynamic_sampling_filter": False, "num_rollout": 9}
    of = stream(writer, pool, lag=1, **changes)

    async def saved() -> dict[str, Any]:
        with of:
            first = asyncio.create_task(of.next_round(0))
            while not any(draft["completions"] for draft in of.state()["carried"]):
                await asyncio.sleep(0)
            first.cancel()
            return json.loads(json.dumps(of.state()))

    state = asyncio.run(saved())
    scored = [draft["task"][3] for draft in state["carried"] if draft["completions"]]
    other = stream(Writer("yn"), Pool(), lag=1, **changes)
    other.load(state)
    found = asyncio.run(rounds(other, writer, 2))
    assert set(scored) <= {group.task.seed for each in found for group in each.trained}
