"""The seam's promises, kept by the reference and by the real cluster in its layouts.

A new check in rlve.promises is put to every layout here, and a new layout to every check whose needs it meets.
"""

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psutil
import pytest
import ray
from safetensors.numpy import load_file

from rlve import models, promises
from rlve.cluster import placement, weight_transfer
from rlve.cluster.cluster import Cluster, FolderSampler
from rlve.cluster.policy import ClusterPolicy
from rlve.config import AdamParams, ClusterConfig, LoraConfig, ModelConfig, SamplingParams
from rlve.local import LocalPolicy
from rlve.models.tiny import VOCABULARY
from rlve.policy import Measured, Policy, SyncError
from rlve.promises import CHECKS, PPO, Check, Need, Subject, distance
from rlve.types import Datum

CLUSTER = ClusterConfig(
    backend="ray",
    address=None,
    device="cpu",
    trainers=2,
    sequence_parallel=1,
    engines=0,
    tensor_parallel_size=1,
    colocate=False,
    zero_stage=0,
    offload_optimizer=False,
    offload_parameters=False,
    threads_per_trainer=1,
    threads_per_engine=1,
    micro_batch_tokens=48,
    packing=True,
    liger=False,
    logits_chunk_tokens=16,
    gradient_checkpointing=False,
    engine_sequences=16,
    engine_memory=1,
    engine_options={},
    sync_transport="auto",
    sync_bucket_mib=1,
    sync_timeout_seconds=60,
    trainer_resources={},
    engine_resources={},
    lora_sync="merged",
    engine_adapters=2,
    max_lora_rank=8,
)
CONTEXT = 128
STEP = AdamParams(learning_rate=1e-3)


@dataclass(frozen=True)
class Layout:
    """cluster None is LocalPolicy."""

    cluster: ClusterConfig | None
    lora: LoraConfig | None = None
    dtype: str = "float32"


def zero(stage: int, **changes: Any) -> ClusterConfig:
    padded = {"packing": False} if changes.get("sequence_parallel", 1) > 1 else {}
    return CLUSTER.model_copy(update={"zero_stage": stage, **padded, **changes})


LORA = LoraConfig(rank=4, train_unembed=False)
ADAPTERS, COLOCATED = "ZeRO 0, adapters, an engine", "ZeRO 3, LoRA, colocated, collective"
LAYOUTS = {
    # First and last of those in `make test`: the tests before and after the promises use them while they are open.
    # The tiny model ties its output layer, so that an adapter on it must stay one.
    ADAPTERS: Layout(zero(0, trainers=1, engines=1, lora_sync="adapter"), LoraConfig(rank=4)),
    "local": Layout(None),
    "local, LoRA": Layout(None, LoraConfig(rank=4)),
    "ZeRO 2, an engine": Layout(zero(2, engines=1)),
    COLOCATED: Layout(zero(3, engines=1, colocate=True, sync_transport="collective"), LORA),
    "ZeRO 0": Layout(zero(0)),
    "ZeRO 1": Layout(zero(1)),
    "ZeRO 3, activation checkpoints": Layout(zero(3, gradient_checkpointing=True)),
    "ZeRO 3, sequence parallel 2, LoRA, activation checkpoints": Layout(
        zero(3, sequence_parallel=2, gradient_checkpointing=True), LORA
    ),
    "ZeRO 0, one rank, padded": Layout(zero(0, trainers=1, packing=False)),
    "ZeRO 1, one rank, LoRA": Layout(zero(1, trainers=1), LORA),
    "ZeRO 2, one rank": Layout(zero(2, trainers=1)),
    "ZeRO 3, one rank": Layout(zero(3, trainers=1)),
    "ZeRO 0, LoRA": Layout(zero(0), LORA),
    "ZeRO 2, LoRA, two engines": Layout(zero(2, engines=2), LORA),
    "ZeRO 3, LoRA, an engine": Layout(zero(3, engines=1), LORA),
    "ZeRO 2, colocated": Layout(zero(2, engines=1, colocate=True)),
    "ZeRO 0, adapters, colocated": Layout(zero(0, engines=1, colocate=True, lora_sync="adapter"), LORA),
    "ZeRO 0, tensor parallel 2": Layout(zero(0, trainers=1, engines=1, tensor_parallel_size=2)),
    "ZeRO 0, adapters, tensor parallel 2": Layout(
        zero(0, trainers=1, engines=1, tensor_parallel_size=2, lora_sync="adapter"), LoraConfig(rank=4)
    ),
    "ZeRO 0, sequence parallel 2": Layout(zero(0, sequence_parallel=2)),
    "ZeRO 1, sequence parallel 2, LoRA": Layout(zero(1, sequence_parallel=2), LORA),
    "ZeRO 2, sequence parallel 2, an engine": Layout(zero(2, sequence_parallel=2, engines=1)),
    "ZeRO 3, sequence parallel 2": Layout(zero(3, sequence_parallel=2)),
    "ZeRO 1, optimizer offloaded": Layout(zero(1, offload_optimizer=True)),
    "ZeRO 2, optimizer offloaded, an engine": Layout(zero(2, offload_optimizer=True, engines=1)),
    "ZeRO 3, all offloaded, LoRA": Layout(zero(3, offload_optimizer=True, offload_parameters=True), LORA),
    "ZeRO 3, all offloaded": Layout(zero(3, offload_optimizer=True, offload_parameters=True)),
    "ZeRO 1, bfloat16": Layout(zero(1), None, "bfloat16"),
    "ZeRO 2, bfloat16, sequence parallel 2, an engine": Layout(
        zero(2, sequence_parallel=2, engines=1), None, "bfloat16"
    ),
    "ZeRO 3, bfloat16, all offloaded": Layout(
        zero(3, offload_optimizer=True, offload_parameters=True), None, "bfloat16"
    ),
    "ZeRO 3, bfloat16, LoRA": Layout(zero(3), LORA, "bfloat16"),
    "ZeRO 0, two engines, collective": Layout(zero(0, engines=2, sync_transport="collective")),
    "ZeRO 3, tensor parallel 2, collective": Layout(
        zero(3, engines=1, tensor_parallel_size=2, sync_transport="collective")
    ),
    "ZeRO 3, adapters, two engines": Layout(zero(3, engines=2, lora_sync="adapter"), LORA),
}
SLOW = list(LAYOUTS)[5:]


def offers(layout: Layout) -> frozenset[Need]:
    """What a check may ask of a tiny model in this layout."""
    samples = layout.cluster is None or layout.cluster.engines > 0
    found: set[Need] = {"oracle", "whole", "short", "engines" if samples else "trainer_only"}
    if layout.cluster is None or (layout.lora is not None and layout.cluster.lora_sync == "adapter"):
        found.add("versions")
    elif samples and not layout.cluster.colocate:
        found.add("in_flight")
    return frozenset(found)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    cache = str(tmp_path_factory.mktemp("cache"))
    return models.folder(
        ModelConfig(
            path="tiny",
            revision=None,
            dtype="float32",
            max_seq_len=CONTEXT,
            template="plain",
            template_kwargs={},
            system_prompt=None,
            base_template=None,
            think_end=None,
            marker="tags",
            shrunk=None,
            cache=cache,
        )
    )


@dataclass
class Opened:
    """A layout's policy, and where it was saved."""

    name: str
    policy: Policy
    start: Path


class Layouts:
    """Holds one layout's policy at a time, and the event loop that its calls run on."""

    def __init__(self, model: Path, folder: Path, runner: asyncio.Runner) -> None:
        self.model, self.folder, self.run = model, folder, runner.run
        self.opened: Opened | None = None

    def open(self, name: str) -> Opened:
        """The policy of this layout, opened if the last test's was another."""
        if self.opened is None or self.opened.name != name:
            self.close()
            if LAYOUTS[name].cluster is not None:
                connect()
            self.opened = Opened(name, self.run(open_policy(self.model, LAYOUTS[name])), self.folder / name)
            self.run(move(self.opened, LAYOUTS[name].dtype))
        return self.opened

    def close(self) -> None:
        if self.opened is not None:
            self.run(self.opened.policy.close())
        self.opened = None


def connect() -> None:
    """One Ray for all: it starts no faster than a layout's checks run."""
    if not ray.is_initialized():
        placement.connect(CLUSTER)


async def open_policy(model: Path, layout: Layout) -> Policy:
    if layout.cluster is None:
        return LocalPolicy(model, "float32", layout.lora, CONTEXT)
    return await ClusterPolicy.open(model, layout.dtype, layout.lora, CONTEXT, layout.cluster, balance_data=True)


async def move(opened: Opened, dtype: str) -> None:
    # A step first: the adapters of a fresh LoRA are zero, and so would be half of their gradient. Smaller in bfloat16,
    # whose rounding of the logits grows with them, and with it the distance to a reference in float32.
    await opened.policy.forward_backward(batch(seed=9), PPO)
    await opened.policy.optim_step(AdamParams(learning_rate=1e-2 if dtype == "float32" else 1e-3))
    await opened.policy.save_weights(str(opened.start))


@pytest.fixture(scope="module")
def layouts(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Layouts]:
    with asyncio.Runner() as runner:
        held = Layouts(model, tmp_path_factory.mktemp("start"), runner)
        yield held
        held.close()
    ray.shutdown()


def batch(seed: int = 0) -> list[Datum]:
    return promises.batch(VOCABULARY, seed=seed)


async def share_the_base(cluster: Cluster, folder: Path) -> None:
    """The second model trains between the first one's gradient and its step, and neither notices."""
    base = await FolderSampler.open(cluster, None)
    params = SamplingParams(max_tokens=12, seed=5)
    untrained = await base.sample([1, 2, 3], params, 2)
    alone, first, second = [await ClusterPolicy.join(cluster, LORA, True) for _ in range(3)]
    for policy in (alone, first, second):
        await policy.forward_backward(batch(), PPO)
        await policy.optim_step(STEP)
    await alone.forward_backward(batch(seed=1), PPO)
    await alone.optim_step(STEP)
    await first.forward_backward(batch(seed=1)[:3], PPO)
    await second.forward_backward(batch(seed=2), PPO)
    await second.optim_step(AdamParams(learning_rate=1e-1))
    await first.forward_backward(batch(seed=1)[3:], PPO)
    await first.optim_step(STEP)
    for name, policy in (("alone", alone), ("first", first)):
        await policy.save_weights(str(folder / name), merged=False)
    states = [load_file(folder / name / models.TRAINER_STATE) for name in ("alone", "first")]
    for name in states[0]:
        assert distance(states[0][name], states[1][name]) < 1e-4, name
    await first.save_weights_for_sampler(path=str(folder / "sampler"))
    await second.save_weights_for_sampler()
    saved = await FolderSampler.open(cluster, folder / "sampler")
    drawn = [await each.sample([1, 2, 3], params, 2) for each in (first, saved, second, base)]
    tokens = [[completion.tokens for completion in each] for each in drawn]
    assert tokens[0] == tokens[1]
    assert tokens[1] != tokens[2]
    assert drawn[3] == untrained
    # Every place for adapters is taken, and all are in one batch.
    together = await asyncio.gather(*(each.sample([1, 2, 3], params, 2) for each in (first, second, base)))
    mixed = [[completion.tokens for completion in each] for each in together]
    assert mixed == [tokens[0], tokens[2], tokens[3]]
    await first.close()
    assert await saved.sample([1, 2, 3], params, 2) == [
        replace(completion, policy_versions=[0] * len(completion.tokens)) for completion in drawn[0]
    ]
    await second.forward(batch(), PPO)
    for each in (saved, alone, second):
        await each.close()


@pytest.mark.parametrize("colocate", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_models_on_one_cluster_share_the_base_and_nothing_else(
    layouts: Layouts, model: Path, tmp_path: Path, colocate: bool
) -> None:
    connect()
    layout = zero(2, trainers=1, engines=1, colocate=colocate)

    async def run() -> None:
        cluster = await Cluster.open(model, "float32", CONTEXT, layout, adapters=True)
        try:
            await share_the_base(cluster, tmp_path)
        finally:
            await cluster.close()

    layouts.run(run())


def test_models_that_join_a_policys_cluster_share_the_base_and_nothing_else(layouts: Layouts, tmp_path: Path) -> None:
    policy = layouts.open(ADAPTERS).policy
    assert isinstance(policy, ClusterPolicy)
    layouts.run(share_the_base(policy.cluster, tmp_path))


@pytest.mark.parametrize(
    ("name", "check"),
    [
        pytest.param(name, check, marks=pytest.mark.slow if name in SLOW else (), id=f"{name}: {check.name}")
        for name, layout in LAYOUTS.items()
        for check in CHECKS.values()
        if check.needs <= offers(layout)
    ],
)
def test_a_layout_keeps_the_promise(name: str, check: Check, layouts: Layouts, model: Path, tmp_path: Path) -> None:
    opened, lora = layouts.open(name), LAYOUTS[name].lora

    async def put_to_the_test() -> str:
        # Each check finds the policy as it was when it was opened; any layout reads what any other wrote.
        await opened.policy.load_weights(str(opened.start))
        async with AsyncExitStack() as stack:
            oracle = None
            if "oracle" in check.needs:
                oracle = LocalPolicy(model, "float32", lora, CONTEXT)
                stack.push_async_callback(oracle.close)
                await oracle.load_weights(str(opened.start))
            return await check(
                Subject(
                    opened.policy,
                    LAYOUTS[name].dtype,
                    lora,
                    VOCABULARY,
                    CONTEXT,
                    opened.start,
                    tmp_path,
                    offers(LAYOUTS[name]),
                    reference=oracle,
                )
            )

    assert layouts.run(put_to_the_test())


@pytest.mark.parametrize(
    "name",
    [
        "any_split_of_the_data_gives_the_same_gradient",
        "a_loaded_policy_takes_the_same_next_step_bit_by_bit",
        "samples_change_only_by_a_sync_and_then_agree_with_the_trainer",
    ],
)
def test_the_reference_keeps_its_promises_in_bfloat16(name: str, model: Path, tmp_path: Path) -> None:
    async def run() -> str:
        policy, needs = LocalPolicy(model, "bfloat16", None, CONTEXT), CHECKS[name].needs
        try:
            return await CHECKS[name](Subject(policy, "bfloat16", None, VOCABULARY, CONTEXT, tmp_path, tmp_path, needs))
        finally:
            await policy.close()

    assert asyncio.run(run())


def test_a_colocated_engine_gives_memory_up_while_trainers_work(layouts: Layouts) -> None:
    policy, run = layouts.open(COLOCATED).policy, layouts.run
    run(policy.save_weights_for_sampler())
    # 16 completions at a time, of 2 KiB of keys and values a token.
    run(policy.sample([1, 2], SamplingParams(max_tokens=CONTEXT, seed=1, ignore_eos=True), 16))
    awake = engine_memory()
    run(policy.forward(batch(), PPO))
    assert engine_memory() < awake - 2 * 2**20


def test_samples_and_training_of_a_colocated_policy_wait_for_each_other(layouts: Layouts) -> None:
    policy = layouts.open(COLOCATED).policy

    async def all_at_once() -> list[Any]:
        await policy.save_weights_for_sampler()
        params = SamplingParams(max_tokens=12, seed=5)
        async with asyncio.timeout(60):
            return await asyncio.gather(
                policy.sample([1, 2], params, 2),
                policy.forward_backward(batch(), PPO),
                policy.sample([1, 2], params, 2),
                policy.forward(batch(), PPO),
                policy.sample([1, 2], params, 2),
            )

    first, _, second, _, third = layouts.run(all_at_once())
    # Log-probabilities may be rounded otherwise in other company.
    drawn = [[completion.tokens for completion in each] for each in (first, second, third)]
    assert drawn[0] == drawn[1] == drawn[2]
    layouts.run(policy.optim_step(STEP))
    peaks = layouts.run(policy.save_weights_for_sampler()).peak_bytes
    assert peaks.keys() == {"rollout", "train", "sync"}
    # Two trainers and an engine, with their libraries. DeepSpeed's default bucket would add 4 GB to each trainer.
    assert 2**28 < min(peaks.values()) < max(peaks.values()) < 6 * 2**30


def test_a_cluster_measures_its_devices_in_the_turns_that_they_have(layouts: Layouts) -> None:
    policy = layouts.open(COLOCATED).policy
    assert isinstance(policy, Measured)
    found = layouts.run(policy.limits())
    assert min(found.read_bytes_per_second, found.copy_bytes_per_second) > 0.2e9
    assert found.matrix_flops_per_second > 1e9


def engine_memory() -> int:
    """Resident bytes of the engines' own processes."""
    children = psutil.Process().children(recursive=True)
    return sum(child.memory_info().rss for child in children if "VLLM::EngineCore" in " ".join(child.cmdline()))


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        (COLOCATED, 1),
        pytest.param("ZeRO 0, tensor parallel 2", 2, marks=pytest.mark.slow),
        pytest.param("ZeRO 0, adapters, tensor parallel 2", 2, marks=pytest.mark.slow),
    ],
)
def test_every_part_of_an_engine_proves_what_it_loads(name: str, parts: int, layouts: Layouts) -> None:
    assert layouts.run(layouts.open(name).policy.save_weights_for_sampler()).workers == parts


def test_a_tensor_that_did_not_arrive_stops_the_run_by_name() -> None:
    with pytest.raises(SyncError, match=r"model\.norm\.weight"):
        weight_transfer.prove({"a": "1", "model.norm.weight": "2"}, {"a": "1", "model.norm.weight": "3"})
    with pytest.raises(SyncError, match=r"lm_head\.weight"):
        weight_transfer.prove({"lm_head.weight": "2"}, {})
    with pytest.raises(SyncError, match="other weights"):
        weight_transfer.prove_probe([-1.0, -2.0], [-1.0, -2.5], "float32")
