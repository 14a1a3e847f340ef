"""Opens what a run needs, tells its story (warm start, before, RLVE, after, control), and closes everything."""

import gc
import os
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import environments
from environments.catalog import short_name
from rlve import checkpoint, datasets, driver, models, warm_start
from rlve.account import Account
from rlve.config import ConfigError, LoraConfig, TrainConfig, WarmStartConfig
from rlve.curriculum import Curriculum
from rlve.dataset_environment import level_of
from rlve.datasets import Dataset, Datasets, named
from rlve.driver import Progress, Run
from rlve.evaluation import evaluated
from rlve.plan.work import work_of
from rlve.policy import Policy
from rlve.problems import Problems
from rlve.prompts import Prompts
from rlve.stream import RolloutStream
from rlve.tracking import Tracker
from rlve.turns import is_session
from rlve.types import Task
from rlve.warm_start import WarmUp


@dataclass
class Parts:
    """What a run has before it has a policy. saved: the checkpoint that it goes on from, and `state` what is in it.

    names: the environments that train; evaluated: those that are measured.
    """

    config: TrainConfig
    folder: Path
    names: list[str]
    evaluated: list[str]
    datasets: Datasets
    problems: Problems
    model: Path
    prompts: Prompts
    ceilings: dict[str, int]
    tracker: Tracker
    saved: Path | None
    state: dict[str, Any] | None


async def run(config: TrainConfig) -> dict[str, Any]:
    """The whole run; its summary. ConfigError where the configuration cannot work, before anything slow starts."""
    named(config)
    check_layout(config)
    # Where nothing says otherwise, DeepSpeed looks for a device and warns in every process that imports it.
    os.environ.setdefault("DS_ACCELERATOR", config.cluster.device)
    async with AsyncExitStack() as stack:
        parts = await prepare(config, stack)
        # A checkpoint has full weights whole, adapters only beside what they were made on.
        if config.warm_start is None or (parts.saved and config.lora.config is None):
            policy = await stack.enter_async_context(opened(config, parts.model, config.lora.config))
        else:
            warming = WarmUp(
                config, config.warm_start, parts.model, parts.names, parts.problems, parts.prompts, parts.tracker
            )
            policy = await warm_started(warming, stack)
        if not parts.saved and config.rlve.num_rollout:
            await policy.save_weights(str(parts.folder / "start"))
        reference = None
        if config.loss.kl_coefficient:
            reference = await stack.enter_async_context(opened(trainer_only(config), parts.folder / "start", None))
        this = assemble(parts, policy, reference)
        # What libraries have made stays: to look through all of it for garbage takes a quarter of a second.
        gc.freeze()
        stack.callback(gc.unfreeze)
        await follow(this, parts)
        if config.warm_start is not None and config.warm_start.control:
            await control(this, config.warm_start)
        return finish(this)


async def prepare(config: TrainConfig, stack: AsyncExitStack) -> Parts:
    """Everything but the policy, closed by the stack."""
    names = named(config)
    measured = evaluated(config, names)
    found = datasets.prepare(config)
    folder = Path(config.output).expanduser().resolve()
    saved = find_checkpoint(config, folder)
    # On a Tinker server the weights are its own.
    model = models.folder(config.model, weights=config.policy.kind == "cluster")
    problems = await Problems.start(
        config.rollout.workers, config.rollout.timeout_seconds, config.model.marker, found.files
    )
    stack.push_async_callback(problems.close)
    prompts = Prompts(model, config.model)
    versions = {name: environments.load(name).version for name in names}
    ceilings = await problems.ceilings(versions, config.curriculum.prompt_chars)
    await preflight(config, names, problems, prompts)
    datasets.require_fit(found, prompts)
    state = checkpoint.read(saved) if saved else None
    tracker = Tracker(folder, config, state["wandb_run_id"] if state else None)
    for dataset in (*found.measured, *found.trained):
        tracker.say(described(dataset))
    return Parts(
        config, folder, names, measured, found, problems, model, prompts, dict(ceilings), tracker, saved, state
    )


def described(dataset: Dataset) -> str:
    """A line that says what a run does with a data set."""
    held_out = sum(row.held_out for row in dataset.rows)
    trained = len(dataset.rows) - held_out
    roles = f"{held_out} rows measured" + (f", {trained} to train on" if trained else "")
    repeats = f", {dataset.repeats} repeated rows left out" if dataset.repeats else ""
    return f"data set {dataset.name}: {roles}{repeats}, {dataset.config.scoring} scoring ({dataset.config.path})"


def assemble(parts: Parts, policy: Policy, reference: Policy | None) -> Run:
    """The run, as it stands before its first round."""
    config = parts.config
    curriculum = Curriculum(
        parts.names, config.curriculum, config.rlve.n_samples_per_prompt, config.seed, parts.ceilings
    )
    # What a Tinker server computes on is not known.
    costs = work_of(parts.model, config.model.dtype, config.lora.config) if config.policy.kind == "cluster" else None
    account = Account(config, costs)
    stream = RolloutStream(
        policy,
        curriculum,
        parts.problems,
        parts.prompts,
        config,
        account.tokens,
        account.clock,
    )
    return Run(
        config,
        parts.folder,
        parts.evaluated,
        parts.datasets.measured,
        policy,
        reference,
        curriculum,
        stream,
        parts.problems,
        parts.prompts,
        parts.tracker,
        Progress(),
        account,
    )


async def follow(this: Run, parts: Parts) -> None:
    """The run from wherever it stands to its end."""
    if parts.saved and parts.state:
        await resume(this, parts.saved, parts.state)
    else:
        await driver.measure(this, "before")
    if this.config.rlve.num_rollout:
        await driver.train(this)
        await driver.measure(this, "after")


def check_layout(config: TrainConfig) -> None:
    if config.policy.kind == "tinker":
        from rlve import tinker

        tinker.check(config)
        return
    if config.cluster.engines == 0:
        raise ConfigError("cluster.engines: a training run samples, so it must be 1 or more, got 0")
    if config.cluster.backend == "ray":
        from rlve.cluster import placement

        placement.check_dtype(config.cluster, config.model.dtype)
        if config.cluster.address is None:
            placement.check(config.cluster, placement.this_machine())


def find_checkpoint(config: TrainConfig, folder: Path) -> Path | None:
    """The newest checkpoint to go on from; a finished or abandoned run that is not resumed is moved aside."""
    if config.resume == "auto" and (found := checkpoint.folders(folder)):
        return found[-1]
    if (folder / "metrics.jsonl").exists():
        aside = folder.with_name(f"{folder.name}.{time.strftime('%Y%m%d-%H%M%S')}")
        folder.rename(aside)
    return None


async def preflight(config: TrainConfig, names: list[str], problems: Problems, prompts: Prompts) -> None:
    """One problem per environment, made and tokenized: says at once what would fail after minutes."""
    level = config.curriculum.initial_level
    tasks = [Task(name, environments.load(name).version, level_of(name, level), 0) for name in names]
    for generated in await problems.generate(tasks):
        if generated.text is not None:
            prompts.encode(generated.text)
    if any(map(is_session, names)):
        prompts.encode_observation("")
    failed = [name for name in names if name in problems.failures]
    if len(failed) == len(names):
        reasons = "; ".join(f"{name}: {next(iter(problems.failures[name]))}" for name in failed)
        raise ConfigError(f"no environment of this run can make a problem: {reasons}")


async def warm_started(warming: WarmUp, stack: AsyncExitStack) -> Policy:
    """A policy that begins at the warm-started model, which is made if no earlier run has made it."""
    config, target = warming.config, warming.target
    if not target.is_dir():
        warming.tracker.say(
            f"warm start: cross_entropy on solved problems of levels {warming.warm.levels}; kept in {target}"
        )
    if config.lora.config is not None:
        # Adapters are made on what full weights have learned.
        if not target.is_dir():
            async with opened(config, warming.model, None) as full:
                await warm_start.prepare(warming, full)
        return await stack.enter_async_context(opened(config, target, config.lora.config))
    policy = await stack.enter_async_context(opened(config, warming.model, None))
    if not target.is_dir():
        await warm_start.prepare(warming, policy)
    # Loaded also where it was made just now, so that both begin with the same bytes and an optimizer of their own.
    await policy.load_weights(str(target), optimizer=False)
    await policy.save_weights_for_sampler()
    return policy


def trainer_only(config: TrainConfig) -> TrainConfig:
    """The same layout without engines, for a policy that only computes log-probabilities."""
    return config.model_copy(update={"cluster": config.cluster.model_copy(update={"engines": 0})})


def shared_folders(config: TrainConfig) -> dict[str, Path]:
    """Key → folder that trainers and driver write in for each other."""
    keys = {"output": config.output} | ({"model.cache": config.model.cache} if config.warm_start else {})
    return {key: Path(folder).expanduser().resolve() for key, folder in keys.items()}


@asynccontextmanager
async def opened(config: TrainConfig, model: Path, lora: LoraConfig | None) -> AsyncIterator[Policy]:
    """The policy that the configuration asks for."""
    policy: Policy
    if config.policy.kind == "tinker":
        from rlve import tinker

        policy = await tinker.TinkerPolicy.open(
            model,
            config.model.dtype,
            lora,
            config.model.max_seq_len,
            tinker.base_model(config),
            config.policy.base_url,
        )
    elif config.cluster.backend == "local":
        from rlve.local import LocalPolicy

        policy = LocalPolicy(model, config.model.dtype, lora, config.model.max_seq_len, config.seed)
        await policy.save_weights_for_sampler()
    else:
        from rlve.cluster.policy import ClusterPolicy

        policy = await ClusterPolicy.open(
            model,
            config.model.dtype,
            lora,
            config.model.max_seq_len,
            config.cluster,
            config.rlve.balance_data,
            shared_folders(config),
        )
    try:
        yield policy
    finally:
        await policy.close()


async def resume(this: Run, saved: Path, state: dict[str, Any]) -> None:
    """Goes on where the checkpoint stands."""
    this.progress = Progress(**state["progress"])
    await this.policy.load_weights(str(saved))
    this.version = (await this.policy.save_weights_for_sampler()).version
    this.curriculum.load(state["curriculum"])
    this.stream.load(state["stream"], this.version)
    this.account.load(state["account"])
    this.tracker.rewind(this.progress.finished_rounds)
    this.tracker.say(f"resumed from {saved} after round {this.progress.finished_rounds}")


async def control(this: Run, warm: WarmStartConfig) -> None:
    """From the same start, cross_entropy for as long as RLVE took: what the time alone would have brought."""
    await this.policy.load_weights(str(this.folder / "start"))
    deadline = time.monotonic() + this.progress.seconds

    async def time_is_up(_: int) -> bool:
        return time.monotonic() >= deadline

    rng = Random(f"control|{this.config.seed}")
    data = warm_start.batches(this.problems, this.prompts, list(this.curriculum.levels), warm, rng)
    steps = await warm_start.supervise(this.policy, data, warm, time_is_up)
    await this.policy.save_weights_for_sampler()
    this.tracker.say(f"control: {steps} steps of cross_entropy in {this.progress.seconds:.0f} s")
    await driver.measure(this, "control")


def finish(this: Run) -> dict[str, Any]:
    progress, accuracy = this.progress, this.progress.accuracy
    summary = {
        "accuracy_before": accuracy.get("before"),
        "accuracy_after": accuracy.get("after"),
        "accuracy_control": accuracy.get("control"),
        "evaluation_problems": len(driver.evaluation_tasks(this)),
        "datasets": progress.datasets,
        "levels": {short_name(name): level for name, level in this.curriculum.levels.items()},
        "rounds": progress.finished_rounds,
        "syncs": progress.syncs,
        "syncs_verified": progress.syncs_verified,
        "logprob_gap_max": progress.logprob_gap_max,
        "seconds": progress.seconds,
        "tokens": this.account.state(),
        "bottleneck": this.account.bottleneck(),
        "failures": {name: dict(messages) for name, messages in this.problems.failures.items()},
    }
    this.tracker.finish(summary)
    if summary["bottleneck"]:
        this.tracker.say(f"bottleneck: {summary['bottleneck']}")
    newest = checkpoint.folders(this.folder)
    place = os.path.relpath(this.folder)
    model = os.path.relpath(newest[-1]) if newest else place
    this.tracker.say(
        f"{place}: metrics.jsonl, summary.json, config.yaml; model in {model}. "
        "Go on with the same command and resume=auto rlve.num_rollout=MORE"
    )
    return summary
