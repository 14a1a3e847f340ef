"""Problems to be answered by hand, with the verdicts that a model would get."""

from itertools import count
from typing import Any

from environments import TAGS, Problem, Session, Verdict, generate, outcome
from environments import play as transcript
from rlve.authoring.listing import solution

MEANING = {
    "none": "",
    "unreadable": ": it is not of the form that was asked for",
    "too_long": ": it is too long to be read",
    "breaks_rules": ": it breaks the rules of the task",
}


def play(environment: type[Problem[Any]], difficulty: int, seed: int) -> None:
    """Problem after problem until the input ends. An empty line gives a problem up."""
    print(f"{environment.__name__}, level {difficulty}. An empty line shows the solution, Ctrl-D ends.")
    solved = asked = 0
    try:
        for place in count(seed):
            problem = generate(environment, difficulty, place)
            print(f"\n--- seed {place}\n{problem.prompt()}\n({problem.answer.hint()})")
            verdict = answers(problem)
            asked += 1
            if verdict is not None:
                solved += verdict.correct
                print(f"{said(verdict)}, score {verdict.score:g}")
            print(f"solution: {solution(problem)}")
    except (EOFError, KeyboardInterrupt):
        print(f"\n{solved} of {asked} correct")


def answers(problem: Problem[Any]) -> Verdict | None:
    """The verdict on what is typed, of a session turn by turn; None where it is given up."""
    written: list[str] = []
    verdict = None
    while verdict is None:
        typed = input("> ").strip()
        if not typed:
            return None
        written.append(typed if TAGS.opening in typed else TAGS.wrap(typed))
        verdict = outcome(problem, written)
        if verdict is None:
            assert isinstance(problem, Session)
            print(transcript(problem, written).observation)
    return verdict


def said(verdict: Verdict) -> str:
    return "correct" if verdict.correct else f"not correct{MEANING.get(verdict.error, '')}"
