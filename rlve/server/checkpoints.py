"""Named, immutable checkpoints at tinker://RUN/KIND/NAME: folders on disk, rows in the store."""

import asyncio
import hmac
import os
import shutil
import time
from collections.abc import Awaitable, Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

from rlve.server.parsing import BadRequest
from rlve.server.requests import TinkerPath
from rlve.server.store import Store
from rlve.server.tables import CheckpointRow

TYPES = {"weights": "training", "sampler_weights": "sampler", "external_weights": "external"}
URL_SECONDS = 3600
"""How long a download's address works."""


class Checkpoints:
    """Written beside, renamed into place; a row in the store is what makes a folder a checkpoint."""

    def __init__(self, store: Store, root: Path, secret: bytes) -> None:
        """secret: signs the addresses of downloads."""
        self.store, self.root, self.secret = store, root, secret
        self.partial = root / "partial"
        shutil.rmtree(self.partial, ignore_errors=True)
        self.partial.mkdir(parents=True)

    async def write(
        self, path: TinkerPath, fill: Callable[[Path], Awaitable[Any]], info: dict[str, Any], **values: Any
    ) -> CheckpointRow:
        """The row of a checkpoint whose files `fill` puts into a folder; the caller stores it with the outcome.

        A name that is written again gets a folder of its own, so that what reads the old one still can.
        """
        stamp = f"{time.time_ns():x}"
        partial = self.partial / stamp
        partial.mkdir()
        await fill(partial)
        target = self.root / "checkpoints" / path.run.replace(":", "_") / path.kind / f"{path.name}-{stamp}"
        size = await asyncio.to_thread(_settle, partial, target)
        return CheckpointRow(
            str(path),
            path.run,
            path.kind,
            path.name,
            str(target.relative_to(self.root)),
            time.time(),
            size,
            info=info,
            **values,
        )

    async def find(self, path: TinkerPath | str) -> CheckpointRow:
        """BadRequest (404) where there is none."""
        row = await self.store.checkpoint(str(path))
        if row is None or (row.expires_at is not None and row.expires_at <= time.time()):
            raise BadRequest(404, f"there is no checkpoint {str(path)[:200]}; GET checkpoints lists those that exist")
        return row

    def folder(self, row: CheckpointRow) -> Path:
        return self.root / row.folder

    async def delete(self, row: CheckpointRow) -> None:
        await self.store.delete_checkpoint(row.tinker_path)
        await asyncio.to_thread(shutil.rmtree, self.folder(row), True)

    async def remove_expired(self) -> int:
        expired = await self.store.expired_checkpoints()
        for row in expired:
            await self.delete(row)
        return len(expired)

    async def remove_orphans(self) -> None:
        """Folders that no row names: of writes that a crash cut off, or that were replaced."""
        known: set[str] = set()
        offset = 0
        while rows := (await self.store.list_checkpoints(1000, offset)).rows:
            known |= {row.folder for row in rows}
            offset += len(rows)
        for folder in (self.root / "checkpoints").glob("*/*/*"):
            if str(folder.relative_to(self.root)) not in known:
                await asyncio.to_thread(shutil.rmtree, folder, True)

    async def copy(self, source: CheckpointRow, target: TinkerPath, expires_at: float | None) -> CheckpointRow:
        async def fill(folder: Path) -> None:
            await asyncio.to_thread(shutil.copytree, self.folder(source), folder, dirs_exist_ok=True)

        made = await self.write(target, fill, source.info, expires_at=expires_at)
        await self.store.add_checkpoint(made)
        return made

    def urls(self, row: CheckpointRow, base_url: str) -> tuple[dict[str, str], float]:
        """File → an address that works without a key until the time that comes with them."""
        expires = time.time() + URL_SECONDS
        run, cid = row.model_id, f"{row.kind}/{row.name}"
        files = [file for file in sorted(self.folder(row).rglob("*")) if file.is_file()]
        names = [str(file.relative_to(self.folder(row))) for file in files]
        return {
            name: f"{base_url}/api/v1/downloads/{run}/{cid}/{name}?expires={int(expires)}"
            f"&signature={self.signature(row.tinker_path, name, int(expires))}"
            for name in names
        }, expires

    def signature(self, tinker_path: str, name: str, expires: int) -> str:
        return hmac.new(self.secret, f"{tinker_path}\n{name}\n{expires}".encode(), sha256).hexdigest()

    async def download(self, path: TinkerPath, name: str, expires: int, signature: str) -> Path:
        """The file behind a signed address; BadRequest (401) where the signature is wrong, 410 where it is too old."""
        if not hmac.compare_digest(self.signature(str(path), name, expires).encode(), signature.encode()):
            raise BadRequest(401, "the signature of this address is wrong; ask external_weights_urls for a new one")
        if expires < time.time():
            raise BadRequest(410, "this address has expired; ask external_weights_urls for a new one")
        return self.folder(await self.find(path)) / name


def _settle(partial: Path, target: Path) -> int:
    """Moves a written folder into place once its bytes are on the disk; its size."""
    size = 0
    for file in filter(Path.is_file, partial.rglob("*")):
        size += file.stat().st_size
        with file.open("rb") as opened:
            os.fsync(opened.fileno())
    target.parent.mkdir(parents=True, exist_ok=True)
    partial.rename(target)
    return size
