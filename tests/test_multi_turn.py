"""Sessions on the real stack: what docs/multi_turn.md shows."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
COMMAND = (
    "experiment=quickstart",
    "environments=multi_turn",
    "rlve.rollout_max_response_len=48",
    "rlve.rollout_batch_size=16",
    "rlve.over_sampling_batch_size=32",
    "rlve.num_rollout=80",
    "warm_start.levels=[0,1]",
    "warm_start.check_every=5",
    "warm_start.check_problems=140",
    "warm_start.stop_accuracy=0.25",
    "warm_start.control=false",
    "evaluation.levels=[0,1]",
    "cluster.trainers=1",
    "checkpoint.every=40",
)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_a_run_over_sessions_learns(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    words = [
        sys.executable,
        str(ROOT / "scripts" / "train.py"),
        *COMMAND,
        f"output={folder}",
        f"model.cache={tmp_path}",
    ]
    subprocess.run(words, cwd=ROOT, check=True)
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    before, after = summary["accuracy_before"], summary["accuracy_after"]
    # By chance, shares of 336 sessions near 0.5 differ by that much in one case of 1,000.
    assert after > before + 0.12, (before, after)
    assert summary["failures"] == {}
    assert summary["syncs_verified"] == summary["rounds"] == 80
    assert 0 < summary["logprob_gap_max"] < 0.01
    tokens = summary["tokens"]
    assert tokens["drawn"] == tokens["trained"] + sum(tokens["dropped"].values()) + tokens["pending_after"]
