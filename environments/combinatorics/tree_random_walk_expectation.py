from dataclasses import dataclass
from fractions import Fraction
from random import Random
from typing import Self

from environments.answers import Rational
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class TreeRandomWalkExpectation(Problem[Fraction]):
    """Find the expected length of a random walk between two random vertices of a tree."""

    answer = Rational()
    ladder = Ladder(vertices=linear(5))
    edges: list[list[int]]

    @classmethod
    def generate(cls, rng: Random, vertices: int) -> Self:
        vertices = rng.randint(vertices, vertices + 1)
        names = rng.sample(range(vertices), vertices)
        edges = [sorted((names[i], names[rng.randrange(i)])) for i in range(1, vertices)]
        rng.shuffle(edges)
        return cls(edges)

    def prompt(self) -> str:
        edges = " ".join(f"{a}-{b}" for a, b in self.edges)
        return (
            f"A tree has the edges {edges}. Start and goal are drawn independently, each vertex being equally likely. "
            "A walk goes from the start to a random neighbour in every step and ends on reaching the goal. "
            "What is its expected number of steps?"
        )

    def solution(self) -> Fraction:
        size = len(self.edges) + 1
        near: list[list[int]] = [[] for _ in range(size)]
        for a, b in self.edges:
            near[a].append(b)
            near[b].append(a)
        order, parents = [0], [-1] * size
        for vertex in order:
            for other in near[vertex]:
                if other != parents[vertex]:
                    parents[other] = vertex
                    order.append(other)
        below = [1] * size
        products = 0
        for vertex in order[:0:-1]:
            below[parents[vertex]] += below[vertex]
            products += below[vertex] * (size - below[vertex])
        # Leaving a side of s vertices over an edge takes 2s - 1 steps, and so both ways together 2 * size - 2.
        return Fraction(2 * (size - 1) * products, size * size)
