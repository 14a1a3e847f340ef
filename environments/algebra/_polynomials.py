"""Polynomials as lists of integer coefficients, the constant first, and sums as text."""

from collections.abc import Iterable, Sequence
from random import Random


def drawn(rng: Random, degree: int, largest: int) -> list[int]:
    """A polynomial of this degree with coefficients from -largest to largest, the leading one not 0."""
    leading = rng.choice((1, -1)) * rng.randint(1, largest)
    return [*(rng.randint(-largest, largest) for _ in range(degree)), leading]


def product(left: Sequence[int], right: Sequence[int]) -> list[int]:
    """The coefficients of the product of two polynomials."""
    result = [0] * (len(left) + len(right) - 1)
    for place, a in enumerate(left):
        for other, b in enumerate(right):
            result[place + other] += a * b
    return result


def total(left: Sequence[int], right: Sequence[int]) -> list[int]:
    """The coefficients of the sum, as many as the longer polynomial has."""
    size = max(len(left), len(right))
    padded = ([*coefficients, *[0] * (size - len(coefficients))] for coefficients in (left, right))
    return [a + b for a, b in zip(*padded, strict=True)]


def value(coefficients: Sequence[int], x: int) -> int:
    """The value at x, by Horner's rule."""
    result = 0
    for coefficient in reversed(coefficients):
        result = result * x + coefficient
    return result


def written(coefficients: Sequence[int]) -> str:
    """The polynomial in x with rising powers, without terms of coefficient 0: 5 - 2x + x^2."""
    powers = ["", "x", *(f"x^{power}" for power in range(2, len(coefficients)))]
    return summed(zip(coefficients, powers, strict=False))


def powers(degree: int) -> str:
    """The powers of x in the order in which coefficients are given: 1, x, ..., x^3."""
    return ["1", "1 and x", "1, x and x^2"][degree] if degree < 3 else f"1, x, ..., x^{degree}"


def summed(terms: Iterable[tuple[int, str]]) -> str:
    """A sum of multiples of names: 2a - b + 3c; the name "" stands for 1."""
    text = ""
    for factor, name in terms:
        if factor:
            size = name if abs(factor) == 1 and name else f"{abs(factor)}{name}"
            text += f" {'-' if factor < 0 else '+'} {size}" if text else f"{'-' if factor < 0 else ''}{size}"
    return text or "0"
