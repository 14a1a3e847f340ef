"""Generated tokens per second of the rollout engines beside Hugging Face `generate`: one JSON object.

The same prompts, samples per prompt, token budget, model, data type and cores for both; runs alternate, medians are
reported. Example: python scripts/benchmark_rollout.py --prompts 32 --samples 8 --tokens 32
"""

import argparse
import asyncio
import json
import os
import time
from pathlib import Path
from statistics import median
from typing import Any

from hydra import compose, initialize_config_module
from omegaconf import OmegaConf

import environments
from rlve import models
from rlve.config import SamplingParams, TrainConfig, validate
from rlve.policy import Policy
from rlve.prompts import Prompts


def configuration(overrides: list[str]) -> TrainConfig:
    with initialize_config_module("conf", version_base="1.3"):
        composed: Any = OmegaConf.to_container(compose("train", overrides), resolve=True, throw_on_missing=True)
    return validate(composed)


def questions(config: TrainConfig, count: int) -> list[str]:
    """Level 0 of the configuration's environments in turn."""
    names = environments.resolve(config.environment_list)
    return [
        environments.question(environments.generate(environments.load(names[index % len(names)]), 0, index))
        for index in range(count)
    ]


async def engines(policy: Policy, prompts: list[list[int]], samples: int, tokens: int, temperature: float) -> int:
    """Tokens that the engines wrote."""
    params = SamplingParams(max_tokens=tokens, temperature=temperature)
    groups = await asyncio.gather(*(policy.sample(prompt, params, samples) for prompt in prompts))
    return sum(len(completion.tokens) for group in groups for completion in group)


def plain(model: Any, prompts: list[list[int]], samples: int, tokens: int, temperature: float, end: list[int]) -> int:
    """The same by transformers: prompts padded on the left, one batch, key-value cache. Tokens up to the end token."""
    import torch

    width = max(map(len, prompts))
    ids = torch.tensor([[end[0]] * (width - len(prompt)) + prompt for prompt in prompts]).repeat_interleave(samples, 0)
    mask = torch.tensor([[0] * (width - len(prompt)) + [1] * len(prompt) for prompt in prompts]).repeat_interleave(
        samples, 0
    )
    with torch.inference_mode():
        written = model.generate(
            input_ids=ids,
            attention_mask=mask,
            do_sample=True,
            temperature=temperature,
            top_p=1.0,
            top_k=0,
            max_new_tokens=tokens,
            eos_token_id=end,
            pad_token_id=end[0],
        )[:, width:]
    ended = torch.isin(written, torch.tensor(end)).int().cumsum(1)
    return int((ended == 0).sum() + (ended[:, -1] > 0).sum())


async def measure(options: argparse.Namespace) -> dict[str, Any]:
    import torch

    from rlve.cluster.policy import ClusterPolicy

    config = configuration(options.overrides)
    folder = Path(options.model) if options.model else models.folder(config.model)
    encode = Prompts(folder, config.model).encode
    prompts = [encode(question) for question in questions(config, options.prompts)]
    end = sorted(models.end_tokens(folder))
    torch.set_num_threads(options.threads)
    reference: Any = models.load(folder, config.model.dtype, None).eval()
    cluster = config.cluster
    policy = await ClusterPolicy.open(folder, config.model.dtype, None, config.model.max_seq_len, cluster, True)
    arguments = prompts, options.samples, options.tokens, options.temperature
    rates: dict[str, list[float]] = {"engines": [], "generate": []}
    try:
        # The first call of either compiles and allocates.
        await engines(policy, *arguments)
        plain(reference, *arguments, end)
        for _ in range(options.repeats):
            started = time.perf_counter()
            written = await engines(policy, *arguments)
            rates["engines"].append(written / (time.perf_counter() - started))
            started = time.perf_counter()
            written = plain(reference, *arguments, end)
            rates["generate"].append(written / (time.perf_counter() - started))
    finally:
        await policy.close()
    found = {name: round(median(values)) for name, values in rates.items()}
    return {
        "setting": {
            "model": str(config.model.path),
            "dtype": config.model.dtype,
            "device": cluster.device,
            "engines": cluster.engines,
            "threads_per_engine": cluster.threads_per_engine,
            "threads_generate": options.threads,
            "prompts": options.prompts,
            "samples_per_prompt": options.samples,
            "max_tokens": options.tokens,
            "temperature": options.temperature,
            "repeats": options.repeats,
            "cores": os.cpu_count(),
            "load_before": os.getloadavg()[0],
        },
        "generated_tokens_per_second": found["engines"],
        "baseline": "transformers generate, one process, one batch",
        "baseline_tokens_per_second": found["generate"],
        "ratio": round(found["engines"] / found["generate"], 3),
        "runs": {name: [round(value) for value in values] for name, values in rates.items()},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--prompts", type=int, default=32)
    parser.add_argument("--samples", type=int, default=8)
    parser.add_argument("--tokens", type=int, default=32)
    parser.add_argument("--temperature", type=float, default=1.0)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="of the baseline")
    parser.add_argument("--model", help="a model folder instead of the configuration's, such as a warm-started one")
    parser.add_argument("overrides", nargs="*", help="Hydra overrides: model, environments, cluster")
    print(json.dumps(asyncio.run(measure(parser.parse_args()))))


if __name__ == "__main__":
    main()
