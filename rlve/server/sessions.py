"""Clients' sessions: begun, kept alive by whatever they send, and ended, which frees all that they hold."""

import asyncio
import logging
import time
import uuid

from rlve.server.parsing import BadRequest
from rlve.server.requests import CreateSessionRequest
from rlve.server.sampling import Sampling
from rlve.server.store import Store
from rlve.server.tables import SessionRow
from rlve.server.training import Training

log = logging.getLogger("rlve.server")


class Sessions:
    """A session is silent when neither it nor one of its models was heard of, and nothing of it is at work."""

    def __init__(self, store: Store, training: Training, sampling: Sampling, seconds: float) -> None:
        self.store, self.training, self.sampling, self.seconds = store, training, sampling, seconds
        self.opened = time.time()

    async def create(self, request: CreateSessionRequest) -> SessionRow:
        now = time.time()
        row = SessionRow(
            str(uuid.uuid4()),
            now,
            now,
            request.tags,
            request.user_metadata,
            request.sdk_version,
            request.display_name,
            request.project_id,
        )
        await self.store.add_session(row)
        return row

    async def alive(self, session_id: str) -> SessionRow:
        """BadRequest: 404 for one that never was, 410 for one that has ended."""
        row = await self.store.session(session_id)
        if row is None:
            raise BadRequest(404, f"there is no session {session_id[:200]}; create_session makes one")
        if row.ended_at is not None:
            raise BadRequest(410, f"session {session_id} has ended ({row.end_reason}); make a new one")
        self.store.touch_sessions([session_id])
        return row

    async def end(self, session_id: str, reason: str) -> None:
        """Frees its models and samplers; checkpoints stay."""
        if not await self.store.end_session(session_id, reason):
            return
        for row in await self.store.models_of(session_id):
            await self.training.end(row.id, "ended", f"its session ended ({reason})")
        await self.sampling.drop([row.id for row in await self.store.samplers_of(session_id)])

    async def reap(self) -> list[str]:
        """Ends the silent sessions; their ids."""
        reaped: list[str] = []
        now = time.time()
        for row in await self.store.expired_sessions(now - self.seconds):
            # While the server was down nobody could be heard.
            if now - self.opened < self.seconds or self._works(row.id):
                continue
            log.info("session ended for silence", extra={"session_id": row.id})
            await self.end(row.id, f"silent for {self.seconds:.0f} s")
            reaped.append(row.id)
        return reaped

    async def reap_regularly(self) -> None:
        while True:
            await asyncio.sleep(min(10.0, self.seconds / 3))
            try:
                await self.reap()
            except Exception as error:
                log.error("ending silent sessions failed", exc_info=error)

    def _works(self, session_id: str) -> bool:
        return any(
            model.driven or model.lane.works
            for model in self.training.models.values()
            if model.row.session_id == session_id
        )
