"""What the tests know of the environments of scheduling."""

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from itertools import chain, combinations, count, permutations, product
from typing import Any

from tests.environments.oracles._choices import best_among, different, dropped, length, same, subsets
from tests.environments.oracles._kinds import BestFirst, Example, IsCorrect, Search
from tests.environments.oracles._spoilt import integers_spoilt


def _one_at_a_time(problem: Any, chosen: Sequence[int]) -> bool:
    if not different(chosen, len(problem.spans)):
        return False
    hours = Counter(chain.from_iterable(range(*problem.spans[number]) for number in chosen))
    return max(hours.values(), default=0) <= 1


def _paid(problem: Any, points: Sequence[int]) -> int:
    return sum(cost for first, last, cost in problem.intervals if {*range(first, last + 1)} & {*points})


def _dominated(problem: Any, points: Sequence[int]) -> bool:
    inside = {*chain.from_iterable(range(first, last + 1) for first, last, _ in problem.intervals)}
    return len(points) == len({*points}) == problem.count and {*points} <= inside


def _least_paid(problem: Any) -> int:
    choices = combinations(range(1, problem.points + 1), problem.count)
    return min(_paid(problem, points) for points in choices if _dominated(problem, points))


def _not_crowded(problem: Any, chosen: Sequence[int]) -> bool:
    if not different(chosen, len(problem.segments)):
        return False
    points = Counter(
        chain.from_iterable(range(problem.segments[number][0], problem.segments[number][1] + 1) for number in chosen)
    )
    return all(points[point] <= most for point, most in problem.limits)


def _coloured(problem: Any, colours: Sequence[int]) -> bool:
    if len(colours) != len(problem.segments) or min(colours) < 0:
        return False
    return not any(
        a == b and first[0] <= second[1] and second[0] <= first[1]
        for (first, a), (second, b) in combinations(zip(problem.segments, colours, strict=True), 2)
    )


def _colours(problem: Any, colours: Sequence[int]) -> int:
    return len({*colours})


def _fewest_colours(problem: Any) -> int:
    segments = range(len(problem.segments))
    return min(len({*colours}) for colours in product(segments, repeat=len(segments)) if _coloured(problem, colours))


def _boxes(problem: Any) -> list[int]:
    """Every way to give places to boxes, with the least Y and then the least X that lead there."""

    def steps(start: int, place: int) -> tuple[int, int]:
        return next(
            (y, x)
            for y in count()
            for x in range(problem.places)
            if (start + problem.step * x + y) % problem.places == place
        )

    def key(places: tuple[int, ...]) -> tuple[list[int], list[int]]:
        pairs = [steps(start, place) for start, place in zip(problem.starts, places, strict=True)]
        return [y for y, _ in pairs], [x for _, x in pairs]

    free = [place for place in range(problem.places) if place != problem.taken]
    return list(min(permutations(free), key=key))


def _pipeline_end(problem: Any, order: Sequence[int]) -> int:
    """The longest chain: machine A up to some job, machine B from this job on."""
    a, b = ([times[job] for job in order] for times in (problem.first, problem.second))
    return max(sum(a[: place + 1]) + sum(b[place:]) for place in range(len(a)))


def _orders(count: int) -> list[tuple[int, ...]]:
    return list(permutations(range(count)))


def _is_order(answer: Sequence[int], count: int) -> bool:
    return tuple(answer) in _orders(count) if count < 6 else sorted(answer) == [*range(count)]


def _matrix_sum(matrix: list[list[int]], columns: Sequence[int]) -> int:
    return sum(matrix[row][column] for row, column in enumerate(columns))


def _two_sums(problem: Any, columns: Sequence[int]) -> int:
    return _matrix_sum(problem.a, columns) * _matrix_sum(problem.b, columns)


def _longest_load(problem: Any, plan: Sequence[int]) -> int:
    loads: Counter[int] = Counter()
    for job, machine in enumerate(plan):
        loads[machine] += problem.times[job]
    return max(loads.values())


def _served(problem: Any, days: Sequence[int]) -> bool:
    """Up to every day that is served, what has arrived is enough for all customers that were served."""
    if len({*days}) < len(days) or not {*days} <= {*range(1, len(problem.wanted) + 1)}:
        return False
    return all(
        sum(problem.wanted[other - 1] for other in days if other <= day) <= sum(problem.arriving[:day]) for day in days
    )


def _batch_cost(problem: Any, ends: Sequence[int]) -> int:
    done = {
        end: problem.startup * number + sum(problem.times[:end]) for number, end in enumerate(ends, 1)
    }  # when the batch with this end is done
    return sum(weight * done[min(end for end in ends if end > task)] for task, weight in enumerate(problem.weights))


def _cut_at(problem: Any, ends: Sequence[int]) -> bool:
    tasks = len(problem.times)
    return [*ends] == sorted({*ends}) and {*ends} <= {*range(1, tasks + 1)} and tasks in ends


def _least_batch_cost(problem: Any) -> int:
    cuts = [(), *subsets(len(problem.times) - 1)]
    return min(_batch_cost(problem, [*(place + 1 for place in cut), len(problem.times)]) for cut in cuts)


def _fewest_changes(problem: Any) -> int:
    """Lets a flow of 1 run down the tree and scales it so that one vertex keeps its value."""
    children: dict[int, list[int]] = {}
    for vertex, parent in enumerate(problem.parents, 1):
        children.setdefault(parent, []).append(vertex)
    flow = {0: Fraction(1)}
    for parent in sorted(children):
        flow |= {child: flow[parent] / len(children[parent]) for child in children[parent]}
    vertices = range(len(problem.values))
    return min(
        sum(flow[other] * problem.values[kept] / flow[kept] != problem.values[other] for other in vertices)
        for kept in vertices
    )


def _walks(problem: Any, bridges: Sequence[int]) -> int:
    return sum(min(abs(s - place) + abs(place - t) for place in bridges) for s, t in problem.people)


def _least_walks(problem: Any) -> int:
    line = range(max(map(max, problem.people)) + 1)
    return min(_walks(problem, bridges) for bridges in product(line, repeat=problem.bridges))


def _last_dance(problem: Any) -> int:
    """Minute by minute."""
    waiting, dancing = list(problem.times), list[int]()
    for minute in count():
        dancing = [left - 1 for left in dancing if left > 1]
        while waiting and len(dancing) < problem.places:
            dancing.append(waiting.pop(0))
        if not dancing:
            return minute
    raise AssertionError


def _streets(problem: Any) -> list[int]:
    best = dict.fromkeys(range(1, len(problem.gains) + 1), 0)
    for houses in subsets(len(problem.gains)):
        value = 2 * max(problem.distances[house] for house in houses) + sum(problem.gains[house] for house in houses)
        best[len(houses)] = max(best[len(houses)], value)
    return [*best.values()]


def _best_size(rule: Any, name: str) -> Any:
    """How many entries of a field at most can be chosen within a rule."""
    return lambda problem: max(
        len(chosen) for chosen in [(), *subsets(len(getattr(problem, name)))] if rule(problem, chosen)
    )


EXAMPLES: dict[str, Example] = {
    "CowDanceShow": ({"times": [4, 7, 8, 6, 4], "places": 3}, 11),
    "MitterTransportation": ({"parents": [0, 0, 1], "values": [6, 3, 2, 3]}, 1),
    "SalesmanFatigue": ({"distances": [2, 3], "gains": [5, 1]}, [9, 12]),
}

SEARCHES: dict[str, Search] = {
    "ActivitySelection": (_best_size(_one_at_a_time, "spans"), length, range(5)),
    "AssignmentProblem": (
        lambda problem: min(_matrix_sum(problem.costs, columns) for columns in _orders(len(problem.costs))),
        lambda problem, columns: _matrix_sum(problem.costs, columns),
        range(4),
    ),
    "BoxScheduling": (_boxes, same, range(2)),
    "CowDanceShow": (_last_dance, same, range(5)),
    "HURWarehouseStore": (
        lambda problem: max(
            len(days) for days in subsets(len(problem.wanted)) if _served(problem, [day + 1 for day in days])
        ),
        length,
        range(5),
    ),
    "MakespanScheduling": (
        lambda problem: min(
            _longest_load(problem, plan) for plan in product(range(problem.machines), repeat=len(problem.times))
        ),
        _longest_load,
        range(4),
    ),
    "MaxSegmentCoverageConstraint": (_best_size(_not_crowded, "segments"), length, range(4)),
    "MinPairSumMultiplicationPermutation": (
        lambda problem: min(_two_sums(problem, columns) for columns in _orders(len(problem.a))),
        _two_sums,
        range(6),
    ),
    "MinimumChromaticNumber_SegmentOverlap": (_fewest_colours, _colours, range(2)),
    "Minimum_DominatingInterval": (_least_paid, _paid, range(5)),
    "MitterTransportation": (_fewest_changes, same, range(5)),
    "PalembangBridges": (_least_walks, _walks, range(3)),
    "PipelineArrangement": (
        lambda problem: min(_pipeline_end(problem, order) for order in _orders(len(problem.first))),
        _pipeline_end,
        range(4),
    ),
    "SalesmanFatigue": (_streets, same, range(5)),
    "TaskArrangement": (_least_batch_cost, _batch_cost, range(5)),
}

IS_CORRECT: dict[str, IsCorrect] = {
    "ActivitySelection": best_among(_one_at_a_time, length),
    "AssignmentProblem": best_among(
        lambda problem, columns: _is_order(columns, len(problem.costs)),
        lambda problem, columns: _matrix_sum(problem.costs, columns),
    ),
    "HURWarehouseStore": best_among(_served, length),
    "MakespanScheduling": best_among(
        lambda problem, plan: len(plan) == len(problem.times) and {*plan} <= {*range(problem.machines)}, _longest_load
    ),
    "MaxSegmentCoverageConstraint": best_among(_not_crowded, length),
    "MinPairSumMultiplicationPermutation": best_among(
        lambda problem, columns: _is_order(columns, len(problem.a)), _two_sums
    ),
    "MinimumChromaticNumber_SegmentOverlap": best_among(_coloured, _colours),
    "Minimum_DominatingInterval": best_among(_dominated, _paid),
    "PalembangBridges": best_among(lambda problem, bridges: len(bridges) == problem.bridges, _walks),
    "PipelineArrangement": best_among(lambda problem, order: _is_order(order, len(problem.first)), _pipeline_end),
    "SetCover": lambda problem, chosen: (
        different(chosen, len(problem.sets))
        and sorted(chain.from_iterable(problem.sets[number] for number in chosen)) == [*range(problem.items)]
    ),
    "TaskArrangement": best_among(_cut_at, _batch_cost),
}

BEST_FIRST: dict[str, BestFirst] = {
    "ActivitySelection": dropped,
    "BoxScheduling": lambda problem: [problem.solution(), problem.solution()[:-1]],
    "HURWarehouseStore": dropped,
    "MaxSegmentCoverageConstraint": dropped,
    "MinimumChromaticNumber_SegmentOverlap": lambda problem: [
        problem.solution(),
        [*range(len(problem.segments))],
        [0] * (len(problem.segments) + 1),
    ],
    "SalesmanFatigue": integers_spoilt,
    "SetCover": dropped,
}
