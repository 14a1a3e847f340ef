"""Every experiment has a plan; its numbers are finite, add up, and follow the keys that they depend on."""

import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import conf
from rlve.cli import main
from rlve.config import ConfigError
from rlve.plan.plan import Options, Plan, plan
from rlve.plan.report import text

EXPERIMENTS = sorted(file.stem for file in (Path(conf.__file__).parent / "experiment").glob("*.yaml"))
DOCUMENT = Path(__file__).parents[2] / "docs" / "plan.md"


def numbers(content: Any) -> list[float]:
    if isinstance(content, dict):
        return [number for inner in content.values() for number in numbers(inner)]
    if isinstance(content, list):
        return [number for inner in content for number in numbers(inner)]
    return [content] if isinstance(content, int | float) and not isinstance(content, bool) else []


def keys(content: Any, prefix: str = "") -> set[str]:
    if not isinstance(content, dict):
        return set()
    return {f"{prefix}{key}" for key in content} | {
        inner for key, value in content.items() for inner in keys(value, f"{prefix}{key}.")
    }


@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_every_experiment_has_a_plan_of_finite_numbers_that_add_up(experiment: str) -> None:
    found = plan([f"experiment={experiment}"]).json()
    content = json.loads(json.dumps(found, allow_nan=False))
    config = content.pop("config")
    assert all(set(value) == {"key", "value", "written", "origin", "default"} for value in config)
    assert all(math.isfinite(number) and number >= 0 for number in numbers(content))
    predicted = content["predicted"]
    stages = {name: value for name, value in predicted["seconds"].items() if name != "round"}
    assert set(stages) == {"rollout", "train", "sync", "checkpoint", "evaluation"}
    assert all(stages[name] > 0 for name in ("rollout", "train", "sync"))
    assert predicted["seconds"]["round"] == pytest.approx(sum(stages.values()))
    assert sum(predicted["shares"].values()) == pytest.approx(1)
    batch = content["batch"]
    assert batch["samples"] == batch["prompts"] * batch["samples_per_prompt"]
    assert batch["optimizer_steps"] == batch["rounds"] * batch["steps_per_round"]
    assert batch["round_tokens"] <= batch["round_tokens_bound"]
    computed = batch["round_tokens"] * (1 - batch["shared_share"])
    assert batch["padded_tokens"] * batch["data_ranks"] >= 0.999 * computed / batch["steps_per_round"]
    assert not content["memory"]["faults"]


def test_all_plans_have_the_same_keys_and_the_schema_is_that_of_its_number() -> None:
    of_each = [keys({**plan([f"experiment={name}"]).json(), "config": None}) for name in ("rlve_1.5b", "rlve_7b")]
    # The parts of a phase are those that the layout has.
    of_each = [{key for key in each if key.count(".") < 5} for each in of_each]
    assert of_each[0] == of_each[1]
    # A key that goes away or changes its meaning asks for another schema number.
    assert {
        "schema",
        "assumed.response_tokens",
        "model.parameters",
        "batch.micro_batches",
        "placement.nodes",
        "memory.devices.trainer.peak",
        "memory.devices.engine.phases.rollout",
        "memory.cache.tokens",
        "memory.faults",
        "predicted.seconds.round",
        "predicted.device_hours",
        "rates.used.train_share.basis",
        "paper.minutes_per_step",
    } <= of_each[0]
    assert plan(["experiment=rlve_1.5b"]).json()["schema"] == 1


def large(*overrides: str, **options: Any) -> Plan:
    # A quarter of the batch: the simulation takes as much less time.
    fewer = ["rlve.rollout_batch_size=32", "rlve.over_sampling_batch_size=96", "rlve.n_samples_per_prompt=8"]
    split = [] if any(word.startswith("cluster=") for word in overrides) else ["cluster=gpu8"]
    return plan(["experiment=rlve_1.5b", *split, *fewer, *overrides], Options(**options))


def peak(found: Plan, role: str) -> int:
    return next(device.peak for device in found.memory.devices if device.role == role)


def test_memory_follows_the_keys_that_a_fault_advises_to_change() -> None:
    usual = large()
    assert peak(large("cluster.zero_stage=3"), "trainer") < peak(usual, "trainer")
    assert peak(large("lora=rank32"), "trainer") < peak(usual, "trainer")
    assert peak(large("cluster.logits_chunk_tokens=1024"), "trainer") < peak(usual, "trainer")
    without = large("cluster.gradient_checkpointing=false")
    assert "cluster.gradient_checkpointing=true" in without.memory.faults[0]
    assert not usual.memory.faults
    small = large("cluster.engine_memory=0.09")
    assert "cluster.engine_memory" in small.memory.faults[0]
    wide = large("cluster.logits_chunk_tokens=32768")
    assert "cluster.logits_chunk_tokens" in wide.memory.faults[0]


def test_time_follows_what_it_depends_on() -> None:
    usual = large()
    longer = large(response_tokens=2 * usual.assumed.response_tokens)
    assert longer.seconds.stages["rollout"].seconds > 1.5 * usual.seconds.stages["rollout"].seconds
    assert longer.seconds.stages["train"].seconds > 1.5 * usual.seconds.stages["train"].seconds
    assert large(useful_share=0.9).seconds.round < usual.seconds.round
    twice, again = large("loss.epochs=2"), large("loss.epochs=2", "loss.old_logprobs=recompute")
    assert 1.05 < again.seconds.stages["train"].seconds / twice.seconds.stages["train"].seconds < 1.3
    assert large("loss.old_logprobs=recompute").seconds.round == usual.seconds.round  # within the step's own pass
    assert large("lora=rank32").seconds.stages["train"].seconds < usual.seconds.stages["train"].seconds
    adapters = large("lora=rank32", "cluster.lora_sync=adapter")
    assert adapters.seconds.stages["sync"].seconds < usual.seconds.stages["sync"].seconds
    more = large("cluster.engines=12")
    assert more.layout.nodes == 2
    assert large("cluster=gpu8_colocated").layout.gpus == 8
    assert large("cluster.tensor_parallel_size=2").layout.gpus == 4 + 4 * 2
    assert more.seconds.stages["rollout"].seconds < usual.seconds.stages["rollout"].seconds
    assert large("checkpoint.every=100").seconds.stages["checkpoint"].seconds < 0.2 * (
        usual.seconds.stages["checkpoint"].seconds
    )


def test_a_plan_names_the_data_sets_without_reading_them() -> None:
    wanted = ("rlve.environment_list=[dataset:mine,Sorting]", "+datasets.mine={path: nowhere.jsonl}")
    plain, found = large("rlve.environment_list=[Sorting]"), large(*wanted, "evaluation.datasets=[aime24]")
    assert found.batch.prompt_tokens == plain.batch.prompt_tokens
    assert found.batch.evaluation_problems == 2 * plain.batch.evaluation_problems
    assert "on data sets, not counted here: aime24" in text(found)
    assert "not counted here" not in text(plain)


def test_the_papers_own_cost_stands_beside_the_prediction() -> None:
    usual = large()
    assert usual.paper_minutes == pytest.approx(11.15, abs=0.01)
    assert usual.seconds.device_hours == pytest.approx(usual.seconds.round * 400 / 3600 * 8)


def test_an_unknown_model_says_what_it_needs_and_a_folder_is_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"model\.path.*config\.json.*Qwen/Qwen2\.5-1\.5B"):
        plan(["model.path=someone/something"])
    (tmp_path / "config.json").write_text(
        json.dumps(
            {
                "architectures": ["LlamaForCausalLM"],
                "model_type": "llama",
                "hidden_size": 64,
                "intermediate_size": 128,
                "num_hidden_layers": 2,
                "num_attention_heads": 4,
                "vocab_size": 1000,
                "tie_word_embeddings": True,
                "max_position_embeddings": 512,
                "rms_norm_eps": 1e-5,
            }
        )
    )
    assert plan([f"model.path={tmp_path}"]).work.parameters == 1000 * 64 + 2 * (4 * 64**2 + 3 * 64 * 128 + 2 * 64) + 64


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["experiment=nothing"], "nothing"),
        (["rlve.num_rolout=3"], "rlve.num_rollout"),
        (["cluster.zero_stage=4"], "cluster.zero_stage"),
        (["rlve.environment_list=[Sortin]"], "Sorting"),
        (["model.path=no/where"], "config.json"),
        (["--rates", "/no/such/file"], "--rates"),
        (["--against", "/no/such/run"], "--against"),
    ],
)
def test_what_is_wrong_ends_with_2_and_says_what_to_change(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["plan", *arguments]) == 2
    assert words in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["--useful-share", "0"], ["--response-tokens", "-1"], ["--nothing"]])
def test_an_option_that_cannot_be_is_refused(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["plan", *arguments])
    assert ended.value.code == 2


def test_a_plan_that_does_not_fit_ends_with_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "experiment=rlve_7b", "cluster.gradient_checkpointing=false"]) == 1
    assert "DOES NOT FIT" in capsys.readouterr().out


def test_nothing_heavy_is_loaded() -> None:
    code = (
        "import sys; from rlve.cli import main; assert main(['plan', 'experiment=rlve_1.5b', '--json']) == 0; "
        "print(*[name for name in ('torch', 'ray', 'vllm', 'deepspeed', 'transformers') if name in sys.modules], "
        "file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.strip()) == (0, "")
    assert json.loads(done.stdout)["name"] == "rlve_1.5b"


def test_a_run_stands_beside_its_prediction(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rounds = [
        {
            "round": number,
            "seconds/rollout": 2.0 + number,
            "seconds/train": 1.0,
            "seconds/sync": 0.1,
            "seconds/checkpoint": 0.5,
            "seconds/round": 3.6 + number,
            "rollout/completion_tokens_mean": 9.0,
            "rollout/effective_prompt_ratio": 0.8,
        }
        for number in range(3)
    ]
    lines = [{"round": 0, "evaluation": "before", "accuracy": 0.1}, *rounds]
    (tmp_path / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert main(["plan", "experiment=quickstart", "--json", "--against", str(tmp_path)]) == 0
    content = json.loads(capsys.readouterr().out)
    assert content["measured"]["rollout"] == 3.0
    assert content["measured"]["response_tokens"] == content["assumed"]["response_tokens"] == 9.0
    assert content["assumed"]["useful_share"] == 0.8
    assert main(["plan", "experiment=quickstart", "--against", str(tmp_path)]) == 0
    assert "measured s" in capsys.readouterr().out


def test_the_document_shows_what_the_command_prints(capsys: pytest.CaptureFixture[str]) -> None:
    document = DOCUMENT.read_text(encoding="utf-8")
    assert main(["plan", "experiment=rlve_1.5b"]) == 0
    shown = document.split("```text\n")[1].split("```")[0]
    assert shown == capsys.readouterr().out, "scripts/write_plan_example.py writes the example of docs/plan.md again"


def test_layouts_move_memory_and_time_where_they_say() -> None:
    usual = large()
    trainer = usual.memory.devices[0].phases["train"]
    offloaded = large("cluster.offload_optimizer=true")
    assert "moments" not in offloaded.memory.devices[0].phases["train"]
    assert offloaded.memory.node["offloaded by trainers"] == 4 * sum(
        trainer[part] for part in ("masters", "moments", "gradient")
    )
    parallel = large("cluster.engines=2", "cluster.tensor_parallel_size=2")
    assert parallel.layout.gpus == usual.layout.gpus
    assert parallel.memory.cache.tokens > usual.memory.cache.tokens
    colocated = large("cluster=gpu8_colocated")
    assert colocated.layout.gpus == 8
    assert colocated.memory.devices[0].total("rollout") < usual.memory.devices[0].total("rollout")
    assert colocated.memory.devices[1].total("train") < usual.memory.devices[1].total("train")
    assert colocated.seconds.stages["rollout"].seconds < usual.seconds.stages["rollout"].seconds
    assert "taking turns" in colocated.seconds.stages["sync"].parts
