"""The lightest arcs that lead from a root everywhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Rows
from environments.graphs._random_graphs import Components, edge_text
from environments.ladder import Ladder, linear
from environments.problem import Problem
from environments.scores import at_most
from environments.trees._random_trees import neighbours, random_tree, rooted


@dataclass(frozen=True)
class MinimumDirectedSpanningTree(Problem[list[list[int]]]):
    """Find arcs of least total weight that lead from a root to every vertex."""

    answer = Rows("pairs")
    ladder = Ladder(vertices=linear(4), arcs=linear(6, 2.5), heaviest=linear(9, 2))
    vertices: int
    root: int
    arcs: list[list[int]]
    tree: list[list[int]]

    @classmethod
    def generate(cls, rng: Random, vertices: int, arcs: int, heaviest: int) -> Self:
        """The lightest arcs into each vertex, which anyone would take, form a cycle as a rule."""
        problem = cls._draw(rng, vertices, arcs, heaviest)
        for _ in range(5):
            lightest: dict[int, int] = {}
            for _, end, weight in problem.arcs:
                lightest[end] = min(weight, lightest.get(end, weight))
            if sum(weight for start, end, weight in problem.arcs if [start, end] in problem.tree) > sum(
                lightest.values()
            ):
                break
            problem = cls._draw(rng, vertices, arcs, heaviest)
        return problem

    @classmethod
    def _draw(cls, rng: Random, vertices: int, arcs: int, heaviest: int) -> Self:
        root = rng.randrange(vertices)
        _, parents = rooted(neighbours(vertices, random_tree(vertices, rng)), root)
        tree = [(parents[vertex], vertex) for vertex in range(vertices) if vertex != root]
        others = [(a, b) for a in range(vertices) for b in range(vertices) if a != b != root and (a, b) not in tree]
        pairs = tree + rng.sample(others, min(arcs - len(tree), len(others)))
        rng.shuffle(pairs)
        drawn = [[start, end, rng.randint(1, heaviest)] for start, end in pairs]
        chosen = _lightest_arborescence(
            [(start, end, weight, place) for place, (start, end, weight) in enumerate(drawn)]
        )
        return cls(vertices, root, drawn, [drawn[place][:2] for place in sorted(chosen)])

    def prompt(self) -> str:
        return (
            f"Choose {self.vertices - 1} arcs of least total weight along which vertex {self.root} reaches every other "
            f"vertex, and give from and to of each. Arcs as from, to, weight: {edge_text(self.arcs)}"
        )

    def solution(self) -> list[list[int]]:
        return self.tree

    def verify(self, answer: list[list[int]]) -> float | None:
        """n - 1 known arcs without an undirected cycle, each into another vertex and none into the root."""
        weights = {(start, end): weight for start, end, weight in self.arcs}
        components = Components(self.vertices)
        if len(answer) != self.vertices - 1 or not all(tuple(arc) in weights for arc in answer):
            return None
        if len({end for _, end in answer} | {self.root}) != self.vertices:
            return None
        if not all(components.join(start, end) for start, end in answer):
            return None
        return at_most(*(sum(weights[start, end] for start, end in arcs) for arcs in (answer, self.tree)))


def _lightest_arborescence(arcs: Sequence[tuple[int, int, int, int]]) -> set[int]:
    """Edmonds' algorithm on (from, to, weight, place) arcs, of which none enters the root; the places chosen."""
    entering: dict[int, tuple[int, int, int, int]] = {}
    for arc in arcs:
        if arc[1] not in entering or arc[2] < entering[arc[1]][2]:
            entering[arc[1]] = arc
    cycle = _cycle({end: arc[0] for end, arc in entering.items()})
    if not cycle:
        return {arc[3] for arc in entering.values()}
    # The cycle becomes one vertex; an arc into it saves the cycle's own arc to the same place.
    contracted = [
        (cycle[0], end, weight, place)
        if start in cycle
        else (start, cycle[0], weight - entering[end][2], place)
        if end in cycle
        else (start, end, weight, place)
        for start, end, weight, place in arcs
        if not (start in cycle and end in cycle)
    ]
    chosen = _lightest_arborescence(contracted)
    entered = {end for _, end, _, place in arcs if place in chosen}
    return chosen | {entering[vertex][3] for vertex in cycle if vertex not in entered}


def _cycle(before: dict[int, int]) -> list[int]:
    """A cycle of the map, or nothing."""
    done: set[int] = set()
    for start in before:
        walk: list[int] = []
        vertex = start
        while vertex in before and vertex not in done:
            done.add(vertex)
            walk.append(vertex)
            vertex = before[vertex]
        if vertex in walk:
            return walk[walk.index(vertex) :]
    return []
