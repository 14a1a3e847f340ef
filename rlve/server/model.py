"""A model that a client trains: what was asked for, and where it stands."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from rlve.config import LoraConfig, RLVEConfig, WandbConfig
from rlve.policy import Policy
from rlve.server.futures import Lane
from rlve.server.tables import FutureRow, ModelRow


@dataclass(frozen=True)
class Plan:
    """What a client asked a model to be; kept as data with it. load: a checkpoint to start from, with its optimizer?"""

    base_model: str
    lora: LoraConfig | None
    max_batch_size: int
    max_seq_len: int
    train_only: bool = False
    load: tuple[str, bool] | None = None
    rlve: RLVEConfig | None = None
    wandb: WandbConfig | None = None

    def data(self) -> dict[str, Any]:
        return {
            name: value.model_dump() if hasattr(value, "model_dump") else value for name, value in vars(self).items()
        }

    @classmethod
    def of(cls, data: dict[str, Any]) -> "Plan":
        sections = {"lora": LoraConfig, "rlve": RLVEConfig, "wandb": WandbConfig}
        made = {name: kind.model_validate(data[name]) if data[name] else None for name, kind in sections.items()}
        return cls(**{**data, **made, "load": tuple(data["load"]) if data["load"] else None})


@dataclass
class Model:
    """A model that is alive. steps, gradient: optimizer steps, and whether gradient waits, since the last snapshot.

    version: counts changes of the weights; synced: the one that its sampler has. driven: a run of the server's own
    trains it, so that clients may only sample.
    """

    row: ModelRow
    plan: Plan
    lane: Lane
    policy: Policy | None = None
    steps: int = 0
    gradient: bool = False
    version: int = 0
    synced: int = -1
    driven: bool = False
    syncing: asyncio.Lock = field(default_factory=asyncio.Lock)
    starting: asyncio.Task[None] | None = None
    creating: FutureRow | None = None
    slot: asyncio.Semaphore | None = None

    @property
    def id(self) -> str:
        return self.row.id
