"""What the tests know of the environments of games."""

from collections.abc import Callable, Iterable, Sequence
from functools import cache, reduce
from itertools import combinations, combinations_with_replacement, count
from operator import xor
from types import SimpleNamespace
from typing import Any

from tests.environments.oracles._kinds import BestFirst, Example, IsCorrect, Search
from tests.environments.oracles._spoilt import integers_spoilt

State = tuple[Any, ...]


def _euclid_winner(problem: Any) -> str:
    @cache
    def wins(a: int, b: int) -> bool:
        """Whether the player to move wins: all moves are tried."""
        a, b = max(a, b), min(a, b)
        return b > 0 and any(not wins(a - times * b, b) for times in range(1, a // b + 1))

    return "Stan" if wins(problem.larger, problem.smaller) else "Ollie"


def _first_wins(start: State, moves: Callable[[State], Iterable[State]]) -> bool:
    """Whether the player to move wins, where whoever cannot move loses: every move is tried."""

    @cache
    def wins(state: State) -> bool:
        return any(not wins(after) for after in moves(state))

    return wins(start)


def _replaced(state: State, place: int, *entries: Any) -> State:
    return (*state[:place], *entries, *state[place + 1 :])


def _nim_moves(piles: State) -> Iterable[State]:
    for place, pile in enumerate(piles):
        for left in range(pile):
            yield tuple(sorted(_replaced(piles, place, left)))


def _nim(problem: Any) -> str:
    return "won" if _first_wins(tuple(sorted(problem.piles)), _nim_moves) else "lost"


def _nim_move(problem: Any, answer: list[int]) -> str:
    number, taken = answer
    if answer == [0, 0]:
        return "lost"
    after = _replaced(tuple(problem.piles), number - 1, problem.piles[number - 1] - taken)
    return "does not win" if _first_wins(tuple(sorted(after)), _nim_moves) else "won"


def _nim_correct(problem: Any, answer: list[int]) -> bool:
    if len(answer) != 2:
        return False
    number, taken = answer
    if number == taken == 0:
        return reduce(xor, problem.piles) == 0
    if number not in range(1, len(problem.piles) + 1) or taken not in range(1, problem.piles[number - 1] + 1):
        return False
    left = list(problem.piles)
    left[number - 1] -= taken
    return reduce(xor, left) == 0


def _subtraction(problem: Any) -> int:
    @cache
    def wins(pile: int) -> bool:
        return any(taken <= pile and not wins(pile - taken) for taken in problem.allowed)

    winning = [taken for taken in problem.allowed if taken <= problem.pile and not wins(problem.pile - taken)]
    return min(winning, default=0)


def _grundy(problem: Any) -> list[int]:
    """The value is the size of the pile of Nim that, put beside the position, makes it lost."""

    def moves(state: State) -> Iterable[State]:
        place, pile = state
        yield from ((to, pile) for to in problem.moves[place - 1])
        yield from ((place, left) for left in range(pile))

    return [
        next(pile for pile in count() if not _first_wins((place, pile), moves))
        for place in range(1, len(problem.moves) + 1)
    ]


def _delta_nim(problem: Any) -> str:
    def moves(piles: State) -> Iterable[State]:
        for place, pile in enumerate(piles):
            yield from (_replaced(piles, place, left) for left in range(piles[place - 1] if place else 0, pile))

    return "Alice" if _first_wins(tuple(problem.piles), moves) else "Bob"


def _stone(problem: Any) -> str:
    def moves(heaps: State) -> Iterable[State]:
        for place, heap in enumerate(heaps):
            if heap >= problem.threshold:
                for parts in range(2, heap + 1):
                    split = [(heap + part) // parts for part in range(parts)]
                    yield tuple(sorted(size for size in _replaced(heaps, place, *split) if size >= problem.threshold))

    return "Stan" if _first_wins(tuple(sorted(problem.heaps)), moves) else "Ollie"


def _taking_primes(problem: Any) -> int:
    primes = [p for p in range(2, problem.pile + 1) if all(p % d for d in range(2, p))]

    @cache
    def result(pile: int) -> int:
        """Moves where the player to move wins, and else minus the moves minus 1."""
        after = [result(pile - p) for p in primes if p <= pile]
        lost = [1 + (-end - 1) for end in after if end < 0]
        return min(lost) if lost else -1 - max((1 + end for end in after), default=0)

    return max(-1, result(problem.pile))


def _splitting(problem: Any) -> str:
    def moves(tokens: State) -> Iterable[State]:
        for place, number in enumerate(tokens):
            if number:
                for a, b in combinations_with_replacement(range(place + 1, len(tokens)), 2):
                    after = list(tokens)
                    after[place] -= 1
                    after[a] += 1
                    after[b] += 1
                    yield tuple(after)

    return "Alice" if _first_wins(tuple(problem.tokens), moves) else "Bob"


def _coins(problem: Any) -> int:
    @cache
    def lead(start: int, limit: int) -> int:
        rest = problem.coins[start:]
        return max(
            (sum(rest[:k]) - lead(start + k, 2 * k) for k in range(1, min(limit, len(rest)) + 1)),
            default=0,
        )

    return (sum(problem.coins) + lead(0, 2)) // 2


def _flipping(problem: Any) -> str:
    def moves(white: State) -> Iterable[State]:
        for cell in white:
            flipped: frozenset[int] = frozenset()
            for multiple in range(cell, problem.cells + 1, cell):
                flipped |= {multiple}
                yield tuple(sorted(flipped ^ set(white)))

    return "yes" if _first_wins(tuple(problem.white), moves) else "no"


def _minima(problem: Any) -> int:
    size = len(problem.numbers)

    @cache
    def lead(left: int) -> int:
        best, taken = -(10**9), left
        while taken:
            least = min(problem.numbers[bit] for bit in range(size) if taken >> bit & 1)
            best = max(best, least - lead(left & ~taken))
            taken = (taken - 1) & left
        return best if left else 0

    return lead(2**size - 1)


def _intervals(problem: Any) -> int:
    @cache
    def lead(piles: State) -> int:
        open_piles = [
            place
            for place, pile in enumerate(piles)
            if pile and 0 in (*piles[max(0, place - 1) : place], *piles[place + 1 : place + 2])
        ]
        return max((piles[place] - lead(_replaced(piles, place, 0)) for place in open_piles), default=0)

    return (sum(problem.piles) + lead(tuple(problem.piles))) // 2


MAGIC = (2, 7, 6, 9, 5, 1, 4, 3, 8)  # cells of a magic square: three in line are three with the sum 15


@cache
def _best_result(own: frozenset[int], other: frozenset[int]) -> int:
    """Of the player to move, who holds `own`."""
    if any(sum(three) == 15 for three in combinations(other, 3)):
        return -1
    return max((-_best_result(other, own | {cell}) for cell in MAGIC if cell not in own | other), default=0)


def _best_moves(problem: Any, cells: list[int]) -> bool:
    if len(cells) != len(problem.boards) or set(cells) - set(range(1, 10)):
        return False
    for cell, board in zip(cells, problem.boards, strict=True):
        own, other = (frozenset(MAGIC[place] for place in range(9) if board[place] == sign) for sign in "XO")
        if board[cell - 1] != "." or -_best_result(other, own | {MAGIC[cell - 1]}) != _best_result(own, other):
            return False
    return True


def _worse_moves(problem: Any) -> Sequence[list[int]]:
    """Board after board gets a move that is not the best."""
    right = problem.solution()
    worse = [
        next(
            cell
            for cell in range(1, 10)
            if board[cell - 1] == "." and not _best_moves(SimpleNamespace(boards=[board]), [cell])
        )
        for board in problem.boards
    ]
    return [*(worse[:count] + right[count:] for count in range(len(right) + 1)), right[1:]]


EXAMPLES: dict[str, Example] = {
    "GraMinimaGame": ({"numbers": [1, 3, 1]}, 2),
    "NimGame": ({"piles": [1, 2, 3]}, [0, 0]),
}

SEARCHES: dict[str, Search] = {
    "NimGame": (_nim, _nim_move, range(3)),
    "SubtractionGame": (_subtraction, lambda problem, answer: answer, range(6)),
    "GrundyValue": (_grundy, lambda problem, answer: answer, range(6)),
    "DeltaNimGame": (_delta_nim, lambda problem, answer: answer, range(2)),
    "StoneGame": (_stone, lambda problem, answer: answer, range(4)),
    "TakingPrimeGame": (_taking_primes, lambda problem, answer: answer, range(4)),
    "SplittingGame": (_splitting, lambda problem, answer: answer, range(1)),
    "CoinSquareGame": (_coins, lambda problem, answer: answer, range(6)),
    "MultipleFlippingGame": (_flipping, lambda problem, answer: answer, range(2)),
    "GraMinimaGame": (_minima, lambda problem, answer: answer, range(4)),
    "StoneIntervalsGame": (_intervals, lambda problem, answer: answer, range(6)),
    "EuclidGame": (_euclid_winner, lambda problem, answer: answer, range(5)),
}

IS_CORRECT: dict[str, IsCorrect] = {
    "NimGame": _nim_correct,
    "TicTacToeBestMove": _best_moves,
}

BEST_FIRST: dict[str, BestFirst] = {
    "GrundyValue": integers_spoilt,
    "TicTacToeBestMove": _worse_moves,
}
