"""The whole command on the real stack: Hydra, Ray, vLLM, DeepSpeed; a run, a resume, and what it leaves behind."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SMALL = (
    "experiment=quickstart",
    "warm_start=none",
    "rlve.rollout_batch_size=4",
    "rlve.over_sampling_batch_size=6",
    "rlve.rollout_max_response_len=8",
    "rlve.use_dynamic_sampling_filter=false",
    "evaluation.levels=[0]",
    "evaluation.problems_per_level=2",
    "checkpoint.every=1",
)


def train(folder: Path, cache: Path, *overrides: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "scripts" / "train.py"), *SMALL, f"output={folder}", f"model.cache={cache}"]
    return subprocess.run([*command, *overrides], capture_output=True, text=True, cwd=ROOT, timeout=280, check=False)


def rounds(folder: Path) -> list[int]:
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text(encoding="utf-8").splitlines()]
    return [line["round"] for line in lines if "evaluation" not in line]


@pytest.mark.timeout(600)
def test_a_run_trains_proves_its_syncs_and_goes_on_from_its_last_checkpoint(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    first = train(folder, tmp_path / "cache", "rlve.num_rollout=2")
    assert first.returncode == 0, first.stderr[-3000:]
    assert rounds(folder) == [0, 1]
    second = train(folder, tmp_path / "cache", "rlve.num_rollout=3", "resume=auto")
    assert second.returncode == 0, second.stderr[-3000:]
    assert rounds(folder) == [0, 1, 2]
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    assert summary["syncs"] == summary["syncs_verified"] == 3
    assert 0 < summary["logprob_gap_max"] < 0.01
    assert summary["accuracy_before"] is not None
    assert "resume=auto" in second.stdout
    assert (folder / "checkpoints" / "round-000003" / "model.safetensors").is_file()


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        (["rlve.environment_list=[Divsion]"], "Division"),
        (["+rlve.num_rollouts=1"], "rlve.num_rollout"),
        (["rlve.over_sampling_batch_size=2"], "over_sampling_batch_size"),
        (["model.path=./nowhere"], "does not exist"),
        (["cluster.trainers=512"], "cluster.trainers"),
        (["rollout.top_p=0.9"], "top_p"),
    ],
)
def test_bad_input_is_refused_with_what_to_change(tmp_path: Path, overrides: list[str], words: str) -> None:
    refused = train(tmp_path / "run", tmp_path / "cache", *overrides)
    assert refused.returncode == 2, refused.stderr[-3000:]
    assert words in refused.stderr
    assert "Traceback" not in refused.stderr
