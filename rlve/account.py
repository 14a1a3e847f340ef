"""The token ledger and the stage clock of a run, and what they say of its last rounds."""

import os
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rlve.bottleneck import ROUNDS, bottleneck
from rlve.config import TrainConfig
from rlve.ledger import TokenLedger, Tokens
from rlve.measures import ledger_metrics
from rlve.policy import Limits, Measured, Policy, SyncReport
from rlve.shares import Costs, shares
from rlve.stage_clock import Seconds, StageClock
from rlve.types import Group


@dataclass(frozen=True)
class Closed:
    """A round that has ended."""

    tokens: Tokens
    seconds: Seconds
    metrics: dict[str, float]


class Account:
    """The stream gets `tokens` and `clock`; the driver closes every round. Without costs no shares are told."""

    def __init__(self, config: TrainConfig, costs: Costs | None) -> None:
        self.tokens, self.clock = TokenLedger(), StageClock()
        self._config, self._costs = config, costs
        self._limits: Limits | None = None
        self._rounds: deque[tuple[Tokens, Seconds]] = deque(maxlen=ROUNDS)

    async def measure(self, policy: Policy) -> Limits | None:
        """Before the first round, where the policy can; about a second."""
        if self._costs is not None and isinstance(policy, Measured):
            self._limits = await policy.limits()
        return self._limits

    def close(self, pending: int, trained: Sequence[Group], sync: SyncReport) -> Closed:
        """Ends the round. pending: as TokenLedger.close takes it."""
        tokens, seconds = self.tokens.close(pending), self.clock.close()
        self._rounds.append((tokens, seconds))
        metrics = ledger_metrics(tokens, seconds)
        if self._costs is not None and self._limits is not None:
            metrics |= shares(self._config, tokens, seconds, trained, sync, self._costs, self._limits)
        return Closed(tokens, seconds, metrics)

    def bottleneck(self) -> str | None:
        """One sentence on the last rounds; None before the first."""
        if not self._rounds:
            return None
        cluster = self._config.cluster
        alone = self._config.policy.kind == "cluster" and cluster.device == "cpu" and cluster.address is None
        return bottleneck(self._config, list(self._rounds), os.cpu_count() if alone else None)

    def state(self) -> dict[str, Any]:
        """JSON types, for a checkpoint. Seconds begin anew with a run that goes on."""
        return self.tokens.state()

    def load(self, state: Mapping[str, Any]) -> None:
        self.tokens.load(state)
