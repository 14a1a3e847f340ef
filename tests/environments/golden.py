"""Digests of problems: `python -m tests.environments.golden` records them in digests/, after `version` was raised."""

import json
from functools import cache
from pathlib import Path

from environments import families, load
from environments.contract import Subject, fingerprint

DIGESTS = Path(__file__).with_name("digests")  # a file per family


@cache
def recorded_digests() -> dict[str, str]:
    """ "name version" → digest, of all families."""
    return {
        key: digest for file in sorted(DIGESTS.glob("*.json")) for key, digest in json.loads(file.read_text()).items()
    }


def check_problems_are_the_recorded_ones(subject: Subject, recorded: dict[str, str] | None = None) -> None:
    """What (environment, version, difficulty, seed) names may only change with `version`."""
    recorded = recorded_digests() if recorded is None else recorded
    key = f"{subject.environment.__name__} {subject.environment.version}"
    subject.demand(key in recorded, f"{key!r} is not in digests/", "run `python -m tests.environments.golden`")
    subject.demand(
        recorded[key] == subject.sighting.problems,
        "the problems are not those recorded for this version",
        "raise `version`, then run `python -m tests.environments.golden`",
    )


def main() -> None:
    """Only environments of the folder are kept, so that one taken away leaves no digest behind."""
    for file in DIGESTS.glob("*.json"):
        file.unlink()
    for family, members in families().items():
        digests = {f"{name} {load(name).version}": fingerprint(load(name)) for name in members}
        (DIGESTS / f"{family}.json").write_text(json.dumps(digests, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
