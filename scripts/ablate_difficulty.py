"""Trains the tiny model under adaptive and static difficulty; writes docs/results.md, docs/results.json and a figure.

Runs that the JSON already holds with the same setting are not repeated, so that an interrupted ablation goes on; those
of another setting are dropped from it.

Example: python scripts/ablate_difficulty.py --seeds 0 1 2
"""

import argparse
import json
import re
import subprocess
import sys
import time
from pathlib import Path
from statistics import mean
from typing import Any

import matplotlib as mpl
from documents import table, write_section
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

ROOT = Path(__file__).parents[1]
DOCUMENT, RECORD, FIGURE = (ROOT / "docs" / name for name in ("results.md", "results.json", "difficulty.png"))
ENVIRONMENTS = ("Reverse", "Sorting")
LEVELS = (0, 1, 2, 3, 4)  # measured
HARDEST = 8
EDGE = 10  # rounds at either end that the table's effective ratios are means of
SMOOTHING = 5  # rounds that a point of the figure's effective ratio is the mean of

CONDITIONS = {
    "adaptive (rlve)": ["curriculum=rlve"],
    "adaptive (band)": ["curriculum=band"],
    "static easy, 0": ["curriculum=static"],
    f"static wide, 0 to {HARDEST}": [
        *("curriculum=static", f"curriculum.initial_level={HARDEST}", f"curriculum.window={HARDEST + 1}")
    ],
    f"static hard, {HARDEST}": ["curriculum=static", f"curriculum.initial_level={HARDEST}"],
}
COLOURS = dict(zip(CONDITIONS, ("#2f6fb3", "#3f9a6b", "#b8bec7", "#e0a458", "#c2574b"), strict=True))

# The same for all: every round samples and trains on the same number of prompts, informative or not, and only right
# answers are rewarded, since partial credit and unreadable answers would make groups of hopeless problems differ.
COMMON = [
    "experiment=quickstart",
    f"rlve.environment_list=[{','.join(ENVIRONMENTS)}]",
    "reward=binary",
    "rlve.use_dynamic_sampling_filter=false",
    "rlve.partial_rollout=false",
    "rlve.rollout_batch_size=32",
    "rlve.over_sampling_batch_size=32",
    "curriculum.weighting=uniform",
    "warm_start.levels=[0,1,2,3,4,5,6]",
    "warm_start.stop_accuracy=0.25",
    "warm_start.control=false",
    f"evaluation.levels=[{','.join(map(str, LEVELS))}]",
    "evaluation.problems_per_level=30",
    "evaluation.every=10",
    "checkpoint.every=1000",
]

Run = dict[str, Any]  # what `run` returns; it is kept as JSON


def run_folder(condition: str, seed: int) -> Path:
    """Hydra takes no brackets or commas in a value."""
    return ROOT / "outputs" / "ablation" / f"{re.sub(r'[^a-z0-9]+', '-', condition).strip('-')}-seed{seed}"


def run(condition: str, seed: int, overrides: list[str]) -> Run:
    """One training run by scripts/train.py; its curves."""
    folder = run_folder(condition, seed)
    started = time.monotonic()
    command = [sys.executable, str(ROOT / "scripts" / "train.py"), *overrides, f"output={folder}"]
    subprocess.run(command, check=True, cwd=ROOT, stdout=sys.stderr)
    lines: list[Run] = [json.loads(text) for text in (folder / "metrics.jsonl").read_text("utf-8").splitlines()]
    rounds = [line for line in lines if "evaluation" not in line]
    return {
        "condition": condition,
        "seed": seed,
        "overrides": overrides,
        "seconds": round(time.monotonic() - started, 1),
        "effective": [round(line["rollout/effective_prompt_ratio"], 4) for line in rounds],
        "levels": {name: [line[f"environment/{name}/level"] for line in rounds] for name in ENVIRONMENTS},
        # Finished rounds → environment → level → [correct, problems].
        "evaluations": {str(line["round"]): line["environments"] for line in lines if "evaluation" in line},
    }


def accuracy(evaluation: Run, names: tuple[str, ...] = ENVIRONMENTS) -> float:
    """Mean over environments and levels, which have equally many problems."""
    return mean(correct / total for name in names for correct, total in evaluation[name].values())


def last(each: Run) -> Run:
    return each["evaluations"][max(each["evaluations"], key=int)]


def spread(values: list[float]) -> str:
    return f"{mean(values):.2f} ({min(values):.2f} to {max(values):.2f})" if len(values) > 1 else f"{values[0]:.2f}"


def summary(runs: list[Run]) -> str:
    """A row per condition: means over seeds, with the least and the most."""
    head = ["difficulty", "seeds", f"effective, first {EDGE} rounds", f"last {EDGE}", "accuracy before", "after"]
    rows: list[list[str]] = []
    for condition in CONDITIONS:
        ours = [each for each in runs if each["condition"] == condition]
        if ours:
            rows.append(
                [
                    condition,
                    str(len(ours)),
                    spread([mean(each["effective"][:EDGE]) for each in ours]),
                    spread([mean(each["effective"][-EDGE:]) for each in ours]),
                    spread([accuracy(each["evaluations"]["0"]) for each in ours]),
                    spread([accuracy(last(each)) for each in ours]),
                    *(spread([accuracy(last(each), (name,)) for each in ours]) for name in ENVIRONMENTS),
                    ", ".join(f"{mean(each['levels'][name][-1] for each in ours):.1f}" for name in ENVIRONMENTS),
                ]
            )
    return table([*head, *(f"{name} after" for name in ENVIRONMENTS), "h at the end"], rows)


def draw(runs: list[Run]) -> None:
    mpl.use("Agg")
    mpl.rcParams.update({"font.size": 9, "axes.titlesize": 10, "legend.fontsize": 8, "legend.frameon": False})
    figure = Figure(figsize=(12, 4), dpi=120, layout="constrained")
    panels: list[Axes] = list(figure.subplots(1, 1 + len(ENVIRONMENTS)))
    for condition in CONDITIONS:
        ours = [each for each in runs if each["condition"] == condition]
        if not ours:
            continue
        smooth = [
            [mean(each["effective"][max(0, at - SMOOTHING + 1) : at + 1]) for at in range(len(each["effective"]))]
            for each in ours
        ]
        draw_line(panels[0], condition, list(range(1, len(smooth[0]) + 1)), smooth)
        for axes, name in zip(panels[1:], ENVIRONMENTS, strict=True):
            points = sorted(map(int, ours[0]["evaluations"]))
            curves = [[accuracy(each["evaluations"][str(at)], (name,)) for at in points] for each in ours]
            draw_line(axes, condition, points, curves)
            axes.set_title(f"{name}: accuracy at levels {LEVELS[0]} to {LEVELS[-1]}")
    panels[0].set_title("Effective prompt ratio")
    panels[0].legend()
    for axes in panels:
        axes.set_xlabel("round")
        axes.set_ylim(bottom=0)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(axis="y", alpha=0.25)
    figure.savefig(FIGURE)


def draw_line(axes: Axes, condition: str, places: list[int], curves: list[list[float]]) -> None:
    """The mean over seeds, and shaded what lies between the least and the most."""
    columns = list(zip(*curves, strict=True))
    axes.plot(places, [mean(column) for column in columns], label=condition, color=COLOURS[condition])
    low, high = [min(column) for column in columns], [max(column) for column in columns]
    axes.fill_between(places, low, high, color=COLOURS[condition], alpha=0.15, linewidth=0)


def write(runs: list[Run], rounds: int) -> None:
    draw(runs)
    seconds = mean(each["seconds"] for each in runs)
    prompts = next(word.split("=")[1] for word in COMMON if word.startswith("rlve.rollout_batch_size"))
    text = (
        f"{rounds} rounds of {prompts} prompts of 8 samples each, {' and '.join(ENVIRONMENTS)}, measured at levels "
        f"{LEVELS[0]} to {LEVELS[-1]};\nmeans over seeds (least to most). {len(runs)} runs of {seconds:.0f} s.\n\n"
    )
    picture = f"\n![Effective prompt ratio and accuracy per condition]({FIGURE.name})\n"
    write_section(DOCUMENT, "difficulty", f"{text}{summary(runs)}{picture}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--only", nargs="+", choices=CONDITIONS, default=list(CONDITIONS), metavar="CONDITION")
    parser.add_argument("overrides", nargs="*", help="Hydra overrides for every run")
    options = parser.parse_args()
    record: Run = json.loads(RECORD.read_text("utf-8")) if RECORD.exists() else {}

    def wanted(condition: str, seed: int) -> list[str]:
        return [
            *COMMON,
            *(f"seed={seed}", f"rlve.num_rollout={options.rounds}"),
            *CONDITIONS[condition],
            *options.overrides,
        ]

    # Runs of another setting cannot be compared with these.
    found: list[Run] = record.get("difficulty", [])
    runs = [each for each in found if each["overrides"] == wanted(each["condition"], each["seed"])]
    for seed in options.seeds:
        for condition in options.only:
            if not any((each["condition"], each["seed"]) == (condition, seed) for each in runs):
                runs.append(run(condition, seed, wanted(condition, seed)))
                RECORD.write_text(json.dumps(record | {"difficulty": runs}) + "\n", "utf-8")
    write(runs, options.rounds)


if __name__ == "__main__":
    main()
