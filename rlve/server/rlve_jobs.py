"""Runs that the server drives itself: the RLVE loop of rlve/driver.py on a client's model."""

import asyncio
import json
import logging
import re
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from rlve import driver, launch
from rlve.config import (
    ConfigError,
    LoraGroup,
    PolicyConfig,
    RLVEConfig,
    ServeConfig,
    TrackingConfig,
    TrainConfig,
    WandbConfig,
)
from rlve.datasets import named
from rlve.policy import WorkerDied
from rlve.server.hosting import Host
from rlve.server.model import Model, Plan
from rlve.server.operations import CLIENTS_FAULT
from rlve.server.parsing import BadRequest
from rlve.server.responses import RlveJob, RlveRound
from rlve.server.store import Store
from rlve.server.training import Training

log = logging.getLogger("rlve.server")

Status = Literal["starting", "running", "paused", "finished", "stopped", "failed"]
OVER = ("finished", "stopped", "failed")
MODEL_ID = re.compile(r"[\w:-]{1,200}", re.ASCII)


class Job:
    """One run. Its folder has metrics.jsonl and checkpoints as any run's, and job.json with its status."""

    def __init__(self, model_id: str, folder: Path, num_rollout: int, created_at: float) -> None:
        self.model_id, self.folder, self.num_rollout, self.created_at = model_id, folder, num_rollout, created_at
        self.status: Status = "starting"
        self.error: str | None = None
        self.control = driver.Control()
        self.run: driver.Run | None = None
        self.finished_rounds = 0
        self.levels: dict[str, int] = {}
        self.task: asyncio.Task[None] | None = None

    def turn(self, status: Status, error: str | None = None) -> None:
        """A new status, kept on disk."""
        self.status, self.error = status, error
        if self.run is not None:
            self.finished_rounds, self.levels = self.run.progress.finished_rounds, dict(self.run.curriculum.levels)
        self.folder.mkdir(parents=True, exist_ok=True)
        facts = {
            "status": status,
            "error": error,
            "finished_rounds": self.finished_rounds,
            "num_rollout": self.num_rollout,
            "levels": self.levels,
            "created_at": self.created_at,
            "stopping": self.control.stopped,
        }
        new = self.folder / "job.json.new"
        new.write_text(json.dumps(facts), encoding="utf-8")
        new.replace(self.folder / "job.json")

    def recall(self) -> None:
        """The status that job.json has."""
        file = self.folder / "job.json"
        if file.is_file():
            facts = json.loads(file.read_text(encoding="utf-8"))
            self.status, self.error, self.levels = facts["status"], facts["error"], facts["levels"]
            self.finished_rounds, self.created_at = facts["finished_rounds"], facts["created_at"]
            if facts["stopping"]:
                self.control.stop()


class Jobs:
    """A model with rlve_config.enabled belongs to its run until that is over; then to its client."""

    def __init__(self, config: ServeConfig, host: Host, training: Training, store: Store, root: Path) -> None:
        self.config, self.host, self.training, self.store = config, host, training, store
        self.root = root / "runs"
        self.jobs: dict[str, Job] = {}

    def check(self, plan: Plan) -> None:
        """BadRequest for a run that could not begin."""
        import environments

        assert plan.rlve is not None
        if plan.train_only:
            raise BadRequest(400, "debug_train_only starts no engine, and rlve_config.enabled needs one to sample")
        if self.config.jobs.loss.kl_coefficient:
            raise BadRequest(
                400, "this server's jobs.loss.kl_coefficient is not 0, which runs on a server do not support"
            )
        try:
            self.config.jobs.reward.check(plan.rlve.rollout_max_response_len)
            named(self._config("check", plan.rlve, plan))
        except (ConfigError, environments.EnvironmentNotFound) as error:
            raise BadRequest(400, f"rlve_config: {error}") from None

    def over(self, model_id: str) -> bool:
        """Whether an earlier process of this server has ended the model's run."""
        job = Job(model_id, self._folder(model_id), 0, 0.0)
        job.recall()
        return job.status in OVER

    def begin(self, model: Model) -> None:
        """Starts a model's run, or goes on with it."""
        assert model.plan.rlve is not None
        job = Job(model.id, self._folder(model.id), model.plan.rlve.num_rollout, model.row.created_at)
        job.recall()
        self.jobs[model.id] = job
        if job.status == "paused":
            job.control.pause()
        else:
            job.turn("starting")
        job.task = asyncio.create_task(self._drive(job, model))

    async def end(self, model_id: str) -> None:
        """The model ends, and its run with it."""
        job = self.jobs.get(model_id)
        if job is not None and job.task is not None and not job.task.done():
            job.task.cancel()
            await asyncio.gather(job.task, return_exceptions=True)
            job.turn("stopped", "its model ended")

    async def close(self) -> None:
        """The server ends; a restart goes on from the newest checkpoints."""
        tasks = [job.task for job in self.jobs.values() if job.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    @property
    def running(self) -> int:
        return sum(job.status not in OVER for job in self.jobs.values())

    # What the routes ask

    def list(self) -> "list[RlveJob]":
        folders = [folder for folder in self.root.glob("*") if (folder / "job.json").is_file()]
        # What a run that had no checkpoint yet when it was killed has left lies beside it, under a name with a time.
        names = [folder.name for folder in folders if re.fullmatch(r".+_train_\d+", folder.name)]
        ids = {name.replace("_train_", ":train:") for name in names} | self.jobs.keys()
        return sorted((self.describe(id) for id in ids), key=lambda job: job.created_at, reverse=True)

    def describe(self, model_id: str) -> RlveJob:
        job = self._job(model_id)
        rounds = self._lines(job)
        last = rounds[-1] if rounds else {}
        run = job.run
        return RlveJob(
            model_id=model_id,
            status=job.status,
            finished_rounds=run.progress.finished_rounds if run else job.finished_rounds,
            num_rollout=job.num_rollout,
            levels=dict(run.curriculum.levels) if run else job.levels,
            accuracy={
                name: facts["accuracy"] or 0.0 for name, facts in _environments(last).items() if "accuracy" in facts
            },
            effective_prompt_ratio=last.get("rollout/effective_prompt_ratio"),
            error=job.error,
            created_at=datetime.fromtimestamp(job.created_at, UTC).isoformat(),
        )

    def metrics(self, model_id: str, after: int) -> "list[RlveRound]":
        lines = [line for line in self._lines(self._job(model_id)) if line["round"] > after]
        return [
            RlveRound(
                round=line["round"],
                metrics={
                    name: value
                    for name, value in line.items()
                    if name not in ("round", "time") and not name.startswith("environment/")
                },
                environments=_environments(line),
            )
            for line in lines
        ]

    def pause(self, model_id: str) -> RlveJob:
        job = self._alive(model_id)
        job.control.pause()
        job.turn("paused")
        return self.describe(model_id)

    def resume(self, model_id: str) -> RlveJob:
        job = self._alive(model_id)
        job.control.resume()
        job.turn("running" if job.run is not None else "starting")
        return self.describe(model_id)

    def stop(self, model_id: str) -> RlveJob:
        job = self._alive(model_id)
        job.control.stop()
        job.turn(job.status)  # a restart stops it too
        return self.describe(model_id)

    # The run

    async def _drive(self, job: Job, model: Model) -> None:
        assert model.plan.rlve is not None
        policy = model.policy
        assert policy is not None
        try:
            async with AsyncExitStack() as stack:
                parts = await launch.prepare(self._config(model.id, model.plan.rlve, model.plan), stack)
                await policy.save_weights_for_sampler()
                this = launch.assemble(parts, policy, None)
                this.control = job.control
                job.run = this
                if job.status == "starting":
                    job.turn("running")
                await launch.follow(this, parts)
                launch.finish(this)
            ended: tuple[Status, str | None] = "stopped" if job.control.stopped else "finished", None
        except WorkerDied:
            self.training.futures.worker_died.set()  # the next server goes on with it
            return
        except Exception as error:
            log.error("a run failed", extra={"model_id": model.id}, exc_info=error)
            known = isinstance(error, CLIENTS_FAULT)
            ended = "failed", str(error) if known else f"{type(error).__name__}; the server's log has it"
        # First: whoever reads that the run has ended may train at once.
        await self.training.hand_over(model)
        job.turn(*ended)

    def _config(self, model_id: str, rlve: RLVEConfig, plan: Plan) -> TrainConfig:
        """A training run's configuration: the client's RLVEConfig and WandbConfig, and the server's for all else."""
        jobs, config = self.config.jobs, self.config
        return TrainConfig(
            name=model_id,
            seed=plan.lora.seed or 0 if plan.lora else 0,
            output=str(self._folder(model_id)),
            resume="auto",
            model=config.model,
            rlve=rlve,
            environments=jobs.environments,
            datasets=jobs.datasets,
            curriculum=jobs.curriculum,
            rollout=jobs.rollout,
            reward=jobs.reward,
            loss=jobs.loss,
            optimizer=jobs.optimizer,
            lora=LoraGroup(config=plan.lora),
            policy=PolicyConfig(kind="cluster", base_url=None, base_model=None),
            cluster=config.cluster,
            tracking=_tracking(plan.wandb),
            checkpoint=jobs.checkpoint,
            evaluation=jobs.evaluation,
            warm_start=None,
        )

    def _folder(self, model_id: str) -> Path:
        return self.root / model_id.replace(":", "_")

    def _job(self, model_id: str) -> Job:
        job = self.jobs.get(model_id)
        if job is None:
            job = Job(model_id, self._folder(model_id), 0, 0.0)
            # What is no name of a model could be a path, or too long for the name of a file.
            if not MODEL_ID.fullmatch(model_id) or not (job.folder / "job.json").is_file():
                raise BadRequest(404, f"there is no RLVE run of {model_id[:200]}; GET rlve_jobs lists those that exist")
            job.recall()
        return job

    def _alive(self, model_id: str) -> Job:
        job = self._job(model_id)
        if job.status in OVER:
            raise BadRequest(400, f"the run of {model_id} is {job.status}; start another by create_model")
        return job

    def _lines(self, job: Job) -> "list[dict[str, Any]]":
        """The rounds of metrics.jsonl."""
        file = job.folder / "metrics.jsonl"
        if not file.is_file():
            return []
        # A line may be half written.
        lines = file.read_text(encoding="utf-8").split("\n")[:-1]
        return [line for line in map(json.loads, lines) if "evaluation" not in line]


def _tracking(wandb: WandbConfig | None) -> TrackingConfig:
    """The key, if any, is the server's own (WANDB_API_KEY); without one the W&B run is kept on its disk."""
    return TrackingConfig(wandb=wandb, wandb_mode="auto", rollout_table_every=10, rollout_table_rows=16, console=False)


def _environments(line: dict[str, Any]) -> dict[str, dict[str, float | None]]:
    found: dict[str, dict[str, float | None]] = {}
    for key, value in line.items():
        if key.startswith("environment/"):
            _, name, metric = key.split("/")
            found.setdefault(name, {})[metric] = value
    return found
