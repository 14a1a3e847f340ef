"""Where polynomials are least."""

from dataclasses import dataclass
from fractions import Fraction
from random import Random
from typing import Self

from environments.algebra._polynomials import product, total, written
from environments.answers import Decimal
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class PolynomialMinimum(Problem[Fraction]):
    """Find where a convex polynomial is least."""

    answer = Decimal()
    ladder = Ladder(powers=linear(1, 0.5), largest=linear(6))
    coefficients: list[int]

    @classmethod
    def generate(cls, rng: Random, powers: int, largest: int) -> Self:
        """A sum of multiples of even powers of x - s, one for each exponent 2, 4, ..., 2 * powers."""
        coefficients = [0]
        for power in range(1, powers + 1):
            shift = rng.choice((1, -1)) * rng.randint(1, largest)
            term = [rng.randint(1, 5)]
            for _ in range(2 * power):
                term = product(term, [-shift, 1])
            coefficients = total(coefficients, term)
        return cls(coefficients)

    def prompt(self) -> str:
        return (
            f"For which real x is {written(self.coefficients)} least? Give x with 2 decimal places, rounded down "
            "(-0.125 to -0.13)."
        )

    def solution(self) -> Fraction:
        """The derivative rises, so the last hundredth at which it is not positive is found by halving."""
        slopes = [power * coefficient for power, coefficient in enumerate(self.coefficients)][1:]

        def rises(hundredths: int) -> bool:
            value, scale = 0, 1
            for slope in reversed(slopes):
                value, scale = value * hundredths + slope * scale, scale * 100
            return value > 0

        high = 1
        while not rises(high):
            high *= 2
        low = -1
        while rises(low):
            low *= 2
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if rises(middle) else (middle, high)
        return Fraction(low, 100)

    def verify(self, answer: Fraction) -> float | None:
        """A place that is off by a few hundredths earns a share."""
        off = 100 * abs(answer - self.solution())
        return 1.0 if off == 0 else float(1 / (2 + 2 * off)) if off < 100 else 0.0
