"""Primes, divisors and what is counted with them."""

from functools import cache
from itertools import compress
from math import isqrt, prod

# Miller and Rabin's test with these bases is a proof below 3.3e24.
_BASES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41)


def is_prime(number: int) -> bool:
    """Whether a number below 3.3e24 is prime."""
    if number < 2:
        return False
    for base in _BASES:
        if number % base == 0:
            return number == base
    twos = ((number - 1) & (1 - number)).bit_length() - 1
    for base in _BASES:
        power = pow(base, (number - 1) >> twos, number)
        if power in (1, number - 1):
            continue
        for _ in range(twos - 1):
            power = power * power % number
            if power == number - 1:
                break
        else:
            return False
    return True


@cache
def primes_up_to(limit: int) -> list[int]:
    sieve = bytearray([0, 0, *[1] * (limit - 1)])
    for number in range(2, isqrt(limit) + 1):
        if sieve[number]:
            sieve[number * number :: number] = bytes(len(range(number * number, limit + 1, number)))
    return list(compress(range(limit + 1), sieve))


def factorise(number: int) -> dict[int, int]:
    """Prime → exponent, in ascending order, by trial division."""
    exponents: dict[int, int] = {}
    divisor = 2
    while divisor * divisor <= number:
        while number % divisor == 0:
            exponents[divisor] = exponents.get(divisor, 0) + 1
            number //= divisor
        divisor += 1 if divisor == 2 else 2
    if number > 1:
        exponents[number] = 1
    return exponents


def divisors(number: int) -> list[int]:
    """Every positive divisor, in ascending order."""
    found = [1]
    for prime, exponent in factorise(number).items():
        found = [divisor * prime**power for divisor in found for power in range(exponent + 1)]
    return sorted(found)


def totient(number: int) -> int:
    """How many integers from 1 to `number` are coprime to it."""
    return prod((prime - 1) * prime ** (exponent - 1) for prime, exponent in factorise(number).items())


def moebius(limit: int) -> list[int]:
    """At place n: 0 if the square of a prime divides n, else 1 or -1 for an even or odd number of prime factors."""
    values = [1] * (limit + 1)
    for prime in primes_up_to(limit):
        for multiple in range(prime, limit + 1, prime):
            values[multiple] = -values[multiple]
        for multiple in range(prime * prime, limit + 1, prime * prime):
            values[multiple] = 0
    return values


def divisor_sums(limit: int) -> list[int]:
    """At place n: how many divisors the integers from 1 to n have together."""
    counts = [0] * (limit + 1)
    for divisor in range(1, limit + 1):
        for multiple in range(divisor, limit + 1, divisor):
            counts[multiple] += 1
    for number in range(1, limit + 1):
        counts[number] += counts[number - 1]
    return counts


def coprime_pairs(rows: int, columns: int) -> int:
    """All pairs less those with the greatest common divisor 2, 3, …, which are coprime pairs within smaller limits."""

    @cache
    def count(rows: int, columns: int) -> int:
        total = rows * columns
        divisor, last = 2, min(rows, columns)
        while divisor <= last:
            # The limits divided by `divisor` stay the same up to `end`.
            end = min(rows // (rows // divisor), columns // (columns // divisor))
            total -= (end - divisor + 1) * count(rows // divisor, columns // divisor)
            divisor = end + 1
        return total

    return count(rows, columns)
