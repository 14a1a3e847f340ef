"""Spreading data over ranks, micro-batches and rows loses nothing, keeps its limits, and pads little."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hydra import compose, initialize_config_module
from hypothesis import given
from hypothesis import strategies as st
from omegaconf import OmegaConf

import environments
from rlve import models
from rlve.cluster.packing import MIN_TRUNK, MicroBatch, Tree, micro_batches, partition, plan, singles, spread, trees
from rlve.config import validate
from rlve.prompts import Prompts
from rlve.types import Datum
from tests.test_promises import CLUSTER

SIZES = st.lists(st.integers(1, 300), max_size=60)
GROUPS = st.lists(st.tuples(st.integers(1, 60), st.lists(st.integers(1, 30), min_size=1, max_size=9)), max_size=12)
"""Per prompt its length and those of its completions."""


def sequence(tokens: Sequence[int]) -> Datum:
    array = np.array(tokens, np.int64)
    return Datum(array[:-1], {"target_tokens": array[1:], "weights": np.ones(len(array) - 1, np.float32)})


def grouped(groups: Sequence[tuple[int, Sequence[int]]], seed: int = 0) -> list[Datum]:
    """Random completions after random prompts, in a random order."""
    rng = np.random.default_rng(seed)
    data = [
        sequence([*prompt, *rng.integers(0, 50, length)])
        for prompt, lengths in ((rng.integers(0, 50, size), lengths) for size, lengths in groups)
        for length in lengths
    ]
    return [data[index] for index in rng.permutation(len(data))]


@given(SIZES, st.integers(1, 8), st.booleans())
def test_every_size_goes_to_exactly_one_part(sizes: list[int], parts: int, balance: bool) -> None:
    shares = partition(sizes, parts, balance)
    assert len(shares) == parts
    assert sorted(index for share in shares for index in share) == list(range(len(sizes)))


@given(SIZES, st.integers(1, 8))
def test_balanced_totals_differ_by_at_most_the_largest_size(sizes: list[int], parts: int) -> None:
    totals = [sum(sizes[index] for index in share) for share in partition(sizes, parts, balance=True)]
    assert max(totals) - min(totals) <= max(sizes, default=0)


def test_balancing_finds_the_even_split_that_strides_miss() -> None:
    sizes = [8, 1, 7, 2, 6, 3, 5, 4]  # strides give 26 and 10
    assert [sum(sizes[index] for index in share) for share in partition(sizes, 2, balance=True)] == [18, 18]
    assert [sum(sizes[index] for index in share) for share in partition(sizes, 2, balance=False)] == [26, 10]


@given(SIZES, st.integers(1, 500))
def test_micro_batches_hold_every_row_within_the_padded_budget(lengths: list[int], budget: int) -> None:
    batches = micro_batches(lengths, budget)
    assert sorted(index for batch in batches for index in batch) == list(range(len(lengths)))
    for batch in batches:
        assert len(batch) == 1 or max(lengths[index] for index in batch) * len(batch) <= budget
    for one, following in pairwise(batches):
        assert min(lengths[index] for index in one) >= max(lengths[index] for index in following)


@given(GROUPS, st.integers(20, 200))
def test_a_tree_shares_what_its_data_have_in_common(groups: list[tuple[int, list[int]]], limit: int) -> None:
    data = grouped(groups)
    found = trees(data, limit)
    assert sorted(index for tree in found for index in tree.data) == list(range(len(data)))
    for tree in found:
        assert tree.lengths == tuple(len(data[index]) for index in tree.data)
        first = data[tree.data[0]]
        for datum in (data[index] for index in tree.data):
            assert (datum.model_input[: tree.trunk] == first.model_input[: tree.trunk]).all()
            assert len(datum.model_input[: tree.trunk]) == tree.trunk
            ours, theirs = (each.loss_fn_inputs["target_tokens"][: tree.trunk - 1] for each in (datum, first))
            assert np.array_equal(ours, theirs)


def test_the_samples_of_each_prompt_are_a_tree() -> None:
    data = grouped([(40, [5, 9, 12, 7]), (60, [3, 3, 20]), (50, [8])], seed=3)
    sizes = sorted((len(tree.data), tree.trunk >= 40) for tree in trees(data, 512))
    assert sizes == [(1, True), (3, True), (4, True)]


def test_a_template_that_all_prompts_begin_with_does_not_hide_the_prompts() -> None:
    rng = np.random.default_rng(0)
    template = rng.integers(0, 50, 200).tolist()
    prompts = [[*template, *rng.integers(0, 50, 40)] for _ in range(16)]
    data = [sequence([*prompt, *rng.integers(0, 50, 20)]) for prompt in prompts for _ in range(4)]
    assert [tree.data for tree in trees(data, 512)] == [tuple(range(start, start + 4)) for start in range(0, 64, 4)]
    # Of one sample each there is only the template to share, as often as rows hold it.
    alone = trees(data[::4], 512)
    assert all(tree.trunk >= len(template) for tree in alone if len(tree.data) > 1)
    assert sum(tree.tokens for tree in alone) < sum(map(len, data[::4]))


def test_targets_that_differ_end_the_trunk() -> None:
    tokens = np.arange(40)
    targets = [tokens + 1, tokens + 1]
    targets[1] = np.where(tokens == 25, 7, targets[1])
    data = [Datum(tokens, {"target_tokens": each, "weights": np.ones(40, np.float32)}) for each in targets]
    (tree,) = trees(data, 100)
    assert tree.trunk == 26  # the token at 25 is shared, with a target for each
    assert [each.trunk for each in trees([data[0], data[0]], 100)] == [40]


def test_short_beginnings_are_not_shared() -> None:
    prompt = list(range(MIN_TRUNK - 1))
    assert len(trees([sequence([*prompt, 60, 61]), sequence([*prompt, 70, 71])], 100)) == 2


def check(found: Sequence[Tree], spreading: list[list[MicroBatch]], packing: bool, budget: int, chunk: int) -> None:
    """What every plan keeps: each datum once, batches within their limit, the same work everywhere."""
    lengths = {index: length for tree in found for index, length in zip(tree.data, tree.lengths, strict=True)}
    made = [tree for batches in spreading for batch in batches for tree in batch.trees]
    assert sorted(index for tree in made for index in tree.data) == sorted(lengths)
    assert all(lengths[index] == length for tree in made for index, length in zip(tree.data, tree.lengths, strict=True))
    shapes = {tuple(batch.chunk_count for batch in batches) for batches in spreading}
    assert len(shapes) == 1
    for batch in (batch for batches in spreading for batch in batches):
        widths = [sum(tree.tokens for tree in row) for row in batch.rows]
        assert max(widths, default=1) == batch.width
        assert batch.padded_tokens <= budget or len(batch.trees) == len(batch.trees[0].data) == 1
        if packing:
            assert len(widths) <= 1
        else:
            assert not batch.packed
        assert -(-sum(tree.entries for tree in batch.trees) // batch.chunk_count) <= chunk


@given(GROUPS, st.integers(1, 4), st.booleans(), st.booleans(), st.integers(1, 400), st.integers(1, 100))
def test_a_plan_holds_every_datum_once_within_its_limits(
    groups: list[tuple[int, list[int]]], ranks: int, balance: bool, packs: bool, budget: int, chunk: int
) -> None:
    cluster = CLUSTER.model_copy(
        update={"trainers": ranks, "packing": packs, "micro_batch_tokens": budget, "logits_chunk_tokens": chunk}
    )
    data = grouped(groups)
    found = trees(data, budget) if packs else singles([len(datum) for datum in data])
    check(found, spread(found, cluster, balance), packs, budget, chunk)
    shares = plan(data, cluster, balance)
    assert sorted(index for share in shares for index in share.data) == list(range(len(data)))
    for share in shares:
        placed = [index for batch in share.batches for tree in batch.trees for index in tree.data]
        assert placed == list(range(len(share.data)))
        for tree in (tree for batch in share.batches for tree in batch.trees):
            assert tree.lengths == tuple(len(data[share.data[place]]) for place in tree.data)


def test_one_prompt_keeps_all_ranks_busy() -> None:
    data = grouped([(30, [20] * 16)])
    shares = spread(
        trees(data, 1000), CLUSTER.model_copy(update={"micro_batch_tokens": 1000, "trainers": 4}), balance=True
    )
    tokens = [sum(tree.tokens for batch in batches for tree in batch.trees) for batches in shares]
    assert max(tokens) < 1.1 * min(tokens)


def test_all_ranks_cut_their_logits_as_the_fullest_needs() -> None:
    padded = CLUSTER.model_copy(update={"packing": False, "micro_batch_tokens": 10, "logits_chunk_tokens": 4})
    # By strides rank 0 has the batches (8) and (3, 2, 1), rank 1 the batch (4, 1).
    batches = spread(singles([3, 4, 8, 1, 2]), padded, balance=False)
    assert [[(each.width, each.chunk_count) for each in rank] for rank in batches] == [
        [(8, 2), (3, 2)],
        [(4, 2), (1, 2)],
    ]


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("trainers", [1, 2])
def test_nothing_is_padded_on_the_quickstarts_lengths(tmp_path: Path, seed: int, trainers: int) -> None:
    """A round: 32 real prompts, each with 8 completions of 2 to 24 tokens."""
    with initialize_config_module("conf", version_base="1.3"):
        overrides = ["experiment=quickstart", f"model.cache={tmp_path}", f"cluster.trainers={trainers}"]
        composed: Any = OmegaConf.to_container(compose("train", overrides), resolve=True)
    config = validate(composed)
    encode = Prompts(models.folder(config.model), config.model).encode
    names, rng = config.environment_list, np.random.default_rng(seed)
    data: list[Datum] = []
    for index in range(32):
        problem = environments.generate(environments.load(names[index % len(names)]), 0, 100 * seed + index)
        prompt = encode(environments.question(problem))
        data += [sequence([*prompt, *rng.integers(0, 1000, rng.integers(2, 25))]) for _ in range(8)]
    shares = plan(data, config.cluster, balance=True)
    batches = [batch for share in shares for batch in share.batches]
    useful = sum(tree.tokens for batch in batches for tree in batch.trees)
    assert useful == sum(batch.padded_tokens for batch in batches)
    # Ranks go through micro-batches in step.
    for these in zip(*(share.batches for share in shares), strict=True):
        assert max(batch.width for batch in these) < 1.1 * min(batch.width for batch in these)
    # Of 8 short prompts one is computed.
    assert useful < 0.8 * sum(map(len, data))
