"""Random letters, and letters written apart."""

from random import Random
from string import ascii_lowercase


def random_letters(rng: Random, length: int, alphabet: str = ascii_lowercase) -> str:
    return "".join(rng.choices(alphabet, k=length))


def spaced(letters: str) -> str:
    return " ".join(letters)
