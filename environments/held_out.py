"""Environments that serve evaluation only: about an eighth of each family, and the same for every run.

Only their exact names and the word `held_out` mean them; `all`, families and patterns do not.
"""

HELD_OUT: dict[str, tuple[str, ...]] = {  # family → environments
    "games": ("GraMinimaGame", "StoneIntervalsGame"),
    "grids": ("SubmatrixSumDivisibleCounting",),
}
NAMES = frozenset(name for members in HELD_OUT.values() for name in members)
