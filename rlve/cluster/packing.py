"""How a call's data are spread over ranks, micro-batches and rows. The sum of the loss does not depend on it.

Data that begin alike, as the samples of one prompt do, are a tree: what they share is computed once.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from heapq import heapify, heappop, heappush
from itertools import count, pairwise

import numpy as np
from numpy.typing import NDArray

from rlve.config import ClusterConfig
from rlve.types import Datum

FEW = 4096
"""Trees times rows up to which Karmarkar–Karp evens rows out."""
MIN_TRUNK = 4
"""Tokens from which on a common beginning is worth a tree."""


@dataclass(frozen=True, slots=True)
class Tree:
    """Data that share their first `trunk` tokens and, but for the trunk's last token, what follows each of them.

    data: indices, with the length of each. The trunk of a single datum is all of it.
    """

    data: tuple[int, ...]
    lengths: tuple[int, ...]
    trunk: int

    @property
    def tokens(self) -> int:
        """Those that are computed: the trunk once, and each datum's own."""
        return self.trunk + sum(self.lengths) - self.trunk * len(self.lengths)

    @property
    def entries(self) -> int:
        """Log-probabilities that are computed: after the trunk, every datum has a target of its own."""
        return self.tokens + len(self.data) - 1


@dataclass(frozen=True, slots=True)
class MicroBatch:
    """Rows of trees, `width` tokens each, shorter ones padded. chunk_count: parts that its logits are made in."""

    rows: tuple[tuple[Tree, ...], ...]
    width: int
    chunk_count: int = 1

    @property
    def trees(self) -> list[Tree]:
        return [tree for row in self.rows for tree in row]

    @property
    def padded_tokens(self) -> int:
        return len(self.rows) * self.width

    @property
    def packed(self) -> bool:
        """Whether a row holds more than one datum."""
        return any(len(row) > 1 or any(len(tree.data) > 1 for tree in row) for row in self.rows)


@dataclass(frozen=True, slots=True)
class Share:
    """What a rank computes: indices of the call's data, and micro-batches of trees whose indices are places in `data`.

    Every rank has as many micro-batches, with as many chunks, where it lacks data empty ones: under ZeRO 3 a
    micro-batch and a chunk fetch weights from all ranks, so that all must do the same.
    """

    data: list[int]
    batches: list[MicroBatch] = field(default_factory=list[MicroBatch])


def plan(data: Sequence[Datum], cluster: ClusterConfig, balance: bool) -> list[Share]:
    """Each data rank's share; the ranks of a sequence-parallel group have one together."""
    found = trees(data, cluster.group_tokens) if cluster.packing else singles([len(datum) for datum in data])
    return [_local(batches) for batches in spread(found, cluster, balance)]


def metrics(shares: Sequence[Share]) -> dict[str, float]:
    """unique_tokens: of all data, shared ones once; computed_tokens: those and padding."""
    batches = [batch for share in shares for batch in share.batches]
    return {
        "unique_tokens:sum": float(sum(tree.tokens for batch in batches for tree in batch.trees)),
        "computed_tokens:sum": float(sum(batch.padded_tokens for batch in batches)),
    }


def singles(lengths: Sequence[int]) -> list[Tree]:
    return [Tree((index,), (length,), length) for index, length in enumerate(lengths)]


def joined(group: Sequence[Tree], trunk: int, limit: int) -> list[Tree]:
    """Single data that begin with the same `trunk` tokens as trees, but for those longer than `limit`."""
    short, long = ([tree for tree in group if (tree.tokens <= limit) is fits] for fits in (True, False))
    if trunk < MIN_TRUNK or len(short) < 2:
        return list(group)
    return [
        *long,
        Tree(tuple(tree.data[0] for tree in short), tuple(tree.lengths[0] for tree in short), trunk),
    ]


def trees(data: Sequence[Datum], limit: int) -> list[Tree]:
    """Every datum in one tree, such that about as much as one level of branches can save is saved.

    limit: what a tree can hold; longer data stay single.
    """
    lengths = [len(datum) for datum in data]
    inputs = [np.ascontiguousarray(datum.model_input, np.int64) for datum in data]
    # In this order data that begin alike are neighbours, whatever the order of the bytes of a number is.
    order = sorted((i for i in range(len(data)) if lengths[i] <= limit), key=lambda index: inputs[index].tobytes())
    alike = [_alike(data[one], data[other]) for one, other in pairwise(order)]
    found = [Tree((index,), (length,), length) for index, length in enumerate(lengths) if length > limit]
    for run in _runs([lengths[index] for index in order], alike, limit):
        members = sorted(order[place] for place in run)
        trunk = min(alike[run.start : run.stop - 1], default=lengths[members[0]])
        found.append(Tree(tuple(members), tuple(lengths[index] for index in members), trunk))
    return sorted(found, key=lambda tree: tree.data)


def _alike(one: Datum, other: Datum) -> int:
    """Tokens of the longest trunk that a tree of both can have."""
    tokens = _common(one.model_input, other.model_input)
    targets = (datum.loss_fn_inputs["target_tokens"][:tokens] for datum in (one, other))
    return min(tokens, _common(*targets) + 1)


def _common(one: NDArray[np.generic], other: NDArray[np.generic]) -> int:
    """Length of the common prefix."""
    length = min(len(one), len(other))
    differ = one[:length] != other[:length]
    place = int(differ.argmax()) if length else 0
    return place if length and differ[place] else length


def _runs(lengths: Sequence[int], alike: Sequence[int], limit: int) -> list[range]:
    """The runs of neighbours, `alike[i]` being the common tokens of i and i + 1, that save most as trees of `limit`.

    Runs that share more and more are nested; of each it is either all, as one, or the best of what it contains.
    """

    @dataclass(slots=True)
    class Run:
        shared: int
        start: int
        saved: int
        parts: list[range]

    totals = np.concatenate([[0], np.cumsum(lengths)])
    opened = [Run(0, 0, 0, [])]
    for end, shared in enumerate([*alike, 0] if lengths else [], start=1):
        closed = Run(0, end - 1, 0, [range(end - 1, end)])
        while opened[-1].shared > shared:
            run = opened.pop()
            run.saved, run.parts = run.saved + closed.saved, run.parts + closed.parts
            members = end - run.start
            own = int(totals[end] - totals[run.start]) - members * run.shared
            copies = max(1, -(-own // max(1, limit - run.shared)))
            saved = run.shared * (members - copies)
            if run.shared >= MIN_TRUNK and saved >= run.saved:
                run.saved, run.parts = saved, [range(run.start, end)]
            closed = run
        if opened[-1].shared < shared:
            opened.append(Run(shared, closed.start, 0, []))
        opened[-1].saved += closed.saved
        opened[-1].parts = opened[-1].parts + closed.parts
    return opened[0].parts


def spread(found: Sequence[Tree], cluster: ClusterConfig, balance: bool) -> list[list[MicroBatch]]:
    """Micro-batches of each data rank, of trees or parts of them."""
    ranks, size = cluster.trainers // cluster.sequence_parallel, cluster.sequence_parallel
    mean = sum(tree.tokens for tree in found) / ranks
    # One tree must not keep a rank busy for longer than all have to do; its parts repeat the trunk.
    parts = [part for tree in found for part in _divided(tree, min(ranks, round(tree.tokens / max(1, mean))))]
    if cluster.packing:
        parts = [part for tree in parts for part in _fitted(tree, cluster.group_tokens)]
    shares = partition([part.tokens for part in parts], ranks, balance)
    batched = [_batches([parts[index] for index in share], cluster) for share in shares]
    result: list[list[MicroBatch]] = [[] for _ in range(ranks)]
    for place in range(max(map(len, batched))):
        these = [batches[place] if place < len(batches) else MicroBatch((), size) for batches in batched]
        rows = [
            -(-each.padded_tokens // size) if size > 1 else sum(tree.entries for tree in each.trees) for each in these
        ]
        chunks = max(1, -(-max(rows) // cluster.logits_chunk_tokens))
        for batches, each in zip(result, these, strict=True):
            batches.append(replace(each, chunk_count=chunks))
    return result


def _divided(tree: Tree, count: int) -> list[Tree]:
    """The tree in up to `count` trees of about the same size."""
    count = min(count, len(tree.data))
    if count < 2:
        return [tree]
    shares = partition([length - tree.trunk for length in tree.lengths], count, balance=True)
    return [
        Tree(
            tuple(tree.data[place] for place in share),
            tuple(tree.lengths[place] for place in share),
            tree.trunk if len(share) > 1 else tree.lengths[share[0]],
        )
        for share in shares
        if share
    ]


def _fitted(tree: Tree, limit: int) -> list[Tree]:
    """The tree in as few trees as fit into `limit` tokens each."""
    own = tree.tokens - tree.trunk
    for number in range(max(1, -(-own // max(1, limit - tree.trunk))), len(tree.data) + 1):
        parts = _divided(tree, number)
        if all(part.tokens <= limit for part in parts):
            return parts
    return _divided(tree, len(tree.data))


def _batches(own: Sequence[Tree], cluster: ClusterConfig) -> list[MicroBatch]:
    if cluster.packing:
        return [MicroBatch((row,), _total(row)) for row in rows(own, cluster.group_tokens)]
    size = cluster.sequence_parallel
    widths = [tree.tokens for tree in own]
    return [
        MicroBatch(tuple((own[place],) for place in batch), -(-widths[batch[0]] // size) * size)
        for batch in micro_batches(widths, cluster.group_tokens)
    ]


def rows(own: Sequence[Tree], limit: int) -> list[tuple[Tree, ...]]:
    """The trees in few rows of up to `limit` tokens, as equal as can be; a larger tree has one for itself."""
    ordered = sorted(own, key=lambda tree: (-tree.tokens, tree.data))
    made = _full_rows(ordered, limit)
    even = _even_rows(ordered, len(made)) if made else []
    if all(_total(row) <= limit for row in even):
        made = even
    # The largest first, so that ranks do those of about the same size at the same time.
    return sorted(map(tuple, made), key=_total, reverse=True)


def _total(row: Sequence[Tree]) -> int:
    return sum(tree.tokens for tree in row)


def _full_rows(ordered: Sequence[Tree], limit: int) -> list[list[Tree]]:
    """Best fit: each tree into the fullest row that has room for it."""
    made: list[list[Tree]] = []
    room: list[int] = []
    for tree in ordered:
        fitting = [place for place, left in enumerate(room) if left >= tree.tokens]
        if not fitting:
            made.append([])
            room.append(limit)
            fitting = [len(made) - 1]
        best = min(fitting, key=room.__getitem__)
        made[best].append(tree)
        room[best] -= tree.tokens
    return made


def _even_rows(ordered: Sequence[Tree], number: int) -> list[list[Tree]]:
    """Rows of near-equal totals."""
    if len(ordered) * number <= FEW:
        parts = partition([tree.tokens for tree in ordered], number, balance=True)
        return [[ordered[index] for index in part] for part in parts if part]
    # Each into the row that has least so far: of many, that is as even, and takes no time.
    made: list[list[Tree]] = [[] for _ in range(number)]
    heap = [(0, place) for place in range(number)]
    for tree in ordered:
        total, place = heappop(heap)
        made[place].append(tree)
        heappush(heap, (total + tree.tokens, place))
    return [row for row in made if row]


def _local(batches: list[MicroBatch]) -> Share:
    """With places in the share's own list of data."""
    data = [index for batch in batches for tree in batch.trees for index in tree.data]
    places = {index: place for place, index in enumerate(data)}

    def local(tree: Tree) -> Tree:
        return replace(tree, data=tuple(places[index] for index in tree.data))

    return Share(
        data,
        [replace(batch, rows=tuple(tuple(map(local, row)) for row in batch.rows)) for batch in batches],
    )


def partition(sizes: Sequence[int], parts: int, balance: bool) -> list[list[int]]:
    """Indices of `sizes` in `parts` lists: near-equal totals (Karmarkar–Karp largest differencing), else strided."""
    if not balance:
        return [list(range(part, len(sizes), parts)) for part in range(parts)]
    # Each entry is a partial solution: its subsets by falling total. Joining the two with the largest spread, the
    # heaviest subset of one with the lightest of the other, evens them out.
    ties = count()
    heap: list[tuple[int, int, list[tuple[int, list[int]]]]] = []
    for index, size in enumerate(sizes):
        subsets = [(size, [index]), *((0, list[int]()) for _ in range(parts - 1))]
        heap.append((-size, next(ties), subsets))
    heapify(heap)
    while len(heap) > 1:
        _, _, first = heappop(heap)
        _, _, second = heappop(heap)
        joined = [
            (total + other_total, indices + other)
            for (total, indices), (other_total, other) in zip(first, reversed(second), strict=True)
        ]
        joined.sort(key=lambda subset: -subset[0])
        heappush(heap, (joined[-1][0] - joined[0][0], next(ties), joined))
    subsets = heap[0][2] if heap else [(0, list[int]()) for _ in range(parts)]
    return [sorted(indices) for _, indices in subsets]


def micro_batches(lengths: Sequence[int], token_budget: int) -> list[list[int]]:
    """Indices of `lengths` in batches of similar length whose padded size stays within `token_budget`.

    The first of a batch is its longest. A row longer than the budget has a batch to itself.
    """
    batches: list[list[int]] = []
    for index in sorted(range(len(lengths)), key=lambda place: (lengths[place], place), reverse=True):
        # Falling lengths: the first of a batch is its longest, so the padded width of a batch never grows.
        if batches and lengths[batches[-1][0]] * (len(batches[-1]) + 1) <= token_budget:
            batches[-1].append(index)
        else:
            batches.append([index])
    return batches
