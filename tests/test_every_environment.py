"""A run of the real stack that trains on everything there is."""

import asyncio
import json
from pathlib import Path

import pytest

import environments
from environments.problem import OUTCOMES
from rlve import launch
from tests.test_conf import composed


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_all_environments_train_together_without_an_error(tmp_path: Path) -> None:
    config = composed(
        "experiment=quickstart",
        "environments=all",
        "curriculum=static",
        "curriculum.initial_level=4",
        "curriculum.window=5",
        "warm_start.max_steps=20",
        "warm_start.check_every=1000",
        "warm_start.control=false",
        "rlve.num_rollout=6",
        "rlve.rollout_batch_size=64",
        "rlve.over_sampling_batch_size=64",
        "rlve.n_samples_per_prompt=4",
        "rlve.use_dynamic_sampling_filter=false",
        "evaluation.problems_per_level=0",
        "tracking.console=false",
        f"model.cache={tmp_path / 'cache'}",
        f"output={tmp_path / 'run'}",
    )
    asyncio.run(launch.run(config))
    text = (tmp_path / "run" / "metrics.jsonl").read_text(encoding="utf-8")
    rounds = [line for line in map(json.loads, text.splitlines()) if "evaluation" not in line]
    assert len(rounds) == 6
    seen: set[str] = set()
    answers = dict.fromkeys(OUTCOMES, 0)
    for line in rounds:
        assert line["rollout/groups_trained"] == 64
        assert line["rollout/errors_timeout"] == line["rollout/errors_crash"] == 0
        for name in environments.resolve(["all"]):
            if line.get(f"environment/{name}/groups"):
                seen.add(name)
            for outcome in OUTCOMES:
                answers[outcome] += line.get(f"environment/{name}/answers_{outcome}", 0)
    assert len(seen) >= 200
    assert sum(answers.values()) == 6 * 64 * 4
    assert answers["timeout"] == answers["crash"] == 0
