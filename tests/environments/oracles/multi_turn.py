"""Sessions: the first action of the reference player. What follows it is tested in test_sessions.py."""

from tests.environments.oracles._kinds import Example

EXAMPLES: dict[str, Example] = {
    "CoinWeighing": ({"coins": 3, "heavy": 2}, [[1], [2]]),
    "GuessTheNumber": ({"lowest": 1, "guesses": 3, "number": 6}, 4),
    "InteractiveSort": ({"order": [3, 1, 2]}, [2, 1]),
    "Mastermind": ({"code": [2, 3], "highest": 3}, [1, 1]),
    "MazeNavigation": (
        {"rows": 2, "columns": 2, "ways": [["down"], ["down"], ["up", "right"], ["up", "left"]]},
        "down",
    ),
    "Nim": ({"piles": [1, 3], "seed": 0}, [2, 2]),
}
