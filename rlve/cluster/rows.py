"""The arrays of a micro-batch: trees of data side by side in rows, and where each datum's tokens are in them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rlve.cluster.packing import MicroBatch
from rlve.config import ConfigError
from rlve.types import Datum

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Rows:
    """Of R rows of T tokens. An entry is a place, in the flattened rows, with the target that is asked for there.

    tokens, positions [R, T]: positions count from each datum's first token. own [R, T]: a number for each trunk and
    each branch, −1 where a row is padded; trunk [R, T]: that of the trunk before a branch, or the trunk's own.
    places, targets [E]: the entries. order: the data, one after the other; of_entry [N]: the entry of each of their
    tokens, None where that is the same as counting.
    """

    tokens: Integers
    positions: Integers
    own: Integers
    trunk: Integers
    places: Integers
    targets: Integers
    order: list[int]
    of_entry: Integers | None


def lay_out(batch: MicroBatch, data: Sequence[Datum]) -> Rows:
    """An empty batch is one row, whose only entry is of no datum."""
    shape = (max(1, len(batch.rows)), batch.width)
    tokens, positions = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    own, trunks = np.full(shape, -1), np.full(shape, -1)
    flat = (tokens.reshape(-1), positions.reshape(-1), own.reshape(-1), trunks.reshape(-1))
    counted = np.arange(tokens.size + len(data))
    places: list[Integers] = []
    targets: list[Any] = []
    of_entry: list[Integers] = []
    order: list[int] = []
    entries = number = 0

    def put(start: int, inputs: Any, first: int, trunk: int) -> None:
        """inputs: those of a trunk or a branch, whose first token has position `first` and place `start`."""
        nonlocal number
        span = slice(start, start + len(inputs))
        flat[0][span], flat[1][span] = inputs, counted[first : first + len(inputs)]
        flat[2][span], flat[3][span] = number, trunk
        number += 1

    for row, these in enumerate(batch.rows):
        start = row * batch.width
        for tree in these:
            first, stem, last = data[tree.data[0]], number, start + tree.trunk - 1
            put(start, first.model_input[: tree.trunk], 0, stem)
            shared = counted[entries : entries + tree.trunk - 1]
            places.append(counted[start:last])
            targets.append(first.loss_fn_inputs["target_tokens"][: tree.trunk - 1])
            entries += tree.trunk - 1
            start += tree.trunk
            for index in tree.data:
                datum = data[index]
                branch = len(datum) - tree.trunk
                if branch:
                    put(start, datum.model_input[tree.trunk :], tree.trunk, stem)
                places += [counted[last : last + 1], counted[start : start + branch]]
                targets.append(datum.loss_fn_inputs["target_tokens"][tree.trunk - 1 :])
                of_entry += [shared, counted[entries : entries + branch + 1]]
                order.append(index)
                entries += branch + 1
                start += branch
    if not order:
        return Rows(tokens, positions, own, trunks, counted[:1], np.zeros(1, np.int64), [], counted[:0])
    shares = any(len(tree.data) > 1 for tree in batch.trees)
    return Rows(
        tokens,
        positions,
        own,
        trunks,
        np.concatenate(places),
        np.concatenate(targets).astype(np.int64, copy=False),
        order,
        np.concatenate(of_entry) if shares else None,
    )


def attention_mask(rows: Rows, config: Any, device: torch.device) -> Tensor | dict[str, Tensor]:
    """As a transformers model with this text config takes it: by kind of layer, where it tells them apart."""
    kinds: list[str] | None = getattr(config, "layer_types", None)
    if kinds is None:
        return mask(rows, None, device)
    windows = {"full_attention": None, "sliding_attention": getattr(config, "sliding_window", None)}
    if unknown := sorted(set(kinds) - windows.keys()):
        raise ConfigError(
            f"cluster.pack_tokens: rows of several sequences need masks, which are known for "
            f"{' and '.join(windows)}, and the model has {', '.join(unknown)}; set cluster.pack_tokens=0"
        )
    made = {window: mask(rows, window, device) for window in {windows[kind] for kind in kinds}}
    return {kind: made[windows[kind]] for kind in set(kinds)}


def mask(rows: Rows, window: int | None, device: torch.device) -> Tensor:
    """[R, 1, T, T]: a token sees those of its own trunk or branch, and of the trunk before it, up to itself.

    window: and of these only so many positions, itself among them.
    """
    own, trunk = (torch.from_numpy(each).to(device) for each in (rows.own, rows.trunk))
    seen = (own[:, :, None] == own[:, None, :]) | (trunk[:, :, None] == own[:, None, :])
    seen &= torch.ones(seen.shape[1:], dtype=torch.bool, device=device).tril()
    if window is not None:
        positions = torch.from_numpy(rows.positions).to(device)
        seen &= positions[:, :, None] - positions[:, None, :] < window
    return seen[:, None]
