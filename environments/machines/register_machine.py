"""A machine that counts in registers and jumps."""

from dataclasses import dataclass
from random import Random
from string import ascii_lowercase
from typing import Self

from environments import scores
from environments.answers import Integers
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class RegisterMachine(Problem[list[int]]):
    """Tell the contents of registers after some steps of a program with jumps."""

    answer = Integers()
    ladder = Ladder(lines=linear(2, 0.5), registers=linear(2, 0.2, most=26), steps=linear(3, 1.5))
    program: list[str]  # inc a, dec a, jump a 2
    start: list[int]
    steps: int

    @classmethod
    def generate(cls, rng: Random, lines: int, registers: int, steps: int) -> Self:
        names = ascii_lowercase[:registers]
        start = [rng.randrange(6) for _ in names]
        # The first line changes a register; the last one of three or more goes back, for a loop.
        program = [f"inc {rng.choice(names)}"]
        for number in range(2, lines + 1):
            loops = number == lines > 2
            kind = "jump" if loops else rng.choice(("inc", "dec", "dec", "jump" if lines > 2 else "dec"))
            others = [line for line in range(1, number if loops else lines + 1) if line not in (number, number + 1)]
            program.append(f"{kind} {rng.choice(names)}" + f" {rng.choice(others)}" * (kind == "jump"))
        return cls(program=program, start=start, steps=steps)

    def prompt(self) -> str:
        registers = ", ".join(f"{name} = {value}" for name, value in zip(ascii_lowercase, self.start, strict=False))
        return "\n".join(
            [
                "inc x adds 1 to x and dec x subtracts 1 from x, then the next line follows. jump x n goes on at line "
                "n unless x is 0, else at the next line. Each line that runs is a step. Begin at line 1 with "
                f"{registers}. What are these after {self.steps} steps, or earlier when no line is left?",
                *(f"{number}: {line}" for number, line in enumerate(self.program, start=1)),
            ]
        )

    def solution(self) -> list[int]:
        registers = list(self.start)
        line = 0
        for _ in range(self.steps):
            if line >= len(self.program):
                break
            kind, name, *target = self.program[line].split()
            register = ascii_lowercase.index(name)
            line += 1
            if kind == "jump":
                line = int(target[0]) - 1 if registers[register] else line
            else:
                registers[register] += 1 if kind == "inc" else -1
        return registers

    def verify(self, answer: list[int]) -> float | None:
        return scores.positions(answer, self.solution(), power=2)
