"""Trained tokens per second (padding excluded) of the trainers beside a plain PyTorch loop: one JSON object.

Both take the same batch through the same loss and AdamW step. The plain loop is one process with all cores: rows in the
order of the batch, `--rows` at a time, padded to the longest, all logits at once. Runs alternate, medians are reported.
Example: python scripts/benchmark_train.py --sequences 256 cluster.trainers=2
"""

import argparse
import asyncio
import json
import os
import time
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from benchmark_rollout import configuration, questions
from numpy.typing import NDArray

from rlve import models
from rlve.config import AdamParams
from rlve.policy import Policy
from rlve.prompts import Prompts
from rlve.types import Datum, Loss

LOSS = Loss("ppo")
ADAM = AdamParams(learning_rate=1e-6, grad_clip_norm=1.0)


def batch(prompts: list[list[int]], sequences: int, longest: int, vocabulary: int) -> list[Datum]:
    """Completions of random tokens, their lengths log-uniform from 2 to `longest`, as reasoning lengths spread."""
    rng = np.random.default_rng(0)
    data: list[Datum] = []
    for index in range(sequences):
        prompt = prompts[index % len(prompts)]
        length = int(np.exp(rng.uniform(np.log(2), np.log(longest + 1))))
        tokens = np.array([*prompt, *rng.integers(0, vocabulary, length)], np.int64)
        padding = np.zeros(len(prompt) - 1)
        sampled = np.concatenate([padding, rng.normal(-7, 0.1, length)]).astype(np.float32)
        advantages = np.concatenate([padding, rng.normal(size=length) / (length * sequences)]).astype(np.float32)
        data.append(Datum(tokens[:-1], {"target_tokens": tokens[1:], "logprobs": sampled, "advantages": advantages}))
    return data


async def trainers(policy: Policy, data: list[Datum]) -> None:
    await policy.forward_backward(data, LOSS)
    await policy.optim_step(ADAM)


def padded(data: list[Datum], name: str) -> NDArray[Any]:
    arrays = [datum.model_input if name == "model_input" else datum.loss_fn_inputs[name] for datum in data]
    width = max(map(len, arrays))
    return np.stack([np.pad(array, (0, width - len(array))) for array in arrays])


def plain(model: Any, optimizer: Any, data: list[Datum], rows: int) -> float:
    """One step; the gradient's norm."""
    import torch

    for start in range(0, len(data), rows):
        part = data[start : start + rows]
        tensors = {
            name: torch.from_numpy(padded(part, name))
            for name in ("model_input", "target_tokens", "logprobs", "advantages")
        }
        logits = model(input_ids=tensors["model_input"], use_cache=False).logits.float()
        lp = logits.log_softmax(-1).gather(-1, tensors["target_tokens"][..., None]).squeeze(-1)
        ratio = torch.exp(torch.where(tensors["advantages"] != 0, lp - tensors["logprobs"], 0.0))
        surrogate = torch.minimum(ratio * tensors["advantages"], ratio.clamp(0.8, 1.2) * tensors["advantages"])
        (-surrogate.sum()).backward()
    norm = torch.nn.utils.clip_grad_norm_(model.parameters(), ADAM.grad_clip_norm)
    optimizer.step()
    optimizer.zero_grad()
    return float(norm)


async def measure(options: argparse.Namespace) -> dict[str, Any]:
    import torch

    from rlve.cluster.policy import ClusterPolicy

    config = configuration(options.overrides)
    cluster = config.cluster.model_copy(update={"engines": 0})
    folder = Path(options.model) if options.model else models.folder(config.model)
    encode = Prompts(folder, config.model).encode
    prompts = [encode(question) for question in questions(config, 32)]
    torch.set_num_threads(options.threads)
    model: Any = models.load(folder, config.model.dtype, None)
    optimizer = torch.optim.AdamW(
        model.parameters(),
        lr=ADAM.learning_rate,
        betas=(ADAM.beta1, ADAM.beta2),
        eps=ADAM.eps,
        weight_decay=ADAM.weight_decay,
    )
    data = batch(prompts, options.sequences, options.longest, model.config.get_text_config().vocab_size)
    tokens = sum(map(len, data))
    policy = await ClusterPolicy.open(folder, config.model.dtype, None, config.model.max_seq_len, cluster, True)
    rates: dict[str, list[float]] = {"trainers": [], "plain": []}
    try:
        # The first step allocates; it also shows that both do the same.
        packed = (await policy.forward_backward(data, LOSS)).metrics
        norms = (await policy.optim_step(ADAM))["grad_norm"], plain(model, optimizer, data, options.rows)
        for _ in range(options.repeats):
            started = time.perf_counter()
            await trainers(policy, data)
            rates["trainers"].append(tokens / (time.perf_counter() - started))
            started = time.perf_counter()
            plain(model, optimizer, data, options.rows)
            rates["plain"].append(tokens / (time.perf_counter() - started))
    finally:
        await policy.close()
    found = {name: round(median(values)) for name, values in rates.items()}
    return {
        "setting": {
            "model": str(config.model.path),
            "dtype": config.model.dtype,
            "device": cluster.device,
            "trainers": cluster.trainers,
            "threads_per_trainer": cluster.threads_per_trainer,
            "threads_plain": options.threads,
            "zero_stage": cluster.zero_stage,
            "micro_batch_tokens": cluster.micro_batch_tokens,
            "packing": cluster.packing,
            "rows_plain": options.rows,
            "sequences": options.sequences,
            "tokens": tokens,
            "longest_completion": options.longest,
            "repeats": options.repeats,
            "cores": os.cpu_count(),
            "load_before": os.getloadavg()[0],
        },
        "trained_tokens_per_second": found["trainers"],
        "baseline": "plain PyTorch loop, one process",
        "baseline_tokens_per_second": found["plain"],
        "ratio": round(found["trainers"] / found["plain"], 3),
        "seconds_per_step": round(tokens / found["trainers"], 3),
        "packing_efficiency": round(packed["unique_tokens:sum"] / packed["computed_tokens:sum"], 3),
        "shared_prefix_share": round(1 - packed["unique_tokens:sum"] / tokens, 3),
        "grad_norms_agree": bool(abs(norms[0] - norms[1]) < 1e-4 * abs(norms[1])),
        "runs": {name: [round(value) for value in values] for name, values in rates.items()},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sequences", type=int, default=256)
    parser.add_argument("--longest", type=int, default=64, help="tokens of the longest completion")
    parser.add_argument("--rows", type=int, default=32, help="sequences of a batch of the plain loop")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="of the plain loop")
    parser.add_argument("--model", help="a model folder instead of the configuration's")
    parser.add_argument("overrides", nargs="*", help="Hydra overrides: model, environments, cluster")
    print(json.dumps(asyncio.run(measure(parser.parse_args()))))


if __name__ == "__main__":
    main()
