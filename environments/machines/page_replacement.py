"""A cache that throws pages out."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integer
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class PageReplacement(Problem[int]):
    """Count the page faults of a cache."""

    answer = Integer()
    ladder = Ladder(requests=linear(5), frames=linear(2, 0.25))
    requests: list[int]
    frames: int
    policy: str  # LRU or FIFO

    @classmethod
    def generate(cls, rng: Random, requests: int, frames: int) -> Self:
        # From few pages with few faults to many pages, where nearly every request is a fault.
        pages = rng.sample(range(10 * frames), rng.randint(frames, 3 * frames))
        return cls(requests=rng.choices(pages, k=requests), frames=frames, policy=rng.choice(("LRU", "FIFO")))

    def prompt(self) -> str:
        victim = "whose last request" if self.policy == "LRU" else "whose loading"
        return (
            f"A cache, empty at first, has room for {self.frames} pages. A requested page that is not in it is loaded; "
            f"if there is no room, the page {victim} is longest ago is thrown out first. How many times is a page "
            f"loaded for the requests {' '.join(map(str, self.requests))}"
        )

    def solution(self) -> int:
        cache: list[int] = []  # the next victim first
        loads = 0
        for page in self.requests:
            if page in cache:
                if self.policy == "LRU":
                    cache.remove(page)
                    cache.append(page)
                continue
            loads += 1
            if len(cache) == self.frames:
                del cache[0]
            cache.append(page)
        return loads

    def verify(self, answer: int) -> float | None:
        return scores.exact(answer == self.solution()) if 1 <= answer <= len(self.requests) else None
