"""The game of Nim, played."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Integers
from environments.ladder import Ladder, linear
from environments.session import Session, Step

Piles = list[int]


@dataclass(frozen=True)
class Nim(Session[list[int]]):
    """Win Nim against an opponent that makes no mistake."""

    answer = Integers()
    ladder = Ladder(piles=linear(2, 0.25), most=linear(3))
    piles: list[int]
    seed: int  # what the opponent draws from where it has lost

    @classmethod
    def generate(cls, rng: Random, piles: int, most: int) -> Self:
        """Piles from which whoever moves first can win."""
        drawn = [rng.randint(1, most) for _ in range(piles)]
        if not _exclusive_or(drawn):
            drawn[rng.randrange(piles)] += 1
        return cls(drawn, rng.getrandbits(32))

    @property
    def max_turns(self) -> int:
        """Both players take at least one each time."""
        return (sum(self.piles) + 1) // 2

    def prompt(self) -> str:
        return (
            "We play Nim. In turn each takes any number of stones, at least one, from one pile; whoever takes the last "
            "stone wins. You begin. Say which pile, counted from 1, and how many stones, such as 1 2; then I move and "
            f"tell you the piles.\n{_written(self.piles)}"
        )

    def opening(self) -> Piles:
        return self.piles

    def step(self, state: Piles, action: list[int]) -> Step:
        if len(action) != 2 or not 1 <= action[0] <= len(state) or not 1 <= action[1] <= state[action[0] - 1]:
            return Step(state, "", done=True, score=None)
        mine = _taken(state, *action)
        if not any(mine):
            return Step(mine, "", done=True, score=1.0)
        rng = Random(f"{self.seed} {_written(mine)}")
        left = _taken(mine, *(_winning(mine) or self.random_action(mine, rng)))
        return Step(left, _written(left), done=not any(left), score=0.0)

    def best_action(self, state: Piles) -> list[int]:
        return _winning(state) or self.random_action(state, Random(0))

    def random_action(self, state: Piles, rng: Random) -> list[int]:
        pile = rng.choice([place for place, stones in enumerate(state) if stones])
        return [pile + 1, rng.randint(1, state[pile])]


def _winning(piles: Piles) -> list[int] | None:
    """The first move after which the exclusive or of the piles is 0, so that every reply loses; None without one."""
    total = _exclusive_or(piles)
    for place, stones in enumerate(piles, 1):
        if stones ^ total < stones:
            return [place, stones - (stones ^ total)]
    return None


def _exclusive_or(piles: Piles) -> int:
    total = 0
    for stones in piles:
        total ^= stones
    return total


def _taken(piles: Piles, pile: int, stones: int) -> Piles:
    return [count - stones if place == pile else count for place, count in enumerate(piles, 1)]


def _written(piles: Piles) -> str:
    return " ".join(map(str, piles))
