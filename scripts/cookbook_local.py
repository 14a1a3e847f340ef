"""What scripts/check_cookbook.py has a server do, on LocalPolicy: a JSON list, one object per seed of the sampling.

Data, prompts, rewards, advantages and training data are made by the cookbook's own code; client and server are absent.
check_cookbook.py starts this in the folder and with the packages that it has laid out.
"""

# pyright: reportMissingImports=false
# The cookbook lies in .cache/cookbook, beside .venv.
import argparse
import asyncio
import json
import sys
from asyncio import Task
from collections import Counter
from collections.abc import Sequence
from statistics import mean
from tempfile import TemporaryDirectory
from typing import Any

import check_cookbook as recipe
import datasets
import numpy as np
import tinker
from tinker_cookbook import renderers
from tinker_cookbook.completers import StopCondition, TokenCompleter, TokensWithLogprobs
from tinker_cookbook.recipes.math_rl.arithmetic_env import ArithmeticDataset
from tinker_cookbook.renderers import TrainOnWhat
from tinker_cookbook.rl.data_processing import assemble_training_data, compute_advantages
from tinker_cookbook.rl.rollouts import do_group_rollout
from tinker_cookbook.supervised.data import conversation_to_datum
from tinker_cookbook.tokenizer_utils import get_tokenizer

from rlve import models
from rlve.config import AdamParams, LoraConfig, SamplingParams
from rlve.local import LocalPolicy
from rlve.policy import LOSS_INPUTS
from rlve.types import Completion, Datum, Loss


class LocalCompleter(TokenCompleter):
    """The cookbook's interface to a model. A group's samples are drawn in one call, as they share a prompt."""

    def __init__(self, policy: LocalPolicy, tokenizer: Any) -> None:
        self.policy, self.tokenizer = policy, tokenizer
        self.asked: Counter[tuple[int, ...]] = Counter()
        self.drawn: dict[tuple[tuple[int, ...], int], Task[list[Completion]]] = {}

    async def __call__(
        self, model_input: tinker.ModelInput, stop: StopCondition, *, max_tokens: int | None = None
    ) -> TokensWithLogprobs:
        prompt, size = tuple(model_input.to_ints()), int(recipe.RL["group_size"])
        group, place = divmod(self.asked[prompt], size)
        self.asked[prompt] += 1
        if (prompt, group) not in self.drawn:
            params = SamplingParams(max_tokens=int(recipe.RL["max_tokens"]))
            self.drawn[prompt, group] = asyncio.create_task(self.policy.sample(prompt, params, size))
        completion = (await self.drawn[prompt, group])[place]
        end = self._end(completion.tokens, [text for text in stop if isinstance(text, str)])
        reason = "length" if end == len(completion.tokens) and completion.truncated else "stop"
        return TokensWithLogprobs(completion.tokens[:end], completion.logprobs[:end], reason)

    def _end(self, tokens: Sequence[int], stops: Sequence[str]) -> int:
        """LocalPolicy knows no stop strings; cutting what it writes behind the first comes to the same."""
        for length in range(1, len(tokens)):
            text = self.tokenizer.decode(tokens[:length])
            if any(stop in text for stop in stops):
                return length
        return len(tokens)


def local_datum(datum: tinker.Datum, loss: Loss) -> Datum:
    inputs: dict[str, Any] = {
        name: np.asarray(datum.loss_fn_inputs[name].data, np.int64 if name == "target_tokens" else np.float32)
        for name in LOSS_INPUTS[loss.name]
    }
    return Datum(np.asarray(datum.model_input.to_ints(), np.int64), inputs)


def adam(learning_rate: float) -> AdamParams:
    """What both recipes send."""
    return AdamParams(learning_rate=learning_rate, beta1=0.9, beta2=0.95, eps=1e-8, weight_decay=0.0)


async def sl_loop(policy: LocalPolicy, renderer: Any) -> dict[str, Any]:
    size, loss = int(recipe.SL["batch_size"]), Loss("cross_entropy")
    rows: Any = datasets.load_dataset("HuggingFaceH4/no_robots")["train"]
    batches = len(rows) // size
    rows, losses = rows.shuffle(seed=0), list[float]()
    for step in range(recipe.STEPS):
        batch = [
            conversation_to_datum(
                row["messages"], renderer, int(recipe.SL["max_length"]), TrainOnWhat.ALL_ASSISTANT_MESSAGES
            )
            for row in rows.select(range(step * size, (step + 1) * size))
        ]
        data = [local_datum(datum, loss) for datum in batch]
        result = await policy.forward_backward(data, loss)
        await policy.optim_step(adam(recipe.SL["learning_rate"] * (1 - step / batches)))
        losses.append(result.metrics["loss:sum"] / sum(float(datum.loss_fn_inputs["weights"].sum()) for datum in data))
    return {"loss": losses}


async def math_rl(policy: LocalPolicy, renderer: Any, tokenizer: Any) -> dict[str, Any]:
    loss = Loss("importance_sampling")
    problems = ArithmeticDataset(int(recipe.RL["groups_per_batch"]), renderer, int(recipe.RL["group_size"]))
    measured: dict[str, list[float]] = {"reward": [], "correct": [], "format": []}
    for step in range(recipe.STEPS):
        await policy.save_weights_for_sampler()
        completer = LocalCompleter(policy, tokenizer)
        groups = [await do_group_rollout(builder, completer) for builder in problems.get_batch(step)]
        rows, _ = assemble_training_data(groups, compute_advantages(groups), include_provenance=False)
        data = [local_datum(row, loss) for row in rows]
        # A datum without advantage adds nothing to the gradient.
        data = [datum for datum in data if datum.loss_fn_inputs["advantages"].any()]
        if data:
            await policy.forward_backward(data, loss)
        await policy.optim_step(adam(recipe.RL["learning_rate"]))
        turns = [turn for group in groups for one in group.trajectories_G for turn in one.transitions]
        measured["reward"].append(mean(float(turn.reward) for turn in turns))
        for name in ("correct", "format"):
            measured[name].append(mean(float(turn.metrics[name]) for turn in turns))
    return {**measured, "rise": recipe.rise(measured["reward"])}


def opened(seed: int) -> LocalPolicy:
    config = recipe.tiny()
    lora = LoraConfig(rank=recipe.RANK)
    return LocalPolicy(models.folder(config), config.dtype, lora, config.max_seq_len, seed)


async def run(model: str, seeds: int) -> list[dict[str, Any]]:
    tokenizer = get_tokenizer(model)
    renderer = renderers.get_renderer(recipe.RENDERER, tokenizer)
    found: list[dict[str, Any]] = []
    with TemporaryDirectory() as learned:
        policy = opened(seed=0)
        learning = await sl_loop(policy, renderer)
        await policy.save_weights(learned)
        await policy.close()
        for seed in range(seeds):
            print(f"LocalPolicy, seed {seed}", file=sys.stderr)
            policy = opened(seed)
            await policy.load_weights(learned, optimizer=False)
            found.append({"seed": seed, "sl_loop": learning, "math_rl": await math_rl(policy, renderer, tokenizer)})
            await policy.close()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--model", required=True, metavar="NAME", help="the folder of the tokenizer")
    parser.add_argument("--seeds", type=int, default=1)
    chosen = parser.parse_args()
    print(json.dumps(asyncio.run(run(chosen.model, chosen.seeds)), indent=1))


if __name__ == "__main__":
    main()
