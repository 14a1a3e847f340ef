"""Whether all cycles of a graph cancel out."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Choice
from environments.graphs._random_graphs import connected_edges, edge_text
from environments.ladder import Ladder, linear
from environments.problem import Problem
from environments.trees._random_trees import neighbours, rooted


@dataclass(frozen=True)
class CheckAllCycleXorZero(Problem[str]):
    """Tell whether the weights along every cycle have a bitwise exclusive or of zero."""

    answer = Choice(("yes", "no"))
    guessable = "0.50: there are two answers, each as frequent as the other"
    ladder = Ladder(vertices=linear(3), extra=linear(1, 0.5), bits=linear(2, 0.25))
    vertices: int
    edges: list[list[int]]

    @classmethod
    def generate(cls, rng: Random, vertices: int, extra: int, bits: int) -> Self:
        edges = connected_edges(vertices, vertices - 1 + extra, rng)
        labels = [rng.getrandbits(bits) for _ in range(vertices)]
        weights = [labels[first] ^ labels[second] for first, second in edges]
        if rng.randrange(2):
            # One bit of one edge that lies on a cycle decides.
            vertex = rng.choice([edge for edge in range(len(edges)) if _on_cycle(vertices, edges, edge)])
            weights[vertex] ^= 1 << rng.randrange(bits)
        return cls(vertices, [[*edge, weight] for edge, weight in zip(edges, weights, strict=True)])

    def prompt(self) -> str:
        return (
            "Is the bitwise XOR of the weights along every cycle of this graph 0? Edges as end, end, weight: "
            f"{edge_text(self.edges)}"
        )

    def solution(self) -> str:
        weights = {(first, second): weight for first, second, weight in self.edges}
        order, parents = rooted(neighbours(self.vertices, self.edges))
        labels = [0] * self.vertices
        for vertex in order[1:]:
            parent = parents[vertex]
            labels[vertex] = labels[parent] ^ weights[min(vertex, parent), max(vertex, parent)]
        return "yes" if all(labels[first] ^ labels[second] == weight for first, second, weight in self.edges) else "no"


def _on_cycle(vertices: int, edges: list[list[int]], edge: int) -> bool:
    """Whether its ends stay connected without the edge."""
    joined = neighbours(vertices, [*edges[:edge], *edges[edge + 1 :]])
    return edges[edge][1] in rooted(joined, edges[edge][0])[0]
