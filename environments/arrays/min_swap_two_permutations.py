"""Two mixed-up permutations."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integers
from environments.arrays._indices import distinct
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class MinSwapTwoPermutations(Problem[list[int]]):
    """Exchange entries of two lists at few positions so that neither holds a number twice."""

    answer = Integers()
    ladder = Ladder(length=linear(4))
    a: list[int]
    b: list[int]

    @classmethod
    def generate(cls, rng: Random, length: int) -> Self:
        for _ in range(20):
            a, b = (rng.sample(range(1, length + 1), length) for _ in range(2))
            for place in rng.sample(range(length), rng.randint(1, length - 1)):
                a[place], b[place] = b[place], a[place]
            if len(set(a)) < length:
                return cls(a, b)
        return cls([2, *range(2, length + 1)], [1, *range(3, length + 1), 1])  # exchanging place 0 mends it

    def prompt(self) -> str:
        return (
            "Choosing a position exchanges the numbers of A and B there. Choose as few positions as possible so that "
            "afterwards no number is twice in A and none is twice in B. Give the positions, counted from 0.\n"
            f"A: {' '.join(map(str, self.a))}\nB: {' '.join(map(str, self.b))}"
        )

    def solution(self) -> list[int]:
        # Places that share a number: choose one of them if it stands twice in one list, else both or neither.
        links: list[list[tuple[int, bool]]] = [[] for _ in self.a]
        where: dict[int, tuple[int, int]] = {}
        for row, values in enumerate((self.a, self.b)):
            for place, value in enumerate(values):
                if value in where:
                    other_row, other = where[value]
                    links[place].append((other, row == other_row))
                    links[other].append((place, row == other_row))
                where[value] = (row, place)
        side: dict[int, bool] = {}
        chosen: list[int] = []
        for start in range(len(links)):
            if start in side:
                continue
            side[start] = False
            group = [start]
            for place in group:
                for other, differs in links[place]:
                    if other not in side:
                        side[other] = side[place] != differs
                        group.append(other)
            halves = [[place for place in group if side[place] == wanted] for wanted in (True, False)]
            chosen += min(halves, key=len)
        return sorted(chosen)

    def verify(self, answer: list[int]) -> float | None:
        if not distinct(answer, len(self.a)):
            return None
        a, b = list(self.a), list(self.b)
        for place in answer:
            a[place], b[place] = b[place], a[place]
        if len(set(a)) < len(a) or len(set(b)) < len(b):
            return None
        return scores.at_most(len(answer), len(self.solution()))
