import time
from fractions import Fraction
from random import Random
from string import ascii_lowercase
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from environments import (
    BOXED,
    MARKERS,
    TAGS,
    Choice,
    Decimal,
    Expression,
    Grid,
    Integer,
    Integers,
    Letters,
    Marker,
    Rational,
    Rows,
    Text,
    Words,
)
from environments.answers import NUMBER_LIMIT, AnswerType

INTEGERS = st.integers(-(10**30), 10**30)
PRINTABLE = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1)
EVERY_TYPE: list[AnswerType[Any]] = [
    Integer(),
    Integers(),
    Letters(),
    Letters("01", "digits"),
    Text(),
    Choice(("yes", "no")),
    Rational(),
    Rows(),
    Words(),
    Grid(),
    Grid("Q.*"),
    Expression(),
    Decimal(),
]


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ("<answer>7</answer>", "7"),
        ("so <answer> 7 \n</answer> it is", " 7 \n"),
        ("<answer>1</answer> no, <answer>2</answer>", "2"),
        ("<answer>1</answer> or <answer>2", "1"),
        ("<answer><answer>3</answer>", "3"),
        ("<answer>4</answer> and </answer>", "4"),
        ("</answer>5<answer>", None),
        ("<answer>", None),
        ("</answer>", None),
        ("7", None),
        ("", None),
        ("<ANSWER>7</ANSWER>", None),
        ("<answer></answer>", ""),
    ],
)
def test_tags_hold_the_last_answer(text: str, inside: str | None) -> None:
    assert TAGS.extract(text) == inside


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        (r"\boxed{7}", "7"),
        (r"first \boxed{1}, then \boxed{2}.", "2"),
        (r"\boxed{\text{5}}", r"\text{5}"),
        (r"\boxed{a{b{c}d}e} and } more }", "a{b{c}d}e"),
        (r"\boxed{1} or \boxed{2", "1"),
        (r"\boxed{1} or \boxed{{2}", "1"),
        (r"\boxed{\boxed{3}}", "3"),
        (r"\boxed{4 \boxed{", None),
        (r"\boxed{4 \boxed{ }", " "),
        (r"\boxed{", None),
        ("} {7}", None),
        ("", None),
        (r"\boxed{}", ""),
    ],
)
def test_boxes_close_where_their_braces_balance(text: str, inside: str | None) -> None:
    assert BOXED.extract(text) == inside


def test_unclosed_box_does_not_borrow_the_braces_of_a_later_one() -> None:
    assert BOXED.extract(r"\boxed{1 \boxed{2 } {") == "2 "
    assert BOXED.extract(r"\boxed{1} \boxed{2 { }") == "1"


@pytest.mark.parametrize("marker", MARKERS.values(), ids=MARKERS.keys())
@given(inside=st.text(st.characters(exclude_characters="{}<>\\")), before=st.text(), after=st.text("ab<{\n"))
def test_what_a_marker_wraps_it_extracts(marker: Marker, inside: str, before: str, after: str) -> None:
    assert marker.extract(f"{before}{marker.wrap(inside)}{after}") == inside


@pytest.mark.parametrize("marker", MARKERS.values(), ids=MARKERS.keys())
def test_sixteen_thousand_unclosed_markers_are_read_at_once(marker: Marker) -> None:
    for text in (
        marker.opening * 16_000,
        marker.closing * 16_000,
        marker.wrap("1") + marker.opening * 16_000,
        marker.opening + "x" * 200_000,
        (marker.opening + "{" * 5) * 16_000,
    ):
        start = time.process_time()
        marker.extract(text)
        assert time.process_time() - start < 0.1  # what grows with the square of the length takes seconds


def test_sentence_asks_for_the_format_in_the_marker() -> None:
    assert TAGS.sentence("one integer") == "Answer with one integer, as <answer>...</answer>"
    assert BOXED.sentence("yes or no") == r"Answer with yes or no, as \boxed{...}"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("42", 42),
        (" -7\n", -7),
        ("+5", 5),
        ("007", 7),
        ("1,024", 1024),
        ("-1,000,000", -1000000),
        ("$42$", 42),
        ("42.", 42),
        ("0", 0),
        ("9" * NUMBER_LIMIT, int("9" * NUMBER_LIMIT)),
    ],
)
def test_integer_is_read(text: str, value: int) -> None:
    assert Integer().parse(text) == value


NOT_INTEGERS = [
    *(
        "",
        " ",
        "-",
        "+",
        "--5",
        "5.0",
        "1e3",
        "1/2",
        "0x10",
        "five",
        "1 2",
        "4 2",
        "1_0",
        "1,0",
        "1,0000",
        ",100",
        "10,",
    ),
    *("٣", "１２", "²", "५", "𝟕", "nan", "inf", "None", "\\text{5}", "{5}", "5\x00", "\ud800", "9**9", "9" * 4001),
]


@pytest.mark.parametrize("text", NOT_INTEGERS)
def test_what_is_no_ascii_integer_is_refused(text: str) -> None:
    assert Integer().parse(text) is None


def test_number_is_refused_before_python_would_raise() -> None:
    assert Integer().parse("9" * 100_000) is None
    assert Integer().parse("1" + ",000" * 2000) is None
    assert Integers().parse("1 " + "9" * 100_000) is None


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("1 2 3", [1, 2, 3]),
        ("1, 2, 3", [1, 2, 3]),
        ("1,2,3", [1, 2, 3]),
        ("[1, -2, 3]", [1, -2, 3]),
        ("(1 2)", [1, 2]),
        ("\n4\n5\n", [4, 5]),
        ("$7$", [7]),
        ("7", [7]),
        ("", []),
        ("[]", []),
        ("1  2", [1, 2]),
    ],
)
def test_integers_are_read(text: str, values: list[int]) -> None:
    assert Integers().parse(text) == values


@pytest.mark.parametrize("text", ["1 2 x", "1;2", "[1 2", "1 2)", "1 2.5", "1_0 2", "٣ 4", "[[1] [2]]", "1 - 2", "a"])
def test_what_is_no_list_of_integers_is_refused(text: str) -> None:
    assert Integers().parse(text) is None


def test_letters_are_read_apart_and_together() -> None:
    letters = Letters()
    assert letters.parse("k a b") == letters.parse(" kab\n") == letters.parse("k ab") == "kab"
    assert Letters("01", noun="digits").parse("0 1 1") == "011"


@pytest.mark.parametrize("text", ["", "  ", "a b C", "a,b", "a1", "é", "a\x00"])
def test_letters_outside_the_alphabet_are_refused(text: str) -> None:
    assert Letters().parse(text) is None


@pytest.mark.parametrize("text", ["", "  ", "é", "a\nb", "a\tb", "\x00", "\ud800"])
def test_text_that_is_not_printable_ascii_is_refused(text: str) -> None:
    assert Text().parse(text) is None


def test_text_loses_outer_white_space_only() -> None:
    assert Text().parse("  two words \n") == "two words"


def test_choice_ignores_case_and_a_full_stop() -> None:
    choice = Choice(("Stan", "Ollie"))
    assert choice.parse(" stan.\n") == "Stan"
    assert choice.parse("OLLIE") == "Ollie"
    assert [choice.parse(text) for text in ("", "Stan Ollie", "Stanley", "St an")] == [None] * 4


def test_hints_complete_the_sentence() -> None:
    assert Integer().hint() == "one integer"
    assert Integers().hint() == "integers separated by spaces"
    assert Letters("01", noun="digits").hint() == "digits separated by spaces"
    assert Text("word").hint() == "the word"
    assert Choice(("a", "b", "c")).hint() == "a, b or c"
    assert Choice(("yes", "no")).hint() == "yes or no"


@given(INTEGERS)
def test_integer_survives_rendering(value: int) -> None:
    assert Integer().parse(Integer().render(value)) == value


@given(st.integers(0, 10**30))
def test_integer_with_grouped_digits_is_the_same(value: int) -> None:
    assert Integer().parse(f"{value:,}") == value


@given(st.lists(INTEGERS))
def test_integers_survive_rendering(values: list[int]) -> None:
    assert Integers().parse(Integers().render(values)) == values


@given(st.text(ascii_lowercase, min_size=1))
def test_letters_survive_rendering(value: str) -> None:
    assert Letters().parse(Letters().render(value)) == value


@given(PRINTABLE.map(str.strip).filter(bool))
def test_text_survives_rendering(value: str) -> None:
    assert Text().parse(Text().render(value)) == value


@given(st.sampled_from(["yes", "No", "MAYBE"]))
def test_choice_survives_rendering(value: str) -> None:
    choice = Choice(("yes", "No", "MAYBE"))
    assert choice.parse(choice.render(value)) == value


@given(st.text() | st.text("0123456789+-,. $[]()"))
def test_no_parser_raises_and_what_is_read_is_read_again(text: str) -> None:
    for answer in EVERY_TYPE:
        value = answer.parse(text)
        if value is not None:
            assert answer.parse(answer.render(value)) == value


@given(INTEGERS, st.lists(INTEGERS), st.text("abc", min_size=1), st.sampled_from(["yes", "no"]), st.integers())
def test_corrupted_values_differ_and_can_be_written(
    number: int, numbers: list[int], letters: str, choice: str, seed: int
) -> None:
    digits = letters.replace("a", "0").replace("b", "1").replace("c", "0")
    values = [number, numbers, letters, digits, letters, choice, Fraction(number, 7), [numbers or [1]], [letters]]
    values += [[digits, digits], [digits.replace("0", "*").replace("1", ".")]]
    formula = "+".join(map(str, map(len, letters.split("a")[:9]))) + f"*({abs(number) % 10**9}-1)"
    values += [formula, Fraction(number, 40)]
    for answer, value in zip(EVERY_TYPE, values, strict=True):
        wrong = answer.corrupt(value, Random(seed))
        assert wrong
        for candidate in wrong:
            assert candidate != value
            assert answer.parse(answer.render(candidate)) == candidate
        assert wrong == answer.corrupt(value, Random(seed))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3/4", Fraction(3, 4)),
        ("-6/8", Fraction(-3, 4)),
        ("-0.75", Fraction(-3, 4)),
        (" $7$ ", Fraction(7)),
        ("3 / 4", Fraction(3, 4)),
        ("1/0", None),
        ("1/-2", None),
        ("0.1.2", None),
        ("1e3", None),
        ("nan", None),
        ("", None),
    ],
)
def test_rational_is_read_exactly(text: str, value: Fraction | None) -> None:
    assert Rational().parse(text) == value


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("1 2, 3 4", [[1, 2], [3, 4]]),
        ("1 2\n3 4\n", [[1, 2], [3, 4]]),
        ("1;2;", [[1], [2]]),
        ("", []),
        ("1 x, 2", None),
        ("1.5", None),
    ],
)
def test_rows_stand_on_lines_or_between_commas(text: str, rows: list[list[int]] | None) -> None:
    assert Rows().parse(text) == rows


@pytest.mark.parametrize(
    ("text", "words"),
    [("ab Cd, e1", ["ab", "Cd", "e1"]), ("", None), ("a-b", None), ("\u00e9", None)],
)
def test_words_are_letters_and_digits(text: str, words: list[str] | None) -> None:
    assert Words().parse(text) == words


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("01, 10", ["01", "10"]),
        ("0 1\n\n 1 0 \n", ["01", "10"]),
        ("011;", ["011"]),
        ("", None),
        (",\n", None),
        ("02", None),
        ("01\x000", None),
        ("\u0660", None),
    ],
)
def test_grid_has_its_rows_on_lines_or_between_commas(text: str, rows: list[str] | None) -> None:
    assert Grid().parse(text) == rows


def test_grid_names_its_characters() -> None:
    assert Grid("LRUD").hint() == "rows of L, R, U or D separated by commas"


@pytest.mark.parametrize(
    ("text", "formula"),
    [
        ("3 * (4 + 5)", "3*(4+5)"),
        (" $1-2-3$ ", "1-2-3"),
        ("((7))", "((7))"),
        ("8/2\n", "8/2"),
        ("", None),
        ("()", None),
        ("3 4", None),
        ("3(4)", None),
        ("(3", None),
        ("3)", None),
        (")3(", None),
        ("-3", None),
        ("3+-4", None),
        ("2**3", None),
        ("7//2", None),
        ("3.5", None),
        ("3x", None),
        ("3 = 3", None),
        ("3\u00a0+4", None),
        ("\u00b2", None),
        ("9" * 13, None),
        ("(" * 30 + "1" + ")" * 30, "(" * 30 + "1" + ")" * 30),
        ("(" * 31 + "1" + ")" * 31, None),
        ("1" + "+1" * 99, "1" + "+1" * 99),
        ("1" + "+1" * 100, None),
    ],
)
def test_expression_is_a_bounded_formula(text: str, formula: str | None) -> None:
    assert Expression().parse(text) == formula


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Fraction(3, 4), "0.75"),
        (Fraction(-1, 200), "-0.005"),
        (Fraction(-7), "-7"),
        (Fraction(0), "0"),
        (Fraction(25, 2), "12.5"),
        (Fraction(1, 3), "1/3"),
    ],
)
def test_decimal_is_written_in_full_and_read_exactly(value: Fraction, text: str) -> None:
    assert Decimal().render(value) == text
    assert Decimal().parse(text) == value
