"""`rlve envs new`: what it writes is an environment already."""

from pathlib import Path

import pytest

from environments import generate, load
from rlve.authoring import starting_file
from rlve.cli import main


def test_what_is_written_passes_the_check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "folder" / "mine.py"
    assert main(["envs", "new", "Mine", "--path", str(file)]) == 0
    assert f"rlve envs check {file}" in capsys.readouterr().out
    assert main(["envs", "check", str(file)]) == 0
    assert "all 15 promises kept" in capsys.readouterr().out
    problem = generate(load(f"{file}:Mine"), 0, 0)
    assert problem.verify(problem.solution()) == 1.0


def test_file_is_named_after_the_class_and_lies_in_this_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["envs", "new", "SumOfTwo"]) == 0
    assert main(["envs", "new", "GCDOfThree_Counting"]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["gcd_of_three_counting.py", "sum_of_two.py"]


def test_family_is_a_folder_of_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "games").mkdir()
    (tmp_path / "games" / "__init__.py").touch()
    monkeypatch.setattr(starting_file, "FOLDER", tmp_path)
    assert main(["envs", "new", "Chomp", "--family", "games"]) == 0
    assert "class Chomp(Problem[int])" in (tmp_path / "games" / "chomp.py").read_text()
    assert main(["envs", "new", "Chomp", "--family", "gmaes"]) == 2
    assert "there is no family 'gmaes'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["chomp"], "begins with a capital"),
        (["Two Words"], "begins with a capital"),
        (["../Chomp"], "begins with a capital"),
        (["Addition", "--family", "arithmetic"], "there is an environment Addition already"),
        (["Chomp", "--path", "chomp.txt"], "ends in .py"),
    ],
)
def test_what_cannot_be_written_is_said(
    arguments: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["envs", "new", *arguments]) == 2
    assert message in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_nothing_is_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "mine.py"
    file.write_text("precious\n")
    assert main(["envs", "new", "Mine", "--path", str(file)]) == 2
    assert "exists, and nothing is overwritten" in capsys.readouterr().err
    assert file.read_text() == "precious\n"
