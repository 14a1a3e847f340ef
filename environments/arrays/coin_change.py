"""Paying with few coins."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integers
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class CoinChange(Problem[list[int]]):
    """Pay an amount with the fewest coins."""

    answer = Integers()
    ladder = Ladder(kinds=linear(3), largest=linear(8, 3))
    coins: list[int]
    amount: int
    fewest: int

    @classmethod
    def generate(cls, rng: Random, kinds: int, largest: int) -> Self:
        coins = [1, *sorted(rng.sample(range(2, largest + 1), kinds - 1))]
        amount = rng.randint(largest, 3 * largest)
        return cls(coins=coins, amount=amount, fewest=len(_fewest(coins, amount)))

    def prompt(self) -> str:
        return (
            f"Pay exactly {self.amount} with as few coins as possible. Give the coins, repeated as often as they are "
            f"used. The coins are {' '.join(map(str, self.coins))}"
        )

    def solution(self) -> list[int]:
        return _fewest(self.coins, self.amount)

    def verify(self, answer: list[int]) -> float | None:
        if sum(answer) != self.amount or not all(coin in self.coins for coin in answer):
            return None
        return scores.at_most(len(answer), self.fewest)


def _fewest(coins: list[int], amount: int) -> list[int]:
    count, last = [0], [0]  # of each amount: how many coins it takes, and one of them
    for total in range(1, amount + 1):
        before, coin = min((count[total - coin], -coin) for coin in coins if coin <= total)
        count.append(before + 1)
        last.append(-coin)
    chosen: list[int] = []
    while amount:
        chosen.append(last[amount])
        amount -= last[amount]
    return chosen
