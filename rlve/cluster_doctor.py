"""`rlve doctor --cluster`: a run's own layout, opened as the run would open it, and put to the test line by line."""

import asyncio
import json
import math
import os
import shutil
import socket
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from pathlib import Path
from random import Random

from environments.catalog import short_name
from rlve import checkpoint, driver, launch, models, processes, warm_start
from rlve.config import ConfigError, LoraConfig, TrainConfig
from rlve.examination import Examination, Fault, Line, Skip
from rlve.launch import Parts
from rlve.policy import PROBE_LIMIT, Inspected, Policy, SyncError, SyncReport
from rlve.promises import CHECKS, Check, Need, Subject

Opened = Callable[[TrainConfig, Path, LoraConfig | None], AbstractAsyncContextManager[Policy]]
GIB = 2**30
ROUNDS = 3
WARM_STEPS = 100
SETUP = "install the tested versions (rlve doctor names them)"
SLEEP_AND_WAKE = "samples_are_the_same_after_training_that_moves_nothing"
TRANSFER = "samples_change_only_by_a_sync_and_then_agree_with_the_trainer"
CLOSE_SECONDS = 20.0
"""How long processes may take to be gone once they were told to end."""


async def examine(
    config: TrainConfig,
    timeout_seconds: float,
    report: Callable[[list[Line]], None],
    opened: Opened = launch.opened,
) -> list[Line]:
    """Every line; `report` gets those so far as each ends. ConfigError where `rlve train` would raise it.

    Needs the output folder's room for two checkpoints; everything written is removed.
    """
    launch.named(config)
    if config.policy.kind != "cluster":
        raise ConfigError(f"policy={config.policy.kind} trains elsewhere; rlve doctor --cluster needs policy=cluster")
    launch.check_layout(config)
    # Where nothing says otherwise, DeepSpeed looks for a device and warns in every process that imports it.
    os.environ.setdefault("DS_ACCELERATOR", config.cluster.device)
    output = Path(config.output).expanduser().resolve()
    made = [folder for folder in (output, *output.parents) if not folder.exists()]
    output.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix="doctor-", dir=output))
    try:
        return await Cluster(config, scratch, Examination(timeout_seconds, report), opened).lines()
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
        for folder in made:
            folder.rmdir()


def shortened(config: TrainConfig, output: Path) -> TrainConfig:
    """The run cut down to a few rounds of few and short completions. The layout, the model and the losses stay."""
    rlve = config.rlve
    groups = min(rlve.rollout_batch_size, max(4, config.cluster.trainers))
    changes = {
        "rlve": rlve.model_copy(
            update={
                "num_rollout": ROUNDS,
                "rollout_batch_size": groups,
                "over_sampling_batch_size": groups,
                "n_samples_per_prompt": min(rlve.n_samples_per_prompt, 4),
                "rollout_max_response_len": min(rlve.rollout_max_response_len, 64),
                # An untrained model fails at everything, and groups of equal rewards must do for a test of the layout.
                "use_dynamic_sampling_filter": False,
            }
        ),
        "evaluation": config.evaluation.model_copy(update={"every": 0}),
        "checkpoint": config.checkpoint.model_copy(update={"every": ROUNDS, "keep": 1}),
        "tracking": config.tracking.model_copy(update={"wandb": None, "console": False}),
        "output": str(output),
        "resume": "never",
        "warm_start": None,
    }
    return config.model_copy(update=changes)


class Cluster:
    """What the lines share: each is a method that says what it found, and raises where that must not be."""

    def __init__(self, config: TrainConfig, scratch: Path, examination: Examination, opened: Opened) -> None:
        self.asked, self.config = config, shortened(config, scratch / "run")
        self.opened, self.scratch = opened, scratch
        self.examination = examination
        examination.scratch = scratch
        self.stack = AsyncExitStack()
        self.closing = AsyncExitStack()
        self.model: Path | None = None
        self.parts: Parts | None = None
        self.policy: Policy | None = None
        self.synced: SyncReport | None = None
        self.running, self.abandoned = processes.descendants(), processes.abandoned_folders()

    async def lines(self) -> list[Line]:
        line = self.examination.line
        await line("configuration", self._configuration, "", vital=True)
        await line("model", self._model, "check model.path, the network, and HF_TOKEN for gated models", vital=True)
        await line("environments", self._environments, "mend what is named, or leave it out of rlve.environment_list")
        await line("output folder", self._output, "set `output` to a folder with more room")
        await line("start", self._start, "read the message; then try fewer trainers and engines", vital=True)
        await line("placement", self._placement, "see `ray status` and CUDA_VISIBLE_DEVICES on the nodes named")
        await line("weight sync", self._sync, CHECKS[TRANSFER].remedy)
        await line("every engine worker", self._workers, SETUP)
        await line("a wrong digest is caught", self._tampered, SETUP)
        for check in sorted(CHECKS.values(), key=lambda each: each.number):
            if check.name != SLEEP_AND_WAKE and (not self.policy or check.needs <= self._offers()):
                await line(sentence(check), lambda check=check: self._check(check), check.remedy)
        await line("sleep and wake", self._sleep_and_wake, CHECKS[SLEEP_AND_WAKE].remedy)
        await line(f"{ROUNDS} rounds of RLVE", self._rounds, SETUP)
        await line("checkpoint", self._checkpoint, "set `output` to a path that every node sees")
        await line("close", self._close, "end what is named by hand", always=True)
        return self.examination.lines

    async def _configuration(self) -> str:
        rlve = self.config.rlve
        return (
            f"{layout(self.config)}; {rlve.rollout_batch_size} × {rlve.n_samples_per_prompt} completions of at most "
            f"{rlve.rollout_max_response_len} tokens a round here"
        )

    async def _model(self) -> str:
        self.model = models.folder(self.config.model)
        size = sum(file.stat().st_size for file in self.model.glob("*.safetensors"))
        return f"{self.config.model.path}: {size / GIB:.3g} GiB of weights, {self.config.model.dtype} here"

    async def _environments(self) -> str:
        self.parts = await launch.prepare(self.config, self.stack)
        failures = self.parts.problems.failures
        if failed := [f"{short_name(name)}: {next(iter(messages))}" for name, messages in failures.items()]:
            raise Fault(f"{len(failed)} of {len(self.parts.names)} make no problem: {'; '.join(failed)}")
        return f"{', '.join(map(short_name, self.parts.names))}: each makes a problem"

    async def _output(self) -> str:
        assert self.model is not None
        parameters = await asyncio.to_thread(models.parameter_count, self.model)
        trained = parameters if self.config.lora.config is None else 0
        width = {"float32": 4, "bfloat16": 2}[self.config.model.dtype]
        needed = parameters * width + trained * 12
        free = shutil.disk_usage(self.scratch).free
        found = f"a checkpoint takes {needed / GIB:.3g} GiB, {free / GIB:.3g} GiB are free"
        if free < 2 * needed:
            raise Fault(f"{found}; two are written here, and checkpoint.keep and one more in a run")
        return found

    async def _start(self) -> str:
        assert self.model is not None
        started = time.perf_counter()
        context = self.opened(self.config, self.model, self.config.lora.config)
        self.policy = await self.closing.enter_async_context(context)
        return f"trainers and engines answer after {time.perf_counter() - started:.0f} s"

    async def _placement(self) -> str:
        cluster = self.config.cluster
        places = await self._inspected().places()
        found = {kind: {place.index for place in places if place.kind == kind} for kind in ("trainer", "engine")}
        asked = {"trainer": cluster.trainers, "engine": cluster.engines}
        for kind, count in asked.items():
            if len(found[kind]) != count:
                raise Fault(f"{len(found[kind])} {kind}s run, {count} were asked for: {'; '.join(map(str, places))}")
        shared = Counter((place.node, place.device) for place in places)
        if cluster.device == "cuda" and not cluster.colocate and max(shared.values()) > 1:
            raise Fault(f"two processes have one GPU: {'; '.join(map(str, places))}")
        return "; ".join(map(str, places))

    async def _sync(self) -> str:
        policy = self._sampler()
        self.synced = report = await policy.save_weights_for_sampler()
        limit = PROBE_LIMIT[self.config.model.dtype]
        if report.tensors == 0 or not report.probe_gap < limit:
            raise Fault(f"{report.tensors} tensors proved, probe gap {report.probe_gap:.2e} (limit {limit:g})")
        way = f", {report.byte_count / 2**20:.4g} MiB by {report.transport}" if report.byte_count else ""
        return (
            f"{report.tensors} tensors{way} in {report.seconds:.2f} s, digests equal; probe gap {report.probe_gap:.1e}"
        )

    async def _workers(self) -> str:
        self._sampler()
        sent, loaded = self._inspected().digests()
        workers = [worker for engine in loaded for worker in engine]
        counts = [sum(worker.get(name) == digest for name, digest in sent.items()) for worker in workers]
        expected = self.config.cluster.engines * self.config.cluster.tensor_parallel_size
        if len(counts) != expected or any(count != len(sent) for count in counts):
            raise Fault(f"of {len(sent)} tensors sent, {len(counts)} workers of {expected} loaded {counts}")
        return f"{counted(len(counts), 'worker')}, each with {len(sent)} of {len(sent)} tensors"

    async def _tampered(self) -> str:
        self._sampler()
        inspected = self._inspected()
        sent, loaded = inspected.digests()
        name = max(sent)
        wrong = [[dict(worker) for worker in engine] for engine in loaded]
        wrong[-1][-1][name] = "0" * 32
        try:
            inspected.prove(sent, wrong)
        except SyncError as error:
            if name not in str(error):
                raise Fault(f"the message does not name {name}: {error}") from error
            return f"{name} with another digest at one worker stops the run by its name"
        raise Fault(f"{name} was taken with another digest at one worker")

    async def _check(self, check: Check) -> str:
        assert self.policy is not None
        assert self.model is not None
        folder = self.scratch / check.name
        folder.mkdir()
        lora, cluster = self.config.lora.config, self.config.cluster
        subject = Subject(
            self.policy,
            self.config.model.dtype,
            lora,
            models.vocabulary_size(self.model),
            self.config.model.max_seq_len,
            folder,
            folder,
            self._offers(),
            exact=cluster.device == "cpu",
            # Full weights move far enough by small steps, and a model that is no longer one proves little.
            rate=0.1 if lora is None else 1.0,
        )
        try:
            return await check(subject)
        finally:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    async def _sleep_and_wake(self) -> str:
        if not self.config.cluster.colocate:
            raise Skip("cluster.colocate is off: trainers and engines keep devices of their own")
        found = await self._check(CHECKS[SLEEP_AND_WAKE])
        peaks = (await self._sampler().save_weights_for_sampler()).peak_bytes
        most = ", ".join(f"{stage} {size / GIB:.3g} GiB" for stage, size in peaks.items())
        return f"{found}; most memory in use: {most}" if most else found

    async def _rounds(self) -> str:
        if self.parts is None:
            raise Skip("without environments there is nothing to learn")
        assert self.policy is not None
        assert self.model is not None
        warmed = await self._warm_up(self.parts, self.policy)
        reference = None
        if self.config.loss.kl_coefficient:
            context = self.opened(launch.trainer_only(self.config), self.model, None)
            reference = await self.stack.enter_async_context(context)
        run = launch.assemble(self.parts, self.policy, reference)
        await driver.train(run)
        lines = [json.loads(text) for text in (run.folder / "metrics.jsonl").read_text(encoding="utf-8").splitlines()]
        norms = [line.get("train/grad_norm", math.nan) for line in lines]
        rewards = ", ".join(f"{line['reward/mean']:.3g}" for line in lines)
        progress, limit = run.progress, PROBE_LIMIT[self.config.model.dtype]
        found = (
            f"{warmed}{progress.finished_rounds} rounds, {progress.syncs_verified} syncs proved, largest gap "
            f"{progress.logprob_gap_max:.1e}, gradient norms {', '.join(f'{norm:.3g}' for norm in norms)}, "
            f"rewards {rewards}"
        )
        sound = progress.finished_rounds == progress.syncs_verified == ROUNDS and all(map(math.isfinite, norms))
        if not sound or not progress.logprob_gap_max < limit:
            raise Fault(f"{found}; expected {ROUNDS} rounds and syncs, finite norms and a gap below {limit:g}")
        return found

    async def _warm_up(self, parts: Parts, policy: Policy) -> str:
        """The first steps of the run's own warm start, where it has one: without it all rewards would be equal."""
        if self.asked.warm_start is None:
            return ""
        warm = self.asked.warm_start.model_copy(update={"batch_size": min(self.asked.warm_start.batch_size, 32)})
        wanted = min(warm.max_steps, WARM_STEPS)

        async def enough(step: int) -> bool:
            return step >= wanted

        rng = Random(f"doctor|{self.config.seed}")
        data = warm_start.batches(parts.problems, parts.prompts, parts.names, warm, rng)
        await warm_start.supervise(policy, data, warm, enough)
        await policy.save_weights_for_sampler()
        return f"after {wanted} steps of the warm start "

    async def _checkpoint(self) -> str:
        saved = checkpoint.folders(Path(self.config.output))
        if not saved:
            raise Fault(f"this process sees no checkpoint in {self.config.output}")
        missing = [name for name in ("config.json", str(models.TRAINER_STATE)) if not (saved[-1] / name).is_file()]
        if missing:
            raise Fault(
                f"{saved[-1].name} lacks {', '.join(missing)}: another node wrote them where this one cannot see"
            )
        size = sum(file.stat().st_size for file in saved[-1].rglob("*") if file.is_file())
        return f"{saved[-1].name} with {size / GIB:.3g} GiB, whole, seen from here"

    async def _close(self) -> str:
        places = await self._inspected().places() if self.policy and not self.examination.ended else []
        await self.stack.aclose()
        await self.closing.aclose()
        here = [place for place in places if place.node == socket.gethostname()]
        deadline = time.monotonic() + CLOSE_SECONDS
        while left := (processes.descendants() - self.running) | {
            place.pid for place in here if processes.alive(place.pid)
        }:
            if time.monotonic() > deadline:
                named = ", ".join(f"{pid} {processes.command(pid)}" for pid in sorted(left))
                raise Fault(f"processes are left: {named}")
            await asyncio.sleep(0.2)
        if folders := processes.abandoned_folders() - self.abandoned:
            raise Fault(f"folders are left: {', '.join(map(str, sorted(folders)))}")
        return f"none of {len(places)} processes is left, no child of this one, and no folder in shared memory"

    def _offers(self) -> frozenset[Need]:
        found: set[Need] = {"engines"} if self.config.cluster.engines else {"trainer_only"}
        if getattr(self.policy, "adapters", False) or self.config.cluster.backend == "local":
            found.add("versions")
        elif self.config.cluster.engines and not self.config.cluster.colocate:
            found.add("in_flight")
        return frozenset(found)

    def _sampler(self) -> Policy:
        assert self.policy is not None
        return self.policy

    def _inspected(self) -> Inspected:
        if not isinstance(self.policy, Inspected):
            raise Skip(f"cluster.backend={self.config.cluster.backend} is this process alone")
        return self.policy


def sentence(check: Check) -> str:
    return check.name.replace("_", " ")


def counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'s' * (count != 1)}"


def layout(config: TrainConfig) -> str:
    """The layout in words."""
    cluster, lora = config.cluster, config.lora.config
    trained = "full weights" if lora is None else f"LoRA of rank {lora.rank}, synced {cluster.lora_sync}"
    model = f"model {config.model.path}, {config.model.dtype}, {trained}"
    place = "Ray started here" if cluster.address is None else f"Ray at {cluster.address}"
    if cluster.backend == "local":
        return f"{model}; one process"
    parts = f" of {cluster.tensor_parallel_size} parts" if cluster.tensor_parallel_size > 1 else ""
    sequences = f" in groups of {cluster.sequence_parallel}" if cluster.sequence_parallel > 1 else ""
    shared = ", colocated" if cluster.colocate else ""
    trainers = f"{counted(cluster.trainers, 'trainer')}{sequences} with ZeRO {cluster.zero_stage}"
    engines = f"{counted(cluster.engines, 'engine')}{parts}"
    return f"{model}; {trainers} and {engines} on {cluster.device}{shared}; {place}"
