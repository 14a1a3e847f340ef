"""A heavy coin and a pair of scales."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Rows
from environments.ladder import Ladder, geometric
from environments.session import Session, Step

Suspects = list[int]  # the coins that may still be the heavy one


@dataclass(frozen=True)
class CoinWeighing(Session[list[list[int]]]):
    """Find the one heavy coin with as few weighings as there can be."""

    answer = Rows("sides")
    ladder = Ladder(coins=geometric(3, 1.3, add=1, most=243))
    coins: int
    heavy: int

    @classmethod
    def generate(cls, rng: Random, coins: int) -> Self:
        return cls(coins, rng.randint(1, coins))

    @property
    def max_turns(self) -> int:
        """Weighings that tell as many coins apart, each having three outcomes, and the answer."""
        turns, apart = 1, 1
        while apart < self.coins:
            turns, apart = turns + 1, 3 * apart
        return turns

    def prompt(self) -> str:
        return (
            f"Of coins 1 to {self.coins} one is heavier than the others, which weigh the same. Find it in "
            f"{self.max_turns} turns. To weigh as many coins against as many others, name both sides, such as 1, 2; I "
            "say which is heavier. To answer, name the heavy coin alone."
        )

    def opening(self) -> Suspects:
        return list(range(1, self.coins + 1))

    def step(self, state: Suspects, action: list[list[int]]) -> Step:
        named = [coin for side in action for coin in side]
        if len(set(named)) != len(named) or not all(1 <= coin <= self.coins for coin in named):
            return Step(state, "", done=True, score=None)
        if len(action) == len(named) == 1:
            return Step(state, "", done=True, score=float(named[0] == self.heavy))
        if len(action) != 2 or len(action[0]) != len(action[1]):
            return Step(state, "", done=True, score=None)
        left, right = action
        if self.heavy in left:
            return Step([coin for coin in state if coin in left], "left")
        if self.heavy in right:
            return Step([coin for coin in state if coin in right], "right")
        return Step([coin for coin in state if coin not in named], "equal")

    def best_action(self, state: Suspects) -> list[list[int]]:
        if len(state) == 1:
            return [state]
        third = (len(state) + 1) // 3
        return [state[:third], state[third : 2 * third]]

    def random_action(self, state: Suspects, rng: Random) -> list[list[int]]:
        coins = rng.sample(range(1, self.coins + 1), 2)
        return [coins[:1], coins[1:]] if rng.randrange(2) else [coins[:1]]
