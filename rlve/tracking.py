"""Metrics of a run to metrics.jsonl, the console and W&B; every metric name is in METRICS.

metrics.jsonl is the record. W&B gets the same numbers and may fail at any time without stopping the run.
"""

import json
import math
import os
import re
import time
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from netrc import NetrcParseError, netrc
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

from omegaconf import OmegaConf
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table

from environments.catalog import short_name
from rlve.config import TrainConfig
from rlve.types import Group

RolloutText = tuple[str, str, Group, int]  # prompt, completion, their group, index of the rollout in the group

METRICS: dict[str, str] = {
    "reward/mean": "mean reward of all rollouts finished in the round",
    "accuracy/mean": "share of correct rollouts among all finished in the round",
    "rollout/effective_prompt_ratio": "share of finished groups whose rewards differ, so that they can train",
    "rollout/truncated_share": "share of completions cut at their token budget",
    "rollout/masked": "truncated rollouts that taught nothing (reward.truncated=mask)",
    "rollout/completion_tokens_mean": "mean length of a completion, tokens",
    "rollout/completion_tokens_max": "longest completion, tokens",
    "rollout/turns_mean": "mean turns of a completion, where it is of a session",
    "rollout/groups_submitted": "groups whose sampling began in the round",
    "rollout/groups_finished": "groups whose last rollout was scored in the round",
    "rollout/groups_trained": "groups that trained",
    "rollout/groups_carried": "unfinished groups that the next round continues",
    "rollout/groups_surplus": "finished groups kept to train in the next round",
    "rollout/groups_dropped_<reason>": "groups given up, by reason; masked: fewer than two rollouts could train",
    "rollout/zero_variance_right": "groups with equal rewards, every unmasked rollout correct",
    "rollout/zero_variance_wrong": "groups with equal rewards, not every unmasked rollout correct",
    "rollout/errors_unreadable": "rollouts without a readable answer",
    "rollout/errors_too_long": "rollouts whose answer exceeds the length cap",
    "rollout/errors_breaks_rules": "rollouts whose answer breaks the problem's rules",
    "rollout/errors_timeout": "rollouts whose verification ran out of time",
    "rollout/errors_crash": "rollouts whose verifier crashed",
    "train/loss": "loss of the round's batch, mean over optimizer steps",
    "train/grad_norm": "norm of the gradient before clipping, mean over optimizer steps",
    "train/learning_rate": "learning rate, mean over optimizer steps",
    "train/logprob_gap_max": "largest |trainer − sampler| log-probability of tokens from the newest weights, nats",
    "train/pg_clipfrac": "share of tokens whose ratio was clipped",
    "train/ppo_kl": "mean of sampler − trainer log-probability, nats per token",
    "train/correction_weight_mean": "mean weight of tokens, exp(trainer − sampler) as truncated or masked",
    "train/correction_changed_share": "share of tokens whose weight was truncated or masked",
    "train/packing_efficiency": "share of the tokens that trainers compute that is not padding",
    "train/shared_prefix_share": "share of the trained tokens that is computed with another sample's prompt",
    "train/entropy": "mean of −log-probability of drawn tokens: estimates the policy's entropy, nats per token",
    "speed/generated_tokens_per_second": "tokens sampled per second in which engines were busy",
    "speed/trained_tokens_per_second": "tokens trained on per second of the train stage",
    "seconds/rollout": "the driver waited for groups to train on, seconds",
    "seconds/train": "gradients and optimizer steps, seconds",
    "seconds/sync": "weights from trainer to sampler, seconds",
    "seconds/checkpoint": "saving after the round before, seconds",
    "seconds/evaluation": "evaluation, seconds",
    "seconds/round": "the whole round, seconds",
    "seconds/<stage>_busy": "of the round in which a stage had something to do, seconds; stages overlap",
    "seconds/<stage>_idle": "the rest of the round, seconds; <stage> as in STAGES of rlve/stage_clock.py",
    "seconds/tail": "engines busy with at most a quarter of the most groups that they had at once, seconds",
    "ledger/drawn": "tokens that came back from the engines",
    "ledger/trained": "tokens that trained",
    "ledger/dropped_<reason>": "tokens that will never train; <reason> as in REASONS of rlve/ledger.py",
    "ledger/pending": "tokens of unfinished and of finished groups kept for later rounds",
    "ledger/kept": "trained tokens of older weights than their group's newest: saved by partial rollouts",
    "ledger/lag_mean": "versions between the weights that drew a trained token and the trainer's, mean over tokens",
    "ledger/lag_max": "the same, of the oldest token that trained",
    "ledger/trained_at_lag_<lag>": "trained tokens that weights of so many versions before drew",
    "ledger/drafts_in_flight": "groups in flight, mean while the engines were busy",
    "ledger/decode_bandwidth_share": "bytes that decoding had to read over what the engines' memory can give",
    "ledger/train_matrix_share": "model FLOPs of training over what the trainers' matrix products reach",
    "ledger/sync_copy_share": "bytes of the last sync over what a copy would have moved in its time",
    "sync/version": "version of the weights that sample from here on",
    "sync/verified": "tensors whose digest matched after the last sync",
    "sync/probe_gap": "largest |trainer − sampler| log-probability of the probe prompt, nats",
    "sync/collective": "1 where whole weights went between nodes by a collective, 0 where they did not",
    "sync/bytes": "whole weights sent in the last sync, bytes",
    "memory/rollout_gib": "most memory in use while sampling: on the fullest GPU, or on CPU in all processes, GiB",
    "memory/train_gib": "the same during gradients, optimizer steps and checkpoints, GiB",
    "memory/sync_gib": "the same during the weight sync, GiB",
    "environment/<name>/reward": "mean reward of the environment's rollouts",
    "environment/<name>/accuracy": "share of correct rollouts of the environment",
    "environment/<name>/level": "highest level that the curriculum now draws",
    "environment/<name>/effective_prompt_ratio": "share of the environment's groups whose rewards differ",
    "environment/<name>/groups": "groups of the environment finished in the round",
    "environment/<name>/answers_<outcome>": "rollouts of the environment per outcome: correct, wrong, timeout, …",
    "evaluation/<label>/accuracy": "mean over environments of the mean accuracy over levels",
    "evaluation/<label>/<name>/accuracy": "mean accuracy of one environment over levels",
    "evaluation/<dataset>/problems": "problems of a data set",
    "evaluation/<dataset>/avg@<k>": "mean over a data set's problems of the share of k answers that are right",
    "evaluation/<dataset>/pass@<k>": "unbiased estimate of the share of problems that one of k answers solves",
    "evaluation/<dataset>/<estimate>_low": "lower end of the 95 % interval, by bootstrap over problems",
    "evaluation/<dataset>/<estimate>_high": "upper end of the 95 % interval, by bootstrap over problems",
    "evaluation/<dataset>/truncated_share": "share of the answers cut at their token budget",
    "evaluation/<dataset>/tokens_mean": "mean length of an answer, tokens",
    "evaluation/<dataset>/answers_<outcome>": "answers per outcome, as of an environment",
    "rollouts": "table of sampled rollouts (W&B only)",
}
"""Name → meaning with unit; <…> stands for one part of a name."""

SECRET = re.compile(r"key|token(?!s)|password|secret", re.IGNORECASE)
ENDS = ("before", "after", "control")
STAGES = ("rollout", "train", "sync", "checkpoint", "evaluation")
SHOWN_ENVIRONMENTS = 12
PLAIN_WIDTH = 110  # columns where output is no terminal
WANDB_URL = "https://api.wandb.ai"


class Tracker:
    """Writes what a run measures. The folder gets config.yaml, metrics.jsonl, summary.json and W&B's own files.

    run_id is W&B's, for a resume to continue the same W&B run; None where there is none.
    """

    def __init__(self, folder: Path, config: TrainConfig, run_id: str | None = None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.config = config
        self.run_id = run_id
        width = None if Console().is_terminal else PLAIN_WIDTH
        self._console = Console(width=width, quiet=not config.tracking.console, highlight=False)
        self._warnings = Console(stderr=True, highlight=False)
        self._metrics = folder / "metrics.jsonl"
        self._wandb: Any = None
        resolved = without_secrets(config.model_dump(mode="json"))
        _replace(folder / "config.yaml", OmegaConf.to_yaml(OmegaConf.create(resolved)))
        if config.tracking.wandb is not None:
            self._start_wandb(resolved)

    def rewind(self, round: int) -> None:
        """Forgets what comes after `round` finished rounds, and a line that an interrupted run left unfinished.

        An evaluation right after those rounds stays: it measured the weights that the run goes on from. W&B keeps what
        it has, so that a repeated round has two points there.
        """
        if not self._metrics.exists():
            return

        def stays(line: dict[str, Any]) -> bool:
            return round > 0 and (line["round"] < round or (line["round"] == round and "evaluation" in line))

        lines = self._metrics.read_text(encoding="utf-8").split("\n")[:-1]
        kept = [line for line in lines if stays(json.loads(line))]
        _replace(self._metrics, "".join(f"{line}\n" for line in kept))

    def log_round(
        self,
        round: int,
        metrics: Mapping[str, float],
        environments: Mapping[str, Mapping[str, float]],
        rollouts: Sequence[RolloutText],
    ) -> None:
        """One round, counted from 0.

        metrics: flat names of METRICS; environments: name → the last part of `environment/<name>/…` → value.
        """
        flat = dict(metrics)
        for name, values in environments.items():
            flat |= {f"environment/{name}/{metric}": value for metric, value in values.items()}
        _check(flat)
        self._append({"round": round, "time": time.time(), **flat})
        self._show_round(round, metrics, environments)
        self._log_wandb({"round": round, **flat})
        if round % self.config.tracking.rollout_table_every == 0:
            self._log_rollouts(round, rollouts)

    def log_evaluation(
        self,
        round: int,
        label: str,
        accuracy: Mapping[str, Mapping[int, tuple[int, int]]],
        datasets: Mapping[str, Mapping[str, float]] | None = None,
    ) -> None:
        """An evaluation after `round` finished rounds, called `before`, say.

        accuracy: environment → level → (correct, problems).
        datasets: name → the last part of `evaluation/<dataset>/…` → value.
        """
        datasets = datasets or {}
        accuracy = {short_name(name): levels for name, levels in accuracy.items()}
        means = {name: _mean(_share(*counts) for counts in levels.values()) for name, levels in accuracy.items()}
        flat = {f"evaluation/{label}/{name}/accuracy": value for name, value in means.items()}
        mean = _mean(means.values())
        if means:
            flat[f"evaluation/{label}/accuracy"] = mean
        for name, values in datasets.items():
            flat |= {f"evaluation/{name}/{metric}": value for metric, value in values.items()}
        _check(flat)
        line = {"round": round, "time": time.time(), "evaluation": label, "accuracy": mean, "environments": accuracy}
        self._append({**line, "datasets": datasets} if datasets else line)
        if accuracy:
            self._show_evaluation(round, label, mean, accuracy)
        if datasets:
            self._show_datasets(round, label, datasets)
        self._log_wandb({"round": round, **flat})

    @contextmanager
    def progress(self, description: str, total: int) -> Generator["ProgressBar"]:
        """A bar that vanishes when done; nothing where output is no terminal."""
        columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
        hidden = self._console.quiet or not self._console.is_terminal
        with Progress(*columns, console=self._console, transient=True, disable=hidden) as bar:
            yield ProgressBar(bar, bar.add_task(description, total=total))

    def say(self, text: str) -> None:
        """A plain line on the console."""
        self._console.print(text, markup=False, soft_wrap=True)

    def finish(self, summary: Mapping[str, Any]) -> None:
        """Shows the last table, writes summary.json and closes the W&B run."""
        self._show_comparison(summary.get("levels", {}))
        _replace(self.folder / "summary.json", json.dumps(_finite(summary), indent=2, allow_nan=False) + "\n")
        self._call_wandb(lambda run: run.summary.update(dict(summary)))
        self._call_wandb(lambda run: run.finish())
        self._wandb = None

    def _append(self, line: Mapping[str, Any]) -> None:
        with self._metrics.open("a", encoding="utf-8") as file:
            file.write(json.dumps(_finite(line), allow_nan=False) + "\n")

    def _warn(self, text: str) -> None:
        self._warnings.print(f"warning: {text}", style="yellow", markup=False, soft_wrap=True)

    def _start_wandb(self, resolved: dict[str, Any]) -> None:
        mode = self.config.tracking.wandb_mode
        if mode == "auto":
            mode = os.environ.get("WANDB_MODE", "online" if has_wandb_key(os.environ) else "offline")
        # Online first where that is wanted: without a network the run is still recorded, to be uploaded later.
        for attempt in dict.fromkeys((mode, "offline")):
            try:
                self._wandb = _wandb_run(self.folder, self.config, resolved, attempt, self.run_id)
            except Exception as error:  # noqa: BLE001 - see _call_wandb
                self._warn(f"W&B does not start {attempt} ({_reason(error)}); metrics are in {self._metrics}")
                continue
            self.run_id = self._wandb.id
            if attempt == "online":
                self.say(f"W&B: {self._wandb.url}")
            elif attempt == "offline":
                runs = self.folder / "wandb" / f"offline-run-*-{self.run_id}*"
                self.say(f"W&B is offline; to upload later: wandb sync {runs}")
            return

    def _call_wandb(self, call: Callable[[Any], object]) -> None:
        """After a first failure W&B is left alone."""
        if self._wandb is None:
            return
        try:
            call(self._wandb)
        # W&B raises OSError, ValueError and a dozen classes of its own without a common base; none may end a run.
        except Exception as error:  # noqa: BLE001
            self._wandb = None
            self._warn(f"W&B stopped ({_reason(error)}); metrics go on in {self._metrics}")

    def _log_wandb(self, values: Mapping[str, Any]) -> None:
        self._call_wandb(lambda run: run.log(dict(values)))

    def _log_rollouts(self, round: int, rollouts: Sequence[RolloutText]) -> None:
        if self._wandb is None or not rollouts:
            return
        import wandb

        columns: list[Any] = ["environment", "level", "prompt", "completion", "reward", "verdict"]
        stride = math.ceil(len(rollouts) / self.config.tracking.rollout_table_rows)
        rows: list[Any] = [_row(*rollout) for rollout in rollouts[::stride]]
        self._call_wandb(lambda run: run.log({"round": round, "rollouts": wandb.Table(columns=columns, data=rows)}))

    def _show_round(
        self, round: int, metrics: Mapping[str, float], environments: Mapping[str, Mapping[str, float]]
    ) -> None:
        def shown(name: str, form: str = ".3f") -> str:
            return _number(metrics.get(name, math.nan), form)

        self.say(
            f"round {round + 1}/{self.config.rlve.num_rollout}"
            f"  reward {shown('reward/mean')}"
            f"  accuracy {shown('accuracy/mean')}"
            f"  effective {shown('rollout/effective_prompt_ratio', '.0%')}"
            f"  gap {shown('train/logprob_gap_max', '.1e')}"
            f"  grad norm {shown('train/grad_norm')}"
            f"  {shown('speed/generated_tokens_per_second', '.0f')} tokens/s"
        )
        self.say(
            f"length {shown('rollout/completion_tokens_mean', '.1f')}"
            f"  truncated {shown('rollout/truncated_share', '.0%')}  "
            + "  ".join(f"{stage} {shown(f'seconds/{stage}', '.1f')} s" for stage in STAGES)
        )
        if "ledger/drawn" in metrics:
            self.say(_ledger_line(metrics))
        busiest = sorted(environments, key=lambda name: (-environments[name].get("groups", 0), name))
        rows = [(name, environments[name]) for name in sorted(busiest[:SHOWN_ENVIRONMENTS])]
        others = [environments[name] for name in busiest[SHOWN_ENVIRONMENTS:]]
        if others:
            measured = {key for row in others for key in row}
            folded = {key: _mean(row.get(key, math.nan) for row in others) for key in measured}
            folded["groups"] = sum(row.get("groups", 0) for row in others)
            rows.append((f"{len(others)} others (mean)", folded))
        table = _table("environment", ("level", "accuracy", "reward", "effective", "groups"))
        for name, row in rows:
            table.add_row(
                name,
                _number(row.get("level", math.nan), "g" if float(row.get("level", 0)).is_integer() else ".1f"),
                _number(row.get("accuracy", math.nan)),
                _number(row.get("reward", math.nan)),
                _number(row.get("effective_prompt_ratio", math.nan), ".0%"),
                _number(row.get("groups", math.nan), ".0f"),
            )
        self._console.print(table)

    def _show_evaluation(
        self, round: int, label: str, mean: float, accuracy: Mapping[str, Mapping[int, tuple[int, int]]]
    ) -> None:
        self.say(f"evaluation {label} ({round} rounds): accuracy {_number(mean)}, by level with 95 % interval")
        levels = sorted({level for counts in accuracy.values() for level in counts})
        names = sorted(accuracy)
        others = [accuracy[name] for name in names[SHOWN_ENVIRONMENTS:]]
        rows = [(name, accuracy[name]) for name in names[:SHOWN_ENVIRONMENTS]]
        if others:
            rows.append((f"{len(others)} others", _pool(others)))
        rows.append(("all", _pool(accuracy.values())))
        table = _table("environment", [f"level {level}" for level in levels])
        for name, counts in rows:
            table.add_row(name, *(_accuracy(*counts.get(level, (0, 0))) for level in levels))
        self._console.print(table)

    def _show_datasets(self, round: int, label: str, datasets: Mapping[str, Mapping[str, float]]) -> None:
        self.say(f"evaluation {label} ({round} rounds): data sets with 95 % intervals over problems")
        columns = ("problems", "estimate", "95 % interval", "truncated", "tokens", "unreadable", "not verified")
        table = _table("data set", columns)
        for name, values in datasets.items():
            rest = [
                _number(values["truncated_share"], ".0%"),
                _number(values["tokens_mean"], ".1f"),
                _number(values["answers_unreadable"] + values["answers_too_long"], ".0f"),
                _number(values["answers_timeout"] + values["answers_crash"], ".0f"),
            ]
            for estimate in (key for key in values if f"{key}_low" in values):
                shown = f"{estimate} {values[estimate]:.3f}"
                span = f"[{values[f'{estimate}_low']:.3f}, {values[f'{estimate}_high']:.3f}]"
                table.add_row(name, _number(values["problems"], ".0f"), shown, span, *rest)
                rest = [""] * len(rest)
        self._console.print(table)

    def _show_comparison(self, levels: Mapping[str, int]) -> None:
        """Accuracy on the fixed tasks before and after RLVE, and of the control where there was one, side by side."""
        text = self._metrics.read_text(encoding="utf-8") if self._metrics.exists() else ""
        found = {
            line["evaluation"]: line["environments"]
            for line in map(json.loads, text.splitlines())
            if "evaluation" in line
        }
        if not {"before", "after"} <= found.keys() or not found["before"] or not found["after"]:
            return
        labels = [label for label in ENDS if label in found]
        totals = {label: _total(_pool(found[label].values())) for label in labels}
        table = _table("accuracy", [*labels, "level reached"])
        for name in sorted(found["after"]):
            shares = (_accuracy(*_total(found[label].get(name, {}))) for label in labels)
            table.add_row(name, *shares, f"{levels.get(name, '')}")
        table.add_row("all", *(_accuracy(*totals[label]) for label in labels), "")
        self._console.print(table)
        gained = 100 * (_share(*totals["after"]) - _share(*totals["before"]))
        self.say(f"{totals['after'][1]} held-out problems, 95 % intervals; RLVE gained {gained:+.1f} points")


class ProgressBar:
    """One bar of Tracker.progress."""

    def __init__(self, bar: Progress, task: TaskID) -> None:
        self._bar = bar
        self._task = task

    def advance(self, count: int = 1) -> None:
        self._bar.advance(self._task, count)


def interval(correct: float, total: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share (E. B. Wilson, 1927); the whole range where nothing was tried."""
    if total == 0:
        return 0.0, 1.0
    z, share = 1.96, correct / total
    centre = share + z * z / (2 * total)
    half = z * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    scale = 1 + z * z / total
    return max(0.0, (centre - half) / scale), min(1.0, (centre + half) / scale)


def without_secrets(data: Mapping[str, Any]) -> dict[str, Any]:
    """A copy without the keys that look like those of secrets, at any depth; `…_tokens` are counts and stay."""

    def kept(value: Any) -> Any:
        if isinstance(value, Mapping):
            return without_secrets(cast("Mapping[str, Any]", value))
        return [kept(item) for item in cast("list[Any]", value)] if isinstance(value, list) else value

    return {key: kept(value) for key, value in data.items() if not SECRET.search(key)}


def has_wandb_key(environment: Mapping[str, str]) -> bool:
    """A key for W&B stands in the environment or in the netrc file."""
    if environment.get("WANDB_API_KEY"):
        return True
    host = urlsplit(environment.get("WANDB_BASE_URL", WANDB_URL)).netloc
    try:
        return netrc(environment.get("NETRC")).authenticators(host) is not None
    except (OSError, NetrcParseError):
        return False


def _wandb_run(folder: Path, config: TrainConfig, resolved: dict[str, Any], mode: str, run_id: str | None) -> Any:
    import wandb

    place = config.tracking.wandb
    assert place is not None
    run = wandb.init(
        project=place.project,
        name=place.name,
        group=place.group,
        tags=place.tags,
        config=resolved,
        dir=folder,
        mode=cast("Any", mode),
        id=run_id,
        resume="allow",
        settings=wandb.Settings(
            silent=True,
            console="off",
            x_disable_stats=True,
            login_timeout=30,
            # A slow or lost network ends in a warning, not in a run that never returns.
            finish_timeout=300,
            finish_timeout_raises=True,
        ),
    )
    # Rounds are the axis of every plot; W&B's own step counts calls and is never set.
    run.define_metric("round")
    run.define_metric("*", step_metric="round")
    return run


@cache
def _known(name: str) -> bool:
    return any(re.fullmatch(re.sub(r"<\w+>", "[^/]+", pattern), name) for pattern in METRICS)


def _check(names: Iterable[str]) -> None:
    unknown = [name for name in names if not _known(name)]
    if unknown:
        raise ValueError(
            f"unknown metrics: {', '.join(unknown)}; use a name of METRICS in rlve/tracking.py or add one there"
        )


def _replace(path: Path, text: str) -> None:
    """The file holds the old text or the new one, never a part."""
    new = path.with_name(f"{path.name}.new")
    new.write_text(text, encoding="utf-8")
    new.replace(path)


def _finite(value: Any) -> Any:
    """JSON has no NaN and no infinity: both become null."""
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in cast("Mapping[Any, Any]", value).items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in cast("Sequence[Any]", value)]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error).strip().partition(chr(10))[0]}"


def _row(prompt: str, completion: str, group: Group, index: int) -> list[str | int | float]:
    rollout = group.rollouts[index]
    wrong = "wrong" if rollout.verdict.error == "none" else rollout.verdict.error
    verdict = "correct" if rollout.verdict.correct else wrong
    return [group.task.environment, group.task.difficulty, prompt, completion, rollout.reward, verdict]


def _mean(values: Iterable[float]) -> float:
    """NaN stands for nothing measured and does not count; the mean of nothing is NaN."""
    found = [value for value in values if not math.isnan(value)]
    return sum(found) / len(found) if found else math.nan


def _share(correct: int, total: int) -> float:
    return correct / total if total else math.nan


def _pool(counts: Iterable[Mapping[int, tuple[int, int]]]) -> dict[int, tuple[int, int]]:
    """Level → (correct, problems), summed over environments."""
    pooled: dict[int, tuple[int, int]] = {}
    for levels in counts:
        for level, (correct, total) in levels.items():
            before = pooled.get(level, (0, 0))
            pooled[level] = before[0] + correct, before[1] + total
    return pooled


def _total(levels: Mapping[Any, Sequence[int]]) -> tuple[int, int]:
    """(correct, problems) over all levels."""
    return sum(counts[0] for counts in levels.values()), sum(counts[1] for counts in levels.values())


def _ledger_line(metrics: Mapping[str, float]) -> str:
    """Where the tokens of this round and of before went, and the seconds; without what is below a percent."""
    wall = metrics["seconds/engines_busy"] + metrics["seconds/engines_idle"]
    fates = {
        name.removeprefix("ledger/").removeprefix("dropped_").replace("_", " "): count
        for name, count in metrics.items()
        if name in ("ledger/trained", "ledger/pending") or name.startswith("ledger/dropped_")
    }
    busy = {
        name.removeprefix("seconds/").removesuffix("_busy"): seconds / wall
        for name, seconds in metrics.items()
        if name.startswith("seconds/") and name.endswith("_busy")
    }

    def shown(shares: Mapping[str, float]) -> str:
        ordered = sorted(shares, key=lambda name: -shares[name])
        return "  ".join(f"{name} {shares[name]:.0%}" for name in ordered if shares[name] >= 0.01)

    total = sum(fates.values())
    fates = {name: count / total for name, count in fates.items()} if total else {}
    return f"{metrics['ledger/drawn']:.0f} tokens drawn  {shown(fates)}  |  busy: {shown(busy)}"


def _number(value: float, form: str = ".3f") -> str:
    return "–" if math.isnan(value) else format(value, form)


def _accuracy(correct: int, total: int) -> str:
    if total == 0:
        return "–"
    low, high = interval(correct, total)
    return f"{correct / total:.2f} [{low:.2f}, {high:.2f}]"


def _table(first: str, columns: Iterable[str]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column(first, overflow="fold")
    for column in columns:
        table.add_column(column, justify="right")
    return table
