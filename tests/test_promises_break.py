"""A policy with a fault breaks the promise that the fault is about: the checks can fail, each for its own reason."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rlve.config import AdamParams, SamplingParams
from rlve.local import LocalPolicy
from rlve.models import tiny
from rlve.policy import InFlight, SyncReport
from rlve.promises import CHECKS, BrokenPromise, Subject
from rlve.types import Completion, Datum, Loss, LossResult

CONTEXT = 64


class LastCallOnly(LocalPolicy):
    """Several calls before a step: only the last one's gradient stays, as under a trainer that counts calls itself."""

    def _compute(self, data: list[Datum], loss: Loss, backward: bool) -> LossResult:
        if backward:
            self.optimizer.zero_grad()
        return super()._compute(data, loss, backward)


class KeepsTheGradient(LocalPolicy):
    """A step leaves the gradient where it is."""

    def _optim_step(self, adam: AdamParams) -> dict[str, float]:
        kept = [None if p.grad is None else p.grad.clone() for p in self.parameters.values()]
        result = super()._optim_step(adam)
        for parameter, gradient in zip(self.parameters.values(), kept, strict=True):
            parameter.grad = gradient
        return result


class ReversesResults(LocalPolicy):
    async def forward(self, data: Sequence[Datum], loss: Loss) -> LossResult:
        found = await super().forward(data, loss)
        return replace(found, logprobs=found.logprobs[::-1])


class Overtakes(LocalPolicy):
    """A step runs before the gradients that were submitted before it."""

    async def forward_backward(self, data: Sequence[Datum], loss: Loss) -> LossResult:
        await asyncio.sleep(0.01)
        return await super().forward_backward(data, loss)


class SharesWeights(LocalPolicy):
    """The sampler follows every step, synced or not."""

    def _optim_step(self, adam: AdamParams) -> dict[str, float]:
        result = super()._optim_step(adam)
        self.sampler.load_state_dict(self.model.state_dict())
        return result


class IgnoresTemperature(LocalPolicy):
    """The log-probabilities of samples are those at temperature 1."""

    def _logprobs(self, tokens: Any, targets: Any, temperature: float) -> Any:
        return super()._logprobs(tokens, targets, 1.0)


class OldVersion(LocalPolicy):
    """A sync that proves what it sent, and says the version before."""

    async def save_weights_for_sampler(
        self, keep: bool = False, path: str | None = None, in_flight: InFlight = "finish"
    ) -> SyncReport:
        report = await super().save_weights_for_sampler(keep, path, in_flight)
        return replace(report, version=report.version - 1)


class ForgetsTheOptimizer(LocalPolicy):
    async def load_weights(self, path: str, optimizer: bool = True) -> None:
        await super().load_weights(path, optimizer=False)


class CannotAbort(LocalPolicy):
    async def abort_samples(self) -> None:
        pass


class LosesLogprobs(LocalPolicy):
    async def sample(
        self, prompt: Sequence[int], params: SamplingParams, count: int, version: int | None = None
    ) -> list[Completion]:
        drawn = await super().sample(prompt, params, count, version)
        return [replace(each, logprobs=[lp - 0.1 for lp in each.logprobs]) for each in drawn]


@pytest.mark.parametrize(
    ("kind", "check", "words"),
    [
        (LastCallOnly, "any_split_of_the_data_gives_the_same_gradient", r"\|whole − split\|"),
        (LastCallOnly, "steps_submitted_at_once_run_in_order", "grad_norms"),
        (KeepsTheGradient, "a_step_clears_the_gradient", "grad_norm 0"),
        (ReversesResults, "a_datum_has_the_same_results_alone", "one result per position"),
        (Overtakes, "steps_submitted_at_once_run_in_order", "grad_norms"),
        (SharesWeights, "samples_change_only_by_a_sync_and_then_agree_with_the_trainer", "until the next sync"),
        (IgnoresTemperature, "samples_change_only_by_a_sync_and_then_agree_with_the_trainer", "temperature 0.7"),
        (LosesLogprobs, "samples_change_only_by_a_sync_and_then_agree_with_the_trainer", "agree within 0.01"),
        (OldVersion, "a_sample_has_the_weights_of_the_last_sync_submitted_before_it", "tokens of version"),
        (ForgetsTheOptimizer, "a_loaded_policy_takes_the_same_next_step_bit_by_bit", "after the next step"),
        (CannotAbort, "an_aborted_sample_returns_what_it_has", "finish_reason abort"),
    ],
)
def test_a_fault_breaks_its_promise_and_a_remedy_is_named(
    kind: type[LocalPolicy], check: str, words: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    async def run() -> str:
        policy = kind(tiny.make(tmp_path_factory.getbasetemp() / "cache"), "float32", None, CONTEXT)
        folder: Path = tmp_path_factory.mktemp("subject")
        try:
            needs = CHECKS[check].needs
            return await CHECKS[check](
                Subject(policy, "float32", None, tiny.VOCABULARY, CONTEXT, folder, folder / "written", needs)
            )
        finally:
            await policy.close()

    with pytest.raises(BrokenPromise, match=words) as broken:
        asyncio.run(run())
    assert broken.value.remedy == CHECKS[check].remedy
