import subprocess
import sys
from pathlib import Path

import pytest

from environments import EnvironmentNotFound, Problem, families, generate, judge, load, names, resolve
from environments.catalog import in_file, is_held_out, short_name

ROOT = Path(__file__).parents[2]

DOUBLING = '''
from dataclasses import dataclass
from random import Random
from typing import Self

from environments import Integer, Ladder, Problem, linear


@dataclass(frozen=True)
class Doubling(Problem[int]):
    """Double a number."""

    answer = Integer()
    ladder = Ladder(digits=linear(1))
    number: int

    @classmethod
    def generate(cls, rng: Random, digits: int) -> Self:
        return cls(rng.randrange(10**digits))

    def prompt(self) -> str:
        return f"What is twice {self.number}?"

    def solution(self) -> int:
        return 2 * self.number
'''


@pytest.fixture
def doubling(tmp_path: Path) -> Path:
    file = tmp_path / "doubling.py"
    file.write_text(DOUBLING, encoding="utf-8")
    return file


def test_names_are_sorted_and_each_loads_its_class() -> None:
    assert names() == sorted(names())
    assert {"Division", "Sorting", "GCDOne_Counting"} <= set(names())
    for name in names():
        assert issubclass(load(name), Problem)
        assert load(name).__name__ == name


def test_no_name_stands_in_two_files() -> None:
    modules = [load(name).__module__ for name in names()]
    written = [
        path
        for path in ROOT.glob("environments/*/*.py")
        if not path.name.startswith("_") and path.parent.name != "bridges"
    ]
    assert len(modules) == len(set(modules)) == len(written)


def test_families_are_the_folders_and_hold_every_environment_once() -> None:
    assert "Division" in families()["arithmetic"]
    assert sorted(name for members in families().values() for name in members) == names()
    assert list(families()) == sorted(families())


def test_unknown_name_offers_the_three_nearest() -> None:
    with pytest.raises(EnvironmentNotFound, match=r"no environment 'Divison'; the nearest are Division, \w+, \w+\. "):
        load("Divison")
    with pytest.raises(EnvironmentNotFound, match=r"the nearest are Sorting, "):
        resolve(["Division", "sortng"])


def test_resolve_takes_names_families_patterns_and_all() -> None:
    assert resolve(["Sorting", "Division"]) == ["Sorting", "Division"]
    assert resolve(["lookup"]) == [name for name in families()["lookup"] if not is_held_out(name)]
    counting = [name for name in names() if name.endswith("_Counting")]
    assert resolve(["*_Counting"]) == [name for name in counting if not is_held_out(name)]
    assert resolve(["all"]) == [name for name in names() if not is_held_out(name)]
    assert resolve([]) == []


def test_resolve_names_nothing_twice() -> None:
    found = resolve(["Division", "arithmetic", "Div*", "all"])
    assert found[0] == "Division"
    assert sorted(found) == resolve(["all"])


def test_pattern_and_family_are_taken_to_the_letter() -> None:
    for wanted in ("division", "Arithmetic", "*_counting", ""):
        with pytest.raises(EnvironmentNotFound):
            resolve([wanted])


def test_environment_loads_from_a_file_and_works(doubling: Path) -> None:
    (spec,) = resolve([f"{doubling}:Doubling"])
    environment = load(spec)
    problem = generate(environment, 3, 7)
    assert judge(problem, f"<answer>{problem.solution()}</answer>").correct
    assert generate(environment, 3, 7) == problem
    assert short_name(spec) == "Doubling"
    assert short_name("Division") == "Division"


def test_relative_and_absolute_path_are_one_environment(doubling: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(doubling.parent)
    assert resolve(["doubling.py:Doubling"]) == resolve([f"{doubling}:Doubling"]) == [f"{doubling.resolve()}:Doubling"]


def test_seeds_of_a_file_depend_on_its_content_and_not_on_its_place(doubling: Path, tmp_path: Path) -> None:
    moved, changed = tmp_path / "moved.py", tmp_path / "changed.py"
    moved.write_text(DOUBLING, encoding="utf-8")
    changed.write_text(DOUBLING + "\n# Another file.\n", encoding="utf-8")
    original, same, other = (
        [generate(load(f"{file}:Doubling"), 9, seed).prompt() for seed in range(5)]
        for file in (doubling, moved, changed)
    )
    assert original == same
    assert not set(original) & set(other)


def test_file_or_class_that_is_not_there_is_named(doubling: Path) -> None:
    with pytest.raises(EnvironmentNotFound, match=r"nowhere\.py does not exist"):
        load("nowhere.py:Doubling")
    for absent in ("Tripling", "Random", "Ladder"):
        with pytest.raises(EnvironmentNotFound, match=f"holds no class {absent}"):
            load(f"{doubling}:{absent}")


def test_file_that_fails_shows_its_own_error_every_time(tmp_path: Path) -> None:
    file = tmp_path / "broken.py"
    file.write_text("raise RuntimeError('no luck')\n", encoding="utf-8")
    for _ in range(2):
        with pytest.raises(RuntimeError, match="no luck"):
            load(f"{file}:Broken")


def test_importing_environments_loads_no_heavy_package_and_no_environment() -> None:
    program = "import sys, environments; environments.names(); print(*sys.modules)"
    seen = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = set(seen.stdout.split())
    assert "environments.problem" in loaded
    assert not loaded & {"torch", "ray", "vllm", "numpy", "rlve", "pydantic", "sympy", "networkx", "transformers"}
    assert not [module for module in loaded if module.startswith("environments.arithmetic")]


def test_environments_of_a_file_are_found_in_its_order(doubling: Path) -> None:
    text = DOUBLING + DOUBLING.split("\n\n\n")[1].replace("Doubling", "Another")
    doubling.write_text(text + "\nAlias = Another\n", encoding="utf-8")
    assert in_file(str(doubling)) == [f"{doubling.resolve()}:Doubling", f"{doubling.resolve()}:Another"]
    doubling.write_text("", encoding="utf-8")
    with pytest.raises(EnvironmentNotFound, match="holds no class that derives from"):
        in_file(str(doubling))
