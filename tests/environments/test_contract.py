"""Every environment keeps the contract; a new file is covered by existing."""

import gc
import os
import weakref
from collections.abc import Iterator
from functools import lru_cache
from itertools import chain, product
from pathlib import Path
from random import Random

import pytest

from environments import Integers, generate, load, names
from environments.contract import Check, Subject
from environments.session_contract import checks_of
from tests.environments.golden import check_problems_are_the_recorded_ones, recorded_digests
from tests.environments.oracles import BEST_FIRST, IS_CORRECT


@lru_cache(1)  # tests come environment by environment, so one's problems are held at a time
def subject(name: str) -> Subject:
    return Subject(load(name), IS_CORRECT.get(name), BEST_FIRST.get(name))


def resident_mib() -> float:
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE") / 2**20


@pytest.fixture(scope="module", autouse=True)
def memory_is_given_back() -> Iterator[None]:
    """What environments keep between calls, in caches of their own, stays small over all of them."""
    before = resident_mib()
    yield
    subject.cache_clear()
    gc.collect()
    assert resident_mib() - before < 256


@pytest.mark.parametrize(
    ("name", "check"),
    [
        # One process sees all of an environment, whose problems are made once.
        pytest.param(name, check, marks=pytest.mark.xdist_group(name))
        for name in names()
        for check in (*checks_of(load(name)), check_problems_are_the_recorded_ones)
    ],
    ids=lambda value: value if isinstance(value, str) else value.__name__.removeprefix("check_"),
)
def test_environment_keeps_the_contract(name: str, check: Check) -> None:
    check(subject(name))


def test_problems_go_with_the_environment() -> None:
    first, second = names()[:2]
    subject(first).problem(0, 0)
    held = weakref.ref(subject(first))
    subject(second)
    gc.collect()
    assert held() is None


def test_every_golden_digest_and_oracle_belongs_to_an_environment() -> None:
    recorded = {key.split()[0] for key in recorded_digests()}
    assert recorded == set(names())
    assert {*BEST_FIRST, *IS_CORRECT} <= set(names())


@pytest.mark.parametrize("name", IS_CORRECT)
def test_oracle_knows_the_solution_and_refuses_a_changed_one(name: str) -> None:
    refused = 0
    for level, seed, problem in subject(name).problems():
        solution = subject(name).solution(level, seed)
        assert IS_CORRECT[name](problem, solution)
        refused += sum(not IS_CORRECT[name](problem, wrong) for wrong in problem.answer.corrupt(solution, Random(seed)))
    assert refused > 0


@pytest.mark.parametrize("name", [name for name in IS_CORRECT if isinstance(load(name).answer, Integers)])
def test_verify_agrees_with_the_oracle_on_every_short_answer(name: str) -> None:
    correct = 0
    for seed in range(5):
        problem = generate(load(name), 0, seed)
        for answer in chain.from_iterable(product(range(-1, 6), repeat=length) for length in range(5)):
            verdict = problem.verify(list(answer)) == 1.0
            assert verdict == IS_CORRECT[name](problem, list(answer)), (seed, answer)
            correct += verdict
    assert correct > 0
