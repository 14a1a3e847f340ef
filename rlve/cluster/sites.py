"""The nodes that actors were placed on, and what is checked there before anything slow starts."""

import asyncio
import os
import time
import uuid
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

import ray

from rlve.cluster.calls import all_of, together
from rlve.config import ConfigError
from rlve.models import hub

PACKAGES = ("rlve", "environments")
"""What actors run of ours."""

PLACED_SECONDS = 300.0
"""The first actor of a node waits there for Ray to unpack the code."""

SHARED_SECONDS = 30.0
"""A network file system may take so long to show a file that another node wrote."""


@dataclass(frozen=True)
class Site:
    """A node: Ray's id, and the address at which others reach it."""

    node: str
    address: str

    def __str__(self) -> str:
        return f"node {self.address} ({self.node[:8]})"


async def of(actors: Mapping[str, Any]) -> list[Site]:
    """By name → actor; returns when each has been placed and made."""
    calls = {name: actor.__ray_call__.remote(_site) for name, actor in actors.items()}
    return await together(calls, PLACED_SECONDS, _not_placed)


def _not_placed(names: str, seconds: float) -> Exception:
    free = ", ".join(
        f"{amount:g} {name}" for name, amount in sorted(ray.available_resources().items()) if ":" not in name
    )
    return ConfigError(
        f"cluster: Ray did not start {names} within {seconds:.0f} s; free in the cluster are {free}. Another job may "
        "hold what they need: see `ray status`"
    )


async def require_code(actors: Mapping[Site, Any]) -> None:
    """ConfigError unless the actors' nodes run exactly the code of this process."""
    ours = code_digests()
    for site, theirs in zip(actors, await _on_each(actors, _code_digests), strict=True):
        for package, (digest, place) in theirs.items():
            if digest != ours[package][0]:
                raise ConfigError(
                    f"{site} runs another {package} than the driver: {place} has digest {digest}, and "
                    f"{ours[package][1]} has {ours[package][0]}. Remove it there, or bring it to the same version: "
                    "Ray takes what a node has in the driver's working directory before what it is sent"
                )


async def require_model(actors: Mapping[Site, Any], folder: Path) -> None:
    """ConfigError unless the model's folder is the same on the actors' nodes; hub snapshots are fetched there."""
    ours = model_files(folder)
    for site, theirs in zip(actors, await _on_each(actors, _model_files, str(folder)), strict=True):
        if isinstance(theirs, str):
            raise ConfigError(f"model.path: {site} {theirs}")
        if differing := sorted(dict(ours.items() ^ theirs.items())):
            raise ConfigError(
                f"model.path: {folder} on {site} is not what the driver has there; {', '.join(differing)} differ in "
                "content or size. Copy the folder anew, or put it on a path that every node sees"
            )


async def require_shared(actors: Mapping[Site, Any], key: str, folder: Path, seconds: float = SHARED_SECONDS) -> None:
    """ConfigError unless the driver and the actors' nodes see what the other writes in the folder, which is made."""
    folder.mkdir(parents=True, exist_ok=True)
    nonce = uuid.uuid4().hex
    question = folder / f".seen-{nonce}"
    answers = {site: folder / f".seen-{nonce}-{index}" for index, site in enumerate(actors)}
    question.write_text(nonce, encoding="utf-8")
    advice = (
        "Checkpoints are written on the trainers' nodes and read by the driver: set it to a path on a file "
        "system that all of them share"
    )
    try:
        calls = [
            actor.__ray_call__.remote(_answer, str(question), str(answers[site]), nonce, seconds)
            for site, actor in actors.items()
        ]
        for site, seen in zip(actors, await all_of(calls), strict=True):
            if seen:
                raise ConfigError(f"{key}: {site} does not see what the driver writes in {folder}: {seen}. {advice}")
        for site, answer in answers.items():
            if not await asyncio.to_thread(_read, answer, nonce, seconds):
                raise ConfigError(f"{key}: the driver does not see what {site} writes in {folder}. {advice}")
    finally:
        for file in (question, *answers.values()):
            file.unlink(missing_ok=True)


def code_digests() -> dict[str, tuple[str, str]]:
    """Package → the digest of its Python files, as this process imports them, and where they are."""
    from importlib.util import find_spec

    found: dict[str, tuple[str, str]] = {}
    for package in PACKAGES:
        spec = find_spec(package)
        if spec is None or spec.origin is None:
            found[package] = ("none", "nothing of that name")
            continue
        root = Path(spec.origin).parent
        hashed = blake2b(digest_size=8)
        for file in sorted(root.rglob("*.py")):
            hashed.update(f"{file.relative_to(root)}\0".encode() + file.read_bytes() + b"\0")
        found[package] = (hashed.hexdigest(), str(root))
    return found


def model_files(folder: Path) -> dict[str, str]:
    """Name → content of the configuration, size of the weights."""
    found = {"config.json": blake2b((folder / "config.json").read_bytes(), digest_size=8).hexdigest()}
    return found | {file.name: str(file.stat().st_size) for file in folder.glob("*.safetensors")}


async def _on_each(actors: Mapping[Site, Any], function: Any, *arguments: Any) -> list[Any]:
    return await all_of([actor.__ray_call__.remote(function, *arguments) for actor in actors.values()])


# On an actor's node. The first argument is the actor.


def _site(_: Any) -> Site:
    return Site(ray.get_runtime_context().get_node_id(), ray.util.get_node_ip_address())


def _code_digests(_: Any) -> dict[str, tuple[str, str]]:
    return code_digests()


def _model_files(_: Any, folder: str) -> dict[str, str] | str:
    """As `model_files`, or why there are none."""
    path = Path(folder)
    if not (path / "config.json").is_file():
        origin = hub.origin(path)
        if origin is None:
            return (
                f"has no {path}, which the driver has. Put the model on a path that every node sees, or give its hub "
                "name, which each node then fetches for itself"
            )
        try:
            fetched = hub.fetch(*origin, weights=True)
        except ConfigError as error:
            return f"could not fetch it, by the environment in which Ray was started there: {error}"
        if fetched != path:
            return f"has fetched it into {fetched}, and the driver into {path}; set HF_HOME to one path for all nodes"
    return model_files(path)


def _answer(_: Any, question: str, answer: str, nonce: str, seconds: float) -> str:
    """Empty where the question is seen and could be answered, else why not."""
    if not _read(Path(question), nonce, seconds):
        return f"it is not there after {seconds:.0f} s"
    try:
        with Path(answer).open("x", encoding="utf-8") as file:
            file.write(nonce)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        return f"the trainer cannot write there ({error})"
    return ""


def _read(file: Path, content: str, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while True:
        try:
            if file.read_text(encoding="utf-8") == content:
                return True
        except OSError:
            pass
        if time.monotonic() > deadline:
            return False
        # A client of a network file system asks its server again when the folder is listed.
        with suppress(OSError):
            list(file.parent.iterdir())
        time.sleep(0.2)
