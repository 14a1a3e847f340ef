"""Whose turn it is where trainers and engines share devices: those who sample, those who train, or one who syncs."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Literal

Kind = Literal["sample", "train", "sync"]


class Turns:
    """Calls of one kind run together; others wait for the last of them, and then all of the kind that came first enter.

    Who comes while another kind waits goes behind it, so that nobody waits for ever. Syncs run one at a time.
    """

    def __init__(self, prepare: Mapping[Kind, Callable[[], Awaitable[None]]]) -> None:
        """prepare: brings the devices, in whatever state, into the one that a turn of the kind needs."""
        self._prepare = prepare
        self._kind: Kind | None = None  # what the devices are prepared for
        self._holders = 0
        self._waiting: list[tuple[Kind, asyncio.Future[None]]] = []
        self._switch: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def turn(self, kind: Kind) -> AsyncIterator[None]:
        await self._enter(kind)
        try:
            yield
        finally:
            self._holders -= 1
            self._advance()

    async def go_on(self, kind: Kind) -> None:
        """Within the turn of a sync: the devices are prepared for another kind, while no other call may enter."""
        self._kind = None
        await self._prepare[kind]()
        self._kind = kind
        self._advance()

    async def _enter(self, kind: Kind) -> None:
        entered = asyncio.get_running_loop().create_future()
        self._waiting.append((kind, entered))
        self._advance()
        try:
            await entered
        except asyncio.CancelledError:
            if entered.done() and not entered.cancelled() and entered.exception() is None:
                self._holders -= 1  # it had entered before it could know
            self._advance()
            raise

    def _advance(self) -> None:
        """Lets in who may enter; where that needs other devices, prepares them first."""
        self._waiting = [(kind, entered) for kind, entered in self._waiting if not entered.done()]
        if self._switch is not None or not self._waiting:
            return
        first = self._waiting[0][0]
        if self._holders and (first != self._kind or first == "sync"):
            return
        if first != self._kind:
            self._switch = asyncio.create_task(self._change(first))
            return
        for kind, entered in self._waiting:
            if kind == first:
                self._holders += 1
                entered.set_result(None)
                if kind == "sync":
                    break

    async def _change(self, kind: Kind) -> None:
        self._kind = None
        (failure,) = await asyncio.gather(self._prepare[kind](), return_exceptions=True)
        self._switch = None
        if failure is None:
            self._kind = kind
        else:  # an engine or a trainer has failed: whoever waits is told, and who comes later tries again
            for _, entered in self._waiting:
                if not entered.done():
                    entered.set_exception(failure)
        self._advance()


class Apart:
    """Devices of their own: nobody waits for anybody."""

    @asynccontextmanager
    async def turn(self, kind: Kind) -> AsyncIterator[None]:
        yield

    async def go_on(self, kind: Kind) -> None:
        return
