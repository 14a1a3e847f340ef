"""Solutions against worked examples and against searches too slow for anything but the first levels."""

from typing import Any

import pytest

from environments import Problem, generate, load, names
from tests.environments.oracles import EXAMPLES, IS_CORRECT, SEARCHES


@pytest.mark.parametrize("name", EXAMPLES)
def test_worked_example(name: str) -> None:
    fields, solution = EXAMPLES[name]
    assert load(name)(**fields).solution() == solution


@pytest.mark.parametrize("name", SEARCHES)
def test_no_search_finds_another_solution(name: str) -> None:
    search, worth, levels = SEARCHES[name]
    for level in levels:
        for seed in range(10):
            problem: Problem[Any] = generate(load(name), level, seed)
            assert worth(problem, problem.solution()) == search(problem), (level, seed, problem)


def test_every_environment_has_an_example_a_search_or_an_oracle() -> None:
    # An oracle is one where any answer that holds is a solution.
    assert {*EXAMPLES, *SEARCHES, *IS_CORRECT} == set(names())
