"""A machine that computes on a stack."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Integer
from environments.ladder import Ladder, linear
from environments.problem import Problem

_MEANING = {
    "add": "add replaces the top two by their sum",
    "sub": "sub replaces the top two by the lower one minus the top one",
    "swap": "swap exchanges the top two",
    "dup": "dup puts a copy of the top number on top",
    "drop": "drop removes the top number",
}
_NEEDED = {"push": 0, "add": 2, "sub": 2, "swap": 2, "dup": 1, "drop": 2}  # drop never empties the stack
_CHANGE = {"push": 1, "add": -1, "sub": -1, "swap": 0, "dup": 1, "drop": -1}


@dataclass(frozen=True)
class StackMachine(Problem[int]):
    """Tell what is on top of a stack after a program."""

    answer = Integer()
    ladder = Ladder(steps=linear(3), kinds=linear(1, 0.5, most=5), limit=linear(10, 2))
    commands: list[str]  # that are explained
    program: list[str]

    @classmethod
    def generate(cls, rng: Random, steps: int, kinds: int, limit: int) -> Self:
        """Nearly all that is pushed is used, since at most two numbers remain; the last step computes."""
        commands = list(_MEANING)[:kinds]
        program: list[str] = []
        height = 0
        for step in range(steps):
            after = steps - step - 1
            allowed = [
                command
                for command in ("push", *commands)
                if height >= _NEEDED[command] and abs(2 * (height + _CHANGE[command]) - 5) <= 2 * after - 1
            ]
            if after == 0:
                command = rng.choice(commands[:2])
            elif "push" in allowed and rng.random() < 0.4:
                command = "push"
            else:
                command = rng.choice(allowed)
            height += _CHANGE[command]
            program.append(f"push {rng.randrange(limit)}" if command == "push" else command)
        return cls(commands=commands, program=program)

    def prompt(self) -> str:
        meanings = [_MEANING[command] for command in self.commands]
        return (
            f"On a stack of numbers, empty at first, push n puts n on top, {', '.join(meanings)}. What is on "
            f"top after: {', '.join(self.program)}"
        )

    def solution(self) -> int:
        stack: list[int] = []
        for command in self.program:
            if command.startswith("push"):
                stack.append(int(command.split()[1]))
            elif command == "dup":
                stack.append(stack[-1])
            elif command == "drop":
                stack.pop()
            elif command == "swap":
                stack[-2:] = stack[:-3:-1]
            else:
                top = stack.pop()
                stack[-1] += top if command == "add" else -top
        return stack[-1]
