"""The child process of `problems.py`: reads a line with a list of jobs, writes one line per result, in order.

A job is [kind, [environment, version, difficulty, seed], text]. Kind `ask` wants the question, `solve` the reference
solution as a model should write it, `verify` the verdict on the text; `top` wants the highest level of the environment
whose questions have at most as many characters as the text says. `play` wants to know where a session stands after the
texts of a JSON list: [observation, null], or [null, verdict] where it is over; `demonstrate` what the reference player
writes at each turn and is told then, or the solution of what is no session. What needs no text has an empty one.
The arguments are the marker's name and, as JSON, the data sets whose rows are asked for.
A result is [value, null], or [null, message] where the environment failed.
"""

import json
import sys
import traceback
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO, cast

from environments.answers import MARKERS, Marker
from environments.catalog import add, load
from environments.problem import Problem, Verdict, generate, judge, question
from environments.session import Session, demonstration, play
from rlve.confinement import claim_pipes, confine
from rlve.dataset_environment import PREFIX, DatasetFile, environment, warm_up

MESSAGE_CHARS = 500
PROBLEMS_KEPT = 1024
_FAULTS = (Exception, SystemExit)  # whatever an environment does wrong costs it one job


class LoadError(ImportError):
    """The environment's own file fails; the message has it all."""


def main() -> None:
    marker = MARKERS[sys.argv[1]]
    jobs, results = claim_pipes()
    confine()
    for dataset in [DatasetFile(*fields) for fields in json.loads(sys.argv[2])]:
        warm_up(dataset.scoring)
        add(f"{PREFIX}{dataset.name}", environment(dataset))
    _write(results, "ready")
    for line in jobs:
        for kind, task, text in json.loads(line):
            _write(results, _result(kind, task, text, marker))


def _result(kind: str, task: list[Any], text: str, marker: Marker) -> list[Any]:
    try:
        if kind == "top":
            return [_load(task[0]).top(int(text)), None]
        problem = _problem(*task)
        if kind == "ask":
            return [_question(problem, marker), None]
        if kind == "solve":
            return [marker.wrap(problem.answer.render(problem.solution())), None]
        if kind == "demonstrate":
            return [demonstration(problem, marker), None]
        if kind == "play":
            turn = play(cast(Session[Any], problem), json.loads(text), marker)
            return [[turn.observation, None if turn.verdict is None else _plain(turn.verdict)], None]
        return [_plain(judge(problem, text, marker)), None]
    except _FAULTS as error:
        return [None, _message(error)]


def _plain(verdict: Verdict) -> list[Any]:
    return [float(verdict.score), bool(verdict.correct), verdict.error]


@lru_cache(PROBLEMS_KEPT)
def _problem(name: str, version: int, difficulty: int, seed: int) -> Problem[Any]:
    kind = _load(name)
    if version != kind.version:
        raise ValueError(f"the task is of version {version} of {name}, but version {kind.version} is installed")
    return generate(kind, difficulty, seed)


def _load(name: str) -> type[Problem[Any]]:
    try:
        return load(name)
    except _FAULTS as error:
        raise LoadError(f"{name} cannot be loaded: {_message(error)}") from error


def _question(problem: Problem[Any], marker: Marker) -> str:
    prompt = cast(object, problem.prompt())  # an environment's annotations promise nothing
    if not isinstance(prompt, str):
        raise TypeError(f"{type(problem).__name__}.prompt must return a str, got {type(prompt).__name__}")
    return question(problem, marker)


def _message(error: BaseException) -> str:
    """What went wrong and where, such as "ZeroDivisionError: division by zero (division.py, line 27)"."""
    if isinstance(error, LoadError):
        return str(error)
    *_, (frame, line) = traceback.walk_tb(error.__traceback__)
    place = f"{Path(frame.f_code.co_filename).name}, line {line}"
    return f"{type(error).__name__}: {str(error)[:MESSAGE_CHARS]} ({place})"


def _write(results: BinaryIO, value: object) -> None:
    results.write(json.dumps(value).encode() + b"\n")
    results.flush()


if __name__ == "__main__":
    main()
