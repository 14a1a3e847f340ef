"""Two Ray nodes on one machine, joined by their address: trainers on one, engines on the other."""

import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import ray
from ray.cluster_utils import Cluster as RayNodes

import rlve
from rlve.cluster import placement, sites
from rlve.cluster.policy import ClusterPolicy
from rlve.config import AdamParams, ClusterConfig, ConfigError, LoraConfig, SamplingParams
from rlve.models import tiny
from rlve.policy import WorkerDied
from rlve.promises.check import PPO, batch
from rlve.types import Datum, Loss
from tests.test_promises import CLUSTER, CONTEXT, LORA

ROOT = Path(__file__).parents[2]
with socket.socket() as probe:
    probe.bind(("127.0.0.1", 0))
    CLIENT_PORT = probe.getsockname()[1]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Of the head, which has the driver and takes trainers; engines go to the other."""
    if ray.is_initialized():
        ray.shutdown()  # what other tests share
    nodes = RayNodes()
    try:
        memory = 100 * 2**20
        nodes.add_node(
            num_cpus=2,
            resources={"trainers": 4},
            object_store_memory=memory,
            include_dashboard=False,
            ray_client_server_port=CLIENT_PORT,
        )
        nodes.add_node(num_cpus=2, resources={"engines": 4}, object_store_memory=memory)
        yield nodes.address
    finally:
        ray.shutdown()
        nodes.shutdown()


@pytest.fixture
def config(address: str) -> ClusterConfig:
    changes = {"trainer_resources": {"trainers": 1.0}, "engine_resources": {"engines": 1.0}, "sync_timeout_seconds": 90}
    return CLUSTER.model_copy(update={"address": address, "trainers": 1, "engines": 1, **changes})


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.make(tmp_path_factory.mktemp("cache"))


class Seer:
    """An actor that sees what its node sees, or less."""

    def confine(self, folder: str) -> None:
        os.chroot(folder)

    def find_first(self, folder: str) -> None:
        sys.path.insert(0, folder)
        for name in [name for name in sys.modules if name.partition(".")[0] == "rlve"]:
            del sys.modules[name]

    def code(self) -> str:
        return str(Path(rlve.__file__).parent)


async def seers(config: ClusterConfig) -> dict[sites.Site, Any]:
    """One on each node, first that of trainers."""
    placement.connect(config)
    ray.cloudpickle.register_pickle_by_value(sys.modules[__name__])  # the nodes have no tests
    actors = [ray.remote(Seer).options(num_cpus=0, resources={name: 1}).remote() for name in ("trainers", "engines")]
    found = await sites.of({"a": actors[0], "b": actors[1]})
    return dict(zip(found, actors, strict=True))


@pytest.mark.slow
def test_nodes_are_checked_for_the_code_the_model_and_what_they_see(
    config: ClusterConfig, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # Ray's workers look in the driver's folder first, where a checkout may be

    async def run() -> None:
        actors = await seers(config)
        assert len({site.node for site in actors}) == 2
        await sites.require_code(actors)
        codes = [await actor.code.remote() for actor in actors.values()]
        assert all("py_modules" in code and code != str(Path(rlve.__file__).parent) for code in codes)
        await sites.require_model(actors, model)
        await sites.require_shared(actors, "output", tmp_path / "run", 1.0)
        assert list((tmp_path / "run").iterdir()) == []

        other = tmp_path / "other"
        shutil.copytree(model, other)
        blind, actor = list(actors.items())[1]
        assert os.geteuid() == 0, "needs root, to hide folders from a process"
        (tmp_path / "jail").mkdir()
        await actor.confine.remote(str(tmp_path / "jail"))
        with pytest.raises(ConfigError, match=rf"model\.path: node .*{blind.node[:8]}.* has no {other}"):
            await sites.require_model(actors, other)
        with pytest.raises(
            ConfigError, match=rf"output: node .*{blind.node[:8]}.* does not see what the driver writes"
        ):
            await sites.require_shared(actors, "output", tmp_path / "run", 0.5)
        for each in actors.values():
            ray.kill(each)

        older = tmp_path / "older"
        shutil.copytree(ROOT / "rlve", older / "rlve", ignore=shutil.ignore_patterns("__pycache__"))
        with (older / "rlve" / "schedule.py").open("a") as file:
            file.write("# as it was\n")
        strangers = await seers(config)
        stranger, actor = list(strangers.items())[1]
        await actor.find_first.remote(str(older))
        with pytest.raises(
            ConfigError, match=rf"{stranger.node[:8]}.* runs another rlve than the driver: {older}/rlve"
        ):
            await sites.require_code(strangers)
        for each in strangers.values():
            ray.kill(each)

    asyncio.run(run())


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("lora", [None, LORA, LoraConfig(rank=4)], ids=["full", "merged", "adapter"])
def test_weights_cross_nodes(config: ClusterConfig, model: Path, tmp_path: Path, lora: LoraConfig | None) -> None:
    async def run() -> None:
        policy = await ClusterPolicy.open(model, "float32", lora, CONTEXT, config, True, {"output": tmp_path})
        try:
            params = SamplingParams(max_tokens=12, seed=5)
            await policy.forward_backward(batch(1000), PPO)
            await policy.optim_step(AdamParams(learning_rate=1e-2))
            report = await policy.save_weights_for_sampler(path=str(tmp_path / "sampler"))
            assert report.transport == ("object_store" if lora and lora.train_unembed else "collective")
            assert report.probe_gap < 0.01
            (drawn,) = await policy.sample([1, 2, 3], params, 1)
            tokens = [1, 2, 3, *drawn.tokens]
            weights = np.ones(len(tokens) - 1, np.float32)
            datum = Datum(np.array(tokens[:-1]), {"target_tokens": np.array(tokens[1:]), "weights": weights})
            known = (await policy.forward([datum], Loss("cross_entropy"))).logprobs[0][2:]
            assert max(abs(a - b) for a, b in zip(known.tolist(), drawn.logprobs, strict=True)) < 0.01
            assert (tmp_path / "sampler").is_dir()
        finally:
            await policy.close()

    asyncio.run(run())


@pytest.mark.slow
def test_shared_memory_is_refused_between_nodes(config: ClusterConfig, model: Path) -> None:
    wrong = config.model_copy(update={"sync_transport": "shared_memory"})
    with pytest.raises(ConfigError, match=r"sync_transport=shared_memory .* engine 0 is on another"):
        asyncio.run(ClusterPolicy.open(model, "float32", None, CONTEXT, wrong, True))


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_an_engine_that_dies_in_a_sync_is_named_with_its_node(config: ClusterConfig, model: Path) -> None:
    async def run() -> None:
        policy = await ClusterPolicy.open(model, "float32", None, CONTEXT, config, True)
        try:
            (actor,) = policy.cluster.engines
            (site,) = await sites.of({"engine 0": actor})
            os.kill(await actor.__ray_call__.remote(lambda _: os.getpid()), signal.SIGKILL)
            with pytest.raises(WorkerDied, match=rf"engine 0 on node .*{site.node[:8]}"):
                await policy.save_weights_for_sampler()
        finally:
            await policy.close()

    asyncio.run(run())


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("joined", ["auto", f"ray://127.0.0.1:{CLIENT_PORT}"])
def test_a_run_of_three_rounds_joins_a_cluster(address: str, joined: str, tmp_path: Path) -> None:
    words = [
        "experiment=quickstart",
        "warm_start=none",
        "rlve.num_rollout=3",
        "rlve.rollout_batch_size=4",
        "rlve.over_sampling_batch_size=6",
        "rlve.rollout_max_response_len=8",
        "rlve.use_dynamic_sampling_filter=false",
        "evaluation.levels=[0]",
        "evaluation.problems_per_level=2",
        "checkpoint.every=1",
        f"cluster.address={joined}",
        "+cluster.trainer_resources.trainers=1",
        "+cluster.engine_resources.engines=1",
        f"output={tmp_path / 'run'}",
        f"model.cache={tmp_path / 'cache'}",
    ]
    command = [sys.executable, str(ROOT / "scripts" / "train.py"), *words]
    environment = {**os.environ, "RAY_ADDRESS": address}
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment, timeout=800, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    summary = json.loads((tmp_path / "run" / "summary.json").read_text(encoding="utf-8"))
    assert summary["syncs"] == summary["syncs_verified"] == 3
    lines = (tmp_path / "run" / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["sync/collective"] for line in lines if "sync/version" in json.loads(line)] == [1, 1, 1]
    assert (tmp_path / "run" / "checkpoints" / "round-000003" / "model.safetensors").is_file()
