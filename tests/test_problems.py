"""What hostile environments cost: the one job, and never the pool."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from time import monotonic, perf_counter, sleep
from typing import Any, TypeVar

import pytest

import environments
from environments.problem import Verdict
from rlve.problems import PATIENCE, Generated, Problems
from rlve.types import Task

T = TypeVar("T")

HEADER = """
import os, sys, time
from dataclasses import dataclass
from environments import Integer, Ladder, Problem

@dataclass(frozen=True)
class Mine(Problem[int]):
    answer = Integer()
    ladder = Ladder()
    number: int

    @classmethod
    def generate(cls, rng):
        return cls(rng.randrange(10**6))

    def prompt(self):
        return f"Write {self.number}."

    def solution(self):
        return self.number
"""

RIGHT = Verdict(1.0, True)
WRONG = Verdict(0.0, False)
CRASH = Verdict(0.0, False, "crash")
TIMEOUT = Verdict(0.0, False, "timeout")


@pytest.fixture
def mine(tmp_path: Path) -> Callable[[str], Task]:
    """A task of an environment whose class body ends in the given lines."""

    def write(body: str) -> Task:
        file = tmp_path / "mine.py"
        file.write_text(HEADER + "".join(f"    {line}\n" for line in body.splitlines()))
        return Task(f"{file}:Mine", 1, 0, 12345)

    return write


def with_pool(
    story: Callable[[Problems], Coroutine[Any, Any, T]], workers: int = 1, timeout_seconds: float = 0.5
) -> tuple[T, dict[str, dict[str, int]]]:
    """What the story returns, and the failures that the pool counted."""

    async def run() -> tuple[T, dict[str, dict[str, int]]]:
        problems = await Problems.start(workers, timeout_seconds, "tags")
        try:
            return await story(problems), {name: dict(counts) for name, counts in problems.failures.items()}
        finally:
            await problems.close()

    return asyncio.run(run())


def right(task: Task) -> str:
    problem = environments.generate(environments.load(task.environment), task.difficulty, task.seed)
    return f"So <answer>{problem.answer.render(problem.solution())}</answer>"


def good(seed: int) -> Task:
    return Task("Division", 1, 2, seed)


def test_questions_and_verdicts_are_those_of_the_environment() -> None:
    tasks = [good(seed) for seed in range(20)]

    async def story(problems: Problems) -> tuple[list[Generated], list[Verdict], list[Verdict]]:
        one = await problems.verify(tasks[0], [right(tasks[0]), "<answer>-1</answer>", "no idea", "\ud800"])
        many = await problems.verify_many([(task, right(other)) for task in tasks for other in (task, tasks[0])])
        return await problems.generate(tasks), one, many

    (generated, one, many), failures = with_pool(story, workers=2)
    division = environments.load("Division")
    questions = [environments.question(environments.generate(division, 2, task.seed)) for task in tasks]
    assert generated == [Generated(task, text, None) for task, text in zip(tasks, questions, strict=True)]
    unreadable = Verdict(0.0, False, "unreadable")
    assert one == [RIGHT, WRONG, unreadable, unreadable]
    assert many[::2] == [RIGHT] * 20
    assert many[3::2].count(RIGHT) < 5
    assert failures == {}


def test_the_marker_is_the_one_that_was_asked_for() -> None:
    async def run() -> tuple[list[Generated], list[Verdict]]:
        problems = await Problems.start(1, 5, "boxed")
        task = good(1)
        answer = right(task).replace("<answer>", "\\boxed{").replace("</answer>", "}")
        try:
            return await problems.generate([task]), await problems.verify(task, [answer, right(task)])
        finally:
            await problems.close()

    generated, verdicts = asyncio.run(run())
    assert "\\boxed{" in (generated[0].text or "")
    assert verdicts == [RIGHT, Verdict(0.0, False, "unreadable")]


def test_no_jobs_are_no_work() -> None:
    async def story(problems: Problems) -> tuple[list[Generated], list[Verdict]]:
        return await problems.generate([]), await problems.verify_many([])

    assert with_pool(story)[0] == ([], [])


HOSTILE_GENERATORS = {
    "raises": ("raise RuntimeError('out of ideas')", "crash", "RuntimeError: out of ideas (mine.py, line "),
    "exits": ("sys.exit(3)", "crash", "SystemExit: 3"),
    "dies": ("os._exit(7)", "crash", "the worker process ended with exit code 7"),
    "is killed": ("os.kill(os.getpid(), 9)", "crash", "the worker process ended with exit code -9"),
    "hangs": ("while True: pass", "timeout", "no result within 0.5 seconds"),
    "sleeps": ("time.sleep(1000)", "timeout", "no result within 0.5 seconds"),
    "eats all memory": ("bytearray(100 * 10**9)", "crash", "MemoryError"),
    "recurses": ("return cls.generate(rng)", "crash", "RecursionError"),
    "reads the input": ("input()", "crash", "EOFError"),
}


@pytest.mark.parametrize("kind", HOSTILE_GENERATORS)
def test_a_generator_that_fails_costs_its_own_job(kind: str, mine: Callable[[str], Task]) -> None:
    line, error, message = HOSTILE_GENERATORS[kind]
    bad = mine(f"@classmethod\ndef generate(cls, rng):\n    {line}")

    async def story(problems: Problems) -> list[Generated]:
        return await problems.generate([good(0), bad, good(1), good(2)])

    generated, failures = with_pool(story)
    assert [each.error for each in generated] == [None, error, None, None]
    assert [each.text is None for each in generated] == [False, True, False, False]
    ((name, counts),) = failures.items()
    ((found, count),) = counts.items()
    assert (name, count) == (bad.environment, 1)
    assert found.startswith(message)


def test_a_prompt_that_is_no_text_is_a_crash(mine: Callable[[str], Task]) -> None:
    task = mine("def prompt(self):\n    return [1, 2]")

    async def story(problems: Problems) -> list[Generated]:
        return await problems.generate([task])

    generated, failures = with_pool(story)
    assert generated == [Generated(task, None, "crash")]
    assert next(iter(failures[task.environment])).startswith("TypeError: Mine.prompt must return a str, got list")


def test_one_text_that_hangs_the_verifier_costs_that_text_alone(mine: Callable[[str], Task]) -> None:
    task = mine("def verify(self, answer):\n    while answer == 666: pass\n    return 1.0 if answer == 5 else 0.0")

    async def story(problems: Problems) -> list[Verdict]:
        numbers = [5, 6, 5, 666, 5, 7, 5, 5]
        return await problems.verify(task, [f"<answer>{number}</answer>" for number in numbers])

    verdicts, failures = with_pool(story)
    assert verdicts == [RIGHT, WRONG, RIGHT, TIMEOUT, RIGHT, WRONG, RIGHT, RIGHT]
    assert failures == {task.environment: {"no result within 0.5 seconds": 1}}


@pytest.mark.parametrize(
    ("score", "message"),
    [
        ("float('nan')", "ValueError: Mine.verify must return"),
        ("0.9", "ValueError: Mine.verify must return"),
        ("'1.0'", "TypeError"),
        ("os._exit(1)", "the worker process ended with exit code 1"),
        ("os.abort()", "the worker process ended with exit code -6"),
    ],
)
def test_a_verifier_that_is_wrong_is_a_crash_and_not_a_wrong_answer(
    score: str, message: str, mine: Callable[[str], Task]
) -> None:
    task = mine(f"def verify(self, answer):\n    return {score} if answer == 13 else 0.0")

    async def story(problems: Problems) -> list[Verdict]:
        return await problems.verify(task, ["<answer>1</answer>", "<answer>13</answer>", "<answer>2</answer>"])

    verdicts, failures = with_pool(story)
    assert verdicts == [WRONG, CRASH, WRONG]
    assert [found.startswith(message) for found in failures[task.environment]] == [True]


def test_prints_of_an_environment_do_not_disturb_the_results(mine: Callable[[str], Task]) -> None:
    noise = ["print('[[1, true]]')", "os.write(1, b'junk\\n')", "os.system('echo noise')", "return 'Hello?'"]
    task = mine("\n    ".join(["def prompt(self):", *noise]))

    async def story(problems: Problems) -> list[Generated]:
        return await problems.generate([task, good(1)])

    generated, failures = with_pool(story, timeout_seconds=5)
    assert (generated[0].text or "").startswith("Hello?\n")
    assert generated[1].text is not None
    assert failures == {}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("import no_such_module", "ModuleNotFoundError: No module named 'no_such_module'"),
        ("def f(:", "SyntaxError"),
        ("raise SystemExit('not a script')", "SystemExit: not a script"),
        ("class Other: pass", "EnvironmentNotFound"),
    ],
)
def test_a_file_that_cannot_be_imported_says_so(content: str, message: str, tmp_path: Path) -> None:
    file = tmp_path / "broken.py"
    file.write_text(content)
    task = Task(f"{file}:Mine", 1, 0, 0)

    async def story(problems: Problems) -> list[Generated]:
        return await problems.generate([task, good(0)])

    generated, failures = with_pool(story)
    assert [each.error for each in generated] == ["crash", None]
    (found,) = failures[task.environment]
    assert found.startswith(f"{task.environment} cannot be loaded: {message}")


def test_every_child_knows_an_environment_of_a_path(mine: Callable[[str], Task]) -> None:
    tasks = [mine("pass")._replace(seed=seed) for seed in range(6)]

    async def story(problems: Problems) -> list[Verdict]:
        return await problems.verify_many([(task, right(task)) for task in tasks])

    assert with_pool(story, workers=3, timeout_seconds=5)[0] == [RIGHT] * 6


def test_a_task_of_another_version_is_refused() -> None:
    async def story(problems: Problems) -> list[Generated]:
        return await problems.generate([good(0)._replace(version=2)])

    generated, failures = with_pool(story)
    assert generated[0].error == "crash"
    assert "version 2 of Division, but version 1 is installed" in next(iter(failures["Division"]))


def test_answers_are_verified_on_the_problem_that_was_generated(mine: Callable[[str], Task], tmp_path: Path) -> None:
    log = tmp_path / "log"
    task = mine(
        "@classmethod\ndef generate(cls, rng):\n"
        f"    with open({str(log)!r}, 'a') as file: file.write('x')\n    return cls(rng.randrange(10))"
    )

    async def story(problems: Problems) -> None:
        await problems.generate([task])
        await problems.verify(task, ["<answer>1</answer>"] * 8)

    with_pool(story, workers=3, timeout_seconds=5)
    assert log.read_text() == "x"


@pytest.mark.parametrize(("seconds", "children"), [(0.1, 3), (0.0, 1)])
def test_answers_that_take_long_to_verify_go_to_all_children(
    seconds: float, children: int, mine: Callable[[str], Task], tmp_path: Path
) -> None:
    log = tmp_path / "log"
    task = mine(
        "def verify(self, answer):\n"
        f"    time.sleep({seconds})\n"
        f"    with open({str(log)!r}, 'a') as file: file.write(f'{{os.getpid()}} ')\n"
        "    return float(answer == self.number)"
    )
    answers = [right(task), "<answer>0</answer>", right(task)]

    async def story(problems: Problems) -> None:
        await problems.generate([task])  # which also loads the environment
        assert await problems.verify(task, answers) == [RIGHT, WRONG, RIGHT]
        assert len(set(log.read_text().split())) == 1  # how long they take is not known yet
        log.write_text("")
        assert await problems.verify(task, answers) == [RIGHT, WRONG, RIGHT]

    with_pool(story, workers=3, timeout_seconds=5)
    assert len(set(log.read_text().split())) == children


def test_a_child_that_dies_between_calls_is_replaced(mine: Callable[[str], Task]) -> None:
    task = mine("def prompt(self):\n    return str(os.getpid())")

    async def story(problems: Problems) -> list[Generated]:
        (first,) = await problems.generate([task])
        os.kill(int((first.text or "").split()[0]), signal.SIGKILL)
        await asyncio.sleep(0.1)
        return [first, *await problems.generate([task])]

    (first, second), failures = with_pool(story, timeout_seconds=5)
    assert second.error is None
    assert second.text != first.text
    assert failures == {}


def test_calls_run_together_and_none_mixes_up_its_results() -> None:
    tasks = [good(seed) for seed in range(40)]

    async def story(problems: Problems) -> list[list[Verdict]]:
        return await asyncio.gather(*(problems.verify(task, [right(task), "<answer>-1</answer>"]) for task in tasks))

    assert with_pool(story, workers=2, timeout_seconds=5)[0] == [[RIGHT, WRONG]] * 40


def test_closing_ends_a_call_in_flight_at_once(mine: Callable[[str], Task]) -> None:
    task = mine("def verify(self, answer):\n    time.sleep(1000)")

    async def run() -> float:
        problems = await Problems.start(1, 500, "tags")
        calls = [asyncio.create_task(problems.verify(task, ["<answer>1</answer>"] * count)) for count in (1, 3)]
        await asyncio.sleep(0.2)
        started = monotonic()
        await problems.close()
        assert all(isinstance(each, RuntimeError) for each in await asyncio.gather(*calls, return_exceptions=True))
        return monotonic() - started

    assert asyncio.run(run()) < 2


def test_an_unknown_marker_is_an_error_at_the_start() -> None:
    with pytest.raises(RuntimeError, match="did not start"):
        asyncio.run(Problems.start(1, 1, "stars"))


def running(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's parent-death signal is Linux's")
def test_children_die_with_a_killed_parent_even_in_the_middle_of_a_job(mine: Callable[[str], Task]) -> None:
    task = mine("def prompt(self):\n    return str(os.getpid())\ndef verify(self, answer):\n    time.sleep(1000)")
    script = f"""
import asyncio
from rlve.problems import Problems
from rlve.types import Task

async def main():
    problems = await Problems.start(2, 1000, "tags")
    tasks = [Task(*{tuple(task)!r})._replace(seed=seed) for seed in range(2)]
    busy, idle = [each.text.split()[0] for each in await problems.generate(tasks)]
    print(busy, idle, flush=True)
    await problems.verify(tasks[0], ["<answer>1</answer>"])

asyncio.run(main())
"""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, env=environment)
    assert parent.stdout is not None
    children = [int(word) for word in parent.stdout.readline().split()]
    parent.stdout.close()
    assert len(children) == 2
    assert all(running(child) for child in children)
    sleep(0.2)
    parent.kill()
    parent.wait()
    deadline = monotonic() + 5
    while any(running(child) for child in children) and monotonic() < deadline:
        sleep(0.02)
    assert not any(running(child) for child in children)


def test_a_batch_of_verdicts_takes_milliseconds() -> None:
    answers = [(task, right(task)) for seed in range(32) for task in [good(seed)] for _ in range(8)]

    async def story(problems: Problems) -> float:
        await problems.generate([task for task, _ in answers])
        seconds: list[float] = []
        for _ in range(5):
            started = perf_counter()
            assert await problems.verify_many(answers) == [RIGHT] * 256
            seconds.append(perf_counter() - started)
        return min(seconds)

    assert with_pool(story, timeout_seconds=5)[0] < 0.1  # a few ms where the machine is idle


def test_an_environment_that_hangs_again_and_again_is_asked_no_more(mine: Callable[[str], Task]) -> None:
    task = mine("def verify(self, answer):\n    time.sleep(60)")
    other = good(0)

    async def use(pool: Problems) -> tuple[float, list[Verdict]]:
        started = perf_counter()
        verdicts = await pool.verify_many([(task, right(task))] * 30 + [(other, right(other))])
        return perf_counter() - started, verdicts

    (seconds, verdicts), failures = with_pool(use)
    assert sum(failures[task.environment].values()) == 30
    assert verdicts == [TIMEOUT] * 30 + [RIGHT]
    assert seconds < 15 * 0.5 + 5


def test_failures_that_are_not_in_a_row_are_no_reason_to_give_up(mine: Callable[[str], Task]) -> None:
    task = mine("def verify(self, answer):\n    if answer == 0:\n        os._exit(3)\n    return 1.0")
    texts = ["<answer>0</answer>", "<answer>1</answer>"] * (PATIENCE + 1)
    verdicts, _ = with_pool(lambda pool: pool.verify(task, texts))
    assert verdicts == [CRASH, RIGHT] * (PATIENCE + 1)
