"""Advantages, their normalisation, and which position of a datum carries what."""

from collections.abc import Sequence
from random import Random
from statistics import stdev
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from environments.problem import Verdict
from rlve.advantages import group_advantages, minibatches, supervised, to_data
from rlve.config import LossConfig
from rlve.policy import check_data
from rlve.types import Completion, Datum, Group, Loss, Rollout, Task


def config(**changes: Any) -> LossConfig:
    values: dict[str, Any] = {
        "name": "ppo",
        "options": {},
        "old_logprobs": None,
        "correction": None,
        "correction_cap": 2.0,
        "advantage": "dr_grpo",
        "denominator": "sequence",
        "kl_coefficient": 0.0,
        "steps_per_round": 1,
        "epochs": 1,
    }
    return LossConfig.model_validate(values | changes)


def group(prompt: list[int], samples: Sequence[tuple[list[int], float]], masked: Sequence[int] = ()) -> Group:
    """samples: (completion tokens, reward); token t was sampled with log-probability -t / 10. masked: their places."""
    rollouts = [
        Rollout(
            Completion(tokens, [-token / 10 for token in tokens], [0] * len(tokens), "eos"),
            Verdict(reward if reward == 1 else 0.0, reward == 1),
            reward,
            index in masked,
        )
        for index, (tokens, reward) in enumerate(samples)
    ]
    return Group(Task("Division", 1, 0, 0), prompt, rollouts, started=0)


def advantages(data: Sequence[Datum]) -> list[list[float]]:
    return [datum.loss_fn_inputs["advantages"].tolist() for datum in data]


GROUPS = [group([1, 2, 3], [([4, 5], 1.0), ([6], 0.0)]), group([7], [([8, 9, 10], 0.5), ([11, 12], -0.5)])]


def test_the_last_prompt_position_predicts_the_first_completion_token() -> None:
    datum = to_data(GROUPS, config(denominator="constant"), max_response_len=1)[0]
    assert datum.model_input.tolist() == [1, 2, 3, 4]
    assert datum.loss_fn_inputs["target_tokens"].tolist() == [2, 3, 4, 5]
    assert datum.loss_fn_inputs["logprobs"].tolist() == pytest.approx([0, 0, -0.4, -0.5])
    assert datum.loss_fn_inputs["advantages"].tolist() == pytest.approx([0, 0, 0.125, 0.125])


def test_a_prompt_of_one_token_has_no_position_without_an_advantage() -> None:
    datum = to_data(GROUPS, config(denominator="constant"), max_response_len=1)[2]
    assert datum.model_input.tolist() == [7, 8, 9]
    assert datum.loss_fn_inputs["target_tokens"].tolist() == [8, 9, 10]
    assert datum.loss_fn_inputs["advantages"].tolist() == pytest.approx([0.125] * 3)


@pytest.mark.parametrize(
    ("denominator", "weights"),
    [("sequence", [1 / 8, 1 / 4, 1 / 12, 1 / 8]), ("token", [1 / 8] * 4), ("constant", [1 / 40] * 4)],
)
def test_each_denominator_weighs_tokens_as_documented(denominator: str, weights: list[float]) -> None:
    data = to_data(GROUPS, config(denominator=denominator), max_response_len=10)
    raw = [0.5, -0.5, 0.5, -0.5]
    assert [row[-1] for row in advantages(data)] == pytest.approx([a * w for a, w in zip(raw, weights, strict=True)])


def test_data_pass_the_checks_of_the_seam() -> None:
    data = to_data(GROUPS, config(advantage="grpo"), max_response_len=10)
    check_data(data, Loss("ppo"), vocabulary_size=13, max_seq_len=8)
    check_data([supervised([1, 2], [3], 0.5)], Loss("cross_entropy"), vocabulary_size=13, max_seq_len=8)
    assert {array.dtype.name for datum in data for array in datum.loss_fn_inputs.values()} == {"int64", "float32"}


@given(st.lists(st.floats(-1, 1), min_size=2, max_size=16))
def test_grpo_divides_the_centred_rewards_by_their_sample_deviation(rewards: list[float]) -> None:
    mean, deviation = sum(rewards) / len(rewards), stdev(rewards)
    expected = [(reward - mean) / (deviation + 1e-6) for reward in rewards]
    assert group_advantages(rewards, "grpo").tolist() == pytest.approx(expected, rel=1e-6, abs=1e-8)


def test_a_group_of_equal_rewards_or_of_one_sample_has_no_advantage() -> None:
    assert group_advantages([0.3] * 8, "grpo") == pytest.approx(np.zeros(8), abs=1e-9)
    assert group_advantages([0.7], "grpo").tolist() == [0.0]


def test_the_divergence_from_the_start_policy_is_taken_off_before_the_weight() -> None:
    reference = [np.full(len(datum), -1.0, np.float32) for datum in to_data(GROUPS, config(), 10)]
    data = to_data(GROUPS, config(kl_coefficient=2.0), 10, reference)
    # Sample 0: A = 0.5, q = -0.4 and -0.5, weight 1 / (2 tokens · 4 samples).
    expected = [0, 0, (0.5 - 2 * (-0.4 + 1)) / 8, (0.5 - 2 * (-0.5 + 1)) / 8]
    assert advantages(data)[0] == pytest.approx(expected)


def test_a_divergence_without_its_reference_is_refused() -> None:
    with pytest.raises(ValueError, match="reference_logprobs"):
        to_data(GROUPS, config(kl_coefficient=0.1), 10)


def test_a_completion_without_tokens_counts_for_its_group_and_makes_no_datum() -> None:
    data = to_data([group([1, 2], [([3], 1.0), ([], 0.0)])], config(), 10)
    assert advantages(data) == [[0.0, 0.5]]


def test_supervision_weighs_the_answer_and_not_the_prompt() -> None:
    datum = supervised([5, 6, 7], [8, 9], 0.25)
    assert datum.model_input.tolist() == [5, 6, 7, 8]
    assert datum.loss_fn_inputs["target_tokens"].tolist() == [6, 7, 8, 9]
    assert datum.loss_fn_inputs["weights"].tolist() == [0, 0, 0.25, 0.25]


def many(count: int) -> list[Datum]:
    samples = [([index + 1] * (1 + index % 3), float(index % 2)) for index in range(count)]
    return to_data([group([0], samples)], config(), 10)


def first_target(datum: Datum) -> int:
    return int(datum.loss_fn_inputs["target_tokens"][0])


def test_one_step_and_one_epoch_are_the_data_as_they_are() -> None:
    data = many(6)
    assert minibatches(data, 1, 1, Random(0)) == [data]


@settings(max_examples=30)
@given(st.integers(2, 20), st.integers(1, 6), st.integers(1, 3))
def test_every_epoch_covers_the_data_once_in_near_equal_steps(count: int, steps: int, epochs: int) -> None:
    batches = minibatches(many(count), steps, epochs, Random(count))
    parts = min(steps, count)
    assert len(batches) == parts * epochs
    for epoch in range(epochs):
        parts_of_epoch = batches[epoch * parts : (epoch + 1) * parts]
        assert sorted(first_target(datum) for part in parts_of_epoch for datum in part) == list(range(1, count + 1))
        sizes = [len(part) for part in parts_of_epoch]
        assert max(sizes) - min(sizes) <= 1


def test_epochs_are_shuffled_anew() -> None:
    first, second = minibatches(many(12), 1, 2, Random(0))
    assert [first_target(datum) for datum in first] != [first_target(datum) for datum in second]


@pytest.mark.parametrize("denominator", ["sequence", "constant"])
def test_a_minibatch_is_normalised_as_if_it_were_the_whole_batch(denominator: str) -> None:
    groups = [group([0], [([2 * index + 1], 1.0), ([2 * index + 2] * 3, 0.0)]) for index in range(5)]
    whole = to_data(groups, config(denominator=denominator), 10)
    alone = {
        first_target(datum): datum for each in groups for datum in to_data([each], config(denominator=denominator), 10)
    }
    for batch in minibatches(whole, 3, 1, Random(4)):
        for datum in batch:
            # Alone, a group has 2 samples; this part has len(batch).
            expected = alone[first_target(datum)].loss_fn_inputs["advantages"] * 2 / len(batch)
            assert datum.loss_fn_inputs["advantages"] == pytest.approx(expected, rel=1e-6)


def test_equal_minibatches_carry_steps_times_the_advantages() -> None:
    data = many(8)
    before = {first_target(datum): datum.loss_fn_inputs["advantages"] for datum in data}
    for batch in minibatches(data, 4, 1, Random(0)):
        for datum in batch:
            assert datum.loss_fn_inputs["advantages"] == pytest.approx(4 * before[first_target(datum)])


SAMPLES = st.lists(st.tuples(st.integers(0, 4), st.sampled_from([-1.0, 0.0, 0.5, 1.0]), st.booleans()), max_size=6)


@given(
    st.lists(SAMPLES, min_size=1, max_size=4),
    st.sampled_from(["grpo", "dr_grpo"]),
    st.sampled_from(["sequence", "token", "constant"]),
)
@settings(max_examples=50, deadline=None)
def test_masked_samples_leave_the_data_as_if_they_had_not_been_drawn(
    drawn: list[list[tuple[int, float, bool]]], advantage: str, denominator: str
) -> None:
    loss = config(advantage=advantage, denominator=denominator)
    # A token names its sample, so that none can pass for another.
    named = [
        [([10 * index + place] * length, reward, cut) for place, (length, reward, cut) in enumerate(samples)]
        for index, samples in enumerate(drawn)
    ]
    whole = [
        group([0], [sample[:2] for sample in samples], [place for place, sample in enumerate(samples) if sample[2]])
        for samples in named
    ]
    kept = [group([0], [sample[:2] for sample in samples if not sample[2]]) for samples in named]
    found, wanted = (to_data([each for each in groups if each.compared], loss, 10) for groups in (whole, kept))
    assert [datum.model_input.tolist() for datum in found] == [datum.model_input.tolist() for datum in wanted]
    assert advantages(found) == advantages(wanted)
    assert [each.informative for each in whole] == [each.informative for each in kept]


def test_being_cut_does_not_make_a_wrong_answer_look_good() -> None:
    """Half a group is cut and unreadable, the rest is wrong: nothing is learned from it."""
    cut = group([0], [([1], -1.0), ([2], -1.0), ([3], 0.0), ([4], 0.0)], masked=[0, 1])
    assert not cut.informative
    assert advantages(to_data([cut], config(), 10)) == [[0.0], [0.0]]
