"""One edge moved, so that a tree becomes longer or shorter."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Rows
from environments.graphs._random_graphs import Components, edge_text
from environments.ladder import Ladder, linear
from environments.problem import Problem
from environments.scores import at_least, at_most
from environments.trees._random_trees import neighbours, random_tree, rooted


@dataclass(frozen=True)
class TreeChangeOneEdgeDiameter(Problem[list[list[int]]]):
    """Replace an edge of a tree so that its longest path becomes as long or as short as possible."""

    answer = Rows("pairs")
    ladder = Ladder(vertices=linear(5))
    edges: list[list[int]]
    longer: bool
    change: list[list[int]]
    best: int  # edges on the longest path after the change

    @classmethod
    def generate(cls, rng: Random, vertices: int) -> Self:
        """A path can always be made shorter and every other tree longer."""
        edges = random_tree(vertices, rng)
        before = len(_longest_path(neighbours(vertices, edges), 0))
        best, change = _change(vertices, edges, longer=False)
        if before == vertices or (best < before - 1 and rng.randrange(2)):
            return cls(edges, False, change, best)
        best, change = _change(vertices, edges, longer=True)
        return cls(edges, True, change, -best)

    def prompt(self) -> str:
        return (
            "Remove one edge of this tree and add another so that it is a tree again and its longest path has as "
            f"{'many' if self.longer else 'few'} edges as possible. Give the ends of the removed, then of the added "
            f"edge. Edges: {edge_text(self.edges)}"
        )

    def solution(self) -> list[list[int]]:
        return self.change

    def verify(self, answer: list[list[int]]) -> float | None:
        vertices = len(self.edges) + 1
        if len(answer) != 2 or any(len(edge) != 2 for edge in answer) or sorted(answer[0]) not in self.edges:
            return None
        if not all(0 <= end < vertices for end in answer[1]) or sorted(answer[0]) == sorted(answer[1]):
            return None
        changed = _changed(self.edges, answer)
        components = Components(vertices)
        if not all(components.join(*edge) for edge in changed):
            return None
        found = len(_longest_path(neighbours(vertices, changed), 0)) - 1
        return at_least(found, self.best) if self.longer else at_most(found, self.best)


def _changed(edges: Sequence[list[int]], change: Sequence[list[int]]) -> list[list[int]]:
    removed, added = change
    return [*(edge for edge in edges if edge != sorted(removed)), added]


def _longest_path(joined: list[list[int]], start: int) -> list[int]:
    """Of the part of a forest around `start`: its last vertex from there on, and the last one from that."""
    end = rooted(joined, start)[0][-1]
    order, parents = rooted(joined, end)
    path = [order[-1]]
    while path[-1] != end:
        path.append(parents[path[-1]])
    return path


def _change(vertices: int, edges: Sequence[list[int]], longer: bool) -> tuple[int, list[list[int]]]:
    """The length after the best change, negative where it is to be great, and the change.

    Two parts make the longest tree when joined at ends of their longest paths, the shortest at their middles.
    """
    changes: list[tuple[int, list[list[int]]]] = []
    for removed in edges:
        joined = neighbours(vertices, [edge for edge in edges if edge != removed])
        paths = [_longest_path(joined, end) for end in removed]
        added = sorted(path[0] if longer else path[len(path) // 2] for path in paths)
        first, second = (len(path) - 1 for path in paths)
        length = -(first + second + 1) if longer else max(first, second, (first + 1) // 2 + (second + 1) // 2 + 1)
        changes.append((length, [removed, added]))  # where the edge is put back, nothing is gained
    return min(changes)
