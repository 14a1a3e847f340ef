"""Task → group of scored rollouts. A group that an abort cut short keeps its tokens and goes on later."""

import asyncio
from dataclasses import dataclass
from hashlib import blake2b

from environments.problem import Verdict
from rlve.config import RewardConfig, RLVEConfig, RolloutConfig, SamplingParams
from rlve.policy import Policy
from rlve.problems import Problems
from rlve.prompts import Prompts
from rlve.rewards import masked, reward
from rlve.types import Completion, Group, Rollout, Task


@dataclass(frozen=True, slots=True)
class Draft:
    """A group on its way: its completions so far, none before its first round. `started` is that round."""

    task: Task
    prompt: list[int]
    completions: list[Completion]
    started: int

    @property
    def unfinished(self) -> bool:
        return not self.completions or any(completion.unfinished for completion in self.completions)

    @property
    def token_count(self) -> int:
        return sum(len(completion.tokens) for completion in self.completions)


def sampling_seed(*parts: object) -> int:
    """31 bits that follow from the parts alone, so that what is drawn does not depend on when it is drawn."""
    text = "|".join(map(str, parts))
    return int.from_bytes(blake2b(text.encode(), digest_size=4).digest()) >> 1


async def extend(policy: Policy, draft: Draft, rlve: RLVEConfig, rollout: RolloutConfig, seed: int) -> Draft:
    """The draft with its completions drawn, or drawn on from where an abort stopped them, as far as they get."""
    if not draft.completions:
        params = _params(rlve.rollout_max_response_len, rollout, sampling_seed(seed, *draft.task))
        completions = await policy.sample(draft.prompt, params, rlve.n_samples_per_prompt)
    else:
        completions = await asyncio.gather(
            *(_go_on(policy, draft, index, rlve, rollout, seed) for index in range(len(draft.completions)))
        )
    return Draft(draft.task, draft.prompt, list(completions), draft.started)


async def _go_on(
    policy: Policy, draft: Draft, index: int, rlve: RLVEConfig, rollout: RolloutConfig, seed: int
) -> Completion:
    """A completion, if cut short continued with the budget it has left; each token keeps the version that drew it."""
    before = draft.completions[index]
    if not before.unfinished:
        return before
    params = _params(
        rlve.rollout_max_response_len - len(before.tokens),
        rollout,
        sampling_seed(seed, *draft.task, index, len(before.tokens)),
    )
    (after,) = await policy.sample([*draft.prompt, *before.tokens], params, 1)
    return Completion(
        before.tokens + after.tokens,
        before.logprobs + after.logprobs,
        before.policy_versions + after.policy_versions,
        after.finish_reason,
    )


def _params(max_tokens: int, rollout: RolloutConfig, seed: int) -> SamplingParams:
    return SamplingParams(max_tokens=max_tokens, temperature=rollout.temperature, seed=seed)


async def score(
    draft: Draft, problems: Problems, prompts: Prompts, config: RewardConfig, max_response_len: int
) -> tuple[Group, list[Verdict]]:
    """The finished draft as a group, and all verdicts. Samples whose verification failed are not in the group."""
    texts = [prompts.conclusion(completion.tokens) for completion in draft.completions]
    verdicts = await problems.verify(draft.task, texts)
    rollouts: list[Rollout] = []
    for completion, verdict in zip(draft.completions, verdicts, strict=True):
        earned = reward(verdict, completion, config, max_response_len)
        if earned is not None:
            rollouts.append(Rollout(completion, verdict, earned, masked(completion, config)))
    return Group(draft.task, draft.prompt, rollouts, draft.started), verdicts
