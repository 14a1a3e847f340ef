"""Boolean expressions as trees: a leaf is a number, an inner node is [operator, left, right]."""

from collections.abc import Callable, Sequence
from random import Random
from typing import Any

MEANING = "& is and, | is or, ^ is exclusive or"


def random_tree(rng: Random, leaves: Sequence[int], operators: str = "&|^") -> Any:
    """A tree of random shape over the leaves in their order."""
    if len(leaves) == 1:
        return leaves[0]
    left = rng.randrange(1, len(leaves))
    return [
        rng.choice(operators),
        random_tree(rng, leaves[:left], operators),
        random_tree(rng, leaves[left:], operators),
    ]


def written(tree: Any, leaf: Callable[[int], str], outer: bool = True) -> str:
    """The tree with parentheses around all but the whole."""
    if isinstance(tree, int):
        return leaf(tree)
    operator, left, right = tree
    text = f"{written(left, leaf, False)} {operator} {written(right, leaf, False)}"
    return text if outer else f"({text})"


def value(tree: Any, leaf: Callable[[int], int]) -> int:
    """The tree's value, bit by bit where leaves have many bits."""
    if isinstance(tree, int):
        return leaf(tree)
    operator, left, right = tree
    a, b = value(left, leaf), value(right, leaf)
    return a & b if operator == "&" else a | b if operator == "|" else a ^ b


def columns(count: int) -> list[int]:
    """A truth table's columns: bit k of column v is variable v's value in row k, the first one changing slowest."""
    rows = 1 << count
    found: list[int] = []
    for variable in range(count):
        block = rows >> variable + 1  # so many rows of 0, then of 1, and again
        ones = ((1 << block) - 1) << block
        while ones.bit_length() < rows:
            ones |= ones << ones.bit_length()
        found.append(ones)
    return found
