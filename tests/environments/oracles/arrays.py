"""What the tests know of the environments of arrays."""

from collections import deque
from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import reduce
from itertools import chain, combinations, combinations_with_replacement, count, pairwise, permutations, product
from math import prod
from operator import xor
from statistics import fmean
from typing import Any

from tests.environments.oracles._choices import best_among, different, dropped, length, same, subsets, total
from tests.environments.oracles._kinds import BestFirst, Example, IsCorrect, Search
from tests.environments.oracles._spoilt import integers_spoilt, spoil


def _lamps_spoilt(problem: Any) -> Sequence[str]:
    right = problem.solution()
    return [*(spoil(right, count, lambda lamp: "10"[int(lamp)]) for count in range(len(right) + 1)), right + "0"]


def _longest_after_reversal(problem: Any) -> int:
    def longest(values: list[int]) -> int:
        ends: list[int] = []
        for place, value in enumerate(values):
            ends.append(1 + max((ends[before] for before in range(place) if values[before] <= value), default=0))
        return max(ends)

    def turned(places: tuple[int, ...]) -> list[int]:
        values = list(problem.values)
        for place, other in zip(places, places[::-1], strict=True):
            values[place] = problem.values[other]
        return values

    places = range(len(problem.values))
    return max(longest(turned(chosen)) for size in range(1, len(places) + 1) for chosen in combinations(places, size))


def _levelling(problem: Any) -> int:
    """Breadth first over all heights, from the given ones and from level ground at once."""
    size = len(problem.heights)
    blocks = [range(first, last + 1) for first in range(size) for last in range(first, size)]
    changes = [
        tuple(step * (place in block) for place in range(size))
        for block in blocks
        for step in (problem.a, -problem.a, problem.b, -problem.b)
    ]
    fronts = [{tuple(problem.heights)}, {(0,) * size}]
    seen = [set(front) for front in fronts]
    for done in count():
        if seen[0] & seen[1]:
            return done
        side = 0 if len(fronts[0]) <= len(fronts[1]) else 1
        near = {tuple(map(sum, zip(heights, change, strict=True))) for heights in fronts[side] for change in changes}
        fronts[side] = near - seen[side]
        seen[side] |= near
    raise AssertionError


def _blocks(values: Sequence[int]) -> list[Sequence[int]]:
    """Every block of neighbours that is not empty."""
    return [values[first:last] for last in range(1, len(values) + 1) for first in range(last)]


def _rises(values: Sequence[int]) -> bool:
    return all(a < b for a, b in pairwise(values))


def _increasing_subsequence(problem: Any, answer: list[int]) -> bool:
    choices = (
        tuple(problem.values[place] for place in chosen)
        for chosen in combinations(range(len(problem.values)), len(answer))
    )
    longest = len(problem.solution())
    return len(answer) == longest and _rises(answer) and tuple(answer) in choices


def _heaviest_lis(problem: Any) -> int:
    fitting = (chosen for chosen in subsets(len(problem.a)) if _never_falls(problem, chosen))
    return max(sum(problem.b[place] for place in chosen) for chosen in fitting)


def _never_falls(problem: Any, places: Sequence[int]) -> bool:
    rising = different(places, len(problem.a)) and sorted(places) == list(places)
    return rising and sorted(problem.a[place] for place in places) == [problem.a[place] for place in places]


def _fits(problem: Any, items: Sequence[int]) -> bool:
    fits = different(items, len(problem.weights))
    return fits and sum(problem.weights[item] for item in items) <= problem.capacity


def _best_load(problem: Any) -> int:
    choices = (items for items in subsets(len(problem.weights)) if _fits(problem, items))
    return max(sum(problem.values[item] for item in items) for items in choices)


def _pays(problem: Any, coins: list[int]) -> bool:
    return set(coins) <= set(problem.coins) and sum(coins) == problem.amount


def _fewest_coins(problem: Any) -> int:
    """All amounts that one coin more can pay, until the wanted one is among them."""
    amounts = {0}
    for coins in count():
        if problem.amount in amounts:
            return coins
        amounts = {amount + coin for amount in amounts for coin in problem.coins}
    raise AssertionError


def _swaps_to_the_nearest(problem: Any) -> int:
    """Breadth first over the arrangements of A against a fixed B: a swap in B is one in A as far as pairs go."""

    def distance(order: Sequence[int]) -> int:
        return sum((a - b) ** 2 for a, b in zip(order, problem.b, strict=True))

    least = min(map(distance, permutations(problem.a)))
    front, seen = {tuple(problem.a)}, set()
    for moves in count():
        if any(distance(order) == least for order in front):
            return moves
        seen |= front
        front = {
            (*order[:place], order[place + 1], order[place], *order[place + 2 :])
            for order in front
            for place in range(len(order) - 1)
        } - seen
    raise AssertionError


def _not_adjacent(problem: Any, places: Sequence[int]) -> bool:
    apart = all(abs(a - b) != 1 for a in places for b in places)
    return apart and len(places) == problem.count and different(places, len(problem.values))


def _best_not_adjacent(problem: Any) -> int:
    choices = (places for places in subsets(len(problem.values)) if _not_adjacent(problem, places))
    return max(sum(problem.values[place] for place in places) for places in choices)


def _cuts(count: int, blocks: int) -> list[list[int]]:
    """The ends of the blocks in every way to cut a list of `count` numbers."""
    return [[*ends, count - 1] for ends in combinations(range(count - 1), blocks - 1)]


def _parts(values: Sequence[int], ends: Sequence[int]) -> list[Sequence[int]]:
    return [values[before + 1 : end + 1] for before, end in pairwise([-1, *ends])]


def _largest_part(problem: Any, ends: Sequence[int]) -> int:
    return max(map(sum, _parts(problem.values, ends)))


def _least_largest_part(problem: Any) -> int:
    return min(_largest_part(problem, ends) for ends in _cuts(len(problem.values), problem.blocks))


def _balanced_labels(problem: Any) -> list[int]:
    def key(ends: list[int]) -> tuple[int, list[int]]:
        return max(abs(sum(part)) for part in _parts(problem.signs, ends)), [problem.labels[end] for end in ends]

    return min(map(key, _cuts(len(problem.signs), problem.blocks)))[1]


def _spread_fits(problem: Any, ends: Sequence[int]) -> bool:
    if len(ends) != 2 or min(ends) < 0 or ends[0] > ends[1] or ends[1] >= len(problem.values):
        return False
    inside = [problem.values[place] for place in range(ends[0], ends[1] + 1)]
    return all(abs(a - b) <= problem.bound for a in inside for b in inside)


def _longest_spread(problem: Any) -> int:
    places = range(len(problem.values))
    return max(last - first for first in places for last in places if _spread_fits(problem, [first, last]))


def _matches(problem: Any, kept: Sequence[int]) -> int:
    return [problem.values[place - 1] - count for count, place in enumerate(kept, 1)].count(0)


def _subsequence_kinds(values: Sequence[int]) -> int:
    """How many different subsequences: a step leads from a place to the next place of each number."""
    ways = [1] * (len(values) + 1)  # from behind a place to any end
    for start in range(len(values) - 1, -1, -1):
        rest = list(values[start:])
        ways[start] = 1 + sum(ways[start + rest.index(value) + 1] for value in sorted(set(rest)))
    return ways[0]


def _kinds_with(problem: Any, appended: Sequence[int]) -> int:
    return _subsequence_kinds([*problem.values, *appended])


def _most_kinds(problem: Any) -> int:
    """Every way to append, and the subsequences one by one."""

    def kinds(values: tuple[int, ...]) -> int:
        return len({tuple(values[place] for place in chosen) for chosen in subsets(len(values))}) + 1

    ends = product(range(problem.kinds), repeat=problem.appended)
    return max(kinds((*problem.values, *end)) for end in ends)


def _xor(problem: Any, values: Sequence[int]) -> int:
    return reduce(xor, values)


def _pairs_best(problem: Any, answer: Sequence[int]) -> bool:
    pairs = [list(pair) for pair in permutations(problem.values, 2)]
    return list(answer) in pairs and _xor(problem, answer) == min(map(reduce, [xor] * len(pairs), pairs))


def _unmixed(problem: Any, places: Sequence[int]) -> bool:
    a = [(b if place in places else a) for place, (a, b) in enumerate(zip(problem.a, problem.b, strict=True))]
    return different(places, len(a)) and sorted(a) == list(range(1, len(a) + 1))


def _fewest_exchanges(problem: Any) -> int:
    return min(len(places) for places in subsets(len(problem.a)) if _unmixed(problem, places))


def _subsequence_of_number(problem: Any) -> str:
    texts = {"".join(problem.text[place] for place in chosen) for chosen in subsets(len(problem.text))}
    return sorted(texts)[problem.number - 1]


def _composed(problem: Any) -> list[int]:
    from sympy.combinatorics import Permutation

    return list(Permutation.rmul(Permutation(problem.first), Permutation(problem.second)).array_form)


def _inverted(problem: Any) -> list[int]:
    from sympy.combinatorics import Permutation

    return list((Permutation(problem.images) ** -1).array_form)


def _next_order(problem: Any) -> list[int]:
    return list(min(order for order in permutations(problem.values) if order > tuple(problem.values)))


def _leaving(problem: Any) -> list[int]:
    circle = deque(problem.circle)
    order: list[int] = []
    while circle:
        circle.rotate(1 - problem.step)
        order.append(circle.popleft())
    return order


def _stacked(problem: Any, letters: Sequence[str], stacks: dict[str, str]) -> bool:
    """Whether letters make the target; `stacks` has the letter that pops by the letter that pushes."""
    waiting = list(range(len(problem.target)))
    held: dict[str, list[int]] = {pop: [] for pop in stacks.values()}
    output: list[int] = []
    for letter in letters:
        source, goal = (waiting, held[stacks[letter]]) if letter in stacks else (held[letter], output)
        if not source:
            return False
        goal.append(source.pop(0 if letter in stacks else -1))
    return output == problem.target


def _only_letters(problem: Any) -> str:
    (found,) = (
        letters for letters in product("ab", repeat=2 * len(problem.target)) if _stacked(problem, letters, {"a": "b"})
    )
    return "".join(found)


def _alternates(problem: Any, swaps: Sequence[Sequence[int]]) -> bool:
    digits = dict(enumerate(problem.digits))
    for pair in swaps:
        if len(pair) != 2 or not set(pair) <= set(digits):
            return False
        digits |= {pair[0]: digits[pair[1]], pair[1]: digits[pair[0]]}
    return not any(digits[place] == digits[place + 1] for place in range(len(digits) - 1))


def _fewest_swaps(problem: Any) -> int:
    pairs = list(combinations(range(len(problem.digits)), 2))
    return next(size for size in count() if any(_alternates(problem, swaps) for swaps in product(pairs, repeat=size)))


def _squares_from(problem: Any, x: Fraction) -> Fraction:
    return sum((min((x - place) ** 2 for place in group) for group in problem.groups), Fraction(0))


def _least_squares(problem: Any) -> Fraction:
    """Around the mean of one point of each group, in every way to choose them."""
    means = [Fraction(sum(points), len(points)) for points in product(*problem.groups)]
    return min(_squares_from(problem, mean) for mean in means)


def _longest_ending(values: Sequence[int], sign: int = 1) -> list[int]:
    lengths: list[int] = []
    for place, value in enumerate(values):
        before = (lengths[other] for other in range(place) if sign * values[other] < sign * value)
        lengths.append(1 + max(before, default=0))
    return lengths


def _has_lengths(problem: Any, values: Sequence[int]) -> bool:
    permutation = sorted(values) == [*range(1, len(problem.lengths) + 1)]
    return permutation and _longest_ending(values) == problem.lengths


def _decreasing_sum(problem: Any, values: Sequence[int]) -> int:
    """Starting at a place and decreasing is, read backwards, ending there and increasing."""
    return sum(_longest_ending([-value for value in values[::-1]], -1))


def _most_decreasing(problem: Any) -> int:
    orders = permutations(range(1, len(problem.lengths) + 1))
    return max(_decreasing_sum(problem, order) for order in orders if _has_lengths(problem, order))


def _vanished(values: Sequence[int]) -> tuple[int, ...]:
    for place in range(len(values) - 1):
        if values[place] == values[place + 1]:
            return _vanished((*values[:place], *values[place + 2 :]))
    return tuple(values)


def _after_move(values: Sequence[int], place: int) -> tuple[int, ...]:
    return _vanished((*values[:place], values[place + 1], values[place], *values[place + 2 :]))


def _clears(problem: Any, moves: Sequence[int]) -> bool:
    values = tuple(problem.values)
    for place in moves:
        if place not in range(len(values) - 1):
            return False
        values = _after_move(values, place)
    return not values


def _fewest_moves(problem: Any) -> int:
    front = {tuple(problem.values)}
    for moves in count():
        if () in front:
            return moves
        front = {_after_move(values, place) for values in front for place in range(len(values) - 1)}
    raise AssertionError


def _diminished(problem: Any, items: Sequence[int]) -> int:
    return sum(
        problem.values[item] - sum(problem.losses[other] for other in items[:place]) for place, item in enumerate(items)
    )


def _best_selection(problem: Any) -> int:
    items = range(len(problem.values))
    return max(_diminished(problem, order) for size in items for order in permutations(items, size + 1))


def _turned(problem: Any, width: int, flips: Sequence[int]) -> bool:
    digits = {place: int(digit) for place, digit in enumerate(problem.digits, 1)}
    for flip in flips:
        for place in range(flip, flip + width):
            if place not in digits:
                return False
            digits[place] ^= 1
    return not any(digits.values())


def _fewest_flips(problem: Any) -> tuple[int, int]:
    """The count of flips and the width, the least of all that clear the digits."""
    length = len(problem.digits)
    return min(
        (len(chosen), width)
        for width in range(1, length + 1)
        for chosen in subsets(length - width + 1)
        if _turned(problem, width, [place + 1 for place in chosen])
    )


def _flips_and_width(problem: Any, answer: Sequence[int]) -> tuple[int, int]:
    return len(answer) - 1, answer[0]


def _largest_share(problem: Any, order: Sequence[int]) -> int:
    before = [problem.first * prod(problem.a[other - 1] for other in order[:place]) for place in range(len(order))]
    return max(product // problem.b[person - 1] for product, person in zip(before, order, strict=True))


def _is_order(problem: Any, order: Sequence[int]) -> bool:
    return sorted(order) == [*range(1, len(problem.a) + 1)]


def _partitions(items: Sequence[int]) -> Iterator[list[list[int]]]:
    """Every way to split items into groups."""
    if not items:
        yield []
        return
    for groups in _partitions(items[1:]):
        yield [[items[0]], *groups]
        for place, group in enumerate(groups):
            yield [*groups[:place], [items[0], *group], *groups[place + 1 :]]


def _price(problem: Any, groups: Sequence[Sequence[int]]) -> int:
    sides = [[[side[field - 1] for field in group] for side in (problem.widths, problem.lengths)] for group in groups]
    return sum(max(widths) * max(lengths) for widths, lengths in sides)


def _least_price(problem: Any) -> int:
    return min(_price(problem, groups) for groups in _partitions(range(1, len(problem.widths) + 1)))


def _change(problem: Any, values: Sequence[int]) -> int:
    return sum(abs(new - old) for new, old in zip(values, problem.values, strict=True))


def _least_change(problem: Any) -> int:
    """All lists of the given numbers that only rise or only fall; some best list has no other numbers."""
    rising = list(combinations_with_replacement(sorted(problem.values), len(problem.values)))
    return min(_change(problem, values[::step]) for values in rising for step in (1, -1))


def _slopes(problem: Any, values: list[int]) -> bool:
    return len(values) == len(problem.values) and values in (sorted(values), sorted(values)[::-1])


def _splits(problem: Any, chosen: Sequence[int]) -> bool:
    if not different(chosen, problem.elements):
        return False
    return all({*members} & {*chosen} and {*members} - {*chosen} for members in problem.sets)


def _longest_non_decreasing(values: Sequence[int]) -> int:
    chosen = (combinations(values, size) for size in range(len(values), 0, -1))
    fitting = (len(part) for parts in chosen for part in parts if sorted(part) == [*part])
    return next(fitting, 0)


def _shortened(problem: Any, deleted: Sequence[int]) -> bool:
    left = [value for place, value in enumerate(problem.a) if place not in deleted]
    return different(deleted, len(problem.a)) and _longest_non_decreasing(left) < _longest_non_decreasing(problem.a)


def _cheapest_shortened(problem: Any) -> int:
    choices = (places for places in subsets(len(problem.a)) if _shortened(problem, places))
    return min(sum(problem.b[place] for place in places) for places in choices)


EXAMPLES: dict[str, Example] = {
    "LampChanging": ({"lamps": "0110", "steps": 1}, "1010"),
    "FaceRightWay": ({"digits": "110011"}, [2, 1, 5]),
    "KloBlocks": ({"values": [1, 1, 9, 1, 4, 1], "bound": 4}, 3),
    "CoinChange": ({"coins": [1, 4, 5], "amount": 13, "fewest": 3}, [5, 4, 4]),
    "MergeSorted": ({"first": [2, 9], "second": [1, 4]}, [1, 2, 4, 9]),
    "SlidingWindow": ({"values": [4, 7, 1, 9, 2], "window": 3}, [1, 1, 1]),
    "SortDescending": ({"values": [3, 17, -5, 3]}, [17, 3, 3, -5]),
    "Sorting": ({"values": [3, 17, 5, 3]}, [3, 3, 5, 17]),
}

SEARCHES: dict[str, Search] = {
    "BoundedMeanSubarrayCounting": (
        lambda problem: sum(fmean(block) >= problem.bound for block in _blocks(problem.values)),
        same,
        range(4),
    ),
    "BoundedSubarrayCounting": (
        lambda problem: sum(sum(block) <= problem.bound for block in _blocks(problem.values * problem.repeats)),
        same,
        range(4),
    ),
    "CoinChange": (_fewest_coins, length, range(3)),
    "BinaryAlternation": (_fewest_swaps, length, range(2)),
    "CantorExpansion": (
        lambda problem: (
            len({order for order in permutations(problem.values) if order < tuple(problem.values)}) % problem.modulus
        ),
        same,
        range(3),
    ),
    "InversionPair": (_swaps_to_the_nearest, same, range(3)),
    "Josephus": (_leaving, same, range(5)),
    "Knapsack": (_best_load, total("values"), range(6)),
    "KthSubsequence": (_subsequence_of_number, same, range(5)),
    "LongestMaxDiffBoundedInterval": (_longest_spread, lambda problem, ends: ends[1] - ends[0], range(4)),
    "Longest_MatchingSubsequence": (
        lambda problem: max(_matches(problem, [place + 1 for place in kept]) for kept in subsets(len(problem.values))),
        _matches,
        range(4),
    ),
    "LongestIncreasingSubsequence": (
        lambda problem: max(
            len(chosen)
            for chosen in subsets(len(problem.values))
            if _rises([problem.values[place] for place in chosen])
        ),
        length,
        range(5),
    ),
    "Max_NonAdjacent_KElementSum": (_best_not_adjacent, total("values"), range(4)),
    "MaxSubarraySum": (lambda problem: max(map(sum, _blocks(problem.values))), same, range(5)),
    "MaxXorSet": (
        lambda problem: max(
            _xor(problem, values) for size in range(1, 9) for values in combinations(problem.values, size)
        ),
        _xor,
        range(5),
    ),
    "Maximum_SubsequenceNum": (_most_kinds, _kinds_with, range(1)),
    "MaximumLexicographicalOrderSubsequence": (
        lambda problem: list(max(combinations(problem.values, problem.count))),
        same,
        range(5),
    ),
    "MinSwapTwoPermutations": (_fewest_exchanges, length, range(5)),
    "MinXorPair": (
        lambda problem: min(_xor(problem, pair) for pair in combinations(problem.values, 2)),
        _xor,
        range(5),
    ),
    "Minimum_MaxAbsSlicer": (_balanced_labels, same, range(4)),
    "Minimum_MaxSlicer": (_least_largest_part, _largest_part, range(5)),
    "MonotonicStack": (
        lambda problem: sum(block[0] > max(block[1:]) for block in _blocks(problem.values) if len(block) > 1),
        same,
        range(5),
    ),
    "NextPermutation": (_next_order, same, range(3)),
    "PermutationCompose": (_composed, same, range(3)),
    "PermutationInverse": (_inverted, same, range(3)),
    "SingleStackSorting": (_only_letters, same, range(1)),
    "SlidingWindow": (
        lambda problem: [min(block) for block in _blocks(problem.values) if len(block) == problem.window],
        same,
        range(5),
    ),
    "FaceRightWay": (_fewest_flips, _flips_and_width, range(3)),
    "KingSorting": (
        lambda problem: min(_largest_share(problem, order) for order in permutations(range(1, len(problem.a) + 1))),
        _largest_share,
        range(4),
    ),
    "KloBlocks": (
        lambda problem: max(len(block) for block in _blocks(problem.values) if fmean(block) >= problem.bound),
        same,
        range(4),
    ),
    "LandAcquisition": (_least_price, _price, range(3)),
    "MakingGrade": (_least_change, _change, range(3)),
    "MaxSumLDS": (_most_decreasing, _decreasing_sum, range(1)),
    "MinCostReducingLNDS": (_cheapest_shortened, total("b"), range(3)),
    "MinSumDistanceSquare": (_least_squares, _squares_from, range(4)),
    "TetrisAttack": (_fewest_moves, length, range(2)),
    "ValueDiminishingSelection": (_best_selection, _diminished, range(3)),
    "SubarrayXorSum": (lambda problem: sum(reduce(xor, block) for block in _blocks(problem.values)), same, range(4)),
    "SubsequenceReversalLNDS": (_longest_after_reversal, same, range(2)),
    "WYRLevelingGround": (_levelling, same, range(2)),
    "WeightedLIS": (_heaviest_lis, total("b"), range(5)),
}

IS_CORRECT: dict[str, IsCorrect] = {
    "BinaryAlternation": best_among(_alternates, length),
    "CoinChange": best_among(_pays, length),
    "DoubleStackSorting": lambda problem, letters: (
        len(letters) == 2 * len(problem.target) and _stacked(problem, letters, {"a": "b", "c": "d"})
    ),
    "Knapsack": best_among(_fits, total("values")),
    "LongestMaxDiffBoundedInterval": best_among(_spread_fits, lambda problem, ends: ends[1] - ends[0]),
    "Longest_MatchingSubsequence": best_among(
        lambda problem, kept: sorted(set(kept)) == kept and {*kept} <= {*range(1, len(problem.values) + 1)}, _matches
    ),
    "LongestIncreasingSubsequence": _increasing_subsequence,
    "Max_NonAdjacent_KElementSum": best_among(_not_adjacent, total("values")),
    "MaxXorSet": best_among(lambda problem, values: 0 < len(values) == len({*values} & {*problem.values}), _xor),
    "Maximum_SubsequenceNum": best_among(
        lambda problem, end: len(end) == problem.appended and {*end} <= {*range(problem.kinds)}, _kinds_with
    ),
    "MinSwapTwoPermutations": best_among(_unmixed, length),
    "MinXorPair": _pairs_best,
    "Minimum_MaxSlicer": best_among(
        lambda problem, ends: (
            len(ends) == problem.blocks
            and different(ends, len(problem.values))
            and sorted([*ends, len(problem.values) - 1]) == [*ends, ends[-1]]
        ),
        _largest_part,
    ),
    "FaceRightWay": lambda problem, answer: (
        _turned(problem, answer[0] if answer else 0, answer[1:])
        and _flips_and_width(problem, answer) == _flips_and_width(problem, problem.solution())
    ),
    "KingSorting": best_among(_is_order, _largest_share),
    "LandAcquisition": best_among(
        lambda problem, groups: sorted(chain(*groups)) == [*range(1, len(problem.widths) + 1)], _price
    ),
    "MakingGrade": best_among(_slopes, _change),
    "MaxSumLDS": best_among(_has_lengths, _decreasing_sum),
    "MinCostReducingLNDS": best_among(_shortened, total("b")),
    "MinSumDistanceSquare": lambda problem, x: _squares_from(problem, x) == _squares_from(problem, problem.solution()),
    "SetSplitting": _splits,
    "TetrisAttack": best_among(_clears, length),
    "ValueDiminishingSelection": best_among(lambda problem, items: different(items, len(problem.values)), _diminished),
    "TwoSum": lambda problem, answer: (
        list(answer) in [[a, b] for a, b in permutations(problem.values, 2) if a + b == problem.total]
    ),
    "WeightedLIS": best_among(_never_falls, total("b")),
}

BEST_FIRST: dict[str, BestFirst] = {
    "Knapsack": dropped,
    "LampChanging": _lamps_spoilt,
    "LongestIncreasingSubsequence": dropped,
    "Josephus": integers_spoilt,
    "MergeSorted": integers_spoilt,
    "PermutationCompose": integers_spoilt,
    "PermutationInverse": integers_spoilt,
    "SlidingWindow": integers_spoilt,
    "SortDescending": integers_spoilt,
    "Sorting": integers_spoilt,
    "WeightedLIS": dropped,
}
