"""What the tests know of the environments of arithmetic."""

from tests.environments.oracles._kinds import Example

EXAMPLES: dict[str, Example] = {
    "Addition": ({"left": 17, "right": 25}, 42),
    "Division": ({"dividend": 29, "divisor": 4}, 7),
    "Modulo": ({"dividend": 29, "divisor": 4}, 1),
    "Multiplication": ({"left": 12, "right": 11}, 132),
}
