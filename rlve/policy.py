"""The seam. Above it: what to learn, in plain Python. Below it: where tensors live. Every caller uses this."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol, runtime_checkable

import numpy as np

from rlve.config import AdamParams, SamplingParams
from rlve.types import Completion, Datum, Loss, LossResult, PromptLogprobs


@dataclass(frozen=True, slots=True)
class SyncReport:
    """How a weight sync was proved: every tensor's digest agreed, and so did a probe's log-probabilities.

    probe_gap: largest |engine − trainer| log-probability over the probe's tokens; seconds: the pause of sampling, which
    for samples that go on is the longest of an engine, and else ends with the proof;
    workers: processes that loaded the tensors, each of which was proved by itself; transport: how they got there, and
    byte_count: how many bytes they are; peak_bytes: most memory in use in each stage since the sync before, `rollout`,
    `train` and `sync`, on the fullest GPU, or on CPU in all processes together; empty where nobody measures.
    """

    version: int
    tensors: int
    probe_gap: float
    seconds: float
    workers: int = 1
    transport: Literal["none", "shared_memory", "collective", "object_store"] = "none"
    byte_count: int = 0
    peak_bytes: Mapping[str, int] = field(default_factory=dict[str, int])


InFlight = Literal["finish", "go_on"]
"""What a sync of weights means for the samples before it."""

PROBE_LENGTH = 16
PROBE_TOKENS = 8
PROBE_LIMIT = {"float32": 0.01, "bfloat16": 0.15}
"""dtype → the largest gap that rounding explains; a stale tensor gives gaps of 0.1 to several nats."""


def probe_prompt(vocabulary_size: int) -> list[int]:
    """Fixed token ids spread over the vocabulary."""
    return [(index * 7919 + 1) % vocabulary_size for index in range(PROBE_LENGTH)]


def probe_datum(prompt: Sequence[int], completion: Completion) -> Datum:
    """Asks `forward` for the log-probabilities of a completion, at its last len(completion.tokens) positions."""
    tokens = np.array([*prompt, *completion.tokens], np.int64)
    weights = np.ones(len(tokens) - 1, np.float32)
    return Datum(tokens[:-1], {"target_tokens": tokens[1:], "weights": weights})


class Sampler(Protocol):
    """A language model that writes. Calls run together."""

    async def sample(
        self, prompt: Sequence[int], params: SamplingParams, count: int, version: int | None = None
    ) -> list[Completion]:
        """`count` completions of one prompt, by the latest synced weights unless a version is named."""
        ...

    async def score(self, prompt: Sequence[int], top_k: int = 0, version: int | None = None) -> PromptLogprobs:
        """Log-probabilities of the prompt's own tokens by the weights that `sample` would use."""
        ...


class Policy(Sampler, Protocol):
    """A language model that writes and learns.

    Calls that train or sync run one at a time in the order of submission. `sample` calls run together; each is bound
    to the weights of the last `save_weights_for_sampler` submitted before it.
    """

    async def abort_samples(self) -> None:
        """Every `sample` in flight returns soon with what it has, finish_reason "abort" where that is not all."""
        ...

    async def forward(self, data: Sequence[Datum], loss: Loss) -> LossResult:
        """Log-probabilities and loss; no gradient."""
        ...

    async def forward_backward(self, data: Sequence[Datum], loss: Loss) -> LossResult:
        """Adds the gradient of the summed loss to the pending gradient."""
        ...

    async def optim_step(self, adam: AdamParams) -> dict[str, float]:
        """One AdamW step with the pending gradient, which it clears. Returns at least grad_norm and step_count."""
        ...

    async def save_weights_for_sampler(
        self, keep: bool = False, path: str | None = None, in_flight: InFlight = "finish"
    ) -> SyncReport:
        """From here on `sample` uses the present weights, which is proved; raises SyncError if they did not arrive.

        keep: `sample` can name this version until `release_version`; ValueError where a policy cannot keep several.
        path: a folder where the same weights are written too, an adapter in PEFT's layout or a whole model.
        in_flight: "finish" lets the samples before it finish with the weights that they began with; with "go_on" they
        may go on with the new ones, from where they are and with the keys and values that they have, and
        `policy_versions` tells which token came from which. A log-probability is always the one that was drawn from.
        """
        ...

    async def release_version(self, version: int) -> None:
        """Frees a kept version; samples in flight finish with it."""
        ...

    async def save_weights(self, path: str, merged: bool = True) -> None:
        """A model folder with the weights and, within it, the optimizer: any layout can load it.

        merged: adapters are merged into the model's weights, else the folder has the adapter alone.
        """
        ...

    async def load_weights(self, path: str, optimizer: bool = True) -> None:
        """The inverse of save_weights; clears the pending gradient. Sampling follows at the next sync.

        optimizer False: the weights only, and the optimizer starts afresh at step 0.
        """
        ...

    async def close(self) -> None:
        """Ends every process and frees every file that the policy made."""
        ...


@dataclass(frozen=True, slots=True)
class Place:
    """Where one process of a policy runs. part: of an engine that is cut into several, 0 for its first."""

    kind: Literal["trainer", "engine"]
    index: int
    part: int
    node: str
    pid: int
    device: str

    def __str__(self) -> str:
        part = f" part {self.part}" if self.part else ""
        return f"{self.kind} {self.index}{part} on {self.node}, {self.device}, pid {self.pid}"


@runtime_checkable
class Inspected(Protocol):
    """A policy of several processes, which can say where they are and what its last sync proved."""

    async def places(self) -> list[Place]: ...

    def digests(self) -> tuple[Mapping[str, str], Sequence[Sequence[Mapping[str, str]]]]:
        """Tensor → digest: what the last sync sent, and per engine and worker what was loaded."""
        ...

    def prove(self, sent: Mapping[str, str], loaded: Sequence[Sequence[Mapping[str, str]]]) -> int:
        """As every sync does: the number of workers; SyncError unless each loaded what was sent."""
        ...


@dataclass(frozen=True, slots=True)
class Limits:
    """What a policy's devices do at best, each measured on the devices, with the threads and in the dtype that it has.

    read_bytes_per_second: memory read by all engines at once; matrix_flops_per_second: matrix products by all trainers
    at once; copy_bytes_per_second: one trainer's, to the memory that a sync sends from.
    """

    read_bytes_per_second: float
    matrix_flops_per_second: float
    copy_bytes_per_second: float


@runtime_checkable
class Measured(Protocol):
    """A policy that can measure its machine."""

    async def limits(self) -> Limits:
        """About a second; nothing else may run."""
        ...


class BadPrompt(ValueError):
    """A prompt that no implementation can continue."""


def check_prompt(prompt: Sequence[int], vocabulary_size: int, max_seq_len: int) -> None:
    """Raises BadPrompt for one that an engine would refuse, or worse."""
    if not 0 < len(prompt) < max_seq_len:
        raise BadPrompt(
            f"the prompt has {len(prompt)} tokens; expected 1 to {max_seq_len - 1}, so that one more fits below "
            f"{max_seq_len} (max_seq_len)"
        )
    if min(prompt) < 0 or max(prompt) >= vocabulary_size:
        raise BadPrompt(f"the prompt has a token id outside 0 to {vocabulary_size - 1}")


class BadDatum(ValueError):
    """A datum or loss that no implementation accepts; nothing of its call has been applied."""


class NonFiniteLoss(ArithmeticError):
    """A loss came out as NaN or infinite; the pending gradient has been cleared."""


class WorkerDied(RuntimeError):
    """A process that held the policy's weights has ended, and what only it knew is lost; a checkpoint goes on."""


class SyncError(RuntimeError):
    """The engine does not hold the trainer's weights; the message names the tensor or the probe."""


LOSS_INPUTS: dict[str, tuple[str, ...]] = {
    "cross_entropy": ("target_tokens", "weights"),
    "importance_sampling": ("target_tokens", "logprobs", "advantages"),
    "ppo": ("target_tokens", "logprobs", "advantages"),
    "cispo": ("target_tokens", "logprobs", "advantages"),
    "dro": ("target_tokens", "logprobs", "advantages"),
}
"""Loss → the inputs that a Datum must carry."""

LOSS_OPTIONS: dict[str, dict[str, float | None]] = {
    "cross_entropy": {},
    "importance_sampling": {},
    "ppo": {"clip_low_threshold": 0.8, "clip_high_threshold": 1.2},
    "cispo": {"clip_low_threshold": 0.0, "clip_high_threshold": 4.0},
    "dro": {"beta": None},
}
"""Loss → its options and their defaults; None means that the caller must give it."""


def loss_options(loss: Loss) -> dict[str, float]:
    """The loss's options with defaults filled in; BadDatum for an unknown loss or a bad option."""
    if loss.name not in LOSS_OPTIONS:
        raise BadDatum(f"unknown loss {loss.name!r}; known are {', '.join(LOSS_OPTIONS)}")
    if not (loss.temperature > 0 and math.isfinite(loss.temperature)):
        raise BadDatum(f"the loss's temperature must be positive and finite, got {loss.temperature}")
    options = {**LOSS_OPTIONS[loss.name], **loss.options}
    for name, value in options.items():
        if name not in LOSS_OPTIONS[loss.name]:
            known = ", ".join(LOSS_OPTIONS[loss.name]) or "none"
            raise BadDatum(f"loss {loss.name!r} has no option {name!r}; its options are: {known}")
        if value is None or not math.isfinite(value):
            raise BadDatum(f"loss {loss.name!r} needs a finite value for option {name!r}, got {value}")
    bounds = options.get("clip_low_threshold"), options.get("clip_high_threshold")
    if bounds[0] is not None and bounds[1] is not None and not 0 <= bounds[0] <= bounds[1]:
        raise BadDatum(f"clip thresholds are absolute ratios with 0 <= low <= high, got {bounds[0]} and {bounds[1]}")
    return {name: value for name, value in options.items() if value is not None}


def check_data(data: Sequence[Datum], loss: Loss, vocabulary_size: int, max_seq_len: int) -> None:
    """Raises BadDatum for the first datum that cannot be trained on; called before anything is computed."""
    loss_options(loss)
    if not data:
        raise BadDatum("data must hold at least one datum, got an empty list")
    for index, datum in enumerate(data):
        length = len(datum.model_input)
        if not 0 < length <= max_seq_len:
            raise BadDatum(f"datum {index} has {length} tokens; expected 1 to {max_seq_len} (max_seq_len)")
        arrays = {"model_input": datum.model_input, **datum.loss_fn_inputs}
        for name in ("model_input", *LOSS_INPUTS[loss.name]):
            if name not in arrays:
                needed = ", ".join(LOSS_INPUTS[loss.name])
                raise BadDatum(f"datum {index} lacks {name!r}; loss {loss.name!r} needs {needed}")
            array = arrays[name]
            if array.shape != (length,):
                raise BadDatum(f"datum {index}: {name!r} has shape {array.shape}, expected ({length},) as model_input")
            if name in ("model_input", "target_tokens"):
                if array.dtype.kind not in "iu":
                    raise BadDatum(f"datum {index}: {name!r} must hold integer token ids, got {array.dtype}")
                if array.min() < 0 or array.max() >= vocabulary_size:
                    raise BadDatum(f"datum {index}: {name!r} has a token id outside 0 to {vocabulary_size - 1}")
            elif not np.isfinite(array).all():
                raise BadDatum(f"datum {index}: {name!r} holds a NaN or an infinity")
