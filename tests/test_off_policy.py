"""The three legal combinations: what the ratio is taken to, and the weights that correct for the rest."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from rlve import losses
from rlve.off_policy import corrected, correction_metrics, one_pass, weights
from rlve.policy import LOSS_INPUTS
from rlve.types import Datum, Loss
from tests.test_conf import composed


def datum(seed: int, length: int = 30) -> tuple[Datum, np.ndarray[Any, Any]]:
    """A datum, and what the trainer's log-probabilities of it are."""
    rng = np.random.default_rng(seed)
    trainer = rng.normal(-2, 1, length).astype(np.float32)
    sampler = (trainer + rng.normal(0, 0.8, length)).astype(np.float32)
    advantages = (rng.normal(0, 1, length) * (np.arange(length) > 9)).astype(np.float32)
    tokens = np.arange(length, dtype=np.int64)
    return Datum(tokens, {"target_tokens": tokens, "logprobs": sampler, "advantages": advantages}), trainer


def gradient(each: Datum, trainer: np.ndarray[Any, Any], loss: Loss) -> np.ndarray[Any, Any]:
    lp = torch.tensor(trainer, requires_grad=True)
    inputs = {name: torch.from_numpy(each.loss_fn_inputs[name]) for name in LOSS_INPUTS[loss.name]}
    losses.elementwise(lp, inputs, loss).sum().backward()
    assert lp.grad is not None
    return lp.grad.numpy()


def test_weights_are_truncated_or_masked() -> None:
    trainer, sampler = np.log(np.array([0.8, 0.1, 0.5, 0.3], np.float32)), np.log(np.array([0.1, 0.8, 0.4, 0.3]))
    ratio = np.array([8, 0.125, 1.25, 1])
    sampler = sampler.astype(np.float32)
    np.testing.assert_allclose(weights(trainer, sampler, "truncate", 2), np.minimum(ratio, 2), rtol=1e-5)
    np.testing.assert_allclose(weights(trainer, sampler, "mask", 2), [0, 0, 1.25, 1], rtol=1e-5)
    np.testing.assert_allclose(weights(trainer, sampler, "none", 2), 1)


@pytest.mark.parametrize("correction", ["none", "truncate"])
@pytest.mark.parametrize("name", ["ppo", "importance_sampling", "cispo", "dro"])
def test_one_step_a_round_needs_no_second_pass(name: str, correction: str) -> None:
    config = composed(f"loss={name}", "loss.old_logprobs=recompute", f"loss.correction={correction}").loss
    within = one_pass(config, correction, 1.0)
    assert within is not None
    each, trainer = datum(3)
    (moved,) = corrected([each], [trainer], correction, config.correction_cap)
    two_passes = gradient(moved, trainer, Loss(name, config.options))
    np.testing.assert_allclose(gradient(each, trainer, within), two_passes, rtol=1e-5, atol=1e-7)
    assert np.abs(two_passes).max() > 0.1


def test_several_steps_and_masks_need_it() -> None:
    for overrides in (["loss.epochs=2"], ["loss.steps_per_round=2"]):
        assert one_pass(composed(*overrides).loss, "truncate", 1.0) is None
    assert one_pass(composed().loss, "mask", 1.0) is None


def test_the_metrics_say_how_many_weights_were_changed() -> None:
    each, trainer = datum(5)
    found = correction_metrics([each], [trainer], "truncate", 2)
    ratio = np.exp(trainer - each.loss_fn_inputs["logprobs"])[10:]
    assert found["correction_changed_share"][0] == pytest.approx((ratio > 2).mean())
    assert found["correction_weight_mean"][0] == pytest.approx(np.minimum(ratio, 2).mean(), rel=1e-5)
    nothing = replace(each, loss_fn_inputs={**each.loss_fn_inputs, "advantages": np.zeros(30, np.float32)})
    assert correction_metrics([nothing], [trainer], "truncate", 2) == {}


@pytest.mark.parametrize(
    ("lag", "given", "decided"),
    [
        (0, [], ("sampler", "none")),
        (1, [], ("recompute", "truncate")),
        (0, ["loss.correction=mask"], ("recompute", "mask")),
        (0, ["loss.old_logprobs=recompute"], ("recompute", "none")),
        (2, ["loss.old_logprobs=sampler"], ("sampler", "none")),
        (2, ["loss.correction=none"], ("sampler", "none")),
        (2, ["loss.old_logprobs=recompute", "loss.correction=none"], ("recompute", "none")),
    ],
)
def test_what_is_not_said_follows_from_the_lag(lag: int, given: list[str], decided: tuple[str, str]) -> None:
    assert composed(*given).loss.off_policy(lag) == decided
