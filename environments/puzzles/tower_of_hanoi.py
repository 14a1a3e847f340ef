"""Disks moved to one peg."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Integer
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class TowerOfHanoi(Problem[int]):
    """Find the fewest moves that bring the disks from any pegs to one."""

    answer = Integer()
    ladder = Ladder(disks=linear(3))
    pegs: str  # of each disk, the smallest first
    goal: str

    @classmethod
    def generate(cls, rng: Random, disks: int) -> Self:
        return cls("".join(rng.choices("ABC", k=disks)), rng.choice("ABC"))

    def prompt(self) -> str:
        return (
            "A move takes the top disk of one of the pegs A, B and C to another peg, never onto a smaller disk. Disks "
            f"from the smallest to the largest are on {' '.join(self.pegs)}. How many moves are needed at least to "
            f"bring all to {self.goal}?"
        )

    def solution(self) -> int:
        moves, goal = 0, self.goal
        for place in range(len(self.pegs) - 1, -1, -1):
            peg = self.pegs[place]
            if peg != goal:
                # The smaller disks go to the third peg, as the next rounds count; this one moves to its goal, and they
                # follow it in 2 ** place - 1 moves.
                moves += 2**place
                goal = next(other for other in "ABC" if other not in (peg, goal))
        return moves
