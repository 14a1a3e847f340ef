"""How fast one side makes and verifies problems, as a child process of benchmark_environments.py: ours or rlve-gym.

`environment_rates.py SIDE SECONDS LEAST`: reads a name per line, writes its rates as JSON per line. SIDE is `ours` or
`rlve-gym`; SECONDS of CPU time go to each level for making problems and as many for verifying solutions, more where
LEAST problems take longer. Both sides run in the same interpreter and are timed by the same loop.
"""

import json
import os
import sys
from collections.abc import Callable
from statistics import fmean
from time import process_time
from typing import Any, NamedTuple, Protocol

LEVELS = (0, 4, 8, 12)
MOST = 400  # problems of a level
SLOW = {"generate": 0.1, "verify": 0.01}  # seconds; what takes longer is timed again, since other programs only slow it


class Made(NamedTuple):
    """A problem that has been made: its text, and a judgement of its own solution, where it has one."""

    text: str
    verify: Callable[[], bool] | None


class Side(Protocol):
    """make: a problem of (name, level, seed); None where it fails."""

    def make(self, name: str, level: int, seed: int) -> Made | None: ...


class Ours:
    """The environments of this repository."""

    def __init__(self) -> None:
        import environments

        self._all: Any = environments

    def make(self, name: str, level: int, seed: int) -> Made:
        ours = self._all
        problem = ours.generate(ours.load(name), level, seed)
        text = ours.question(problem)

        def verify() -> bool:
            return ours.judge(problem, completion()).correct

        def completion() -> str:
            if not written:
                written.append(f"<answer>{problem.answer.render(problem.solution())}</answer>")
            return written[0]

        written: list[str] = []
        return Made(text, verify)


class Theirs:
    """RLVE-Gym as shipped: a level is as many updates of its controller, whose choices take turns."""

    def __init__(self) -> None:
        from Gym.environments import identifier2environment  # pyright: ignore[reportMissingImports]
        from Gym.parameter_controllers import identifier2controller  # pyright: ignore[reportMissingImports]

        self._environments: Any = identifier2environment
        self._controllers: Any = identifier2controller
        self._choices: dict[tuple[str, int], list[Any]] = {}

    def make(self, name: str, level: int, seed: int) -> Made | None:
        choices = self._choices.get((name, level)) or self._climb(name, level)
        problem = self._environments[name]()
        if not problem.generator(seed, choices[seed % len(choices)]):
            return None
        text = problem.prompt_generator()
        reference = problem.parameter.get("reference_answer")
        if reference is None:
            return Made(text, None)
        completion = f"<answer>{reference}</answer>"
        return Made(text, lambda: problem.verifier(completion)["accuracy"] == 1)

    def _climb(self, name: str, level: int) -> list[Any]:
        controller = self._controllers[name]()
        for _ in range(level):
            controller.update()
        self._choices[name, level] = controller.get_parameter_list()
        return self._choices[name, level]


def rates(side: Side, name: str, level: int, seconds: float, least: int) -> dict[str, Any]:
    """Mean and p99 seconds of both, how many were measured and failed, and how long the texts are."""
    made: list[Made] = []
    makings: list[float] = []
    failures = 0
    side.make(name, level, MOST)  # what is imported or prepared once is not a problem's cost
    while sum(makings) < seconds or len(makings) < least:
        seed = len(makings)
        taken, problem = _timed(lambda seed=seed: side.make(name, level, seed), SLOW["generate"])
        makings.append(taken)
        failures += problem is None
        if problem is not None:
            made.append(problem)
        if len(makings) == MOST or failures == 3:
            break
    found: dict[str, Any] = {
        "failures": failures,
        "characters": round(fmean(len(problem.text) for problem in made)) if made else None,
        "generate": _summary(makings) if made else None,
        "verify": None,
    }
    verifiable = [problem.verify for problem in made if problem.verify is not None]
    if verifiable:
        solved = [verify() for verify in verifiable[:least]]
        verifications: list[float] = []
        while sum(verifications) < seconds or len(verifications) < least:
            verify = verifiable[len(verifications) % len(verifiable)]
            verifications.append(_timed(verify, SLOW["verify"])[0])
            if len(verifications) == 10 * MOST:
                break
        found["verify"] = _summary(verifications) | {"solved": sum(solved) / len(solved)}
    return found


def _timed(work: Callable[[], Any], slow: float) -> tuple[float, Any]:
    best, result = float("inf"), None
    for _ in range(3):
        start = process_time()
        result = work()
        best = min(best, process_time() - start)
        if best <= slow:
            break
    return best, result


def _summary(seconds: list[float]) -> dict[str, float]:
    return {"count": len(seconds), "mean": fmean(seconds), "p99": sorted(seconds)[int(0.99 * len(seconds))]}


def main() -> None:
    side: Side = Ours() if sys.argv[1] == "ours" else Theirs()
    seconds, least = float(sys.argv[2]), int(sys.argv[3])
    results = os.fdopen(os.dup(1), "w", encoding="utf-8")  # what environments print goes elsewhere
    os.dup2(2, 1)
    results.write('"ready"\n')
    results.flush()
    for line in sys.stdin:
        name = line.rstrip("\n")
        found = {str(level): rates(side, name, level, seconds, least) for level in LEVELS}
        results.write(json.dumps(found) + "\n")
        results.flush()


if __name__ == "__main__":
    main()
