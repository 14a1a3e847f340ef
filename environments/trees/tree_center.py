"""Where a tree's weight is best gathered."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integer
from environments.graphs._random_graphs import edge_text, weighted
from environments.ladder import Ladder, linear
from environments.problem import Problem
from environments.trees._random_trees import neighbours, random_tree, rooted


@dataclass(frozen=True)
class TreeCenter(Problem[int]):
    """Find the vertex of a tree with the least weighted sum of distances."""

    answer = Integer()
    ladder = Ladder(vertices=linear(4))
    costs: list[int]
    edges: list[list[int]]

    @classmethod
    def generate(cls, rng: Random, vertices: int) -> Self:
        problem = cls([1], [])
        for _ in range(6):  # until some vertex with more edges than the best one misleads
            costs = [rng.randint(1, 9) for _ in range(vertices)]
            if sum(costs) % 2 == 0:
                costs[rng.randrange(vertices)] += 1  # no edge halves an odd total, so that one vertex is best
            problem = cls(costs, weighted(random_tree(vertices, rng), 9, rng))
            joined = [len(others) for others in neighbours(vertices, problem.edges)]
            if joined[problem.solution()] < max(joined):
                break
        return problem

    def prompt(self) -> str:
        return (
            "To which vertex of this tree is the sum of cost times distance over all vertices least? Vertices 0 to "
            f"{len(self.costs) - 1} cost {' '.join(map(str, self.costs))}. Edges as end, end, length: "
            f"{edge_text(self.edges)}"
        )

    def solution(self) -> int:
        """The deepest vertex that more than half of the cost lies at or below, whatever the lengths."""
        order, parents = rooted(neighbours(len(self.costs), self.edges))
        below = [*self.costs]
        for vertex in order[:0:-1]:
            below[parents[vertex]] += below[vertex]
        return [vertex for vertex in order if 2 * below[vertex] > below[order[0]]][-1]

    def verify(self, answer: int) -> float | None:
        return scores.exact(answer == self.solution()) if 0 <= answer < len(self.costs) else None
