"""What the contract cannot know by itself, a module per family that may hold four tables by environment name.

EXAMPLES: the fields of a problem and its solution, worked out by hand.
SEARCHES: an independent solver, by brute force or a library, for small levels.
IS_CORRECT: a test of an answer written from the problem's statement, apart from `verify`, for the environments with
several correct answers. BEST_FIRST: answers in falling order of quality, for those with partial credit.
"""

from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from tests.environments.oracles._kinds import BestFirst, Example, IsCorrect, Search


def _merged(table: str) -> dict[str, Any]:
    families = [
        import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__) if module.name[0] != "_"
    ]
    return dict(sorted(entry for family in families for entry in getattr(family, table, {}).items()))


EXAMPLES: dict[str, Example] = _merged("EXAMPLES")
SEARCHES: dict[str, Search] = _merged("SEARCHES")
IS_CORRECT: dict[str, IsCorrect] = _merged("IS_CORRECT")
BEST_FIRST: dict[str, BestFirst] = _merged("BEST_FIRST")
