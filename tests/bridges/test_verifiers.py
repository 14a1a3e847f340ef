"""The taskset as verifiers loads, validates and scores it."""

import asyncio
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

REASON = "verifiers is not installed: pip install 'rlve[verifiers]'"
vf: Any = pytest.importorskip("verifiers.v1", reason=REASON)


def tasks(**options: Any) -> list[Any]:
    bridge: Any = import_module("rlve.bridges.verifiers")
    return list(bridge.ProblemTaskset(bridge.ProblemTasksetConfig(**options)))


def scored(task: Any, reply: str) -> dict[str, float]:
    trace = import_module("verifiers.v1.trace").Trace.model_construct(
        root_reply=reply, rewards={}, metrics={}, nodes=[]
    )
    asyncio.run(task.score(trace))
    return {name: getattr(reward, "value", reward) for name, reward in trace.rewards.items()}


def test_it_is_found_by_the_name_of_a_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    line = 'from rlve.bridges.verifiers import ProblemTaskset\n\n__all__ = ["ProblemTaskset"]\n'
    (tmp_path / "rlve_problems.py").write_text(line, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    found = import_module("verifiers.v1.utils.loaders").taskset_class("rlve-problems")
    assert found is import_module("rlve.bridges.verifiers").ProblemTaskset


def test_tasks_are_the_same_at_every_load_and_validate() -> None:
    options: dict[str, Any] = {"environments": "Sorting,Division", "difficulty": [0, 2], "count": 8}
    found = tasks(**options)
    assert [task.key for task in found] == [task.key for task in tasks(**options)]
    assert len({task.key for task in found}) == 8
    assert {task.data.name for task in found} == {"Sorting 0", "Sorting 2", "Division 0", "Division 2"}
    assert all(asyncio.run(task.validate(None)) for task in found)


def test_the_reward_is_the_verdict_on_the_last_reply() -> None:
    (task,) = tasks(count=1)
    assert scored(task, f"I sort. {task.data.solution}") == {"verdict": 1.0}
    assert scored(task, "I do not know.") == {"verdict": 0.0}


def test_a_wrong_reference_would_be_found() -> None:
    (task,) = tasks(count=1)
    assert not asyncio.run(task.with_data(solution="<answer>0</answer>").validate(None))
