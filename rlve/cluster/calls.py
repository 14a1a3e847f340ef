"""Calls of actors: their results, their own exceptions, deadlines, and the name and node of one whose process ended."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any

import ray
from ray.exceptions import RayActorError, RayTaskError

from rlve.policy import SyncError, WorkerDied

GRACE_SECONDS = 5.0
"""How long the others may take to say what they know once one has failed."""

# Actor id → what to call it. Ray's own message has the id only, and says the node for some deaths only.
_names: dict[str, str] = {}


def name_actor(actor: Any, name: str) -> None:
    _names[actor._actor_id.hex()] = name


async def one(reference: Awaitable[Any]) -> Any:
    """The result of a remote call, or the actor's own exception; WorkerDied where its process has ended."""
    try:
        return await reference
    except RayActorError as error:
        name = _names.get(error.actor_id or "", "a trainer or an engine")
        raise WorkerDied(f"the process of {name} has ended: {error}") from error
    except RayTaskError as error:
        # The actor's own exception, not Ray's wrapping of it, is what the caller can act on.
        raise error.cause from error


async def abortable(reference: Any) -> Any:
    """As `one`; when its caller is cancelled, so is the work in the engine."""
    try:
        return await one(reference)
    except asyncio.CancelledError:
        ray.cancel(reference)
        raise


async def all_of(references: Sequence[Awaitable[Any]]) -> list[Any]:
    return list(await asyncio.gather(*(one(reference) for reference in references)))


def late_sync(names: str, seconds: float) -> Exception:
    return SyncError(f"weight sync: {names} did not answer within {seconds:.0f} s (cluster.sync_timeout_seconds)")


async def together(
    calls: Mapping[str, Awaitable[Any]], seconds: float, late: Callable[[str, float], Exception] = late_sync
) -> list[Any]:
    """Name → call. The results, or what a call failed with, a death before all else; `late` of who did not answer."""
    tasks = {name: asyncio.ensure_future(one(call)) for name, call in calls.items()}
    try:
        _, pending = await asyncio.wait(tasks.values(), timeout=seconds, return_when=asyncio.FIRST_EXCEPTION)
        failed = _failures(tasks.values())
        if failed and pending:
            await asyncio.wait(pending, timeout=GRACE_SECONDS)
            failed = _failures(tasks.values())
        if failed:
            # The others know of a death only that somebody left.
            raise next((error for error in failed if isinstance(error, WorkerDied)), failed[0])
        if pending:
            raise late(" and ".join(name for name, task in tasks.items() if task in pending), seconds)
        return [task.result() for task in tasks.values()]
    finally:
        for task in tasks.values():
            task.cancel()


def _failures(tasks: Iterable["asyncio.Future[Any]"]) -> list[BaseException]:
    return [error for task in tasks if task.done() and (error := task.exception()) is not None]
