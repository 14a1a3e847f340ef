"""The loop from configuration to summary, on the reference policy: what a run does, and what its options change.

The tiny model is warm-started on Parity until it writes answers, right ones half of the time: groups are informative.
"""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from rlve import launch
from rlve.config import ConfigError
from tests.test_conf import composed

HOSTILE = '''
import os, time
from dataclasses import dataclass
from environments import Choice, Ladder, Problem, linear

@dataclass(frozen=True)
class Plain(Problem[str]):
    """Say even or odd."""
    answer = Choice(("even", "odd"))
    ladder = Ladder(digit=linear(1))
    digit: int
    @classmethod
    def generate(cls, rng, digit):
        return cls(digit=rng.randrange(10))
    def prompt(self):
        return f"Is the sum even or odd: {self.digit}"
    def solution(self):
        return "odd" if self.digit % 2 else "even"

class Raises(Plain):
    """Its generator raises."""
    @classmethod
    def generate(cls, rng, digit):
        raise ZeroDivisionError("no problem today")

class Hangs(Plain):
    """Its verifier hangs."""
    def verify(self, answer):
        time.sleep(60)

class Dies(Plain):
    """Its verifier ends the process."""
    def verify(self, answer):
        os._exit(9)

class NotANumber(Plain):
    """Its verifier returns NaN."""
    def verify(self, answer):
        return float("nan")
'''

# At the end of a round how far the samples in flight have come is a matter of time; without any, runs repeat exactly.
NOTHING_IN_FLIGHT = (
    "rlve.rollout_batch_size=4",
    "rlve.over_sampling_batch_size=4",
    "rlve.use_dynamic_sampling_filter=false",
)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


def run(cache: Path, folder: Path, *overrides: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The summary of a run and the lines of its rounds."""
    config = composed(
        "cluster=local",
        "warm_start=cross_entropy",
        "environments.names=[Parity]",
        "warm_start.levels=[0]",
        "warm_start.max_steps=40",
        "warm_start.batch_size=16",
        "warm_start.check_every=1000",
        "warm_start.control=false",
        "rlve.rollout_batch_size=3",
        "rlve.n_samples_per_prompt=4",
        "rlve.over_sampling_batch_size=4",
        "rlve.rollout_max_response_len=8",
        "rlve.num_rollout=2",
        "evaluation.levels=[0]",
        "evaluation.problems_per_level=8",
        "optimizer.learning_rate=1e-3",
        "tracking.console=false",
        "rollout.timeout_seconds=2",
        f"model.cache={cache}",
        f"output={folder}",
        *overrides,
    )
    summary = asyncio.run(launch.run(config))
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text(encoding="utf-8").splitlines()]
    return summary, [line for line in lines if "evaluation" not in line]


def test_a_run_learns_and_says_what_it_did(cache: Path, tmp_path: Path) -> None:
    summary, rounds = run(cache, tmp_path / "run", "warm_start.control=true")
    assert summary["rounds"] == summary["syncs"] == summary["syncs_verified"] == len(rounds) == 2
    assert summary["evaluation_problems"] == 8
    assert 0 <= summary["logprob_gap_max"] < 0.01
    for name in ("accuracy_before", "accuracy_after", "accuracy_control"):
        assert 0 <= summary[name] <= 1
    assert all(line["train/grad_norm"] > 0 for line in rounds)
    assert all(line["rollout/groups_trained"] == 3 for line in rounds)
    assert all(0 < line["train/entropy"] < 8 for line in rounds)
    assert json.loads((tmp_path / "run" / "summary.json").read_text(encoding="utf-8")) == summary


def test_the_same_configuration_gives_the_same_run(cache: Path, tmp_path: Path) -> None:
    found = [run(cache, tmp_path / name, *NOTHING_IN_FLIGHT)[1] for name in ("one", "other")]
    for line, again in zip(*found, strict=True):
        for metric in ("reward/mean", "train/loss", "train/grad_norm", "rollout/completion_tokens_mean"):
            assert line[metric] == again[metric]
    assert (
        run(cache, tmp_path / "third", *NOTHING_IN_FLIGHT, "seed=1")[1][0]["train/grad_norm"]
        != found[0][0]["train/grad_norm"]
    )


def test_a_resumed_run_ends_where_an_uninterrupted_one_does(cache: Path, tmp_path: Path) -> None:
    _, whole = run(cache, tmp_path / "whole", *NOTHING_IN_FLIGHT, "rlve.num_rollout=4")
    run(cache, tmp_path / "parts", *NOTHING_IN_FLIGHT)
    summary, parts = run(cache, tmp_path / "parts", *NOTHING_IN_FLIGHT, "rlve.num_rollout=4", "resume=auto")
    assert summary["rounds"] == 4
    assert summary["accuracy_before"] is not None
    for line, again in zip(whole, parts, strict=True):
        for metric in ("reward/mean", "train/grad_norm", "rollout/completion_tokens_mean"):
            assert line[metric] == pytest.approx(again[metric], rel=1e-4), (line["round"], metric)


def test_a_run_with_a_lag_goes_on_from_its_checkpoint(cache: Path, tmp_path: Path) -> None:
    lagging = ("rollout.max_policy_lag=1", "loss.epochs=2", "rlve.use_dynamic_sampling_filter=false")
    run(cache, tmp_path / "run", *lagging, "rlve.num_rollout=3")
    summary, rounds = run(cache, tmp_path / "run", *lagging, "rlve.num_rollout=5", "resume=auto")
    assert summary["rounds"] == len(rounds) == 5
    assert all(line["rollout/groups_trained"] == 3 for line in rounds)
    assert all(0.5 < line["train/correction_weight_mean"] < 1.5 for line in rounds)
    assert all(line["rollout/groups_dropped_stale"] == line["rollout/groups_dropped_aborted"] == 0 for line in rounds)


def test_one_inner_step_clips_nothing_and_four_do(cache: Path, tmp_path: Path) -> None:
    _, one = run(cache, tmp_path / "one")
    _, four = run(cache, tmp_path / "four", "loss.steps_per_round=4", "optimizer.learning_rate=1e-2")
    assert all(line["train/pg_clipfrac"] == 0 for line in one)
    assert max(line.get("train/pg_clipfrac", 0) for line in four) > 0


def test_the_start_policy_holds_the_learner_once_it_has_moved(cache: Path, tmp_path: Path) -> None:
    _, free = run(cache, tmp_path / "free")
    _, held = run(cache, tmp_path / "held", "loss.kl_coefficient=5")
    assert held[0]["train/grad_norm"] == pytest.approx(free[0]["train/grad_norm"], rel=1e-2)
    assert held[1]["train/grad_norm"] != pytest.approx(free[1]["train/grad_norm"], rel=1e-2)


@pytest.mark.parametrize("loss", ["importance_sampling", "ppo", "cispo", "dro"])
def test_every_loss_runs(cache: Path, tmp_path: Path, loss: str) -> None:
    _, (line,) = run(cache, tmp_path / "run", f"loss={loss}", "rlve.num_rollout=1")
    assert line["train/grad_norm"] > 0


def test_hostile_environments_cost_their_own_samples_only(cache: Path, tmp_path: Path) -> None:
    file = tmp_path / "hostile.py"
    file.write_text(HOSTILE, encoding="utf-8")
    names = [f"{file}:{name}" for name in ("Plain", "Raises", "Hangs", "Dies", "NotANumber")]
    summary, rounds = run(
        cache,
        tmp_path / "run",
        f"rlve.environment_list=[{','.join(names)}]",
        "rlve.over_sampling_batch_size=16",
        "rlve.num_rollout=1",
        "rollout.timeout_seconds=1",
        "evaluation.problems_per_level=0",
        "warm_start.max_steps=20",
    )
    failures = {name.split(":")[1]: messages for name, messages in summary["failures"].items()}
    assert set(failures) == {"Raises", "Hangs", "Dies", "NotANumber"}
    assert "ZeroDivisionError" in next(iter(failures["Raises"]))
    assert "within 1 seconds" in next(iter(failures["Hangs"]))
    assert "exit code 9" in next(iter(failures["Dies"]))
    assert "nan" in next(iter(failures["NotANumber"]))
    assert rounds[0]["environment/Plain/groups"] > 0
    assert summary["rounds"] == 1


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        (["model.max_seq_len=8"], "max_seq_len"),
        (["cluster.engines=0"], "engines"),
        (["cluster.backend=ray", "cluster.device=cuda"], "1 GPU each"),
        (["cluster.backend=ray", "cluster.threads_per_engine=999"], "999 CPU each"),
        (["model.template=chat"], "chat template"),
    ],
)
def test_what_cannot_work_is_said_before_anything_starts(
    cache: Path, tmp_path: Path, overrides: list[str], words: str
) -> None:
    with pytest.raises(ConfigError, match=words):
        run(cache, tmp_path / "run", *overrides)
    assert not (tmp_path / "run").exists()


def test_a_run_without_rounds_is_an_evaluation(cache: Path, tmp_path: Path) -> None:
    summary, rounds = run(cache, tmp_path / "run", "rlve.num_rollout=0")
    assert rounds == []
    assert summary["accuracy_before"] is not None
    assert summary["accuracy_after"] is None


def test_resume_starts_afresh_where_there_is_no_checkpoint(cache: Path, tmp_path: Path) -> None:
    run(cache, tmp_path / "run", "rlve.num_rollout=0")
    _, rounds = run(cache, tmp_path / "run", "rlve.num_rollout=1", "resume=auto")
    assert [line["round"] for line in rounds] == [0]
    text = (tmp_path / "run" / "metrics.jsonl").read_text(encoding="utf-8")
    assert text.count('"evaluation": "before"') == 1
    assert len(list(tmp_path.glob("run.*"))) == 1


def test_a_run_over_sessions_learns_from_the_policys_tokens_alone(cache: Path, tmp_path: Path) -> None:
    sessions = (
        "environments.names=[GuessTheNumber]",
        "rlve.rollout_max_response_len=20",
        "warm_start.max_steps=30",
        "loss.kl_coefficient=0.1",
        "rollout.max_policy_lag=1",
        "loss.steps_per_round=2",
        "evaluation.problems_per_level=4",
    )
    run(cache, tmp_path / "run", *sessions, "rlve.num_rollout=2")
    summary, rounds = run(cache, tmp_path / "run", *sessions, "rlve.num_rollout=3", "resume=auto")
    assert summary["rounds"] == len(rounds) == 3
    assert summary["failures"] == {}
    # A token of an observation that counted as the policy's, or one that stood at another's place, would differ.
    assert 0 < summary["logprob_gap_max"] < 0.01
    tokens = summary["tokens"]
    assert tokens["drawn"] == tokens["trained"] + sum(tokens["dropped"].values()) + tokens["pending_after"]
    assert all(line["train/grad_norm"] > 0 for line in rounds)
    assert all(line["rollout/completion_tokens_max"] <= 20 for line in rounds)
    assert all(1 <= line["rollout/turns_mean"] <= 3 for line in rounds)
