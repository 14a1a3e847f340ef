"""One trainer rank on one GPU: tokens/s, MFU and peak memory beside `rlve plan`'s estimate, and promises 1, 2, 4, 5.

Random weights in real shapes, made here by a seed, so that nothing is fetched; neither Ray nor vLLM is needed. Where
the machine has only PyTorch and transformers, the packages peft, deepspeed and pydantic (with what they need) can be
carried as wheels. Prints one JSON object; --write-rates FILE is for `rlve plan --rates FILE`.
Example: python scripts/benchmark_gpu.py --write-rates rates.json
"""

import argparse
import asyncio
import gc
import json
import os
import resource
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import yaml

import conf
from rlve import losses
from rlve.cluster import packing
from rlve.cluster.trainer import TrainerPlace
from rlve.cluster.trainer_actor import TrainerActor
from rlve.config import AdamParams, ClusterConfig, LoraConfig
from rlve.models import made
from rlve.models.shapes import Shape, named
from rlve.plan import rates
from rlve.plan.memory import trainer_state, transient
from rlve.plan.work import Work
from rlve.policy import check_data
from rlve.promises import CHECKS, BrokenPromise, Subject
from rlve.types import Datum, Loss, LossResult

LOSS = Loss("ppo")
ADAM = AdamParams(learning_rate=1e-6, grad_clip_norm=1.0)
LORA = LoraConfig(rank=32, train_unembed=False, seed=0)
PEAKS = {"H100": 989e12, "H200": 989e12}  # FLOP/s of dense bf16, NVIDIA's data sheets
PROMISES = (
    "any_split_of_the_data_gives_the_same_gradient",
    "a_datum_has_the_same_results_alone",
    "a_step_clears_the_gradient",
    "what_is_saved_is_a_plain_model_folder_with_the_same_logprobs",  # 4, as far as it goes without an engine
    "a_loaded_policy_takes_the_same_next_step_bit_by_bit",
)
MFU = "3 · forward FLOPs (adapters: 2 of weights, 3 of attention) · tokens/s ÷ peak; recomputation not counted"


class OneRank:
    """The policy of a single TrainerActor in this process; it trains and cannot sample."""

    def __init__(self, actor: TrainerActor, slot: int, path: Path, dtype: str, lora: LoraConfig | None) -> None:
        self.actor, self.slot = actor, slot
        self.vocabulary_size: int = actor.open(slot, str(path), dtype, lora)["vocabulary_size"]
        self.max_seq_len = 10**6

    async def forward(self, data: Sequence[Datum], loss: Loss) -> LossResult:
        return self._compute(list(data), loss, backward=False)

    async def forward_backward(self, data: Sequence[Datum], loss: Loss) -> LossResult:
        return self._compute(list(data), loss, backward=True)

    async def optim_step(self, adam: AdamParams) -> dict[str, float]:
        return self.actor.call(self.slot, "optim_step", adam)

    async def save_weights(self, path: str, merged: bool = True) -> None:
        self.actor.call(self.slot, "save", path, merged)

    async def load_weights(self, path: str, optimizer: bool = True) -> None:
        self.actor.call(self.slot, "load", path, optimizer)

    def _compute(self, data: list[Datum], loss: Loss, backward: bool) -> LossResult:
        check_data(data, loss, self.vocabulary_size, self.max_seq_len)
        cluster = self.actor.cluster
        (share,) = packing.plan(data, cluster, balance=True)
        chosen = [data[index] for index in share.data]
        found = self.actor.call(self.slot, "compute", chosen, loss, backward, share.batches)
        logprobs, values = (
            [array for _, array in sorted(zip(share.data, each, strict=True), key=lambda pair: pair[0])]
            for each in found
        )
        return losses.result(data, logprobs, values, loss)


class Meter:
    """Time and memory of the device."""

    def __init__(self, device: str) -> None:
        import torch

        self.torch, self.cuda = torch, device == "cuda"
        self.name = torch.cuda.get_device_name() if self.cuda else "cpu"

    def now(self) -> float:
        if self.cuda:
            self.torch.cuda.synchronize()
        return time.perf_counter()

    def reset(self) -> None:
        gc.collect()
        if self.cuda:
            self.torch.cuda.empty_cache()
            self.torch.cuda.reset_peak_memory_stats()

    def peak(self) -> int:
        """Of the allocator since `reset`; on a CPU the process's largest resident set so far."""
        if self.cuda:
            return self.torch.cuda.max_memory_allocated()
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

    def seconds(self, call: Any, repeats: int = 5) -> float:
        """Median of `repeats` after one that warms up."""
        call()
        taken: list[float] = []
        for _ in range(repeats):
            started = self.now()
            call()
            taken.append(self.now() - started)
        return median(taken)

    def rates(self, size: int) -> dict[str, tuple[float, str]]:
        """Of plain operations on tensors of size × size numbers: products, copies, digests."""
        from rlve.cluster.weight_transfer import digest

        torch = self.torch
        place, dtype = ("cuda", torch.bfloat16) if self.cuda else ("cpu", torch.float32)
        left = torch.randn(size, size, device=place).to(dtype)
        right, host = torch.empty_like(left), left.cpu()
        held = left.numel() * left.element_size()
        where = f"{self.name}, {size} × {size} {dtype}"
        found = {
            "matrix_flops": 2 * size**3 / self.seconds(lambda: left @ left),
            # It is read and written.
            "memory_bandwidth": 2 * held / self.seconds(lambda: right.copy_(left)),
            "copy_bandwidth": held / self.seconds(host.clone),
            "digest_bandwidth": held / self.seconds(lambda: digest(host)),
        }
        if self.cuda:
            found["host_bandwidth"] = held / self.seconds(lambda: left.to("cpu", copy=True))
        return {name: (value, f"scripts/benchmark_gpu.py on {where}") for name, value in found.items()}


def cluster_config(device: str, **changes: Any) -> ClusterConfig:
    """conf/cluster's GPU layout cut down to one trainer, read without Hydra."""
    file = Path(conf.__file__).parent / "cluster" / "gpu8.yaml"
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    alone = {"trainers": 1, "sequence_parallel": 1, "engines": 0, "device": device, "address": None}
    return ClusterConfig.model_validate({**content, **alone, **changes})


def batch(vocabulary: int, length: int, tokens: int) -> list[Datum]:
    """As many sequences of `length` random tokens as make up `tokens`, at least one."""
    rng = np.random.default_rng(0)
    data: list[Datum] = []
    for _ in range(max(1, tokens // length)):
        drawn = rng.integers(0, vocabulary, length + 1)
        advantages = (rng.normal(size=length) / tokens).astype(np.float32)
        sampled = rng.normal(-12, 0.1, length).astype(np.float32)
        data.append(Datum(drawn[:-1], {"target_tokens": drawn[1:], "logprobs": sampled, "advantages": advantages}))
    return data


@contextmanager
def deterministic(torch: Any) -> Iterator[None]:
    """The same bits twice, where the device can: promise 5 asks for them."""
    torch.use_deterministic_algorithms(True, warn_only=True)
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(False)


def training(policy: OneRank, meter: Meter, work: Work, length: int, options: argparse.Namespace) -> dict[str, Any]:
    """Speed and memory of a step on sequences of one length."""
    cluster = policy.actor.cluster
    data = batch(policy.vocabulary_size, length, options.tokens)
    tokens = sum(map(len, data))

    def step() -> None:
        asyncio.run(policy.forward_backward(data, LOSS))
        asyncio.run(policy.optim_step(ADAM))

    step()
    meter.reset()
    seconds = meter.seconds(step, options.repeats)
    (batches,) = packing.spread(packing.trees(data, cluster.group_tokens), cluster, balance=True)
    padded = max(batch.padded_tokens for batch in batches)
    estimate = {**trainer_state(work, cluster.zero_stage, 1), **transient(work, cluster, padded, 1, length)}
    peak = meter.peak()
    chunked = padded > cluster.logits_chunk_tokens
    return {
        "length": length,
        "sequences": len(data),
        "micro_batch": padded,
        "tokens_per_second": tokens / seconds,
        "model_flops_per_token": work.train_flops(length),
        "hardware_flops_per_token": work.hardware_flops(length, cluster.gradient_checkpointing, chunked),
        "peak_bytes": peak,
        "planned_bytes": sum(estimate.values()),
        "planned_parts": estimate,
        "peak_over_planned": peak / sum(estimate.values()),
    }


async def promises(policy: OneRank, dtype: str, lora: LoraConfig | None, exact: bool, folder: Path) -> dict[str, str]:
    """Name of each check → what it measured, or how it broke."""
    found: dict[str, str] = {}
    start = folder / "start"
    await policy.save_weights(str(start))
    for name in PROMISES:
        place = folder / name
        place.mkdir()
        subject = Subject(
            policy=policy,  # pyright: ignore[reportArgumentType] - these checks do not sample
            dtype=dtype,
            lora=lora,
            vocabulary_size=policy.vocabulary_size,
            max_seq_len=policy.max_seq_len,
            start=start,
            folder=place,
            offers=frozenset({"trainer_only"}),
            exact=exact,
            rate=1e-2,
        )
        try:
            found[f"{CHECKS[name].number} {name}"] = f"kept: {await CHECKS[name](subject)}"
        except BrokenPromise as broken:
            found[f"{CHECKS[name].number} {name}"] = f"BROKEN: {broken}"
        await policy.load_weights(str(start), optimizer=False)
    return found


def decoding(shape: Shape, path: Path, dtype: str, cluster: ClusterConfig, bandwidth: float) -> dict[str, Any]:
    """Seconds of a decode step in three settings, solved for the fixed part, the part per sequence and the share.

    Needs vLLM. step = fixed + per sequence · B + bytes read / (bandwidth · share).
    """
    from rlve.cluster.rollout_actor import RolloutActor
    from rlve.config import SamplingParams

    settings = [(1, 64), (64, 64), (64, 4096)]  # sequences, tokens of the prompt
    work, steps = Work(shape, dtype, None), 128

    async def measure() -> list[float]:
        actor = RolloutActor(str(path), dtype, 8192, cluster.model_copy(update={"engines": 1}), False)
        await actor.start()
        try:
            return [await step_seconds(actor, *setting) for setting in settings]
        finally:
            await actor.close()

    async def step_seconds(actor: RolloutActor, count: int, prompt: int) -> float:
        times: list[float] = []
        for tokens in (steps, 2 * steps, steps, 2 * steps):  # the difference has no prompt in it; the first two warm up
            params = SamplingParams(max_tokens=tokens, ignore_eos=True, seed=0)
            started = time.perf_counter()
            await actor.sample([*range(1, prompt + 1)], params, count)
            times.append(time.perf_counter() - started)
        return (times[3] - times[2]) / steps

    measured = asyncio.run(measure())
    read = [work.weight_bytes + count * (prompt + 1.5 * steps) * work.kv_bytes for count, prompt in settings]
    rows = [[1.0, count, size / bandwidth] for (count, _), size in zip(settings, read, strict=True)]
    fixed, each, inverse = np.linalg.solve(np.array(rows), np.array(measured))
    return {
        "settings": settings,
        "step_seconds": measured,
        "decode_step_seconds": float(fixed),
        "decode_sequence_seconds": float(each),
        "decode_share": float(1 / inverse),
    }


def measure(options: argparse.Namespace) -> dict[str, Any]:
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    cluster = cluster_config(
        options.device,
        zero_stage=options.zero_stage,
        threads_per_trainer=options.threads,
        threads_per_engine=options.threads,
        micro_batch_tokens=options.micro_batch_tokens,
        logits_chunk_tokens=options.logits_chunk_tokens,
    )
    actor = TrainerActor(cluster)
    actor.join(TrainerPlace(0, 1, 0, 1, "127.0.0.1", options.port))
    meter = Meter(options.device)
    machine = meter.rates(options.matrix)
    published = next((peak for name, peak in PEAKS.items() if name in meter.name), None)
    peak = published or machine["matrix_flops"][0]
    results: list[dict[str, Any]] = []
    points: list[rates.Point] = []
    slots = iter(range(1, 10**6))
    settings: list[tuple[LoraConfig | None, int]] = [(lora, n) for lora in (None, LORA) for n in options.lengths]
    with tempfile.TemporaryDirectory(dir=options.scratch) as scratch:
        for name in options.models:
            shape = named(name).with_changes(**options.shape)
            path = made.shrunk(shape, Path(scratch) / name.replace("/", "_"), seed=0, dtype=options.dtype)
            for lora, length in settings:
                work, slot = Work(shape, options.dtype, lora), next(slots)
                policy = OneRank(actor, slot, path, options.dtype, lora)
                entry = {"model": name, "lora_rank": lora and lora.rank, "parameters": work.parameters}
                entry |= training(policy, meter, work, length, options)
                entry["mfu"] = entry["tokens_per_second"] * entry["model_flops_per_token"] / peak
                entry["share_of_peak"] = entry["tokens_per_second"] * entry["hardware_flops_per_token"] / peak
                source = f"scripts/benchmark_gpu.py on {meter.name}"
                points.append(rates.Point(work.parameters, length, lora is not None, entry["share_of_peak"], source))
                if options.promises and length == options.lengths[0]:
                    kept = Path(scratch) / f"promises {slot}"
                    kept.mkdir()
                    with deterministic(meter.torch):
                        entry["promises"] = asyncio.run(promises(policy, options.dtype, lora, True, kept))
                results.append(entry)
                actor.shut(slot)
                actor.frozen.clear()
                del policy
                meter.reset()
        found = {
            "setting": {
                "device": meter.name,
                "torch": meter.torch.__version__,
                "dtype": options.dtype,
                "shape_changes": options.shape,
                "tokens_per_step": options.tokens,
                "repeats": options.repeats,
                "zero_stage": cluster.zero_stage,
                "gradient_checkpointing": cluster.gradient_checkpointing,
                "micro_batch_tokens": cluster.micro_batch_tokens,
                "logits_chunk_tokens": cluster.logits_chunk_tokens,
                "peak_flops": peak,
                "peak_source": "data sheet, dense bf16" if published else "measured product",
                "mfu": MFU,
                "peak_bytes": "torch's allocator" if meter.cuda else "largest resident set of the process so far",
            },
            "machine": {name: value for name, (value, _) in machine.items()},
            "training": results,
        }
        if options.decode:
            shape = named(options.models[-1]).with_changes(**options.shape)
            path = Path(scratch) / options.models[-1].replace("/", "_")
            found["decoding"] = decoding(shape, path, options.dtype, cluster, machine["memory_bandwidth"][0])
    actor.close()
    if options.write_rates:
        machine["matrix_flops"] = (peak, str(found["setting"]["peak_source"]))
        for name in ("decode_step_seconds", "decode_sequence_seconds", "decode_share"):
            if found.get("decoding", {}).get(name, 0) > 0:
                machine[name] = (found["decoding"][name], f"scripts/benchmark_gpu.py --decode on {meter.name}")
        rates.write(options.write_rates, options.device, meter.name, machine, points)
    return found


def parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", nargs="+", default=["Qwen/Qwen3-0.6B", "Qwen/Qwen2.5-1.5B"])
    parser.add_argument("--lengths", nargs="+", type=int, default=[2048, 8192, 24576], help="tokens of a sequence")
    parser.add_argument("--tokens", type=int, default=49_152, help="tokens of a step; at least one sequence")
    parser.add_argument("--micro-batch-tokens", type=int, default=24_576)
    parser.add_argument("--logits-chunk-tokens", type=int, default=4096)
    parser.add_argument("--zero-stage", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--device", choices=["cuda", "cpu"], default="cuda")
    parser.add_argument("--dtype", choices=["bfloat16", "float32"], default="bfloat16")
    parser.add_argument("--threads", type=int, default=4)
    parser.add_argument("--matrix", type=int, default=8192, help="rows of the plain operations' square matrices")
    parser.add_argument(
        "--shape", type=json.loads, default={}, help="changes of the shapes: '{\"num_hidden_layers\": 2}'"
    )
    parser.add_argument("--port", type=int, default=29_511, help="of the process group, on this machine")
    parser.add_argument("--scratch", type=Path, help="folder for model files; the system's temporary one by default")
    parser.add_argument("--no-promises", dest="promises", action="store_false")
    parser.add_argument("--decode", action="store_true", help="also the engine's decode rate; needs vLLM")
    parser.add_argument("--write-rates", type=Path, metavar="FILE", help="for rlve plan --rates FILE")
    return parser


if __name__ == "__main__":
    print(json.dumps(measure(parser().parse_args())))
