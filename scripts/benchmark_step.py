"""Samples per second of whole training steps beside TRL's GRPOTrainer or a plain loop: the last line is a JSON object.

The same model, prompts, samples, tokens, loss and optimizer for both, every run in a fresh process, runs of both in
turn; `ratios` are ours over theirs per job and `ratio` their geometric mean. First one saved batch must give both the
same loss and gradient norm.
Example: python scripts/benchmark_step.py --against trl --jobs tiny/32 --repeats 3
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from itertools import pairwise
from pathlib import Path
from statistics import geometric_mean, mean, median
from typing import Any

import documents
import psutil
import step_jobs
from step_jobs import JOBS, ROOT, Job

SIDES = ROOT / "scripts" / "step_sides.py"
SAMPLE_SECONDS = 10.0  # each look walks all pages of every process, which then stand still
PEERS = {
    "trl": "TRL 1.16 GRPOTrainer: transformers' generate and PyTorch in one process, all cores for both; no gradient "
    "checkpointing; in the place of rlve's std + 1e-6 it divides by std + 1e-4; its vLLM mode fails on CPU",
    "plain": "vLLM and a plain PyTorch loop in one process, all cores for both; weights by a file in shared memory",
}


class Memory(threading.Thread):
    """The most memory that a process and its descendants hold together: proportional set sizes, bytes."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.process, self.peak, self.ended = psutil.Process(pid), 0, threading.Event()

    def run(self) -> None:
        while not self.ended.wait(SAMPLE_SECONDS):
            self.peak = max(self.peak, self._now())

    def _now(self) -> int:
        total = 0
        try:
            for process in (self.process, *self.process.children(recursive=True)):
                rollup = Path(f"/proc/{process.pid}/smaps_rollup").read_text(encoding="utf-8")
                found = re.search(r"^Pss:\s+(\d+) kB", rollup, re.MULTILINE)
                total += int(found.group(1)) * 1024 if found else 0
        except (psutil.NoSuchProcess, OSError):
            return 0  # one ended meanwhile; the next look counts
        return total


def run(side: str, job: Job, rounds: int, overrides: list[str], rows: int | None) -> dict[str, Any]:
    """One run in a process of its own: what it says, and its steps' seconds as seen from outside."""
    with tempfile.TemporaryDirectory(prefix="step-") as folder:
        command = [sys.executable, str(SIDES), side, job.name, "--rounds", str(rounds), "--output", folder]
        command += ["--rows", str(rows)] if rows else []
        log = Path(folder) / "log.txt"
        started = time.time()
        with log.open("w", encoding="utf-8") as output:
            process = subprocess.Popen(
                [*command, *(overrides if side == "ours" else [])], cwd=ROOT, stdout=output, stderr=subprocess.STDOUT
            )
            memory = Memory(process.pid)
            memory.start()
            code = process.wait()
            memory.ended.set()
            memory.join()
        if code:
            raise RuntimeError(f"{' '.join(command)} ended with {code}:\n{log.read_text(encoding='utf-8')[-4000:]}")
        found = json.loads((Path(folder) / "result.json").read_text(encoding="utf-8"))
    ends = found["ends"]
    return {
        "first_step_seconds": ends[0] - started,
        "step_seconds": [after - before for before, after in pairwise(ends)],
        "peak_bytes": memory.peak,
        **{name: found[name] for name in ("tokens", "reward", "seconds")},
    }


def summary(job: Job, runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Medians over runs; of a run, over its steps after the first."""
    step = median(median(each["step_seconds"]) for each in runs)
    samples, tokens = job.prompts * job.samples, mean(each["tokens"] for each in runs)
    stages = {name: round(median(each["seconds"][name] for each in runs), 3) for name in runs[0]["seconds"]}
    return {
        "samples_per_second": round(samples / step, 2),
        "tokens_per_second": round(samples * tokens / step),
        "step_seconds": round(step, 3),
        "stage_seconds": stages,
        "first_step_seconds": round(median(each["first_step_seconds"] for each in runs), 1),
        "peak_gib": round(median(each["peak_bytes"] for each in runs) / 2**30, 2),
        "tokens_per_sample": round(tokens, 1),
        "reward": round(mean(each["reward"] for each in runs), 3),
        "samples_per_second_of_runs": [round(samples / median(each["step_seconds"]), 2) for each in runs],
    }


def compare(job: Job, options: argparse.Namespace) -> dict[str, Any]:
    """Both sides of a job in turn."""
    layout = [*job.layout(options.lag), *options.overrides]
    steps = options.steps or job.steps
    runs: dict[str, list[dict[str, Any]]] = {"ours": [], options.against: []}
    for number in range(options.repeats):
        for side, found in runs.items():
            # With a lag, the last rounds have nothing left to sample beside them.
            rounds = 1 + steps + (options.lag if side == "ours" else 0)
            found.append(run(side, job, rounds, layout, options.rows))
            found[-1]["step_seconds"] = found[-1]["step_seconds"][:steps]
            print(
                f"{job.name} {number + 1}/{options.repeats} {side}: {json.dumps(summary(job, found[-1:]))}", flush=True
            )
    sides = {side: summary(job, found) for side, found in runs.items()}
    ours, theirs = sides["ours"], sides[options.against]
    ratio = ours["samples_per_second"] / theirs["samples_per_second"]
    lengths = ours["tokens_per_sample"] / theirs["tokens_per_sample"]
    return {
        "job": job.name,
        "prompts": job.prompts,
        "samples_per_prompt": job.samples,
        "tokens_at_most": job.tokens,
        "steps": steps,
        "layout": layout,
        "rows_of_their_micro_batch": options.rows or job.rows,
        **sides,
        "ratio": round(ratio, 3),
        "lengths_differ_by_more_than_a_tenth": not 0.9 <= lengths <= 1.1,
    } | ({"tax": round(1 / ratio - 1, 3)} if options.against == "plain" else {})


def prepare(jobs: list[Job]) -> dict[str, Any]:
    """Makes the models and compares loss and gradient norm; SystemExit unless they agree."""
    for job in jobs:
        step_jobs.configuration(job, 1, Path("outputs"))
    code = "import step_check, json; print(json.dumps(step_check.checked()))"
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT / "scripts", capture_output=True, text=True, check=False
    )
    if ran.returncode:
        raise SystemExit(f"the check of loss and gradient norm failed:\n{ran.stderr[-4000:]}")
    found = json.loads(ran.stdout.splitlines()[-1])
    print(f"check: {json.dumps(found)}", flush=True)
    if not found["agree"]:
        raise SystemExit(f"rlve and TRL differ on the same batch by more than {found['tolerance']:g}: {found}")
    return found


def section(found: dict[str, Any]) -> str:
    """The result in Markdown."""
    against = found["against"]
    theirs = {"trl": "TRL", "plain": "plain loop"}[against]

    def both(job: dict[str, Any], key: str) -> str:
        return f"{job['ours'][key]} and {job[against][key]}"

    head = ["job", f"samples/s, rlve and {theirs}", "ratio", "tokens a sample", "s to the first step", "peak GiB"]
    rows = [
        [
            job["job"],
            both(job, "samples_per_second"),
            str(job["ratio"]),
            *(both(job, key) for key in ("tokens_per_sample", "first_step_seconds", "peak_gib")),
        ]
        for job in found["jobs"]
    ]
    lag = f"rlve at policy lag {found['lag']}, {found['cores']} cores, medians of {found['repeats']} runs in turn."
    return f"{documents.table(head, rows)}\nGeometric mean of the ratios {found['ratio']}; {lag}\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--against", choices=["trl", "plain"], default="trl")
    parser.add_argument("--jobs", nargs="+", choices=JOBS, default=list(JOBS))
    parser.add_argument("--lag", type=int, choices=(0, 1), default=0)
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--steps", type=int, help="after the first one, which compiles; by default the job's own")
    parser.add_argument("--rows", type=int, help="sequences of their micro-batch, in the place of the job's best")
    parser.add_argument("--check-only", action="store_true", help="compare loss and gradient norm, and stop")
    parser.add_argument(
        "--write", type=Path, help="a Markdown file with `<!-- step against trl lag 0 -->`, or so, for the table"
    )
    parser.add_argument("overrides", nargs="*", help="Hydra overrides of our run")
    options = parser.parse_args()
    jobs = [JOBS[name] for name in options.jobs]
    checked = prepare(jobs)
    if options.check_only:
        print(json.dumps(checked))
        return
    load = os.getloadavg()[0]
    compared = [compare(job, options) for job in jobs]
    found = {
        "against": options.against,
        "peer": PEERS[options.against],
        "lag": options.lag,
        "cores": os.cpu_count(),
        "load_before": load,
        "repeats": options.repeats,
        "check": checked,
        "jobs": compared,
        "ratios": {job["job"]: job["ratio"] for job in compared},
        "ratio": round(geometric_mean(job["ratio"] for job in compared), 3),
    }
    if options.write:
        documents.write_section(options.write, f"step against {options.against} lag {options.lag}", section(found))
    print(json.dumps(found))


if __name__ == "__main__":
    main()
