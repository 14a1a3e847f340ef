"""Records the digests of problems in golden.json: `python -m tests.environments.golden` after `version` was raised."""

import json

from environments import load, names
from tests.environments.contract import GOLDEN, fingerprint


def main() -> None:
    """Only environments of the folder are kept, so that one taken away leaves no digest behind."""
    digests = {f"{name} {load(name).version}": fingerprint(load(name)) for name in names()}
    GOLDEN.write_text(json.dumps(digests, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
