"""What the tests know of the environments of number_theory."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import combinations, count, product
from math import gcd, lcm
from typing import Any

from tests.environments.oracles._kinds import BestFirst, Example, IsCorrect, Search
from tests.environments.oracles._spoilt import integers_spoilt


def _itself(problem: Any, answer: Any) -> Any:
    return answer


def _pairs(problem: Any) -> Iterator[tuple[int, int]]:
    return product(range(1, problem.rows + 1), range(1, problem.columns + 1))


def _divisor_count(number: int) -> int:
    return sum(number % divisor == 0 for divisor in range(1, number + 1))


def _prime(number: int) -> bool:
    return _divisor_count(number) == 2


def _coprime_pairs(problem: Any) -> int:
    return sum(gcd(x, y) == 1 for x, y in _pairs(problem))


def _common_multiple(problem: Any) -> int:
    return next(n for n in count(problem.left, problem.left) if n % problem.right == 0)


def _prime_gcd_pairs(problem: Any) -> int:
    primes = [n for n in range(1, 100) if _prime(n)]
    return sum(gcd(x, y) in primes for x, y in _pairs(problem))


def _remainder_products(problem: Any) -> int:
    sides = product(range(1, problem.left + 1), range(1, problem.right + 1))
    return sum((problem.left % i) * (problem.right % j) for i, j in sides if i != j)


def _not_coprime(problem: Any) -> int:
    return sum(gcd(x, y) > 1 for y in range(problem.first, problem.last + 1) for x in range(1, y + 1))


def _gcd_lcm_pairs(problem: Any) -> int:
    divided = [n for n in range(1, problem.multiple + 1) if problem.multiple % n == 0]
    return sum(gcd(a, b) == problem.divisor and lcm(a, b) == problem.multiple for a, b in product(divided, divided))


def _coprime_sets(problem: Any) -> int:
    ways = 0
    for owners in product("AB-", repeat=len(problem.numbers)):
        mine, yours = ([n for n, o in zip(problem.numbers, owners, strict=True) if o == owner] for owner in "AB")
        ways += all(gcd(x, y) == 1 for x in mine for y in yours)
    return ways


def _remainders(problem: Any) -> int:
    congruences = list(zip(problem.moduli, problem.remainders, strict=True))
    return next(x for x in count() if all(x % modulus == remainder for modulus, remainder in congruences))


def _all_divide(problem: Any, answer: int) -> bool:
    return answer >= 0 and (answer - problem.smallest) % lcm(*problem.moduli) == 0


def _prime_factors(problem: Any) -> list[int]:
    from sympy import factorint

    return [prime for prime, power in sorted(factorint(problem.number).items()) for _ in range(power)]


def _primality(problem: Any) -> str:
    from sympy import isprime

    return "yes" if isprime(problem.number) else "no"


def _primes_between(problem: Any) -> int:
    from sympy import primerange

    return len(list(primerange(problem.first, problem.last + 1)))


def _totient(problem: Any) -> int:
    return sum(gcd(x, problem.number) == 1 for x in range(1, problem.number + 1))


def _unpayable(problem: Any) -> int:
    largest = problem.left * problem.right
    payable = [True] + [False] * largest
    for amount in range(largest + 1):
        payable[amount] |= any(coin <= amount and payable[amount - coin] for coin in (problem.left, problem.right))
    return max(amount for amount in range(largest + 1) if not payable[amount])


def _solutions(problem: Any) -> int:
    a, b, c = problem.equation
    xs, ys = (range(first, last + 1) for first, last in (problem.x_range, problem.y_range))
    return sum(a * x + b * y + c == 0 for x, y in product(xs, ys))


def _purely_periodic(problem: Any) -> int:
    """Long division; the expansion is periodic from the point on if the first remainder comes again."""
    sides = product(range(1, problem.numerators + 1), range(1, problem.denominators + 1))
    found = 0
    for value in {Fraction(x, y) for x, y in sides}:
        first = remainder = value.numerator % value.denominator
        for _ in range(value.denominator):
            remainder = remainder * problem.base % value.denominator
            if remainder == first:
                found += 1
                break
    return found


def _factor_sets(problem: Any) -> int:
    def sets(number: int, above: int) -> int:
        """Sets of factors larger than `above`; the smallest factor is chosen, the rest is one factor or more."""
        return int(number > above) + sum(
            sets(number // factor, factor) for factor in range(above + 1, number // 2 + 1) if number % factor == 0
        )

    return sets(problem.number, 1) - 1


def _sums_dividing_products(problem: Any) -> int:
    return sum(a * b % (a + b) == 0 for a, b in combinations(range(1, problem.largest + 1), 2))


def _fibonacci_product(problem: Any) -> int:
    fibonacci = [0, 1]
    result = 1
    for x, y in _pairs(problem):
        while len(fibonacci) <= gcd(x, y):
            fibonacci.append(fibonacci[-1] + fibonacci[-2])
        result *= fibonacci[gcd(x, y)]
    return result % problem.modulus


def _tower(modulus: int) -> int:
    """By the cycle into which the powers of two run, whose length is smaller than the modulus."""
    powers = [1 % modulus]
    while (power := powers[-1] * 2 % modulus) not in powers:
        powers.append(power)
    start = powers.index(power)
    period = len(powers) - start
    return powers[start + (_tower(period) - start) % period] if period > 1 else power


def _smallest_with_divisors(problem: Any) -> int:
    """A product of powers of 2, 3, 5, … with falling exponents; all that stay below the best one are tried."""
    best = 2 ** (problem.divisors - 1)

    def extend(number: int, left: int, primes: tuple[int, ...], highest: int) -> None:
        nonlocal best
        if left == 1:
            best = min(best, number)
            return
        for exponent in range(1, min(highest, left - 1) + 1):
            number *= primes[0]
            if number > best:
                return
            if left % (exponent + 1) == 0:
                extend(number, left // (exponent + 1), primes[1:], exponent)

    extend(1, problem.divisors, (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53), problem.divisors)
    return best


def _distinct_remainders(problem: Any, answer: list[int], product_too: bool) -> int:
    """How many prefixes leave a remainder that none before left; 0 where the order is no completion."""
    size = len(problem.values)
    shown = {place: value for place, value in enumerate(problem.values) if value}
    if set(answer) != set(range(1, size + 1)) or len(answer) != size or any(answer[p] != shown[p] for p in shown):
        return 0
    value, seen = int(product_too), set[int]()
    for number in answer:
        value = (value * number if product_too else value + number) % size
        seen.add(value)
    return len(seen)


def _swapped(product_too: bool) -> BestFirst:
    def answers(problem: Any) -> Sequence[list[int]]:
        """The solution with two numbers exchanged, and then what is no completion."""
        right = problem.solution()
        swaps = [right]
        for a, b in combinations([place for place, value in enumerate(problem.values) if not value], 2):
            swap = list(right)
            swap[a], swap[b] = right[b], right[a]
            swaps.append(swap)
        swaps.sort(key=lambda swap: _distinct_remainders(problem, swap, product_too), reverse=True)
        return [*swaps, right[:-1]]

    return answers


EXAMPLES: dict[str, Example] = {
    "GCD": ({"left": 84, "right": 36}, 12),
    "LCM": ({"left": 12, "right": 18}, 36),
    "CollatzSteps": ({"start": 6}, 8),
    "CongruentEquation": ({"factor": 17, "modulus": 7}, 5),
}

SEARCHES: dict[str, Search] = {
    "AddMultiple_Divisible_Counting": (_sums_dividing_products, _itself, range(3)),
    "BinaryLinearEquation_SolutionCounting": (_solutions, _itself, range(5)),
    "CRT": (_remainders, _itself, range(3)),
    "CirculatingDecimalCounting": (_purely_periodic, _itself, range(5)),
    "CongruentEquation": (
        lambda problem: next(x for x in count(1) if problem.factor * x % problem.modulus == 1),
        _itself,
        range(6),
    ),
    "CountPrimes": (_primes_between, _itself, range(0, 20, 4)),
    "DiscreteLogarithm": (
        lambda problem: next(y for y in count() if (problem.base**y - problem.remainder) % problem.modulus == 0),
        _itself,
        range(5),
    ),
    "DivisorCount": (lambda problem: _divisor_count(problem.number), _itself, range(4)),
    "EulerTotient": (_totient, _itself, range(4)),
    "GCDFibonacciProduct": (_fibonacci_product, _itself, range(5)),
    "GCDOne_Counting": (_coprime_pairs, _itself, range(9)),
    "GCDPrime_Counting": (_prime_gcd_pairs, _itself, range(5)),
    "GcdLcmCounting": (_gcd_lcm_pairs, _itself, range(2)),
    "IntegerFactorizationCounting": (_factor_sets, _itself, range(3)),
    "LCM": (_common_multiple, _itself, range(4)),
    "MinKDivisorNumber": (_smallest_with_divisors, _itself, range(5)),
    "MinNoSolutionLinearDiophantineEquation": (_unpayable, _itself, range(4)),
    "ModularInverse": (
        lambda problem: [next(x for x in count() if a * x % problem.modulus == 1) for a in problem.numbers],
        _itself,
        range(8),
    ),
    "PrimeFactorization": (_prime_factors, _itself, range(0, 16, 4)),
    "PrimeTest": (_primality, _itself, range(0, 64, 7)),
    "SelfPowerSequenceMOD": (lambda problem: _tower(problem.modulus), _itself, range(4)),
    "SumGCD": (
        lambda problem: sum(gcd(x, y) ** problem.power for x, y in _pairs(problem)),
        _itself,
        range(7),
    ),
    "SumGCDWithIndividual": (
        lambda problem: sum(gcd(x, problem.number) for x in range(1, problem.number + 1)),
        _itself,
        range(5),
    ),
    "SumLCM": (lambda problem: sum(lcm(x, y) for x, y in _pairs(problem)), _itself, range(6)),
    "SumMOD": (_remainder_products, _itself, range(5)),
    "SumPHIInterval": (_not_coprime, _itself, range(3)),
    "SumProductDivisorNum": (
        lambda problem: sum(_divisor_count(x * y) for x, y in _pairs(problem)),
        _itself,
        range(2),
    ),
    "Sum_DivisorNum": (
        lambda problem: sum(_divisor_count(n) for n in range(problem.first, problem.last + 1)),
        _itself,
        range(5),
    ),
    "TwoSet_AllCoprime_Counting": (_coprime_sets, _itself, range(4)),
}

IS_CORRECT: dict[str, IsCorrect] = {
    "CRT": _all_divide,
    "PrefixProductMODDistinctPermutation": lambda problem, answer: (
        _distinct_remainders(problem, answer, True) == len(problem.values)
    ),
    "PrefixSumMODDistinctPermutation": lambda problem, answer: (
        _distinct_remainders(problem, answer, False) == len(problem.values)
    ),
}

BEST_FIRST: dict[str, BestFirst] = {
    "ModularInverse": integers_spoilt,
    "PrefixProductMODDistinctPermutation": _swapped(True),
    "PrefixSumMODDistinctPermutation": _swapped(False),
}
