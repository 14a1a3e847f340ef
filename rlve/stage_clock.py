"""Where a round's seconds go: stages overlap, and each is busy while at least one of its activities runs."""

import time
from collections import Counter
from collections.abc import Callable, Collection, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

Key = TypeVar("Key")

STAGES = {
    "engines": "a sample in flight",
    "verify": "an answer on its way through the problem workers",
    "train": "gradients and optimizer steps",
    "sync": "weights from trainers to engines",
    "evaluation": "fixed tasks and data sets",
    "checkpoint": "saving",
    "waiting": "the driver has nothing to train on and waits for groups",
}
"""Stage → what keeps it busy."""


@dataclass(frozen=True)
class Seconds:
    """Of a round or of several. together: which stages were busy at the same time → seconds, which add up to `wall`.

    depths: stage → how many of its activities ran at once → seconds.
    """

    wall: float = 0.0
    together: Mapping[frozenset[str], float] = field(default_factory=dict[frozenset[str], float])
    depths: Mapping[str, Mapping[int, float]] = field(default_factory=dict[str, Mapping[int, float]])

    def busy(self, stage: str) -> float:
        return self.while_busy({stage})

    def idle(self, stage: str) -> float:
        return self.wall - self.busy(stage)

    def while_busy(self, busy: Collection[str], idle: Collection[str] = ()) -> float:
        """Seconds in which all of `busy` were busy and none of `idle` was."""
        wanted = frozenset(busy)
        return sum(seconds for stages, seconds in self.together.items() if wanted <= stages and stages.isdisjoint(idle))

    def depth(self, stage: str) -> float:
        """How many of its activities ran at once, on average while it was busy; 0 where it never was."""
        busy = self.busy(stage)
        depths = self.depths.get(stage, {})
        return sum(count * seconds for count, seconds in depths.items()) / busy if busy else 0.0

    def tail(self, stage: str, share: float) -> float:
        """Seconds in which it was busy with at most `share` of the most activities that it had at once."""
        depths = self.depths.get(stage, {})
        return sum(seconds for count, seconds in depths.items() if 0 < count <= share * max(depths))

    def plus(self, other: "Seconds") -> "Seconds":
        depths = {
            stage: dict(_summed(self.depths.get(stage, {}), other.depths.get(stage, {})))
            for stage in self.depths.keys() | other.depths.keys()
        }
        return Seconds(self.wall + other.wall, _summed(self.together, other.together), depths)


class StageClock:
    """Used from one thread. `with clock.busy("train"): …` nests, and runs beside others of any stage.

    `close` ends a round and begins the next at the same instant: an activity that goes on is split there. To leave time
    out, as when a run is paused, close it and forget the result.
    """

    def __init__(self, now: Callable[[], float] = time.perf_counter) -> None:
        self._now = now
        self._running: Counter[str] = Counter()
        self._since = self._began = now()
        self._together: dict[frozenset[str], float] = {}
        self._depths: dict[str, dict[int, float]] = {}

    @contextmanager
    def busy(self, stage: str) -> Generator[None]:
        if stage not in STAGES:
            raise ValueError(f"unknown stage {stage!r}; known are {', '.join(STAGES)}")
        self._advance()
        self._running[stage] += 1
        try:
            yield
        finally:
            self._advance()
            self._running[stage] -= 1

    def close(self) -> Seconds:
        """Of the round that ends now."""
        self._advance()
        found = Seconds(self._since - self._began, self._together, self._depths)
        self._began, self._together, self._depths = self._since, {}, {}
        return found

    def _advance(self) -> None:
        now = self._now()
        passed, self._since = now - self._since, now
        if not passed:
            return
        running = {stage: count for stage, count in self._running.items() if count}
        stages = frozenset(running)
        self._together[stages] = self._together.get(stages, 0.0) + passed
        for stage, count in running.items():
            depths = self._depths.setdefault(stage, {})
            depths[count] = depths.get(count, 0.0) + passed


def _summed(first: Mapping[Key, float], second: Mapping[Key, float]) -> dict[Key, float]:
    return {key: first.get(key, 0.0) + second.get(key, 0.0) for key in first.keys() | second.keys()}
