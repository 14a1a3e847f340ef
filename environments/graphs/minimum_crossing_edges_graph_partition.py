"""A graph in groups with few edges between them."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from random import Random
from typing import Self

from environments.answers import Integers
from environments.graphs._random_graphs import edge_text
from environments.ladder import Ladder, linear
from environments.problem import Problem
from environments.scores import at_most


@dataclass(frozen=True)
class Minimum_CrossingEdges_GraphPartition(Problem[list[int]]):
    """Split vertices into a number of nonempty groups so that few edges run between groups."""

    answer = Integers()
    # The search goes over all subsets of all subsets; past 9 vertices only edges are added.
    ladder = Ladder(vertices=linear(4, 0.5, most=9), edges=linear(4, 1, most=19))
    edges: list[list[int]]
    groups: list[int]
    count: int

    @classmethod
    def generate(cls, rng: Random, vertices: int, edges: int) -> Self:
        """Groups with many edges inside and few between them: else parting single vertices would nearly always do."""
        count = rng.randint(2, max(2, vertices // 3))
        names = rng.sample(range(vertices), vertices)
        cuts = [vertices * part // count for part in range(count + 1)]
        parts = [names[start:end] for start, end in pairwise(cuts)]
        # Connected, so that some edge has to cross.
        links = [(rng.choice(parts[part]), rng.choice(parts[rng.randrange(part)])) for part in range(1, count)]
        pairs = {(min(pair), max(pair)): None for pair in links}
        inside = [pair for part in parts for pair in combinations(sorted(part), 2)]
        pairs |= dict.fromkeys(rng.sample(inside, min(len(inside), edges - len(pairs))))
        others = [pair for pair in combinations(range(vertices), 2) if pair not in pairs]
        pairs |= dict.fromkeys(rng.sample(others, min(len(others), edges - len(pairs), rng.randrange(count))))
        drawn = [list(pair) for pair in pairs]
        rng.shuffle(drawn)
        return cls(drawn, _best_groups(vertices, drawn, count), count)

    def prompt(self) -> str:
        return (
            f"Put each of vertices 0 to {len(self.groups) - 1}, in order, into a group 0 to {self.count - 1}. No group "
            "may be empty, and as few edges as possible may have their ends in two groups. Edges: "
            f"{edge_text(self.edges)}"
        )

    def solution(self) -> list[int]:
        return self.groups

    def verify(self, answer: list[int]) -> float | None:
        if len(answer) != len(self.groups) or {*answer} != {*range(self.count)}:
            return None
        return at_most(*(_crossings(groups, self.edges) for groups in (answer, self.groups)))


def _crossings(groups: Sequence[int], edges: Sequence[Sequence[int]]) -> int:
    return sum(groups[first] != groups[second] for first, second in edges)


def _best_groups(vertices: int, edges: Sequence[Sequence[int]], count: int) -> list[int]:
    """For each set of vertices (as bits) the most edges inside its groups, one group after another."""
    everything = (1 << vertices) - 1
    ends = [1 << first | 1 << second for first, second in edges]
    inside = [sum(pair & group == pair for pair in ends) for group in range(everything + 1)]
    best = inside
    taken: list[list[int]] = []  # by number of groups - 2 and set: the group with the set's lowest vertex
    for _ in range(count - 1):
        more, choice = [-1] * (everything + 1), [0] * (everything + 1)
        for members in range(1, everything + 1):
            low = members & -members
            rest = members ^ low
            other = rest  # what is left for the other groups; not nothing
            while other:
                if best[other] >= 0 and inside[members ^ other] + best[other] > more[members]:
                    more[members], choice[members] = inside[members ^ other] + best[other], members ^ other
                other = (other - 1) & rest
        best = more
        taken.append(choice)
    groups = [0] * vertices
    left = everything
    for number, choice in enumerate(taken[::-1]):
        group = choice[left]
        for vertex in range(vertices):
            if group >> vertex & 1:
                groups[vertex] = number
            elif left >> vertex & 1:
                groups[vertex] = number + 1
        left ^= group
    return groups
