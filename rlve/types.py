"""The values that flow through a run: Task → Completion → Rollout → Datum → LossResult. Frozen data, NumPy at most."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from environments.problem import Verdict

FinishReason = Literal["eos", "stop", "length", "abort"]


class Task(NamedTuple):
    """Names a problem; it is rebuilt anywhere from these four."""

    environment: str
    version: int
    difficulty: int
    seed: int


@dataclass(frozen=True, slots=True)
class Observation:
    """Tokens that a session's environment said after `place` tokens of the policy."""

    place: int
    tokens: list[int]


@dataclass(frozen=True, slots=True)
class Completion:
    """What the policy wrote after a prompt. The three lists have one entry per token of the policy's own.

    logprobs are those of the distribution that the token was drawn from (logits / temperature). top_logprobs, where
    asked for, has the likeliest (token, log-probability) pairs at each place. observations, in order, stand between
    the turns of a session; nothing that counts tokens counts theirs.
    """

    tokens: list[int]
    logprobs: list[float]
    policy_versions: list[int]
    finish_reason: FinishReason
    top_logprobs: list[list[tuple[int, float]]] | None = None
    observations: list[Observation] = field(default_factory=list[Observation])

    @property
    def sequence(self) -> list[int]:
        """All that follows the prompt, observations in their places."""
        return [token for own, observed in self._turns() for token in (*own, *observed)]

    @property
    def own(self) -> list[bool]:
        """Which tokens of `sequence` the policy wrote."""
        return [wrote for own, observed in self._turns() for wrote in (*[True] * len(own), *[False] * len(observed))]

    @property
    def turns(self) -> list[list[int]]:
        """The policy's tokens by turn."""
        return [own for own, _ in self._turns() if own]

    def _turns(self) -> list[tuple[list[int], list[int]]]:
        """The policy's tokens of each turn and the observation after them, of the last none."""
        if not self.observations:
            return [(self.tokens, [])]
        starts = [0, *(observation.place for observation in self.observations)]
        ends = [*starts[1:], len(self.tokens)]
        said = [*(observation.tokens for observation in self.observations), list[int]()]
        return [(self.tokens[start:end], tokens) for start, end, tokens in zip(starts, ends, said, strict=True)]

    @property
    def unfinished(self) -> bool:
        return self.finish_reason == "abort"

    @property
    def truncated(self) -> bool:
        return self.finish_reason == "length"


@dataclass(frozen=True, slots=True)
class PromptLogprobs:
    """Log-probabilities of a prompt's own tokens at temperature 1; the first token has none.

    top: the likeliest (token, log-probability) pairs at each place, an empty list at the first; None unless asked for.
    """

    logprobs: list[float | None]
    top: list[list[tuple[int, float]]] | None = None


@dataclass(frozen=True, slots=True)
class Rollout:
    """A completion with what the verifier said of it. masked: it teaches nothing, see rewards.py."""

    completion: Completion
    verdict: Verdict
    reward: float
    masked: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """The rollouts of one prompt. `started` is the rollout round in which its first token was drawn."""

    task: Task
    prompt: list[int]
    rollouts: list[Rollout]
    started: int

    @property
    def compared(self) -> list[Rollout]:
        """Those whose rewards make the group's advantages: all but masked ones."""
        return [rollout for rollout in self.rollouts if not rollout.masked]

    @property
    def informative(self) -> bool:
        """Rewards differ, so that group-relative advantages are not all zero."""
        rewards = [rollout.reward for rollout in self.compared]
        return bool(rewards) and max(rewards) - min(rewards) > 1e-6

    @property
    def accuracy(self) -> float:
        return sum(rollout.verdict.correct for rollout in self.rollouts) / len(self.rollouts)


@dataclass(frozen=True, slots=True)
class Datum:
    """One training sequence: model_input [T] int64 and loss inputs [T] each.

    target_tokens[i] is the token after position i; weights or advantages are 0 where nothing is learned.
    """

    model_input: NDArray[np.int64]
    loss_fn_inputs: Mapping[str, NDArray[np.float32] | NDArray[np.int64]]

    def __len__(self) -> int:
        return len(self.model_input)


@dataclass(frozen=True, slots=True)
class Loss:
    """A loss by name with its options; it travels with each call and is never trainer state.

    temperature: log-probabilities are those of logits / temperature, as the tokens were sampled.
    """

    name: str
    options: Mapping[str, float] = field(default_factory=dict[str, float])
    temperature: float = 1.0


@dataclass(frozen=True, slots=True)
class LossResult:
    """Per datum, in the order of the call: log-probabilities and loss of each position [T] float32.

    metrics are named `name:reduction`, and `loss:sum` is always among them.
    """

    logprobs: list[NDArray[np.float32]]
    elementwise_loss: list[NDArray[np.float32]]
    metrics: dict[str, float]
