"""Groups spread over tables."""

from collections import Counter
from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Rows
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class RoundTableAssignment(Problem[list[list[int]]]):
    """Seat groups at tables so that no two of a group share one."""

    answer = Rows()
    ladder = Ladder(groups=linear(3, 0.5), tables=linear(4, 0.5))
    groups: list[int]
    capacities: list[int]
    seats: list[list[int]]  # each group's tables, from 1 on

    @classmethod
    def generate(cls, rng: Random, groups: int, tables: int) -> Self:
        """Few tables are full at once: some are favoured, so that seating from table 1 on does not do."""
        order = rng.sample(range(tables), tables)
        seats: list[list[int]] = []
        for _ in range(groups):
            size = rng.randint(2, tables - 1)
            chosen = sorted(range(tables), key=lambda table: order.index(table) + rng.random() * tables)[:size]
            seats.append(sorted(table + 1 for table in chosen))
        counts = Counter(table for row in seats for table in row)
        used = {table: number for number, table in enumerate(sorted(counts), start=1)}
        numbered = [[used[table] for table in row] for row in seats]
        return cls([len(row) for row in seats], [counts[table] for table in used], numbered)

    def prompt(self) -> str:
        return (
            f"Tables 1 to {len(self.capacities)} have {' '.join(map(str, self.capacities))} seats. Groups of "
            f"{' '.join(map(str, self.groups))} people are to be seated, no two of a group at one table. Write a row "
            "for each group with the numbers of its tables."
        )

    def solution(self) -> list[list[int]]:
        return self.seats

    def verify(self, answer: list[list[int]]) -> float | None:
        tables = range(1, len(self.capacities) + 1)
        if [len(row) for row in answer] != self.groups or any(len(set(row)) != len(row) for row in answer):
            return None
        counts = Counter(table for row in answer for table in row)
        if not all(table in tables for table in counts):
            return None
        kept = sum(counts[table] <= capacity for table, capacity in zip(tables, self.capacities, strict=True))
        return scores.share(kept, len(tables), power=5)
