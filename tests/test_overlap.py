"""Runs of the real stack whose engines draw while their trainers work, and one whose adapter is damaged on its way."""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import ray
from safetensors.torch import load, save

from rlve import launch, models
from rlve.cluster.calls import one
from rlve.cluster.cluster import Cluster
from rlve.policy import SyncError
from tests.test_conf import composed

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def run(folder: Path, *overrides: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The summary of a run that begins where half of the answers are right, and the lines of its rounds."""
    config = composed(
        "environments.names=[Parity]",
        "warm_start=cross_entropy",
        "warm_start.levels=[0]",
        "warm_start.max_steps=40",
        "warm_start.batch_size=16",
        "warm_start.check_every=1000",
        "warm_start.control=false",
        "rlve.rollout_batch_size=6",
        "rlve.over_sampling_batch_size=12",
        "rlve.n_samples_per_prompt=4",
        "rlve.rollout_max_response_len=48",
        "rlve.num_rollout=6",
        "rlve.use_dynamic_sampling_filter=false",
        "evaluation.problems_per_level=0",
        "optimizer.learning_rate=1e-3",
        "tracking.console=false",
        f"model.cache={folder.parent / 'cache'}",
        f"output={folder}",
        *overrides,
    )
    summary = asyncio.run(launch.run(config))
    return summary, rounds_of(folder)


def rounds_of(folder: Path) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text(encoding="utf-8").splitlines()]
    return [line for line in lines if "evaluation" not in line]


@pytest.mark.parametrize("partial", [True, False])
def test_every_token_is_accounted_for_and_none_is_too_old(tmp_path: Path, partial: bool) -> None:
    summary, rounds = run(tmp_path / "run", "rollout.max_policy_lag=1", f"rlve.partial_rollout={str(partial).lower()}")
    assert len(rounds) == 6
    assert all(line["rollout/groups_trained"] == 6 for line in rounds)
    lags = [line["ledger/lag_max"] for line in rounds]
    assert max(lags) >= 1  # drawn while another round trained
    assert max(lags) <= (2 if partial else 1)
    tokens = summary["tokens"]
    dropped = sum(tokens["dropped"].values())
    assert tokens["drawn"] == tokens["trained"] + dropped + tokens["pending_after"]
    assert dropped == 0
    assert summary["syncs_verified"] == 6
    assert all(line["sync/probe_gap"] < 0.01 for line in rounds)
    weights = [line["train/correction_weight_mean"] for line in rounds if "train/correction_weight_mean" in line]
    assert weights and all(0.5 < weight < 1.5 for weight in weights)  # a round of equal rewards learns nothing


def test_a_damaged_adapter_stops_the_run_by_the_tensors_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sound, syncs = Cluster.adapter, 0

    async def damaged(self: Cluster, slot: int) -> tuple[Any, Mapping[str, str]]:
        nonlocal syncs
        files, digests = await sound(self, slot)
        syncs += 1
        if syncs < 3:
            return files, digests
        content = dict(await one(files))
        tensors = load(content[models.ADAPTER])
        name = max(tensors)
        tensors[name][-1, -1] += 1e-3
        content[models.ADAPTER] = save(tensors)
        return ray.put(content), digests

    monkeypatch.setattr(Cluster, "adapter", damaged)
    with pytest.raises(SyncError, match=r"tensor base_model\.model\..*lora_B.* was sent with digest"):
        run(tmp_path / "run", "lora=rank8", "cluster.lora_sync=adapter")
    assert syncs == 3
    assert [line["round"] for line in rounds_of(tmp_path / "run")] == [0]
