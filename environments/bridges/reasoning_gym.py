"""reasoning-gym's datasets as environments: `rg:gcd`.

Level d is the d-th level of the dataset's curriculum. Above its last one, ranges of integers go on widening by their
last step, where there are any. What the library would not take is replaced by the nearest level below that it takes.
"""

from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import import_module
from threading import Lock
from typing import Any

from environments.bridges.bridged import Bridged, require, require_offered, subclass
from environments.ladder import Ladder, linear
from environments.problem import Problem

PACKAGE, TESTED = "reasoning-gym", "0.1.25"
VERSION = 125  # of every environment: another release is another stream of problems
LEVEL_LIMIT = 12  # far above it some generators search for minutes

_NO_REFERENCE = "it gives no reference answer, so nobody can tell that its problems can be solved"
_EVALUATES = "its verifier runs the model's answer as Python code"
_FREE_MARKS = "its verifier gives full marks without a solution: "
_OTHER_PROCESS = "the same seed gives another problem in another process"

REFUSED: dict[str, str] = {
    **dict.fromkeys(("boxnet", "graph_color", "propositional_logic", "rubiks_cube", "rush_hour"), _NO_REFERENCE),
    **dict.fromkeys(
        (
            "binary_matrix",
            "countdown",
            "intermediate_integration",
            "n_queens",
            "polynomial_multiplication",
            "puzzle24",
            "simple_integration",
            "spiral_matrix",
            "string_insertion",
        ),
        _EVALUATES,
    ),
    "coin_flip": f"{_FREE_MARKS}0, since it takes any small number for another",
    "complex_arithmetic": f"{_FREE_MARKS}nan",
    "game_of_life_halting": f"{_FREE_MARKS}any text",
    "number_sorting": f"{_FREE_MARKS}a list of nan",
    **dict.fromkeys(("codeio", "isomorphic_strings", "list_functions", "ransom_note", "word_ladder"), _OTHER_PROCESS),
    "jugs": "it asks for what cannot be done, and its verifier refuses the reference answer that says so",
    "syllogism": "its reference answers call two invalid forms valid",
    "knight_swap": "its curriculum begins with a configuration that it refuses itself",
    "sokoban": "a problem takes 18 seconds to make",
    "composite": "it is a mixture of the others; name them",
}

OFFERED = frozenset(
    """
    ab acre advanced_geometry aiw arc_1d arc_agi base_conversion basic_arithmetic bf binary_alternation
    bitwise_arithmetic caesar_cipher calendar_arithmetic chain_sum circuit_logic color_cube_rotation
    count_bits count_primes course_schedule cryptarithm decimal_arithmetic decimal_chain_sum dice emoji_mystery
    family_relationships figlet_font fraction_simplification futoshiki game_of_life gcd group_anagrams gsm_symbolic
    kakurasu knights_knaves largest_island lcm leg_counting letter_counting letter_jumble mahjong_puzzle
    manipulate_matrix maze mini_sudoku modulo_grid needle_haystack number_filtering number_format number_sequence
    palindrome_generation palindrome_partitioning path_star polynomial_equations pool_matrix power_function
    prime_factorization products quantum_lock rearc rectangle_count rotate_matrix rotten_oranges self_reference
    sentence_reordering shortest_path simple_equations simple_geometry spell_backward string_manipulation
    string_splitting string_synthesis sudoku survo time_intervals tower_of_hanoi tsumego word_sequence_reversal
    word_sorting zebra_puzzles
    """.split()  # noqa: SIM905 - eighty names
)

# They draw in their constructors; of the others one dataset per level serves all seeds, for some take a second to make.
_DRAWN_WHEN_MADE = frozenset({"acre", "gsm_symbolic"})

# Above these levels they search for minutes.
_LAST = {
    "basic_arithmetic": 4,
    "bf": 2,
    "futoshiki": 3,
    "number_sequence": 2,
    "polynomial_equations": 3,
    "tsumego": 2,
    "zebra_puzzles": 3,
}

_lock = Lock()  # a dataset's seed is set and then used


@dataclass(frozen=True)
class ReasoningGymProblem(Bridged):
    """A dataset's item. verify gives nothing for partial credit, which the library also pays for lists of guesses."""

    ladder = Ladder(level=linear(0, most=LEVEL_LIMIT))

    @classmethod
    @cache
    def top(cls, prompt_chars: int, limit: int = LEVEL_LIMIT) -> int:
        """The highest level that differs from the one below and whose questions stay within `prompt_chars`."""
        last = max((level for level in range(1, limit + 1) if _rises(cls.name, level)), default=0)
        return super().top(prompt_chars, last)

    def prompt(self) -> str:
        question: str = _item(self.name, self.level, self.seed)["question"]
        return question.strip()

    def solution(self) -> str:
        answer: str = _item(self.name, self.level, self.seed)["answer"]
        return answer.strip()

    def verify(self, answer: str) -> float | None:
        """None where the library's verifier cannot read the answer, which some of them raise at."""
        item = _item(self.name, self.level, self.seed)
        dataset, _ = _dataset(self.name, self.level)
        try:
            score: object = dataset.score_answer(answer, item)
        except MemoryError:
            raise
        except Exception:  # noqa: BLE001 - they raise whatever the parsing of a model's text raises
            return None
        return 1.0 if score == 1.0 else 0.0


def load(name: str) -> type[Problem[Any]]:
    """The environment of a dataset. Raises Unavailable."""
    full_name = f"rg:{name}"
    require_offered(full_name, OFFERED, REFUSED)
    require(PACKAGE, TESTED, "reasoning-gym", full_name)
    return subclass(
        ReasoningGymProblem,
        full_name,
        VERSION,
        __doc__=f"Problems of reasoning-gym's dataset {name}.",
    )


def offered() -> list[str]:
    """Every dataset that is not refused. Raises Unavailable."""
    require(PACKAGE, TESTED, "reasoning-gym", "rg:*")
    return sorted(OFFERED)


@lru_cache(1024)
def _item(name: str, level: int, seed: int) -> dict[str, Any]:
    with _lock:
        dataset, config = _dataset(name, level)
        if name in _DRAWN_WHEN_MADE:
            config.seed = seed
            dataset = type(dataset)(config)
        dataset.seed = config.seed = seed
        return dataset[0]


@cache
def _dataset(name: str, level: int) -> tuple[Any, Any]:
    """The dataset and its configuration, which belong to each other."""
    factory = _factory()
    config = _config(name, level)
    return factory.DATASETS[name][0](config), config


def _factory() -> Any:
    """The library's registry."""
    return import_module("reasoning_gym.factory")


def _rises(name: str, level: int) -> bool:
    return _config(name, level) != _config(name, level - 1)


def _config(name: str, level: int) -> Any:
    """The configuration of the hardest level up to this one that the library takes."""
    factory = _factory()
    if name not in factory.CURRICULA:
        return factory.DATASETS[name][1](seed=0, size=1)
    error: AssertionError | None = None
    for candidate in range(min(level, _LAST.get(name, LEVEL_LIMIT)), -1, -1):
        curriculum = factory.CURRICULA[name]()
        for attribute in curriculum.attributes.values():
            _widen(attribute, candidate)
        curriculum.set_global_level(candidate)
        try:
            config = curriculum.generate_configuration({"seed": 0, "size": 1})
            if hasattr(config, "validate"):
                config.validate()
        except AssertionError as refusal:
            error = refusal
        else:
            return config
    raise ValueError(f"reasoning-gym takes no level of {name} up to {level}") from error


def _widen(attribute: Any, level: int) -> None:
    """Continues the levels of a range of integers by their last step."""
    levels = list(attribute.levels)
    if not hasattr(attribute, "upper_field_name") or len(levels) < 2 or not all(type(entry) is int for entry in levels):
        return
    step = levels[-1] - levels[-2]
    if step > 0:
        levels += [levels[-1] + step * (place + 1) for place in range(level + 2 - len(levels))]
    attribute.levels = levels
