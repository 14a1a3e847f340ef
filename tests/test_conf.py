"""Every option of every group composes and validates; every experiment has the settings that it stands for."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hydra import compose, initialize_config_module
from omegaconf import OmegaConf

import conf
import environments
from environments import held_out
from rlve.config import ConfigError, TrainConfig, validate

FOLDER = Path(conf.__file__).parent
OPTIONS = sorted(
    f"{file.parent.name}={file.stem}"
    for file in FOLDER.glob("*/*.yaml")
    if file.parent.name not in ("experiment", "scale")
)
EXPERIMENTS = sorted(file.stem for file in (FOLDER / "experiment").glob("*.yaml"))
LARGE = [name for name in EXPERIMENTS if name.startswith("rlve_")]


def composed(*overrides: str) -> TrainConfig:
    with initialize_config_module("conf", version_base="1.3"):
        plain = OmegaConf.to_container(compose("train", list(overrides)), resolve=True, throw_on_missing=True)
    assert isinstance(plain, dict)
    return validate({str(key): value for key, value in plain.items()})


@pytest.mark.parametrize("option", OPTIONS)
def test_every_option_of_every_group_is_a_valid_configuration(option: str) -> None:
    config = composed(option)
    assert environments.resolve(config.environment_list)


@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_every_experiment_is_a_valid_configuration(experiment: str) -> None:
    config = composed(f"experiment={experiment}")
    assert config.name == experiment
    assert environments.resolve(config.environment_list)


@pytest.mark.parametrize(
    ("experiment", "response", "learning_rate"), [("rlve_1.5b", 24576, 2e-6), ("rlve_7b", 8192, 1e-6)]
)
def test_the_large_experiments_have_the_settings_of_the_paper(
    experiment: str, response: int, learning_rate: float
) -> None:
    config = composed(f"experiment={experiment}")
    rlve, optimizer = config.rlve, config.optimizer
    assert (rlve.rollout_batch_size, rlve.n_samples_per_prompt, rlve.over_sampling_batch_size) == (128, 16, 384)
    assert rlve.rollout_max_response_len == response
    assert (optimizer.learning_rate, optimizer.beta1, optimizer.beta2) == (learning_rate, 0.9, 0.98)
    assert (optimizer.weight_decay, optimizer.grad_clip_norm, optimizer.schedule) == (0.01, 1.0, "constant")
    assert config.loss.options == {"clip_low_threshold": 0.8, "clip_high_threshold": 1.28}
    assert (config.loss.advantage, config.loss.denominator, config.loss.kl_coefficient) == ("grpo", "sequence", 0.0)
    assert config.loss.steps_per_round == config.loss.epochs == 1
    curriculum = config.curriculum
    assert (curriculum.rule, curriculum.window, curriculum.min_prompts, curriculum.promote_at) == ("rlve", 4, 8, 0.9)
    assert (config.rollout.temperature, config.rollout.top_p, config.rollout.top_k) == (1.0, 1.0, -1)
    assert (config.evaluation.every, config.evaluation.temperature, config.evaluation.top_p) == (20, 1.0, 0.7)
    assert config.cluster.trainers == config.cluster.engines * config.cluster.tensor_parallel_size == 8
    assert config.cluster.device == "cuda"
    assert config.model.dtype == "bfloat16"
    assert config.model.max_seq_len > response
    assert len(environments.resolve(config.environment_list)) == 16


def test_the_sets_of_the_scaling_runs_are_nested_and_leave_the_held_out_ones_out() -> None:
    chosen = [set(composed(f"environments={name}").environment_list) for name in ("c1", "c4", "c16", "c256")]
    assert [len(names) for names in chosen[:3]] == [1, 4, 16]
    for smaller, larger in pairwise([*chosen, set(environments.names())]):
        assert smaller < larger
    assert not chosen[-1] & held_out.NAMES
    assert environments.resolve(composed("environments=held_out").environment_list) == sorted(held_out.NAMES)
    assert not held_out.NAMES & {*environments.resolve(composed("environments=all").environment_list)}


@pytest.mark.parametrize("experiment", ["rlve_1.5b", "rlve_7b"])
def test_the_trainers_of_the_large_experiments_can_share_their_models(experiment: str) -> None:
    from rlve.models import shapes

    config = composed(f"experiment={experiment}")
    assert shapes.named(config.model.path).num_attention_heads % config.cluster.sequence_parallel == 0
    assert config.cluster.trainers % config.cluster.sequence_parallel == 0
    assert config.cluster.zero_stage > 0
    assert config.cluster.gradient_checkpointing
    # One trainer's share of the longest sequence fits its micro-batch.
    assert config.model.max_seq_len <= config.cluster.group_tokens


def test_a_list_of_environments_wins_over_the_group() -> None:
    assert composed("environments=c1").environment_list == ["Multiplication"]
    assert composed("environments=c1", "rlve.environment_list=[Sorting]").environment_list == ["Sorting"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"rlve": {"rollout_batchsize": 4}}, "rlve.rollout_batch_size"),
        ({"optimizer": {"lr": 1.0}}, "optimizer.learning_rate"),
        ({"rlve": {"num_rollout": "many"}}, "rlve.num_rollout"),
        ({"rlve": {"rollout_batch_size": 97}}, "over_sampling_batch_size"),
        ({"rollout": {"max_policy_lag": 1}, "cluster": {"colocate": True}}, "rollout.max_policy_lag=0"),
        ({"loss": {"old_logprobs": "sampler", "correction": "mask"}}, "set loss.old_logprobs=recompute"),
        ({"rollout": {"top_k": 5}}, "top_k=-1"),
        ({"cluster": {"zero_stage": 4}}, "cluster.zero_stage"),
        ({"cluster": {"trainers": 4, "sequence_parallel": 3}}, "multiple of 3"),
        ({"cluster": {"liger": True}}, "set cluster.liger=false"),
        ({"cluster": {"offload_optimizer": True}}, "cluster.zero_stage=1"),
        ({"cluster": {"zero_stage": 2, "offload_parameters": True}}, "cluster.zero_stage=3"),
        ({"loss": {"name": "cross_entropy"}}, "loss.name"),
        ({"optimizer": {"learning_rate": float("nan")}}, "optimizer.learning_rate"),
        ({"reward": {"truncated": "overlong", "overlong_tokens": 5000}}, "set reward.overlong_tokens=819"),
        ({"reward": {"truncated": "overlong"}}, "overlong_tokens is for truncated=overlong"),
        ({"model": {"template": "base"}}, "model: template=base needs base_template"),
        ({"model": {"template_kwargs": {"enable_thinking": False}}}, "set model.template=chat"),
    ],
)
def test_a_fault_names_its_key_and_what_would_do(changes: dict[str, dict[str, Any]], words: str) -> None:
    plain = composed().model_dump()
    for section, values in changes.items():
        plain[section] |= values
    with pytest.raises(ConfigError, match=words.replace(".", r"\.")):
        validate(plain)


def test_a_template_and_the_policy_for_cut_completions_are_chosen_on_the_command_line() -> None:
    model = composed("model=qwen3_0.6b", "model.template_kwargs={enable_thinking: false}").model
    assert model.template_kwargs == {"enable_thinking": False}
    model = composed("model=llama3.2_1b", "model.system_prompt=Be brief.", "+model.template_kwargs.other=1").model
    assert model.system_prompt == "Be brief."
    assert model.template_kwargs == {"date_string": "26 Jul 2024", "other": 1}
    model = composed("model.template=base", "model.base_template='Q: {question} A: '").model
    assert model.base_template == "Q: {question} A: "
    reward = composed("reward.truncated=overlong", "reward.overlong_tokens=800").reward
    assert (reward.truncated, reward.overlong_tokens) == ("overlong", 800)


@pytest.mark.parametrize("experiment", LARGE)
def test_on_the_cpu_a_large_experiment_loses_its_size_only(experiment: str) -> None:
    large, small = composed(f"experiment={experiment}"), composed(f"experiment={experiment}", "scale=cpu")
    for section in ("environments", "reward", "loss", "optimizer", "lora", "policy", "checkpoint"):
        assert getattr(small, section) == getattr(large, section), section
    kept = {
        "model": {
            "path",
            "dtype",
            "template",
            "template_kwargs",
            "system_prompt",
            "base_template",
            "think_end",
            "marker",
        },
        "rlve": {"balance_data", "partial_rollout", "use_dynamic_sampling_filter", "n_samples_per_prompt"},
        "curriculum": {
            "rule",
            "window",
            "min_prompts",
            "promote_at",
            "demote_at",
            "max_step",
            "initial_level",
            "weighting",
        },
        "rollout": {"temperature", "top_p", "top_k", "max_policy_lag", "max_carry_rounds"},
        "cluster": {"backend", "zero_stage", "gradient_checkpointing", "lora_sync", "colocate", "offload_optimizer"},
    }
    for section, keys in kept.items():
        ours, theirs = (getattr(config, section).model_dump(include=keys) for config in (small, large))
        assert ours == theirs, section
    cluster = small.cluster
    assert (cluster.device, cluster.trainers, cluster.sequence_parallel, cluster.engines) == ("cpu", 2, 2, 2)
    assert small.model.shrunk is not None
    assert small.model.shrunk.num_hidden_layers == 2
    assert large.model.shrunk is None
