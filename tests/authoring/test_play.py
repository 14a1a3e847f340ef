"""`rlve envs play`: answers are typed, verdicts are those of a model."""

import io

import pytest

from environments import generate, load
from rlve.cli import main


def played(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], typed: str, *arguments: str
) -> list[str]:
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    assert main(["envs", "play", "Addition", *arguments]) == 0
    return capsys.readouterr().out.splitlines()


def solution(seed: int, level: int = 0) -> str:
    return str(generate(load("Addition"), level, seed).solution())


def test_right_wrong_unreadable_and_given_up(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = played(monkeypatch, capsys, f"{solution(0)}\n-1\nseven\n\n<answer>{solution(4)}</answer>\n")
    verdicts = [line.removeprefix("> ") for line in lines if "score" in line]
    assert verdicts == [
        "correct, score 1",
        "not correct, score 0",
        "not correct: it is not of the form that was asked for, score 0",
        "correct, score 1",
    ]
    shown = [line.rpartition("solution: ")[2] for line in lines if "solution: " in line]
    assert shown == [solution(seed) for seed in range(5)]
    assert lines[-1] == "2 of 5 correct"


def test_level_and_seed_are_those_asked_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = played(monkeypatch, capsys, "\n", "--difficulty", "5", "--seed", "9")
    assert "--- seed 9" in lines
    assert generate(load("Addition"), 5, 9).prompt() in lines
    assert lines[-1] == "0 of 1 correct"


def test_interrupt_ends_it_politely(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    class Interrupted(io.StringIO):
        def readline(self, size: int | None = -1, /) -> str:
            raise KeyboardInterrupt

    monkeypatch.setattr("sys.stdin", Interrupted())
    assert main(["envs", "play", "Addition"]) == 0
    assert capsys.readouterr().out.endswith("0 of 0 correct\n")


def test_unknown_environment_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["envs", "play", "Additoin"]) == 2
    assert "the nearest are Addition" in capsys.readouterr().err
