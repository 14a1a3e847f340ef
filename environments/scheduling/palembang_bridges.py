"""Where to build bridges."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integers
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class PalembangBridges(Problem[list[int]]):
    """Place one or two bridges so that all ways over them are short."""

    answer = Integers()
    ladder = Ladder(people=linear(3))
    people: list[list[int]]
    bridges: int

    @classmethod
    def generate(cls, rng: Random, people: int) -> Self:
        return cls([[rng.randint(0, 4 * people) for _ in range(2)] for _ in range(people)], rng.randint(1, 2))

    def prompt(self) -> str:
        many = "1 bridge" if self.bridges == 1 else "2 bridges"
        return "\n".join(
            [
                f"Place {many} at integers on a line. A person who lives at S and works at T walks |S - P| + |P - T| "
                "over the bridge P that is best for them. Make the sum of all ways as small as possible. Give the "
                f"{'place of the bridge' if self.bridges == 1 else 'places of the bridges'}. Each line is S T.",
                *(f"{s} {t}" for s, t in self.people),
            ]
        )

    def solution(self) -> list[int]:
        people = sorted(self.people, key=sum)
        if self.bridges == 1:
            return [_median(people)]
        # Those whose middle lies further left take the left bridge.
        plans = [[_median(people[:cut]), _median(people[cut:])] for cut in range(1, len(people))]
        return min(plans, key=self._walked)

    def verify(self, answer: list[int]) -> float | None:
        if len(answer) != self.bridges:
            return None
        return scores.at_most(self._walked(answer), self._walked(self.solution()), power=10.0)

    def _walked(self, bridges: list[int]) -> int:
        return sum(min(abs(s - place) + abs(t - place) for place in bridges) for s, t in self.people)


def _median(people: list[list[int]]) -> int:
    return sorted(place for person in people for place in person)[len(people)]
