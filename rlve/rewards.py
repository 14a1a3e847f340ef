"""Verdict and length → reward, and which rollouts teach nothing.

`reward.truncated` says what becomes of a completion that was cut short, by rlve.rollout_max_response_len or by the
context. DAPO (arXiv 2503.14476, §3.4) found that punishing it like a wrong answer is noise: the reasoning may have been
sound. `mask` is its overlong filtering, `overlong` its soft overlong punishment.
"""

from environments.problem import Verdict
from rlve.config import RewardConfig
from rlve.types import Completion


def reward(verdict: Verdict, completion: Completion, config: RewardConfig, max_response_len: int) -> float | None:
    """The reward of a sample; None where the verifier failed, so that its faults never teach the model anything."""
    earned = _of_verdict(verdict, config)
    if earned is None or config.overlong_tokens is None:
        return earned
    return earned - overlong(completion, config.overlong_tokens, max_response_len)


def overlong(completion: Completion, overlong_tokens: int, max_response_len: int) -> float:
    """[0, 1]: 0 up to max_response_len - overlong_tokens, then linear; 1 where it was cut (DAPO, eq. 13)."""
    if completion.truncated:
        return 1.0
    return max(0.0, (len(completion.tokens) - max_response_len) / overlong_tokens + 1)


def masked(completion: Completion, config: RewardConfig) -> bool:
    """Whether a sample makes no data and leaves its group's mean and deviation, as if it had not been drawn.

    DAPO masks the loss only. Its rewards are 1 or -1, so that a cut sample stands beside the wrong ones; where
    unreadable earns less than wrong, leaving it in the mean would praise wrong answers for being short. Masked samples
    count for accuracy, the curriculum and every metric.
    """
    return config.truncated == "mask" and completion.truncated


def _of_verdict(verdict: Verdict, config: RewardConfig) -> float | None:
    match verdict.error:
        case "timeout" | "crash":
            return None
        case "unreadable" | "too_long":
            return config.unreadable
        case "breaks_rules":
            return config.breaks_rules
        case "none":
            return config.correct if verdict.correct else config.wrong + config.partial * verdict.score
