"""What a run leaves behind: metrics.jsonl, config.yaml, summary.json, the console and W&B's own file, read back."""

import json
import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from omegaconf import OmegaConf

from environments.problem import Verdict
from rlve.config import ClusterConfig, LossConfig, RLVEConfig, TrackingConfig, TrainConfig, WandbConfig
from rlve.ledger import Tokens
from rlve.measures import ledger_metrics
from rlve.stage_clock import Seconds
from rlve.tracking import METRICS, RolloutText, Tracker, has_wandb_key, interval, without_secrets
from rlve.types import Completion, Group, Rollout, Task

SECRET = 97531.24680
METRICS_OF_A_ROUND = {
    "reward/mean": 0.25,
    "accuracy/mean": 0.375,
    "rollout/completion_tokens_mean": 41.5,
    "rollout/truncated_share": 0.25,
    "rollout/groups_dropped_stale": 2.0,
    "train/grad_norm": 1.5,
    "speed/generated_tokens_per_second": 812.0,
    "seconds/rollout": 3.5,
}
ENVIRONMENTS = {
    "Division": {"level": 7, "accuracy": 0.625, "reward": 0.5, "effective_prompt_ratio": 0.75, "groups": 4},
    "Sorting": {"level": 2, "accuracy": 0.125, "reward": -0.25, "effective_prompt_ratio": 0.5, "groups": 4},
}


def config(wandb: WandbConfig | None = None) -> TrainConfig:
    """Only the sections that tracking reads, and two that have something to hide or to keep."""
    return TrainConfig.model_construct(
        name="test",
        rlve=RLVEConfig(num_rollout=20),
        cluster=ClusterConfig.model_construct(micro_batch_tokens=4096),
        loss=LossConfig.model_construct(name="ppo", options={"api_key": SECRET}),
        tracking=TrackingConfig(
            wandb=wandb, wandb_mode="offline", rollout_table_every=2, rollout_table_rows=3, console=True
        ),
    )


def rollouts(count: int) -> list[RolloutText]:
    verdicts = [Verdict(1.0, True), Verdict(0.0, False), Verdict(0.0, False, "unreadable")]
    completion = Completion([1], [-0.5], [1], "eos")
    scored = [Rollout(completion, verdicts[index % 3], float(index)) for index in range(count)]
    group = Group(Task("Division", 1, 5, 0), [1], scored, 1)
    return [("What is 6 / 3?", f"<answer>{index}</answer>", group, index) for index in range(count)]


def lines(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text(encoding="utf-8").splitlines()]


def test_a_round_is_a_flat_line_and_an_evaluation_keeps_its_counts(tmp_path: Path):
    tracker = Tracker(tmp_path, config())
    tracker.log_round(1, METRICS_OF_A_ROUND, ENVIRONMENTS, [])
    tracker.log_evaluation(1, "before", {"Division": {0: (3, 4), 2: (1, 4)}, "Sorting": {0: (0, 4)}})
    first, second = lines(tmp_path)
    assert first["time"] > 1.7e9
    assert {name: first[name] for name in METRICS_OF_A_ROUND} == METRICS_OF_A_ROUND
    assert (first["round"], first["environment/Division/level"], first["environment/Sorting/reward"]) == (1, 7, -0.25)
    assert (second["round"], second["evaluation"], second["accuracy"]) == (1, "before", 0.25)
    assert second["environments"] == {"Division": {"0": [3, 4], "2": [1, 4]}, "Sorting": {"0": [0, 4]}}


def test_a_round_says_where_its_tokens_and_seconds_went(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    tokens = Tokens(10, 190, 120, {"zero_variance_right": 50, "stale": 1}, 29, 8, {0: 100, 2: 20})
    together = {frozenset({"waiting", "engines"}): 3.0, frozenset({"engines", "train"}): 1.0}
    seconds = Seconds(5.0, together, {"engines": {1: 1.0, 9: 3.0}})
    Tracker(tmp_path, config()).log_round(1, ledger_metrics(tokens, seconds), {}, [])
    (line,) = lines(tmp_path)
    assert {
        name: line[f"ledger/{name}"] for name in ("drawn", "trained", "dropped_stale", "dropped_error", "kept")
    } == {
        "drawn": 190,
        "trained": 120,
        "dropped_stale": 1,
        "dropped_error": 0,
        "kept": 8,
    }
    assert (line["ledger/lag_mean"], line["ledger/lag_max"], line["ledger/trained_at_lag_2"]) == (40 / 120, 2, 20)
    assert (line["seconds/engines_busy"], line["seconds/train_idle"], line["seconds/tail"]) == (4.0, 4.0, 1.0)
    assert line["ledger/drafts_in_flight"] == (1 * 1 + 9 * 3) / 4
    shown = " ".join(capsys.readouterr().out.split())
    assert (
        "190 tokens drawn trained 60% zero variance right 25% pending 14% | busy: engines 80% waiting 60% train 20%"
        in shown
    )


def test_what_is_not_a_number_becomes_null(tmp_path: Path):
    Tracker(tmp_path, config()).log_round(1, {"train/loss": float("nan"), "train/grad_norm": float("inf")}, {}, [])
    assert [lines(tmp_path)[0][name] for name in ("train/loss", "train/grad_norm")] == [None, None]


@pytest.mark.parametrize(
    ("metrics", "environments"),
    [({"reward/maen": 0.5}, {}), ({}, {"Division": {"rewards": 0.5}}), ({"rollout/groups_dropped_a/b": 1.0}, {})],
)
def test_unknown_metrics_are_refused_by_name_before_anything_is_written(
    tmp_path: Path, metrics: dict[str, float], environments: dict[str, dict[str, float]]
):
    tracker = Tracker(tmp_path, config())
    name = next(iter(metrics), "environment/Division/rewards")
    with pytest.raises(ValueError, match=f"unknown metrics: {name}; .* METRICS"):
        tracker.log_round(1, metrics, environments, [])
    assert not (tmp_path / "metrics.jsonl").exists()


def test_an_environment_of_ones_own_is_called_by_its_class(tmp_path: Path):
    Tracker(tmp_path, config()).log_evaluation(0, "before", {"my/own/counting.py:Counting": {0: (1, 2)}})
    assert lines(tmp_path)[0]["environments"] == {"Counting": {"0": [1, 2]}}


def test_every_metric_has_a_meaning():
    assert all(meaning.strip() for meaning in METRICS.values())


def test_rewind_forgets_the_rounds_that_are_repeated_and_a_torn_last_line(tmp_path: Path):
    tracker = Tracker(tmp_path, config())
    for number in (0, 1, 2):
        tracker.log_round(number, {"reward/mean": number / 10}, {}, [])
        tracker.log_evaluation(number + 1, "during", {"Division": {0: (number, 4)}})
    with (tmp_path / "metrics.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"round": 1, "rew')
    resumed = Tracker(tmp_path, config())
    resumed.rewind(2)
    assert [(line["round"], line.get("evaluation")) for line in lines(tmp_path)] == [
        (0, None),
        (1, "during"),
        (1, None),
        (2, "during"),
    ]
    resumed.log_round(2, {"reward/mean": 0.9}, {}, [])
    assert [line["reward/mean"] for line in lines(tmp_path) if "reward/mean" in line] == [0.0, 0.1, 0.9]
    resumed.rewind(0)
    assert lines(tmp_path) == []


def test_the_saved_configuration_has_the_settings_and_no_secrets(tmp_path: Path):
    Tracker(tmp_path, config())
    saved = OmegaConf.load(tmp_path / "config.yaml")
    assert (saved.name, saved.rlve.num_rollout, saved.cluster.micro_batch_tokens) == ("test", 20, 4096)
    assert saved.loss.options == {}


def test_secrets_are_found_at_any_depth():
    data = {"a": [{"hf_token": "x", "max_tokens": 5}], "Password": "x", "b": {"client_secret": "x", "c": 1}}
    assert without_secrets(data) == {"a": [{"max_tokens": 5}], "b": {"c": 1}}


def test_the_summary_is_written_whole(tmp_path: Path):
    Tracker(tmp_path, config()).finish({"rounds": 3, "accuracy": {"before": 0.25, "after": float("nan")}})
    summary = json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))
    assert summary == {"rounds": 3, "accuracy": {"before": 0.25, "after": None}}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["config.yaml", "summary.json"]


def test_the_console_shows_the_round_and_each_environment(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    Tracker(tmp_path, config()).log_round(3, METRICS_OF_A_ROUND, ENVIRONMENTS, [])
    shown = capsys.readouterr().out.splitlines()
    assert shown[0].startswith("round 4/20  reward 0.250  accuracy 0.375  effective –")
    assert shown[1].startswith("length 41.5  truncated 25%  rollout 3.5 s  train – s")
    assert shown[2].split() == ["environment", "level", "accuracy", "reward", "effective", "groups"]
    assert shown[3].split() == ["Division", "7", "0.625", "0.500", "75%", "4"]
    assert max(map(len, shown)) <= 110


def test_the_console_folds_environments_beyond_the_twelfth(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    many = {f"E{index:02}": {"level": index, "accuracy": index / 20, "groups": 2} for index in range(14)}
    many["Z"] = {"level": 30, "groups": 3}
    del many["E12"]["accuracy"]
    Tracker(tmp_path, config()).log_round(1, {}, many, [])
    shown = capsys.readouterr().out.splitlines()
    assert len(shown) == 3 + 12 + 1
    assert shown[-2].split()[0] == "Z"
    assert shown[-1].split() == ["3", "others", "(mean)", "12", "0.600", "–", "–", "6"]


def test_the_console_shows_an_evaluation_with_its_interval(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    counts = {"Division": {0: (8, 10), 2: (0, 10)}, "Sorting": {0: (2, 10)}}
    Tracker(tmp_path, config()).log_evaluation(4, "after", counts)
    shown = capsys.readouterr().out.splitlines()
    assert "after" in shown[0]
    assert "0.300" in shown[0]
    assert shown[1].split() == ["environment", "level", "0", "level", "2"]
    assert shown[2].split() == ["Division", "0.80", "[0.49,", "0.94]", "0.00", "[0.00,", "0.28]"]
    assert shown[3].split()[-1] == "–"
    assert shown[4].split() == ["all", "0.50", "[0.30,", "0.70]", "0.00", "[0.00,", "0.28]"]


def test_a_quiet_console_says_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    loud = config()
    quiet = loud.model_copy(update={"tracking": loud.tracking.model_copy(update={"console": False})})
    tracker = Tracker(tmp_path, quiet)
    tracker.say("hello")
    tracker.log_round(1, {}, ENVIRONMENTS, [])
    assert capsys.readouterr().out == ""
    Tracker(tmp_path, loud).say("[bold] stays as it is")
    assert capsys.readouterr().out == "[bold] stays as it is\n"


def test_progress_leaves_no_trace_where_output_is_no_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    with Tracker(tmp_path, config()).progress("rollout", 2) as bar:
        bar.advance()
        bar.advance(1)
    assert capsys.readouterr().out.strip() == ""


def test_wilson_interval_agrees_with_published_values():
    # E. B. Wilson's interval of 15 in 148 as in R. G. Newcombe, Statistics in Medicine 17 (1998), table I.
    assert interval(15, 148) == pytest.approx((0.0624, 0.1605), abs=5e-5)
    assert interval(0, 20) == pytest.approx((0.0, 0.1611), abs=5e-5)
    assert interval(0, 0) == (0.0, 1.0)


def test_a_wandb_key_is_found_in_the_environment_or_the_netrc_file(tmp_path: Path):
    file = tmp_path / "netrc"
    file.write_text("machine wandb.example login user password abc\n", encoding="utf-8")
    file.chmod(0o600)
    assert has_wandb_key({"WANDB_API_KEY": "abc", "NETRC": str(tmp_path / "none")})
    assert has_wandb_key({"WANDB_BASE_URL": "https://wandb.example", "NETRC": str(file)})
    assert not has_wandb_key({"NETRC": str(file)})
    assert not has_wandb_key({"NETRC": str(tmp_path / "none")})


def records(path: Path) -> Iterator[Any]:
    """The records of a .wandb file: after 7 bytes, blocks of 32 KiB with (checksum, length, kind) before each part."""
    from wandb.proto import wandb_internal_pb2

    data, position, part = path.read_bytes(), 7, b""
    while position + 7 <= len(data):
        room = 32768 - position % 32768
        if room < 7:
            position += room
            continue
        _, length, kind = struct.unpack("<IHB", data[position : position + 7])
        part += data[position + 7 : position + 7 + length]
        position += 7 + length
        if kind in (1, 4):  # a whole record, or the last part of one
            record = wandb_internal_pb2.Record()
            record.ParseFromString(part)
            yield record
            part = b""


def fields(items: Any) -> dict[str, Any]:
    return {item.key or "/".join(item.nested_key): json.loads(item.value_json) for item in items}


@pytest.fixture(scope="module")
def wandb_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two rounds, an interruption, the second round again."""
    import wandb

    folder = tmp_path_factory.mktemp("run")
    place = WandbConfig(project="rlve-test", name="first", group="sweep", tags=["tiny", "cpu"])
    tracker = Tracker(folder, config(place))
    tracker.log_round(1, METRICS_OF_A_ROUND, ENVIRONMENTS, rollouts(7))
    tracker.log_round(2, METRICS_OF_A_ROUND, ENVIRONMENTS, rollouts(7))
    tracker.log_evaluation(2, "after", {"Division": {0: (3, 4)}})
    tracker.finish({"accuracy": 0.75})
    resumed = Tracker(folder, config(place), tracker.run_id)
    assert resumed.run_id == tracker.run_id
    resumed.log_round(2, {"reward/mean": 0.5}, {}, [])
    resumed.finish({})
    wandb.teardown()  # only now is all that the service wrote sure to be in its files
    return folder


@pytest.fixture(scope="module")
def wandb_runs(wandb_folder: Path) -> list[list[Any]]:
    paths = sorted(wandb_folder.glob("wandb/offline-run-*/*.wandb"))  # folders begin with the time
    return [list(records(path)) for path in paths]


def test_wandb_has_the_run_where_it_was_asked_for_without_secrets(wandb_folder: Path, wandb_runs: list[list[Any]]):
    run = next(record.run for record in wandb_runs[0] if record.WhichOneof("record_type") == "run")
    assert (run.project, run.display_name, run.run_group, list(run.tags)) == (
        "rlve-test",
        "first",
        "sweep",
        ["tiny", "cpu"],
    )
    saved = fields(run.config.update)
    assert saved["rlve"]["num_rollout"] == 20
    assert saved["cluster"]["micro_batch_tokens"] == 4096
    assert not [
        path for path in wandb_folder.rglob("*") if path.is_file() and str(SECRET).encode() in path.read_bytes()
    ]


def test_wandb_has_the_values_on_the_axis_of_rounds(wandb_runs: list[list[Any]]):
    history = [fields(record.history.item) for record in wandb_runs[0] if record.HasField("history")]
    assert {name: history[0][name] for name in METRICS_OF_A_ROUND} == METRICS_OF_A_ROUND
    assert (history[0]["round"], history[0]["environment/Division/level"]) == (1, 7)
    assert history[-1]["round"] == 2
    assert history[-1]["evaluation/after/accuracy"] == history[-1]["evaluation/after/Division/accuracy"] == 0.75
    metrics = [record.metric for record in wandb_runs[0] if record.HasField("metric")]
    assert any(metric.glob_name == "*" and metric.step_metric == "round" for metric in metrics)


def test_wandb_has_a_table_of_rollouts_every_second_round_with_at_most_three_rows(
    wandb_folder: Path, wandb_runs: list[list[Any]]
):
    history = [fields(record.history.item) for record in wandb_runs[0] if record.HasField("history")]
    [row] = [row for row in history if "rollouts" in row or "rollouts/path" in row]
    assert row["round"] == 2
    [path] = wandb_folder.glob("wandb/*/files/media/table/*.json")
    assert json.loads(path.read_text(encoding="utf-8")) == {
        "columns": ["environment", "level", "prompt", "completion", "reward", "verdict"],
        "data": [
            ["Division", 5, "What is 6 / 3?", "<answer>0</answer>", 0.0, "correct"],
            ["Division", 5, "What is 6 / 3?", "<answer>3</answer>", 3.0, "correct"],
            ["Division", 5, "What is 6 / 3?", "<answer>6</answer>", 6.0, "correct"],
        ],
    }


def test_a_resume_goes_on_in_the_same_wandb_run(wandb_runs: list[list[Any]]):
    ids = [next(record.run.run_id for record in run if record.HasField("run")) for run in wandb_runs]
    assert len(ids) == 2
    assert ids[0] == ids[1]
    assert any(fields(record.history.item).get("reward/mean") == 0.5 for record in wandb_runs[1])


def test_wandb_has_the_summary(wandb_runs: list[list[Any]]):
    assert any(fields(record.summary.update).get("accuracy") == 0.75 for record in wandb_runs[0])


def test_the_console_says_how_an_offline_run_is_uploaded_later(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    tracker = Tracker(tmp_path, config(WandbConfig(project="rlve-test")))
    tracker.finish({})
    shown = capsys.readouterr()
    [line] = shown.out.splitlines()
    assert shown.err == ""
    pattern = Path(line.partition("wandb sync ")[2])
    assert len(list(pattern.parent.glob(pattern.name))) == 1


def test_a_folder_where_wandb_cannot_write_costs_a_warning_and_nothing_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    (tmp_path / "wandb").write_text("in the way", encoding="utf-8")
    tracker = Tracker(tmp_path, config(WandbConfig(project="rlve-test")), "kept1234")
    tracker.log_round(2, METRICS_OF_A_ROUND, ENVIRONMENTS, rollouts(2))
    tracker.finish({"rounds": 2})
    assert tracker.run_id == "kept1234"
    assert [line["round"] for line in lines(tmp_path)] == [2]
    [warning] = [line for line in capsys.readouterr().err.splitlines() if line.startswith("warning: ")]
    assert "W&B does not start offline (NotADirectoryError" in warning


def test_a_call_that_wandb_refuses_costs_one_warning_and_the_metrics_go_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    import wandb

    tracker = Tracker(tmp_path, config(WandbConfig(project="rlve-test")))
    assert wandb.run is not None
    wandb.run.finish()
    for number in (1, 2, 3):
        tracker.log_round(number, {"reward/mean": 0.5}, {}, [])
    tracker.finish({})
    assert [line["round"] for line in lines(tmp_path)] == [1, 2, 3]
    [warning] = [line for line in capsys.readouterr().err.splitlines() if line.startswith("warning: ")]
    assert "W&B stopped" in warning


@pytest.fixture(autouse=True)
def _no_settings_of_the_machine() -> Iterator[None]:
    """WANDB_… variables of whoever runs the tests would send the runs elsewhere."""
    kept = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("WANDB_")}
    yield
    os.environ.update(kept)


def test_the_last_table_sets_the_ends_side_by_side(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    tracker = Tracker(tmp_path, config())
    tracker.log_evaluation(0, "before", {"Division": {0: (10, 100), 1: (0, 100)}, "Sorting": {0: (50, 200)}})
    tracker.log_evaluation(5, "during", {"Division": {0: (99, 100), 1: (0, 100)}, "Sorting": {0: (50, 200)}})
    tracker.log_evaluation(9, "after", {"Division": {0: (40, 100), 1: (20, 100)}, "Sorting": {0: (80, 200)}})
    tracker.log_evaluation(9, "control", {"Division": {0: (30, 100), 1: (2, 100)}, "Sorting": {0: (60, 200)}})
    capsys.readouterr()
    tracker.finish({"levels": {"Division": 3, "Sorting": 1}})
    header, division, sorting, everything, words = capsys.readouterr().out.splitlines()
    assert header.split() == ["accuracy", "before", "after", "control", "level", "reached"]
    assert [word for word in division.split() if "[" not in word and "]" not in word] == [
        "Division", "0.05", "0.30", "0.16", "3",
    ]  # fmt: skip
    assert "0.25" in sorting and "0.40" in sorting
    assert "0.15" in everything and "0.35" in everything and "0.23" in everything
    assert "+20.0 points" in words and "400 held-out problems" in words
