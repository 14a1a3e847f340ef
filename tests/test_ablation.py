"""The ablation's runs differ in difficulty alone, and its document shows what its record holds."""

import json

import ablate_difficulty as ablation
import pytest
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from rlve.config import TrainConfig, validate


def config(condition: str) -> TrainConfig:
    with initialize_config_dir(str(ablation.ROOT / "conf"), version_base=None):
        output = f"output={ablation.run_folder(condition, 0)}"
        composed = compose("train", [*ablation.COMMON, *ablation.CONDITIONS[condition], output])
        return validate({str(key): value for key, value in OmegaConf.to_container(composed, resolve=True).items()})


def test_conditions_differ_in_their_curriculum_alone() -> None:
    configs = [config(condition) for condition in ablation.CONDITIONS]
    assert len({each.curriculum.model_dump_json() for each in configs}) == len(ablation.CONDITIONS)
    assert len({each.output for each in configs}) == len(ablation.CONDITIONS)
    assert len({each.model_dump_json(exclude={"curriculum", "output"}) for each in configs}) == 1
    for each in configs:
        assert each.rlve.over_sampling_batch_size == each.rlve.rollout_batch_size


@pytest.mark.skipif(not ablation.RECORD.exists(), reason="the ablation has not been run")
def test_the_document_shows_the_record() -> None:
    runs = json.loads(ablation.RECORD.read_text("utf-8"))["difficulty"]
    assert ablation.summary(runs) in ablation.DOCUMENT.read_text("utf-8")
