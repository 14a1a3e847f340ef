"""The large experiments, run on the CPU: same classes, layout, template and reward, a model of two layers."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.test_conf import LARGE

ROOT = Path(__file__).parents[1]


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("experiment", LARGE)
def test_a_large_experiment_runs_and_learns_on_the_cpu(experiment: str, tmp_path: Path) -> None:
    words = [f"experiment={experiment}", "scale=cpu", "rlve.num_rollout=2", f"output={tmp_path / 'run'}"]
    command = [sys.executable, str(ROOT / "scripts" / "train.py"), *words, f"model.cache={tmp_path / 'cache'}"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=880, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    lines = [json.loads(line) for line in (tmp_path / "run" / "metrics.jsonl").read_text(encoding="utf-8").splitlines()]
    rounds = [line for line in lines if "evaluation" not in line]
    assert len(rounds) == 2
    for line in rounds:
        assert line["rollout/groups_trained"] == 16, line
        assert line["train/grad_norm"] > 0
        assert line["sync/verified"] > 0
    summary = json.loads((tmp_path / "run" / "summary.json").read_text(encoding="utf-8"))
    assert summary["syncs_verified"] == summary["syncs"] == 2
