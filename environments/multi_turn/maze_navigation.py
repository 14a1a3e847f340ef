"""A maze of which only the ways from where one stands are seen."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Choice
from environments.ladder import Ladder, linear
from environments.session import Session, Step

Walk = list[int]  # the cells that were stood on, in order; cell = row · columns + column

_WAYS = {"up": (-1, 0), "down": (1, 0), "left": (0, -1), "right": (0, 1)}
_BACK = {"up": "down", "down": "up", "left": "right", "right": "left"}


@dataclass(frozen=True)
class MazeNavigation(Session[str]):
    """Walk to the exit of an unseen maze, told at each step which ways are open."""

    answer = Choice(tuple(_WAYS))
    ladder = Ladder(rows=linear(2, 0.5), columns=lambda level: 3 + (level + 1) // 2)
    rows: int
    columns: int
    ways: list[list[str]]  # the open ones of each cell: a tree, so that one path leads from any cell to any other

    @classmethod
    def generate(cls, rng: Random, rows: int, columns: int) -> Self:
        """A depth-first walk that opens a passage into every cell when it first comes there."""
        start = rng.randrange(rows * columns)
        trail, seen, ways = [start], {start}, [list[str]() for _ in range(rows * columns)]
        while trail:
            row, column = divmod(trail[-1], columns)
            near = [
                (way, (row + down) * columns + column + right)
                for way, (down, right) in _WAYS.items()
                if 0 <= row + down < rows and 0 <= column + right < columns
            ]
            fresh = [(way, cell) for way, cell in near if cell not in seen]
            if not fresh:
                trail.pop()
                continue
            way, cell = rng.choice(fresh)
            ways[trail[-1]].append(way)
            ways[cell].append(_BACK[way])
            trail.append(cell)
            seen.add(cell)
        return cls(rows, columns, [sorted(each, key=list(_WAYS).index) for each in ways])

    @property
    def max_turns(self) -> int:
        """Enough for every explorer that goes into each passage once and back: not for those that wander."""
        return 2 * (self.rows * self.columns - 1) - self._distance()

    def prompt(self) -> str:
        return (
            f"You stand in a maze of {self.rows} rows and {self.columns} columns, at row 1, column 1. The exit is at "
            f"row {self.rows}, column {self.columns}. Each answer is one step, into a way that is open; you have "
            f"{self.max_turns} steps. After each I say your row, your column and the open ways.\n{self._seen(0)}"
        )

    def opening(self) -> Walk:
        return [0]

    def step(self, state: Walk, action: str) -> Step:
        cell = self._open(state[-1]).get(action)
        if cell is None:
            return Step(state, "", done=True, score=None)
        if cell == self.rows * self.columns - 1:
            return Step([*state, cell], "", done=True, score=1.0)
        return Step([*state, cell], self._seen(cell))

    def best_action(self, state: Walk) -> str:
        """Depth first: into a way not yet gone, down and right before up and left, else back where it came from."""
        ways, here = self._open(state[-1]), state[-1]
        fresh = [way for way in ("down", "right", "left", "up") if way in ways and ways[way] not in state]
        if fresh:
            return fresh[0]
        before = state[state.index(here) - 1]
        return next(way for way, cell in ways.items() if cell == before)

    def random_action(self, state: Walk, rng: Random) -> str:
        return rng.choice(list(self._open(state[-1])))

    def _open(self, cell: int) -> dict[str, int]:
        """Way → the cell that it leads to."""
        steps = {"up": -self.columns, "down": self.columns, "left": -1, "right": 1}
        return {way: cell + steps[way] for way in self.ways[cell]}

    def _seen(self, cell: int) -> str:
        row, column = divmod(cell, self.columns)
        return f"{row + 1} {column + 1}: {' '.join(self.ways[cell])}"

    def _distance(self) -> int:
        """Steps from the start to the exit."""
        frontier, seen, steps = [0], {0}, 0
        while self.rows * self.columns - 1 not in frontier:
            frontier = [cell for here in frontier for cell in self._open(here).values() if cell not in seen]
            seen.update(frontier)
            steps += 1
        return steps
