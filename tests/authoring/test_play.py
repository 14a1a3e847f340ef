"""`rlve envs play`: answers are typed, verdicts are those of a model."""

import io

import pytest

from environments import demonstration, generate, load
from rlve.cli import main


def played(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    typed: str,
    *arguments: str,
    name: str = "Addition",
) -> list[str]:
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    assert main(["envs", "play", name, *arguments]) == 0
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


def test_a_session_is_played_turn_by_turn(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    actions = [text for text, _ in demonstration(generate(load("GuessTheNumber"), 2, 1))]
    said = [said for _, said in demonstration(generate(load("GuessTheNumber"), 2, 1)) if said]
    typed = "\n".join([*actions, "x", ""])
    lines = played(monkeypatch, capsys, typed, "--difficulty", "2", "--seed", "1", name="GuessTheNumber")
    shown = [line.removeprefix("> ") for line in lines]
    assert said
    assert [line for line in shown if line in ("higher", "lower")] == said
    assert "correct, score 1" in shown
    assert any(line.startswith("solution: ") and f"[{said[0]}]" in line for line in shown)
    assert "not correct: it is not of the form that was asked for, score 0" in shown
    assert lines[-1] == "1 of 2 correct"


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
