"""The comparison with TRL compares like with like: one batch has one loss and one gradient on both sides."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[1] / "scripts"


@pytest.mark.slow
def test_our_trainers_and_trl_agree_on_a_batch_with_clipped_ratios() -> None:
    ran = subprocess.run(
        [sys.executable, str(SCRIPTS / "benchmark_step.py"), "--check-only"],
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout.splitlines()[-1])
    assert found["clipped_share"] > 0.05
    assert max(found["relative_difference"].values()) < 1e-5
    assert abs(found["loss"]["trl"]) > 1e-3
