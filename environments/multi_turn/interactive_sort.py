"""Sorting by comparisons that are asked for one at a time."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Integers
from environments.ladder import Ladder, linear
from environments.session import Session, Step

Known = list[list[int]]  # pairs of items, the lighter one first


@dataclass(frozen=True)
class InteractiveSort(Session[list[int]]):
    """Sort items of hidden weights, told of two at a time which is heavier."""

    answer = Integers()
    ladder = Ladder(items=linear(3))
    order: list[int]  # from the lightest to the heaviest

    @classmethod
    def generate(cls, rng: Random, items: int) -> Self:
        return cls(rng.sample(range(1, items + 1), items))

    @property
    def max_turns(self) -> int:
        """The comparisons of a sort by binary insertion, and the answer."""
        return sum(place.bit_length() for place in range(1, len(self.order))) + 1

    def prompt(self) -> str:
        return (
            f"Items 1 to {len(self.order)} all weigh differently. Sort them in {self.max_turns} turns. To compare two, "
            "name both, such as 1 2; I say which is heavier. To answer, name all items from the lightest to the "
            "heaviest."
        )

    def opening(self) -> Known:
        return []

    def step(self, state: Known, action: list[int]) -> Step:
        count = len(self.order)
        if len(action) not in (2, count) or len(set(action)) != len(action) or not all(0 < x <= count for x in action):
            return Step(state, "", done=True, score=None)
        if len(action) == count:
            return Step(state, "", done=True, score=float(action == self.order))
        lighter, heavier = sorted(action, key=self.order.index)
        return Step([*state, [lighter, heavier]], f"{heavier} is heavier")

    def best_action(self, state: Known) -> list[int]:
        """Each item in turn is put into the order of those before it, where halving it says."""
        lighter = {(one, other) for one, other in state}
        order = [1]
        for item in range(2, len(self.order) + 1):
            low, high = 0, len(order)
            while low < high:
                middle = (low + high) // 2
                if (order[middle], item) in lighter:
                    low = middle + 1
                elif (item, order[middle]) in lighter:
                    high = middle
                else:
                    return [item, order[middle]]
            order.insert(low, item)
        return order

    def random_action(self, state: Known, rng: Random) -> list[int]:
        count = len(self.order)
        return rng.sample(range(1, count + 1), 2 if rng.randrange(count) else count)
