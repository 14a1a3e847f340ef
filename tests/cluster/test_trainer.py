"""Trainer ranks without Ray: groups that share sequences, layouts of many ranks, bfloat16 with float32 masters."""

import asyncio
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from rlve import models
from rlve.cluster import sequence_parallel
from rlve.config import AdamParams, ConfigError
from rlve.models import tiny
from rlve.models.made import shrunk
from rlve.promises.check import GRADIENT, PPO, batch, distance
from tests.test_promises import CONTEXT, zero
from tests.trainer_ranks import Ranks, trainer_ranks

# Windows of 8 and batches of up to 24 tokens: most rows are longer than what a sliding layer sees.
FAMILIES: dict[str, dict[str, Any]] = {
    "Qwen/Qwen2.5-1.5B": {"hidden_size": 192, "num_attention_heads": 12, "num_key_value_heads": 2},
    "Qwen/Qwen3-0.6B": {"num_attention_heads": 8, "num_key_value_heads": 8},
    "meta-llama/Llama-3.2-1B": {"num_attention_heads": 4, "num_key_value_heads": 1},
    "google/gemma-3-1b-pt": {"num_attention_heads": 4, "num_key_value_heads": 1, "sliding_window": 8},
}

DATA = batch(1280)


def small(name: str, folder: Path) -> Path:
    return shrunk(
        name,
        folder / "model",
        **{
            "hidden_size": 64,
            "intermediate_size": 128,
            "num_hidden_layers": 2,
            "head_dim": 16,
            "vocab_size": 1280,
            "max_position_embeddings": CONTEXT,
            **FAMILIES[name],
        },
    )


def saved(ranks: Ranks, folder: Path) -> dict[str, torch.Tensor]:
    ranks.call("save", str(folder), True)
    return load_file(folder / models.TRAINER_STATE)


def flat(state: dict[str, torch.Tensor], kind: str) -> Any:
    return np.concatenate([state[name].numpy().ravel() for name in sorted(state) if name.endswith(f"|{kind}")])


def reference(path: Path, folder: Path, start: Path | None = None) -> tuple[Any, list[Any]]:
    """LocalPolicy's gradient and log-probabilities of DATA, from the weights in `start` or its own."""
    from rlve.local import LocalPolicy

    async def run() -> list[Any]:
        policy = LocalPolicy(path, "float32", None, CONTEXT)
        if start is not None:
            await policy.load_weights(str(start))
        found = await policy.forward_backward(DATA, PPO)
        await policy.optim_step(GRADIENT)
        await policy.save_weights(str(folder))
        await policy.close()
        return list(found.logprobs)

    logprobs = asyncio.run(run())
    return flat(load_file(folder / models.TRAINER_STATE), "exp_avg"), logprobs


@pytest.mark.slow
@pytest.mark.parametrize(
    ("family", "trainers", "size", "stage"),
    [
        ("Qwen/Qwen2.5-1.5B", 4, 4, 2),  # 3 heads a rank, and each key head at two ranks
        ("Qwen/Qwen2.5-1.5B", 3, 3, 0),  # the middle rank's heads read both key heads
        ("Qwen/Qwen3-0.6B", 4, 2, 3),  # two groups
        ("meta-llama/Llama-3.2-1B", 2, 2, 1),
        ("google/gemma-3-1b-pt", 2, 2, 3),
    ],
)
def test_groups_that_share_sequences_compute_what_one_process_does(
    tmp_path: Path, family: str, trainers: int, size: int, stage: int
) -> None:
    path = small(family, tmp_path)
    expected, known = reference(path, tmp_path / "reference")
    layout = zero(stage, trainers=trainers, sequence_parallel=size, gradient_checkpointing=stage == 3)
    with trainer_ranks(path, "float32", None, layout) as ranks:
        logprobs, _ = ranks.compute(DATA[4:], PPO)
        logprobs = [*ranks.compute(DATA[:4], PPO)[0], *logprobs]
        ranks.call("optim_step", GRADIENT)
        gradient = flat(saved(ranks, tmp_path / "found"), "exp_avg")
    assert distance(expected, gradient) < 1e-5
    for ours, theirs in zip(logprobs, known, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("packing", [False, True])
@pytest.mark.parametrize("trainers", [1, 2])
@pytest.mark.parametrize("stage", [0, 2, 3])
@pytest.mark.parametrize("family", ["Qwen/Qwen3-0.6B", "google/gemma-3-1b-pt"])
def test_packed_rows_compute_what_one_process_does(
    tmp_path: Path, family: str, stage: int, trainers: int, packing: bool
) -> None:
    path = small(family, tmp_path)
    expected, known = reference(path, tmp_path / "reference")
    layout = zero(stage, trainers=trainers, packing=packing, micro_batch_tokens=96)
    with trainer_ranks(path, "float32", None, layout) as ranks:
        logprobs, _ = ranks.compute(DATA, PPO)
        ranks.call("optim_step", GRADIENT)
        gradient = flat(saved(ranks, tmp_path / "found"), "exp_avg")
    assert distance(expected, gradient) < 1e-5
    for ours, theirs in zip(logprobs, known, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("stage", [1, 2, 3])
def test_steps_too_small_for_bfloat16_still_add_up(tmp_path: Path, stage: int) -> None:
    """Each of 100 steps of 1e-6 is lost on a bfloat16 weight of 0.02; their sum of up to 1e-4 is not."""
    path = tiny.make(tmp_path)
    data, adam = DATA[:2], AdamParams(learning_rate=1e-6, weight_decay=0.0)
    with trainer_ranks(path, "bfloat16", None, zero(stage, trainers=1)) as ranks:
        before = saved(ranks, tmp_path / "before")
        for _ in range(100):
            ranks.compute(data, PPO)
            ranks.call("optim_step", adam)
        after = saved(ranks, tmp_path / "after")
    written = load_file(tmp_path / "after" / "model.safetensors")
    name = "model.layers.0.mlp.up_proj.weight"
    old, new = before[f"{name}|weight"], after[f"{name}|weight"]
    # Half the distance between two bfloat16 numbers is 3e-5 to 6e-5 here.
    these = (old.abs() > 0.01) & (old.abs() < 0.03)
    assert torch.equal(old, old.bfloat16().float())
    # AdamW moves a weight by at most its rate a step, and by less where the gradient's sign varies.
    assert 5e-5 < (new - old).abs()[these].median() < 1.05e-4
    for each, tensor in written.items():
        assert torch.equal(tensor, after[f"{each}|weight"].bfloat16()), each
    plain = torch.nn.Parameter(old.bfloat16())
    optimizer = torch.optim.AdamW([plain], lr=1e-6, betas=(adam.beta1, adam.beta2), weight_decay=0.0)
    for _ in range(100):
        plain.grad = (old - new).bfloat16()
        optimizer.step()
    assert (plain.detach().float() == old)[these].all()
    assert (written[name].float() != old)[these].float().mean() > 0.5


def test_heads_that_a_group_cannot_share_are_refused_before_anything_starts(tmp_path: Path) -> None:
    path = small("Qwen/Qwen2.5-1.5B", tmp_path)
    sequence_parallel.check(path, 6)
    with pytest.raises(ConfigError, match=r"12 attention heads.*8 ranks cannot.*1, 2, 3, 4, 6, 12"):
        sequence_parallel.check(path, 8)


def test_layouts_that_would_lose_small_updates_are_refused() -> None:
    from rlve.cluster import placement

    placement.check_dtype(zero(1), "bfloat16")
    placement.check_dtype(zero(0), "float32")
    with pytest.raises(ConfigError, match=r"cluster\.zero_stage=1"):
        placement.check_dtype(zero(0), "bfloat16")
