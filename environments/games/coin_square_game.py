"""Coins taken from the left, at most twice as many as the last time."""

from dataclasses import dataclass
from itertools import accumulate
from random import Random
from typing import Self

from environments.answers import Integer
from environments.ladder import Ladder, linear
from environments.problem import Problem


def most_taken(coins: list[int]) -> int:
    """What the first player gets; `best[start][limit]` is the most from `start` on with up to `limit` coins a move."""
    count = len(coins)
    sums = [*list(accumulate(coins[::-1], initial=0))[::-1]]  # of the coins from each place on
    best = [[0] * (count + 1) for _ in range(count + 1)]
    for start in range(count - 1, -1, -1):
        rest = count - start
        for taken in range(1, rest + 1):
            left = best[start + taken][min(2 * taken, count)]
            best[start][taken] = max(best[start][taken - 1], sums[start] - left)
        for limit in range(rest + 1, count + 1):
            best[start][limit] = best[start][rest]
    return best[0][min(2, count)]


@dataclass(frozen=True)
class CoinSquareGame(Problem[int]):
    """Find what the first player gets from a row of coins."""

    answer = Integer()
    ladder = Ladder(count=linear(4))
    coins: list[int]
    most: int

    @classmethod
    def generate(cls, rng: Random, count: int) -> Self:
        coins = [rng.randint(1, 2 * count) for _ in range(count)]
        return cls(coins, most_taken(coins))

    def prompt(self) -> str:
        return (
            "Alice and Bob take turns to take coins from the left end of a row. Alice begins with 1 or 2 coins; then a "
            "move takes at least 1 and at most twice as many coins as the move before, until all are taken. Both "
            "want as much money as possible. How much does Alice get? "
            f"Coins: {' '.join(map(str, self.coins))}"
        )

    def solution(self) -> int:
        return self.most
