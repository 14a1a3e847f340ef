"""Tokens that meet and vanish or pass each other."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Text
from environments.ladder import Ladder, geometric
from environments.problem import Problem


@dataclass(frozen=True)
class ABProgramSimulation(Problem[str]):
    """Rewrite neighbouring tokens until no rule applies."""

    answer = Text("final tokens, separated by spaces")
    ladder = Ladder(tokens=geometric(4, 1.1, add=1), limit=geometric(10, 1.1, add=1))
    tokens: list[str]  # A#, #A, B#, #B

    @classmethod
    def generate(cls, rng: Random, tokens: int, limit: int) -> Self:
        """Half as many rewrites as tokens at least and fewer than `limit`; some tokens remain."""
        for _ in range(20):
            weights = [rng.randint(1, tokens) for _ in range(4)]
            drawn: list[str] = rng.choices(("A#", "#A", "B#", "#B"), weights, k=tokens)
            final, rewrites = _final(drawn)
            if final and tokens <= 2 * rewrites < 2 * limit:
                return cls(tokens=drawn)
        letters = rng.choice(("AB", "BA"))  # one token that passes more than half of the others
        passed = rng.randint((tokens + 1) // 2, min(tokens, limit) - 1)
        drawn = [f"#{letters[1]}"] * (tokens - 1 - passed) + [f"{letters[0]}#"] * passed + [f"#{letters[1]}"]
        return cls(tokens=drawn)

    def prompt(self) -> str:
        return (
            "Replace neighbours, in any order, until nothing can be replaced: A# #A and B# #B vanish, A# #B becomes "
            f"#B A#, B# #A becomes #A B#. What remains of {' '.join(self.tokens)}"
        )

    def solution(self) -> str:
        return " ".join(_final(self.tokens)[0])

    def verify(self, answer: str) -> float | None:
        tokens = answer.split()
        if any(token not in ("A#", "#A", "B#", "#B") for token in tokens):
            return None
        return scores.exact(tokens == self.solution().split())


def _final(tokens: list[str]) -> tuple[list[str], int]:
    """The tokens at the end and the count of rewrites, which no order of rewriting changes."""
    left: list[str] = []  # tokens that have passed everything
    waiting: list[str] = []  # A# and B#, which the tokens to come have to pass
    rewrites = 0
    for token in tokens:
        if token[1] == "#":
            waiting.append(token)
            continue
        for place in range(len(waiting) - 1, -1, -1):
            rewrites += 1
            if waiting[place][0] == token[1]:
                del waiting[place]
                break
        else:
            left.append(token)
    return left + waiting, rewrites
