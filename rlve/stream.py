"""Keeps rollouts flowing: over-sampling, dynamic sampling filter, partial rollout, policy lag.

Every group is accounted for: carried and surplus before + submitted = trained + filtered + dropped + carried and
surplus after.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from math import inf
from typing import Any, Self

from environments.problem import Verdict
from rlve.config import TrainConfig
from rlve.curriculum import Curriculum
from rlve.ledger import TokenLedger, waiting
from rlve.policy import Policy
from rlve.problems import Problems
from rlve.prompts import Prompts
from rlve.rollout import Draft, extend, score
from rlve.stage_clock import StageClock
from rlve.turns import Sessions
from rlve.types import Completion, Group, Observation, Rollout, Task

FAILURES_IN_A_ROW = 8  # problems that an environment may fail to generate before it is drawn no more
FETCHES_PER_ROUND = 16  # over-sampling fetches after which a round trains on what it has: everything may be saturated


@dataclass
class Round:
    """What one round of sampling brought. `trained` train; `finished` move the curriculum, filtered ones too."""

    trained: list[Group] = field(default_factory=list[Group])
    finished: list[Group] = field(default_factory=list[Group])
    counts: Counter[str] = field(default_factory=Counter[str])
    errors: Counter[str] = field(default_factory=Counter[str])
    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])  # (environment, outcome)
    generated_tokens: int = 0
    version: int = 0  # the newest policy version that drew a token


Outcome = tuple[Draft, Group | None, list[Verdict]]  # a draft that is not finished has no group yet


class RolloutStream:
    """Groups in flight, drafts to go on with, and finished groups that no round has used yet.

    max_policy_lag 0: samples fly only within `next_round`, and its end aborts them. Else they go on while the trainer
    works: groups in training, waiting and in flight together are at most (max_policy_lag + 1) · rollout_batch_size, and
    the oldest train first, so that a group whose first token was drawn after k rounds trains by round
    k + max_policy_lag. With partial_rollout it may be overtaken, up to max_carry_rounds; then a round waits for it.
    """

    def __init__(
        self,
        policy: Policy,
        curriculum: Curriculum,
        problems: Problems,
        prompts: Prompts,
        config: TrainConfig,
        tokens: TokenLedger,
        clock: StageClock,
    ) -> None:
        self._tokens, self._clock = tokens, clock
        self._policy, self._curriculum, self._problems, self._prompts = policy, curriculum, problems, prompts
        self._rlve, self._rollout, self._rewards = config.rlve, config.rollout, config.reward
        self._seed = config.seed
        self._sessions = Sessions(problems, prompts, lambda: self._stopping)
        self._rounds = 0  # how many have trained the weights that sample
        self._taken = 0  # how many have got their groups
        self._training = 0  # groups that the trainer works on
        self._carried: list[Draft] = []
        self._surplus: list[Group] = []
        self._flying: dict[asyncio.Task[Outcome], Draft] = {}
        self._current = Round()
        self._failures: Counter[str] = Counter()
        # (environment, difficulty) → how many completions were seen, and their tokens.
        self._seen: dict[tuple[str, int], tuple[int, int]] = {}
        self._pump: asyncio.Task[None] | None = None
        self._stopping = False
        self._stirred, self._landed = asyncio.Event(), asyncio.Event()

    async def next_round(self, number: int) -> Round:
        """Waits for rollout_batch_size groups that can train, and takes them; `number` rounds have trained so far."""
        self._taken = number
        self.synced(number)
        self._drop_stale()
        try:
            self._start()
            while not self._enough():
                self._landed.clear()
                await self._landed.wait()
                if self._pump is not None and self._pump.done():
                    self._pump.result()
            if not self._rollout.max_policy_lag:
                await self.halt()
        except BaseException:
            self.cancel()
            raise
        return self._take()

    def synced(self, rounds: int) -> None:
        """The sampler has the weights that `rounds` rounds have trained."""
        self._rounds, self._training = rounds, 0
        self._stirred.set()

    async def halt(self) -> None:
        """Aborts what is in flight: finished groups become surplus, unfinished ones are carried or dropped."""
        self._stopping = True
        self._stirred.set()
        if self._pump is not None:
            await self._pump
            self._pump = None
        if self._flying:
            await self._policy.abort_samples()
            await asyncio.wait(self._flying)
            self._land()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.cancel()

    def cancel(self) -> None:
        """Gives up what is in flight."""
        for task in [*self._flying, *([self._pump] if self._pump else [])]:
            task.cancel()
        self._flying, self._pump = {}, None

    @property
    def pending(self) -> int:
        """Tokens that later rounds may train."""
        return waiting([*self._carried, *self._flying.values()], self._surplus)

    def state(self, version: int = 0) -> dict[str, Any]:
        """Drafts, surplus groups and the lengths seen as JSON types. version: the sampler's at this time.

        What is in flight is saved as it was when it took off.
        """
        return {
            "version": version,
            "carried": [asdict(draft) for draft in [*self._flying.values(), *self._carried]],
            "surplus": [asdict(group) for group in self._surplus],
            "seen": [[*key, *totals] for key, totals in self._seen.items()],
        }

    def load(self, state: Mapping[str, Any], version: int = 0) -> None:
        """The inverse of state. version: what the policy calls now what was the sampler's version then."""
        later = version - state["version"]
        self._carried = [_draft(saved, later) for saved in state["carried"]]
        self._surplus = [_group(saved, later) for saved in state["surplus"]]
        self._seen = {(name, level): (count, tokens) for name, level, count, tokens in state["seen"]}
        self._current = self._begun()

    # What a round takes.

    def _enough(self) -> bool:
        wanted = self._rlve.rollout_batch_size
        if len(self._surplus) >= wanted and not self._overdue():
            return True
        return not self._flying and not self._room()

    def _overdue(self) -> bool:
        """Whether groups in flight would be too old if this round did not wait for them."""
        if not self._rollout.max_policy_lag:
            return False
        wanted, bound = self._rlve.rollout_batch_size, self._oldest()
        for later in range(self._rounds - bound + 1):
            # Those that must have trained by the round that comes `later` after this one.
            ready = sum(group.started <= bound + later for group in self._surplus)
            flying = sum(draft.started <= bound + later for draft in self._flying.values())
            if flying and min(ready, wanted) < ready + flying - later * wanted:
                return True
        return False

    def _oldest(self) -> int:
        """The smallest `started` that may train in this round."""
        lag, carry = self._rollout.max_policy_lag, self._rollout.max_carry_rounds
        return self._rounds - (max(lag, carry) if not lag or self._rlve.partial_rollout else lag)

    def _drop_stale(self) -> None:
        oldest = self._oldest()
        drafts = [draft for draft in self._carried if draft.started < oldest]
        groups = [group for group in self._surplus if group.started < oldest]
        self._carried = [draft for draft in self._carried if draft.started >= oldest]
        self._surplus = [group for group in self._surplus if group.started >= oldest]
        self._current.counts["dropped_stale"] += len(drafts) + len(groups)
        self._tokens.dropped("stale", waiting(drafts, groups))

    def _take(self) -> Round:
        result, wanted = self._current, self._rlve.rollout_batch_size
        self._surplus.sort(key=lambda group: group.started)
        # In the order of their tasks, not of their ends, which is a matter of time: sums of floats depend on order.
        result.trained, self._surplus = sorted(self._surplus[:wanted], key=_place), self._surplus[wanted:]
        result.finished.sort(key=_place)
        self._current = self._begun()
        result.counts["trained"], result.counts["finished"] = len(result.trained), len(result.finished)
        result.counts["surplus"] = self._current.counts["surplus_in"]
        result.counts["carried"] = self._current.counts["carried_in"]
        self._taken, self._training = self._taken + 1, len(result.trained)
        self._stirred.set()
        return result

    def _begun(self) -> Round:
        counts = {"carried_in": len(self._carried) + len(self._flying), "surplus_in": len(self._surplus)}
        return Round(counts=Counter(counts))

    # What flows meanwhile: the pump takes in what has landed, and submits as much as there is room for.

    def _start(self) -> None:
        if self._pump is None:
            self._stopping = False
            self._pump = asyncio.create_task(self._flow())

    async def _flow(self) -> None:
        try:
            while not self._stopping:
                self._stirred.clear()
                self._land()
                await self._admit()
                self._landed.set()
                await self._stirred.wait()
        finally:
            self._landed.set()

    def _room(self) -> int:
        """Groups that may be submitted now, carried ones first."""
        wanted, fetch, lag = (
            self._rlve.rollout_batch_size,
            self._rlve.over_sampling_batch_size,
            self._rollout.max_policy_lag,
        )
        outstanding = len(self._flying) + len(self._surplus)
        if lag:
            rounds = min(lag + 1, self._rlve.num_rollout - self._taken + (self._training > 0))
            room = max(0, rounds * wanted - self._training - outstanding)
        else:
            room = fetch if outstanding < wanted else 0
        new = max(0, FETCHES_PER_ROUND * fetch - self._current.counts["submitted"])
        return min(room, len(self._carried) + new)

    async def _admit(self) -> None:
        while room := self._room():
            carried, self._carried = self._carried[:room], self._carried[room:]
            self._take_off(carried)  # at once: they are the oldest
            if room > len(carried):
                self._take_off(await self._new_drafts(room - len(carried)))

    def _take_off(self, drafts: list[Draft]) -> None:
        # An engine begins with what comes first, and a round lasts as long as its last completion.
        for draft in sorted(drafts, key=self._expected_tokens, reverse=True):
            task = asyncio.create_task(self._fly(draft))
            task.add_done_callback(lambda _: self._stirred.set())
            self._flying[task] = draft

    async def _new_drafts(self, count: int) -> list[Draft]:
        """New prompts; where generation fails, another task is drawn."""
        drafts: list[Draft] = []
        while len(drafts) < count:
            tasks = self._curriculum.sample(count - len(drafts))
            for generated in await self._problems.generate(tasks):
                name = generated.task.environment
                if generated.text is None:
                    self._current.errors[f"generate_{generated.error}"] += 1
                    self._failures[name] += 1
                    if self._failures[name] == FAILURES_IN_A_ROW:
                        self._curriculum.quarantine(name)
                    continue
                self._failures[name] = 0
                drafts.append(Draft(generated.task, self._prompts.encode(generated.text), [], self._rounds))
        self._current.counts["submitted"] += len(drafts)
        return drafts

    def _expected_tokens(self, draft: Draft) -> float:
        """Per completion: the mean seen at its level, or no end where none was; once begun, what it has left."""
        if draft.completions:
            budget = self._rlve.rollout_max_response_len
            # A draft that a checkpoint met while it was scored has nothing left.
            return max((budget - len(each.tokens) for each in draft.completions if each.unfinished), default=0)
        count, tokens = self._seen.get((draft.task.environment, draft.task.difficulty), (0, 0))
        return tokens / count if count else inf

    async def _fly(self, draft: Draft) -> Outcome:
        """The draft drawn on, and scored where that finished it."""
        with self._clock.busy("engines"):
            extended = await extend(self._policy, draft, self._rlve, self._rollout, self._seed, self._sessions)
        self._tokens.drawn(draft, extended)
        self._current.generated_tokens += extended.token_count - draft.token_count
        task = asyncio.current_task()
        if task in self._flying:
            self._flying[task] = extended
        if extended.unfinished:
            return extended, None, []
        with self._clock.busy("verify"):
            longest = self._rlve.rollout_max_response_len
            return extended, *await score(extended, self._problems, self._prompts, self._rewards, longest)

    def _land(self) -> None:
        """Takes in what has ended: finished groups that can train become surplus."""
        for task in [task for task in self._flying if task.done()]:
            del self._flying[task]
            draft, group, verdicts = task.result()
            newest = (version for each in draft.completions for version in each.policy_versions[-1:])
            self._current.version = max(self._current.version, *newest, 0)
            if group is not None:
                self._settle(draft, group, verdicts)
            elif self._rlve.partial_rollout:
                self._carried.append(draft)
            else:
                self._current.counts["dropped_aborted"] += 1
                self._tokens.dropped("aborted", draft.token_count)

    def _settle(self, draft: Draft, group: Group, verdicts: list[Verdict]) -> None:
        result, key = self._current, (draft.task.environment, draft.task.difficulty)
        count, tokens = self._seen.get(key, (0, 0))
        self._seen[key] = count + len(draft.completions), tokens + draft.token_count
        result.errors.update(verdict.error for verdict in verdicts if verdict.error != "none")
        result.outcomes.update((draft.task.environment, verdict.outcome) for verdict in verdicts)
        least, reason = min(2, self._rlve.n_samples_per_prompt), None
        if len(group.rollouts) < least:
            result.counts["dropped_error"] += 1
            reason = "too_few"
        else:
            result.finished.append(group)
            if len(group.compared) < least:
                result.counts["dropped_masked"] += 1
                reason = "too_few"
            elif not group.informative and self._rlve.use_dynamic_sampling_filter:
                right = all(rollout.verdict.correct for rollout in group.compared)
                reason = "zero_variance_right" if right else "zero_variance_wrong"
                result.counts[reason] += 1
        self._tokens.settled(draft, group, reason)
        if reason is None:
            self._surplus.append(group)


def _place(group: Group) -> tuple[int, Task]:
    return group.started, group.task


def _completion(saved: Mapping[str, Any], later: int) -> Completion:
    return replace(
        Completion(**saved),
        policy_versions=[version + later for version in saved["policy_versions"]],
        observations=[Observation(**observation) for observation in saved.get("observations", [])],
    )


def _draft(saved: Mapping[str, Any], later: int) -> Draft:
    completions = [_completion(completion, later) for completion in saved["completions"]]
    return Draft(Task(*saved["task"]), saved["prompt"], completions, saved["started"])


def _group(saved: Mapping[str, Any], later: int) -> Group:
    rollouts = [
        Rollout(
            _completion(rollout["completion"], later),
            Verdict(**rollout["verdict"]),
            rollout["reward"],
            rollout["masked"],
        )
        for rollout in saved["rollouts"]
    ]
    return Group(Task(*saved["task"]), saved["prompt"], rollouts, saved["started"])
