"""Each value's origin is the file or override that really set it."""

from pathlib import Path
from typing import Any

import pytest
import yaml

import conf
from rlve.plan.composition import Value, composition

FOLDER = Path(conf.__file__).parent
EXPERIMENTS = sorted(file.stem for file in (FOLDER / "experiment").glob("*.yaml"))
GROUPS = ("lora=rank8", "loss=dro", "optimizer=cosine", "curriculum=band", "cluster=local", "tracking=wandb")


def read(file: Path, key: str) -> Any:
    """What a file itself says of a key of the whole configuration, by YAML alone."""
    text = file.read_text(encoding="utf-8")
    content = yaml.safe_load(text)
    parts = key.split(".")
    group = file.parent.relative_to(FOLDER).parts
    if group and "@package _global_" not in text:
        assert parts.pop(0) == group[0]
    if group[1:]:
        parts.pop(0)  # placed under the name of the file that takes it, as datasets/settings is
    for part in parts:
        content = content[part]
    return content


def by_key(values: list[Value]) -> dict[str, Value]:
    return {value.key: value for value in values}


@pytest.mark.parametrize("overrides", [*[[f"experiment={name}"] for name in EXPERIMENTS], list(GROUPS)])
def test_a_value_stands_in_the_file_that_is_named_as_its_origin(overrides: list[str]) -> None:
    for value in composition(overrides).values:
        assert value.origin.startswith("conf/"), value
        assert read(FOLDER.parent / value.origin, value.key) == value.written, value


def test_an_experiment_a_group_and_an_override_each_win_over_what_comes_before() -> None:
    overrides = ["experiment=rlve_7b", "lora=rank32", "lora.config.rank=4", "rlve.num_rollout=3"]
    values = by_key(composition(overrides).values)
    origins = {key: value.origin for key, value in values.items()}
    assert origins["rlve.rollout_max_response_len"] == "conf/experiment/rlve_7b.yaml"
    assert origins["rlve.rollout_batch_size"] == "conf/rlve/paper.yaml"
    assert origins["rlve.balance_data"] == "conf/rlve/default.yaml"
    assert origins["lora.config.alpha"] == "conf/lora/rank32.yaml"
    assert origins["lora.config.rank"] == "lora.config.rank=4"
    assert origins["rlve.num_rollout"] == "rlve.num_rollout=3"
    assert values["output"].value == "outputs/rlve_7b"
    assert values["output"].written == "outputs/${name}"
    assert not values["output"].default
    assert values["rlve.balance_data"].default


def test_a_value_that_was_removed_or_replaced_as_a_whole_is_gone() -> None:
    removed = by_key(composition(["~loss.options.clip_low_threshold"]).values)
    assert "loss.options.clip_low_threshold" not in removed
    assert removed["loss.options.clip_high_threshold"].origin == "conf/loss/ppo.yaml"
    replaced = by_key(composition(["lora=rank8", "lora.config=null"]).values)
    assert replaced["lora.config"].origin == "lora.config=null"
    assert not any(key.startswith("lora.config.") for key in replaced)
    added = by_key(composition(["+loss.options.x=1.5", "environments.names=[Sorting]"]).values)
    assert added["loss.options.x"].origin == "+loss.options.x=1.5"
    assert added["environments.names"].value == ["Sorting"]
