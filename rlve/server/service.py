"""A whole server: its parts, in the order in which they need each other."""

import asyncio
import logging
import os
import secrets
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rlve.config import ServeConfig
from rlve.server.checkpoints import Checkpoints
from rlve.server.futures import Futures
from rlve.server.hosting import Host
from rlve.server.operations import quietly
from rlve.server.sampling import Sampling
from rlve.server.sessions import Sessions
from rlve.server.store import Store
from rlve.server.training import Training

if TYPE_CHECKING:
    from rlve.server.rlve_jobs import Jobs

log = logging.getLogger("rlve.server")

SWEEP_SECONDS = 60.0


@dataclass
class Server:
    """Made by `open` inside the event loop that serves."""

    config: ServeConfig
    store: Store
    host: Host
    futures: Futures
    checkpoints: Checkpoints
    sampling: Sampling
    training: Training
    sessions: Sessions
    jobs: "Jobs"
    background: list[asyncio.Task[None]]

    @classmethod
    async def open(cls, config: ServeConfig) -> "Server":
        """Everything started, and what an earlier process left is going on."""
        from rlve.server.rlve_jobs import Jobs

        root = Path(config.data).expanduser().resolve()
        root.mkdir(parents=True, exist_ok=True)
        store = await Store.open(config.database or f"sqlite:///{root / 'server.db'}")
        try:
            host = Host(config)
            await host.start()
        except BaseException:
            await store.close()
            raise
        futures = Futures(store)
        checkpoints = Checkpoints(store, root, _secret(root))
        sampling = Sampling(host, store, futures, checkpoints, root)
        training = Training(host, store, futures, checkpoints, sampling, root)
        sessions = Sessions(store, training, sampling, config.limits.session_seconds)
        jobs = Jobs(config, host, training, store, root)
        training.on_driven = jobs
        server = cls(config, store, host, futures, checkpoints, sampling, training, sessions, jobs, [])
        pending = await store.pending()
        await checkpoints.remove_orphans()
        await training.resume(pending)
        for row in pending:
            if row.kind_group == "sample":
                sampling.resume(row)
        server.background = [
            asyncio.create_task(sessions.reap_regularly()),
            asyncio.create_task(server._sweep_regularly()),
            asyncio.create_task(server._end_with_workers()),
        ]
        return server

    async def close(self) -> None:
        """Ends every process that this server started. What was accepted is stored, and goes on with the next."""
        for task in self.background:
            await quietly(task)
        await self.jobs.close()
        await self.sampling.close()
        await self.training.close()
        await self.host.close()
        await self.store.close()

    async def _end_with_workers(self) -> None:
        """Without its trainers or engines a server can answer nothing; the next one makes every model again."""
        await self.futures.worker_died.wait()
        log.error("the server ends because a worker process died; start it again, and it goes on from what it stored")
        os.kill(os.getpid(), signal.SIGTERM)

    async def _sweep_regularly(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            try:
                await self.checkpoints.remove_expired()
                await self.futures.cleanup(self.config.limits.future_hours * 3600)
            except Exception as error:
                log.error("sweeping failed", exc_info=error)


def _secret(root: Path) -> bytes:
    """What signs download addresses; it outlives a restart, so that they do."""
    file = root / "secret"
    if not file.exists():
        file.touch(mode=0o600)
        file.write_bytes(secrets.token_bytes(32))
    return file.read_bytes()
