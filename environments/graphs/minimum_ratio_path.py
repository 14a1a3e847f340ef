"""A walk over edges of nearly equal weight."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, pairwise
from random import Random
from typing import Self

from environments.answers import Integers
from environments.graphs._random_graphs import Components, edge_text, weighted
from environments.ladder import Ladder, linear
from environments.problem import Problem
from environments.scores import at_most
from environments.trees._random_trees import neighbours, rooted


@dataclass(frozen=True)
class MinimumRatioPath(Problem[list[int]]):
    """Find a walk whose heaviest edge is as little heavier than its lightest as possible."""

    answer = Integers()
    ladder = Ladder(vertices=linear(4), edges=linear(5, 1.75), heaviest=linear(20, 5))
    vertices: int
    edges: list[list[int]]
    walk: list[int]

    @classmethod
    def generate(cls, rng: Random, vertices: int, edges: int, heaviest: int) -> Self:
        between = rng.sample(range(1, vertices - 1), rng.randint(1, vertices - 2))
        path = sorted((min(step), max(step)) for step in pairwise([0, *between, vertices - 1]))
        # An edge between the two ends would be a walk of the ratio 1.
        others = [pair for pair in combinations(range(vertices), 2) if pair not in path and pair != (0, vertices - 1)]
        pairs = path + rng.sample(others, min(max(edges - len(path), 1), len(others)))
        rng.shuffle(pairs)
        drawn = weighted(pairs, heaviest, rng)
        return cls(vertices, drawn, _most_even_walk(vertices, drawn))

    def prompt(self) -> str:
        return (
            f"Find a walk from vertex 0 to vertex {self.vertices - 1} for which the weight of its heaviest edge "
            "divided by that of its lightest is as small as possible. List its vertices. Edges as end, end, weight: "
            f"{edge_text(self.edges)}"
        )

    def solution(self) -> list[int]:
        return self.walk

    def verify(self, answer: list[int]) -> float | None:
        if len(answer) < 2 or answer[0] != 0 or answer[-1] != self.vertices - 1:
            return None
        ratio, best = self._ratio(answer), self._ratio(self.walk)
        assert best is not None
        if ratio is None:
            return None
        return 1.0 if ratio == best else min(0.5, at_most(float(ratio), float(best)))

    def _ratio(self, walk: list[int]) -> Fraction | None:
        """Heaviest by lightest edge, or None where a step is not an edge."""
        weights = {(first, second): weight for first, second, weight in self.edges}
        steps = [(min(step), max(step)) for step in pairwise(walk)]
        if not all(step in weights for step in steps):
            return None
        used = [weights[step] for step in steps]
        return Fraction(max(used), min(used))


def _most_even_walk(vertices: int, edges: Sequence[Sequence[int]]) -> list[int]:
    """For each lightest edge the heavier ones are added until the two ends are connected."""
    lightest_first = sorted(edges, key=lambda edge: edge[2])
    best: tuple[Fraction, list[Sequence[int]]] | None = None
    for low, (_, _, lightest) in enumerate(lightest_first):
        components = Components(vertices)
        for high, (first, second, heaviest) in enumerate(lightest_first[low:], low + 1):
            if best is not None and heaviest >= best[0] * lightest:
                break
            components.join(first, second)
            if components.find(0) == components.find(vertices - 1):
                best = (Fraction(heaviest, lightest), lightest_first[low:high])
                break
    assert best is not None, "a path between the two ends was planted"
    _, parents = rooted(neighbours(vertices, best[1]), vertices - 1)
    walk = [0]
    while walk[-1] != vertices - 1:
        walk.append(parents[walk[-1]])
    return walk
