"""Repeat the quickstart for several seeds and print one JSON object.

Example: python scripts/benchmark_quickstart.py --seeds 0 1 2
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[1]


def run(seed: int, overrides: list[str]) -> dict[str, object]:
    folder = ROOT / "outputs" / f"quickstart-seed{seed}"
    command = [
        *(sys.executable, str(ROOT / "scripts" / "train.py"), "experiment=quickstart"),
        *(f"seed={seed}", f"output={folder}", *overrides),
    ]
    subprocess.run(command, check=True, cwd=ROOT, stdout=sys.stderr)
    return json.loads((folder / "summary.json").read_text(encoding="utf-8"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("overrides", nargs="*", help="Hydra overrides for every run")
    options = parser.parse_args()
    runs = {seed: run(seed, options.overrides) for seed in options.seeds}
    gains = [float(str(each["accuracy_after"])) - float(str(each["accuracy_before"])) for each in runs.values()]
    print(
        json.dumps(
            {
                "setting": {"experiment": "quickstart", "overrides": options.overrides},
                "gain_median": median(gains),
                "gain_least": min(gains),
                "every_seed_up": min(gains) > 0,
                "runs": runs,
            }
        )
    )


if __name__ == "__main__":
    main()
