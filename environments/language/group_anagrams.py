"""Words of the same letters."""

from dataclasses import dataclass
from random import Random
from string import ascii_lowercase
from typing import Self

from environments import scores
from environments.answers import Integers
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class GroupAnagrams(Problem[list[int]]):
    """Sort words into groups of anagrams."""

    answer = Integers()
    ladder = Ladder(count=linear(3, 0.5), length=linear(3, 0.25), groups=linear(2, 0.34))
    words: list[str]

    @classmethod
    def generate(cls, rng: Random, count: int, length: int, groups: int) -> Self:
        """The groups differ in one letter or in how often their letters occur."""
        first = rng.sample(ascii_lowercase, length)
        bags = [first]
        for _ in range(groups - 1):
            bag = list(rng.choice(bags))
            place = rng.randrange(length)
            pool = rng.choice(("".join(bag), ascii_lowercase)).replace(bag[place], "")
            bag[place] = rng.choice(pool or ascii_lowercase.replace(bag[place], ""))
            bags.append(bag)
        return cls(words=["".join(rng.sample(rng.choice(bags), length)) for _ in range(count)])

    def prompt(self) -> str:
        return (
            "Words made of the same letters, each as often, form a group. Number the groups 1, 2, 3 and so on in the "
            f"order in which their first words come. Write the group's number for each word: {' '.join(self.words)}"
        )

    def solution(self) -> list[int]:
        groups: dict[str, int] = {}
        return [groups.setdefault("".join(sorted(word)), len(groups) + 1) for word in self.words]

    def verify(self, answer: list[int]) -> float | None:
        return scores.positions(answer, self.solution(), power=2)
