import pytest
from hypothesis import given
from hypothesis import strategies as st

from environments import scores

COUNTS = st.integers(1, 10**6)


def test_exact_is_all_or_nothing() -> None:
    assert (scores.exact(True), scores.exact(False)) == (1.0, 0.0)


def test_minimisation_earns_half_of_a_power_of_its_closeness() -> None:
    assert scores.at_most(10, 10) == 1.0
    assert scores.at_most(20, 10, power=2) == 0.125


def test_maximisation_earns_half_of_a_power_of_its_closeness() -> None:
    assert scores.at_least(10, 10) == 1.0
    assert scores.at_least(5, 10, power=2) == 0.125


@given(COUNTS, COUNTS)
def test_value_better_than_the_best_earns_nothing(best: int, more: int) -> None:
    assert scores.at_most(best, best + more) == 0.0
    assert scores.at_least(best + more, best) == 0.0


def test_values_without_a_sensible_quotient_earn_nothing() -> None:
    assert scores.at_most(3, 0) == 0.0
    assert scores.at_least(0, 5) == scores.at_least(-3, 5) == 0.0


def test_share_pays_a_power_of_what_holds() -> None:
    assert scores.share(4, 4) == 1.0
    assert scores.share(2, 4, power=2) == 0.125
    assert scores.share(0, 4) == 0.0


def test_positions_count_where_two_sequences_agree() -> None:
    assert scores.positions([1, 2, 3, 4], [1, 2, 3, 4]) == 1.0
    assert scores.positions([1, 2, 9, 9], [1, 2, 3, 4], power=2) == 0.125
    assert scores.positions("abc", "xyz") == 0.0


def test_positions_of_another_length_break_the_rules() -> None:
    assert scores.positions([1, 2], [1, 2, 3]) is None
    assert scores.positions([], [1]) is None


def test_ratio_takes_the_smaller_by_the_larger() -> None:
    assert scores.ratio(7, 7) == 1.0
    assert scores.ratio(5, 10, power=2) == scores.ratio(10, 5, power=2) == 0.125


@pytest.mark.parametrize(("value", "truth"), [(0, 5), (5, 0), (-5, 5), (5, -5)])
def test_ratio_of_a_wrong_sign_or_zero_is_nothing(value: int, truth: int) -> None:
    assert scores.ratio(value, truth) == 0.0


def test_ratio_of_equal_values_is_right_whatever_their_sign() -> None:
    assert scores.ratio(0, 0) == scores.ratio(-3, -3) == 1.0


def test_ratio_bears_numbers_beyond_every_float() -> None:
    large = 10**3999
    assert scores.ratio(large, large) == 1.0
    assert scores.ratio(large, 1) == scores.ratio(1, large) == 0.0
    assert 0.499 < scores.ratio(large + 1, large) <= 0.5


def test_neighbour_of_a_large_count_is_not_correct() -> None:
    # A threshold on the shaped score would let it pass.
    assert scores.ratio(10**18 + 1, 10**18) <= 0.5


@given(COUNTS, COUNTS, st.integers(1, 12))
def test_wrong_answers_earn_at_most_half(value: int, best: int, power: int) -> None:
    found = [scores.ratio(value, best, power)]
    found.append(scores.at_most(max(value, best), min(value, best), power))
    found.append(scores.at_least(min(value, best), max(value, best), power))
    found.append(scores.share(min(value, best), max(value, best), power))
    assert all(score == 1.0 if value == best else 0.0 <= score <= 0.5 for score in found)


@given(COUNTS, st.integers(1, 100), st.integers(1, 100))
def test_nearer_is_no_worse(best: int, step: int, further: int) -> None:
    assert scores.at_most(best + step, best) >= scores.at_most(best + step + further, best)
    assert scores.ratio(best + step, best) >= scores.ratio(best + step + further, best)
    near, far = max(0, best - step), max(0, best - step - further)
    assert scores.at_least(near, best) >= scores.at_least(far, best)
    assert scores.share(near, best) >= scores.share(far, best)
    assert scores.ratio(near, best) >= scores.ratio(far, best)
