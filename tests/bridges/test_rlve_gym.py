"""RLVE-Gym's environments through our contract: what is offered, refused and made again."""

import asyncio
import json
import os
import pickle
import random
import subprocess
import sys
from pathlib import Path

import pytest

import environments
from environments import TAGS, generate, judge
from environments.bridges import rlve_gym
from rlve.cli import main
from rlve.problems import Problems
from rlve.types import Task
from tests.bridges.libraries import installed

ROOT = Path(__file__).parents[2]
SOME = ["Multiplication", "Sorting", "SAT", "BucketSorting", "SumLCM"]


INSTALLED = installed(rlve_gym.PACKAGE, rlve_gym.TESTED, "rlve-gym", "rlve_gym:Sorting")
needs_library = pytest.mark.skipif(
    not INSTALLED, reason="rlve-gym 0.0.1 is not installed: pip install 'rlve[rlve-gym]'"
)


@pytest.mark.skipif(INSTALLED, reason="rlve-gym is installed")
def test_without_the_library_the_extra_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["envs", "show", "rlve_gym:Sorting"]) == 2
    assert "pip install 'rlve[rlve-gym]'" in capsys.readouterr().err


def test_what_is_refused_is_refused_with_its_reason() -> None:
    assert rlve_gym.REFUSED
    for name, reason in rlve_gym.REFUSED.items():
        with pytest.raises(environments.EnvironmentNotFound) as refusal:
            environments.load(f"rlve_gym:{name}")
        assert str(refusal.value) == f"rlve_gym:{name} is refused: {reason}"


@needs_library
def test_names_are_read_without_importing_the_library() -> None:
    code = (
        "import sys, environments as e; print(len(e.resolve(['rlve_gym:*'])));"
        "assert not {'Gym', 'torch', 'numpy'} & {*sys.modules}"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert int(done.stdout) + len(rlve_gym.REFUSED) == 400


@needs_library
def test_a_name_that_is_not_there_gets_the_nearest() -> None:
    with pytest.raises(environments.EnvironmentNotFound, match=r"'rlve_gym:Sortin'; .* rlve_gym:Sorting"):
        environments.resolve(["rlve_gym:Sortin"])


@needs_library
@pytest.mark.parametrize("name", SOME)
def test_solutions_are_correct_and_other_answers_are_not(name: str) -> None:
    environment = environments.load(f"rlve_gym:{name}")
    for level in (0, 3):
        for seed in range(4):
            problem = generate(environment, level, seed)
            assert judge(problem, TAGS.wrap(problem.solution())).correct
            for wrong in ("", "x", "nan", "-5"):
                verdict = judge(problem, TAGS.wrap(wrong))
                assert not verdict.correct, wrong
                assert verdict.score <= 0.5


@needs_library
def test_a_count_that_is_off_by_one_is_not_correct_where_the_library_says_so() -> None:
    environment = environments.load("rlve_gym:SumLCM")
    accepted = 0
    for seed in range(12):
        problem = generate(environment, 12, seed)
        near = str(int(problem.solution()) + 1)
        made = rlve_gym._made("SumLCM", 12, vars(problem)["seed"])
        accepted += made.scorer(near) >= 1 - 1e-6
        verdict = judge(problem, TAGS.wrap(near))
        assert not verdict.correct
        assert verdict.score <= 0.5
    assert accepted > 0


@needs_library
def test_text_before_the_answer_is_no_marker_of_the_library() -> None:
    problem = generate(environments.load("rlve_gym:Multiplication"), 0, 0)
    assert judge(problem, f"{TAGS.wrap(problem.solution())} Assistant: that is it").correct


@needs_library
def test_global_random_state_is_left_alone() -> None:
    import numpy as np

    environment = environments.load("rlve_gym:Sorting")
    generate(environment, 0, 1).prompt()
    before, numpy_before = random.getstate(), np.random.get_state()  # noqa: NPY002 - the state that is watched
    generate(environment, 0, 2).prompt()
    assert random.getstate() == before
    assert str(np.random.get_state()) == str(numpy_before)  # noqa: NPY002


@needs_library
def test_a_problem_survives_json_and_pickle_and_another_process() -> None:
    problem = generate(environments.load("rlve_gym:BucketSorting"), 2, 5)
    again = type(problem)(**json.loads(json.dumps(vars(problem))))
    assert pickle.loads(pickle.dumps(problem)) == again == problem
    assert judge(again, TAGS.wrap(problem.solution())).correct
    code = "import environments as e; print(repr(e.generate(e.load('rlve_gym:BucketSorting'), 2, 5).prompt()))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "12"},
    )
    assert done.stdout.strip() == repr(problem.prompt())


@needs_library
def test_the_workers_load_it_in_their_own_time_and_answer_for_it() -> None:
    async def work() -> None:
        problems = await Problems.start(1, 5.0, "boxed")
        try:
            task = Task("rlve_gym:Sorting", rlve_gym.VERSION, 3, 11)
            (asked,), (solved,) = await problems.generate([task]), await problems.solve([task])
            assert asked.text is not None
            assert "\\boxed{" in asked.text
            assert solved.text is not None
            right, wrong = await problems.verify(task, [solved.text, "\\boxed{1 2}"])
            assert (right.correct, wrong.correct, wrong.error) == (True, False, "breaks_rules")
            assert dict(problems.failures) == {}
        finally:
            await problems.close()

    asyncio.run(work())


@needs_library
@pytest.mark.slow
def test_every_offered_environment_asks_and_accepts_its_own_solution() -> None:
    for name in rlve_gym.offered():
        environment = environments.load(f"rlve_gym:{name}")
        for seed in range(2):
            problem = generate(environment, 1, seed)
            assert problem.prompt()
            assert judge(problem, TAGS.wrap(problem.solution())).correct, name
