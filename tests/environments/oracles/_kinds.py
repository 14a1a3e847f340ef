"""What a family's oracles are made of."""

from collections.abc import Callable, Sequence
from typing import Any

Example = tuple[dict[str, Any], Any]  # the fields of a problem, its solution
Search = tuple[Callable[[Any], Any], Callable[[Any, Any], Any], range]
# the slow search of a problem, what an answer to a problem is worth in the search's terms, the levels to search
IsCorrect = Callable[[Any, Any], bool]  # problem, answer
BestFirst = Callable[[Any], Sequence[Any]]  # answers to a problem
