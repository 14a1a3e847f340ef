"""Items that cost the later ones."""

from dataclasses import dataclass
from itertools import accumulate
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integers
from environments.arrays._indices import distinct
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class ValueDiminishingSelection(Problem[list[int]]):
    """Choose items in an order in which each lowers the value of all later ones."""

    answer = Integers()
    ladder = Ladder(items=linear(3))
    values: list[int]
    losses: list[int]

    @classmethod
    def generate(cls, rng: Random, items: int) -> Self:
        values = [rng.randint(1, items * items) for _ in range(items)]
        return cls(values, losses=[rng.randint(1, 2 * items) for _ in range(items)])

    def prompt(self) -> str:
        lines = [f"{item}: {w} {r}" for item, (w, r) in enumerate(zip(self.values, self.losses, strict=True))]
        return "\n".join(
            [
                "Choose some items in an order. Each item gains its W minus the R of all items chosen before it. Make "
                "the total gain as large as possible. Give the items in this order. Each line is item: W R.",
                *lines,
            ]
        )

    def solution(self) -> list[int]:
        # Of chosen items a larger R comes later. By falling R, best[j] is the best gain of j items and these items.
        best: list[tuple[int, list[int]]] = [(0, [])]
        for item in sorted(range(len(self.values)), key=lambda item: -self.losses[item]):
            longer = [
                (gain + self.values[item] - self.losses[item] * count, [item, *chosen])
                for count, (gain, chosen) in enumerate(best)
            ]
            best = [best[0], *map(max, zip(best[1:], longer, strict=False)), longer[-1]]
        return max(best)[1]

    def verify(self, answer: list[int]) -> float | None:
        if not distinct(answer, len(self.values)):
            return None
        return scores.at_least(self._gain(answer), self._gain(self.solution()))

    def _gain(self, items: list[int]) -> int:
        before = accumulate((self.losses[item] for item in items), initial=0)
        return sum(self.values[item] - loss for item, loss in zip(items, before, strict=False))
