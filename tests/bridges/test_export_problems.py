"""`rlve export-problems`: rows from which the problem, its solution and the verdict can be had again."""

import json
from pathlib import Path

import pytest

import environments
from environments.problem import EVALUATION_BIT
from rlve.bridges import rows
from rlve.cli import main
from rlve.evaluation import fixed_tasks
from rlve.types import Task


def export(file: Path, *options: str) -> list[dict[str, object]]:
    chosen = ["--environments", "Sorting,Division", "--difficulty", "0-2", "--count", "20", "--output", str(file)]
    assert main(["export-problems", *chosen, *options]) == 0
    return (
        [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        if file.suffix != ".parquet"
        else []
    )


def test_rows_hold_the_question_the_solution_and_the_task(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = export(tmp_path / "new" / "rows.jsonl")
    assert capsys.readouterr().out.startswith(f"{tmp_path}/new/rows.jsonl has 20 problems of 2 environments")
    assert len(found) == 20
    assert {(row["environment"], row["difficulty"]) for row in found} == {
        (name, level) for name in ("Sorting", "Division") for level in (0, 1, 2)
    }
    for row in found:
        task = rows.read(str(row["task"]))
        problem = environments.generate(environments.load(task.environment), task.difficulty, task.seed)
        assert (task.environment, task.difficulty) == (row["environment"], row["difficulty"])
        assert row["prompt"] == environments.question(problem)
        assert environments.judge(problem, str(row["solution"])).correct
        assert not task.seed & EVALUATION_BIT


def test_the_same_call_writes_the_same_file_and_another_seed_another(tmp_path: Path) -> None:
    export(tmp_path / "a.jsonl")
    export(tmp_path / "b.jsonl", "--workers", "1")
    export(tmp_path / "c.jsonl", "--seed", "1")
    assert (tmp_path / "a.jsonl").read_bytes() == (tmp_path / "b.jsonl").read_bytes()
    assert (tmp_path / "a.jsonl").read_bytes() != (tmp_path / "c.jsonl").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.jsonl", "b.jsonl", "c.jsonl"]


def test_evaluation_rows_are_the_tasks_that_are_measured(tmp_path: Path) -> None:
    found = export(tmp_path / "rows.jsonl", "--evaluation")
    measured = {*fixed_tasks(["Sorting", "Division"], [0, 1, 2], 4)}
    assert {rows.read(str(row["task"])) for row in found} < measured
    assert all(rows.read(str(row["task"])).seed & EVALUATION_BIT for row in found)


def test_parquet_holds_the_same_rows(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    found = export(tmp_path / "rows.jsonl", "--evaluation")
    export(tmp_path / "rows.parquet", "--evaluation", "--format", "parquet")
    assert parquet.read_table(tmp_path / "rows.parquet").to_pylist() == found


def test_the_boxed_marker_is_asked_for_and_used(tmp_path: Path) -> None:
    found = export(tmp_path / "rows.jsonl", "--marker", "boxed")
    assert all("\\boxed{" in str(row["prompt"]) and str(row["solution"]).startswith("\\boxed{") for row in found)


FAILING = """
from dataclasses import dataclass
from environments import Integer, Ladder, Problem


@dataclass(frozen=True)
class Failing(Problem[int]):
    answer = Integer()
    ladder = Ladder()
    number: int

    @classmethod
    def generate(cls, rng):
        number = rng.randrange(100)
        if number % LEAST == 0:
            raise ValueError("no such number")
        return cls(number)

    def prompt(self):
        return f"Write {self.number}."

    def solution(self):
        return self.number
"""


def test_problems_that_cannot_be_made_are_told_and_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mine = tmp_path / "mine.py"
    mine.write_text(FAILING.replace("LEAST", "2"), encoding="utf-8")
    file = tmp_path / "rows.jsonl"
    assert main(["export-problems", "--environments", f"{mine}:Failing", "--count", "30", "--output", str(file)]) == 0
    said = capsys.readouterr()
    count = len(file.read_text(encoding="utf-8").splitlines())
    assert 0 < count < 30
    assert f"{30 - count} could not be made" in said.out
    assert "ValueError: no such number" in said.err


def test_nothing_is_written_where_no_problem_can_be_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mine, file = tmp_path / "mine.py", tmp_path / "rows.jsonl"
    mine.write_text(FAILING.replace("LEAST", "1"), encoding="utf-8")
    file.write_text("as it was", encoding="utf-8")
    assert main(["export-problems", "--environments", f"{mine}:Failing", "--count", "3", "--output", str(file)]) == 1
    assert "nothing was written" in capsys.readouterr().err
    assert file.read_text(encoding="utf-8") == "as it was"
    assert sorted(path.name for path in tmp_path.glob("*") if path.is_file()) == ["mine.py", "rows.jsonl"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--environments", "Sortin"], "the nearest are Sorting"),
        (["--environments", "GuessTheNumber"], "an environment of several turns is no row"),
        (["--environments", "Sorting", "--count", "0"], "expected a number from 1 on, got '0'"),
        (["--environments", "Sorting", "--difficulty", "3-1"], "expected levels such as 0,4,8 or 0-4, got '3-1'"),
        (["--environments", "Sorting", "--difficulty", "hard"], "expected levels such as 0,4,8 or 0-4, got 'hard'"),
    ],
)
def test_what_is_typed_wrongly_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], message: str
) -> None:
    try:
        code = main(["export-problems", *options, "--output", str(tmp_path / "rows.jsonl")])
    except SystemExit as ended:
        code = ended.code
    assert code == 2
    assert message in capsys.readouterr().err


def test_a_task_is_read_back_and_something_else_is_refused() -> None:
    task = Task("Sorting", 1, 4, EVALUATION_BIT | 7)
    assert rows.read(rows.written(task)) == task
    for wrong in ("", "[1]", '{"environment": "Sorting"}', "null"):
        with pytest.raises(ValueError, match="expected a task such as"):
            rows.read(wrong)
