"""Subsequences of strings."""


def is_subsequence(part: str, whole: str) -> bool:
    """Whether deleting letters of `whole` leaves `part`."""
    rest = iter(whole)
    return len(part) <= len(whole) and all(letter in rest for letter in part)
