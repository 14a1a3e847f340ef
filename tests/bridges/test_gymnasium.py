"""Episodes of one step: reset asks, step judges."""

import warnings
from importlib import import_module
from typing import Any

import pytest

import environments
from environments.session import opened, respond
from rlve.bridges import rows

gymnasium: Any = pytest.importorskip("gymnasium", reason="gymnasium is not installed: pip install 'rlve[gymnasium]'")

ID = "rlve.bridges.gymnasium:rlve/Problem-v0"


def solution(info: dict[str, str]) -> str:
    task = rows.read(info["task"])
    problem = environments.generate(environments.load(task.environment), task.difficulty, task.seed)
    return environments.TAGS.wrap(problem.answer.render(problem.solution()))


def test_an_episode_is_one_problem_and_one_answer() -> None:
    env = gymnasium.make(ID, environment="Sorting")
    question, info = env.reset(seed=7, options={"difficulty": 3})
    assert rows.read(info["task"])[:3] == ("Sorting", 1, 3)
    assert "Sort in ascending order" in question
    assert env.step(solution(info)) == (
        question,
        1.0,
        True,
        False,
        {"task": info["task"], "correct": True, "error": "none"},
    )
    env.reset(options={"difficulty": 3})
    *_, info = env.step("no answer")
    assert (info["correct"], info["error"]) == (False, "unreadable")


def test_a_seed_fixes_the_episodes_that_follow() -> None:
    first, second = gymnasium.make(ID, environment="Sorting"), gymnasium.make(ID, environment="Sorting")
    level = {"difficulty": 6}
    episodes = [[env.reset(seed=seed, options=level)[0] for seed in (3, None, None)] for env in (first, second)]
    assert episodes[0] == episodes[1]
    assert len(set(episodes[0])) == 3
    assert first.reset(seed=4, options=level)[0] != episodes[0][0]


def test_the_checker_of_gymnasium_finds_nothing() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        import_module("gymnasium.utils.env_checker").check_env(
            gymnasium.make(ID, environment="Division", difficulty=2).unwrapped
        )


def test_a_session_is_an_episode_of_several_steps() -> None:
    env = gymnasium.make(ID, environment="GuessTheNumber")
    question, info = env.reset(seed=1, options={"difficulty": 6})
    task = rows.read(info["task"])
    session: Any = environments.generate(environments.load("GuessTheNumber"), task.difficulty, task.seed)
    turn, told, score = opened(session), [question], 0.0
    for number in range(1, session.max_turns + 1):
        text = environments.TAGS.wrap(session.answer.render(session.best_action(turn.state)))
        turn = respond(session, turn, number, text)
        observation, score, ended, _, info = env.step(text)
        told.append(observation)
        assert ended == (turn.verdict is not None)
        if ended:
            break
        assert (observation, score) == (turn.observation, 0.0)
    assert (score, info["correct"]) == (1.0, True)
    assert len(told) > 2
    env.reset(seed=1)
    *_, ended, _, info = env.step("nothing")
    assert (ended, info["error"]) == (True, "unreadable")


def test_environments_run_side_by_side() -> None:
    def one() -> Any:
        return gymnasium.make(ID, environment="Sorting")

    vector = gymnasium.vector.SyncVectorEnv([one, one, one])
    questions, infos = vector.reset(seed=1)
    assert len(set(questions)) == 3
    tasks = [{"task": task} for task in infos["task"]]
    _, scores, ended, _, _ = vector.step(tuple(map(solution, tasks)))
    assert scores.tolist() == [1.0] * 3
    assert ended.tolist() == [True] * 3


def test_what_cannot_be_is_said() -> None:
    with pytest.raises(environments.EnvironmentNotFound, match="the nearest are Sorting"):
        gymnasium.make(ID, environment="Sortin")
    env = gymnasium.make(ID, environment="Sorting").unwrapped
    with pytest.raises(gymnasium.error.ResetNeeded, match="call reset before step"):
        env.step("<answer>1</answer>")
    with pytest.raises(ValueError, match="must be a level such as 0 or 4, got 'hard'"):
        env.reset(options={"difficulty": "hard"})
