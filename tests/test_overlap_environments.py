"""What the benchmark of overlap waits for: answers of which a few are far longer than most, and a slow verifier."""

import time
from pathlib import Path
from statistics import median
from typing import Any

import environments
from environments.problem import judge

FILE = Path(__file__).parents[1] / "scripts" / "overlap_environments.py"


def test_few_answers_are_far_longer_than_most_and_the_nearer_the_count_the_better() -> None:
    kind = environments.load(f"{FILE}:LongTail")
    drawn: list[Any] = [environments.generate(kind, 1, seed) for seed in range(300)]
    counts = [problem.count for problem in drawn]
    assert max(counts) == 100
    assert median(counts) < 12
    problem = next(each for each in drawn if each.count == 10)
    assert problem.verify(problem.letter * 10) == 1.0
    scores = [problem.verify(problem.letter * count) for count in (2, 5, 9, 11, 20)]
    assert scores == [0.1, 0.25, 0.45, 0.5 * 10 / 11, 0.25]
    assert problem.verify(problem.letter * 9 + ("a" if problem.letter != "a" else "b")) == 0.0


def test_a_slow_verifier_is_slow_and_right() -> None:
    problem = environments.generate(environments.load(f"{FILE}:SlowCopy"), 2, 0)
    started = time.perf_counter()
    assert judge(problem, f"<answer>{problem.answer.render(problem.solution())}</answer>").correct
    assert time.perf_counter() - started >= 0.5
