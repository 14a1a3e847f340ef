"""From a difficulty level to the sizes that `generate` takes. A ladder climbs or stays, it never eases."""

from collections.abc import Callable
from math import floor
from typing import Any

Step = Callable[[int], Any]


def linear(start: int, step: float = 1, most: int | None = None) -> Step:
    """start, start + step, start + 2·step, … rounded down, never above `most`."""

    def value(difficulty: int) -> int:
        size = start + floor(step * difficulty)
        return size if most is None else min(size, most)

    return value


def geometric(start: int, rate: float, add: float = 0, most: int | None = None) -> Step:
    """The next value is floor(rate · value + add), as RLVE-Gym's ladders grow; never above `most`.

    >>> [geometric(3, 1.1, add=1)(d) for d in range(5)]
    [3, 4, 5, 6, 7]
    """
    values = [start]

    def value(difficulty: int) -> int:
        while len(values) <= difficulty:
            grown = max(values[-1], floor(rate * values[-1] + add))
            values.append(grown if most is None else min(grown, most))
        return values[difficulty]

    return value


class Ladder:
    """One step per keyword argument of `generate`: `Ladder(length=geometric(3, 1.1, add=1))`.

    >>> Ladder(digits=linear(1))(4)
    {'digits': 5}
    """

    def __init__(self, **steps: Step) -> None:
        self.steps = steps
        self._sizes: dict[int, dict[str, Any]] = {}

    def __call__(self, difficulty: int) -> dict[str, Any]:
        sizes = self._sizes.get(difficulty)
        if sizes is None:
            if difficulty < 0:
                raise ValueError(f"difficulty must be 0 or more, got {difficulty}")
            sizes = {name: step(difficulty) for name, step in self.steps.items()}
            self._sizes[difficulty] = sizes
        return sizes
