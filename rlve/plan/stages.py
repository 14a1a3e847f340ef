"""Predicted seconds of each stage of a round, by bandwidth and FLOPs; docs/plan.md has the formulas."""

from dataclasses import dataclass
from itertools import cycle
from random import Random

from rlve.config import TrainConfig
from rlve.off_policy import one_pass
from rlve.plan.batch import Assumptions, Batch
from rlve.plan.decoding import Demand, Engine, Sampled, simulate
from rlve.plan.layout import Layout
from rlve.plan.lengths import lengths
from rlve.plan.memory import Memory, by_collective, synced_bytes
from rlve.plan.rates import Rate, Rates
from rlve.plan.work import Work

DRAWN = 4096  # lengths that the simulation goes through again and again
FULL_PRECISION = 4
DIGEST_THREADS = 4  # as rlve.cluster.weight_transfer
STEP_BYTES = 30  # an Adam step reads and writes masters and moments, reads the gradient, writes weights


@dataclass(frozen=True)
class Stage:
    """seconds: of a mean round. parts: what they are made of."""

    seconds: float
    parts: dict[str, float]


@dataclass(frozen=True)
class Seconds:
    """Every stage of a mean round; used: the rates that decided, by name."""

    stages: dict[str, Stage]
    round: float
    run_hours: float
    device_hours: float
    generated_tokens: float
    generated_tokens_per_second: float
    trained_tokens_per_second: float
    mfu: float
    decode_batch: float
    finished_groups: float
    fetches: float
    preempted: float
    used: dict[str, Rate]

    @property
    def shares(self) -> dict[str, float]:
        return {name: stage.seconds / self.round for name, stage in self.stages.items()}


def seconds(
    config: TrainConfig, work: Work, batch: Batch, assumed: Assumptions, memory: Memory, rates: Rates, placed: Layout
) -> Seconds:
    """Device-hours are GPUs', or cores'."""
    engine, sampled = rollout(config, work, batch, assumed, memory, rates)
    generated = sampled.tokens * config.cluster.engines
    stages = {
        "rollout": Stage(sampled.seconds, {"decode and prefill": sampled.seconds}),
        "train": train(config, work, batch, rates),
        "sync": sync(config, work, memory, rates, placed),
        "checkpoint": checkpoint(work, batch, rates),
        "evaluation": evaluation(config, batch, engine),
    }
    one = sum(stage.seconds for stage in stages.values())
    if config.rollout.max_policy_lag:
        # Generation goes on while the trainer works; the slower of the two sets the pace.
        one -= min(stages["rollout"].seconds, stages["train"].seconds)
    train_seconds = stages["train"].seconds
    trained = batch.round_tokens * config.loss.epochs
    peak = rates["matrix_flops"] * threads(config, "trainer") * config.cluster.trainers
    names = ("matrix_flops", "memory_bandwidth", "decode_share", "decode_step_seconds", "decode_sequence_seconds")
    used = {name: rates.rates[name] for name in (*names, "prefill_share")}
    used["train_share"] = rates.train_share(work.parameters, batch.context, work.lora is not None)
    more = (
        "link_bandwidth",
        "network_bandwidth",
        "host_bandwidth",
        "copy_bandwidth",
        "digest_bandwidth",
        "disk_bandwidth",
        "sync_seconds",
    )
    used |= {name: rates.rates[name] for name in more}
    hours = one * batch.rounds / 3600
    return Seconds(
        stages=stages,
        round=one,
        run_hours=hours,
        device_hours=hours * (placed.gpus or placed.cpus),
        generated_tokens=generated,
        generated_tokens_per_second=generated / sampled.seconds if sampled.seconds else 0.0,
        trained_tokens_per_second=trained / train_seconds,
        mfu=trained * work.train_flops(batch.context) / train_seconds / peak,
        decode_batch=sampled.batch_mean,
        finished_groups=sampled.finished * config.cluster.engines,
        fetches=sampled.fetches,
        preempted=sampled.preempted,
        used=used,
    )


def threads(config: TrainConfig, role: str) -> int:
    """By which rates of one core are multiplied; 1 on GPUs."""
    cluster = config.cluster
    if cluster.device == "cuda":
        return 1
    return cluster.threads_per_trainer if role == "trainer" else cluster.threads_per_engine


def rollout(
    config: TrainConfig, work: Work, batch: Batch, assumed: Assumptions, memory: Memory, rates: Rates
) -> tuple[Engine, Sampled]:
    """One engine's round: groups are shared out evenly, so that all take as long."""
    rlve, cores = config.rlve, threads(config, "engine")
    parts = config.cluster.tensor_parallel_size
    bandwidth = rates["memory_bandwidth"] * cores * parts * rates["decode_share"]
    flops = rates["matrix_flops"] * cores * parts * rates["prefill_share"]
    forward = work.forward_flops(int(batch.prompt_tokens + batch.response_tokens))
    engine = Engine(
        fixed_seconds=rates["decode_step_seconds"],
        sequence_seconds=rates["decode_sequence_seconds"],
        weight_seconds=work.weight_bytes / bandwidth,
        token_seconds=work.kv_bytes / bandwidth,
        flops_seconds=forward / flops,
        prefill_seconds=forward / flops,
        kv_tokens=max(1, memory.cache.tokens),
        sequences=config.cluster.engine_sequences,
    )
    engines = max(1, config.cluster.engines)
    demand = Demand(
        wanted=rlve.rollout_batch_size / engines,
        fetched=rlve.over_sampling_batch_size / engines,
        samples=rlve.n_samples_per_prompt,
        prompt_tokens=batch.prompt_tokens,
        useful_share=assumed.useful_share,
        partial=rlve.partial_rollout,
        carry_rounds=config.rollout.max_carry_rounds,
    )
    cap = batch.longest - batch.prompt_tokens
    drawn = lengths(batch.response_tokens, cap, DRAWN, Random(config.seed))
    return engine, simulate(engine, demand, cycle(drawn))


def train(config: TrainConfig, work: Work, batch: Batch, rates: Rates) -> Stage:
    """The busiest rank's padded tokens, the traffic between ranks, and the optimizer's own step."""
    cluster, ranks, split = config.cluster, config.cluster.trainers, config.cluster.sequence_parallel
    tokens = batch.padded_tokens / split
    chunked = min(batch.padded_tokens, max(cluster.group_tokens, batch.longest)) / split > cluster.logits_chunk_tokens
    flops = tokens * work.hardware_flops(batch.context, cluster.gradient_checkpointing, chunked)
    share = rates.train_share(work.parameters, batch.context, work.lora is not None).value
    speed = rates["matrix_flops"] * threads(config, "trainer") * share
    parts = {"forward and backward": flops / speed}
    if config.loss.kl_coefficient:
        parts["reference"] = tokens * work.forward_flops(batch.context) / speed
    old, correction = config.loss.off_policy(config.rollout.max_policy_lag)
    if old == "recompute" and one_pass(config.loss, correction, config.rollout.temperature) is None:
        parts["old log-probabilities"] = tokens / config.loss.epochs * work.forward_flops(batch.context) / speed
    if ranks > 1:
        parts["between ranks"] = _traffic(config, work, batch) / rates["link_bandwidth"]
    if split > 1:
        # Queries, keys, values and the output change hands, forward, backward and where the layers are computed again.
        shape = work.shape
        heads = 2 * shape.num_attention_heads + 2 * shape.num_key_value_heads
        passes = 3 if cluster.gradient_checkpointing else 2
        size = tokens * shape.num_hidden_layers * heads * shape.head_dim * work.width * passes
        parts["sequence slices"] = size * (split - 1) / split / rates["link_bandwidth"]
    shares = ranks if cluster.zero_stage else 1
    if cluster.offload_optimizer:
        moved = (FULL_PRECISION + work.width) * work.trained / shares
        parts["optimizer"] = (
            STEP_BYTES * work.trained / shares / rates["copy_bandwidth"] + moved / rates["host_bandwidth"]
        )
    else:
        bandwidth = rates["memory_bandwidth"] * threads(config, "trainer")
        parts["optimizer"] = STEP_BYTES * work.trained / shares / bandwidth
    if cluster.offload_parameters:
        fetched = 2 * work.parameters * work.width / shares * batch.micro_batches
        parts["offloaded weights"] = fetched / rates["host_bandwidth"]
    parts = {part: each * batch.steps_per_round for part, each in parts.items()}
    return Stage(sum(parts.values()), parts)


def _traffic(config: TrainConfig, work: Work, batch: Batch) -> float:
    """Bytes that a rank sends in a step. Stages 1 to 3 reduce at every micro-batch, stage 0 at the step; stage 3 also
    fetches weights, forward and backward.
    """
    stage, ranks = config.cluster.zero_stage, config.cluster.trainers
    gradient = 2 * FULL_PRECISION * work.trained if stage == 0 else FULL_PRECISION * work.trained
    traffic = gradient * (batch.micro_batches if stage else 1)
    if stage == 3:
        traffic += 2 * work.parameters * work.width * batch.micro_batches
    elif stage:
        traffic += work.trained * work.width
    return traffic * (ranks - 1) / ranks


def sync(config: TrainConfig, work: Work, memory: Memory, rates: Rates, placed: Layout) -> Stage:
    """Rank 0 gathers, digests and hands on; the engines take, digest and load side by side.

    Through shared memory one end follows the other; by a collective both digest at once. Colocated, trainers and
    engines also change places.
    """
    size = synced_bytes(config, work)
    digests = size / (rates["digest_bandwidth"] * DIGEST_THREADS)
    if by_collective(config, placed):
        link = rates["network_bandwidth" if placed.nodes > 1 else "link_bandwidth"]
        parts = {
            "collective": size / link,
            "device to host, for digests": size / rates["host_bandwidth"],
            "digests": digests,
        }
    else:
        parts = {
            "trainer to host": size / rates["host_bandwidth"],
            "digests of both ends": 2 * digests,
            "file": 2 * size / rates["copy_bandwidth"],
            "host to engines": size / rates["host_bandwidth"],
        }
    if config.cluster.colocate and placed.gpus:
        trainer, engine = memory.devices
        kept = trainer.total("sync") - trainer.total("rollout") + engine.phases["sync"]["weights"]
        parts["taking turns"] = 2 * kept / rates["host_bandwidth"]
    parts["calls and probe"] = rates["sync_seconds"]
    return Stage(sum(parts.values()), parts)


def checkpoint(work: Work, batch: Batch, rates: Rates) -> Stage:
    """A model folder, and float32 weights with both moments, by rank 0; per round on average."""
    size = work.weight_bytes + 3 * FULL_PRECISION * work.trained
    each = size / rates["host_bandwidth"] + size / rates["disk_bandwidth"]
    mean = each * batch.checkpoints / max(1, batch.rounds)
    return Stage(mean, {"each": each, "bytes each": float(size)})


def evaluation(config: TrainConfig, batch: Batch, engine: Engine) -> Stage:
    """Problems of mean length side by side, as full as the engine gets; per round on average."""
    problems = batch.evaluation_problems / max(1, config.cluster.engines)
    if not problems:
        return Stage(0.0, {"each": 0.0})
    count = int(max(1, min(problems, engine.sequences)))
    length = max(1, int(batch.response_tokens))
    waves = -(-problems // count)
    each = waves * engine.seconds(length, count, count * batch.prompt_tokens)
    return Stage(each * batch.evaluations / max(1, batch.rounds), {"each": each})
