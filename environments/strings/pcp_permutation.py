"""Post's correspondence with every card used once."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integers
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class PCPPermutation(Problem[list[int]]):
    """Order cards so that their upper strings spell the same as their lower ones."""

    answer = Integers()
    ladder = Ladder(cards=linear(3))
    uppers: list[str]
    lowers: list[str]
    order: list[int]

    @classmethod
    def generate(cls, rng: Random, cards: int) -> Self:
        problem = cls._draw(rng, cards)
        for _ in range(50):
            if problem.verify(list(range(cards))) != 1.0:
                break
            problem = cls._draw(rng, cards)  # the given order would do
        return problem

    @classmethod
    def _draw(cls, rng: Random, cards: int) -> Self:
        text = "".join(rng.choices("ab", k=rng.randint(2 * cards, 3 * cards)))
        places = rng.sample(range(cards), cards)  # part i of the text goes to card places[i]
        uppers, lowers = ([""] * cards for _ in range(2))
        for side in (uppers, lowers):
            cuts = [0, *sorted(rng.sample(range(1, len(text)), cards - 1)), len(text)]
            for place, start, end in zip(places, cuts, cuts[1:], strict=False):
                side[place] = text[start:end]
        return cls(uppers=uppers, lowers=lowers, order=places)

    def prompt(self) -> str:
        cards = zip(self.uppers, self.lowers, strict=True)
        lines = [f"{card}: {' '.join(upper)} / {' '.join(lower)}" for card, (upper, lower) in enumerate(cards)]
        return "\n".join(
            [
                "Each card shows upper / lower letters. Order all the cards so that the upper letters read the same "
                "as the lower letters. Give the card numbers in that order.",
                *lines,
            ]
        )

    def solution(self) -> list[int]:
        return self.order

    def verify(self, answer: list[int]) -> float | None:
        if sorted(answer) != list(range(len(self.uppers))):
            return None
        upper, lower = ("".join(side[card] for card in answer) for side in (self.uppers, self.lowers))
        return scores.positions(upper, lower)
