"""Options that vLLM lacks, that rlve sets itself or that would break exactness are refused before anything starts."""

import json
from pathlib import Path
from typing import Any

import pytest

from rlve.cluster import engine_options
from rlve.config import ConfigError
from tests.test_promises import CLUSTER


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"max_num_seqs": 8}, r"max_num_seqs is set by cluster\.engine_sequences"),
        ({"enable_prefix_caching": True, "tensor_parallel_size": 2}, r"set by cluster\.tensor_parallel_size"),
        ({"logprobs_mode": "raw_logprobs"}, "logprobs_mode must stay as it is, because losses divide"),
        ({"speculative_config": {"model": "draft"}}, "draft model would not follow"),
        ({"quantization": "fp8"}, "quantization must stay"),
        ({"max_num_batched_token": 8192}, "no option max_num_batched_token; the nearest is max_num_batched_tokens"),
        ({"enable_chunked_prefill": True}, "must be off on CPU"),
    ],
)
def test_an_option_that_cannot_be_taken_is_refused_with_the_reason(options: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        engine_options.check(CLUSTER.model_copy(update={"engine_options": options}))


def test_every_option_that_is_named_is_one_of_vllms_and_others_of_its_options_pass() -> None:
    known = engine_options.options()
    assert set(engine_options.OWN) | set(engine_options.INEXACT) <= set(known)
    assert not set(engine_options.OWN) & set(engine_options.INEXACT)
    wanted = {"max_num_batched_tokens": 8192, "enable_prefix_caching": True, "kv_cache_dtype": "fp8", "block_size": 32}
    engine_options.check(CLUSTER.model_copy(update={"engine_options": wanted}))


@pytest.mark.parametrize(
    ("changes", "parts", "words"),
    [
        ({}, 8, "8 does not go with the 12 attention heads of shape; it can be 1, 2, 4"),
        ({}, 3, "2 key-value heads"),
        ({"num_key_value_heads": 12, "vocab_size": 151_936}, 3, "rows of the MLP"),
        ({"num_key_value_heads": 12, "intermediate_size": 9216}, 3, "151936 vocabulary"),
        ({}, 4, None),  # a key-value head is held by two of the parts
    ],
)
def test_a_model_that_cannot_be_cut_is_refused_by_its_shape(
    tmp_path: Path, changes: dict[str, int], parts: int, words: str | None
) -> None:
    """The shape of Qwen2.5-1.5B."""
    shape = {"num_attention_heads": 12, "num_key_value_heads": 2, "intermediate_size": 8960, "vocab_size": 151_936}
    model = tmp_path / "shape"
    model.mkdir()
    (model / "config.json").write_text(json.dumps(shape | changes), encoding="utf-8")
    config = CLUSTER.model_copy(update={"engines": 1, "tensor_parallel_size": parts})
    if words is None:
        engine_options.check_shards(config, model)
        return
    with pytest.raises(ConfigError, match=words):
        engine_options.check_shards(config, model)
