"""The learning rate of a step."""

from math import cos, pi

import pytest

from rlve.config import OptimizerConfig
from rlve.schedule import adam_params


def rates(steps: int, **changes: object) -> list[float]:
    values: dict[str, object] = {
        "learning_rate": 2.0,
        "beta1": 0.9,
        "beta2": 0.98,
        "eps": 1e-8,
        "weight_decay": 0.01,
        "grad_clip_norm": 1.0,
        "schedule": "constant",
        "warmup_steps": 0,
        "minimum_ratio": 0.1,
    }
    config = OptimizerConfig.model_validate(values | changes)
    return [adam_params(config, step, steps).learning_rate for step in range(steps)]


def test_constant_is_constant_after_a_linear_warm_up() -> None:
    assert rates(6, warmup_steps=4) == [0.5, 1.0, 1.5, 2.0, 2.0, 2.0]


def test_cosine_falls_from_the_peak_to_the_minimum() -> None:
    found = rates(12, schedule="cosine", warmup_steps=2)
    assert found[:3] == [1.0, 2.0, 2.0]
    assert found[7] == pytest.approx(2 * (0.1 + 0.9 * (1 + cos(pi / 2)) / 2))
    assert found[2:] == sorted(found[2:], reverse=True)
    assert found[-1] > 2 * 0.1  # the minimum is reached at `total`, the step after the last


def test_the_other_values_are_those_of_the_configuration() -> None:
    config = OptimizerConfig(
        learning_rate=1,
        beta1=0.8,
        beta2=0.9,
        eps=1e-6,
        weight_decay=0.2,
        grad_clip_norm=0.5,
        schedule="constant",
        warmup_steps=0,
        minimum_ratio=0,
    )
    adam = adam_params(config, 0, 1)
    assert (adam.beta1, adam.beta2, adam.eps, adam.weight_decay, adam.grad_clip_norm) == (0.8, 0.9, 1e-6, 0.2, 0.5)
