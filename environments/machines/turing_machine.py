"""A machine that writes on a tape."""

from dataclasses import dataclass
from random import Random
from string import ascii_uppercase
from typing import Self

from environments import scores
from environments.answers import Letters
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class TuringMachine(Problem[str]):
    """Tell the tape of a Turing machine after some steps."""

    answer = Letters("01", "cells")
    ladder = Ladder(states=linear(1, 0.25, most=26), length=linear(4, 0.5), steps=linear(3))
    rules: list[str]  # for 0 and 1 in state A, for 0 and 1 in state B and so on: 1RB writes 1, moves right, goes to B
    tape: str
    head: int
    steps: int

    @classmethod
    def generate(cls, rng: Random, states: int, length: int, steps: int) -> Self:
        names = ascii_uppercase[:states]
        rules = [rng.choice("01") + rng.choice("LR") + rng.choice(names) for _ in range(2 * states)]
        place = 2 * rng.randrange(states)
        # In one state at least both directions occur, so that the head does not always leave at once.
        rules[place], rules[place + 1] = (f"{rules[place + k][0]}{'RL'[k]}{rules[place + k][2]}" for k in range(2))
        tape = "".join(rng.choices("01", k=length))
        head = rng.randrange(length)
        first = int(tape[head])
        rules[first] = f"{1 - first}{rules[first][1:]}"  # the first step changes the tape
        return cls(rules=rules, tape=tape, head=head, steps=steps)

    def prompt(self) -> str:
        lines = [f"{ascii_uppercase[n // 2]} {n % 2}: {' '.join(rule)}" for n, rule in enumerate(self.rules)]
        return "\n".join(
            [
                "A Turing machine has rules such as A 0: 1 R B, that is: in state A on a cell with 0, write 1, move "
                f"right (L: left), go to state B. It begins in state A on cell {self.head + 1} from the left. What is "
                f"on the tape after {self.steps} steps, or earlier when it moves off an end?",
                *lines,
                f"tape: {' '.join(self.tape)}",
            ]
        )

    def solution(self) -> str:
        tape, head, state = list(self.tape), self.head, "A"
        for _ in range(self.steps):
            if not 0 <= head < len(tape):
                break
            tape[head], direction, state = self.rules[2 * ascii_uppercase.index(state) + int(tape[head])]
            head += 1 if direction == "R" else -1
        return "".join(tape)

    def verify(self, answer: str) -> float | None:
        return scores.positions(answer, self.solution())
