"""Which machines and cores a layout needs, said before anything starts, and the Ray actors on them."""

import logging
import os
import signal
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from math import lcm
from pathlib import Path
from typing import Any

import ray
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from rlve.cluster import engine_options
from rlve.config import ClusterConfig, ConfigError

CODE = ("rlve", "environments", "conf")
SETTINGS = ("HF_HOME", "HF_HUB_CACHE", "HF_ENDPOINT", "HF_HUB_OFFLINE", "OMP_NUM_THREADS")
PREFIXES = ("NCCL_", "GLOO_", "DS_", "VLLM_", "TORCH_")


@dataclass(frozen=True)
class Node:
    """A machine as Ray sees it, and what it has: CPU, GPU and custom resources."""

    id: str
    address: str
    resources: Mapping[str, float]


@dataclass(frozen=True)
class Kind:
    """Actors of one kind: how many must be on one node together, and what such a group takes."""

    name: str
    count: int
    group: int
    takes: Mapping[str, float]


def connect(config: ClusterConfig) -> bool:
    """Joins the Ray cluster at config.address, or starts one on this machine; True where it was started here.

    ConfigError where the layout does not fit, or no cluster can be joined.
    """
    engine_options.check(config)
    if ray.is_initialized():
        check(config, nodes())
        return False
    if config.address is None:
        check(config, this_machine())
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    # Ray would hide the GPUs from actors that ask for none of them, which is what CPU layouts want anyway.
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    ours = signal.getsignal(signal.SIGTERM)
    if config.address is None:
        ray.init(
            address="local",  # not the cluster that RAY_ADDRESS may name
            include_dashboard=False,
            log_to_driver=False,
            logging_level=logging.ERROR,
            object_store_memory=256 * 2**20,
        )
    else:
        _join(config.address)
    if threading.current_thread() is threading.main_thread():
        # Ray's native handler aborts the process three seconds after the signal, whatever is being closed then. Ours,
        # or else Ray's in Python, which raises SystemExit, takes its place.
        signal.signal(signal.SIGTERM, ours if callable(ours) else signal.getsignal(signal.SIGTERM))
    if config.address is not None:
        check(config, nodes())
    return config.address is None


def _join(address: str) -> None:
    try:
        ray.init(
            address=address,
            log_to_driver=False,
            logging_level=logging.ERROR,
            runtime_env=runtime_environment(os.environ),
        )
    except (ConnectionError, RuntimeError, ValueError) as error:
        raise ConfigError(
            f"cluster.address={address}: no Ray cluster could be joined ({error}). Start one (ray start --head, and on "
            "other nodes ray start --address=HEAD:6379) and give its address, or `auto` on one of its nodes; "
            "cluster.address=null starts Ray on this machine alone"
        ) from error


def check_dtype(config: ClusterConfig, dtype: str) -> None:
    """ConfigError where trainers of this layout cannot train a model in this dtype."""
    if config.zero_stage == 0 and dtype == "bfloat16":
        raise ConfigError(
            "cluster.zero_stage: stage 0 keeps no float32 weights beside those of model.dtype=bfloat16, so that small "
            "updates would be lost; set cluster.zero_stage=1, or model.dtype=float32"
        )


def check_kernels(config: ClusterConfig) -> None:
    """ConfigError where a package of kernels that the layout names is missing."""
    if config.liger and find_spec("liger_kernel") is None:
        raise ConfigError(
            "cluster.liger: the package liger-kernel is not installed; pip install 'rlve[liger]', or set "
            "cluster.liger=false"
        )


def runtime_environment(variables: Mapping[str, str]) -> dict[str, Any]:
    """What the actors of a cluster that was not started here get from the driver: its code, and settings by name.

    Environments run beside the driver, in its own problem workers, so that a user's file need not travel. Secrets are
    no part of it, for Ray shows it to everybody who may look at the cluster.
    """
    packages = [str(Path(spec.origin).parent) for name in CODE if (spec := find_spec(name)) and spec.origin]
    return {
        "py_modules": packages,
        "excludes": ["**/__pycache__/", "**/*.pyc"],
        "env_vars": {name: value for name, value in variables.items() if name in SETTINGS or name.startswith(PREFIXES)},
    }


def check(config: ClusterConfig, nodes: Sequence[Node]) -> None:
    """ConfigError where the layout has no place on the nodes, or an option that engines lack."""
    engine_options.check(config)
    plan(config, nodes)


def plan(config: ClusterConfig, nodes: Sequence[Node]) -> tuple[list[Node], list[Node]]:
    """The node of each trainer, by rank, and of each engine: on as few nodes as can be.

    ConfigError says what does not fit, and what each node has left.
    """
    left = {node.id: dict(node.resources) for node in nodes}
    by_size = sorted(nodes, key=lambda node: -node.resources.get("GPU" if config.device == "cuda" else "CPU", 0.0))
    trainers = _fill(_trainers(config), by_size, left)
    if config.device == "cpu":
        # Trainers and engines take turns, so they may share cores; those that work at the same time may not.
        for node in nodes:
            left[node.id]["CPU"] = node.resources.get("CPU", 0.0)
    if config.colocate and config.device == "cuda":
        return trainers, _beside(trainers, config)
    by_use = sorted(by_size, key=lambda node: node not in trainers)
    return trainers, _fill(_engines(config), by_use, left)


def _beside(trainers: Sequence[Node], config: ClusterConfig) -> list[Node]:
    """The node of each engine that works on the GPUs of a group of trainers."""
    parts = config.tensor_parallel_size
    if config.engines * parts > len(trainers):
        raise ConfigError(
            f"cluster: {config.engines} engines of {parts} GPUs take turns on the trainers' GPUs, which are "
            f"{len(trainers)}; lower cluster.engines or cluster.tensor_parallel_size, or raise cluster.trainers"
        )
    return [trainers[number * parts] for number in range(config.engines)]


def _trainers(config: ClusterConfig) -> Kind:
    takes = {"GPU": 1.0} if config.device == "cuda" else {"CPU": float(config.threads_per_trainer)}
    group = lcm(config.sequence_parallel, config.tensor_parallel_size if config.colocate else 1)
    return Kind("trainer", config.trainers, group, takes | config.trainer_resources)


def _engines(config: ClusterConfig) -> Kind:
    parts = config.tensor_parallel_size
    takes = {"GPU": 1.0 * parts} if config.device == "cuda" else {"CPU": 1.0 * parts * config.threads_per_engine}
    return Kind("engine", config.engines, 1, takes | config.engine_resources)


def _fill(kind: Kind, nodes: Sequence[Node], left: Mapping[str, dict[str, float]]) -> list[Node]:
    """Takes from what is left; the node of each actor."""
    chosen: list[Node] = []
    while len(chosen) < kind.count:
        group = min(kind.group, kind.count - len(chosen))
        takes = {name: group * amount for name, amount in kind.takes.items()}
        node = next((node for node in nodes if all(left[node.id].get(name, 0) >= takes[name] for name in takes)), None)
        if node is None:
            raise ConfigError(_shortfall(kind, len(chosen), takes, nodes, left))
        for name, amount in takes.items():
            left[node.id][name] -= amount
        chosen += [node] * group
    return chosen


def _shortfall(
    kind: Kind, placed: int, takes: Mapping[str, float], nodes: Sequence[Node], left: Mapping[str, dict[str, float]]
) -> str:
    wanted = " and ".join(f"{amount:g} {name}" for name, amount in takes.items())
    group = (
        f"{kind.name}s in groups of {kind.group} need {wanted} a group"
        if kind.group > 1
        else f"{kind.name}s need {wanted} each"
    )
    found = "; ".join(
        f"node {node.address} has "
        + " and ".join(
            f"{left[node.id].get(name, 0):g} {name} left of {node.resources.get(name, 0):g}" for name in takes
        )
        for node in nodes
    )
    return (
        f"cluster: {kind.count} {group}, on one node, and {placed} have a place: {found or 'there are no nodes'}. "
        f"Lower cluster.{kind.name}s{_remedy(kind)}"
    )


def _remedy(kind: Kind) -> str:
    if "GPU" in kind.takes:
        return (
            " or cluster.tensor_parallel_size" if kind.name == "engine" else ""
        ) + ", add nodes, or set cluster.device=cpu"
    return f" or cluster.threads_per_{kind.name}, or add nodes"


def trainer(kind: type, config: ClusterConfig, node: Node, **options: Any) -> Any:
    """A Ray actor class for a trainer on the node, which reserves one GPU, or a quarter of its threads' cores.

    Trainers, engines and a reference policy take turns, and `plan` has seen to it that those which work at the same
    time have cores of their own.
    """
    return _reserving(kind, _trainers(config), config.threads_per_trainer, node, options)


def engine(kind: type, config: ClusterConfig, node: Node, **options: Any) -> Any:
    """As `trainer`, with so much for each of its parts; a colocated engine works on GPUs that trainers reserved."""
    threads = config.tensor_parallel_size * config.threads_per_engine
    takes = _engines(config)
    if config.colocate:
        takes = replace(takes, takes={name: amount for name, amount in takes.takes.items() if name != "GPU"})
    return _reserving(kind, takes, threads, node, options)


def _reserving(kind: type, of: Kind, threads: int, node: Node, options: Mapping[str, Any]) -> Any:
    takes = {name: amount for name, amount in of.takes.items() if name != "CPU"}
    return ray.remote(kind).options(
        num_cpus=threads / 4,
        num_gpus=takes.pop("GPU", 0),
        resources=takes,
        scheduling_strategy=NodeAffinitySchedulingStrategy(node.id, soft=False),
        **options,
    )


def nodes() -> list[Node]:
    """The living ones of the cluster that was joined."""
    return [
        Node(node["NodeID"], node["NodeManagerAddress"], node["Resources"]) for node in ray.nodes() if node["Alive"]
    ]


def this_machine() -> list[Node]:
    """Cores and GPUs here, as Ray counts them."""
    gpus = len(list(Path("/proc/driver/nvidia/gpus").glob("*")))
    return [Node("", "this machine", {"CPU": float(len(os.sched_getaffinity(0))), "GPU": float(gpus)})]
