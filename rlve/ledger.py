"""Where a round's tokens go: each one drawn trains, is dropped for one reason, or waits for a later round.

pending before + drawn = trained + dropped + pending after, which `close` checks at the end of every round.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rlve.rollout import Draft
from rlve.types import Completion, Group, Rollout

REASONS = {
    "zero_variance_right": "groups with equal rewards, all correct",
    "zero_variance_wrong": "groups with equal rewards, not all correct",
    "stale": "older than rollout.max_carry_rounds",
    "truncated": "cut at the token budget and masked (reward.truncated=mask)",
    "error": "rollouts whose verification failed",
    "aborted": "unfinished at the end of a round (rlve.partial_rollout=false)",
    "too_few": "groups in which fewer than two rollouts can be compared",
}
"""Reason → which tokens it drops."""


class TokensLost(RuntimeError):
    """The tokens of a round are not all accounted for, or one counts twice."""


@dataclass(frozen=True)
class Tokens:
    """Counts of a round, or of a run.

    kept: trained tokens that older weights drew in groups that newer ones finished; without partial rollouts they
    would have been drawn again. lags: how many versions older than the trainer's newest the weights were that drew a
    trained token → tokens. longest: of every draft that came back the most tokens that one of its samples gained, all
    added up. attended: over all tokens drawn, the tokens before each, whose keys and values were read.
    """

    pending_before: int = 0
    drawn: int = 0
    trained: int = 0
    dropped: Mapping[str, int] = field(default_factory=dict[str, int])
    pending_after: int = 0
    kept: int = 0
    lags: Mapping[int, int] = field(default_factory=dict[int, int])
    longest: int = 0
    attended: int = 0

    @property
    def lag_mean(self) -> float:
        return sum(lag * count for lag, count in self.lags.items()) / self.trained if self.trained else 0.0

    def plus(self, later: "Tokens") -> "Tokens":
        """Both together, `later` after this."""
        return Tokens(
            self.pending_before,
            self.drawn + later.drawn,
            self.trained + later.trained,
            dict(Counter(self.dropped) + Counter(later.dropped)),
            later.pending_after,
            self.kept + later.kept,
            dict(Counter(self.lags) + Counter(later.lags)),
            self.longest + later.longest,
            self.attended + later.attended,
        )


class TokenLedger:
    """Told of every token twice: when it is drawn, and when its fate is known.

    The stream calls `drawn` when a call of the engine returns, `settled` when a group has been scored, `dropped` for
    drafts and groups that it gives up; the driver calls `trained`, then `close` with what the stream still holds:

        ledger.drawn(draft, extended)
        ledger.settled(extended, group, None)            # it may train; "too_few" and such where it may not
        ledger.dropped("stale", waiting(drafts, groups))
        ledger.trained(groups, version)
        tokens = ledger.close(waiting(drafts, groups))   # drafts carried, groups kept
    """

    def __init__(self) -> None:
        self._dropped: Counter[str] = Counter()
        self._drawn = self._longest = self._attended = 0
        self._trained: list[Group] = []
        self._lags: Counter[int] = Counter()
        self._pending = 0
        self.total = Tokens()

    def drawn(self, before: Draft, after: Draft) -> None:
        """What a draft gained. Tokens still in flight are not there yet, and are not pending either."""
        begun = [len(completion.tokens) for completion in before.completions] or [0] * len(after.completions)
        gained = [len(completion.tokens) - start for completion, start in zip(after.completions, begun, strict=True)]
        self._drawn += sum(gained)
        self._longest += max(gained, default=0)
        self._attended += sum(
            count * (len(after.prompt) + start) + count * (count - 1) // 2 + _observed(completion, start)
            for completion, start, count in zip(after.completions, begun, gained, strict=True)
        )

    def settled(self, draft: Draft, group: Group, reason: str | None) -> None:
        """A scored group: rollouts without a verdict are errors, masked ones truncated; `reason` is for the others.

        reason None: they may train, and wait until `trained` or `dropped` names them.
        """
        self.dropped("error", draft.token_count - _count(group.rollouts))
        self.dropped("truncated", _count(rollout for rollout in group.rollouts if rollout.masked))
        if reason is not None:
            self.dropped(reason, _count(group.compared))

    def dropped(self, reason: str, count: int) -> None:
        """count: tokens, see `waiting`."""
        if reason not in REASONS:
            raise ValueError(f"unknown reason {reason!r} to drop tokens; known are {', '.join(REASONS)}")
        self._dropped[reason] += count

    def trained(self, groups: Sequence[Group], version: int) -> None:
        """version: the newest when they train, that of the trainer's weights before the round's first step."""
        self._trained += groups
        self._lags += lags(groups, version)

    def close(self, pending: int) -> Tokens:
        """Ends the round; TokensLost if the sums differ.

        pending: tokens of all that the stream holds for later, see `waiting`: also of drafts in flight, as they were
        sent, and of drafts that are being scored.
        """
        found = Tokens(
            self._pending,
            self._drawn,
            waiting((), self._trained),
            {reason: count for reason, count in self._dropped.items() if count},
            pending,
            kept(self._trained),
            dict(sorted(self._lags.items())),
            self._longest,
            self._attended,
        )
        came, went = found.pending_before + found.drawn, found.trained + sum(found.dropped.values()) + pending
        if came != went:
            raise TokensLost(
                f"the tokens of a round do not add up: pending before {found.pending_before} + drawn {found.drawn} = "
                f"{came}, but trained {found.trained} + dropped {dict(found.dropped)} + pending after {pending} = "
                f"{went}; every path of rlve/stream.py that ends a draft or a group must tell the ledger"
            )
        self.total = self.total.plus(found)
        self._dropped, self._trained, self._lags = Counter(), [], Counter()
        self._drawn = self._longest = self._attended = 0
        self._pending = pending
        return found

    def state(self) -> dict[str, Any]:
        """The run's totals as JSON types, after `close`."""
        total = self.total
        return {**vars(total), "lags": [[lag, count] for lag, count in total.lags.items()]}

    def load(self, state: Mapping[str, Any]) -> None:
        self.total = Tokens(**{**state, "lags": dict(state["lags"])})
        self._pending = self.total.pending_after


def waiting(drafts: Iterable[Draft], groups: Iterable[Group]) -> int:
    """Tokens of drafts on their way and of scored groups that may train."""
    return sum(draft.token_count for draft in drafts) + sum(_count(group.compared) for group in groups)


def kept(groups: Iterable[Group]) -> int:
    """Tokens that older weights drew than those that drew the newest token of their group."""
    count = 0
    for group in groups:
        versions = _versions([group])
        count += versions.total() - versions.get(max(versions, default=0), 0)
    return count


def lags(groups: Iterable[Group], version: int) -> Counter[int]:
    """Versions between the weights that drew a token and `version` → tokens that may train."""
    return Counter({version - drawn_by: count for drawn_by, count in _versions(groups).items()})


def _observed(completion: Completion, start: int) -> int:
    """Over the tokens from `start` on, the tokens of observations before each."""
    return sum(
        len(observation.tokens) * (len(completion.tokens) - max(start, observation.place))
        for observation in completion.observations
    )


def _versions(groups: Iterable[Group]) -> Counter[int]:
    """Version → tokens that may train."""
    found: Counter[int] = Counter()
    for group in groups:
        for rollout in group.compared:
            found.update(rollout.completion.policy_versions)
    return found


def _count(rollouts: Iterable[Rollout]) -> int:
    return sum(len(rollout.completion.tokens) for rollout in rollouts)
