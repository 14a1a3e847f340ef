"""The turns of a session: the policy's, drawn one after the other, and between them what the environment says.

A completion's tokens are the whole truth of a session: where it stands is found by playing what the policy wrote again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b

import environments
from environments.problem import Verdict
from environments.session import Session
from rlve.config import SamplingParams
from rlve.policy import Policy
from rlve.problems import Problems
from rlve.prompts import Prompts
from rlve.types import Completion, Observation, Task


def is_session(environment: str) -> bool:
    return issubclass(environments.load(environment), Session)


def sampling_seed(*parts: object) -> int:
    """31 bits that follow from the parts alone, so that what is drawn does not depend on when it is drawn."""
    text = "|".join(map(str, parts))
    return int.from_bytes(blake2b(text.encode(), digest_size=4).digest()) >> 1


@dataclass(frozen=True)
class Sampling:
    """How a policy draws completions: params.max_tokens is what one may have of the policy's tokens, over all turns.

    seed: what the seeds of all calls but the first of a completion follow from.
    """

    policy: Policy
    params: SamplingParams
    seed: object

    async def go_on(self, task: Task, prompt: Sequence[int], before: Completion, index: int) -> Completion:
        """A completion, if unfinished drawn on with the budget it has left; each token keeps the version it has."""
        if not before.unfinished:
            return before
        params = self.params.model_copy(
            update={
                "max_tokens": self.params.max_tokens - len(before.tokens),
                "seed": sampling_seed(self.seed, *task, index, len(before.tokens)),
            }
        )
        (after,) = await self.policy.sample([*prompt, *before.sequence], params, 1)
        return replace(
            before,
            tokens=before.tokens + after.tokens,
            logprobs=before.logprobs + after.logprobs,
            policy_versions=before.policy_versions + after.policy_versions,
            finish_reason=after.finish_reason,
        )


@dataclass(frozen=True)
class Sessions:
    """Plays sessions. `halted` is asked before each turn: a session that is halted stays unfinished."""

    problems: Problems
    prompts: Prompts
    halted: Callable[[], bool] = lambda: False

    async def finish(
        self, sampling: Sampling, task: Task, prompt: Sequence[int], completion: Completion, index: int
    ) -> Completion:
        """A completion whose last turn has been drawn, with the turns that it lacks: until the session is over or cut.

        finish_reason: "length" where budget or context cut it, "abort" where it is unfinished, else its last turn's.
        """
        while completion.finish_reason in ("eos", "stop"):
            (reply,) = await self.problems.play([(task, self.texts(completion))])
            if reply.observation is None:
                break
            said = Observation(len(completion.tokens), self.prompts.encode_observation(reply.observation))
            opened = replace(completion, observations=[*completion.observations, said], finish_reason="abort")
            longest = self.prompts.config.max_seq_len
            if len(opened.tokens) >= sampling.params.max_tokens or len(prompt) + len(opened.sequence) >= longest:
                return replace(completion, finish_reason="length")
            if self.halted():
                return opened
            completion = await sampling.go_on(task, prompt, opened, index)
        return completion

    def texts(self, completion: Completion) -> list[str]:
        """What is looked at for an action, by turn."""
        return [self.prompts.conclusion(turn) for turn in completion.turns]

    async def verdicts(self, played: Sequence[tuple[Task, Completion]]) -> list[Verdict]:
        """A session that was cut before its end is `unreadable`, as an answer is that was cut before it was given."""
        if not played:
            return []
        replies = await self.problems.play([(task, self.texts(completion)) for task, completion in played])
        cut = Verdict(0.0, False, "unreadable")
        # One that ended by itself and is not over ended because the environment failed then.
        failed = Verdict(0.0, False, "crash")
        return [
            reply.verdict or (cut if completion.truncated else failed)
            for reply, (_, completion) in zip(replies, played, strict=True)
        ]
