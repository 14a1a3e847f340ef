"""How many problems and verifications a core makes per second, per environment: one JSON object on standard output."""

import argparse
import json
import os
import platform
from collections.abc import Callable
from itertools import count, cycle
from statistics import median
from time import process_time
from typing import Any

from environments import TAGS, generate, judge, load, question, resolve

LEVELS = range(5)
BATCH = 5 * len(LEVELS)  # between two looks at the clock


def main() -> None:
    """Generation makes the whole question; verification judges the reference solution in its marker."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=1.0, help="CPU time per environment, half for each of the two")
    parser.add_argument("--environments", nargs="+", default=["all"], help="names, families or patterns")
    options = parser.parse_args()
    found = {name: measure(name, options.seconds / 2) for name in resolve(options.environments)}
    report: dict[str, Any] = {"environments": found}
    for what in ("problems_per_second", "verifications_per_second"):
        rates = {name: row[what] for name, row in found.items() if row[what]}
        if rates:
            report[f"median_{what}"] = round(median(rates.values()))
            report[f"worst_{what}"] = min(rates.items(), key=lambda item: item[1])
    report["exceptions"] = sum(row["exceptions"] for row in found.values())
    report |= {"levels": [*LEVELS], "python": platform.python_version(), "cores": os.cpu_count()}
    print(json.dumps(report, indent=1))


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
    answered = cycle([(problem, TAGS.wrap(problem.answer.render(problem.solution()))) for problem in sample])
    verifications = rate(lambda: judge(*next(answered)))
    return {"problems_per_second": problems, "verifications_per_second": verifications, "exceptions": exceptions}


if __name__ == "__main__":
    main()
