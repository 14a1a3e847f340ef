"""What a check of a promise is: a policy goes in, a measurement comes out, or BrokenPromise with what to change."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from rlve import models
from rlve.config import AdamParams, LoraConfig
from rlve.policy import PROBE_LIMIT, Policy
from rlve.types import Datum, Loss

Need = Literal["oracle", "whole", "short", "engines", "trainer_only", "versions", "in_flight"]
"""What a check asks of its caller.

oracle: LocalPolicy with the same weights; whole: gradient and weights fit into this process's memory; short: a
completion may fill the context; engines: the policy samples; trainer_only: it does not; versions: it can keep several
to sample from; in_flight: samples go on across a sync.
"""


@dataclass(frozen=True)
class Limits:
    """What rounding explains. gradient and step: relative L2 distances of gradients and of Adam's updates; reference:
    of the gradient from a float32 reference's, which is 0.022 for plain PyTorch in bfloat16 on the tiny model; logprob:
    largest difference of log-probabilities that trainers compute; gap: of the engine's and the trainer's.
    """

    gradient: float
    reference: float
    step: float
    logprob: float
    gap: float


LIMITS = {
    "float32": Limits(gradient=1e-5, reference=1e-5, step=1e-4, logprob=1e-4, gap=PROBE_LIMIT["float32"]),
    "bfloat16": Limits(
        gradient=2e-2, reference=4e-2, step=0.1, logprob=PROBE_LIMIT["bfloat16"], gap=PROBE_LIMIT["bfloat16"]
    ),
}
PPO = Loss("ppo", {}, 0.7)
GRADIENT = AdamParams(learning_rate=0.0, beta1=0.0, weight_decay=0.0)
"""Moves no weight, and makes Adam's first moment the gradient."""


class BrokenPromise(AssertionError):
    """A policy does not do what every policy promises."""

    def __init__(self, expected: str, found: str, remedy: str = "") -> None:
        super().__init__(f"expected {expected}; found {found}" + (f"; {remedy}" if remedy else ""))
        self.expected, self.found, self.remedy = expected, found, remedy


@dataclass(frozen=True)
class Subject:
    """A policy to be checked.

    start: where it was saved as it stands; folder: an empty one for what a check writes, which every node sees;
    offers: which needs are met; exact: the device computes the same bits twice; rate: scales the learning rates, which
    suit a model of a million weights at 1.
    """

    policy: Policy
    dtype: str
    lora: LoraConfig | None
    vocabulary_size: int
    max_seq_len: int
    start: Path
    folder: Path
    offers: frozenset[Need]
    exact: bool = True
    rate: float = 1.0
    reference: Policy | None = None

    @property
    def limits(self) -> Limits:
        return LIMITS[self.dtype]

    @property
    def oracle(self) -> Policy:
        assert self.reference is not None, "the check's needs lack 'oracle'"
        return self.reference

    def adam(self, learning_rate: float, **options: float) -> AdamParams:
        return AdamParams(learning_rate=learning_rate * self.rate, **options)

    def data(self, count: int = 7, seed: int = 0) -> list[Datum]:
        return batch(self.vocabulary_size, count, seed)


@dataclass(frozen=True)
class Check:
    """One promise, by the number that it has in the tests' docstring, put to the test on a subject."""

    name: str
    number: int
    needs: frozenset[Need]
    remedy: str
    run: Callable[[Subject], Awaitable[str]]

    async def __call__(self, subject: Subject) -> str:
        """What was measured, in words; BrokenPromise, or whatever the policy raised."""
        try:
            return await self.run(subject)
        except BrokenPromise as broken:
            raise BrokenPromise(broken.expected, broken.found, self.remedy) from broken


CHECKS: dict[str, Check] = {}


def promise(
    number: int, *needs: Need, remedy: str
) -> Callable[[Callable[[Subject], Awaitable[str]]], Callable[[Subject], Awaitable[str]]]:
    """Enters a check into CHECKS, under its function's name."""

    def enter(run: Callable[[Subject], Awaitable[str]]) -> Callable[[Subject], Awaitable[str]]:
        CHECKS[run.__name__] = Check(run.__name__, number, frozenset(needs), remedy, run)
        return run

    return enter


def require(holds: bool, expected: str, found: object) -> None:
    if not holds:
        raise BrokenPromise(expected, str(found))


async def refused(call: Awaitable[object], kind: type[Exception], words: str) -> None:
    """BrokenPromise unless the call raises `kind` with `words` in its message."""
    try:
        await call
    except kind as error:
        require(words in str(error), f"a {kind.__name__} that says {words!r}", error)
    else:
        raise BrokenPromise(f"a {kind.__name__} that says {words!r}", "no error")


def batch(vocabulary_size: int, count: int = 7, seed: int = 0) -> list[Datum]:
    """Random tokens of 3 to 23 per datum, for any loss that takes log-probabilities and advantages.

    Every third begins as the one before it, as samples of one prompt do.
    """
    rng = np.random.default_rng(seed)
    data: list[Datum] = []
    for index in range(count):
        length = int(rng.integers(3, 24))
        advantages = rng.normal(size=length).astype(np.float32)
        advantages[:2] = 0
        tokens, targets = rng.integers(0, vocabulary_size, length), rng.integers(0, vocabulary_size, length)
        if index % 3 == 2:
            shared = min(length, len(data[-1])) - 1
            tokens[:shared] = data[-1].model_input[:shared]
            targets[:shared] = data[-1].loss_fn_inputs["target_tokens"][:shared]
        data.append(
            Datum(
                tokens,
                {
                    "target_tokens": targets,
                    "logprobs": (-7 + 0.1 * rng.normal(size=length)).astype(np.float32),
                    "advantages": advantages,
                },
            )
        )
    return data


async def gradient_norm(policy: Policy, parts: Sequence[Sequence[Datum]], loss: Loss) -> float:
    """Of the sum of the parts' gradients, which a step that moves no weight has then cleared."""
    for part in parts:
        await policy.forward_backward(part, loss)
    return (await policy.optim_step(GRADIENT))["grad_norm"]


async def saved_vector(policy: Policy, folder: Path, kind: str = "exp_avg") -> NDArray[np.float32]:
    """Every trained parameter's `kind`, one after the other: weight, exp_avg or exp_avg_sq."""
    from safetensors.numpy import load_file  # pyright: ignore[reportUnknownVariableType]

    await policy.save_weights(str(folder))
    found: Mapping[str, Any] = load_file(folder / models.TRAINER_STATE)
    return np.concatenate([found[name].ravel() for name in sorted(found) if name.endswith(f"|{kind}")])


def distance(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """Relative to the first, in L2."""
    return float(np.linalg.norm(one - other) / np.linalg.norm(one))


def largest_difference(one: Sequence[NDArray[Any]], other: Sequence[NDArray[Any]]) -> float:
    """Over two lists of arrays of equal shapes."""
    return max(float(np.abs(a - b).max()) for a, b in zip(one, other, strict=True))
