"""The palindromes inside a string."""

from collections.abc import Iterator


def palindromes(text: str) -> Iterator[tuple[int, int]]:
    """(first, end) of every palindrome text[first:end] that is not empty."""
    for doubled in range(2 * len(text) - 1):
        first, last = doubled // 2, (doubled + 1) // 2
        while first >= 0 and last < len(text) and text[first] == text[last]:
            yield first, last + 1
            first, last = first - 1, last + 1
