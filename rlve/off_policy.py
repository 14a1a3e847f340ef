"""What a loss's ratio is taken to, and the weights that correct for tokens that other weights, or another engine, drew.

Three log-probabilities of a token: the sampler's, the trainer's before the round's first step, and the trainer's now.
With `recompute` the loss compares the last two, as in decoupled PPO (arXiv 2505.24298), and a weight of the first two
corrects the rest: truncated importance sampling, TIS (arXiv 2510.26491), or a mask on tokens too far apart.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from rlve.config import LossConfig
from rlve.types import Datum, Loss

Floats = NDArray[np.float32]


def weights(trainer: Floats, sampler: Floats, correction: str, cap: float) -> Floats:
    """exp(trainer − sampler) [N]: `truncate` at most cap; `mask` 0 outside 1 / cap to cap; `none` 1."""
    if correction == "none":
        return np.ones_like(trainer)
    ratio = np.exp(np.clip(trainer - sampler, -20, 20))
    if correction == "truncate":
        return np.minimum(ratio, np.float32(cap))
    return np.where((ratio >= 1 / cap) & (ratio <= cap), ratio, np.float32(0))


def one_pass(config: LossConfig, correction: str, temperature: float) -> Loss | None:
    """The loss that needs no pass of its own for the recomputed log-probabilities, or None where there is none.

    With one optimizer step a round these are the ones of that step's own pass, so the ratio is 1, its clip does
    nothing, and every loss has the gradient −weight · A · ∇lp: that of cispo with the weight's bounds.
    """
    if config.steps_per_round * config.epochs > 1 or correction == "mask":
        return None
    bounds = (0.0, config.correction_cap) if correction == "truncate" else (1.0, 1.0)
    return Loss("cispo", {"clip_low_threshold": bounds[0], "clip_high_threshold": bounds[1]}, temperature)


def corrected(data: Sequence[Datum], trainer: Sequence[Floats], correction: str, cap: float) -> list[Datum]:
    """The data with the trainer's log-probabilities in the place of the sampler's, and weighed advantages."""
    result: list[Datum] = []
    for datum, lp in zip(data, trainer, strict=True):
        inputs = datum.loss_fn_inputs
        weighed = inputs["advantages"] * weights(lp, _sampler(datum), correction, cap)
        result.append(replace(datum, loss_fn_inputs={**inputs, "logprobs": lp, "advantages": weighed}))
    return result


def correction_metrics(
    data: Sequence[Datum], trainer: Sequence[Floats], correction: str, cap: float
) -> dict[str, list[float]]:
    """Of the learned tokens: the mean weight, and the share that was truncated or masked."""
    learned = [datum.loss_fn_inputs["advantages"] != 0 for datum in data]
    lp = np.concatenate([each[mask] for each, mask in zip(trainer, learned, strict=True)])
    sampler = np.concatenate([_sampler(datum)[mask] for datum, mask in zip(data, learned, strict=True)])
    if not len(lp):
        return {}
    weight = weights(lp, sampler, correction, cap)
    changed = np.abs(weight - np.exp(np.clip(lp - sampler, -20, 20))) > 1e-6
    return {"correction_weight_mean": [float(weight.mean())], "correction_changed_share": [float(changed.mean())]}


def _sampler(datum: Datum) -> Floats:
    return datum.loss_fn_inputs["logprobs"].astype(np.float32)
