"""Every loss against its formula in float64, written again in NumPy: value and derivative of each token."""

from collections.abc import Callable, Mapping
from math import exp

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from rlve import losses
from rlve.policy import LOSS_INPUTS, LOSS_OPTIONS, BadDatum, loss_options
from rlve.types import Datum, Loss

Floats = NDArray[np.float64]
Token = Callable[[float, float, float, Mapping[str, float]], tuple[float, float]]
"""(lp, q, A or w, options) → the loss of a token and its derivative by lp."""


def cross_entropy(lp: float, q: float, w: float, options: Mapping[str, float]) -> tuple[float, float]:
    return -w * lp, -w


def importance_sampling(lp: float, q: float, a: float, options: Mapping[str, float]) -> tuple[float, float]:
    return -exp(lp - q) * a, -exp(lp - q) * a


def ppo(lp: float, q: float, a: float, options: Mapping[str, float]) -> tuple[float, float]:
    ratio = exp(lp - q)
    bounded = min(max(ratio, options["clip_low_threshold"]), options["clip_high_threshold"])
    if ratio * a <= bounded * a:
        return -ratio * a, -ratio * a
    return -bounded * a, 0.0


def cispo(lp: float, q: float, a: float, options: Mapping[str, float]) -> tuple[float, float]:
    bounded = min(max(exp(lp - q), options["clip_low_threshold"]), options["clip_high_threshold"])
    return -bounded * lp * a, -bounded * a


def dro(lp: float, q: float, a: float, options: Mapping[str, float]) -> tuple[float, float]:
    return -(lp * a - options["beta"] / 2 * (lp - q) ** 2), -(a - options["beta"] * (lp - q))


FORMULAS: dict[str, Token] = {
    "cross_entropy": cross_entropy,
    "importance_sampling": importance_sampling,
    "ppo": ppo,
    "cispo": cispo,
    "dro": dro,
}
GIVEN = {"dro": {"beta": 0.05}}

RNG = np.random.default_rng(0)
LP: Floats = RNG.uniform(-3, 0, 400)
Q: Floats = LP + RNG.uniform(-1.8, 1.8, 400)  # ratios from 0.17 to 6: on both sides of every bound
A: Floats = RNG.normal(size=400)


def elementwise(loss: Loss, lp: Floats, q: Floats, a: Floats) -> tuple[Floats, Floats]:
    """The project's value and derivative of each token, computed in float64."""
    learner = torch.tensor(lp, dtype=torch.float64, requires_grad=True)
    inputs = {"logprobs": torch.tensor(q), losses.learning_input(loss): torch.tensor(a)}
    values = losses.elementwise(learner, inputs, loss)
    (slope,) = torch.autograd.grad(values.sum(), learner)
    return values.detach().numpy(), slope.numpy()


@pytest.mark.parametrize("name", losses.LOSSES)
def test_a_loss_is_its_formula(name: str) -> None:
    loss = Loss(name, GIVEN.get(name, {}))
    values, slopes = elementwise(loss, LP, Q, A)
    options = loss_options(loss)
    expected = np.array([FORMULAS[name](lp, q, a, options) for lp, q, a in zip(LP, Q, A, strict=True)])
    np.testing.assert_allclose(values, expected[:, 0], rtol=1e-12)
    np.testing.assert_allclose(slopes, expected[:, 1], rtol=1e-12)


@pytest.mark.parametrize("name", ["ppo", "cispo"])
def test_clip_thresholds_are_options_of_the_call(name: str) -> None:
    options = {"clip_low_threshold": 0.5, "clip_high_threshold": 1.05}
    values, _ = elementwise(Loss(name, options), LP, Q, A)
    expected = [FORMULAS[name](lp, q, a, options)[0] for lp, q, a in zip(LP, Q, A, strict=True)]
    np.testing.assert_allclose(values, expected, rtol=1e-12)
    assert not np.allclose(values, elementwise(Loss(name), LP, Q, A)[0])


@pytest.mark.parametrize("name", losses.LOSSES)
def test_a_position_that_learns_nothing_is_zero_even_where_its_ratio_overflows(name: str) -> None:
    values, slopes = elementwise(Loss(name, GIVEN.get(name, {})), np.array([-1.0]), np.array([-1e4]), np.zeros(1))
    assert values.tolist() == slopes.tolist() == [0]


@pytest.mark.parametrize("name", [name for name in losses.LOSSES if name not in ("cross_entropy", "dro")])
@given(a=st.floats(-3, 3), lp=st.floats(-5, 0))
@settings(max_examples=40, deadline=None)
def test_on_policy_every_policy_gradient_loss_has_the_same_derivative(name: str, a: float, lp: float) -> None:
    _, slopes = elementwise(Loss(name), np.array([lp]), np.array([lp]), np.array([a]))
    assert slopes[0] == pytest.approx(-a, rel=1e-9)


def test_every_loss_says_what_it_needs() -> None:
    assert losses.LOSSES.keys() == LOSS_INPUTS.keys() == LOSS_OPTIONS.keys() == FORMULAS.keys()


@pytest.mark.parametrize(
    ("loss", "words"),
    [
        (Loss("reinforce"), "importance_sampling"),
        (Loss("ppo", {"clip_low": 0.8}), "clip_low_threshold"),
        (Loss("ppo", {"clip_low_threshold": 1.5}), "low <= high"),
        (Loss("dro"), "beta"),
        (Loss("ppo", {"clip_high_threshold": float("nan")}), "finite"),
        (Loss("ppo", {}, 0.0), "temperature"),
    ],
)
def test_an_unknown_loss_or_option_is_refused_with_what_there_is(loss: Loss, words: str) -> None:
    with pytest.raises(BadDatum, match=words):
        loss_options(loss)


def test_the_metrics_count_learned_tokens_only() -> None:
    advantages = np.array([0, 1, 1, 1], np.float32)
    sampled = np.array([-9, -1, -1, -1], np.float32)
    datum = Datum(np.arange(4), {"target_tokens": np.arange(4), "logprobs": sampled, "advantages": advantages})
    learner = np.array([0, -1, -1 + np.log(1.5), -1 + np.log(0.5)], np.float32)
    metrics = losses.result([datum], [learner], [np.array([0, -1, -1.2, -0.5], np.float32)], Loss("ppo")).metrics
    assert metrics["loss:sum"] == pytest.approx(-2.7)
    assert metrics["learned_tokens:sum"] == 3
    assert metrics["pg_clipfrac:mean"] == pytest.approx(2 / 3)
    assert metrics["ppo_kl:mean"] == pytest.approx(-(np.log(1.5) + np.log(0.5)) / 3, abs=1e-6)
