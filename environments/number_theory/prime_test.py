from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Choice
from environments.ladder import Ladder, geometric
from environments.number_theory._divisors import is_prime, primes_up_to
from environments.problem import Problem


@dataclass(frozen=True)
class PrimeTest(Problem[str]):
    """Tell whether an integer is prime."""

    answer = Choice(("yes", "no"))
    guessable = "50 %: the answer is one of two words, drawn fairly"
    ladder = Ladder(largest=geometric(200, 2.5, most=10**24))
    number: int

    @classmethod
    def generate(cls, rng: Random, largest: int) -> Self:
        """A prime or a composite number without the smallest divisors, the next one from a random place on."""
        small = [prime for prime in primes_up_to(100) if prime**4 <= largest]
        wanted = rng.randrange(2) == 1
        number = rng.randint(largest // 8, largest)
        while is_prime(number) != wanted or any(number % prime == 0 for prime in small):
            number += 1
        return cls(number)

    def prompt(self) -> str:
        return f"Is {self.number} a prime number?"

    def solution(self) -> str:
        return "yes" if is_prime(self.number) else "no"
