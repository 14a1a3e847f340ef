"""Breaking all longest subsequences."""

from bisect import bisect_right
from collections import deque
from dataclasses import dataclass
from itertools import pairwise
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integers
from environments.arrays._indices import distinct
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class MinCostReducingLNDS(Problem[list[int]]):
    """Delete numbers at the least cost so that the longest non-decreasing subsequence gets shorter."""

    answer = Integers()
    ladder = Ladder(length=linear(4))
    a: list[int]
    b: list[int]
    deleted: list[int]

    @classmethod
    def generate(cls, rng: Random, length: int) -> Self:
        """Deleting one number should not do: the longest subsequences have none in common then, or a dear one."""
        problem = cls._draw(rng, length)
        for _ in range(10):
            if len(problem.deleted) > 1:
                break
            problem = cls._draw(rng, length)
        return problem

    @classmethod
    def _draw(cls, rng: Random, length: int) -> Self:
        a, b = ([rng.randint(1, 2 * length) for _ in range(length)] for _ in range(2))
        return cls(a, b, deleted=_cheapest_cut(a, b))

    def prompt(self) -> str:
        return (
            "Delete numbers of A so that its longest non-decreasing subsequence gets shorter than it is now. Deleting "
            "a number costs what stands at its position in B; make the sum as small as possible. Give the positions, "
            f"counted from 0.\nA: {' '.join(map(str, self.a))}\nB: {' '.join(map(str, self.b))}"
        )

    def solution(self) -> list[int]:
        return self.deleted

    def verify(self, answer: list[int]) -> float | None:
        if not distinct(answer, len(self.a)):
            return None
        left = [value for place, value in enumerate(self.a) if place not in answer]
        if max(_lengths(left), default=0) >= max(_lengths(self.a)):
            return None
        cost, least = (sum(self.b[place] for place in places) for places in (answer, self.deleted))
        return scores.at_most(cost, least)


def _lengths(values: list[int]) -> list[int]:
    """The lengths of the longest non-decreasing subsequences that end at each place."""
    ends: list[int] = []
    lengths: list[int] = []
    for value in values:
        place = bisect_right(ends, value)
        ends[place : place + 1] = [value]
        lengths.append(place + 1)
    return lengths


def _cheapest_cut(values: list[int], costs: list[int]) -> list[int]:
    """The longest subsequences are the ways through a network; flow finds what separates its two ends."""
    size, lengths = len(values), _lengths(values)
    source, sink, unlimited = 2 * size, 2 * size + 1, sum(costs) + 1
    room: list[dict[int, int]] = [{} for _ in range(2 * size + 2)]  # place i is entered at 2i and left at 2i + 1
    for place, length in enumerate(lengths):
        room[2 * place][2 * place + 1] = costs[place]
        if length == 1:
            room[source][2 * place] = unlimited
        if length == max(lengths):
            room[2 * place + 1][sink] = unlimited
        for before in range(place):
            if lengths[before] == length - 1 and values[before] <= values[place]:
                room[2 * before + 1][2 * place] = unlimited
    while sink in (came_from := _reached(room, source)):
        way = [sink]
        while way[-1] != source:
            way.append(came_from[way[-1]])
        flow = min(room[start][end] for end, start in pairwise(way))
        for end, start in pairwise(way):
            room[start][end] -= flow
            room[end][start] = room[end].get(start, 0) + flow
    return [place for place in range(size) if 2 * place in came_from and 2 * place + 1 not in came_from]


def _reached(room: list[dict[int, int]], source: int) -> dict[int, int]:
    """The nodes that more can flow to, each with the one before it on a shortest way."""
    came_from = {source: source}
    waiting = deque([source])
    while waiting:
        node = waiting.popleft()
        for after, left in room[node].items():
            if left and after not in came_from:
                came_from[after] = node
                waiting.append(after)
    return came_from
