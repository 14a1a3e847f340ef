"""reasoning-gym's datasets through our contract: what is offered, refused and made again."""

import asyncio
import json
import os
import pickle
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import environments
from environments import TAGS, generate, judge
from environments.bridges import reasoning_gym
from environments.catalog import short_name
from rlve import launch
from rlve.authoring.check import examine
from rlve.cli import main
from rlve.problems import Problems
from rlve.types import Task
from tests.bridges.libraries import installed
from tests.test_conf import composed

ROOT = Path(__file__).parents[2]
# One of each kind: a number, a text with tolerance, a grid, items drawn in the constructor, a verifier that raises.
SOME = ["gcd", "time_intervals", "mini_sudoku", "acre", "prime_factorization", "letter_jumble"]


INSTALLED = installed(reasoning_gym.PACKAGE, reasoning_gym.TESTED, "reasoning-gym", "rg:gcd")
needs_library = pytest.mark.skipif(
    not INSTALLED, reason="reasoning-gym 0.1.25 is not installed: pip install 'rlve[reasoning-gym]'"
)


@pytest.mark.skipif(INSTALLED, reason="reasoning-gym is installed")
def test_without_the_library_the_extra_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["envs", "show", "rg:gcd"]) == 2
    assert "pip install 'rlve[reasoning-gym]'" in capsys.readouterr().err


@pytest.mark.parametrize("name", sorted(reasoning_gym.REFUSED))
def test_what_is_refused_is_refused_with_its_reason(name: str) -> None:
    with pytest.raises(environments.EnvironmentNotFound, match=f"rg:{name} is refused: ") as refusal:
        environments.load(f"rg:{name}")
    assert reasoning_gym.REFUSED[name] in str(refusal.value)
    with pytest.raises(environments.EnvironmentNotFound):
        environments.resolve([f"rg:{name}"])


def test_a_name_that_is_not_there_gets_the_nearest() -> None:
    with pytest.raises(environments.EnvironmentNotFound, match=r"there is no environment 'rg:gdc'; .* rg:gcd"):
        environments.resolve(["rg:gdc"])


def test_bridges_are_no_part_of_all_and_keep_their_prefix_in_metrics() -> None:
    assert not [name for name in environments.resolve(["all"]) if ":" in name]
    assert "bridges" not in environments.families()
    assert short_name("rg:gcd") == "rg:gcd"
    assert short_name("mine.py:Mine") == "Mine"


@needs_library
def test_every_dataset_of_the_library_is_offered_or_refused() -> None:
    code = "import json, reasoning_gym.factory as f; print(json.dumps(sorted(f.DATASETS)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    known = json.loads(done.stdout.splitlines()[-1])
    assert sorted([*reasoning_gym.OFFERED, *reasoning_gym.REFUSED]) == known
    assert environments.resolve(["rg:*"]) == [f"rg:{name}" for name in sorted(reasoning_gym.OFFERED)]
    assert environments.resolve(["rg:letter_*"]) == ["rg:letter_counting", "rg:letter_jumble"]


@needs_library
def test_naming_one_imports_nothing() -> None:
    code = "import sys, environments as e; e.load('rg:gcd'); assert not {'reasoning_gym', 'numpy'} & {*sys.modules}"
    subprocess.run([sys.executable, "-c", code], check=True, env={**os.environ, "PYTHONPATH": str(ROOT)})


@needs_library
@pytest.mark.parametrize("name", SOME)
def test_solutions_are_correct_and_other_answers_are_not(name: str) -> None:
    environment = environments.load(f"rg:{name}")
    for level in (0, 1, 3):
        for seed in range(5):
            problem = generate(environment, level, seed)
            text = problem.answer.render(problem.solution())
            assert judge(problem, TAGS.wrap(f" {text}\n")).correct
            for wrong in ("", "0x", "nan", f"{text[::-1]}zz", f"perhaps {text} or 17"):
                verdict = judge(problem, TAGS.wrap(wrong))
                assert (verdict.correct, verdict.score) == (False, 0.0), wrong


@needs_library
def test_a_verifier_that_raises_finds_the_answer_against_the_rules() -> None:
    problem = generate(environments.load("rg:prime_factorization"), 0, 0)
    assert judge(problem, "<answer>two</answer>").error == "breaks_rules"


@needs_library
def test_seeds_do_not_overlap_as_the_library_s_do() -> None:
    environment = environments.load("rg:lcm")
    prompts = [generate(environment, 2, seed).prompt() for seed in range(60)]
    assert len(set(prompts)) == 60


@needs_library
@pytest.mark.parametrize("name", SOME)
def test_the_shared_dataset_gives_what_one_of_its_own_would(name: str) -> None:
    datasets = import_module("reasoning_gym.factory").DATASETS
    environment: Any = environments.load(f"rg:{name}")
    for seed in range(4):
        problem = generate(environment, 1, seed)
        config = type(reasoning_gym._config(name, 1))(**{**vars(reasoning_gym._config(name, 1)), "seed": problem.seed})
        assert problem.prompt() == datasets[name][0](config)[0]["question"].strip()


@needs_library
def test_levels_go_on_above_the_curriculum_and_end_where_nothing_changes() -> None:
    top = {name: environments.load(f"rg:{name}").top(4000) for name in ("gcd", "acre", "letter_counting")}
    assert top == {"gcd": reasoning_gym.LEVEL_LIMIT, "acre": 0, "letter_counting": reasoning_gym.LEVEL_LIMIT}
    widths = [reasoning_gym._config("gcd", level).max_value for level in (0, 2, 3, 4, 5, 12, 40)]
    assert widths == sorted(widths)
    assert widths[1] < widths[3] < widths[4] < widths[5] == widths[6]


@needs_library
def test_a_problem_survives_json_and_pickle_and_another_process() -> None:
    problem = generate(environments.load("rg:time_intervals"), 2, 5)
    assert pickle.loads(pickle.dumps(problem)) == problem
    assert type(problem)(**json.loads(json.dumps(vars(problem)))) == problem
    code = "import environments as e; print(repr(e.generate(e.load('rg:time_intervals'), 2, 5).prompt()))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "12"},
    )
    assert done.stdout.strip() == repr(problem.prompt())


@needs_library
def test_the_contract_finds_nothing_that_the_bridge_could_mend() -> None:
    (report,) = examine("rg:lcm", 60, lambda line: None)
    assert len(report.promises) > 10
    of_the_library = {"higher levels ask more", "no constant answer does well"}
    assert {promise.promise for promise in report.promises if not promise.kept} <= of_the_library


@needs_library
def test_the_workers_load_it_in_their_own_time_and_answer_for_it() -> None:
    async def work() -> None:
        problems = await Problems.start(1, 2.0, "tags")
        try:
            task = Task("rg:gcd", reasoning_gym.VERSION, 2, 11)
            (asked,), (solved,) = await problems.generate([task]), await problems.solve([task])
            assert asked.text is not None
            assert asked.text.startswith("Find the Greatest Common Divisor")
            assert solved.text is not None
            right, wrong = await problems.verify(task, [solved.text, "<answer>-1</answer>"])
            assert (right.correct, wrong.correct) == (True, False)
            assert dict(problems.failures) == {}
            assert (await problems.ceilings({"rg:gcd": reasoning_gym.VERSION}, 4000)) == {"rg:gcd": 12}
        finally:
            await problems.close()

    asyncio.run(work())


@needs_library
@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(reasoning_gym.OFFERED))
def test_every_offered_dataset_asks_and_accepts_its_own_solution(name: str) -> None:
    environment = environments.load(f"rg:{name}")
    for level in (0, 1):
        for seed in range(3):
            problem = generate(environment, level, seed)
            assert problem.prompt()
            assert judge(problem, TAGS.wrap(problem.solution())).correct


@needs_library
@pytest.mark.slow
def test_a_run_trains_on_it(tmp_path: Path) -> None:
    config = composed(
        "model=tiny",
        "cluster=local",
        "environments.names=[rg:gcd,Sorting]",
        "rlve.num_rollout=2",
        "rlve.rollout_batch_size=4",
        "rlve.over_sampling_batch_size=8",
        "rlve.n_samples_per_prompt=2",
        "rlve.rollout_max_response_len=8",
        "rlve.use_dynamic_sampling_filter=false",
        "evaluation.problems_per_level=1",
        "tracking.console=false",
        f"model.cache={tmp_path}/cache",
        f"output={tmp_path}/run",
    )
    summary = asyncio.run(launch.run(config))
    assert summary["levels"].keys() == {"rg:gcd", "Sorting"}
