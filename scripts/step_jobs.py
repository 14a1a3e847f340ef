"""What scripts/benchmark_step.py runs: the jobs, their models, and the tasks that every side is given."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

from hydra import compose, initialize_config_module
from omegaconf import OmegaConf

import environments
from rlve import models
from rlve.advantages import supervised
from rlve.config import AdamParams, TrainConfig, validate
from rlve.curriculum import Curriculum
from rlve.models import made
from rlve.prompts import Prompts
from rlve.types import Datum, Loss, Task

ROOT = Path(__file__).parents[1]
WARM_ROWS = 16
REPETITION = (f"{ROOT / 'scripts' / 'step_environment.py'}:Repetition",)
ADAM = AdamParams(learning_rate=1e-6, beta1=0.9, beta2=0.98, weight_decay=0.01, grad_clip_norm=1.0)


@dataclass(frozen=True)
class Job:
    """samples per step = prompts · samples; levels: from and to, drawn evenly; warm_steps: of cross_entropy first.

    sizes: those of a made model in the place of model=tiny; rows: sequences of the peer's micro-batch; threads: of each
    of our trainers and engines where they take turns.
    """

    name: str
    model: str
    environments: tuple[str, ...]
    levels: tuple[int, int]
    tokens: int
    prompts: int
    samples: int
    warm_steps: int
    rows: int
    steps: int
    sizes: tuple[tuple[str, int], ...] = ()
    threads: int = 1

    def layout(self, lag: int) -> list[str]:
        """Ours on two cores: at lag 0 both draw and then both train, else one draws while the other trains.

        Then samples in flight go on by new weights, as `partial_rollout` lets them, and a sync waits for none.
        """
        each = self.threads if lag == 0 else 1
        workers = 2 // each if lag == 0 else 1
        return [
            f"rollout.max_policy_lag={lag}",
            f"rlve.partial_rollout={str(lag > 0).lower()}",
            *(f"cluster.{kind}s={workers}" for kind in ("trainer", "engine")),
            *(f"cluster.threads_per_{kind}={each}" for kind in ("trainer", "engine")),
        ]


THREE_MILLION = {"hidden_size": 192, "intermediate_size": 768, "num_hidden_layers": 5, "num_attention_heads": 6}
JOBS = {
    job.name: job
    for job in (
        Job("tiny/32", "tiny", REPETITION, (7, 13), 32, 32, 8, 40, 64, 6),
        Job("tiny/128", "tiny", REPETITION, (0, 26), 128, 32, 8, 80, 32, 4),
        Job("3M/32", "tiny", REPETITION, (7, 13), 32, 32, 8, 40, 64, 4, tuple(THREE_MILLION.items())),
        Job("SmolLM2-135M/64", "smollm2", ("Addition", "Copy"), (0, 3), 64, 2, 8, 0, 8, 1, threads=2),
    )
}


def configuration(job: Job, rounds: int, output: Path, overrides: Sequence[str] = ()) -> TrainConfig:
    """Our run of a job: on-policy, GRPO, one step a round, every group trains, levels stay where they are."""
    low, high = job.levels
    settings = [
        f"model={job.model}",
        f"output={output}",
        "environments.names=[" + ",".join(f"'{name}'" for name in job.environments) + "]",
        f"rlve.num_rollout={rounds}",
        f"rlve.rollout_max_response_len={job.tokens}",
        f"rlve.rollout_batch_size={job.prompts}",
        f"rlve.over_sampling_batch_size={job.prompts}",
        f"rlve.n_samples_per_prompt={job.samples}",
        "rlve.use_dynamic_sampling_filter=false",
        f"curriculum.initial_level={high}",
        f"curriculum.window={high - low + 1}",
        "curriculum.min_prompts=1000000",
        "evaluation.environments=[]",
        "checkpoint.every=1000000",
        "tracking.console=false",
        f"optimizer.learning_rate={ADAM.learning_rate}",
        *overrides,
    ]
    with initialize_config_module("conf", version_base="1.3"):
        composed: Any = OmegaConf.to_container(compose("train", settings), resolve=True, throw_on_missing=True)
    if not any(override.startswith("model.path=") for override in overrides):
        composed["model"]["path"] = str(model_folder(job, validate(composed)))
    return validate(composed)


def tasks(config: TrainConfig) -> list[list[Task]]:
    """The tasks that the run's curriculum draws in each round."""
    names = environments.resolve(config.environment_list)
    ceilings = {name: environments.load(name).top(config.curriculum.prompt_chars) for name in names}
    curriculum = Curriculum(names, config.curriculum, config.rlve.n_samples_per_prompt, config.seed, ceilings)
    return [curriculum.sample(config.rlve.rollout_batch_size) for _ in range(config.rlve.num_rollout)]


def model_folder(job: Job, config: TrainConfig) -> Path:
    """The job's model: where it is made here, warm-started on the job's own problems, so that answers end."""
    cache = Path(config.model.cache)
    base = made.shrunk("Qwen/Qwen3-0.6B", cache / "step-base", **_shape(job)) if job.sizes else None
    base = base or models.folder(config.model)
    if not job.warm_steps:
        return base
    stamp = json.dumps([job.environments, job.levels, job.warm_steps, (base / made.STAMP).read_text(encoding="utf-8")])
    target = cache / f"step-{job.name.replace('/', '-')}"
    return made.once(target, stamp, lambda folder: warm_up(job, config, base, folder))


def _shape(job: Job) -> dict[str, Any]:
    return {"vocab_size": 1280, "num_key_value_heads": 2, "head_dim": 32, "max_position_embeddings": 1024} | dict(
        job.sizes
    )


def warm_up(job: Job, config: TrainConfig, base: Path, folder: Path) -> None:
    """job.warm_steps of cross_entropy on solved problems, by the plain loop; the model folder."""
    import torch
    from step_plain import PlainTrainer

    # Two threads of OpenMP wait for each other by spinning: on a busy machine they take many times as long as one.
    torch.set_num_threads(1)
    prompts, rng = Prompts(base, config.model), Random(f"warm up|{job.name}")
    names = environments.resolve(job.environments)
    seeds = count()
    trainer = PlainTrainer(base, rows=WARM_ROWS)
    adam = AdamParams(learning_rate=2e-3, beta2=0.98, weight_decay=0.0, grad_clip_norm=1.0)
    for _ in range(job.warm_steps):
        pairs: list[tuple[list[int], list[int]]] = []
        for _ in range(WARM_ROWS):
            problem = environments.generate(environments.load(rng.choice(names)), rng.randint(*job.levels), next(seeds))
            marker = environments.MARKERS[config.model.marker]
            solved = marker.wrap(problem.answer.render(problem.solution()))
            pairs.append((prompts.encode(environments.question(problem, marker)), prompts.encode_answer(solved)))
        tokens = sum(len(answer) for _, answer in pairs)
        data: list[Datum] = [supervised(prompt, answer, 1 / tokens) for prompt, answer in pairs]
        trainer.forward_backward(data, Loss("cross_entropy"))
        trainer.optim_step(adam)
    models.write_folder(base, folder, models.merged_weights(trainer.model))
