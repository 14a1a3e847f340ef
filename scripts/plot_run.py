"""Draw what a run did: python scripts/plot_run.py outputs/quickstart docs/quickstart.png."""

import json
import math
import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from rlve.tracking import interval

Line = dict[str, Any]

COLOURS = {"before": "#b8bec7", "control": "#e0a458", "after": "#2f6fb3"}
LEGEND_ROWS = 8


def read(run: Path) -> tuple[list[Line], dict[str, Line]]:
    """The lines of the rounds, and label → line of its last evaluation."""
    lines: list[Line] = [json.loads(text) for text in (run / "metrics.jsonl").read_text(encoding="utf-8").splitlines()]
    rounds = [line for line in lines if "evaluation" not in line]
    evaluations = {line["evaluation"]: line for line in lines if "evaluation" in line}
    return rounds, {label: evaluations[label] for label in COLOURS if label in evaluations}


def draw_accuracy(axes: Axes, evaluations: dict[str, Line]) -> None:
    """Bars of the mean over levels, with the 95 % interval of all problems of the bar."""
    names = sorted({name for line in evaluations.values() for name in line["environments"]})
    width = 0.8 / max(1, len(evaluations))
    for place, (label, line) in enumerate(evaluations.items()):
        counts = [list(line["environments"].get(name, {}).values()) for name in names]
        shares = [sum(correct / total for correct, total in levels) / len(levels) for levels in counts]
        bounds = [interval(sum(c for c, _ in levels), sum(t for _, t in levels)) for levels in counts]
        below = [max(0.0, share - low) for share, (low, _) in zip(shares, bounds, strict=True)]
        above = [max(0.0, high - share) for share, (_, high) in zip(shares, bounds, strict=True)]
        axes.bar(
            [index + (place - (len(evaluations) - 1) / 2) * width for index in range(len(names))],
            shares,
            width,
            color=COLOURS[label],
            label=f"{label} {line['accuracy']:.2f}",
            yerr=[below, above],
            error_kw={"elinewidth": 0.8, "ecolor": "#555555"},
        )
    axes.set_xticks(range(len(names)), names, rotation=30, ha="right")
    axes.set_ylim(0, 1)
    axes.set_title("Accuracy on held-out problems")
    axes.legend()


def draw_training(axes: Axes, rounds: list[Line]) -> None:
    curves = {
        "reward/mean": ("reward", "#2f6fb3"),
        "rollout/effective_prompt_ratio": ("effective prompt ratio", "#3c9d6b"),
    }
    for metric, (label, colour) in curves.items():
        axes.plot(*series(rounds, metric), color=colour, label=label)
    axes.set_ylim(min(0.0, axes.get_ylim()[0]), 1)
    axes.set_title("Training rollouts")
    axes.legend()


def draw_levels(axes: Axes, rounds: list[Line]) -> None:
    names = sorted({key.split("/")[1] for line in rounds for key in line if key.endswith("/level")})
    for index, name in enumerate(names):
        numbers, levels = series(rounds, f"environment/{name}/level")
        # Levels are whole numbers: shifted a little, equal ones stay visible.
        shift = 0.2 * (index / max(1, len(names) - 1) - 0.5)
        axes.step(numbers, [level + shift for level in levels], where="post", label=name)
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_title("Difficulty level")
    axes.legend(ncols=math.ceil(len(names) / LEGEND_ROWS), loc="best")


def series(rounds: list[Line], metric: str) -> tuple[list[int], list[float]]:
    """Number of the round, from 1, and value, where the round has one."""
    found = [(line["round"] + 1, line[metric]) for line in rounds if line.get(metric) is not None]
    return [number for number, _ in found], [value for _, value in found]


def main(run: Path, target: Path) -> None:
    rounds, evaluations = read(run)
    if not rounds:
        sys.exit(f"{run / 'metrics.jsonl'} has no finished round yet; draw it after the first")
    mpl.use("Agg")
    mpl.rcParams.update({"font.size": 9, "axes.titlesize": 10, "legend.fontsize": 8, "legend.frameon": False})
    figure = Figure(figsize=(12, 4), dpi=120, layout="constrained")
    accuracy, training, levels = figure.subplots(1, 3)
    draw_accuracy(accuracy, evaluations)
    draw_training(training, rounds)
    draw_levels(levels, rounds)
    for axes in (training, levels):
        axes.set_xlabel("round")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    for axes in (accuracy, training, levels):
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(axis="y", alpha=0.25)
    target.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(target)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(
            "expected a run folder and a picture: python scripts/plot_run.py outputs/quickstart docs/quickstart.png"
        )
    main(Path(sys.argv[1]), Path(sys.argv[2]))
