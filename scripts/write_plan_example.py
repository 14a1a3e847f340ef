"""Writes what `rlve plan experiment=rlve_1.5b` prints into docs/plan.md; a test fails where that is not current."""

import subprocess
import sys
from pathlib import Path

DOCUMENT = Path(__file__).parents[1] / "docs" / "plan.md"
FENCE = "```text\n"


def main() -> None:
    code = "from rlve.cli import main; raise SystemExit(main(['plan', 'experiment=rlve_1.5b']))"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    before, example = DOCUMENT.read_text(encoding="utf-8").split(FENCE)
    _, after = example.split("```", 1)
    DOCUMENT.write_text(f"{before}{FENCE}{printed}```{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
