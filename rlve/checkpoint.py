"""A whole run on disk: the policy's weights and everything above the seam. A checkpoint is complete or not there."""

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rlve.policy import Policy

STATE = "run.json"


def folders(run: Path) -> list[Path]:
    """Complete checkpoints, oldest first."""
    return sorted(folder for folder in (run / "checkpoints").glob("round-*") if (folder / STATE).is_file())


async def save(run: Path, finished_rounds: int, policy: Policy, state: Mapping[str, Any], keep: int) -> Path:
    """Writes beside, renames into place, then removes all but the newest `keep`."""
    target = run / "checkpoints" / f"round-{finished_rounds:06d}"
    partial = target.with_name(f"partial-{finished_rounds:06d}")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    await policy.save_weights(str(partial))
    text = json.dumps({"finished_rounds": finished_rounds, **state})
    (partial / STATE).write_text(text, encoding="utf-8")
    for file in filter(Path.is_file, partial.rglob("*")):
        # A rename can reach the disk before the data do; after a power cut the folder would look complete.
        with file.open("rb") as opened:
            os.fsync(opened.fileno())
    shutil.rmtree(target, ignore_errors=True)
    partial.rename(target)
    for old in folders(run)[:-keep]:
        shutil.rmtree(old)
    return target


def read(folder: Path) -> dict[str, Any]:
    return json.loads((folder / STATE).read_text(encoding="utf-8"))
