"""Which machines and cores a layout needs, said before anything starts, and the Ray actors on them."""

import fcntl
import logging
import os
import shutil
import signal
import socket
import tempfile
import threading
from pathlib import Path
from typing import Any, cast

import ray

from rlve.cluster import engine_options
from rlve.config import ClusterConfig, ConfigError

SHARED_MEMORY = Path("/dev/shm")


def connect(config: ClusterConfig) -> bool:
    """Joins the Ray cluster at config.address, or starts one on this machine; True where it was started here."""
    engine_options.check(config)
    if ray.is_initialized():
        check(config, cast(dict[str, float], ray.cluster_resources()))
        return False
    if config.address is None:
        check(config, this_machine())
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    # Ray would hide the GPUs from actors that ask for none of them, which is what CPU layouts want anyway.
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    ours = signal.getsignal(signal.SIGTERM)
    ray.init(
        address=config.address,
        include_dashboard=False if config.address is None else None,
        log_to_driver=False,
        logging_level=logging.ERROR,
        object_store_memory=256 * 2**20 if config.address is None else None,
    )
    if threading.current_thread() is threading.main_thread():
        # Ray's native handler aborts the process three seconds after the signal, whatever is being closed then. Ours,
        # or else Ray's in Python, which raises SystemExit, takes its place.
        signal.signal(signal.SIGTERM, ours if callable(ours) else signal.getsignal(signal.SIGTERM))
    if config.address is not None:
        check(config, cast(dict[str, float], ray.cluster_resources()))
    return config.address is None


def check(config: ClusterConfig, resources: dict[str, float]) -> None:
    """ConfigError where the layout needs more than there is, or an option that engines lack."""
    engine_options.check(config)
    parts = config.engines * config.tensor_parallel_size
    if config.device == "cuda":
        if config.colocate and parts > config.trainers:
            raise ConfigError(
                f"cluster: {config.engines} engines of {config.tensor_parallel_size} GPUs take turns on the trainers' "
                f"GPUs, which are {config.trainers}; lower cluster.engines or cluster.tensor_parallel_size, or raise "
                "cluster.trainers"
            )
        needed = config.trainers + (0 if config.colocate else parts)
        found = int(resources.get("GPU", 0))
        if needed > found:
            raise ConfigError(
                f"cluster: {config.trainers} trainers and {config.engines} engines of {config.tensor_parallel_size} "
                f"GPUs need {needed} GPUs and there are {found}; lower cluster.trainers, cluster.engines or "
                "cluster.tensor_parallel_size, or set cluster.device=cpu"
            )
        return
    # Trainers and engines take turns, so they may share cores; those that work at the same time may not.
    cores = int(resources.get("CPU", 0))
    for kind, count, threads in (
        ("trainer", config.trainers, config.threads_per_trainer),
        ("engine", parts, config.threads_per_engine),
    ):
        if count * threads > cores:
            raise ConfigError(
                f"cluster: {count} {kind} processes of {threads} threads need {count * threads} CPU cores, there are "
                f"{cores}; lower cluster.{kind}s or cluster.threads_per_{kind}"
            )


def check_dtype(config: ClusterConfig, dtype: str) -> None:
    """ConfigError where trainers of this layout cannot train a model in this dtype."""
    if config.zero_stage == 0 and dtype == "bfloat16":
        raise ConfigError(
            "cluster.zero_stage: stage 0 keeps no float32 weights beside those of model.dtype=bfloat16, so that small "
            "updates would be lost; set cluster.zero_stage=1, or model.dtype=float32"
        )


def actor(kind: type, config: ClusterConfig, parts: int, threads: int, **options: Any) -> Any:
    """A Ray actor class that reserves, for each of its parts, one GPU, or a quarter of its threads' cores: trainers,
    engines and a reference policy take turns, and `check` has seen to it that those which work at the same time have
    cores of their own. parts 0: it works on GPUs that others have reserved.
    """
    gpus = parts if config.device == "cuda" else 0
    return ray.remote(kind).options(num_cpus=max(1, parts) * threads / 4, num_gpus=gpus, **options)


class Scratch:
    """A folder in shared memory, for as long as this process lives; those of processes that are gone are removed."""

    def __init__(self) -> None:
        for folder in SHARED_MEMORY.glob("rlve-cluster-*"):
            if (lock := _locked(folder)) is not None:
                shutil.rmtree(folder, ignore_errors=True)
                os.close(lock)
        while True:
            self.folder = Path(tempfile.mkdtemp(prefix="rlve-cluster-", dir=SHARED_MEMORY))
            lock = _locked(self.folder)
            if lock is not None and self.folder.is_dir():
                break  # else another process took it for abandoned, before it was locked
        self._lock = lock

    def close(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def _locked(folder: Path) -> int | None:
    """An open file with the folder's lock, which ends with the process; None where another process has it."""
    try:
        opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        return None
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(opened)
        return None
    return opened


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def this_machine() -> dict[str, float]:
    """Cores and GPUs here, as Ray counts them."""
    gpus = len(list(Path("/proc/driver/nvidia/gpus").glob("*")))
    return {"CPU": float(len(os.sched_getaffinity(0))), "GPU": float(gpus)}
