"""A machine that reads letters and changes its state."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integer
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class FiniteAutomaton(Problem[int]):
    """Tell the state of a finite automaton after it has read a word."""

    answer = Integer()
    ladder = Ladder(states=linear(3), length=linear(2))
    after_a: list[int]
    after_b: list[int]
    start: int
    word: str

    @classmethod
    def generate(cls, rng: Random, states: int, length: int) -> Self:
        # The letter a goes around all states; two random maps would soon lead from everywhere to the same few states.
        circle = rng.sample(range(states), states)
        after_a = [circle[circle.index(state) - 1] for state in range(states)]
        after_b = [rng.randrange(states) for _ in range(states)]
        word = "".join(rng.choices("ab", k=length))
        return cls(after_a=after_a, after_b=after_b, start=rng.randrange(states), word=word)

    def prompt(self) -> str:
        return "\n".join(
            [
                f"An automaton begins in state {self.start} and reads {' '.join(self.word)}. In which state does it "
                "end?",
                *(
                    f"In state {state} it goes to {a} on a, to {b} on b."
                    for state, (a, b) in enumerate(zip(self.after_a, self.after_b, strict=True))
                ),
            ]
        )

    def solution(self) -> int:
        state = self.start
        for letter in self.word:
            state = self.after_a[state] if letter == "a" else self.after_b[state]
        return state

    def verify(self, answer: int) -> float | None:
        return scores.exact(answer == self.solution()) if 0 <= answer < len(self.after_a) else None
