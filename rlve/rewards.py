"""Verdict → reward."""

from environments.problem import Verdict
from rlve.config import RewardConfig


def reward(verdict: Verdict, config: RewardConfig) -> float | None:
    """The reward of a sample; None where the verifier failed, so that its faults never teach the model anything."""
    match verdict.error:
        case "timeout" | "crash":
            return None
        case "unreadable" | "too_long":
            return config.unreadable
        case "breaks_rules":
            return config.breaks_rules
        case "none":
            return config.correct if verdict.correct else config.wrong + config.partial * verdict.score
