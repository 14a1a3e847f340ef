"""Keeps rollouts flowing until a round has its groups: over-sampling, dynamic sampling filter, partial rollout.

Every group is accounted for: carried and surplus before + submitted = trained + filtered + dropped + carried and
surplus after.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from math import inf
from typing import Any

from environments.problem import Verdict
from rlve.config import RewardConfig, RLVEConfig, RolloutConfig
from rlve.curriculum import Curriculum
from rlve.policy import Policy
from rlve.problems import Problems
from rlve.prompts import Prompts
from rlve.rollout import Draft, extend, score
from rlve.types import Completion, Group, Rollout, Task

FAILURES_IN_A_ROW = 8  # problems that an environment may fail to generate before it is drawn no more
FETCHES_PER_ROUND = 16  # over-sampling fetches after which a round trains on what it has: everything may be saturated


@dataclass
class Round:
    """What one round of sampling brought. `trained` train; `finished` move the curriculum, filtered ones too."""

    trained: list[Group] = field(default_factory=list[Group])
    finished: list[Group] = field(default_factory=list[Group])
    counts: Counter[str] = field(default_factory=Counter[str])
    errors: Counter[str] = field(default_factory=Counter[str])
    generated_tokens: int = 0
    version: int = 0  # the newest policy version that drew a token


class RolloutStream:
    """State between rounds: drafts to go on with, and finished groups that no round has used yet."""

    def __init__(
        self,
        policy: Policy,
        curriculum: Curriculum,
        problems: Problems,
        prompts: Prompts,
        rlve: RLVEConfig,
        rollout: RolloutConfig,
        rewards: RewardConfig,
        seed: int,
    ) -> None:
        self._policy, self._curriculum, self._problems, self._prompts = policy, curriculum, problems, prompts
        self._rlve, self._rollout, self._rewards, self._seed = rlve, rollout, rewards, seed
        self._carried: list[Draft] = []
        self._surplus: list[Group] = []
        self._failures: Counter[str] = Counter()
        # (environment, difficulty) → how many completions were seen, and their tokens.
        self._seen: dict[tuple[str, int], tuple[int, int]] = {}

    async def next_round(self, number: int) -> Round:
        """Samples until rollout_batch_size groups can train, then ends what is still in flight."""
        wanted = self._rlve.rollout_batch_size
        result = Round()
        result.counts["carried_in"], result.counts["surplus_in"] = len(self._carried), len(self._surplus)
        useful = self._fresh(self._surplus, number, result)
        self._surplus = []
        waiting = self._fresh(self._carried, number, result)
        self._carried = []
        flying: set[asyncio.Task[Draft]] = set()
        fetches = 0
        try:
            while len(useful) < wanted:
                if len(flying) + len(useful) < wanted and fetches < FETCHES_PER_ROUND:
                    fetches += 1
                    batch = waiting or await self._new_drafts(number, result)
                    waiting = []
                    # An engine begins with what comes first, and a round lasts as long as its last completion.
                    batch.sort(key=self._expected_tokens, reverse=True)
                    flying |= {asyncio.create_task(self._extend(draft, result)) for draft in batch}
                if not flying:
                    if fetches == FETCHES_PER_ROUND:
                        break
                    continue
                done, flying = await asyncio.wait(flying, return_when=asyncio.FIRST_COMPLETED)
                useful += await self._settle([task.result() for task in done], result)
            await self._end(flying, number, useful, result)
        except BaseException:
            for task in flying:
                task.cancel()
            raise
        self._carried = [*waiting, *self._carried]  # what the round had no need to go on with
        # In the order of their tasks, not of their ends, which is a matter of time: sums of floats depend on order.
        result.trained, self._surplus = sorted(useful[:wanted], key=_place), useful[wanted:]
        result.finished.sort(key=_place)
        result.counts["trained"], result.counts["surplus"] = len(result.trained), len(self._surplus)
        result.counts["carried"] = len(self._carried)
        result.counts["finished"] = len(result.finished)
        return result

    def state(self) -> dict[str, Any]:
        """Drafts, surplus groups and the lengths seen as JSON types."""
        return {
            "carried": [asdict(draft) for draft in self._carried],
            "surplus": [asdict(group) for group in self._surplus],
            "seen": [[*key, *totals] for key, totals in self._seen.items()],
        }

    def load(self, state: Mapping[str, Any]) -> None:
        self._carried = [_draft(saved) for saved in state["carried"]]
        self._surplus = [_group(saved) for saved in state["surplus"]]
        self._seen = {(name, level): (count, tokens) for name, level, count, tokens in state["seen"]}

    def _fresh(self, items: list[Any], number: int, result: Round) -> list[Any]:
        """Those that are not older than max_carry_rounds; the others are dropped and counted."""
        kept = [item for item in items if number - item.started <= self._rollout.max_carry_rounds]
        result.counts["dropped_stale"] += len(items) - len(kept)
        return kept

    async def _new_drafts(self, number: int, result: Round) -> list[Draft]:
        """over_sampling_batch_size new prompts; where generation fails, another task is drawn."""
        drafts: list[Draft] = []
        while len(drafts) < self._rlve.over_sampling_batch_size:
            tasks = self._curriculum.sample(self._rlve.over_sampling_batch_size - len(drafts))
            for generated in await self._problems.generate(tasks):
                name = generated.task.environment
                if generated.text is None:
                    result.errors[f"generate_{generated.error}"] += 1
                    self._failures[name] += 1
                    if self._failures[name] == FAILURES_IN_A_ROW:
                        self._curriculum.quarantine(name)
                    continue
                self._failures[name] = 0
                drafts.append(Draft(generated.task, self._prompts.encode(generated.text), [], number))
        result.counts["submitted"] += len(drafts)
        return drafts

    def _expected_tokens(self, draft: Draft) -> float:
        """Per completion: the mean seen at its level, or no end where none was; once begun, what it has left."""
        if draft.completions:
            budget = self._rlve.rollout_max_response_len
            return max(budget - len(each.tokens) for each in draft.completions if each.unfinished)
        count, tokens = self._seen.get((draft.task.environment, draft.task.difficulty), (0, 0))
        return tokens / count if count else inf

    async def _extend(self, draft: Draft, result: Round) -> Draft:
        extended = await extend(self._policy, draft, self._rlve, self._rollout, self._seed)
        result.generated_tokens += extended.token_count - draft.token_count
        result.version = max(
            result.version, *(version for each in extended.completions for version in each.policy_versions[-1:]), 0
        )
        return extended

    async def _settle(self, drafts: list[Draft], result: Round) -> list[Group]:
        """Scores finished drafts; those whose group can train."""
        longest = self._rlve.rollout_max_response_len
        scored = await asyncio.gather(
            *(score(draft, self._problems, self._prompts, self._rewards, longest) for draft in drafts)
        )
        useful: list[Group] = []
        for draft in drafts:
            key = draft.task.environment, draft.task.difficulty
            count, tokens = self._seen.get(key, (0, 0))
            self._seen[key] = count + len(draft.completions), tokens + draft.token_count
        for group, verdicts in scored:
            self._count(verdicts, result)
            least = min(2, self._rlve.n_samples_per_prompt)
            if len(group.rollouts) < least:
                result.counts["dropped_error"] += 1
                continue
            result.finished.append(group)
            if len(group.compared) < least:
                result.counts["dropped_masked"] += 1
            elif group.informative or not self._rlve.use_dynamic_sampling_filter:
                useful.append(group)
            else:
                right = all(rollout.verdict.correct for rollout in group.compared)
                result.counts["zero_variance_right" if right else "zero_variance_wrong"] += 1
        return useful

    async def _end(self, flying: set[asyncio.Task[Draft]], number: int, useful: list[Group], result: Round) -> None:
        """Aborts what is still in flight: finished groups become surplus, unfinished ones are carried or dropped."""
        if not flying:
            return
        await self._policy.abort_samples()
        ended = await asyncio.gather(*flying)
        useful += await self._settle([draft for draft in ended if not draft.unfinished], result)
        unfinished = [draft for draft in ended if draft.unfinished]
        if self._rlve.partial_rollout:
            self._carried = unfinished
        else:
            result.counts["dropped_aborted"] += len(unfinished)

    @staticmethod
    def _count(verdicts: list[Verdict], result: Round) -> None:
        result.errors.update(verdict.error for verdict in verdicts if verdict.error != "none")


def _place(group: Group) -> tuple[int, Task]:
    return group.started, group.task


def _completion(saved: Mapping[str, Any]) -> Completion:
    return Completion(**saved)


def _draft(saved: Mapping[str, Any]) -> Draft:
    completions = [_completion(completion) for completion in saved["completions"]]
    return Draft(Task(*saved["task"]), saved["prompt"], completions, saved["started"])


def _group(saved: Mapping[str, Any]) -> Group:
    rollouts = [
        Rollout(_completion(rollout["completion"]), Verdict(**rollout["verdict"]), rollout["reward"], rollout["masked"])
        for rollout in saved["rollouts"]
    ]
    return Group(Task(*saved["task"]), saved["prompt"], rollouts, saved["started"])
