"""Rewards follow the verdict."""

import pytest

from environments.problem import Verdict
from rlve.config import RewardConfig
from rlve.rewards import reward

RLVE = RewardConfig(unreadable=-1.0, breaks_rules=-0.5, wrong=0.0, partial=1.0, correct=1.0)
BINARY = RewardConfig(unreadable=0.0, breaks_rules=0.0, wrong=0.0, partial=0.0, correct=1.0)


@pytest.mark.parametrize(
    ("verdict", "shaped", "binary"),
    [
        (Verdict(1.0, True), 1.0, 1.0),
        (Verdict(0.0, False), 0.0, 0.0),
        (Verdict(0.3, False), 0.3, 0.0),
        (Verdict(0.0, False, "breaks_rules"), -0.5, 0.0),
        (Verdict(0.0, False, "unreadable"), -1.0, 0.0),
        (Verdict(0.0, False, "too_long"), -1.0, 0.0),
    ],
)
def test_a_verdict_earns_what_the_configuration_says(verdict: Verdict, shaped: float, binary: float) -> None:
    assert reward(verdict, RLVE) == shaped
    assert reward(verdict, BINARY) == binary


@pytest.mark.parametrize("error", ["timeout", "crash"])
def test_a_fault_of_the_verifier_earns_nothing_at_all(error: str) -> None:
    assert reward(Verdict(0.0, False, error), RLVE) is None  # pyright: ignore[reportArgumentType]


def test_partial_credit_adds_to_what_a_wrong_answer_earns() -> None:
    strict = RewardConfig(unreadable=-1.0, breaks_rules=-0.5, wrong=-0.2, partial=0.5, correct=1.0)
    assert reward(Verdict(0.4, False), strict) == pytest.approx(0.0)
    assert reward(Verdict(0.0, False), strict) == -0.2
