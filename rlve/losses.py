"""The losses, per token. The caller sums; normalisation is inside weights and advantages.

lp: learner's log-probability [N], q: sampler's (`logprobs`), A: `advantages`, r = exp(lp − q).
"""

from collections.abc import Callable, Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rlve.policy import LOSS_INPUTS, loss_options
from rlve.types import Datum, Loss, LossResult

Inputs = Mapping[str, Tensor]
Options = Mapping[str, float]


def cross_entropy(lp: Tensor, inputs: Inputs, options: Options) -> Tensor:
    """−w·lp."""
    return -inputs["weights"] * lp


def importance_sampling(lp: Tensor, inputs: Inputs, options: Options) -> Tensor:
    """−r·A (Tinker documentation)."""
    return -torch.exp(lp - inputs["logprobs"]) * inputs["advantages"]


def ppo(lp: Tensor, inputs: Inputs, options: Options) -> Tensor:
    """−min(r·A, clip(r, low, high)·A) (PPO, arXiv 1707.06347; bounds apart as in DAPO, 2503.14476)."""
    ratio, advantages = torch.exp(lp - inputs["logprobs"]), inputs["advantages"]
    clipped = ratio.clamp(options["clip_low_threshold"], options["clip_high_threshold"])
    return -torch.minimum(ratio * advantages, clipped * advantages)


def cispo(lp: Tensor, inputs: Inputs, options: Options) -> Tensor:
    """−sg(clip(r, low, high))·lp·A (MiniMax-M1, arXiv 2506.13585): a clipped token still has a gradient."""
    ratio = torch.exp(lp - inputs["logprobs"])
    clipped = ratio.clamp(options["clip_low_threshold"], options["clip_high_threshold"]).detach()
    return -clipped * lp * inputs["advantages"]


def dro(lp: Tensor, inputs: Inputs, options: Options) -> Tensor:
    """−[lp·A − ½β(lp − q)²], on the positions whose advantage is not zero (DRO, arXiv 2405.19107)."""
    learned = (inputs["advantages"] != 0).to(lp.dtype)
    penalty = 0.5 * options["beta"] * (lp - inputs["logprobs"]) ** 2
    return -(lp * inputs["advantages"] - learned * penalty)


LOSSES: dict[str, Callable[[Tensor, Inputs, Options], Tensor]] = {
    "cross_entropy": cross_entropy,
    "importance_sampling": importance_sampling,
    "ppo": ppo,
    "cispo": cispo,
    "dro": dro,
}
assert LOSSES.keys() == LOSS_INPUTS.keys()


def elementwise(lp: Tensor, inputs: Inputs, loss: Loss) -> Tensor:
    """The loss of each token [N]; positions that learn nothing are exactly 0, whatever their ratio."""
    learned = inputs[learning_input(loss)] != 0
    if "logprobs" in LOSS_INPUTS[loss.name]:
        # Where nothing is learned q may be anything: exp(lp − q) could overflow, and a gradient of inf · 0 is NaN.
        inputs = {**inputs, "logprobs": torch.where(learned, inputs["logprobs"], lp.detach())}
    values = LOSSES[loss.name](lp, inputs, loss_options(loss))
    return torch.where(learned, values, torch.zeros_like(values))


def learning_input(loss: Loss) -> str:
    """The input that is 0 where nothing is learned."""
    return "weights" if loss.name == "cross_entropy" else "advantages"


def result(
    data: list[Datum], logprobs: list[NDArray[np.float32]], losses: list[NDArray[np.float32]], loss: Loss
) -> LossResult:
    """LossResult with the metrics of a call; the same for every implementation of Policy.

    `ppo_kl:mean` is q − lp and `pg_clipfrac:mean` the share of ratios outside the clip bounds, over learned tokens.
    """
    learned = [datum.loss_fn_inputs[learning_input(loss)] != 0 for datum in data]
    count = int(sum(mask.sum() for mask in learned))
    metrics = {
        "loss:sum": float(sum(values.sum(dtype=np.float64) for values in losses)),
        "learned_tokens:sum": float(count),
        "tokens:sum": float(sum(len(datum) for datum in data)),
    }
    if loss.name != "cross_entropy":
        # With nothing learned too, as zeros: clients that merge the results of several calls keep common names only.
        log_ratio = np.concatenate(
            [
                (lp - datum.loss_fn_inputs["logprobs"])[mask]
                for lp, datum, mask in zip(logprobs, data, learned, strict=True)
            ]
        ).astype(np.float64)
        metrics["ppo_kl:mean"] = float(-log_ratio.mean()) if count else 0.0
        metrics["logprob_gap:max"] = float(np.abs(log_ratio).max(initial=0.0))
        options = loss_options(loss)
        if "clip_low_threshold" in options:
            ratio = np.exp(log_ratio)
            outside = (ratio < options["clip_low_threshold"]) | (ratio > options["clip_high_threshold"])
            metrics["pg_clipfrac:mean"] = float(outside.mean()) if count else 0.0
    return LossResult(logprobs=logprobs, elementwise_loss=losses, metrics=metrics)
