"""Lamps that switch their neighbours."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Integers
from environments.grids._cells import beside, cut_text, sides
from environments.ladder import Ladder, linear
from environments.problem import Problem


def pressed(cells: list[int], height: int, width: int) -> list[int]:
    """How often each lamp is switched, modulo 2, when these cells are pressed; numbered row by row from 0 on."""
    switched = [0] * (height * width)
    for cell in cells:
        for y, x in (divmod(cell, width), *beside(*divmod(cell, width), height, width)):
            switched[y * width + x] ^= 1
    return switched


@dataclass(frozen=True)
class LightsOut(Problem[list[int]]):
    """Find the cells whose pressing turns all lights off."""

    answer = Integers()
    ladder = Ladder(total=linear(6), presses=linear(2))
    rows: list[str]
    presses: list[int]  # from 1 on

    @classmethod
    def generate(cls, rng: Random, total: int, presses: int) -> Self:
        height, width = sides(rng, total)
        area = height * width
        cells = sorted(rng.sample(range(area), min(presses, area - 1)))
        if not any(pressed(cells, height, width)):  # one press fewer leaves some light on
            del cells[0]
        lights = pressed(cells, height, width)
        return cls(cut_text([str(light) for light in lights], width), [cell + 1 for cell in cells])

    def prompt(self) -> str:
        return "\n".join(
            [
                "Pressing a cell switches it and the cells beside, above and below it between 0 and 1. Turn all to 0. "
                "Give the cells to press, each at most once, numbered row by row from 1 on:",
                *self.rows,
            ]
        )

    def solution(self) -> list[int]:
        return self.presses

    def verify(self, answer: list[int]) -> float | None:
        height, width = len(self.rows), len(self.rows[0])
        if len(set(answer)) != len(answer) or not all(1 <= cell <= height * width for cell in answer):
            return None
        switched = pressed([cell - 1 for cell in answer], height, width)
        return 1.0 if "".join(map(str, switched)) == "".join(self.rows) else 0.0
