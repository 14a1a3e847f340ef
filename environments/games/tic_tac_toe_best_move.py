"""Tic-tac-toe."""

from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integers
from environments.ladder import Ladder, linear
from environments.problem import Problem

LINES = ((0, 1, 2), (3, 4, 5), (6, 7, 8), (0, 3, 6), (1, 4, 7), (2, 5, 8), (0, 4, 8), (2, 4, 6))


@cache
def outcome(board: str) -> int:
    """1, 0 or -1 where X, who is to move, wins, draws or loses against perfect play."""
    if any(board[a] == board[b] == board[c] == "O" for a, b, c in LINES):
        return -1
    results = [result_of(board, cell) for cell in range(9) if board[cell] == "."]
    return max(results, default=0)


def result_of(board: str, cell: int) -> int:
    """The outcome for X of a move; the signs change places, so that it is X's turn again."""
    after = board[:cell] + "X" + board[cell + 1 :]
    return -outcome(after.translate(str.maketrans("XO", "OX")))


def best_cells(board: str) -> list[int]:
    """The cells, from 1 on, where a move of X leads to the best outcome."""
    wanted = outcome(board)
    return [cell + 1 for cell in range(9) if board[cell] == "." and result_of(board, cell) == wanted]


@dataclass(frozen=True)
class TicTacToeBestMove(Problem[list[int]]):
    """Find a best move on boards of tic-tac-toe."""

    answer = Integers()
    ladder = Ladder(boards=linear(1, 0.5))
    boards: list[str]

    @classmethod
    def generate(cls, rng: Random, boards: int) -> Self:
        """Boards on which some move is better than another one."""
        drawn: list[str] = []
        for _ in range(boards):
            board = "XX.OO...."
            for _ in range(20):
                filled = rng.randint(3, 7)
                signs = ["X"] * (filled // 2) + ["O"] * (filled - filled // 2) + ["."] * (9 - filled)
                rng.shuffle(signs)
                other = "".join(signs)
                over = any(other[a] == other[b] == other[c] != "." for a, b, c in LINES)
                if not over and len(best_cells(other)) < 9 - filled:
                    board = other
                    break
            drawn.append(board)
        return cls(drawn)

    def prompt(self) -> str:
        return "\n".join(
            [
                "In tic-tac-toe X and O take turns to fill cells, and three in a row, column or diagonal win. X is to "
                "move. Give for each board a cell, numbered 1 to 9 row by row, that leads to the best result for X if "
                "both play perfectly from then on.",
                *(f"{board[:3]}\n{board[3:6]}\n{board[6:]}\n" for board in self.boards),
            ]
        ).rstrip()

    def solution(self) -> list[int]:
        return [best_cells(board)[0] for board in self.boards]

    def verify(self, answer: list[int]) -> float | None:
        if len(answer) != len(self.boards):
            return None
        if any(not 1 <= cell <= 9 or board[cell - 1] != "." for cell, board in zip(answer, self.boards, strict=True)):
            return None
        best = sum(cell in best_cells(board) for cell, board in zip(answer, self.boards, strict=True))
        return scores.share(best, len(answer), power=5)
