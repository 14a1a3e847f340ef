"""What overlap brings: rounds a minute of the same run with it and without, and what it learns; one JSON object.

`--what lag` lets engines draw while trainers work (rollout.max_policy_lag 1 beside 0), where verification is slow and
answers differ in length. `--what partial` goes on with groups that a round did not wait for (rlve.partial_rollout true
beside false), where a few answers are far longer than most. Runs of both settings alternate, from the same warm start.
Levels stay as they are, so that all rounds cost the same. Example:

    python scripts/benchmark_overlap.py --what lag --seeds 0 1 2
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import documents

ROOT = Path(__file__).parents[1]
FILE = Path(__file__).with_name("overlap_environments.py")
SETTINGS: dict[str, tuple[str, dict[str, list[str]]]] = {
    "lag": (
        f"[{FILE}:SlowCopy,{FILE}:LongTail]",
        # What is fetched beyond the batch would be overlap of another kind.
        {
            name: [f"rollout.max_policy_lag={lag}", "rlve.over_sampling_batch_size=16", "rollout.workers=64"]
            for name, lag in (("without", 0), ("with", 1))
        },
    ),
    "partial": (
        f"[{FILE}:LongTail]",
        # Small rounds, drawn ahead: a step of the engine takes as long for few as for many, so a tail is what costs.
        {
            name: [
                f"rlve.partial_rollout={partial}",
                "rollout.max_policy_lag=3",
                "rollout.max_carry_rounds=8",
                "rlve.rollout_batch_size=8",
                "rlve.n_samples_per_prompt=4",
            ]
            for name, partial in (("without", "false"), ("with", "true"))
        },
    ),
}
COMMON = [
    "experiment=quickstart",
    "curriculum=static",
    "curriculum.initial_level=2",
    "curriculum.window=3",
    "rlve.rollout_max_response_len=128",
    # The quickstart's is for rounds twice as large.
    "optimizer.learning_rate=2e-4",
    "rlve.rollout_batch_size=16",
    "rlve.over_sampling_batch_size=32",
    "cluster.trainers=1",
    "rollout.workers=4",
    "evaluation.every=0",
    "evaluation.levels=[0,1,2]",
    "evaluation.problems_per_level=32",
    "checkpoint.every=1000000",
    "warm_start.control=false",
    "warm_start.check_problems=96",
    "warm_start.stop_accuracy=0.25",
    "warm_start.check_every=50",
    "warm_start.max_steps=150",
]
SUMS = ("drawn", "trained", "kept")


def run(what: str, setting: str, seed: int, options: argparse.Namespace) -> dict[str, Any]:
    names, settings = SETTINGS[what]
    folder = ROOT / "outputs" / f"overlap-{what}-{setting}-{seed}"
    command = [
        *(sys.executable, str(ROOT / "scripts" / "train.py"), *COMMON, *settings[setting]),
        *(f"rlve.environment_list={names}", f"rlve.num_rollout={options.rounds}"),
        *(f"seed={seed}", f"output={folder}", f"name=overlap-{what}-{setting}", *options.overrides),
    ]
    subprocess.run(command, check=True, cwd=ROOT, stdout=sys.stderr)
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text(encoding="utf-8").splitlines()]
    return measured([line for line in lines if "evaluation" not in line], summary)


def measured(rounds: list[dict[str, Any]], summary: dict[str, Any]) -> dict[str, Any]:
    """Of the rounds but the first, which compiles and finds every engine empty."""
    steady = rounds[1:]

    def total(name: str) -> float:
        return sum(line.get(name, 0) for line in steady)

    wall = rounds[-1]["time"] - rounds[0]["time"]
    reasons = sorted({name for line in steady for name in line if name.startswith("ledger/dropped_")})
    stages = sorted(
        {name for line in steady for name in line if name.startswith("seconds/") and name.endswith("_busy")}
    )
    return {
        "rounds_per_minute": round(60 * len(steady) / wall, 2),
        "accuracy_before": summary["accuracy_before"],
        "accuracy_after": summary["accuracy_after"],
        "tokens": {
            **{name: total(f"ledger/{name}") for name in SUMS},
            **{name.removeprefix("ledger/"): total(name) for name in reasons},
            "lag_mean": median(line.get("ledger/lag_mean", 0.0) for line in steady),
        },
        "busy_share": {
            name.removeprefix("seconds/").removesuffix("_busy"): round(total(name) / wall, 3) for name in stages
        },
        "bottleneck": summary.get("bottleneck"),
    }


NAMES = {"lag": ("lag 0", "lag 1"), "partial": ("partial_rollout=false", "partial_rollout=true")}


def section(report: dict[str, Any], what: str) -> str:
    """The runs as a table, a column per setting."""
    runs = [report["runs"][setting] for setting in ("without", "with")]

    def row(label: str, value: Callable[[dict[str, Any]], str]) -> list[str]:
        return [label, *(", ".join(value(each) for each in found) for found in runs)]

    every = [each for found in runs for each in found]
    dropped = sorted({name for each in every for name, count in each["tokens"].items() if name[:4] == "drop" and count})
    stages = sorted({name for each in every for name, share in each["busy_share"].items() if share >= 0.005})
    rows = [
        row("rounds a minute", lambda each: f"{each['rounds_per_minute']:.1f}"),
        row("accuracy before", lambda each: f"{each['accuracy_before']:.2f}"),
        row("accuracy afterwards", lambda each: f"{each['accuracy_after']:.2f}"),
        row("tokens drawn", lambda each: f"{each['tokens']['drawn']:,.0f}"),
        row("tokens trained", lambda each: f"{each['tokens']['trained']:,.0f}"),
        *(
            row(
                f"tokens {name.replace('_', ', ', 1).replace('_', ' ')}",
                lambda each, name=name: f"{each['tokens'].get(name, 0):,.0f}",
            )
            for name in dropped
        ),
        *(row(f"{name} busy", lambda each, name=name: f"{each['busy_share'].get(name, 0):.0%}") for name in stages),
    ]
    seeds = ", ".join(str(each["seed"]) for each in runs[0])
    speed = report["rounds_per_minute"]
    return documents.table(["", *NAMES[what]], rows) + (
        f"\nMedian rounds a minute {speed['with']:.1f} over {speed['without']:.1f}, ratio {report['ratio']:.2f}; "
        f"{report['rounds']} rounds, seeds {seeds}.\n"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--what", choices=[*SETTINGS], required=True)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--rounds", type=int, default=14)
    parser.add_argument("--output", type=Path, help="a file for the JSON, beside printing it")
    parser.add_argument("--write", type=Path, help="a Markdown file with `<!-- overlap lag -->`, or so, for the table")
    parser.add_argument("overrides", nargs="*", help="Hydra overrides for every run")
    options = parser.parse_args()
    runs: dict[str, list[dict[str, Any]]] = {"without": [], "with": []}
    for seed in options.seeds:
        for setting, found in runs.items():
            found.append({"seed": seed, **run(options.what, setting, seed, options)})
    speed = {setting: median(each["rounds_per_minute"] for each in found) for setting, found in runs.items()}
    report = {
        "what": SETTINGS[options.what][1],
        "rounds": options.rounds,
        "common": [*COMMON, *options.overrides],
        "rounds_per_minute": speed,
        "ratio": round(speed["with"] / speed["without"], 3),
        "accuracy_after": {setting: [each["accuracy_after"] for each in found] for setting, found in runs.items()},
        "runs": runs,
    }
    if options.output is not None:
        options.output.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    if options.write is not None:
        documents.write_section(options.write, f"overlap {options.what}", section(report, options.what))
    print(json.dumps(report))


if __name__ == "__main__":
    main()
