"""What starts at once must not wait for torch, ray or vllm."""

import subprocess
import sys
from pathlib import Path

import pytest

import rlve

HEAVY = ("torch", "ray", "vllm", "deepspeed", "transformers")
BELOW_THE_SEAM = ("local", "losses")
ABOVE_THE_SEAM = [
    f"rlve.{path.stem}"
    for path in sorted(Path(rlve.__file__).parent.glob("*.py"))
    if path.stem not in ("__init__", *BELOW_THE_SEAM)
]


def heavy_packages_after(code: str) -> list[str]:
    report = f"import sys; print('\\n', *[name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", f"{code}\n{report}"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1].split()


@pytest.mark.parametrize("module", ["environments", "rlve", *ABOVE_THE_SEAM])
def test_modules_above_the_seam_load_nothing_heavy(module: str):
    assert heavy_packages_after(f"import {module}") == []


@pytest.mark.parametrize("command", [["envs", "list"], ["envs", "show", "Division"], ["--help"]])
def test_small_commands_load_nothing_heavy(command: list[str]):
    assert heavy_packages_after(f"from rlve.cli import main; assert main({command}) == 0") == []


def test_a_heavy_package_would_be_noticed():
    assert heavy_packages_after("import torch") == ["torch"]
