import pytest
from hypothesis import given
from hypothesis import strategies as st

from environments import Ladder, geometric, linear

LEVELS = range(41)


def test_linear_adds_a_step_per_level() -> None:
    assert [linear(3)(level) for level in range(4)] == [3, 4, 5, 6]
    assert [linear(3, 2)(level) for level in range(4)] == [3, 5, 7, 9]


def test_linear_rounds_down() -> None:
    assert [linear(1, 0.5)(level) for level in range(6)] == [1, 1, 2, 2, 3, 3]


def test_geometric_rounds_down_at_every_level() -> None:
    # Sorting's ladder: N = 3, then int(1.1 N) + 1.
    assert [geometric(3, 1.1, add=1)(level) for level in range(12)] == [3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 16, 18]


def test_geometric_answers_levels_in_any_order() -> None:
    step = geometric(5, 1.5)
    assert [step(level) for level in (4, 0, 2, 4)] == [22, 5, 10, 22]


def test_most_is_reached_and_never_passed() -> None:
    assert [linear(3, 2, most=6)(level) for level in range(4)] == [3, 5, 6, 6]
    assert [geometric(3, 2, most=10)(level) for level in range(4)] == [3, 6, 10, 10]


@given(st.integers(0, 50), st.floats(0, 3), st.floats(1, 1.5), st.floats(0, 3), st.none() | st.integers(50, 90))
def test_no_step_ever_falls(start: int, rise: float, rate: float, add: float, most: int | None) -> None:
    for step in (linear(start, rise, most=most), geometric(start, rate, add=add, most=most)):
        sizes = [step(level) for level in LEVELS]
        assert sizes == sorted(sizes)
        assert sizes[0] == start


def test_geometric_stays_where_its_rule_would_fall() -> None:
    assert [geometric(9, 0.5)(level) for level in range(3)] == [9, 9, 9]


def test_ladder_names_the_arguments_of_generate() -> None:
    assert Ladder(digits=linear(1), terms=linear(2, 0.5))(3) == {"digits": 4, "terms": 3}


def test_ladder_answers_a_level_the_same_again() -> None:
    ladder = Ladder(length=geometric(3, 1.1, add=1))
    assert ladder(7) == ladder(7) == {"length": 10}


def test_level_below_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="must be 0 or more, got -1"):
        Ladder(length=linear(3))(-1)
