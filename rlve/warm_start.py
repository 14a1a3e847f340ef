"""Supervised steps before RLVE, through the same seam: cross_entropy on solved problems of the lowest levels.

The result is a model folder, kept by a digest of everything that it follows from.
"""

import json
import shutil
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from hashlib import blake2b, file_digest
from pathlib import Path
from random import Random

import environments
from environments.problem import EVALUATION_BIT
from rlve import __version__
from rlve.advantages import supervised
from rlve.config import AdamParams, TrainConfig, WarmStartConfig
from rlve.dataset_environment import level_of
from rlve.evaluation import evaluate, fixed_tasks
from rlve.policy import Policy
from rlve.problems import Problems
from rlve.prompts import Prompts
from rlve.tracking import Tracker
from rlve.types import Datum, Loss, Observation, Task

CROSS_ENTROPY = Loss("cross_entropy")


@dataclass(frozen=True)
class WarmUp:
    """What a warm start needs, the policy apart."""

    config: TrainConfig
    warm: WarmStartConfig
    model: Path
    names: list[str]
    problems: Problems
    prompts: Prompts
    tracker: Tracker

    @property
    def target(self) -> Path:
        """Where the warm-started model of this configuration belongs."""
        config, kinds = self.config, [(name, environments.load(name)) for name in self.names]
        facts = {
            "release": __version__,
            "files": {file.name: _digest(file) for file in sorted(self.model.glob("*.*"))},
            "model": config.model.model_dump(),
            "warm_start": self.warm.model_dump(exclude={"control"}),
            "evaluation": config.evaluation.model_dump(include={"levels", "temperature", "top_p", "top_k"}),
            "max_tokens": config.rlve.rollout_max_response_len,
            "environments": [(name, kind.version, kind.source) for name, kind in kinds],
            "seed": config.seed,
        }
        stamp = blake2b(json.dumps(facts, sort_keys=True).encode(), digest_size=8).hexdigest()
        return (Path(config.model.cache) / f"warm-start-{stamp}").resolve()


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return file_digest(opened, "blake2b").hexdigest()


async def batches(
    problems: Problems, prompts: Prompts, names: Sequence[str], warm: WarmStartConfig, rng: Random
) -> AsyncIterator[list[Datum]]:
    """Endless batches of solved problems at the warm-start levels; a batch's weights add up to one per token's mean."""
    while True:
        tasks = [
            Task(
                name,
                environments.load(name).version,
                level_of(name, rng.choice(warm.levels)),
                rng.randrange(EVALUATION_BIT),
            )
            for name in (rng.choice(names) for _ in range(warm.batch_size))
        ]
        asked, shown = await problems.generate(tasks), await problems.demonstrate(tasks)
        pairs = [
            (prompts.encode(question.text), *written(prompts, turns))
            for question, turns in zip(asked, shown, strict=True)
            if question.text is not None and turns is not None
        ]
        if not pairs:
            raise RuntimeError(f"no problem of {', '.join(names)} could be generated: {dict(problems.failures)}")
        tokens = sum(len(answer) for _, answer, _ in pairs)
        yield [supervised(prompt, answer, 1 / tokens, said) for prompt, answer, said in pairs]


def written(prompts: Prompts, turns: Sequence[tuple[str, str | None]]) -> tuple[list[int], list[Observation]]:
    """What a model should write, by turn, as tokens, and what it is told between them."""
    answer: list[int] = []
    said: list[Observation] = []
    for text, told in turns:
        answer += prompts.encode_answer(text)
        if told is not None:
            said.append(Observation(len(answer), prompts.encode_observation(told)))
    return answer, said


async def supervise(
    policy: Policy,
    data: AsyncIterator[list[Datum]],
    warm: WarmStartConfig,
    until: Callable[[int], Awaitable[bool]],
) -> int:
    """Steps until `until(steps done)`; how many there were."""
    step = 0
    while not await until(step):
        await policy.forward_backward(await anext(data), CROSS_ENTROPY)
        await policy.optim_step(
            AdamParams(learning_rate=warm.learning_rate, beta2=0.98, weight_decay=0.0, grad_clip_norm=1.0)
        )
        step += 1
    return step


async def prepare(warming: WarmUp, policy: Policy) -> None:
    """Trains `policy` until its accuracy at the evaluation levels reaches stop_accuracy, and saves it as the target."""
    config, warm, names, target = warming.config, warming.warm, warming.names, warming.target
    problems, prompts, say = warming.problems, warming.prompts, warming.tracker.say
    per_level = max(1, warm.check_problems // (len(names) * len(config.evaluation.levels)))
    tasks = fixed_tasks(names, config.evaluation.levels, per_level)
    max_tokens = config.rlve.rollout_max_response_len
    started = time.perf_counter()

    async def good_enough(step: int) -> bool:
        if step == 0 or step % warm.check_every:
            return step >= warm.max_steps
        await policy.save_weights_for_sampler()
        accuracy = (await evaluate(policy, tasks, problems, prompts, config.evaluation, max_tokens)).accuracy
        say(f"warm start: step {step}, accuracy {accuracy:.3f}, {time.perf_counter() - started:.0f} s")
        return accuracy >= warm.stop_accuracy or step >= warm.max_steps

    data = batches(problems, prompts, names, warm, Random(f"warm start|{config.seed}"))
    await supervise(policy, data, warm, good_enough)
    partial = target.with_name(f"{target.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    await policy.save_weights(str(partial))
    shutil.rmtree(target, ignore_errors=True)
    partial.rename(target)
