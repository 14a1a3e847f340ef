"""Serving customers from stock."""

from dataclasses import dataclass
from heapq import heappop, heappush
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integers
from environments.arrays._indices import distinct
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class HURWarehouseStore(Problem[list[int]]):
    """Serve as many customers as possible from what has arrived."""

    answer = Integers()
    ladder = Ladder(days=linear(4))
    arriving: list[int]
    wanted: list[int]

    @classmethod
    def generate(cls, rng: Random, days: int) -> Self:
        """Most arrives on the first day and customers differ much, so that serving whom one can is seldom best."""
        arriving = [rng.randint(2 * days, 4 * days)]
        arriving += [rng.choice((0, 0, 0, rng.randint(1, 2 * days))) for _ in range(days - 1)]
        wanted = [rng.randint(1, rng.choice((days, 3 * days))) for _ in range(days)]
        wanted[-1] = min(wanted[-1], sum(arriving))  # the last customer at least can be served
        return cls(arriving, wanted)

    def prompt(self) -> str:
        pairs = zip(self.arriving, self.wanted, strict=True)
        return "\n".join(
            [
                "Each day goods arrive and then a customer wants some, who gets all or nothing. What is left stays for "
                "later days. Serve as many customers as possible and give their days. Each line is day: arriving, "
                "wanted.",
                *(f"{day}: {arriving} {wanted}" for day, (arriving, wanted) in enumerate(pairs, 1)),
            ]
        )

    def solution(self) -> list[int]:
        stock = 0
        served: list[tuple[int, int]] = []  # a heap of (-wanted, day), the largest first
        for day, (arriving, wanted) in enumerate(zip(self.arriving, self.wanted, strict=True), 1):
            stock += arriving
            heappush(served, (-wanted, day))
            stock -= wanted
            if stock < 0:
                stock -= heappop(served)[0]  # the largest customer so far goes without
        return sorted(day for _, day in served)

    def verify(self, answer: list[int]) -> float | None:
        if not distinct([day - 1 for day in answer], len(self.wanted)):
            return None
        stock = 0
        for day, (arriving, wanted) in enumerate(zip(self.arriving, self.wanted, strict=True), 1):
            stock += arriving - wanted * (day in answer)
            if stock < 0:
                return None
        return scores.at_least(len(answer), len(self.solution()))
