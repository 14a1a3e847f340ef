"""docs/your_environment.md tells what happens."""

import re
from pathlib import Path

import pytest

from rlve.cli import main

PAGE = (Path(__file__).parents[2] / "docs" / "your_environment.md").read_text(encoding="utf-8")


def test_first_draft_breaks_the_promise_that_the_page_shows_and_the_second_keeps_all(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, generate, *_ = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    file = tmp_path / "longest_run.py"
    file.write_text(first, encoding="utf-8")
    assert main(["envs", "check", str(file)]) == 1
    shown = re.search(r"  FAIL  .*\n        found: .*\n        mend:  .*\n", PAGE)
    report = capsys.readouterr().out
    assert shown is not None and shown[0] in report
    assert re.findall(r"(\d+) of 15 promises broken", report) == re.findall(r"(\d+) of 15 promises broken", PAGE)

    mended = re.sub(r"    @classmethod\n.*?(?=    def prompt)", lambda _: generate + "\n", first, flags=re.DOTALL)
    assert mended != first
    file.write_text(mended, encoding="utf-8")
    assert main(["envs", "check", str(file)]) == 0


def test_game_that_the_page_shows_is_the_one_that_is_played(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, generate, *_ = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    file = tmp_path / "longest_run.py"
    text = re.sub(r"    @classmethod\n.*?(?=    def prompt)", lambda _: generate + "\n", first, flags=re.DOTALL)
    file.write_text(text, encoding="utf-8")
    question = re.search(r"--- seed 0\n(.*)\n", PAGE)
    assert question is not None
    assert main(["envs", "show", f"{file}:LongestRun", "--difficulty", "4"]) == 0
    assert question[1] in capsys.readouterr().out
