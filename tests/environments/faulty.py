"""Environments with one planted fault each, and the check that has to find it.

They derive from a faultless environment, so that nothing but the planted fault can fail a check.
"""

import os
import random
import time
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, Self

from environments import Choice, Integer, Integers, Ladder, Problem, contract, linear
from environments.contract import Check
from tests.environments.golden import check_problems_are_the_recorded_ones


@dataclass(frozen=True)
class Faultless(Problem[list[int]]):
    """Name two different numbers of a list, the larger one first."""

    answer = Integers()
    ladder = Ladder(length=linear(5))
    values: list[int]

    @classmethod
    def generate(cls, rng: Random, length: int) -> Self:
        return cls(rng.sample(range(10 * length), length))

    def prompt(self) -> str:
        return f"Which are the two largest numbers, larger first: {' '.join(map(str, self.values))}"

    def solution(self) -> list[int]:
        return sorted(self.values)[:-3:-1]

    def verify(self, answer: list[int]) -> float | None:
        if len(answer) != 2:
            return None
        return 1.0 if answer == self.solution() else 0.5 * (answer[0] == max(self.values))


@dataclass(frozen=True)
class WrongSolution(Faultless):
    """Solve with the two smallest numbers and verify with the two largest."""

    def solution(self) -> list[int]:
        return sorted(self.values)[:2]

    def verify(self, answer: list[int]) -> float | None:
        return float(answer == sorted(self.values)[:-3:-1])


@dataclass(frozen=True)
class AcceptsAnything(Faultless):
    """Find every answer correct."""

    def verify(self, answer: list[int]) -> float | None:
        return 1.0


@dataclass(frozen=True)
class AcceptsAnyOrder(Faultless):
    """Find the two numbers correct in the wrong order, too."""

    def verify(self, answer: list[int]) -> float | None:
        return float(sorted(answer) == sorted(self.solution()))


@dataclass(frozen=True)
class GenerousScore(Faultless):
    """Pay more than half for a wrong answer."""

    def verify(self, answer: list[int]) -> float | None:
        return 1.0 if answer == self.solution() else 0.9


@dataclass(frozen=True)
class RaisingVerify(Faultless):
    """Look at a second number that need not be there."""

    def verify(self, answer: list[int]) -> float | None:
        return float([answer[0], answer[1]] == self.solution() and len(answer) == 2)


@dataclass(frozen=True)
class GlobalRandom(Faultless):
    """Draw from the global generator."""

    @classmethod
    def generate(cls, rng: Random, length: int) -> Self:  # noqa: ARG003
        return cls(random.sample(range(10 * length), length))  # noqa: TID251


@dataclass(frozen=True)
class GlobalSeed(Faultless):
    """Seed the global generator: the problems repeat, and so does everybody else's randomness."""

    @classmethod
    def generate(cls, rng: Random, length: int) -> Self:
        random.seed(rng.getrandbits(32))  # noqa: TID251
        return cls(random.sample(range(10 * length), length))  # noqa: TID251


@dataclass(frozen=True)
class SetOrder(Faultless):
    """Take the order of the numbers from a set of strings."""

    @classmethod
    def generate(cls, rng: Random, length: int) -> Self:
        return cls([int(text) for text in {str(value) for value in rng.sample(range(10 * length), length)}])


@dataclass(frozen=True)
class FewProblems(Faultless):
    """Know three problems only."""

    @classmethod
    def generate(cls, rng: Random, length: int) -> Self:
        return super().generate(Random(rng.randrange(3)), length)


@dataclass(frozen=True)
class EasingLadder(Faultless):
    """Ask for less as levels rise."""

    ladder = Ladder(length=lambda difficulty: max(5, 60 - difficulty))


@dataclass(frozen=True)
class FlatLadder(Faultless):
    """Draw from a wider range as levels rise, which makes nothing longer."""

    ladder = Ladder(length=linear(5, 0.01))


@dataclass(frozen=True)
class SlowGenerate(Faultless):
    """Search far too long for a problem."""

    @classmethod
    def generate(cls, rng: Random, length: int) -> Self:
        _burn(0.003)
        return super().generate(rng, length)


@dataclass(frozen=True)
class SlowVerify(Faultless):
    """Work on an answer before looking at its length."""

    def verify(self, answer: list[int]) -> float | None:
        if len(answer) > 500:
            _burn(0.015)
        return super().verify(answer)


@dataclass(frozen=True)
class NonJsonField(Faultless):
    """Keep a tuple, which JSON turns into a list."""

    @classmethod
    def generate(cls, rng: Random, length: int) -> Self:
        return cls(tuple(rng.sample(range(10 * length), length)))  # pyright: ignore[reportArgumentType]


@dataclass(frozen=True)
class NumpyFields(Faultless):
    """Keep NumPy's integers, which look like numbers and are no JSON."""

    @classmethod
    def generate(cls, rng: Random, length: int) -> Self:
        import numpy

        return cls(list(numpy.array(rng.sample(range(10 * length), length))))


@dataclass(frozen=True)
class LoadsTheTrainer(Faultless):
    """Import what workers should not have to hold."""

    def solution(self) -> list[int]:
        import rlve

        return super().solution()[: len(rlve.__name__)]


@dataclass(frozen=True)
class LongPrompt(Faultless):
    """Ask for more than a small model can read, from the first level on."""

    ladder = Ladder(length=linear(200))


@dataclass(frozen=True)
class Hangs(Faultless):
    """Search for what is not there; no check of this process may look at it."""

    @classmethod
    def generate(cls, rng: Random, length: int) -> Self:
        while rng.randrange(length) < length:
            pass
        return super().generate(rng, length)


@dataclass(frozen=True)
class EndsTheProcess(Faultless):
    """Leave by a door that no exception handler guards."""

    def solution(self) -> list[int]:
        os._exit(3)


@dataclass(frozen=True)
class FirstIsRight(Faultless):
    """Always put the two largest numbers first."""

    @classmethod
    def generate(cls, rng: Random, length: int) -> Self:
        high, low, *rest = sorted(rng.sample(range(10 * length), length), reverse=True)
        rng.shuffle(rest)
        return cls([*rest, high, low])


@dataclass(frozen=True)
class MostlyYes(Problem[str]):
    """Tell whether a number occurs, which it nearly always does."""

    answer = Choice(("yes", "no"))
    guessable = "0.50: there are two answers"
    ladder = Ladder(length=linear(4))
    values: list[int]
    wanted: int

    @classmethod
    def generate(cls, rng: Random, length: int) -> Self:
        values = rng.sample(range(1000), length)
        return cls(values, rng.choice(values) if rng.randrange(5) else 1000)

    def prompt(self) -> str:
        return f"Does {self.wanted} occur: {' '.join(map(str, self.values))}"

    def solution(self) -> str:
        return "yes" if self.wanted in self.values else "no"


@dataclass(frozen=True)
class LeakingPrompt(Faultless):
    """End the prompt with the solution."""

    def prompt(self) -> str:
        return f"{super().prompt()} ({self.solution()[0]} {self.solution()[1]})"


@dataclass(frozen=True)
class OwnMarker(Faultless):
    """Ask for a marker that the framework did not choose."""

    def prompt(self) -> str:
        return f"{super().prompt()}\nWrite <answer>...</answer>"


@dataclass(frozen=True)
class ReadsAFile(Faultless):
    """Look into a file for every problem."""

    @classmethod
    def generate(cls, rng: Random, length: int) -> Self:
        assert Path(__file__).read_bytes()
        return super().generate(rng, length)


@dataclass(frozen=True)
class SortsItself(Faultless):
    """Put the problem's own numbers in order while solving it."""

    def solution(self) -> list[int]:
        self.values.sort()
        return self.values[:-3:-1]


@dataclass(frozen=True)
class FarIsBetter(Problem[int]):
    """Pay more for an answer that is further away."""

    answer = Integer()
    ladder = Ladder(length=linear(4))
    values: list[int]

    @classmethod
    def generate(cls, rng: Random, length: int) -> Self:
        return cls(rng.sample(range(10 * length), length))

    def prompt(self) -> str:
        return f"What is the sum: {' '.join(map(str, self.values))}"

    def solution(self) -> int:
        return sum(self.values)

    def verify(self, answer: int) -> float | None:
        return 1.0 if answer == self.solution() else min(0.5, abs(answer - self.solution()) / 100)


@dataclass(frozen=True)
class NoDocstring(Faultless):
    values: list[int]


class NotFrozen(Faultless):
    """Change after it was made."""

    __dataclass_params__ = None


@dataclass(frozen=True)
class NotRecorded(Faultless):
    """Be missing from the recorded digests."""


def _burn(seconds: float) -> None:
    start = time.process_time()
    while time.process_time() < start + seconds:
        pass


FAULTS: list[tuple[type[Problem[Any]], Check, str]] = [  # and a part of what it has to say
    (WrongSolution, contract.check_solution_is_correct, "must be judged correct"),
    (AcceptsAnything, contract.check_wrong_answers_are_not_correct, "is judged"),
    (AcceptsAnything, contract.check_no_text_upsets_it, "is judged correct"),
    (AcceptsAnything, contract.check_no_constant_answer_does_well, "always '0' solves 100%"),
    (AcceptsAnyOrder, contract.check_wrong_answers_are_not_correct, "is judged"),
    (GenerousScore, contract.check_wrong_answers_are_not_correct, "got 0.9"),
    (GenerousScore, contract.check_no_text_upsets_it, "got 0.9"),
    (RaisingVerify, contract.check_no_text_upsets_it, "IndexError"),
    (GlobalRandom, contract.check_same_seed_gives_the_same_problem, "the same seed gave two problems"),
    (GlobalRandom, contract.check_problems_do_not_depend_on_the_process, "another process"),
    (GlobalRandom, contract.check_nothing_outside_is_touched, "global random state"),
    (GlobalSeed, contract.check_nothing_outside_is_touched, "global random state"),
    (SetOrder, contract.check_problems_do_not_depend_on_the_process, "another process"),
    (NotRecorded, check_problems_are_the_recorded_ones, "not in digests/"),
    (FewProblems, contract.check_seeds_give_different_problems, "8% of 40 prompts differ"),
    (EasingLadder, contract.check_higher_levels_ask_more, "no longer prompts"),
    (FlatLadder, contract.check_higher_levels_ask_more, "ladder ends at level 0"),
    (SlowGenerate, contract.check_generation_is_fast, "problems per second"),
    (SlowVerify, contract.check_verification_is_fast, "limit 10"),
    (NonJsonField, contract.check_problem_survives_json_and_pickle, "other than JSON types"),
    (NumpyFields, contract.check_problem_survives_json_and_pickle, "other than JSON types"),
    (LoadsTheTrainer, contract.check_nothing_outside_is_touched, "it loads rlve"),
    (LongPrompt, contract.check_higher_levels_ask_more, "expected at most 400"),
    (FirstIsRight, contract.check_no_constant_answer_does_well, "the last words solves 100%"),
    (MostlyYes, contract.check_no_constant_answer_does_well, "always 'yes' solves"),
    (LeakingPrompt, contract.check_question_says_how_to_answer_and_not_what, "end with their solution"),
    (OwnMarker, contract.check_question_says_how_to_answer_and_not_what, "the framework adds"),
    (ReadsAFile, contract.check_nothing_outside_is_touched, "closed in itself"),
    (SortsItself, contract.check_nothing_outside_is_touched, "changes when it is used"),
    (FarIsBetter, contract.check_better_answers_score_no_less, "the worse"),
    (NoDocstring, contract.check_catalogue_row_is_complete, "one sentence on one line"),
    (NotFrozen, contract.check_catalogue_row_is_complete, "frozen dataclass"),
]
