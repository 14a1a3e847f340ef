"""Records the digests of problems in digests/: `python -m tests.environments.golden` after `version` was raised."""

import json

from environments import families, load
from tests.environments.contract import DIGESTS, fingerprint


def main() -> None:
    """Only environments of the folder are kept, so that one taken away leaves no digest behind."""
    for file in DIGESTS.glob("*.json"):
        file.unlink()
    for family, members in families().items():
        digests = {f"{name} {load(name).version}": fingerprint(load(name)) for name in members}
        (DIGESTS / f"{family}.json").write_text(json.dumps(digests, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
