"""What environments there are, and what they ask."""

import json
from collections.abc import Callable, Sequence
from time import process_time
from typing import Any

import environments
from environments.catalog import is_held_out, matching
from environments.problem import Problem
from environments.session import played

LEVEL_LIMIT = 64  # as far as runs climb
COST_SECONDS = 0.02  # of CPU time, for each of the two figures
COST_LEVELS = range(5)


def list_environments(wanted: Sequence[str], as_json: bool, with_cost: bool) -> None:
    """Only the environments that are listed are imported."""
    rows = [row(name, with_cost) for name in selected(wanted)]
    if as_json:
        print(json.dumps(rows, indent=1))
        return
    columns = ["name", "family", "answer", "levels", *(("generate_ms", "verify_ms") if with_cost else ()), "task"]
    header = [column.replace("_", " ") for column in columns]
    table = [header, *([str(entry[column]) for column in columns] for entry in rows)]
    for entry, line in zip(rows, table[1:], strict=True):
        line[0] += " *" if entry["held_out"] else ""
    widths = [max(len(line[place]) for line in table) for place in range(len(columns) - 1)]
    for line in table:
        print("  ".join([*(cell.ljust(width) for cell, width in zip(line, widths, strict=False)), line[-1]]))
    held_out = sum(entry["held_out"] for entry in rows)
    print(f"{len(rows)} environments" + (f", {held_out} of them (*) held out for evaluation" if held_out else ""))


def selected(wanted: Sequence[str]) -> list[str]:
    """Families and patterns show the held-out environments too, unlike in a run."""
    found: dict[str, None] = {}
    for entry in wanted or ["all"]:
        found.update(dict.fromkeys(matching(entry) or environments.resolve([entry])))
    return list(found)


def row(name: str, with_cost: bool = False) -> dict[str, Any]:
    """What the catalogue says of an environment; with_cost measures it."""
    environment = environments.load(name)
    last = last_level(environment)
    found: dict[str, Any] = {
        "name": name,
        "family": family(environment),
        "answer": type(environment.answer).__name__,
        "hint": environment.answer.hint(),
        "levels": "0-" if last is None else f"0-{last}",
        "version": environment.version,
        "held_out": is_held_out(name),
        "guessable": environment.guessable,
        "task": (environment.__doc__ or "").strip().split("\n")[0],
    }
    return found | cost(environment) if with_cost else found


def family(environment: type[Problem[Any]]) -> str:
    """The folder of the package that it lies in, or its file."""
    package, _, rest = environment.__module__.partition(".")
    return rest.split(".")[0] if package == "environments" else "file"


def last_level(environment: type[Problem[Any]]) -> int | None:
    """Where the ladder ends; None where it still climbs at level 64."""
    ladder, level = environment.ladder, LEVEL_LIMIT
    while level > 0 and ladder(level) == ladder(level - 1):
        level -= 1
    return None if level == LEVEL_LIMIT else level


def cost(environment: type[Problem[Any]]) -> dict[str, float]:
    """Milliseconds of CPU time to make a question and to verify its solution, over levels 0 to 4."""
    keys = [(level, seed) for seed in range(4) for level in COST_LEVELS]
    problems = [environments.generate(environment, *key) for key in keys]
    texts = [[text for text, _ in environments.demonstration(problem)] for problem in problems]
    return {
        "generate_ms": _milliseconds(
            lambda: [environments.question(environments.generate(environment, *key)) for key in keys], len(keys)
        ),
        "verify_ms": _milliseconds(lambda: [*map(environments.outcome, problems, texts)], len(keys)),
    }


def _milliseconds(work: Callable[[], object], count: int) -> float:
    done, start = 0, process_time()
    while (used := process_time() - start) < COST_SECONDS:
        work()
        done += count
    return round(1000 * used / done, 4)


def show(name: str, difficulties: Sequence[int], seed: int) -> None:
    """Problems and their solutions."""
    environment = environments.load(name)
    for difficulty in difficulties:
        problem = environments.generate(environment, difficulty, seed)
        sizes = ", ".join(f"{size}={value}" for size, value in environment.ladder(difficulty).items())
        print(f"--- {environment.__name__}, difficulty {difficulty} ({sizes}), seed {seed}")
        print(environments.question(problem))
        print(f"\nsolution: {solution(problem)}\n")


def solution(problem: Problem[Any]) -> str:
    """The solution as text; of a session what the reference player does, and in brackets what it is told."""
    if not isinstance(problem, environments.Session):
        return problem.answer.render(problem.solution())
    turns = played(problem, problem.best_action)
    return " ".join(
        problem.answer.render(action) + ("" if turn.observation is None else f" [{turn.observation}]")
        for action, turn in turns
    )
