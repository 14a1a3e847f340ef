"""One side of scripts/benchmark_step.py, in a process of its own: rlve's loop, TRL's GRPOTrainer, or a plain loop.

Writes a JSON object: `ends`, the time of each step's end; `seconds`, the median of each stage of a step after the
first; `tokens`, generated per sample.
"""

import argparse
import asyncio
import json
import os
import time
from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from statistics import mean, median
from typing import Any

import step_jobs
from step_jobs import ADAM, JOBS, Job

import environments
from rlve.advantages import to_data
from rlve.config import SamplingParams, TrainConfig
from rlve.prompts import Prompts
from rlve.rewards import reward
from rlve.turns import sampling_seed
from rlve.types import Completion, Group, Loss, Rollout, Task

Side = dict[str, Any]


def ours(config: TrainConfig) -> Side:
    """The run of `rlve train`, with whatever it does in a round."""
    from rlve import launch

    asyncio.run(launch.run(config))
    lines = (Path(config.output) / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    rounds = [line for line in map(json.loads, lines) if "seconds/round" in line]
    stages = {name for line in rounds for name in line if name.startswith("seconds/")}
    return {
        "ends": [line["time"] for line in rounds],
        "tokens": mean(line["rollout/completion_tokens_mean"] for line in rounds),
        "reward": mean(line["reward/mean"] for line in rounds),
        "seconds": {
            name.removeprefix("seconds/"): median(line.get(name, 0.0) for line in rounds[1:]) for name in sorted(stages)
        },
    }


class Judge:
    """Rewards as rlve's, in this process."""

    def __init__(self, config: TrainConfig, prompts: Prompts, tasks: Sequence[Task]) -> None:
        self.config, self.prompts = config, prompts
        self.problems = [
            environments.generate(environments.load(task.environment), task.difficulty, task.seed) for task in tasks
        ]
        self.marker = environments.MARKERS[config.model.marker]
        self.questions = [prompts.encode(environments.question(problem, self.marker)) for problem in self.problems]

    def rollout(self, index: int, completion: Completion) -> Rollout:
        verdict = environments.judge(self.problems[index], self.prompts.conclusion(completion.tokens), self.marker)
        earned = reward(verdict, completion, self.config.reward, self.config.rlve.rollout_max_response_len)
        assert earned is not None  # only verifiers that hang or crash earn nothing
        return Rollout(completion, verdict, earned, masked=False)


def trl(job: Job, config: TrainConfig, rows: int, threads: int) -> Side:
    """TRL's GRPOTrainer on the same prompts, with the same verifiers."""
    os.environ.update(HF_HUB_OFFLINE="1", ACCELERATE_USE_CPU="true", TOKENIZERS_PARALLELISM="false")
    import torch
    from step_trl import grpo

    torch.set_num_threads(threads)
    tasks = [task for batch in step_jobs.tasks(config) for task in batch]
    judge = Judge(config, Prompts(Path(config.model.path), config.model), tasks)
    ends: list[float] = []
    seconds: defaultdict[str, list[float]] = defaultdict(list)
    lengths: list[int] = []
    earned: list[float] = []

    def score(completion_ids: list[list[int]], row: list[int], **_: Any) -> list[float | None]:
        started = time.perf_counter()
        lengths.extend(map(len, completion_ids))
        completions = [Completion(tokens, [0.0] * len(tokens), [0] * len(tokens), "eos") for tokens in completion_ids]
        rewards = [judge.rollout(index, each).reward for index, each in zip(row, completions, strict=True)]
        earned.extend(rewards)
        seconds["verify"].append(time.perf_counter() - started)
        return [*rewards]

    grpo(job, config, rows, judge.questions, score, ends, seconds).train()
    rollout = median(seconds["rollout"][1:])
    step = median(after - before for before, after in pairwise(ends))
    return {
        "ends": ends,
        "tokens": mean(lengths),
        "reward": mean(earned),
        "seconds": {"rollout": rollout, "verify": median(seconds["verify"][1:]), "train": step - rollout},
    }


def plain(job: Job, config: TrainConfig, rows: int, threads: int) -> Side:
    """The same loop without Ray, DeepSpeed and their processes: vLLM and PyTorch take turns in this one."""
    import torch
    from step_plain import PlainEngine, PlainTrainer

    torch.set_num_threads(threads)
    folder = Path(config.model.path)
    cluster = config.cluster
    engine = PlainEngine(folder, config.model.dtype, config.model.max_seq_len, cluster.engine_sequences, threads)
    torch.set_num_threads(threads)
    trainer = PlainTrainer(folder, rows, config.model.dtype)
    prompts = Prompts(folder, config.model)
    params = SamplingParams(max_tokens=job.tokens, temperature=config.rollout.temperature)
    loss = Loss(config.loss.name, config.loss.options, config.rollout.temperature)
    shared = Path("/dev/shm", f"plain-{os.getpid()}.safetensors")
    ends: list[float] = []
    lengths: list[int] = []
    earned: list[float] = []
    seconds: defaultdict[str, list[float]] = defaultdict(list)
    for tasks in step_jobs.tasks(config):
        mark = time.perf_counter()

        def lap(stage: str) -> None:
            nonlocal mark
            seconds[stage].append(time.perf_counter() - mark)
            mark = time.perf_counter()

        judge = Judge(config, prompts, tasks)
        # Those of our run, so that both draw the same.
        seeds = [sampling_seed(config.seed, *task) for task in tasks]
        drawn = engine.sample(judge.questions, seeds, params, job.samples)
        groups = [
            Group(task, prompt, [judge.rollout(index, each) for each in completions], 0)
            for index, (task, prompt, completions) in enumerate(zip(tasks, judge.questions, drawn, strict=True))
        ]
        lap("rollout")
        trainer.forward_backward(to_data(groups, config.loss, job.tokens), loss)
        trainer.optim_step(ADAM)
        lap("train")
        engine.load(trainer.model, shared)
        lap("sync")
        ends.append(time.time())
        lengths += [len(rollout.completion.tokens) for group in groups for rollout in group.rollouts]
        earned += [rollout.reward for group in groups for rollout in group.rollouts]
    shared.unlink()
    return {
        "ends": ends,
        "tokens": mean(lengths),
        "reward": mean(earned),
        "seconds": {name: median(values[1:]) for name, values in seconds.items()},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("side", choices=["ours", "trl", "plain"])
    parser.add_argument("job", choices=JOBS)
    parser.add_argument("--rounds", type=int, required=True)
    parser.add_argument("--rows", type=int, help="sequences of a micro-batch of TRL or the plain loop")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="of TRL or the plain loop")
    parser.add_argument("--output", type=Path, required=True, help="a folder; result.json is written there")
    parser.add_argument("overrides", nargs="*")
    options = parser.parse_intermixed_args()
    job = JOBS[options.job]
    config = step_jobs.configuration(job, options.rounds, options.output / "run", options.overrides)
    if options.side == "ours":
        result = ours(config)
    else:
        result = {"trl": trl, "plain": plain}[options.side](job, config, options.rows or job.rows, options.threads)
    (options.output / "result.json").write_text(json.dumps(result), encoding="utf-8")


if __name__ == "__main__":
    main()
