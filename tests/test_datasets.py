"""Data sets: what is read and what is refused, what counts as right, the estimates, and rows that train."""

import asyncio
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from random import Random
from typing import Any

import pytest

import environments
from environments.problem import EVALUATION_BIT, Verdict
from rlve import models
from rlve.config import ConfigError, DatasetConfig, TrainConfig
from rlve.dataset_environment import DatasetFile, DatasetProblem, environment, normal
from rlve.datasets import checked, measured_sets, named, prepare, read, require_fit
from rlve.evaluation import DatasetScore, bootstrap, evaluated, fixed_tasks, pass_at
from rlve.problems import PATIENCE, Problems
from rlve.prompts import Prompts
from rlve.types import Task
from tests import test_run
from tests.test_conf import composed
from tests.test_loop import run

RIGHT, WRONG = Verdict(1.0, True), Verdict(0.0, False)


def jsonl(path: Path, rows: Sequence[Any]) -> Path:
    path.write_text("".join(f"{row if isinstance(row, str) else json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return path


def sums(count: int, first: int = 0) -> list[dict[str, Any]]:
    return [{"question": f"What is {number} + 1?", "answer": number + 1} for number in range(first, first + count)]


def configured(tmp_path: Path, *overrides: str) -> TrainConfig:
    return composed(f"model.cache={tmp_path / 'cache'}", *overrides)


def rows_of(path: Path | str, **settings: Any) -> tuple[dict[str, str], int]:
    config = DatasetConfig(path=str(path), **settings)
    return checked(read(config), config)


def test_rows_are_read_from_lines_and_repeats_are_left_out_and_counted(tmp_path: Path) -> None:
    rows = [
        {"q": "One?", "a": 1, "note": None},
        "",
        {"q": "Half?", "a": 0.5},
        {"q": " one? ", "a": "1"},
        {"q": "Solution?", "a": " #### 7 "},
    ]
    found = rows_of(jsonl(tmp_path / "rows.jsonl", rows), question="q", answer="a")
    assert found == ({"One?": "1", "Half?": "0.5", "Solution?": "#### 7"}, 1)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('{"question": "x?", "answer": ', "rows.jsonl, line 3: expected a JSON object"),
        ("[1, 2]", "rows.jsonl, line 3: expected a JSON object, found list"),
        ('{"question": "x?"}', "rows.jsonl, line 3: there is no field 'answer'; the fields are question"),
        (
            '{"question": "x?", "answer": null}',
            "rows.jsonl, line 3: the field 'answer' must be text or a number, got null",
        ),
        ('{"question": "x?", "answer": true}', "line 3: the field 'answer' must be text or a number, got true"),
        (
            '{"question": "x?", "answer": " "}',
            "1 of 3 rows cannot be used: rows.jsonl, line 3: the field 'answer' is empty",
        ),
        ('{"question": "", "answer": "1"}', "rows.jsonl, line 3: the field 'question' is empty"),
        ('{"question": ["x"], "answer": "1"}', "line 3: the field 'question' must be text or a number, got [\"x\"]"),
        (
            '{"question": "What is 0 + 1?", "answer": 2}',
            "line 3: the question of rows.jsonl, line 1 again, with '2' in",
        ),
    ],
)
def test_a_bad_row_is_named_by_its_line_and_field(tmp_path: Path, line: str, words: str) -> None:
    with pytest.raises(ConfigError) as refused:
        rows_of(jsonl(tmp_path / "rows.jsonl", [*sums(2), line]))
    assert words in str(refused.value)


def test_the_answer_stands_after_the_last_mark(tmp_path: Path) -> None:
    rows = [{"question": "a?", "answer": "2 #### 3\nso\n#### 1,234"}]
    assert rows_of(jsonl(tmp_path / "rows.jsonl", rows), answer_after="####") == ({"a?": "1,234"}, 0)
    for answer, words in (("just 5", "has no '####'"), ("5 ####", "ends with '####'")):
        with pytest.raises(ConfigError, match=words):
            rows_of(jsonl(tmp_path / "rows.jsonl", [{"question": "a?", "answer": answer}]), answer_after="####")


def test_a_parquet_file_has_the_same_rows_and_says_which_columns_it_has(tmp_path: Path) -> None:
    import pyarrow
    from pyarrow.parquet import write_table

    file = tmp_path / "rows.parquet"
    write_table(pyarrow.Table.from_pylist([{**row, "level": 1} for row in sums(5)]), file)
    assert rows_of(file) == rows_of(jsonl(tmp_path / "rows.jsonl", sums(5)))
    with pytest.raises(ConfigError, match="no field 'solution'; the fields are question, answer, level"):
        rows_of(file, answer="solution")
    file.write_bytes(b"no parquet")
    with pytest.raises(ConfigError, match=r"rows\.parquet cannot be read as parquet"):
        rows_of(file)


def test_a_set_in_the_layout_of_the_hub_is_read_by_its_split(tmp_path: Path) -> None:
    folder = tmp_path / "set"
    folder.mkdir()
    jsonl(folder / "train.jsonl", sums(5))
    jsonl(folder / "test.jsonl", sums(3, first=50))
    assert rows_of(folder, split="test") == rows_of(folder / "test.jsonl")
    with pytest.raises(ConfigError, match=r"split 'dev' of .* could not be fetched"):
        rows_of(folder, split="dev")
    with pytest.raises(ConfigError, match="split is missing"):
        rows_of(folder)
    with pytest.raises(ConfigError, match="no field 'problem'; the fields are question, answer"):
        rows_of(folder, split="test", question="problem")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"path": "nowhere.jsonl"}, "nowhere.jsonl does not exist"),
        ({"path": "./nowhere"}, "path must be a .jsonl or .parquet file, a folder or a hub name"),
        ({"path": "rows.jsonl", "split": "test"}, "split is for sets of the hub"),
    ],
)
def test_a_source_that_cannot_be_is_refused(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        rows_of(**settings)


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        (["evaluation.datasets=[aime42]"], "evaluation.datasets: there is no data set 'aime42'; the nearest is aime2"),
        (["evaluation.datasets=[gsm8k,gsm8k]"], "'gsm8k' is named twice"),
        (["rlve.environment_list=[dataset:mien]", "+datasets.mine={path: x.jsonl}"], "the nearest is mine"),
        (["rlve.environment_list=[dataset:Sorting]", "+datasets.Sorting={path: x}"], "an environment has this name"),
        (["rlve.environment_list=[dataset:gsm8k]", "evaluation.datasets=[gsm8k]"], "datasets.gsm8k.held_out"),
    ],
)
def test_a_name_that_cannot_be_used_is_refused_before_anything_is_read(
    tmp_path: Path, overrides: list[str], words: str
) -> None:
    config = configured(tmp_path, *overrides)
    with pytest.raises(ConfigError) as refused:
        prepare(config)
    assert words in str(refused.value)


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("+datasets.mine={path: x, anwser: y}", "mine.anwser: there is no such key; the nearest is datasets.mine."),
        ("evaluation.datasets=[{name: mine, pth: x}]", "evaluation.datasets.0.pth: there is no such key"),
        ("evaluation.datasets=[{path: x.jsonl}]", "evaluation.datasets.0.name: Field required"),
        ("datasets.gsm8k.pass_at=[2]", "pass_at must be at most samples"),
        ("datasets.aime24.temperature=0", "64 samples at temperature 0"),
        ("+datasets={a b: {path: x}}", "String should match pattern"),
    ],
)  # fmt: skip
def test_a_fault_of_a_data_set_names_its_key(override: str, words: str) -> None:
    with pytest.raises(ConfigError) as refused:
        composed(override)
    assert words in str(refused.value)


COLUMNS = {
    "aime24": {"id": 60, "problem": "Find $x$.", "solution": "...", "answer": "204", "url": "", "year": "2024"},
    "aime25": {"problem": "Find the sum.", "answer": "70", "id": "0"},
    "math500": {
        "problem": "Convert.", "solution": "...", "answer": "\\left( 3, \\frac{\\pi}{2} \\right)",
        "subject": "Precalculus", "level": 2, "unique_id": "test/precalculus/807.json",
    },
    "gsm8k": {"question": "How many eggs?", "answer": "16 - 3 - 4 = <<16-3-4=9>>9\n#### 18"},
}  # fmt: skip


@pytest.mark.parametrize(("preset", "answer"), [(name, row["answer"]) for name, row in COLUMNS.items()])
def test_a_preset_composes_by_name_and_reads_the_columns_of_its_set(tmp_path: Path, preset: str, answer: str) -> None:
    config = composed(f"evaluation={preset}")
    assert config.evaluation.environments == []
    (found,) = measured_sets(config).values()
    assert found == measured_sets(composed(f"evaluation.datasets=[{preset}]"))[preset]
    assert (found.temperature, found.top_p, found.max_tokens) == (0.6, 0.95, 32768)
    assert found.samples == (64 if preset.startswith("aime") else found.samples)
    file = jsonl(tmp_path / "rows.jsonl", [COLUMNS[preset]])
    local = found.model_copy(update={"path": str(file), "config": None, "split": None})
    rows, _ = checked(read(local), local)
    assert list(rows.values()) == ["18" if preset == "gsm8k" else answer]


def test_the_untrained_environments_are_measured_by_name_or_as_a_preset() -> None:
    config = composed("evaluation=held_out", "rlve.environment_list=[Sorting,Division]")
    names = named(config)
    found = evaluated(config, names)
    assert sorted([*found, *names]) == environments.names()
    assert evaluated(composed("evaluation.environments=[*Counting]"), names) == environments.resolve(["*Counting"])
    assert evaluated(composed(), names) == names
    with pytest.raises(ConfigError, match="untrained"):
        evaluated(config, environments.names())


def test_exact_scoring_compares_numbers_by_value_and_text_but_for_its_dress() -> None:
    same = [
        ("18", "18.0"),
        ("1,234", "$1234$"),
        ("$18.", "18"),
        ("3/6", "0.5"),
        ("-.5", "-0.50"),
        ("New  York", "new york."),
    ]
    different = [("18", "19"), ("1,23", "123"), ("1/0", "0"), ("1e3", "1000"), ("٣", "3"), ("18", "18 eggs"), (".", "")]
    assert [pair for pair in same if normal(pair[0]) != normal(pair[1])] == []
    assert [pair for pair in different if normal(pair[0]) == normal(pair[1])] == []


def prepared(tmp_path: Path, answers: Sequence[str], scoring: str, held_out: int | None = None) -> DatasetFile:
    rows = [[f"Question {place}?", answer, place < (held_out or len(answers))] for place, answer in enumerate(answers)]
    file = jsonl(tmp_path / "prepared.jsonl", rows)
    return DatasetFile("mine", str(file), 7, "math" if scoring == "math" else "exact", "Write {marker}")


def verdicts(dataset: DatasetFile, answers: Sequence[tuple[int, str]], timeout_seconds: float = 5) -> list[Verdict]:
    """answers: (row, text within the marker)."""

    async def story() -> list[Verdict]:
        problems = await Problems.start(1, timeout_seconds, "tags", [dataset])
        try:
            return await problems.verify_many(
                [
                    (Task("dataset:mine", 7, 0, EVALUATION_BIT | row), f"So <answer>{text}</answer>")
                    for row, text in answers
                ]
            )
        finally:
            await problems.close()

    return asyncio.run(story())


def test_math_scoring_compares_expressions_and_what_hangs_costs_itself_alone(tmp_path: Path) -> None:
    references = [
        "\\frac{1}{2}",
        "3\\sqrt{13}",
        "\\left( 3, \\frac{\\pi}{2} \\right)",
        "p - q",
        "204",
        "\\text{Tuesday}",
    ]
    right = ["0.5", "\\sqrt{117}", "(3, \\pi/2)", "-q+p", "$204$", "Tuesday", "The answer is $\\frac12$."]
    wrong = ["0.51", "\\sqrt{118}", "(\\pi/2, 3)", "p+q", "205", "Monday", "__import__('os').getcwd()"]
    answers = [(place % 6, text) for place, text in enumerate(right)] + [
        (place % 6, text) for place, text in enumerate(wrong)
    ]
    dataset = prepared(tmp_path, references, "math")
    hang = (4, "9^{9^{9^{9}}}")
    found = verdicts(dataset, [*answers, (4, "}{"), (4, "7" * 1025), hang, (4, "204")])
    unreadable, too_long, timeout = (Verdict(0.0, False, error) for error in ("unreadable", "too_long", "timeout"))
    assert found == [RIGHT] * 7 + [WRONG] * 7 + [unreadable, too_long, timeout, RIGHT]


@pytest.mark.slow
def test_a_data_set_is_asked_on_however_often_its_answers_hang(tmp_path: Path) -> None:
    answers = [(0, f"9^{{9^{{9^{{{number}}}}}}}") for number in range(2, PATIENCE + 3)]
    found = verdicts(prepared(tmp_path, ["1"], "math"), [*answers, (0, "1")], timeout_seconds=1)
    assert found == [Verdict(0.0, False, "timeout")] * len(answers) + [RIGHT]


@pytest.mark.slow  # it fills 2.5 GiB
def test_a_child_that_has_grown_is_replaced_between_calls(tmp_path: Path) -> None:
    file = tmp_path / "grows.py"
    file.write_text(
        """
import os
from dataclasses import dataclass
from environments import Integer, Ladder, Problem

KEPT = []

@dataclass(frozen=True)
class Grows(Problem[int]):
    answer = Integer()
    ladder = Ladder()
    number: int
    @classmethod
    def generate(cls, rng):
        return cls(1)
    def prompt(self):
        if not KEPT:
            KEPT.append(b"x" * (5 << 29))
        return str(os.getpid())
    def solution(self):
        return 1
""",
        encoding="utf-8",
    )

    async def story() -> list[str | None]:
        problems = await Problems.start(1, 30, "tags")
        try:
            return [(await problems.generate([Task(f"{file}:Grows", 1, 0, seed)]))[0].text for seed in range(2)]
        finally:
            await problems.close()

    first, second = asyncio.run(story())
    assert first and second and first.split()[0] != second.split()[0]


def test_consecutive_seeds_take_every_row_once_before_any_again(tmp_path: Path) -> None:
    kind = environment(prepared(tmp_path, [str(number) for number in range(20)], "exact", held_out=3))
    assert [kind.draw(0, EVALUATION_BIT | index).solution() for index in range(4)] == ["0", "1", "2", "0"]
    epochs = [[kind.draw(0, seed).solution() for seed in range(start, start + 17)] for start in (17 * 5, 17 * 6)]
    for epoch in epochs:
        assert Counter(epoch) == Counter(str(number) for number in range(3, 20))
    assert epochs[0] != epochs[1]
    with pytest.raises(ValueError, match="level 0 only"):
        kind.draw(1, 0)
    with pytest.raises(ValueError, match="has no row to train on"):
        environment(prepared(tmp_path, ["1"], "exact")).draw(0, 0)


def test_the_question_ends_in_the_suffix_with_the_models_marker(tmp_path: Path) -> None:
    row = environment(prepared(tmp_path, ["1"], "exact")).draw(0, EVALUATION_BIT)
    assert environments.question(row) == "Question 0?\nWrite <answer>...</answer>"


def test_what_is_held_out_is_never_trained_on_and_depends_on_the_questions_alone(tmp_path: Path) -> None:
    file = jsonl(tmp_path / "rows.jsonl", sums(50))
    config = configured(
        tmp_path, f"+datasets.mine={{path: {file}, held_out: 0.2}}", "rlve.environment_list=[dataset:mine]"
    )
    (found,) = prepare(config).trained
    held_out = {row.question for row in found.rows if row.held_out}
    assert (len(found.rows), len(held_out)) == (50, 10)
    kind = environments.load("dataset:mine")
    assert issubclass(kind, DatasetProblem) and kind.version == found.file.version
    tasks = fixed_tasks(["dataset:mine"], [0, 1, 2], 4)
    measured = [kind.draw(task.difficulty, task.seed).row.question for task in tasks]
    assert sorted(measured) == sorted(held_out)
    assert held_out.isdisjoint(kind.draw(0, seed).row.question for seed in range(200))
    jsonl(file, sums(50)[::-1])
    (again,) = prepare(config).trained
    assert {row.question for row in again.rows if row.held_out} == held_out
    assert again.file.version != found.file.version


def test_a_question_is_measured_or_trained_on_and_never_both(tmp_path: Path) -> None:
    train, test = jsonl(tmp_path / "train.jsonl", sums(20)), jsonl(tmp_path / "test.jsonl", sums(5, first=18))
    overrides = [
        f"+datasets.mine={{path: {train}}}",
        "rlve.environment_list=[dataset:mine,Sorting]",
        f"evaluation.datasets=[{{name: other, path: {test}}}]",
    ]
    with pytest.raises(ConfigError, match=r"2 of its 20 questions are also in other.*'What is 18"):
        prepare(configured(tmp_path, *overrides))
    jsonl(test, sums(5, first=20))
    assert [len(each.rows) for each in prepare(configured(tmp_path, *overrides)).measured] == [5]


def test_a_set_whose_every_row_is_held_out_cannot_train(tmp_path: Path) -> None:
    file = jsonl(tmp_path / "rows.jsonl", sums(1))
    with pytest.raises(ConfigError, match=r"datasets\.mine: all of its 1 rows are held out"):
        prepare(configured(tmp_path, f"+datasets.mine={{path: {file}}}", "rlve.environment_list=[dataset:mine]"))


@pytest.mark.parametrize(
    ("samples", "correct", "count"), [(5, 0, 2), (5, 1, 2), (6, 2, 3), (6, 5, 2), (4, 4, 1), (4, 1, 4)]
)
def test_pass_at_k_is_the_share_of_subsets_of_k_answers_with_a_right_one(
    samples: int, correct: int, count: int
) -> None:
    subsets = list(combinations([place < correct for place in range(samples)], count))
    assert pass_at(count, samples, correct) == pytest.approx(sum(map(any, subsets)) / len(subsets))


def test_the_interval_covers_the_truth_nineteen_times_in_twenty_and_repeats_itself() -> None:
    rng = Random(0)
    covered = 0
    for _ in range(60):
        values = [sum(rng.random() < skill for _ in range(8)) / 8 for skill in (rng.random() for _ in range(60))]
        low, high = bootstrap(values)
        covered += low <= 0.5 <= high
    assert covered >= 0.85 * 60
    assert bootstrap([0.25, 0.5, 1.0]) == bootstrap([1.0, 0.25, 0.5])
    assert bootstrap([0.0] * 30) == pytest.approx((0.0, 0.1135), abs=1e-3)  # Wilson's, not a point


def test_a_score_says_its_estimates_with_intervals_and_what_became_of_the_answers() -> None:
    config = DatasetConfig(path="x.jsonl", samples=4, pass_at=[2])
    score = DatasetScore(config, [4, 0, 2], {"correct": 6, "wrong": 5, "timeout": 1}, truncated=3, tokens=120)
    metrics = score.metrics()
    assert metrics["avg@4"] == 0.5
    assert metrics["pass@2"] == pytest.approx((1 + 0 + 5 / 6) / 3)
    assert metrics["avg@4_low"] < 0.5 < metrics["avg@4_high"]
    assert (metrics["truncated_share"], metrics["tokens_mean"], metrics["answers_timeout"]) == (0.25, 10, 1)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ("max_tokens: 511", "its longest prompt has .* tokens, and 511 more exceed the context of 512"),
        ("suffix: Think first.", r"suffix: it must ask for the answer in \{marker\}, or in <answer>"),
    ],
)
def test_what_the_model_could_not_answer_is_refused_with_what_would_do(
    cache: Path, tmp_path: Path, settings: str, words: str
) -> None:
    file = jsonl(tmp_path / "rows.jsonl", sums(3))
    asked = f"evaluation.datasets=[{{name: mine, path: {file}, {settings}}}]"
    config = composed(asked, f"model.cache={cache}")
    found, prompts = prepare(config), Prompts(models.folder(config.model), config.model)
    with pytest.raises(ConfigError, match=words):
        require_fit(found, prompts)


@pytest.mark.slow
def test_a_run_trains_on_a_data_set_and_measures_another(cache: Path, tmp_path: Path) -> None:
    def parity(count: int, seed: int) -> list[dict[str, Any]]:
        rng = Random(seed)
        digits = [[rng.randrange(10) for _ in range(3)] for _ in range(count)]
        return [
            {"question": f"Is the sum even or odd: {numbers} ({seed})", "answer": "odd" if sum(numbers) % 2 else "even"}
            for numbers in digits
        ]

    train, test = jsonl(tmp_path / "train.jsonl", parity(40, 1)), jsonl(tmp_path / "test.jsonl", parity(12, 2))
    overrides = (
        f"+datasets.mine={{path: {train}, held_out: 0.2}}",
        "rlve.environment_list=[dataset:mine]",
        f"evaluation.datasets=[{{name: other, path: {test}, samples: 4, pass_at: [2], max_tokens: 8, scoring: math}}]",
        "rlve.rollout_batch_size=4",
        "rlve.use_dynamic_sampling_filter=false",
        "warm_start.max_steps=10",
    )
    summary, rounds = run(cache, tmp_path / "run", *overrides, "rlve.num_rollout=1")
    summary, rounds = run(cache, tmp_path / "run", *overrides, "rlve.num_rollout=2", "resume=auto")
    assert [line["environment/mine/level"] for line in rounds] == [0, 0]
    assert all(line["environment/mine/groups"] == 4 for line in rounds)
    assert summary["evaluation_problems"] == 8
    assert 0 <= summary["accuracy_after"] <= 1
    assert {*summary["datasets"]} == {"before", "after"}
    found = summary["datasets"]["after"]["other"]
    assert sum(found[f"answers_{outcome}"] for outcome in ("correct", "wrong", "unreadable", "timeout", "crash")) == 48
    assert found["avg@4"] == pytest.approx(found["answers_correct"] / 48)
    assert found["avg@4"] <= found["pass@2"] <= 1
    lines = [json.loads(line) for line in (tmp_path / "run" / "metrics.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [line["datasets"]["other"] for line in lines if line.get("evaluation") == "after"][-1] == found
    state = json.loads(
        next(iter(sorted((tmp_path / "run" / "checkpoints").glob("*"))[-1:])).joinpath("run.json").read_text()
    )
    assert state["curriculum"]["environments"]["dataset:mine"]["level"] == 0


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_command_trains_on_a_data_set_and_rlve_evaluate_measures_its_checkpoint(
    cache: Path, tmp_path: Path
) -> None:
    train = jsonl(tmp_path / "train.jsonl", sums(40))
    test = jsonl(tmp_path / "test.jsonl", sums(6, first=40))
    folder = tmp_path / "run"
    trained = test_run.train(
        folder,
        cache,
        f"+datasets.mine={{path: {train}}}",
        "rlve.environment_list=[dataset:mine,Sorting]",
        f"evaluation.datasets=[{{name: other, path: {test}, samples: 2, max_tokens: 8}}]",
        "rlve.num_rollout=2",
    )
    assert trained.returncode == 0, trained.stderr[-3000:]
    assert "data set mine: 4 rows measured, 36 to train on, exact scoring" in trained.stdout
    assert "data set other: 6 rows measured, exact scoring" in trained.stdout
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    assert (summary["levels"]["mine"], summary["syncs_verified"], summary["failures"]) == (0, 2, {})
    assert summary["datasets"]["after"]["other"]["problems"] == 6

    words = ["-c", "import sys; from rlve.cli import main; sys.exit(main(sys.argv[1:]))", "evaluate"]
    measured = subprocess.run(
        [
            sys.executable,
            *words,
            f"model.path={folder / 'checkpoints' / 'round-000002'}",
            f"evaluation.datasets=[{{name: other, path: {test}, samples: 2, max_tokens: 8}}]",
            "evaluation.environments=[Copy]",
            "evaluation.levels=[0]",
            "evaluation.problems_per_level=2",
            "rlve.rollout_max_response_len=8",
            f"output={tmp_path / 'measured'}",
            f"model.cache={cache}",
        ],
        capture_output=True,
        text=True,
        cwd=test_run.ROOT,
        timeout=400,
        check=False,
    )
    assert measured.returncode == 0, measured.stderr[-3000:]
    found = json.loads((tmp_path / "measured" / "summary.json").read_text(encoding="utf-8"))
    assert found["datasets"]["before"]["other"]["avg@2"] == summary["datasets"]["after"]["other"]["avg@2"]
    assert found["evaluation_problems"] == 2
    lines = (tmp_path / "measured" / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    (line,) = map(json.loads, lines)
    assert line["environments"].keys() == {"Copy"}
    assert not (tmp_path / "measured" / "start").exists()
