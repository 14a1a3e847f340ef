"""Rewards follow the verdict, and the length where the configuration says so."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from environments.problem import Verdict
from rlve.config import ConfigError, RewardConfig
from rlve.rewards import masked, overlong, reward
from rlve.types import Completion, FinishReason

LONGEST = 20


def config(**changes: Any) -> RewardConfig:
    values: dict[str, Any] = {
        "unreadable": -1.0,
        "breaks_rules": -0.5,
        "wrong": 0.0,
        "partial": 1.0,
        "correct": 1.0,
        "truncated": "reward",
        "overlong_tokens": None,
    }
    return RewardConfig.model_validate(values | changes)


def completion(length: int, reason: FinishReason = "eos") -> Completion:
    return Completion([1] * length, [-0.5] * length, [0] * length, reason)


RLVE = config()
BINARY = config(unreadable=0.0, breaks_rules=0.0, partial=0.0)
OVERLONG = config(truncated="overlong", overlong_tokens=4)
CORRECT, WRONG, UNREADABLE = Verdict(1.0, True), Verdict(0.0, False), Verdict(0.0, False, "unreadable")


@pytest.mark.parametrize(
    ("verdict", "shaped", "binary"),
    [
        (CORRECT, 1.0, 1.0),
        (WRONG, 0.0, 0.0),
        (Verdict(0.3, False), 0.3, 0.0),
        (Verdict(0.0, False, "breaks_rules"), -0.5, 0.0),
        (UNREADABLE, -1.0, 0.0),
        (Verdict(0.0, False, "too_long"), -1.0, 0.0),
    ],
)
@pytest.mark.parametrize("truncated", ["reward", "mask"])
@pytest.mark.parametrize("written", [completion(3), completion(LONGEST, "length")])
def test_a_verdict_earns_what_the_configuration_says(
    verdict: Verdict, shaped: float, binary: float, truncated: str, written: Completion
) -> None:
    assert reward(verdict, written, config(truncated=truncated), LONGEST) == shaped
    assert reward(verdict, written, BINARY, LONGEST) == binary


@pytest.mark.parametrize("error", ["timeout", "crash"])
@pytest.mark.parametrize("policy", [RLVE, OVERLONG, config(truncated="mask")])
def test_a_fault_of_the_verifier_earns_nothing_at_all(error: Any, policy: RewardConfig) -> None:
    assert reward(Verdict(0.0, False, error), completion(LONGEST, "length"), policy, LONGEST) is None


def test_partial_credit_adds_to_what_a_wrong_answer_earns() -> None:
    strict = config(wrong=-0.2, partial=0.5)
    assert reward(Verdict(0.4, False), completion(3), strict, LONGEST) == pytest.approx(0.0)
    assert reward(WRONG, completion(3), strict, LONGEST) == -0.2


# DAPO's equation 13 with L_max 20 and L_cache 4.
@pytest.mark.parametrize(("length", "cost"), [(1, 0), (16, 0), (17, 0.25), (18, 0.5), (19, 0.75), (20, 1)])
def test_the_last_tokens_cost_as_in_dapo(length: int, cost: float) -> None:
    assert overlong(completion(length), 4, LONGEST) == cost
    assert reward(CORRECT, completion(length), OVERLONG, LONGEST) == 1 - cost
    assert reward(UNREADABLE, completion(length, "stop"), OVERLONG, LONGEST) == -1 - cost


@given(st.integers(1, LONGEST), st.integers(1, LONGEST))
def test_being_cut_costs_one_wherever_it_happens(length: int, tokens: int) -> None:
    """Also by the context, before the longest completion is reached."""
    assert overlong(completion(length, "length"), tokens, LONGEST) == 1
    assert 0 <= overlong(completion(length), tokens, LONGEST) <= overlong(completion(length + 1), tokens, LONGEST)


@pytest.mark.parametrize(("reason", "cut"), [("length", True), ("eos", False), ("stop", False)])
def test_only_a_cut_completion_is_masked_and_only_by_its_policy(reason: FinishReason, cut: bool) -> None:
    assert masked(completion(3, reason), config(truncated="mask")) == cut
    assert not masked(completion(3, reason), RLVE)
    assert not masked(completion(3, reason), OVERLONG)


@pytest.mark.parametrize(
    "changes", [{"truncated": "overlong"}, {"overlong_tokens": 4}, {"truncated": "mask", "overlong_tokens": 4}]
)
def test_overlong_tokens_go_with_their_policy(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="overlong_tokens is for truncated=overlong"):
        config(**changes)


def test_more_overlong_tokens_than_a_completion_can_have_are_refused() -> None:
    OVERLONG.check(4)
    with pytest.raises(ConfigError, match=r"rlve\.rollout_max_response_len"):
        OVERLONG.check(3)
