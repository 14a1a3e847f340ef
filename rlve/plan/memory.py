"""Bytes on each GPU and in each node's memory, per phase of a round, and which key to change where they do not fit.

The formulas are in docs/plan.md. They name what DeepSpeed and vLLM keep; the sizes of DeepSpeed's buffers are its
defaults, or what fills them where that is less.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from rlve.cluster.memory import BUCKET_NUMBERS
from rlve.config import ClusterConfig, TrainConfig
from rlve.plan.batch import Batch
from rlve.plan.layout import Layout
from rlve.plan.rates import Rates
from rlve.plan.work import Work

GIB = 2**30
LIVE_NUMBERS = 1_000_000_000  # DeepSpeed's stage3_max_live_parameters
CUDA_BYTES = int(1.5 * GIB)  # context, kernels and NCCL's buffers of a process
ENGINE_BYTES = 2 * GIB  # of vLLM beside weights and cache: profiled activations and CUDA graphs
FULL_PRECISION = 4


@dataclass(frozen=True)
class Device:
    """One GPU, or on a CPU one process's part of memory. phases: phase → part → bytes."""

    role: str
    count: int
    limit: int
    phases: Mapping[str, Mapping[str, int]]

    def total(self, phase: str) -> int:
        return sum(self.phases[phase].values())

    @property
    def peak(self) -> int:
        return max(map(self.total, self.phases))


@dataclass(frozen=True)
class Cache:
    """Room for keys and values in one engine."""

    bytes: int
    bytes_per_token: int
    tokens: int
    sequences: int
    sequences_at_full_length: float


@dataclass(frozen=True)
class Memory:
    """node: part → bytes in the memory of the fullest node; faults: what will not fit, and the key to change."""

    devices: list[Device]
    cache: Cache
    node: Mapping[str, int]
    faults: list[str]
    warnings: list[str]


def trainer_state(work: Work, zero_stage: int, ranks: int) -> dict[str, int]:
    """What a trainer's GPU keeps from step to step, in bytes, once Adam has its moments and a gradient is pending.

    Stage 0 holds everything whole. Stages 1 and 2 keep float32 masters, moments and the pending gradient of a share of
    the trained weights; stage 3 also a share only of the weights.
    """
    shares = ranks if zero_stage else 1
    masters = work.trained * FULL_PRECISION // shares if zero_stage else 0
    return {
        "weights": work.parameters * work.width // (ranks if zero_stage == 3 else 1),
        "gradient": work.trained * FULL_PRECISION // shares,
        "masters": masters,
        "moments": 2 * work.trained * FULL_PRECISION // shares,
    }


def layer_activations(work: Work) -> int:
    """Bytes that the backward pass of one layer needs per token: inputs of matrix products, norms, the attention.

    Norms are computed in float32, of which the input and its normalised form are kept.
    """
    shape, width = work.shape, work.width
    queries, keys = shape.num_attention_heads * shape.head_dim, shape.num_key_value_heads * shape.head_dim
    norms = shape.family.norms_per_layer * shape.hidden_size * (2 * FULL_PRECISION + width)
    attention = (3 * queries + 3 * keys) * width  # projected, rotated, and the output
    mlp = 4 * shape.intermediate_size * width  # gate, its activation, up, their product
    return norms + attention + mlp + 2 * shape.hidden_size * width


def activations(work: Work, tokens: int, checkpointing: bool) -> int:
    """Of a micro-batch: every layer's, or with checkpointing the input of each and one layer's in full."""
    layers = work.shape.num_hidden_layers
    if not checkpointing:
        return tokens * layers * layer_activations(work)
    return tokens * (layers * work.shape.hidden_size * work.width + layer_activations(work))


def logits(work: Work, tokens: int) -> int:
    """Of one chunk: the logits, their float32 form and the gradients of both, at the peak of the backward pass."""
    return tokens * work.shape.vocab_size * (4 * FULL_PRECISION + work.width)


def unpacked(work: Work, tokens: int, checkpointing: bool, repeats: float, longest: int) -> int:
    """What attention over packed rows keeps: keys and values for all heads, behind every branch its trunk's; a mask."""
    layers = 1 if checkpointing else work.shape.num_hidden_layers
    copies = 2 * layers * work.shape.num_attention_heads * work.shape.head_dim * work.width
    # As booleans, and as the attention adds it; up to half of what is computed together may be padding.
    masks = 2 * min(tokens, longest) * (1 + work.width)
    return round(tokens * (repeats * copies + masks))


def transient(work: Work, cluster: ClusterConfig, tokens: int, repeats: float, longest: int) -> dict[str, int]:
    """What a trainer's GPU needs for a micro-batch of `tokens` padded tokens, beside its state.

    repeats: how often attention has a token's key; longest: tokens of the longest datum.
    """
    parts = {
        "activations": activations(work, tokens, cluster.gradient_checkpointing),
        "logits chunk": logits(work, min(tokens, cluster.logits_chunk_tokens)),
    }
    if cluster.packing:
        parts["unpacked attention"] = unpacked(work, tokens, cluster.gradient_checkpointing, repeats, longest)
    if cluster.zero_stage:
        parts["reduction bucket"] = min(BUCKET_NUMBERS, work.trained) * FULL_PRECISION
    if cluster.zero_stage == 3:
        parts["gathered weights"] = min(work.parameters, LIVE_NUMBERS) * work.width
    return parts


def memory(config: TrainConfig, work: Work, batch: Batch, rates: Rates, placed: Layout, host_bytes: int) -> Memory:
    """host_bytes: of a node's memory, 0 where it is not known."""
    cluster = config.cluster
    on_gpu = cluster.device == "cuda"
    limit = int(rates["memory_bytes"]) if on_gpu else host_bytes
    state = trainer_state(work, cluster.zero_stage, cluster.trainers)
    # What is offloaded stays in the node's memory, gradients beside the optimizer that takes them.
    offloaded = {
        part: state.pop(part)
        for part, away in (
            ("masters", cluster.offload_optimizer),
            ("moments", cluster.offload_optimizer),
            ("gradient", cluster.offload_optimizer),
            ("weights", cluster.offload_parameters),
        )
        if away
    }
    overhead = {"process": CUDA_BYTES} if on_gpu else {}
    kept = {part: size for part, size in state.items() if part != "gradient"}
    gathered = {"gathered weights": min(work.parameters, LIVE_NUMBERS) * work.width} if cluster.zero_stage == 3 else {}
    # A datum longer than the budget has a micro-batch to itself.
    group_tokens = max(min(cluster.group_tokens, batch.padded_tokens), batch.longest)
    computing = transient(
        work, cluster, -(-group_tokens // cluster.sequence_parallel), batch.key_repeats, batch.longest
    )
    trainer = Device(
        "trainer",
        cluster.trainers,
        limit,
        {
            "rollout": overhead if cluster.colocate else {**overhead, **kept},
            "train": {**overhead, **state, **computing},
            "sync": {**overhead, **kept, **gathered},
        },
    )
    cache, engine = _engine(config, work, limit, on_gpu)
    node = _node(config, work, trainer, engine, placed)
    if offloaded:
        node["offloaded by trainers"] = sum(offloaded.values()) * -(-cluster.trainers // placed.nodes)
    if cluster.colocate:
        node["trainers put aside"] = sum(kept.values()) * -(-cluster.trainers // placed.nodes)
        node["engines asleep"] = work.weight_bytes * -(-cluster.engines // placed.nodes)
    faults, warnings = _faults(config, work, batch, [trainer, engine], cache, node, host_bytes)
    return Memory([trainer, engine], cache, node, faults, warnings)


def _engine(config: TrainConfig, work: Work, limit: int, on_gpu: bool) -> tuple[Cache, Device]:
    """Of one part of an engine, of which it has tensor_parallel_size."""
    cluster, parts = config.cluster, config.cluster.tensor_parallel_size
    beside = {"process": CUDA_BYTES, "engine": ENGINE_BYTES} if on_gpu else {}
    weights = work.weight_bytes // parts
    # A share of the GPU, of which the cache gets what is left; on a CPU its own size in whole GiB.
    room = (
        int(cluster.engine_memory * limit) - weights - sum(beside.values())
        if on_gpu
        else max(1, round(cluster.engine_memory)) * GIB
    )
    room = max(0, room)
    # A part has its share of the key heads, at least one.
    tokens = room * min(parts, work.shape.num_key_value_heads) // work.kv_bytes
    cache = Cache(room, work.kv_bytes, tokens, cluster.engine_sequences, tokens / config.model.max_seq_len)
    awake = {**beside, "weights": weights, "KV cache": room}
    phases = {"rollout": awake, "train": awake, "sync": awake}
    if cluster.colocate:
        asleep = {"process": CUDA_BYTES} if on_gpu else {}
        phases = {"rollout": awake, "train": asleep, "sync": {**beside, "weights": weights}}
    return cache, Device("engine", cluster.engines * parts, limit, phases)


def synced_bytes(config: TrainConfig, work: Work) -> int:
    """Of one weight sync: the adapter's tensors, or all weights and a tied output layer by its own name."""
    if work.lora is not None and config.cluster.lora_sync == "adapter":
        return work.trained * work.width
    tied = work.shape.parameter_counts()["embedding"] * work.width if work.shape.tie_word_embeddings else 0
    return work.weight_bytes + tied


def by_collective(config: TrainConfig, placed: Layout) -> bool:
    """Whole weights go through shared memory where one node has all actors, unless the configuration says otherwise."""
    transport = config.cluster.sync_transport
    return transport == "collective" or (transport == "auto" and placed.nodes > 1)


def _node(config: TrainConfig, work: Work, trainer: Device, engine: Device, placed: Layout) -> dict[str, int]:
    """The first node during a sync: whole weights are there twice by rank 0, merged and as the file's bytes, and once
    more in the file; a collective has buckets of them.
    """
    sent = synced_bytes(config, work)
    if by_collective(config, placed):
        parts = {"buckets": 2 * min(sent, config.cluster.sync_bucket_mib * 2**20)}
    else:
        parts = {
            "rank 0, gathered": 2 * sent,
            "/dev/shm": sent,
            "engines reading": sent * min(config.cluster.engines, 1),
        }
    if config.cluster.device == "cpu":
        parts["trainers"] = trainer.peak * trainer.count
        parts["engines"] = engine.peak * engine.count
    return parts


def _faults(
    config: TrainConfig,
    work: Work,
    batch: Batch,
    devices: list[Device],
    cache: Cache,
    node: Mapping[str, int],
    host_bytes: int,
) -> tuple[list[str], list[str]]:
    cluster = config.cluster
    faults: list[str] = []
    warnings: list[str] = []
    trainer, engine = devices
    if cluster.colocate and cluster.device == "cuda":
        for phase in trainer.phases:
            together = trainer.total(phase) + engine.total(phase)
            if together > trainer.limit >= trainer.peak:
                faults.append(
                    f"trainer and engine together need {gib(together)} of {gib(trainer.limit)} during {phase}: lower "
                    f"cluster.engine_memory ({cluster.engine_memory})"
                )
    if cluster.device == "cuda" and trainer.peak > trainer.limit:
        parts = trainer.phases["train"]
        most = max(parts, key=parts.__getitem__)
        faults.append(
            f"a trainer needs {gib(trainer.peak)} of {gib(trainer.limit)}, most of it {most}: {_remedy(config, most)}"
        )
    if cluster.device == "cpu" and host_bytes and sum(node.values()) > host_bytes:
        faults.append(
            f"the node needs {gib(sum(node.values()))} of {gib(host_bytes)} memory: lower cluster.trainers, "
            "cluster.engine_memory or cluster.micro_batch_tokens"
        )
    if cluster.engines:
        if cache.tokens < config.model.max_seq_len:
            faults.append(
                f"an engine's cache holds {cache.tokens} tokens and a sequence may have {config.model.max_seq_len}: "
                "raise cluster.engine_memory, or lower model.max_seq_len"
            )
        elif cache.tokens < cluster.engine_sequences * (batch.prompt_tokens + batch.response_tokens):
            fit = int(cache.tokens / (batch.prompt_tokens + batch.response_tokens))
            warnings.append(
                f"an engine's cache holds {fit} sequences of mean length, cluster.engine_sequences is "
                f"{cluster.engine_sequences}: the rest wait"
            )
    cap = config.rlve.rollout_max_response_len
    if cap > config.model.max_seq_len - batch.prompt_tokens:
        warnings.append(
            f"rlve.rollout_max_response_len {cap} and a prompt of {batch.prompt_tokens} tokens exceed "
            f"model.max_seq_len {config.model.max_seq_len}: completions end earlier"
        )
    if config.model.max_seq_len > work.shape.max_position_embeddings:
        warnings.append(
            f"model.max_seq_len {config.model.max_seq_len} exceeds the model's own {work.shape.max_position_embeddings}"
        )
    return faults, warnings


def _remedy(config: TrainConfig, part: str) -> str:
    cluster = config.cluster
    if part == "logits chunk":
        return f"lower cluster.logits_chunk_tokens ({cluster.logits_chunk_tokens})"
    if part == "unpacked attention":
        return f"lower cluster.micro_batch_tokens ({cluster.micro_batch_tokens})"
    if part == "activations":
        if not cluster.gradient_checkpointing:
            return "set cluster.gradient_checkpointing=true"
        return (
            f"lower cluster.micro_batch_tokens ({cluster.micro_batch_tokens}) and rlve.rollout_max_response_len "
            f"({config.rlve.rollout_max_response_len})"
        )
    if cluster.zero_stage < 3 and cluster.trainers > 1:
        return f"set cluster.zero_stage={3 if part == 'weights' or cluster.zero_stage == 2 else 2}"
    return "raise cluster.trainers or train adapters (lora=rank32)"


def gib(size: float) -> str:
    return f"{size / GIB:.1f} GiB" if size >= GIB / 10 else f"{size / 2**20:.1f} MiB"
