"""The configuration classes have the fields and defaults of the Tinker API page, and the additions that are ours."""

import ast
from pathlib import Path
from typing import Any

import pytest

from rlve import config

REQUIRED = "required"
PAGE: dict[str, dict[str, Any]] = {
    "LoraConfig": {"rank": 32, "train_mlp": True, "train_attn": True, "train_unembed": True},
    "AdamParams": {"learning_rate": REQUIRED, "beta1": 0.9, "beta2": 0.95, "eps": 1e-8, "weight_decay": 0.01},
    "SamplingParams": {
        "max_tokens": 256,
        "temperature": 1.0,
        "top_p": 1.0,
        "top_k": -1,
        "stop": [],
        "presence_penalty": 0.0,
        "frequency_penalty": 0.0,
    },
    "RLVEConfig": {
        "enabled": False,
        "environment_list": [],
        "rollout_max_response_len": 4096,
        "rollout_batch_size": 32,
        "n_samples_per_prompt": 8,
        "num_rollout": 6,
        "over_sampling_batch_size": 96,
        "balance_data": True,
        "partial_rollout": True,
        "use_dynamic_sampling_filter": True,
    },
    "WandbConfig": {"project": REQUIRED, "name": None, "group": None, "tags": []},
}
OURS: dict[str, dict[str, Any]] = {
    "LoraConfig": {"alpha": 32, "seed": None},
    "AdamParams": {"grad_clip_norm": 0.0},
    "SamplingParams": {"seed": None, "ignore_eos": False, "top_logprobs": 0},
}
EXAMPLES: dict[str, dict[str, Any]] = {
    "LoraConfig": {"rank": 32, "train_mlp": True, "train_attn": True, "train_unembed": True},
    "AdamParams": {"learning_rate": 1e-6, "beta1": 0.9, "beta2": 0.95, "eps": 1e-8, "weight_decay": 0.01},
    "SamplingParams": {"max_tokens": 100, "temperature": 0.7, "top_p": 0.9, "stop": ["<|endoftext|>", "\n\n"]},
    "RLVEConfig": {
        "enabled": True,
        "environment_list": ["Division", "Multiplication", "GCDOne_Counting"],
        "n_samples_per_prompt": 8,
        "rollout_max_response_len": 4096,
    },
    "WandbConfig": {"project": "rlve-training", "name": "qwen-7b-run-001", "tags": ["rlve", "qwen"]},
}
SHARED_PAGE = Path(__file__).parents[2] / "shared" / "seed" / "api-types.md"


@pytest.mark.parametrize("name", PAGE)
def test_fields_and_defaults_are_those_of_the_page(name: str) -> None:
    fields = getattr(config, name).model_fields
    found = {field: REQUIRED if info.is_required() else info.get_default() for field, info in fields.items()}
    assert found == PAGE[name] | OURS.get(name, {})


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_examples_of_the_page_are_accepted(name: str) -> None:
    made = getattr(config, name).model_validate(EXAMPLES[name])
    assert made.model_dump(include=set(EXAMPLES[name])) == EXAMPLES[name]


@pytest.mark.parametrize("name", PAGE)
def test_a_field_that_the_page_does_not_have_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="typo"):
        getattr(config, name).model_validate(EXAMPLES[name] | {"typo": 1})


@pytest.mark.skipif(not SHARED_PAGE.is_file(), reason="the page itself is not part of the package")
@pytest.mark.parametrize("name", PAGE)
def test_the_data_above_are_the_page(name: str) -> None:
    text = SHARED_PAGE.read_text(encoding="utf-8")
    start = text.index(f"class {name}:")
    kind = ast.parse(text[start : text.index("```", start)]).body[0]
    assert isinstance(kind, ast.ClassDef)
    stated = {
        ast.unparse(line.target): REQUIRED if line.value is None else ast.literal_eval(line.value)
        for line in kind.body
        if isinstance(line, ast.AnnAssign)
    }
    assert stated == PAGE[name]
