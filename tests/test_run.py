"""The whole command on the real stack: Hydra, Ray, vLLM, DeepSpeed; a run that is killed, and its resume."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import psutil
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


def command(folder: Path, cache: Path) -> list[str]:
    script = str(ROOT / "scripts" / "train.py")
    return [sys.executable, script, *SMALL, f"output={folder}", f"model.cache={cache}"]


def train(folder: Path, cache: Path, *overrides: str) -> subprocess.CompletedProcess[str]:
    words = [*command(folder, cache), *overrides]
    return subprocess.run(words, capture_output=True, text=True, cwd=ROOT, timeout=280, check=False)


def rounds(folder: Path) -> list[int]:
    """Numbers of the rounds in the record; a line that is still being written is none."""
    file = folder / "metrics.jsonl"
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    lines = [json.loads(line) for line in text.split("\n")[:-1]]
    return [line["round"] for line in lines if "evaluation" not in line]


def family(process: psutil.Popen) -> list[psutil.Process]:
    """The driver and everything that it started, Ray's daemons and the engine among them."""
    return [process, *process.children(recursive=True)]


@pytest.mark.timeout(600)
def test_a_killed_run_leaves_nothing_behind_and_goes_on_from_its_last_checkpoint(tmp_path: Path) -> None:
    folder, cache, errors = tmp_path / "run", tmp_path / "cache", tmp_path / "stderr"
    with errors.open("wb") as file:
        words = [*command(folder, cache), "rlve.num_rollout=1000"]
        process = psutil.Popen(words, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=file)
    try:
        while len(rounds(folder)) < 2:
            assert process.poll() is None, errors.read_text(encoding="utf-8")[-3000:]
            time.sleep(0.2)
        # Ray's agents notice a minute later that they are alone.
        processes = [each for each in family(process) if not each.name().endswith("Agent")]
        words = [" ".join(each.cmdline()) for each in processes]
        for kind in ("raylet", "ray::TrainerActor", "ray::RolloutActor", "VLLM::EngineCore", "rlve.problem_worker"):
            assert any(kind in line for line in words), (kind, words)
    finally:
        process.kill()
    _, alive = psutil.wait_procs(processes, timeout=60)
    assert [each.name() for each in alive] == []

    done = max(int(checkpoint.name.removeprefix("round-")) for checkpoint in (folder / "checkpoints").glob("round-*"))
    resumed = train(folder, cache, f"rlve.num_rollout={done + 1}", "resume=auto")
    assert resumed.returncode == 0, resumed.stderr[-3000:]
    assert rounds(folder) == [*range(done + 1)]
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    assert summary["syncs"] == summary["syncs_verified"] == done + 1
    assert 0 < summary["logprob_gap_max"] < 0.01
    assert summary["accuracy_before"] is not None
    assert "resume=auto" in resumed.stdout
    assert (folder / "checkpoints" / f"round-{done + 1:06d}" / "model.safetensors").is_file()


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGKILL])
def test_no_part_of_an_engine_outlives_its_run(tmp_path: Path, ending: signal.Signals) -> None:
    """Two parts of a colocated engine are processes below its own, which is below its actor's."""
    folder, errors = tmp_path / "run", tmp_path / "stderr"
    layout = ["cluster.tensor_parallel_size=2", "cluster.colocate=true", "rlve.num_rollout=1000"]
    with errors.open("wb") as file:
        words = [*command(folder, tmp_path / "cache"), *layout]
        process = psutil.Popen(words, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=file)
    try:
        while not rounds(folder):
            assert process.poll() is None, errors.read_text(encoding="utf-8")[-3000:]
            time.sleep(0.2)
        processes = [each for each in family(process) if not each.name().endswith("Agent")]
        words = [" ".join(each.cmdline()) for each in processes]
        for kind in ("VLLM::EngineCore", "VLLM::Worker_TP0", "VLLM::Worker_TP1"):
            assert any(kind in line for line in words), (kind, words)
        process.send_signal(ending)
        _, alive = psutil.wait_procs(processes, timeout=60)
        assert [each.name() for each in alive] == []
    finally:
        if process.is_running():
            process.kill()


BAD_INPUT = {
    "rlve.environment_list=[Divsion]": "Division",
    "+rlve.num_rollouts=1": "rlve.num_rollout",
    "rlve.over_sampling_batch_size=2": "over_sampling_batch_size",
    "model.path=./nowhere": "does not exist",
    "cluster.trainers=512": "cluster.trainers",
    "cluster.engine_options={max_num_seq:8}": "max_num_seqs",
    "rollout.top_p=0.9": "top_p",
}


@pytest.fixture(scope="module")
def refusals(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[dict[str, "Future[subprocess.CompletedProcess[str]]"]]:
    """Two runs at a time: all that they do is import and refuse."""
    with ThreadPoolExecutor(2) as threads:
        folders = {override: tmp_path_factory.mktemp("refused") for override in BAD_INPUT}
        yield {
            override: threads.submit(train, folder / "run", folder / "cache", override)
            for override, folder in folders.items()
        }


@pytest.mark.parametrize(("override", "words"), BAD_INPUT.items())
def test_bad_input_is_refused_with_what_to_change(
    refusals: dict[str, "Future[subprocess.CompletedProcess[str]]"], override: str, words: str
) -> None:
    refused = refusals[override].result()
    assert refused.returncode == 2, refused.stderr[-3000:]
    assert words in refused.stderr
    assert "Traceback" not in refused.stderr
