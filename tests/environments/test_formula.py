from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from environments import formula

LEAVES = st.integers(0, 99).map(str)
FORMULAS = st.recursive(LEAVES, lambda inner: st.tuples(inner, st.sampled_from("+-*/"), inner), max_leaves=12)


def built(tree: str | tuple[str, str, str]) -> tuple[str, Fraction | None]:
    """The formula that `combined` writes for a tree, and the tree's value."""
    if isinstance(tree, str):
        return tree, Fraction(int(tree))
    (left, left_value), (right, right_value) = built(tree[0]), built(tree[2])
    text = formula.combined(left, tree[1], right)
    if left_value is None or right_value is None or (tree[1] == "/" and right_value == 0):
        return text, None
    calculations = {
        "+": lambda: left_value + right_value,
        "-": lambda: left_value - right_value,
        "*": lambda: left_value * right_value,
        "/": lambda: left_value / right_value,
    }
    return text, calculations[tree[1]]()


@given(FORMULAS)
def test_combined_formulas_have_the_value_of_their_tree(tree: str | tuple[str, str, str]) -> None:
    text, expected = built(tree)
    # The brackets that are left out move a division by 0 nowhere: a*(b/c) is a*b/c.
    assert formula.value(text) == expected


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2-3-4", Fraction(-5)),
        ("2-(3-4)", Fraction(3)),
        ("8/4/2", Fraction(1)),
        ("8/(4/2)", Fraction(4)),
        ("2+3*4", Fraction(14)),
        ("1/3", Fraction(1, 3)),
        ("1/(2-2)", None),
        ("0*(1/0)", None),
    ],
)
def test_value_is_exact(text: str, value: Fraction | None) -> None:
    assert formula.value(text) == value


def test_numbers_are_listed_in_order() -> None:
    assert formula.numbers("12*(3+3)-05") == [12, 3, 3, 5]


def test_brackets_stand_only_where_they_are_needed() -> None:
    assert formula.combined("1+2", "*", "3*4") == "(1+2)*3*4"
    assert formula.combined("1+2", "-", "3-4") == "1+2-(3-4)"


def test_text_that_is_no_formula_has_no_value() -> None:
    with pytest.raises(ValueError, match="expected a formula"):
        formula.value("1+")
