"""Spreading data over ranks and micro-batches loses nothing and keeps its budget."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from rlve.cluster.packing import logit_chunks, micro_batches, partition

SIZES = st.lists(st.integers(1, 300), max_size=60)


@given(SIZES, st.integers(1, 8), st.booleans())
def test_every_datum_goes_to_exactly_one_rank(sizes: list[int], ranks: int, balance: bool) -> None:
    shares = partition(sizes, ranks, balance)
    assert len(shares) == ranks
    assert sorted(index for share in shares for index in share) == list(range(len(sizes)))


@given(SIZES, st.integers(1, 8))
def test_balanced_totals_differ_by_at_most_the_largest_datum(sizes: list[int], ranks: int) -> None:
    totals = [sum(sizes[index] for index in share) for share in partition(sizes, ranks, balance=True)]
    assert max(totals) - min(totals) <= max(sizes, default=0)


def test_balancing_finds_the_even_split_that_strides_miss() -> None:
    sizes = [8, 1, 7, 2, 6, 3, 5, 4]  # strides give 26 and 10
    assert [sum(sizes[index] for index in share) for share in partition(sizes, 2, balance=True)] == [18, 18]
    assert [sum(sizes[index] for index in share) for share in partition(sizes, 2, balance=False)] == [26, 10]


@given(SIZES, st.integers(1, 500))
def test_micro_batches_hold_every_datum_within_the_padded_budget(lengths: list[int], budget: int) -> None:
    batches = micro_batches(lengths, budget)
    assert sorted(index for batch in batches for index in batch) == list(range(len(lengths)))
    for batch in batches:
        assert len(batch) == 1 or max(lengths[index] for index in batch) * len(batch) <= budget


@given(SIZES)
def test_a_micro_batch_pads_only_to_its_own_longest(lengths: list[int]) -> None:
    """Sorted by length: no batch reaches into the range of another."""
    batches = micro_batches(lengths, 200)
    for one, following in pairwise(batches):
        assert min(lengths[index] for index in one) >= max(lengths[index] for index in following)


def test_all_ranks_cut_their_logits_as_the_fullest_needs() -> None:
    # Budget 10: rank 0 has the batches (8), (3, 2, 1) with 8 and 9 padded tokens, rank 1 the batch (4, 1) with 8.
    assert logit_chunks([[3, 8, 2, 1], [4, 1]], token_budget=10, chunk_tokens=4) == [2, 3]
    assert logit_chunks([[], [5]], token_budget=10, chunk_tokens=100) == [1]
    assert logit_chunks([[], []], token_budget=10, chunk_tokens=4) == []


@given(st.lists(SIZES, min_size=1, max_size=4), st.integers(1, 400), st.integers(1, 100))
def test_no_chunk_is_larger_than_asked(shares: list[list[int]], budget: int, chunk: int) -> None:
    chunks = logit_chunks(shares, budget, chunk)
    for lengths in shares:
        batches = micro_batches(lengths, budget)
        assert len(batches) <= len(chunks)
        for batch, count in zip(batches, chunks, strict=False):
            padded = max(lengths[index] for index in batch) * len(batch)
            assert -(-padded // count) <= chunk
