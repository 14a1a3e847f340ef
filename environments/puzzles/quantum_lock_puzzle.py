"""Buttons that do one thing and then the other."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Integers
from environments.ladder import Ladder, linear
from environments.problem import Problem

SIGNS = ("+", "-", "*")


def pressed(rule: list[int], value: int) -> int:
    sign, number = rule
    return (value + number, value - number, value * number)[sign]


@dataclass(frozen=True)
class QuantumLockPuzzle(Problem[list[int]]):
    """Press buttons whose effects alternate until a number is reached."""

    answer = Integers()
    ladder = Ladder(buttons=linear(2), presses=linear(2, 0.5, most=8))
    start: int
    target: int
    rules: list[list[list[int]]]  # by button: what it does in odd and in even presses, a place in SIGNS and a number
    presses: list[int]

    @classmethod
    def generate(cls, rng: Random, buttons: int, presses: int) -> Self:
        """The target is a number that was new after the most presses in a walk over some hundred numbers."""
        rules = [[cls._rule(rng, buttons) for _ in range(2)] for _ in range(buttons)]
        start = rng.randint(-buttons, buttons)
        level: list[tuple[int, list[int]]] = [(start, [])]
        seen = {start}
        target, path = start, [0]
        for turn in range(presses):
            reached: dict[int, list[int]] = {}
            for value, way in level:
                for button, both in enumerate(rules):
                    reached.setdefault(pressed(both[turn % 2], value), [*way, button])
            fresh = [(value, way) for value, way in reached.items() if value not in seen]
            if fresh:
                target, path = rng.choice(fresh)
            seen.update(reached)
            level = rng.sample([*reached.items()], min(40, len(reached)))
        if target == start:  # multiples of 0 lead nowhere
            rules[0][0] = [0, 1]
            target = start + 1
        return cls(start, target, rules, path)

    @staticmethod
    def _rule(rng: Random, buttons: int) -> list[int]:
        sign = rng.choices((0, 1, 2), (2, 2, 1))[0]
        return [sign, rng.randint(2, 3) if sign == 2 else rng.randint(1, buttons + 2)]

    def prompt(self) -> str:
        lines = [
            f"{button}: {SIGNS[first[0]]} {first[1]}, {SIGNS[second[0]]} {second[1]}"
            for button, (first, second) in enumerate(self.rules)
        ]
        return "\n".join(
            [
                f"A lock shows {self.start}. Pressing a button changes the number by the button's left rule in the "
                "1st, 3rd, 5th, ... press and by its right rule in the 2nd, 4th, ... press, where presses of all "
                f"buttons count. Which buttons in which order lead to {self.target}?",
                *lines,
            ]
        )

    def solution(self) -> list[int]:
        return self.presses

    def verify(self, answer: list[int]) -> float | None:
        if not all(0 <= button < len(self.rules) for button in answer):
            return None
        value = self.start
        for turn, button in enumerate(answer):
            value = pressed(self.rules[button][turn % 2], value)
        return 1.0 if value == self.target else 0.0
