"""Seconds and bytes per second of a sync of whole weights, by shared memory and by the collective: one JSON object.

`transfer` is from the first byte gathered to the last one loaded, digests at both ends among it; `sync` is the pause of
sampling, with the probe too. `in_flight` is of syncs while requests sample and go on: `pause` is the longest of an
engine, `call` the time until new samples may come. Medians after one sync that is not counted. Without --layers it is
the configuration's model; with it one of random weights, of --shape with so many layers and a vocabulary of 16,384.
Example: python scripts/benchmark_sync.py --layers 2 cluster.trainers=1
"""

import argparse
import asyncio
import json
import os
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from benchmark_rollout import configuration

from rlve import models
from rlve.config import ClusterConfig, SamplingParams, TrainConfig
from rlve.models import made
from rlve.policy import Policy

TRANSPORTS = ("shared_memory", "collective")


async def measure(options: argparse.Namespace, folder: Path, config: TrainConfig) -> dict[str, Any]:
    found = {}
    for transport in TRANSPORTS:
        cluster = config.cluster.model_copy(update={"sync_transport": transport})
        found[transport] = await syncs(folder, config, cluster, options.repeats, options.in_flight)
    seconds = {transport: found[transport]["transfer_seconds"] for transport in TRANSPORTS}
    return {
        "setting": {
            "model": str(config.model.path) if options.layers is None else f"{options.shape}, {options.layers} layers",
            "dtype": config.model.dtype,
            "device": config.cluster.device,
            "trainers": config.cluster.trainers,
            "zero_stage": config.cluster.zero_stage,
            "engines": config.cluster.engines,
            "tensor_parallel_size": config.cluster.tensor_parallel_size,
            "bucket_mib": config.cluster.sync_bucket_mib,
            "repeats": options.repeats,
            "cores": os.cpu_count(),
            "load_before": os.getloadavg()[0],
        },
        **found,
        "ratio": round(seconds["collective"] / seconds["shared_memory"], 3),
    }


async def syncs(
    folder: Path, config: TrainConfig, cluster: ClusterConfig, repeats: int, requests: int
) -> dict[str, Any]:
    from rlve.cluster.policy import ClusterPolicy

    policy = await ClusterPolicy.open(folder, config.model.dtype, None, config.model.max_seq_len, cluster, True)
    transfers: list[float] = []
    pauses: list[float] = []
    size = 0
    try:
        for _ in range(repeats):
            transport = policy.cluster.transport
            assert transport is not None
            async with policy.cluster.turns.turn("sync"):
                started = time.perf_counter()
                done = await transport.transfer(policy.slot, policy.version)
                transfers.append(time.perf_counter() - started)
            policy.cluster.prove(done.sent.digests, done.loaded)
            size = done.sent.byte_count
            pauses.append((await policy.save_weights_for_sampler()).seconds)
        going_on = (
            await in_flight(policy, config.model.max_seq_len, repeats, requests)
            if requests and not cluster.colocate
            else None
        )
    finally:
        await policy.close()
    return {
        "bytes": size,
        "transfer_seconds": round(median(transfers), 4),
        "bytes_per_second": round(size / median(transfers)),
        "sync_seconds": round(median(pauses), 4),
        "runs": [round(each, 4) for each in transfers],
        "in_flight": going_on,
    }


async def in_flight(policy: Policy, context: int, repeats: int, requests: int) -> dict[str, Any]:
    """Syncs while requests sample, which do not end before."""
    endless = SamplingParams(max_tokens=context, ignore_eos=True)
    groups = [asyncio.ensure_future(policy.sample([1, index], endless, 8)) for index in range(requests // 8)]
    pauses: list[float] = []
    calls: list[float] = []
    await asyncio.sleep(0.5)
    for _ in range(repeats):
        started = time.perf_counter()
        pauses.append((await policy.save_weights_for_sampler(in_flight="go_on")).seconds)
        calls.append(time.perf_counter() - started)
    if any(group.done() for group in groups):
        raise SystemExit(f"requests ended before {repeats} syncs had; give model.max_seq_len more than {context}")
    await policy.abort_samples()
    drawn = sum(len(completion.tokens) for group in await asyncio.gather(*groups) for completion in group)
    return {
        "requests": requests,
        "pause_seconds": round(median(pauses), 4),
        "call_seconds": round(median(calls), 4),
        "pauses": [round(each, 4) for each in pauses],
        "tokens_drawn": drawn,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--in-flight", type=int, default=256, help="requests, a multiple of 8; 0 leaves them out")
    parser.add_argument("--layers", type=int, help="of a random-weight model, instead of the configuration's")
    parser.add_argument("--shape", default="Qwen/Qwen3-0.6B", help="its architecture")
    parser.add_argument("overrides", nargs="*", help="Hydra overrides: model, cluster")
    options = parser.parse_args()
    config = configuration(options.overrides)
    with tempfile.TemporaryDirectory() as folder:
        if options.layers is None:
            model = models.folder(config.model)
        else:
            changes = {"num_hidden_layers": options.layers, "vocab_size": 16_384}
            model = made.shrunk(options.shape, Path(folder) / "model", dtype=config.model.dtype, **changes)
        print(json.dumps(asyncio.run(measure(options, model, config))))


if __name__ == "__main__":
    main()
