"""How many problems and verifications a core makes per second, per environment: one JSON object on standard output.

--against rlve-gym sets the package of that name beside ours. It needs an interpreter that has it:

    python -m venv /tmp/gym && /tmp/gym/bin/pip install rlve-gym numpy networkx sympy torch
    python scripts/benchmark_environments.py --against rlve-gym --python /tmp/gym/bin/python

--idle SECONDS tells what share of a rollout of so many seconds would wait for the problems of 384 groups.
"""

import argparse
import asyncio
import json
import os
import platform
import select
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from itertools import count, cycle
from math import exp, log
from pathlib import Path
from statistics import fmean, median
from time import monotonic, process_time
from typing import Any

from environments import demonstration, generate, load, names, outcome, question, resolve
from environments.catalog import is_held_out

ROOT = Path(__file__).parents[1]
LEVELS = range(5)
BATCH = 5 * len(LEVELS)  # between two looks at the clock
GROUPS = 384  # of a rollout of the paper
LIMITS = {"generate": 100.0, "verify": 10.0}  # milliseconds at p99
START_SECONDS = 600.0  # of wall time; importing 400 environments and torch takes a while on a busy machine


def main() -> None:
    """Generation makes the whole question; verification judges the reference solution, a session's turn by turn."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=1.0, help="CPU time per environment, half for each of the two")
    parser.add_argument("--environments", nargs="+", default=["all", "held_out"], help="names, families or patterns")
    parser.add_argument("--against", choices=["rlve-gym"], help="set this package beside ours")
    parser.add_argument("--python", default=sys.executable, metavar="PATH", help="an interpreter that has the package")
    parser.add_argument(
        "--deadline", type=float, default=60.0, help="CPU seconds an environment may take, then it hangs"
    )
    parser.add_argument("--write", type=Path, metavar="FILE.md", help="with --against: write the table as a page")
    parser.add_argument("--idle", type=float, metavar="SECONDS", help="of a rollout that 384 groups of problems feed")
    parser.add_argument("--workers", type=int, default=1, help="with --idle: problem workers, as rollout.workers")
    options = parser.parse_args()
    wanted = resolve(options.environments)
    if options.against:
        report = against(wanted, options.python, options.seconds / 8, options.deadline)
        if options.write:
            options.write.write_text(page(report), encoding="utf-8")
    elif options.idle:
        report = asyncio.run(idle(wanted, options.idle, options.workers))
    else:
        report = alone(wanted, options.seconds / 2)
    print(json.dumps(report | {"python": platform.python_version(), "cores": os.cpu_count()}, indent=1))


def alone(wanted: Sequence[str], seconds: float) -> dict[str, Any]:
    found = {name: measure(name, seconds) for name in wanted}
    report: dict[str, Any] = {"environments": found}
    for what in ("problems_per_second", "verifications_per_second"):
        rates = {name: row[what] for name, row in found.items() if row[what]}
        if rates:
            report[f"median_{what}"] = round(median(rates.values()))
            report[f"worst_{what}"] = min(rates.items(), key=lambda item: item[1])
    report["exceptions"] = sum(row["exceptions"] for row in found.values())
    return report | {"levels": [*LEVELS]}


def measure(name: str, seconds: float) -> dict[str, int]:
    """Rates by CPU time over all levels alike, and how many of the calls raised."""
    environment = load(name)
    exceptions = 0

    def rate(work: Callable[[], object]) -> int:
        nonlocal exceptions
        done, start, used = 0, process_time(), 0.0
        while used < seconds:
            for _ in range(BATCH):
                try:
                    work()
                except Exception:  # noqa: BLE001 - whatever an environment raises is counted
                    exceptions += 1
            done += BATCH
            used = process_time() - start
        return round(done / used)

    tasks = ((level, seed) for seed in count() for level in LEVELS)
    problems = rate(lambda: question(generate(environment, *next(tasks))))
    sample = [generate(environment, level, seed) for seed in range(20) for level in LEVELS]
    answered = cycle([(problem, [text for text, _ in demonstration(problem)]) for problem in sample])
    verifications = rate(lambda: outcome(*next(answered)))
    return {"problems_per_second": problems, "verifications_per_second": verifications, "exceptions": exceptions}


# Beside RLVE-Gym


class Measuring:
    """A child process that measures one side (environment_rates.py), started again where it hangs or fails."""

    def __init__(self, python: str, side: str, seconds: float, least: int, deadline: float) -> None:
        self._command = [python, str(ROOT / "scripts" / "environment_rates.py"), side, str(seconds), str(least)]
        self._deadline = deadline
        self._process: subprocess.Popen[str] | None = None

    def rates(self, name: str) -> dict[str, Any] | None:
        """Level → rates; None where it hangs or ends its process."""
        if self._process is None:
            self._process = self._start()
        process = self._process
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(f"{name}\n")
        process.stdin.flush()
        before = _cpu_seconds(process.pid)
        while not select.select([process.stdout], [], [], 0.5)[0]:
            if _cpu_seconds(process.pid) - before > self._deadline:
                break
        else:
            line = process.stdout.readline()
            if line:
                found = json.loads(line)
                if any(row["failures"] for row in found.values()):
                    self.close()  # what took too long may still be running in a thread
                return found
        self.close()
        return None

    def close(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def _start(self) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        )
        assert process.stdout is not None
        ready = select.select([process.stdout], [], [], START_SECONDS)[0] and process.stdout.readline()
        if not ready:
            process.kill()
            raise SystemExit(f"`{' '.join(self._command)}` does not start; has the interpreter the package?")
        return process


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def against(wanted: Sequence[str], python: str, seconds: float, deadline: float) -> dict[str, Any]:
    """Both sides by name, and what that amounts to. seconds: per level, for each of the two measurements."""
    program = "from Gym.environments import identifier2environment as known; print(*known)"
    known = subprocess.run([python, "-c", program], capture_output=True, text=True, check=False)
    if known.returncode:
        raise SystemExit(f"{python} has no rlve-gym; see --help for how to make one: {known.stderr[-300:]}")
    shared = [name for name in wanted if name in known.stdout.split()]
    ours = Measuring(python, "ours", seconds, 100, deadline)
    theirs = Measuring(python, "rlve-gym", seconds, 5, deadline)
    found: dict[str, dict[str, Any]] = {}
    try:
        for place, name in enumerate(shared, 1):
            found[name] = {"ours": ours.rates(name), "theirs": theirs.rates(name)}
            print(f"{place}/{len(shared)} {name}", file=sys.stderr, flush=True)
    except KeyboardInterrupt:
        print("interrupted; the report is of what was measured", file=sys.stderr)
    finally:
        ours.close()
        theirs.close()
    return summary(found)


def summary(found: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """found: name → side → level → rates, or None for a side that hangs. Ratios above 1: ours is faster."""
    for row in found.values():
        for what in ("generate", "verify"):
            row[f"{what}_ratio"] = ratio(row["ours"], row["theirs"], what)
    report: dict[str, Any] = {"environments": found, "shared": len(found)}
    for what in ("generate", "verify"):
        ratios = {name: row[f"{what}_ratio"] for name, row in found.items() if row[f"{what}_ratio"] is not None}
        report[what] = {
            "compared": len(ratios),
            "geometric_mean": round(exp(fmean(map(log, ratios.values()))), 2) if ratios else None,
            "median": round(median(ratios.values()), 2) if ratios else None,
            "worst": min(ratios.items(), key=lambda item: item[1]) if ratios else None,
            "slower": sorted(name for name, value in ratios.items() if value < 1),
            "our_p99_ms": {level: worst(found, level, what) for level in ("0", "4", "8", "12")},
            "over_limit": over_limit(found, what),
        }
    report["we_hang"] = [name for name, row in found.items() if row["ours"] is None]
    report["they_hang"] = [name for name, row in found.items() if row["theirs"] is None]
    report["their_failures"] = failing(found, "theirs")
    report["our_failures"] = failing(found, "ours")
    return report


def ratio(ours: dict[str, Any] | None, theirs: dict[str, Any] | None, what: str) -> float | None:
    """Of the times of one problem of each level that both sides have."""
    if ours is None or theirs is None:
        return None
    levels = [level for level in ours if ours[level][what] and theirs.get(level, {}).get(what)]
    if not levels:
        return None
    return round(
        sum(theirs[level][what]["mean"] for level in levels) / sum(ours[level][what]["mean"] for level in levels), 2
    )


def worst(found: dict[str, dict[str, Any]], level: str, what: str) -> tuple[str, float] | None:
    """Our slowest environment at the level: name, milliseconds at p99."""
    times = [
        (name, round(1000 * row["ours"][level][what]["p99"], 3))
        for name, row in found.items()
        if row["ours"] is not None and row["ours"][level][what]
    ]
    return max(times, key=lambda item: item[1], default=None)


def over_limit(found: dict[str, dict[str, Any]], what: str) -> list[tuple[str, str, float]]:
    """(name, level, milliseconds at p99) of ours above the limit."""
    return [
        (name, level, round(1000 * rates[what]["p99"], 1))
        for name, row in found.items()
        for level, rates in (row["ours"] or {}).items()
        if rates[what] and 1000 * rates[what]["p99"] > LIMITS[what]
    ]


def failing(found: dict[str, dict[str, Any]], side: str) -> dict[str, list[str]]:
    """Name → levels at which a problem could not be made."""
    failures = {
        name: [level for level, rates in (row[side] or {}).items() if rates["failures"]] for name, row in found.items()
    }
    return {name: levels for name, levels in failures.items() if levels}


def page(report: dict[str, Any]) -> str:
    """The table as Markdown: microseconds of one problem, the mean over levels 0, 4, 8 and 12."""
    lines = [
        "# Speed beside RLVE-Gym\n",
        f"{report['shared']} environments of both, levels 0, 4, 8 and 12 alike: microseconds of CPU time to make a",
        "question and to verify its solution, ours and those of the PyPI package `rlve-gym` in the same interpreter.",
        "A level of theirs is not of the same size as ours: the characters of the questions stand beside.",
        f"Geometric mean of the ratios: {report['generate']['geometric_mean']} for making, "
        f"{report['verify']['geometric_mean']} for verifying.\n",
        "`scripts/benchmark_environments.py --against rlve-gym --write FILE.md` writes this page.\n",
        "| environment | characters, ours | theirs | make, ours | theirs | ratio | verify, ours | theirs | ratio |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for name, row in report["environments"].items():
        cells = [_mean(row[side], lambda rates: rates["characters"]) for side in ("ours", "theirs")]
        for what in ("generate", "verify"):
            cells += [
                _mean(row[side], lambda rates, what=what: rates[what] and 1e6 * rates[what]["mean"])
                for side in ("ours", "theirs")
            ]
            cells.append("" if row[f"{what}_ratio"] is None else str(row[f"{what}_ratio"]))
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _mean(side: dict[str, Any] | None, value: Callable[[dict[str, Any]], float | None]) -> str:
    if side is None:
        return "hangs"
    found = [number for rates in side.values() if (number := value(rates)) is not None]
    return f"{fmean(found):,.0f}" if len(found) == len(side) else (f"({fmean(found):,.0f})" if found else "")


# A rollout


async def idle(wanted: Iterable[str], rollout_seconds: float, workers: int) -> dict[str, Any]:
    """Wall time that a pool of workers needs for the problems of a rollout, levels 0 to 8."""
    from rlve.problems import Problems
    from rlve.types import Task

    trained = [name for name in wanted if not is_held_out(name)] or names()
    tasks = [
        Task(trained[place % len(trained)], load(trained[place % len(trained)]).version, place % 9, place)
        for place in range(2 * GROUPS)
    ]
    problems = await Problems.start(workers, 30.0, "tags")
    try:
        await problems.generate(tasks[GROUPS:])  # loads the environments, as the first round does
        start = monotonic()
        made = await problems.generate(tasks[:GROUPS])
        taken = monotonic() - start
    finally:
        await problems.close()
    return {
        "groups": GROUPS,
        "environments": len(trained),
        "workers": workers,
        "failures": sum(problem.error is not None for problem in made),
        "generation_seconds": round(taken, 4),
        "rollout_seconds": rollout_seconds,
        "share": round(taken / rollout_seconds, 6),
        "below_1_percent_from_seconds": round(100 * taken, 1),
    }


if __name__ == "__main__":
    main()
