"""The formula of a trainer's memory is the bytes of its own tensors; the benchmark runs where there is no GPU."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from rlve.plan import rates

SCRIPTS = Path(__file__).parents[2] / "scripts"
SMALL = {
    "num_hidden_layers": 2,
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 16,
    "vocab_size": 2048,
}

BYTES = """
import json, sys
from pathlib import Path

sys.path.insert(0, sys.argv[1])
import benchmark_gpu as benchmark
from rlve.cluster.trainer_actor import TrainerActor
from rlve.cluster.trainer import TrainerPlace
from rlve.config import AdamParams, LoraConfig
from rlve.models import made
from rlve.models.shapes import named
from rlve.plan.memory import trainer_state
from rlve.plan.work import Work


def size(tensors):
    return sum({t.untyped_storage().data_ptr(): t.numel() * t.element_size() for t in tensors}.values())


def held(trainer, stage):
    optimizer = trainer.optimizer
    parameters = [getattr(p, "ds_tensor", p.data) for p in trainer.model.parameters()]
    inner = optimizer if stage == 0 else optimizer.optimizer
    if stage == 0:
        gradients, masters = [p.grad for p in trainer.parameters.values()], []
    else:
        groups = [optimizer.averaged_gradients, getattr(optimizer, "all_grad_tensors", {})]
        gradients = [g for held in groups for group in held.values() if group for g in group if g is not None]
        masters = optimizer.fp32_partitioned_groups_flat if stage == 3 else optimizer.single_partition_of_fp32_groups
    return {
        "weights": sum(t.numel() * t.element_size() for t in {t.data_ptr(): t for t in parameters}.values()),
        "gradient": sum(t.numel() * t.element_size() for t in {t.data_ptr(): t for t in gradients}.values()),
        "masters": size(masters),
        "moments": size([s[k] for s in inner.state.values() for k in ("exp_avg", "exp_avg_sq")]),
    }


shape = named("Qwen/Qwen3-0.6B").with_changes(**json.loads(sys.argv[2]))
actor = None
for slot, (stage, dtype, rank) in enumerate(json.loads(sys.argv[3])):
    changes = {"zero_stage": stage, "gradient_checkpointing": False, "threads_per_trainer": 1}
    cluster = benchmark.cluster_config("cpu", **changes)
    if actor is None:
        actor = TrainerActor(cluster)
        actor.join(TrainerPlace(0, 1, 0, 1, "127.0.0.1", int(sys.argv[5])))
    actor.cluster = cluster
    actor.frozen.clear()
    lora = LoraConfig(rank=rank, train_unembed=False) if rank else None
    path = made.shrunk(shape, Path(sys.argv[4]) / f"{dtype}", dtype=dtype)
    policy = benchmark.OneRank(actor, slot, path, dtype, lora)
    data = benchmark.batch(policy.vocabulary_size, 32, 64)
    for step in range(2):
        policy._compute(data, benchmark.LOSS, backward=True)
        found = held(actor.slots[slot], stage) if step else {}
        actor.call(slot, "optim_step", AdamParams(learning_rate=1e-4))
    print(json.dumps([found, trainer_state(Work(shape, dtype, lora), stage, 1)]), flush=True)
    actor.shut(slot)
"""


def port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def output_of(*arguments: str) -> list[str]:
    environment = {**os.environ, "DS_ACCELERATOR": "cpu", "OMP_NUM_THREADS": "1"}
    done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout.splitlines()


@pytest.mark.slow
def test_a_trainers_tensors_have_the_planned_bytes(tmp_path: Path) -> None:
    layouts = [(0, "float32", 0), (2, "float32", 0), (2, "bfloat16", 0), (3, "bfloat16", 0), (2, "bfloat16", 4)]
    lines = output_of("-c", BYTES, str(SCRIPTS), json.dumps(SMALL), json.dumps(layouts), str(tmp_path), port())
    compared = [json.loads(line) for line in lines if line.startswith("[{")]
    assert len(compared) == len(layouts)
    for layout, (found, planned) in zip(layouts, compared, strict=True):
        assert found == planned, layout


@pytest.mark.slow
def test_the_gpu_benchmark_measures_keeps_promises_and_writes_rates_that_a_plan_takes(tmp_path: Path) -> None:
    from rlve.plan.plan import Options, plan

    file = tmp_path / "rates.json"
    (line,) = [
        line
        for line in output_of(
            str(SCRIPTS / "benchmark_gpu.py"),
            *("--device", "cpu", "--models", "Qwen/Qwen3-0.6B", "--shape", json.dumps(SMALL), "--threads", "1"),
            *("--lengths", "64", "128", "--tokens", "256", "--micro-batch-tokens", "256", "--repeats", "1"),
            *("--logits-chunk-tokens", "64", "--matrix", "256", "--port", port()),
            *("--scratch", str(tmp_path), "--write-rates", str(file)),
        )
        if line.startswith("{")
    ]
    found = json.loads(line)
    assert [(each["lora_rank"], each["length"]) for each in found["training"]] == [
        (None, 64),
        (None, 128),
        (32, 64),
        (32, 128),
    ]
    for each in found["training"]:
        assert each["tokens_per_second"] > 0
        assert 0 < each["mfu"] <= each["share_of_peak"]
        assert each["peak_bytes"] > 0 < each["planned_bytes"]
    kept = [each["promises"] for each in found["training"] if "promises" in each]
    assert len(kept) == 2
    for promises in kept:
        assert len(promises) == 5
        assert all(result.startswith("kept") for result in promises.values()), promises
    measured = plan(["experiment=quickstart"], Options(rates=file))
    assert measured.seconds.used["train_share"].basis == "measured"
    assert measured.rates.device == "cpu"


def test_rates_of_another_device_or_format_are_refused(tmp_path: Path) -> None:
    from rlve.config import ConfigError

    file = tmp_path / "rates.json"
    point = rates.Point(10**9, 8192, False, 0.4, "a test")
    rates.write(file, "cuda", "H100", {"matrix_flops": (9e14, "a test")}, [point])
    read = rates.read("cuda", file)
    assert (read["matrix_flops"], read.rates["matrix_flops"].basis) == (9e14, "measured")
    assert read.rates["memory_bandwidth"].basis == "published"
    assert read.train_share(2 * 10**9, 100, lora=True).value == 0.4
    with pytest.raises(ConfigError, match="measured on cuda"):
        rates.read("cpu", file)
    for faulty in ({"format": 0}, {"rates": {"speed": {"value": 1, "source": ""}}}, {"points": [{}]}):
        (tmp_path / "faulty.json").write_text(json.dumps({**json.loads(file.read_text()), **faulty}))
        with pytest.raises(ConfigError, match="--rates"):
            rates.read("cuda", tmp_path / "faulty.json")


def test_a_trainer_and_what_it_syncs_by_need_neither_ray_nor_vllm() -> None:
    code = (
        "import sys, rlve.cluster.trainer, rlve.cluster.trainer_actor, rlve.cluster.weight_transfer; "
        "print([name for name in ('ray', 'vllm') if name in sys.modules])"
    )
    assert output_of("-c", code)[-1] == "[]"
