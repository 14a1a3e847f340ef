"""How a call's data are spread over ranks and micro-batches. The sum of the loss does not depend on it."""

from collections.abc import Sequence
from heapq import heapify, heappop, heappush
from itertools import count

from rlve.config import ClusterConfig


def plan(lengths: Sequence[int], cluster: ClusterConfig, balance: bool) -> tuple[list[list[int]], list[int]]:
    """Of data of these lengths, the indices that each trainer rank gets, and `logit_chunks` of it all.

    The ranks of a sequence-parallel group get the same data, and each returns the results of all of it.
    """
    size = cluster.sequence_parallel
    shares = partition(lengths, cluster.trainers // size, balance)
    chunks = logit_chunks(
        [[lengths[index] for index in share] for share in shares],
        cluster.group_tokens,
        cluster.logits_chunk_tokens * size,
    )
    return [shares[rank // size] for rank in range(cluster.trainers)], chunks


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

    A datum longer than the budget has a batch to itself.
    """
    batches: list[list[int]] = []
    for index in sorted(range(len(lengths)), key=lambda place: (lengths[place], place), reverse=True):
        # Falling lengths: the first of a batch is its longest, so the padded width of a batch never grows.
        if batches and lengths[batches[-1][0]] * (len(batches[-1]) + 1) <= token_budget:
            batches[-1].append(index)
        else:
            batches.append([index])
    return batches


def logit_chunks(shares: Sequence[Sequence[int]], token_budget: int, chunk_tokens: int) -> list[int]:
    """shares: the lengths of each rank's data → per micro-batch, the number of chunks that its logits are cut into.

    Every rank makes as many micro-batches as the one that has most, and cuts each as the one with most padded tokens
    needs: under ZeRO 3 a micro-batch and a chunk fetch weights from all ranks, so that all must do the same.
    """
    chunks: list[int] = []
    for lengths in shares:
        for place, batch in enumerate(micro_batches(lengths, token_budget)):
            padded = max(lengths[index] for index in batch) * len(batch)
            chunks += [1] * (place + 1 - len(chunks))
            chunks[place] = max(chunks[place], -(-padded // chunk_tokens))
    return chunks
