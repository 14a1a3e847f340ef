"""Spreading data over ranks and micro-batches loses nothing and keeps its budget."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from rlve.cluster.packing import micro_batches, partition

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
