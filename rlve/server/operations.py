"""How an accepted operation ends: with its result, with the client's fault by name, or with the server's, logged."""

import asyncio
import logging
from collections.abc import Awaitable

from rlve.config import ConfigError
from rlve.policy import BadDatum, BadPrompt, NonFiniteLoss, WorkerDied
from rlve.server.futures import Futures
from rlve.server.parsing import BadRequest
from rlve.server.tables import FutureRow

log = logging.getLogger("rlve.server")

CLIENTS_FAULT = (BadRequest, BadDatum, BadPrompt, NonFiniteLoss, ConfigError)


async def answered(futures: Futures, row: FutureRow, work: Awaitable[tuple[bytes, str]]) -> None:
    """Awaits the work, a result and how it is written, and stores the outcome."""
    try:
        result, result_type = await work
    except Exception as error:  # noqa: BLE001 (the boundary: every failure is an answer)
        await failed(futures, row, error)
    else:
        await futures.finish(row, result, result_type)


async def failed(futures: Futures, row: FutureRow, error: Exception) -> None:
    """Stores a failure: the text of the client's faults, and of the server's only that there was one.

    Where a process died the operation stays open: the server ends, and the next one does it.
    """
    if isinstance(error, WorkerDied):
        log.error("a worker process died", extra={"request_id": row.id, "kind": row.kind}, exc_info=error)
        futures.worker_died.set()
        return
    if isinstance(error, CLIENTS_FAULT):
        await futures.fail(row, str(error), "user")
        return
    log.error("operation failed", extra={"request_id": row.id, "kind": row.kind}, exc_info=error)
    kind = type(error).__name__
    await futures.fail(row, f"the server failed at this operation ({kind}); its log has {row.id}", "server")


async def quietly(task: asyncio.Task[None]) -> None:
    """Ends a background task."""
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
