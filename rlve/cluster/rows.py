"""The arrays of a micro-batch: trees of data side by side in rows, and where each datum's tokens are in them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from rlve.cluster.attention import Integers, Parts, parts
from rlve.cluster.packing import MicroBatch
from rlve.types import Datum


@dataclass(frozen=True, slots=True)
class Rows:
    """Of R rows of T tokens. An entry is a place, in the flattened rows, with the target that is asked for there.

    tokens, positions [R, T]: positions count from each datum's first token. starts, lengths, trunks [S], of each trunk
    and each branch: its first place, its tokens, and the number of the trunk before it, which is a trunk's own.
    places, targets [E]: the entries. order: the data, one after the other; of_entry [N]: the entry of each of their
    tokens, None where that is the same as counting.
    """

    tokens: Integers
    positions: Integers
    starts: Integers
    lengths: Integers
    trunks: Integers
    places: Integers
    targets: Integers
    order: list[int]
    of_entry: Integers | None

    def parts(self, device: torch.device) -> Parts:
        """For attention.of_rows."""
        return parts(self.starts, self.lengths, self.trunks, self.tokens.size, device)


def lay_out(batch: MicroBatch, data: Sequence[Datum]) -> Rows:
    """An empty batch is one row, whose only entry is of no datum."""
    shape = (max(1, len(batch.rows)), batch.width)
    tokens, positions = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    flat = (tokens.reshape(-1), positions.reshape(-1))
    segments: list[tuple[int, int, int]] = []
    counted = np.arange(tokens.size + len(data))
    places: list[Integers] = []
    targets: list[Any] = []
    of_entry: list[Integers] = []
    order: list[int] = []
    entries = 0

    def put(start: int, inputs: Any, first: int, trunk: int) -> None:
        """inputs: those of a trunk or a branch, whose first token has position `first` and place `start`."""
        span = slice(start, start + len(inputs))
        flat[0][span], flat[1][span] = inputs, counted[first : first + len(inputs)]
        segments.append((start, len(inputs), trunk))

    for row, these in enumerate(batch.rows):
        start = row * batch.width
        for tree in these:
            first, stem, last = data[tree.data[0]], len(segments), start + tree.trunk - 1
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
        nothing, one = counted[:0], np.zeros(1, np.int64)
        return Rows(tokens, positions, nothing, nothing, nothing, one, one, [], nothing)
    segment = np.array(segments)
    shares = any(len(tree.data) > 1 for tree in batch.trees)
    return Rows(
        tokens,
        positions,
        segment[:, 0],
        segment[:, 1],
        segment[:, 2],
        np.concatenate(places),
        np.concatenate(targets).astype(np.int64, copy=False),
        order,
        np.concatenate(of_entry) if shares else None,
    )
