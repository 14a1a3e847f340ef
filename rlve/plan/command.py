"""The command's arguments, and a run's own measurements to set beside the prediction."""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from rlve.config import ConfigError
from rlve.plan.memory import GIB
from rlve.plan.plan import Options, plan
from rlve.plan.report import text
from rlve.tracking import SECRET, STAGES


def run(arguments: Sequence[str]) -> int:
    """Prints the plan; 1 where it says that something does not fit."""
    parser = argparse.ArgumentParser(
        prog="rlve plan",
        description="What a run would do: configuration, batch, placement, memory and predicted time. Starts nothing.",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument(
        "--all", action="store_true", help="every value of the configuration, not only the changed ones"
    )
    parser.add_argument("--rates", type=Path, metavar="FILE", help="measured rates (scripts/benchmark_gpu.py)")
    parser.add_argument("--response-tokens", type=_positive, metavar="N", help="mean length of a completion")
    parser.add_argument("--prompt-tokens", type=_count, metavar="N", help="mean length of a prompt")
    parser.add_argument("--useful-share", type=_share, metavar="X", help="of finished groups, those that can train")
    parser.add_argument("--node-gpus", type=_count, default=8, metavar="N", help="GPUs of a node, 8 by default")
    parser.add_argument("--node-memory-gib", type=_positive, metavar="N", help="main memory of a node")
    parser.add_argument("--against", type=Path, metavar="RUN", help="a run's folder; its times beside the predicted")
    parser.add_argument("overrides", nargs="*", metavar="key=value", help="as in train")
    chosen = parser.parse_intermixed_args(list(arguments))
    measured = means(chosen.against) if chosen.against else {}
    memory = chosen.node_memory_gib
    found = plan(
        chosen.overrides,
        Options(
            chosen.response_tokens or measured.get("response_tokens"),
            chosen.useful_share or measured.get("useful_share"),
            chosen.prompt_tokens,
            chosen.rates,
            chosen.node_gpus,
            int(memory * GIB) if memory else None,
        ),
    )
    if chosen.json:
        content = found.json()
        for value in content["config"]:
            if SECRET.search(value["key"].split(".")[-1]):
                value["value"] = value["written"] = value["origin"] = "(hidden)"
        if measured:
            content["measured"] = measured
        print(json.dumps(content, indent=1))
    else:
        print(text(found, chosen.all, measured))
    return int(bool(found.memory.faults))


def means(run: Path) -> dict[str, float]:
    """Medians over a run's rounds: seconds by stage, of the round, completion tokens and the useful share."""
    file = run / "metrics.jsonl"
    if not file.is_file():
        raise ConfigError(f"--against: {run} has no metrics.jsonl; expected the folder of a run")
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    rounds = [line for line in lines if "seconds/round" in line]
    if not rounds:
        raise ConfigError(f"--against: {file} has no finished round")
    names = {stage: f"seconds/{stage}" for stage in (*STAGES, "round")}
    names |= {"response_tokens": "rollout/completion_tokens_mean", "useful_share": "rollout/effective_prompt_ratio"}
    found = {name: [line[metric] for line in rounds if line.get(metric) is not None] for name, metric in names.items()}
    # Not every round saves or evaluates: a mean over all of them is what a plan predicts.
    return {
        name: sum(values) / len(rounds) if name in ("checkpoint", "evaluation") else median(values)
        for name, values in found.items()
        if values
    }


def _positive(word: str) -> float:
    value = float(word)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"expected a positive number, got {word}")
    return value


def _count(word: str) -> int:
    value = int(word)
    if value < 1:
        raise argparse.ArgumentTypeError(f"expected 1 or more, got {word}")
    return value


def _share(word: str) -> float:
    value = float(word)
    if not 0 < value <= 1:
        raise argparse.ArgumentTypeError(f"expected a share above 0 and up to 1, got {word}")
    return value
