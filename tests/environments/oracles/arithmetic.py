"""What the tests know of the environments of arithmetic."""

import ast
import re
from collections import Counter
from contextlib import suppress
from datetime import date, datetime, timedelta
from fractions import Fraction
from itertools import combinations, count, islice, pairwise, permutations, product
from math import factorial, prod
from operator import add, mul, sub, truediv
from typing import Any

from tests.environments.oracles._kinds import BestFirst, Example, IsCorrect, Search
from tests.environments.oracles._spoilt import integers_spoilt, spoil


def _same(problem: Any, answer: Any) -> Any:
    return answer


def _calculated(problem: Any) -> Any:
    """What Python makes of the formula in the prompt."""
    return eval(problem.prompt().removeprefix("What is ").removesuffix("?"))


def _summed_fractions(problem: Any) -> Fraction:
    formula = problem.prompt().removeprefix("What is ").removesuffix("?")
    return eval(re.sub(r"(\d+)/(\d+)", r"Fraction(\1, \2)", formula))


def _taken_away(problem: Any) -> list[int]:
    left, times = problem.dividend, 0
    while left >= problem.divisor:
        left, times = left - problem.divisor, times + 1
    return [times, left]


def _reduced(problem: Any) -> list[int]:
    top, low = problem.numerator, problem.denominator
    for factor in range(low, 1, -1):
        while top % factor == low % factor == 0:
            top, low = top // factor, low // factor
    return [top, low]


def _multiplied(problem: Any) -> int:
    value = 1
    for _ in range(problem.exponent):
        value = value * problem.base % problem.modulus
    return value


def _counted_numeral(problem: Any) -> list[int]:
    """The digits by counting up from 0 in base `wanted`, as an odometer does."""
    digits = [0]
    worth = sum(
        "0123456789abcdef".index(digit) * problem.base**place for place, digit in enumerate(problem.numeral[::-1])
    )
    for _ in range(worth):
        place = 0
        while place < len(digits) and digits[place] == problem.wanted - 1:
            digits[place] = 0
            place += 1
        digits[place : place + 1] = [digits[place] + 1 if place < len(digits) else 1]
    return digits[::-1]


def _numeral_digits(problem: Any, answer: str) -> list[int]:
    return [int(digit, 16) for digit in answer]


def _negative_base_value(problem: Any, digits: list[int]) -> int:
    assert digits[0] != 0 and all(digit in range(problem.base) for digit in digits)
    return sum(digit * (-problem.base) ** place for place, digit in enumerate(digits[::-1]))


def _roman_by_rules(problem: Any) -> str:
    tens = ["", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX"]
    numeral = ""
    for place, digit in enumerate(str(problem.number)[::-1]):
        numeral = tens[int(digit)].translate(str.maketrans("IVX", ["IVX", "XLC", "CDM", "M  "][place])) + numeral
    return numeral


def _roman_value(problem: Any) -> int:
    worth = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}
    values = [worth[letter] for letter in problem.prompt().rstrip("?").split()[-1]]
    return sum(-a if a < b else a for a, b in zip(values, [*values[1:], 0], strict=True))


def _words_value(problem: Any, words: list[str]) -> int:
    """The number that the words name."""
    small = [
        *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
        *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
    ]
    tens = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
    groups = ["thousand", "million", "billion", "trillion", "quadrillion"]
    total, group = 0, 0
    for word in words:
        if word == "hundred":
            group *= 100
        elif word in groups:
            total, group = total + group * 1000 ** (1 + groups.index(word)), 0
        else:
            group += small.index(word) if word in small else 20 + 10 * tens.index(word)
    return total + group


def _added_by_column(problem: Any) -> str:
    carry, digits = 0, ""
    size = max(len(problem.left), len(problem.right))
    for a, b in zip(problem.left.zfill(size)[::-1], problem.right.zfill(size)[::-1], strict=True):
        column = (a, b).count("1") + carry
        digits, carry = str(column % 2) + digits, column // 2
    return ("1" if carry else "") + digits


def _bitwise(operation: str) -> Any:
    table = {"xor": {"00": "0", "01": "1", "10": "1", "11": "0"}, "and": {"00": "0", "01": "0", "10": "0", "11": "1"}}
    return lambda problem: "".join(table[operation][a + b] for a, b in zip(problem.left, problem.right, strict=True))


def _ones_by_halving(problem: Any) -> int:
    number, ones = problem.number, 0
    while number:
        ones, number = ones + number % 2, number // 2
    return ones


def _mirrored_gray(problem: Any) -> str:
    """The codes of a length are those of one less after a 0, then the same in reverse after a 1."""
    codes = [""]
    for _ in problem.bits:
        codes = [*("0" + code for code in codes), *("1" + code for code in codes[::-1])]
    return codes[int(problem.bits, 2)]


def _twos_complement_value(problem: Any, bits: str) -> int:
    assert len(bits) == problem.width
    return sum((-1 if place == 0 else 1) * int(bit) << len(bits) - 1 - place for place, bit in enumerate(bits))


def _shown_by_clock(problem: Any) -> list[int]:
    time = datetime(2000, 6, 15) + timedelta(minutes=problem.start)
    for span in problem.spans:
        time += timedelta(minutes=span)
    return [time.hour, time.minute]


def _by_calendar(problem: Any) -> str:
    first = next(day for day in (date(1500, 1, n) for n in range(1, 8)) if f"{day:%A}" == problem.today)
    return f"{first + timedelta(days=problem.days + 70_000 * 7):%A}"


def _bits_spoilt(problem: Any) -> list[str]:
    right = problem.solution()
    return [*(spoil(right, count, lambda bit: "10"[int(bit)]) for count in range(len(right) + 1)), right + "0"]


def _exactly(node: ast.AST) -> Fraction:
    match node:
        case ast.Expression(body):
            return _exactly(body)
        case ast.Constant(value=int(number)):
            return Fraction(number)
        case ast.BinOp(left, operator, right):
            a, b = _exactly(left), _exactly(right)
            return {ast.Add: add, ast.Sub: sub, ast.Mult: mul, ast.Div: truediv}[type(operator)](a, b)
    raise AssertionError(node)


def _distance(problem: Any, answer: str) -> Fraction | None:
    """How far Python's own reading of the formula is from the target; None for a wrong use of the numbers."""
    tree = ast.parse(answer, mode="eval")
    used = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    if Counter(used) != Counter(problem.numbers):
        return None
    try:
        return abs(_exactly(tree) - problem.target)
    except ZeroDivisionError:
        return None


def _hits_target(problem: Any, answer: str) -> bool:
    return _distance(problem, answer) == 0


def _as_near_as_solution(problem: Any, answer: str) -> bool:
    return _distance(problem, answer) == _distance(problem, problem.solution())


def _least_distance(problem: Any) -> Fraction:
    """All orders, operators and brackets of three numbers."""
    found: list[Fraction] = []
    for a, b, c in permutations(map(Fraction, problem.numbers)):
        for first, second in product((add, sub, mul, truediv), repeat=2):
            for calculate in (lambda: second(first(a, b), c), lambda: first(a, second(b, c))):  # noqa: B023
                with suppress(ZeroDivisionError):
                    found.append(abs(calculate() - problem.target))
    return min(found)


def _further_from_target(problem: Any) -> list[str]:
    """Sums and differences of the numbers in their order, the nearest to the target first."""
    rows = [
        "".join(f"{operator}{number}" for operator, number in zip(("", *signs), problem.numbers, strict=True))
        for signs in product("+-", repeat=len(problem.numbers) - 1)
    ]
    return [problem.solution(), *sorted(rows, key=lambda row: _distance(problem, row) or 0)]


def _assigned(problem: Any) -> list[int]:
    """The letters' digits by trying all orders of the digits against the whole table."""
    entries = [entry.replace("=", "+").split("+") for entry in problem.prompt().split("\n")[1].split()]
    letters = sorted({letter for entry in entries for letter in entry[0]})
    for digits in permutations(range(len(letters))):
        worth = dict(zip(letters, digits, strict=True))
        values = ([worth[a] + worth[b], [worth[digit] for digit in total]] for a, b, total in entries)
        if all(low == [number] or low == [1, number - len(letters)] for number, low in values):
            return [len(letters), *digits]
    raise AssertionError


def _letters_spoilt(problem: Any) -> list[list[int]]:
    """Ever more digits exchanged, from the last letter on; then a wrong base."""
    base, *digits = problem.solution()
    turned = [digits[:keep] + digits[keep + 1 :] + digits[keep : keep + 1] for keep in range(len(digits) - 2, -1, -1)]
    return [[base, *digits], *([base, *order] for order in turned), [base + 1, *digits]]


def _adds_up(problem: Any, digits: list[int]) -> bool:
    base = len(problem.digits)
    if Counter(digits) != Counter(range(base)):
        return False

    def worth(letters: str) -> int:
        return sum(digits[ord(letter) - ord("a")] * base**place for place, letter in enumerate(letters[::-1]))

    return worth(problem.left) + worth(problem.right) == worth(problem.total)


def _columns_spoilt(problem: Any) -> list[list[int]]:
    right = problem.solution()
    return [right, [1, *right[1:]] if right[0] != 1 else [0, *right[1:]]]


def _zeros_of_factorial(problem: Any) -> int:
    value, zeros = factorial(problem.number), 0
    while value % problem.base == 0:
        value, zeros = value // problem.base, zeros + 1
    return zeros


def _next_palindrome(problem: Any) -> int:
    return next(number for number in count(problem.number + 1) if str(number) == str(number)[::-1])


def _least_of_zeros_and_ones(problem: Any) -> int:
    numbers = (int(f"{bits:b}") for bits in count(1))
    return next(number for number in numbers if number % problem.number == 0) // problem.number


def _nested_value(problem: Any, text: str) -> int:
    """The value by Python's reading, after a look at the order of the terms."""
    value: int = eval(text.replace("2(", "2**("))
    depth, terms = 0, [""]
    for char in text:
        depth += (char == "(") - (char == ")")
        terms = [*terms, ""] if char == "+" and not depth else [*terms[:-1], terms[-1] + char]
    worths: list[int] = [eval(term.replace("2(", "2**(")) for term in terms]
    assert worths == sorted(set(worths), reverse=True)
    assert all(term in {"2(0)", "2"} or _nested_value(None, term[2:-1]) > 1 for term in terms)
    return value


def _first_return(problem: Any) -> int:
    modulus = 10**problem.places
    first = problem.number % modulus
    power, period = first * problem.number % modulus, 1
    while power != first:
        power, period = power * problem.number % modulus, period + 1
    return period


def _simulated_steps(problem: Any) -> int:
    total = 0
    for pair in product(range(1, problem.bound + 1), repeat=2):
        (a, b), seen, steps = pair, set[tuple[int, int]](), 0
        while a != b and (a, b) not in seen:
            seen.add((a, b))
            a, b = (a - b, 2 * b) if a > b else (2 * a, b - a)
            steps += 1
        total += steps if a == b else 0
    return total


def _largest_product_of_parts(problem: Any) -> int:
    """For each sum the best last part is tried."""
    best = [1]
    for total in range(1, problem.total + 1):
        best.append(max(part * best[total - part] for part in range(1, total + 1)))
    return best[-1]


def _largest_product(problem: Any) -> int:
    digits = problem.digits
    cuts = combinations(range(1, len(digits)), len(problem.best) - 1)
    return max(prod(int(digits[a:b]) for a, b in pairwise([0, *places, len(digits)])) for places in cuts)


def _product(problem: Any, numbers: list[int]) -> int:
    assert "".join(map(str, numbers)) == problem.digits
    return prod(numbers)


def _other_cuts(problem: Any) -> list[list[int]]:
    digits = problem.digits
    cuts = combinations(range(1, len(digits)), len(problem.best) - 1)
    rows = [[int(digits[a:b]) for a, b in pairwise([0, *places, len(digits)])] for places in islice(cuts, 50)]
    return [problem.best, *sorted(rows, key=prod, reverse=True), [int(digits)]]


def _written_out(problem: Any, order: list[int]) -> str:
    return "".join(problem.numbers[place] for place in order)


def _largest_written(problem: Any) -> str:
    return max("".join(numbers) for numbers in permutations(problem.numbers))


def _in_falling_order(problem: Any, order: list[int]) -> bool:
    """Largest where the numbers, each repeated for ever behind a decimal point, do not rise."""
    if Counter(order) != Counter(range(len(problem.numbers))):
        return False
    numbers = [problem.numbers[place] for place in order]
    repeated = [Fraction(int(number), 10 ** len(number) - 1) for number in numbers]
    return all(a >= b for a, b in pairwise(repeated))


def _order_spoilt(problem: Any) -> list[list[int]]:
    """The last number moved forward, step by step."""
    *rest, last = problem.solution()
    moved = [[*rest[:place], last, *rest[place:]] for place in range(len(rest), -1, -1)]

    def alike(order: list[int]) -> int:
        pairs = zip(_written_out(problem, order), _written_out(problem, moved[0]), strict=True)
        return next((place for place, (a, b) in enumerate(pairs) if a != b), 10**6)

    return sorted(moved, key=alike, reverse=True)


def _equal_groups(problem: Any, groups: list[list[int]]) -> bool:
    share, odd = divmod(sum(problem.numbers), len(problem.groups))
    size = len(problem.numbers) // len(problem.groups)
    used = Counter(number for group in groups for number in group)
    return not odd and used == Counter(problem.numbers) and all((len(g), sum(g)) == (size, share) for g in groups)


def _adds_to_target(problem: Any, places: list[int]) -> bool:
    wanted = int(problem.prompt().split(" with sum ")[1].split()[0])
    left = dict(enumerate(problem.numbers))
    try:
        return sum(left.pop(place) for place in places) == wanted
    except KeyError:
        return False


def _fewest_fibonacci_terms(problem: Any) -> int:
    """Breadth first over sums of terms up to twice the number."""
    terms = [1, 2]
    while terms[-1] < 2 * problem.number:
        terms.append(terms[-1] + terms[-2])
    front, reached = {0}, 0
    while problem.number not in front:
        front = {value + sign * term for value in front for term in terms for sign in (1, -1)}
        reached += 1
    return reached


def _few_fibonacci_terms(problem: Any, terms: list[int]) -> bool:
    known = [1, 2]
    while known[-1] < max(map(abs, terms), default=0):
        known.append(known[-1] + known[-2])
    few = len(terms) <= len(problem.solution())
    return few and sum(terms) == problem.number and {abs(term) for term in terms} <= set(known)


def _more_fibonacci_terms(problem: Any) -> list[list[int]]:
    right = problem.solution()
    return [right, *([*right, *[1, -1] * extra] for extra in (1, 2, 4)), []]


def _iterated(problem: Any) -> int:
    a, b = problem.first, problem.second
    for _ in range(problem.index - 1):
        a, b = b, problem.p * b + problem.q * a
    return a % 10000


def _is_root(problem: Any, answer: Fraction) -> bool:
    """Whether the root lies from the answer on, less than a unit of the last place further."""
    unit = Fraction(1, 10**problem.places)
    if answer < 0 or answer.numerator.bit_length() > 500:
        return False
    whole = (answer / unit).denominator == 1
    return whole and answer**problem.degree <= problem.number < (answer + unit) ** problem.degree


def _roots_nearby(problem: Any) -> list[Fraction]:
    right = problem.solution()
    return [right + Fraction(units, 10**problem.places) for units in (0, 1, -2, 5, -50, 10**6)]


EXAMPLES: dict[str, Example] = {
    "Addition": ({"left": 17, "right": 25}, 42),
    "AdditionTable": ({"digits": [1, 0, 3, 2]}, [4, 1, 0, 3, 2]),
    "Compare": ({"left": 109, "right": 90}, "greater"),
    "DigitReverse": ({"number": 120}, 21),
    "DigitSum": ({"number": 4821}, 15),
    "Division": ({"dividend": 29, "divisor": 4}, 7),
    "Modulo": ({"dividend": 29, "divisor": 4}, 1),
    "Multiplication": ({"left": 12, "right": 11}, 132),
    "Subtraction": ({"left": 17, "right": 25}, -8),
}

SEARCHES: dict[str, Search] = {
    "AdditionTable": (_assigned, _same, range(3)),
    "CountdownClose": (_least_distance, _distance, range(4)),
    "FactorialTrailingZeroCount": (_zeros_of_factorial, _same, range(5)),
    "Fibonacci": (_iterated, _same, range(6)),
    "MaxMultSplit": (_largest_product, _product, range(6)),
    "MaxMultiplicationFixedSum": (
        _largest_product_of_parts,
        lambda problem, answer: 2 ** answer[0] * 3 ** answer[1],
        range(1),
    ),
    "MaxPermutation": (_largest_written, _written_out, range(3)),
    "MinimumFibonacciRepresentation": (_fewest_fibonacci_terms, lambda problem, answer: len(answer), range(4)),
    "NextPalindromic": (_next_palindrome, _same, range(3)),
    "PowerCycle": (_first_return, _same, range(5)),
    "PowerNest": (lambda problem: problem.number, _nested_value, range(9)),
    "SmallestBinaryMultiple": (_least_of_zeros_and_ones, _same, range(1)),
    "SumPseudoEuclidean": (_simulated_steps, _same, range(1)),
    "ArithmeticExpression": (_calculated, _same, range(9)),
    "BaseConversion": (_counted_numeral, _numeral_digits, range(4)),
    "BinaryAddition": (_added_by_column, _same, range(9)),
    "BitwiseAnd": (_bitwise("and"), _same, range(9)),
    "BitwiseXor": (_bitwise("xor"), _same, range(9)),
    "ChainSum": (_calculated, _same, range(9)),
    "ClockArithmetic": (_shown_by_clock, _same, range(9)),
    "DayOfWeek": (_by_calendar, _same, range(4)),
    "DivMod": (_taken_away, _same, range(5)),
    "FractionAddition": (_summed_fractions, _same, range(9)),
    "FractionSimplify": (_reduced, _same, range(5)),
    "GrayCode": (_mirrored_gray, _same, range(4)),
    "IntToRoman": (_roman_by_rules, _same, range(9)),
    "NegativeBase": (lambda problem: problem.number, _negative_base_value, range(9)),
    "NumberToWords": (lambda problem: problem.number, _words_value, range(9)),
    "PopCount": (_ones_by_halving, _same, range(9)),
    "PowerMod": (_multiplied, _same, range(9)),
    "RomanToInt": (_roman_value, _same, range(9)),
    "TwosComplement": (lambda problem: problem.number, _twos_complement_value, range(9)),
}

IS_CORRECT: dict[str, IsCorrect] = {
    "CountdownClose": _as_near_as_solution,
    "CountdownEqual": _hits_target,
    "Cryptarithmetic": _adds_up,
    "KPartition": _equal_groups,
    "MaxPermutation": _in_falling_order,
    "MinimumFibonacciRepresentation": _few_fibonacci_terms,
    "RootExtraction": _is_root,
    "SubsetSum": _adds_to_target,
}

BEST_FIRST: dict[str, BestFirst] = {
    "AdditionTable": _letters_spoilt,
    "CountdownClose": _further_from_target,
    "Cryptarithmetic": _columns_spoilt,
    "MaxMultSplit": _other_cuts,
    "MaxPermutation": _order_spoilt,
    "MinimumFibonacciRepresentation": _more_fibonacci_terms,
    "RootExtraction": _roots_nearby,
    "BitwiseAnd": _bits_spoilt,
    "BitwiseXor": _bits_spoilt,
    "GrayCode": _bits_spoilt,
    "NegativeBase": integers_spoilt,
    "TwosComplement": _bits_spoilt,
}
