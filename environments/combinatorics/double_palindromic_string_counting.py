from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Integer
from environments.ladder import Ladder, geometric, linear
from environments.problem import Problem


@dataclass(frozen=True)
class DoublePalindromicStringCounting(Problem[int]):
    """Count the strings that are two palindromes one after the other."""

    answer = Integer()
    ladder = Ladder(length=linear(4, 4), letters=geometric(16, 1.5))
    length: int
    letters: int
    count: int

    @classmethod
    def generate(cls, rng: Random, length: int, letters: int) -> Self:
        length, letters = rng.randint(2, length), rng.randint(2, letters)
        # A string that is no power of another one has at most one cut into palindromes, the first perhaps empty.
        palindromes = [0, *(letters ** ((size + 1) // 2) for size in range(1, length + 1))]
        cuts = [0] * (length + 1)
        for size in range(1, length + 1):
            cuts[size] = sum((palindromes[cut] if cut else 1) * palindromes[size - cut] for cut in range(size))
        count = 0
        primitive, alone = cuts, palindromes  # strings that are no power, and the palindromes among them
        for size in range(1, length + 1):
            for divisor in range(1, size // 2 + 1):
                if size % divisor == 0:
                    primitive[size] -= size // divisor * primitive[divisor]
                    alone[size] -= alone[divisor]
            # A palindrome's one cut has the empty part; as a power of a shorter string it has others.
            powers = sum(primitive[divisor] for divisor in range(1, size) if size % divisor == 0)
            count += primitive[size] - alone[size] + powers
        return cls(length, letters, count)

    def prompt(self) -> str:
        return (
            f"How many different strings of 2 to {self.length} letters over an alphabet of {self.letters} letters "
            "are a palindrome followed by a palindrome, each of one letter or more?"
        )

    def solution(self) -> int:
        return self.count
