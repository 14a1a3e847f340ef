"""Few extinguishers, none far from whom it serves."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Integers
from environments.graphs._random_graphs import edge_text
from environments.ladder import Ladder, linear
from environments.problem import Problem
from environments.scores import at_most
from environments.trees._random_trees import distances, neighbours, random_tree, rooted


@dataclass(frozen=True)
class GasFireExtinguishers(Problem[list[int]]):
    """Assign every vertex of a tree to a near one so that few full groups are needed."""

    answer = Integers()
    ladder = Ladder(vertices=linear(4))
    edges: list[list[int]]
    reach: int
    group: int

    @classmethod
    def generate(cls, rng: Random, vertices: int) -> Self:
        edges = random_tree(vertices, rng)
        diameter = max(max(distances(neighbours(vertices, edges), vertex)) for vertex in range(vertices))
        reach = rng.randint(1, max(1, diameter // 2))
        return cls(edges, reach, rng.randint(2, max(2, vertices // (reach + 1))))

    def prompt(self) -> str:
        return (
            f"Assign to each vertex 0 to {len(self.edges)} of this tree, in order, a vertex at most {self.reach} "
            f"{'edge' if self.reach == 1 else 'edges'} away; itself is allowed. A vertex needs an extinguisher for "
            f"every {self.group} or fewer vertices assigned to it. Use as few extinguishers as possible. Edges: "
            f"{edge_text(self.edges)}"
        )

    def solution(self) -> list[int]:
        return _assignment(neighbours(len(self.edges) + 1, self.edges), self.reach, self.group)

    def verify(self, answer: list[int]) -> float | None:
        joined = neighbours(len(self.edges) + 1, self.edges)
        if len(answer) != len(joined) or not all(0 <= vertex < len(joined) for vertex in answer):
            return None
        if not all(distances(joined, vertex)[answer[vertex]] <= self.reach for vertex in range(len(joined))):
            return None
        return at_most(self._extinguishers(answer), self._extinguishers(self.solution()), 3)

    def _extinguishers(self, assigned: Sequence[int]) -> int:
        return sum(-(-assigned.count(vertex) // self.group) for vertex in {*assigned})


def _assignment(joined: list[list[int]], reach: int, group: int) -> list[int]:
    """From the leaves on; a vertex is served as late as it can be, and a spare place used as late as it can be.

    needs[v] and spares[v] hold, by their distance from v, the vertices below v that wait and the places left there.
    """
    assigned = [-1] * len(joined)
    order, parents = rooted(joined)
    needs: list[list[list[int]]] = [[[vertex], *([] for _ in range(reach))] for vertex in range(len(joined))]
    spares: list[list[list[int]]] = [[[] for _ in range(reach + 1)] for _ in joined]

    def serve(vertex: int, waiting: list[int]) -> None:
        """New extinguishers at the vertex."""
        for other in waiting:
            assigned[other] = vertex
        spares[vertex][0] += [vertex] * (-len(waiting) % group)
        waiting.clear()

    def match(vertex: int, far: int, near: int) -> None:
        """Waiting vertices `far` below the vertex with places `near` below it."""
        waiting, places = needs[vertex][far], spares[vertex][near]
        while waiting and places:
            assigned[waiting.pop()] = places.pop()

    for vertex in order[::-1]:
        serve(vertex, needs[vertex][reach])
        if vertex == order[0]:
            break
        for total in (reach, reach - 1):
            for far in range(total + 1):
                match(vertex, far, total - far)
        for distance in range(reach):
            needs[parents[vertex]][distance + 1] += needs[vertex][distance]
            spares[parents[vertex]][distance + 1] += spares[vertex][distance]
    root = order[0]
    for far in range(reach, -1, -1):  # the farthest waiting vertices have the fewest places to choose from
        for near in range(reach - far, -1, -1):
            match(root, far, near)
    serve(root, [vertex for level in needs[root] for vertex in level])
    return assigned
