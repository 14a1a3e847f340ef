"""Numerals: numbers written in a base or with Roman letters."""

DIGITS = "0123456789abcdef"
_ROMAN = (
    *((1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL")),
    *((10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I")),
)


def in_base(number: int, base: int) -> str:
    """The numeral of a number of 0 or more, without leading zeros."""
    digits = ""
    while number or not digits:
        number, digit = divmod(number, base)
        digits = DIGITS[digit] + digits
    return digits


def roman(number: int) -> str:
    """The Roman numeral of 1 to 3999, with subtractions such as IV and CM."""
    numeral = ""
    for worth, letters in _ROMAN:
        count, number = divmod(number, worth)
        numeral += count * letters
    return numeral
