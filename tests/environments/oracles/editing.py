"""What the tests know of the environments of editing."""

from tests.environments.oracles._kinds import BestFirst, Example
from tests.environments.oracles._spoilt import letters_spoilt

EXAMPLES: dict[str, Example] = {
    "Copy": ({"letters": "kab"}, "kab"),
    "Reverse": ({"letters": "kab"}, "bak"),
}

BEST_FIRST: dict[str, BestFirst] = {
    "Copy": letters_spoilt,
    "Reverse": letters_spoilt,
}
