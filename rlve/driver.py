"""The RLVE loop: sample → verify → adapt → credit → learn → sync → keep. Everything else is called from here."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rlve import checkpoint
from rlve.account import Account
from rlve.advantages import minibatches, to_data
from rlve.config import TrainConfig
from rlve.curriculum import Curriculum
from rlve.datasets import Dataset
from rlve.evaluation import evaluate, evaluate_datasets, fixed_tasks
from rlve.measures import round_metrics, sampled_rows
from rlve.off_policy import corrected, correction_metrics, one_pass
from rlve.policy import Policy, SyncReport
from rlve.problems import Problems
from rlve.prompts import Prompts
from rlve.schedule import adam_params
from rlve.stream import RolloutStream, Round
from rlve.tracking import Tracker
from rlve.types import Datum, Group, Loss, Task


@dataclass
class Progress:
    """What a run has done so far; it is part of every checkpoint."""

    finished_rounds: int = 0
    optimizer_steps: int = 0
    syncs: int = 0
    syncs_verified: int = 0
    logprob_gap_max: float = 0.0
    seconds: float = 0.0
    accuracy: dict[str, float] = field(default_factory=dict[str, float])
    datasets: dict[str, dict[str, dict[str, float]]] = field(default_factory=dict[str, dict[str, dict[str, float]]])


class Control:
    """For whoever started a run: pauses it, or ends it, between two rounds."""

    def __init__(self) -> None:
        self.stopped = False
        self._running = asyncio.Event()
        self._running.set()

    @property
    def paused(self) -> bool:
        return not self._running.is_set()

    def pause(self) -> None:
        self._running.clear()

    def resume(self) -> None:
        self._running.set()

    def stop(self) -> None:
        self.stopped = True
        self._running.set()

    async def go_on(self) -> bool:
        """Whether there is to be another round; waits while paused."""
        await self._running.wait()
        return not self.stopped


@dataclass
class Run:
    """The parts of a run. `reference` is the start policy, where kl_coefficient asks for it.

    evaluated, datasets: the environments and the data sets that are measured.
    """

    config: TrainConfig
    folder: Path
    evaluated: list[str]
    datasets: list[Dataset]
    policy: Policy
    reference: Policy | None
    curriculum: Curriculum
    stream: RolloutStream
    problems: Problems
    prompts: Prompts
    tracker: Tracker
    progress: Progress
    account: Account
    control: Control = field(default_factory=Control)
    version: int = 0  # the sampler's


async def train(run: Run) -> None:
    """Rounds until num_rollout are done or the run is stopped, from wherever it stands.

    With a policy lag, groups for later rounds are drawn while this one trains.
    """
    config, progress, clock = run.config, run.progress, run.account.clock
    overlapped = config.rollout.max_policy_lag > 0 and config.rlve.partial_rollout
    await run.account.measure(run.policy)
    with run.tracker.progress("rounds", config.rlve.num_rollout) as bar, run.stream:
        bar.advance(progress.finished_rounds)
        clock.close()
        while progress.finished_rounds < config.rlve.num_rollout and await run.control.go_on():
            number = progress.finished_rounds
            with clock.busy("waiting"):
                sampled = await run.stream.next_round(number)
            run.version = run.version or sampled.version
            run.account.tokens.trained(sampled.trained, run.version)
            run.curriculum.update(sampled.finished)
            with clock.busy("train"):
                learned = await learn(run, sampled.trained, number)
            with clock.busy("sync"):
                # Without partial rollout every completion is drawn by one version: the sync waits for those in flight.
                sync = await run.policy.save_weights_for_sampler(in_flight="go_on" if overlapped else "finish")
            run.version = sync.version
            progress.finished_rounds += 1
            run.stream.synced(progress.finished_rounds)
            progress.syncs += 1
            progress.syncs_verified += sync.tensors > 0
            if progress.syncs == 1 and sync.transport != "none":
                run.tracker.say(f"weights go from trainers to engines by {sync.transport.replace('_', ' ')}")
            progress.logprob_gap_max = max(
                progress.logprob_gap_max, learned.get("logprob_gap_max", 0.0), sync.probe_gap
            )
            if last(run):
                await run.stream.halt()
            every = config.evaluation.every
            if every and progress.finished_rounds % every == 0:
                await measure(run, "during")
            # Before the checkpoint: a run that goes on from it then finds the line of every round before it.
            record(run, number, sampled, learned, sync)
            if progress.finished_rounds % config.checkpoint.every == 0 or last(run):
                with clock.busy("checkpoint"):
                    await keep(run)
            bar.advance(1)


async def learn(run: Run, groups: Sequence[Group], number: int) -> dict[str, float]:
    """The optimizer steps of a round; none where no group can teach anything."""
    config, progress = run.config, run.progress
    if not groups:
        return {}
    data = to_data(groups, config.loss, config.rlve.rollout_max_response_len, await reference_logprobs(run, groups))
    drawn = drawn_by(run.version, data, groups)
    loss = Loss(config.loss.name, config.loss.options, config.rollout.temperature)
    old, correction = config.loss.off_policy(config.rollout.max_policy_lag)
    metrics: dict[str, list[float]] = {}
    within = one_pass(config.loss, correction, config.rollout.temperature) if old == "recompute" else None
    if old == "recompute" and within is None:
        before = (await run.policy.forward(data, loss)).logprobs
        metrics |= correction_metrics(data, before, correction, config.loss.correction_cap)
        data = corrected(data, before, correction, config.loss.correction_cap)
    per_round = config.loss.steps_per_round * config.loss.epochs
    rng = Random(f"minibatches|{config.seed}|{number}")
    first = True
    for batch in minibatches(data, config.loss.steps_per_round, config.loss.epochs, rng):
        result = await run.policy.forward_backward(batch, within or loss)
        adam = adam_params(config.optimizer, progress.optimizer_steps, config.rlve.num_rollout * per_round)
        step = await run.policy.optim_step(adam)
        if first and (gap := largest_gap(batch, result.logprobs, drawn)) is not None:
            # Before the first step the trainer still has the weights that the newest tokens were sampled with.
            metrics["logprob_gap_max"] = [gap]
        if within is not None:
            metrics |= correction_metrics(batch, result.logprobs, correction, config.loss.correction_cap)
        first = False
        progress.optimizer_steps += 1
        for name, value in {**result.metrics, **step, "learning_rate": adam.learning_rate}.items():
            metrics.setdefault(name.split(":")[0], []).append(value)
    if within is not None:
        metrics.pop("pg_clipfrac", None)  # its bounds are those of the correction
    trained = {name: float(np.mean(values)) for name, values in metrics.items()}
    trained["trained_tokens"] = sum(metrics["tokens"])
    drawn_logprobs = [lp for group in groups for rollout in group.compared for lp in rollout.completion.logprobs]
    trained["entropy"] = -float(np.mean(drawn_logprobs))
    return trained


async def reference_logprobs(run: Run, groups: Sequence[Group]) -> list[NDArray[np.float32]] | None:
    """The start policy's log-probabilities of the data, where the loss has a KL term."""
    if run.reference is None:
        return None
    without = run.config.loss.model_copy(update={"kl_coefficient": 0.0})
    data = to_data(groups, without, run.config.rlve.rollout_max_response_len)
    loss = Loss("importance_sampling", {}, run.config.rollout.temperature)
    return (await run.reference.forward(data, loss)).logprobs


Drawn = Mapping[int, tuple[NDArray[np.bool_], NDArray[Any]]]


def drawn_by(version: int, data: Sequence[Datum], groups: Sequence[Group]) -> Drawn:
    """id of a datum's model_input → which of its positions [T] predict a token that weights of `version` drew, and the
    sampler's log-probabilities [T]."""
    completions = [rollout.completion for group in groups for rollout in group.compared if rollout.completion.tokens]
    found: dict[int, tuple[NDArray[np.bool_], NDArray[Any]]] = {}
    for datum, completion in zip(data, completions, strict=True):
        mask = np.zeros(len(datum), bool)
        mask[len(datum) - len(completion.sequence) :][completion.own] = np.array(completion.policy_versions) == version
        found[id(datum.model_input)] = mask, datum.loss_fn_inputs["logprobs"]
    return found


def largest_gap(batch: Sequence[Datum], logprobs: Sequence[NDArray[np.float32]], drawn: Drawn) -> float | None:
    """Largest |trainer - engine| log-probability over the tokens that the newest weights drew; None without any."""
    differences: list[NDArray[Any]] = []
    for datum, lp in zip(batch, logprobs, strict=True):
        newest, sampled = drawn[id(datum.model_input)]
        differences.append(np.abs(lp - sampled)[newest])
    gaps = np.concatenate(differences)
    return float(gaps.max()) if len(gaps) else None


def evaluation_tasks(run: Run) -> list[Task]:
    config = run.config.evaluation
    return fixed_tasks(run.evaluated, config.levels, config.problems_per_level)


async def measure(run: Run, label: str) -> None:
    """The fixed evaluation tasks and the data sets, all at once, logged under `label`."""
    config, tasks = run.config, evaluation_tasks(run)
    if not tasks and not run.datasets:
        return
    most = config.rlve.rollout_max_response_len
    with run.account.clock.busy("evaluation"):
        found, scores = await asyncio.gather(
            evaluate(run.policy, tasks, run.problems, run.prompts, config.evaluation, most),
            evaluate_datasets(run.policy, run.datasets, run.problems, run.prompts),
        )
    measured = {name: score.metrics() for name, score in scores.items()}
    run.progress.accuracy |= {label: found.accuracy} if tasks else {}
    run.progress.datasets[label] = measured
    run.tracker.log_evaluation(run.progress.finished_rounds, label, found.counts, measured)


async def keep(run: Run) -> Path:
    """A checkpoint from which the run goes on as if it had not stopped."""
    state = {
        "progress": vars(run.progress),
        "curriculum": run.curriculum.state(),
        "stream": run.stream.state(run.version),
        "account": run.account.state(),
        "wandb_run_id": run.tracker.run_id,
    }
    return await checkpoint.save(
        run.folder, run.progress.finished_rounds, run.policy, state, run.config.checkpoint.keep
    )


def record(run: Run, number: int, sampled: Round, learned: dict[str, float], sync: SyncReport) -> None:
    closed = run.account.close(run.stream.pending, sampled.trained, sync)
    run.progress.seconds += closed.seconds.wall - closed.seconds.busy("evaluation")
    metrics, by_environment = round_metrics(sampled, learned, sync, closed.seconds, run.curriculum.levels)
    tracking = run.config.tracking
    wanted = number % tracking.rollout_table_every == 0
    rows = sampled_rows(sampled, run.prompts, tracking.rollout_table_rows) if wanted else []
    run.tracker.log_round(number, metrics | closed.metrics, by_environment, rows)
    if wanted and number:
        run.tracker.say(f"bottleneck: {run.account.bottleneck()}")


def last(run: Run) -> bool:
    return run.progress.finished_rounds == run.config.rlve.num_rollout or run.control.stopped
