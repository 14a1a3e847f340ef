"""`rlve envs list`, `show` and `gallery`."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from environments import Problem, Text, families, names
from environments.catalog import is_held_out
from environments.held_out import NAMES
from rlve.authoring import gallery
from rlve.authoring.listing import last_level
from rlve.cli import main

ROOT = Path(__file__).parents[2]


def rows(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, object]]:
    assert main(["envs", "list", "--json", *arguments]) == 0
    return json.loads(capsys.readouterr().out)


def test_every_environment_is_a_row_with_what_the_catalogue_knows(capsys: pytest.CaptureFixture[str]) -> None:
    found = {str(row["name"]): row for row in rows(capsys)}
    assert sorted(found) == names()
    addition = found["Addition"]
    assert addition == {
        "name": "Addition",
        "family": "arithmetic",
        "answer": "Integer",
        "hint": "one integer",
        "levels": "0-",
        "version": addition["version"],
        "held_out": False,
        "guessable": "",
        "task": "Add two integers.",
    }
    assert {name for name, row in found.items() if row["held_out"]} == {name for name in names() if is_held_out(name)}


def test_names_families_and_patterns_choose(capsys: pytest.CaptureFixture[str]) -> None:
    assert [row["name"] for row in rows(capsys, "Sorting", "Addition")] == ["Sorting", "Addition"]
    assert [row["name"] for row in rows(capsys, "arithmetic")] == families()["arithmetic"]
    assert [row["name"] for row in rows(capsys, "*_Counting")] == [name for name in names() if name[-9:] == "_Counting"]


def test_cost_is_measured_where_it_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    [row] = rows(capsys, "Sorting", "--cost")
    assert 0 < float(str(row["generate_ms"])) < 50
    assert 0 < float(str(row["verify_ms"])) < 50


def test_table_marks_what_is_held_out(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["envs", "list"]) == 0
    header, *lines, last = capsys.readouterr().out.splitlines()
    assert header.split() == ["name", "family", "answer", "levels", "task"]
    assert {line.split()[0] for line in lines if line.split()[1] == "*"} == {name for name in names() if name in NAMES}
    assert last.startswith(f"{len(names())} environments")


def test_unknown_name_offers_near_ones(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["envs", "list", "Additoin"]) == 2
    assert "the nearest are Addition" in capsys.readouterr().err


def test_listing_imports_what_it_lists_and_nothing_heavy() -> None:
    program = (
        "import sys; from rlve.cli import main; main(['envs', 'list', 'Sorting']); "
        "print(*[name for name in sys.modules if name.startswith('environments.arithmetic.')], "
        "*[name for name in ('torch', 'ray', 'vllm', 'numpy') if name in sys.modules])"
    )
    seen = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert seen.stdout.splitlines()[-1] == ""


def test_level_where_a_ladder_ends_is_found() -> None:
    from environments import Ladder, linear

    class Ending(Problem[str]):
        answer = Text()
        ladder = Ladder(size=linear(3, 0.5, most=7))

    class Endless(Problem[str]):
        answer = Text()
        ladder = Ladder(size=linear(3, 0.5, most=7), width=linear(1))

    assert last_level(Ending) == 8
    assert last_level(Endless) is None


def test_show_prints_problem_and_solution_of_every_level(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["envs", "show", "Sorting", "--difficulty", "0,4", "--seed", "3"]) == 0
    shown = capsys.readouterr().out
    assert re.findall(r"--- Sorting, difficulty (\d+) \(.*\), seed 3", shown) == ["0", "4"]
    for numbers, solution in re.findall(r"order: ([\d ]+)\n.*?solution: ([\d ]+)\n", shown, re.DOTALL):
        assert sorted(map(int, numbers.split())) == [*map(int, solution.split())]


def test_gallery_has_a_row_for_every_environment_whatever_it_asks() -> None:
    page = gallery.markdown()
    table = [line for line in page.splitlines() if line.startswith("| `")]
    assert [re.findall(r"`(\w+)`", line)[0] for line in table] == [name for all in families().values() for name in all]
    assert all(line.count(" | ") == 4 for line in table)
    assert not [line for line in table if re.search(r"[<>](?!br>|$)(?<!br>)", line.replace("<br>", ""))]


def test_gallery_is_written_where_it_is_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["envs", "gallery", "--output", str(tmp_path / "page.md")]) == 0
    assert (tmp_path / "page.md").read_text() == gallery.markdown()


def test_the_page_of_all_environments_is_current() -> None:
    page = ROOT / "docs" / "environments.md"
    assert page.read_text(encoding="utf-8") == gallery.markdown(), "run `rlve envs gallery`"
