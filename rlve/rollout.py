"""Task → group of scored rollouts. A group that an abort cut short keeps its tokens and goes on later."""

import asyncio
from dataclasses import dataclass

from environments.problem import Verdict
from rlve.config import RewardConfig, RLVEConfig, RolloutConfig, SamplingParams
from rlve.policy import Policy
from rlve.problems import Problems
from rlve.prompts import Prompts
from rlve.rewards import masked, reward
from rlve.turns import Sampling, Sessions, is_session, sampling_seed
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


async def extend(
    policy: Policy, draft: Draft, rlve: RLVEConfig, rollout: RolloutConfig, seed: int, sessions: Sessions
) -> Draft:
    """The draft with its completions drawn, or drawn on from where an abort stopped them, as far as they get."""
    params = SamplingParams(
        max_tokens=rlve.rollout_max_response_len,
        temperature=rollout.temperature,
        seed=sampling_seed(seed, *draft.task),
    )
    sampling, several = Sampling(policy, params, seed), is_session(draft.task.environment)

    async def drawn_on(index: int, completion: Completion) -> Completion:
        if draft.completions:
            completion = await sampling.go_on(draft.task, draft.prompt, completion, index)
        return await sessions.finish(sampling, draft.task, draft.prompt, completion, index) if several else completion

    completions = draft.completions or await policy.sample(draft.prompt, params, rlve.n_samples_per_prompt)
    extended = await asyncio.gather(*(drawn_on(index, each) for index, each in enumerate(completions)))
    return Draft(draft.task, draft.prompt, extended, draft.started)


async def score(
    draft: Draft, problems: Problems, prompts: Prompts, config: RewardConfig, max_response_len: int
) -> tuple[Group, list[Verdict]]:
    """The finished draft as a group, and all verdicts. Samples whose verification failed are not in the group."""
    if is_session(draft.task.environment):
        verdicts = await Sessions(problems, prompts).verdicts([(draft.task, each) for each in draft.completions])
    else:
        texts = [prompts.conclusion(completion.tokens) for completion in draft.completions]
        verdicts = await problems.verify(draft.task, texts)
    rollouts: list[Rollout] = []
    for completion, verdict in zip(draft.completions, verdicts, strict=True):
        earned = reward(verdict, completion, config, max_response_len)
        if earned is not None:
            rollouts.append(Rollout(completion, verdict, earned, masked(completion, config)))
    return Group(draft.task, draft.prompt, rollouts, draft.started), verdicts
