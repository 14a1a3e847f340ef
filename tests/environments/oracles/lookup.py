"""What the tests know of the environments of lookup."""

from tests.environments.oracles._kinds import Example

EXAMPLES: dict[str, Example] = {
    "CountChar": ({"letter": "a", "letters": "abaca"}, 3),
    "MaxElement": ({"values": [3, 17, 5]}, 17),
    "Parity": ({"digits": [1, 2, 4]}, "odd"),
}
