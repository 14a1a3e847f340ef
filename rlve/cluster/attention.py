"""Attention of the trainers: over whole sequences, or over rows whose trunks and branches become sequences for it.

All else of a layer is computed once for every token of a row. For attention alone, each branch is put behind a copy of
its trunk's keys and values, so that nothing is computed that is not seen.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rlve.config import ConfigError

ROWS = "rows"
"""The attention's name among those of transformers."""
OPTION = "cluster.packing=false"
"""What does without it."""
NEVER = 2**30
"""A position that no token has reached."""

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Part:
    """Sequences of similar length. queries [N, Q], keys [N, K]: places in the flattened rows.

    positions: of queries [N, Q] and keys [N, K], NEVER for a key that is not to be seen; None: the keys are the
    queries, and each sees those before it. A short sequence repeats its last place.
    """

    queries: Tensor
    keys: Tensor
    positions: tuple[Tensor, Tensor] | None
    masks: dict[int | None, Tensor | None] = field(default_factory=dict[int | None, Tensor | None])

    def mask(self, window: int | None) -> Tensor | None:
        """[N, 1, Q, K], or [1, 1, Q, K] for all alike, the same for all layers with this window; None: causal."""
        if window not in self.masks:
            self.masks[window] = self._made(window)
        return self.masks[window]

    def _made(self, window: int | None) -> Tensor | None:
        if self.positions is None:
            return _window_mask(self.queries.shape[1], window, self.queries.device)
        queries, keys = self.positions[0][:, None, :, None], self.positions[1][:, None, None, :]
        seen = keys <= queries
        return seen if window is None else seen & (queries - keys < window)


@dataclass(frozen=True, slots=True)
class Parts:
    """All trunks and branches of rows, and where each place of the rows is in what the parts give one after another."""

    parts: list[Part]
    order: Tensor


def parts(starts: Integers, lengths: Integers, trunks: Integers, places: int, device: torch.device) -> Parts:
    """Of trunks and branches [S]: the first place, the tokens, and the number of the trunk, which is a trunk's own.

    places: in all rows.
    """

    def tensor(array: NDArray[Any]) -> Tensor:
        return torch.from_numpy(array).to(device)

    order = np.zeros(places, np.int64)  # what is padded may be anything
    made: list[Part] = []
    done = 0
    is_trunk = trunks == np.arange(len(trunks))
    for chosen, branches in ((np.flatnonzero(is_trunk), False), (np.flatnonzero(~is_trunk), True)):
        for these in _similar(chosen, lengths):
            queries, valid = _spans(starts[these], lengths[these])
            order[queries[valid]] = done + np.flatnonzero(valid)
            done += queries.size
            if not branches:
                made.append(Part(tensor(queries), tensor(queries), None))
                continue
            before = lengths[trunks[these]]
            trunk, in_trunk = _spans(starts[trunks[these]], before)
            # What is repeated at the end sees what the last token does, and is seen by nobody.
            asking = before[:, None] + np.minimum(np.arange(queries.shape[1]), lengths[these, None] - 1)
            asked = [np.where(in_trunk, np.arange(trunk.shape[1]), NEVER), np.where(valid, asking, NEVER)]
            positions = tensor(asking), tensor(np.concatenate(asked, 1))
            made.append(Part(tensor(queries), tensor(np.concatenate([trunk, queries], 1)), positions))
    return Parts(made, tensor(order))


def _similar(chosen: Integers, lengths: Integers) -> Iterator[Integers]:
    """The chosen by falling length, in runs whose shortest has more than half the tokens of their longest."""
    ordered = chosen[np.argsort(-lengths[chosen], kind="stable")]
    while len(ordered):
        count = int((2 * lengths[ordered] > lengths[ordered[0]]).sum())
        yield ordered[:count]
        ordered = ordered[count:]


def _spans(starts: Integers, lengths: Integers) -> tuple[Integers, NDArray[np.bool_]]:
    """[N, longest]: the places of each span, the last one repeated, and which are not repeated."""
    counted = np.arange(lengths.max())
    valid = counted < lengths[:, None]
    return starts[:, None] + np.minimum(counted, lengths[:, None] - 1), valid


def causal(
    query: Tensor, key: Tensor, value: Tensor, scaling: float | None, dropout: float, window: int | None
) -> Tensor:
    """Over whole sequences, as transformers computes it: [B, heads, T, d] → [B, T, heads, d]."""
    return _attend(query, key, value, _window_mask(query.shape[2], window, query.device), scaling, dropout)


def refuse_others(module: Any, mask: Tensor | None, others: dict[str, Any], option: str) -> None:
    """ConfigError where a model's attention does what this one does not."""
    unknown = [name for name in ("softcap", "s_aux", "position_bias") if others.get(name) is not None]
    if mask is not None or unknown:
        raise ConfigError(
            f"the attention of {type(module).__name__} uses {', '.join(unknown) or 'a mask of its own'}, which the "
            f"trainers' own attention does not; set {option}"
        )


def install(model: Any, name: str, attention: Any, option: str) -> None:
    """A transformers model's attention becomes the one given; it has no mask function, so that models make no mask."""
    from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

    ALL_ATTENTION_FUNCTIONS.register(name, attention)
    model.set_attn_implementation(name)
    if model.config.get_text_config()._attn_implementation != name:
        raise ConfigError(f"{type(model).__name__} does not let its attention be chosen; set {option}")


def of_rows(
    module: Any,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    scaling: float | None = None,
    dropout: float = 0.0,
    sliding_window: int | None = None,
    **others: Any,
) -> tuple[Tensor, None]:
    """As transformers calls it, query, key, value: [R, heads, T, d] → [R, T, heads, d].

    others: `row_parts` is what the rows hold; without it every row is a sequence, padded on the right.
    """
    row_parts: Parts | None = others.get("row_parts")
    refuse_others(module, attention_mask, others, OPTION)
    if row_parts is None:
        return causal(query, key, value, scaling, dropout, sliding_window), None
    shape, heads = query.transpose(1, 2).shape, query.shape[1]
    # [R · T, heads · d], which is how a model's projections lay them out.
    queries, keys, values = (each.transpose(1, 2).flatten(2).flatten(0, 1) for each in (query, key, value))
    found = [
        _attend(
            _gathered(queries, part.queries, heads),
            _gathered(keys, part.keys, key.shape[1]),
            _gathered(values, part.keys, key.shape[1]),
            part.mask(sliding_window),
            scaling,
            dropout,
        )
        for part in row_parts.parts
    ]
    together = torch.cat([each.flatten(2).flatten(0, 1) for each in found])
    return together.index_select(0, row_parts.order).view(shape), None


def _gathered(flat: Tensor, places: Tensor, heads: int) -> Tensor:
    """[places, heads · d], [N, L] → [N, heads, L, d]."""
    return flat.index_select(0, places.flatten()).view(*places.shape, heads, -1).transpose(1, 2)


def _attend(
    query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None, scaling: float | None, dropout: float
) -> Tensor:
    """mask: None is causal."""
    from transformers.integrations.sdpa_attention import sdpa_attention_forward

    layer: Any = SimpleNamespace(num_key_value_groups=query.shape[1] // key.shape[1], is_causal=True)
    return sdpa_attention_forward(layer, query, key, value, mask, dropout, scaling)[0]


def _window_mask(length: int, window: int | None, device: torch.device) -> Tensor | None:
    return None if window is None or length <= window else _windowed(length, window, device)


@lru_cache(maxsize=1)  # they may be large
def _windowed(length: int, window: int, device: torch.device) -> Tensor:
    """[1, 1, T, T]: a position sees itself and the window − 1 before it. All layers of a micro-batch share it."""
    places = torch.arange(length, device=device)
    behind = places[:, None] - places[None, :]
    return ((behind >= 0) & (behind < window))[None, None]
