"""Whether arcs lead from one vertex to another."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Choice
from environments.graphs._random_graphs import edge_text
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class ReachabilityTest(Problem[str]):
    """Tell whether a directed graph has a path from one vertex to another."""

    answer = Choice(("yes", "no"))
    guessable = "0.50: there are two answers, each as frequent as the other"
    ladder = Ladder(vertices=linear(4))
    start: int
    end: int
    arcs: list[list[int]]

    @classmethod
    def generate(cls, rng: Random, vertices: int) -> Self:
        """All that the start reaches comes before all that reaches the end, but for one arc that decides."""
        names = rng.sample(range(vertices), vertices)
        cut = rng.randint(1, vertices - 1)
        arcs = [(rng.randrange(place), place) for place in range(1, cut)]
        arcs += [(place, rng.randrange(place + 1, vertices)) for place in range(cut, vertices - 1)]
        crossings = [(later, earlier) for later in range(cut, vertices) for earlier in range(cut)]
        (first, second), *back = rng.sample(crossings, min(len(crossings), 2 + vertices // 3))
        arcs += [*back, rng.choice([(first, second), (second, first)])]
        rng.shuffle(arcs)
        return cls(names[0], names[-1], [[names[first], names[second]] for first, second in arcs])

    def prompt(self) -> str:
        return f"Do these arcs, each from its first to its second vertex, lead from {self.start} to {self.end}? " + (
            edge_text(self.arcs)
        )

    def solution(self) -> str:
        reached = {self.start}
        waiting = [self.start]
        for vertex in waiting:
            for first, second in self.arcs:
                if first == vertex and second not in reached:
                    reached.add(second)
                    waiting.append(second)
        return "yes" if self.end in reached else "no"
