"""What a machine does in a second: measured where a file says so, else published limits and assumed shares of them."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, cast

from rlve.config import ConfigError

Basis = Literal["measured", "published", "assumed"]
FORMAT = 1


@dataclass(frozen=True)
class Rate:
    """A number with its unit, how it is known, and where it comes from."""

    value: float
    unit: str
    basis: Basis
    source: str


@dataclass(frozen=True)
class Point:
    """An achieved share of `matrix_flops` in training, recomputation counted, and the setting it was measured in."""

    parameters: int
    length: int
    lora: bool
    share: float
    source: str


@dataclass(frozen=True)
class Rates:
    """Rates by name; `points` take the place of the rate train_share."""

    device: str
    rates: Mapping[str, Rate]
    points: Sequence[Point] = field(default=())

    def __getitem__(self, name: str) -> float:
        return self.rates[name].value

    def train_share(self, parameters: int, length: int, lora: bool) -> Rate:
        """That of the nearest measured setting: of the same kind if there is one, then in sizes, as ratios."""
        if not self.points:
            return self.rates["train_share"]

        def distance(point: Point) -> tuple[bool, float]:
            sizes = abs(math.log(point.parameters / parameters)) + abs(math.log(point.length / max(length, 1)))
            return point.lora != lora, sizes

        nearest = min(self.points, key=distance)
        setting = f"{nearest.parameters / 1e9:.3g} B, {nearest.length} tokens, {'LoRA' if nearest.lora else 'full'}"
        return Rate(nearest.share, "of matrix_flops", "measured", f"{nearest.source}: {setting}")


_UNITS = {
    "matrix_flops": "FLOP/s",
    "memory_bandwidth": "byte/s",
    "memory_bytes": "byte",
    "link_bandwidth": "byte/s",
    "network_bandwidth": "byte/s",
    "host_bandwidth": "byte/s",
    "copy_bandwidth": "byte/s",
    "digest_bandwidth": "byte/s",
    "disk_bandwidth": "byte/s",
    "train_share": "of matrix_flops",
    "prefill_share": "of matrix_flops",
    "decode_share": "of memory_bandwidth",
    "decode_step_seconds": "s",
    "decode_sequence_seconds": "s",
    "sync_seconds": "s",
}
_DATASHEET = "NVIDIA H100 SXM data sheet"
_ANYWHERE: dict[str, tuple[float, Basis, str]] = {
    "copy_bandwidth": (5e9, "assumed", "a copy in host memory by one thread"),
    "digest_bandwidth": (0.8e9, "assumed", "blake2b on one core"),
    "disk_bandwidth": (1e9, "assumed", "a shared or local disk"),
}
_H100: dict[str, tuple[float, Basis, str]] = {
    **_ANYWHERE,
    "matrix_flops": (989e12, "published", f"{_DATASHEET}, bf16 dense"),
    "memory_bandwidth": (3.35e12, "published", _DATASHEET),
    "memory_bytes": (79 * 2**30, "published", f"{_DATASHEET}, 80 GB less what the driver keeps"),
    "link_bandwidth": (450e9, "published", f"{_DATASHEET}, NVLink in one direction"),
    "network_bandwidth": (50e9, "published", "one 400 Gb/s link"),
    "host_bandwidth": (10e9, "assumed", "pageable host memory, of 64e9 that PCIe 5 x16 has"),
    "train_share": (0.3, "assumed", "prime-rl publishes 0.14 to 0.35 MFU for 4 B parameters on 8 H100"),
    "prefill_share": (0.4, "assumed", "large matrix products without a backward pass"),
    "decode_share": (0.6, "assumed", "reads of weights and of keys and values, beside the data sheet's bandwidth"),
    "decode_step_seconds": (0.004, "assumed", "scheduling and launching one step of an engine"),
    "decode_sequence_seconds": (1e-5, "assumed", "sampling and bookkeeping of one sequence in a step"),
    "sync_seconds": (0.5, "assumed", "calls, probe prompt and cache reset of a sync"),
}
_CPU: dict[str, tuple[float, Basis, str]] = {
    **_ANYWHERE,
    # Of one thread; a layout's threads multiply it.
    "matrix_flops": (80e9, "assumed", "one core at 2.5 GHz, one AVX-512 unit, float32"),
    "memory_bandwidth": (10e9, "assumed", "one core's share of two memory channels"),
    "memory_bytes": (0.0, "assumed", "this machine's"),
    "link_bandwidth": (1e9, "assumed", "gloo on one machine"),
    "network_bandwidth": (1.25e9, "published", "10 Gb/s Ethernet"),
    "host_bandwidth": (5e9, "assumed", "a copy in host memory by one thread"),
    "train_share": (0.3, "assumed", "small matrix products"),
    "prefill_share": (0.3, "assumed", "small matrix products"),
    "decode_share": (0.6, "assumed", "reads of weights and of keys and values"),
    "decode_step_seconds": (0.004, "assumed", "scheduling and launching one step of an engine"),
    "decode_sequence_seconds": (5e-5, "assumed", "sampling and bookkeeping of one sequence in a step"),
    "sync_seconds": (0.1, "assumed", "calls, probe prompt and cache reset of a sync"),
}


def published(device: str) -> Rates:
    """cuda: an H100 SXM; cpu: one core, as a guess that a measured file should take the place of."""
    table = _H100 if device == "cuda" else _CPU
    name = "H100 SXM" if device == "cuda" else "CPU core"
    return Rates(name, {key: Rate(value, _UNITS[key], basis, source) for key, (value, basis, source) in table.items()})


def read(device: str, file: Path | None) -> Rates:
    """Those of a file that a benchmark wrote, for what it lacks the published ones; ConfigError where it is none."""
    known = published(device)
    if file is None:
        return known
    try:
        content = cast(dict[str, Any], json.loads(file.read_text(encoding="utf-8")))
        if content["format"] != FORMAT:
            raise ConfigError(f"--rates: {file} has format {content['format']}, expected {FORMAT}; write it again")
        if content["kind"] != device:
            raise ConfigError(
                f"--rates: {file} was measured on {content['kind']} ({content['device']}), and cluster.device is "
                f"{device}; give the file of such a device, or none"
            )
        if unknown := content["rates"].keys() - _UNITS.keys():
            raise ConfigError(f"--rates: {file} names {min(unknown)}; known are {', '.join(_UNITS)}")
        rates = {
            name: Rate(float(rate["value"]), _UNITS[name], "measured", str(rate["source"]))
            for name, rate in content["rates"].items()
        }
        points = [Point(**point) for point in content["points"]]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        if isinstance(error, ConfigError):
            raise
        raise ConfigError(
            f"--rates: {file} is not a file that scripts/benchmark_gpu.py --write-rates writes "
            f"({type(error).__name__}: {error})"
        ) from error
    if faulty := [name for name, rate in rates.items() if not rate.value > 0 or not math.isfinite(rate.value)]:
        raise ConfigError(f"--rates: {file} has {faulty[0]}={rates[faulty[0]].value}; expected a positive number")
    return replace(known, device=content["device"], rates={**known.rates, **rates}, points=points)


def write(file: Path, kind: str, device: str, rates: Mapping[str, tuple[float, str]], points: Sequence[Point]) -> None:
    """What `read` takes. rates: name → (value, source)."""
    content = {
        "format": FORMAT,
        "kind": kind,
        "device": device,
        "rates": {name: {"value": value, "source": source} for name, (value, source) in rates.items()},
        "points": [asdict(point) for point in points],
    }
    file.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
