"""One configuration's plan: everything that the other modules compute, as one value and as JSON."""

import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rlve.config import TrainConfig, validate
from rlve.plan import rates as known
from rlve.plan.batch import Assumptions, Batch, assumptions, batch
from rlve.plan.composition import Value, composition
from rlve.plan.layout import Layout, layout
from rlve.plan.memory import Memory, memory
from rlve.plan.rates import Rates
from rlve.plan.stages import Seconds, seconds
from rlve.plan.work import Work, shape_of

PAPER_GPU_HOURS, PAPER_STEPS, PAPER_GPUS = 1100, 740, 8
"""What RLVE reports for 1.5 B parameters on 8 H100 (arXiv 2511.07317)."""
SCHEMA = 1


@dataclass(frozen=True)
class Options:
    """What the command line gives beside the configuration; None: what `assumptions` and `rates` say."""

    response_tokens: float | None = None
    useful_share: float | None = None
    prompt_tokens: int | None = None
    rates: Path | None = None
    node_gpus: int = 8
    node_memory: int | None = None


@dataclass(frozen=True)
class Plan:
    """node_memory: bytes of a node's memory, 0 where it is not known."""

    config: TrainConfig
    values: Sequence[Value]
    assumed: Assumptions
    work: Work
    batch: Batch
    layout: Layout
    memory: Memory
    seconds: Seconds
    rates: Rates
    node_memory: int

    @property
    def paper_minutes(self) -> float:
        """Of a step on PAPER_GPUS."""
        return PAPER_GPU_HOURS / PAPER_STEPS / PAPER_GPUS * 60

    def json(self) -> dict[str, Any]:
        """Bytes, seconds and tokens; the keys are stable within a schema number."""
        memory, work, stages = self.memory, self.work, self.seconds.stages
        return {
            "schema": SCHEMA,
            "name": self.config.name,
            "config": [asdict(value) for value in self.values],
            "assumed": asdict(self.assumed),
            "model": {
                "path": self.config.model.path,
                "parameters": work.parameters,
                "trained_parameters": work.trained,
                "weight_bytes": work.weight_bytes,
                "kv_bytes_per_token": work.kv_bytes,
                "forward_flops_per_token": work.forward_flops(self.batch.context),
                "train_flops_per_token": work.train_flops(self.batch.context),
            },
            "batch": asdict(self.batch),
            "placement": asdict(self.layout),
            "memory": {
                "devices": {
                    device.role: {
                        "count": device.count,
                        "limit": device.limit,
                        "peak": device.peak,
                        "phases": {phase: dict(parts) for phase, parts in device.phases.items()},
                    }
                    for device in memory.devices
                },
                "cache": asdict(memory.cache),
                "node": dict(memory.node),
                "node_limit": self.node_memory,
                "faults": memory.faults,
                "warnings": memory.warnings,
            },
            "predicted": {
                "seconds": {name: stage.seconds for name, stage in stages.items()} | {"round": self.seconds.round},
                "parts": {name: stage.parts for name, stage in stages.items()},
                "shares": self.seconds.shares,
                "run_hours": self.seconds.run_hours,
                "device_hours": self.seconds.device_hours,
                "generated_tokens_per_round": self.seconds.generated_tokens,
                "generated_tokens_per_second": self.seconds.generated_tokens_per_second,
                "trained_tokens_per_second": self.seconds.trained_tokens_per_second,
                "mfu": self.seconds.mfu,
                "decode_batch": self.seconds.decode_batch,
                "finished_groups": self.seconds.finished_groups,
                "fetches": self.seconds.fetches,
                "preempted": self.seconds.preempted,
            },
            "rates": {"device": self.rates.device, "used": {n: asdict(rate) for n, rate in self.seconds.used.items()}},
            "paper": {"gpu_hours": PAPER_GPU_HOURS, "steps": PAPER_STEPS, "minutes_per_step": self.paper_minutes},
        }


def plan(overrides: Sequence[str], options: Options | None = None) -> Plan:
    """Raises ConfigError, EnvironmentNotFound, and what Hydra and OmegaConf raise."""
    options = options or Options()
    composed = composition(overrides)
    config = validate(composed.plain)
    rates = known.read(config.cluster.device, options.rates)
    work = Work(shape_of(config.model), config.model.dtype, config.lora.config)
    assumed = assumptions(
        config, options.response_tokens, options.useful_share, options.prompt_tokens, options.node_gpus
    )
    this_batch = batch(config, assumed)
    placed = layout(config, options.node_gpus)
    host = options.node_memory
    if host is None:
        # A CPU layout that starts Ray here runs here; of other nodes nothing is known.
        here = config.cluster.device == "cpu" and config.cluster.address is None
        host = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") if here else 0
    fits = memory(config, work, this_batch, rates, placed, host)
    taken = seconds(config, work, this_batch, assumed, fits, rates, placed)
    return Plan(config, composed.values, assumed, work, this_batch, placed, fits, taken, rates, host)
