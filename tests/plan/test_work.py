"""What a plan says of a model is what torch counts on the model itself."""

from pathlib import Path

import pytest

from rlve.config import LoraConfig
from rlve.models.shapes import SHAPES, Shape
from rlve.plan.decoding import Demand, Engine, simulate
from rlve.plan.lengths import lengths
from rlve.plan.memory import layer_activations
from rlve.plan.work import Work, attended

SIZES = {
    "hidden_size": 96,
    "intermediate_size": 256,
    "num_hidden_layers": 3,
    "num_attention_heads": 6,
    "num_key_value_heads": 2,
    "head_dim": 16,
    "vocab_size": 1300,
}
SMALL = SHAPES["Qwen/Qwen2.5-1.5B"].with_changes(**SIZES)


def made(shape: Shape, attention: str = "eager"):
    from transformers import AutoConfig, AutoModelForCausalLM

    config = AutoConfig.for_model(**{**shape.config(), "use_cache": False})
    return AutoModelForCausalLM.from_config(config, attn_implementation=attention)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["Qwen/Qwen2.5-7B", "Qwen/Qwen3-0.6B", "meta-llama/Llama-3.2-1B"])
def test_forward_flops_are_those_that_torch_counts(name: str) -> None:
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    length = 64
    shape = SHAPES[name].with_changes(**SIZES)
    work = Work(shape, "bfloat16", None)
    model = made(shape)
    with FlopCounterMode(display=False) as counter:
        model(input_ids=torch.zeros(1, length, dtype=torch.long))
    # torch counts the upper half of the scores too, which causal attention need not compute.
    attention = work.forward_flops(length) - work.forward_flops(0)
    counted = counter.get_total_flops() / length
    rotary = 2 * shape.head_dim // 2  # one small product of positions and frequencies
    assert counted == pytest.approx(work.forward_flops(0) + attention * 2 * length / (length + 1), rel=1e-4, abs=rotary)


@pytest.mark.slow
def test_backward_flops_with_and_without_adapters_are_those_that_torch_counts() -> None:
    import torch
    from peft import LoraConfig as PeftConfig
    from peft import get_peft_model
    from torch.utils.flop_counter import FlopCounterMode

    from rlve.models import lora_targets

    lora = LoraConfig(rank=4, train_unembed=False)
    adapted = get_peft_model(made(SMALL), PeftConfig(r=4, target_modules=lora_targets(lora)))
    trained = sum(p.numel() for p in adapted.parameters() if p.requires_grad)
    assert Work(SMALL, "float32", lora).trained == trained
    length = 32
    for model, chosen in ((made(SMALL), None), (adapted, lora)):
        work = Work(SMALL, "float32", chosen)
        with FlopCounterMode(display=False) as counter:
            model(input_ids=torch.zeros(1, length, dtype=torch.long)).logits.sum().backward()
        attention = work.forward_flops(length) - work.forward_flops(0)
        expected = work.train_flops(length) + 3 * attention * (2 * length / (length + 1) - 1)
        # The first layer's input needs no gradient where nothing below it learns.
        assert counter.get_total_flops() / length == pytest.approx(expected, rel=0.05)


def test_windows_bound_what_is_attended_to() -> None:
    gemma = SHAPES["google/gemma-3-1b-pt"]
    assert attended(gemma, 512) == [256.5] * 26
    local, last = attended(gemma, 4096)[0], attended(gemma, 4096)[5]
    assert last == 2048.5
    exact = sum(min(place + 1, 512) for place in range(4096)) / 4096
    assert local == pytest.approx(exact)


def test_activations_of_a_layer_are_the_tensors_that_its_backward_pass_keeps() -> None:
    import torch

    tokens = 256
    model = made(SMALL, "sdpa")
    kept: dict[int, int] = {}
    weights = {parameter.untyped_storage().data_ptr() for parameter in model.parameters()}

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in weights:
            kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    layer = model.model.layers[0]
    hidden = torch.randn(1, tokens, SMALL.hidden_size, requires_grad=True)
    places = torch.arange(tokens)[None]
    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        layer(hidden, position_embeddings=model.model.rotary_emb(hidden, places))
    counted = sum(kept.values()) / tokens
    assert counted == pytest.approx(layer_activations(Work(SMALL, "float32", None)), rel=0.2)


def test_lengths_have_the_asked_mean_and_cap() -> None:
    from random import Random

    for mean in (10, 4000, 12_000, 24_000):
        drawn = lengths(mean, 24_576, 4096, Random(0))
        assert sum(drawn) / len(drawn) == pytest.approx(mean, rel=0.03)
        assert 1 <= min(drawn) <= max(drawn) <= 24_576
    assert lengths(8, 8, 4, Random(0)) == [8] * 4


ENGINE = Engine(
    fixed_seconds=1.0,
    sequence_seconds=0.0,
    weight_seconds=0.0,
    token_seconds=0.0,
    flops_seconds=0.0,
    prefill_seconds=0.0,
    kv_tokens=10**9,
    sequences=10**6,
)


def demand(**changes: object) -> Demand:
    usual = {
        "wanted": 4,
        "fetched": 4,
        "samples": 2,
        "prompt_tokens": 5,
        "useful_share": 1.0,
        "partial": False,
        "carry_rounds": 2,
    }
    return Demand(**(usual | changes))  # pyright: ignore[reportArgumentType]


def test_a_round_without_a_tail_takes_its_steps_and_writes_its_tokens() -> None:
    from itertools import repeat

    found = simulate(ENGINE, demand(), repeat(10))
    assert (found.seconds, found.tokens, found.finished, found.fetches) == (10, 80, 4, 1)
    half = simulate(ENGINE, demand(useful_share=0.5), repeat(10))
    assert (half.seconds, half.finished, half.fetches) == (20, 8, 2)
    narrow = Engine(**{**vars_of(ENGINE), "sequences": 4})
    assert simulate(narrow, demand(), repeat(10)).seconds == 20


def vars_of(engine: Engine) -> dict[str, float]:
    return {name: getattr(engine, name) for name in Engine.__dataclass_fields__}


def test_partial_rollout_spends_fewer_tokens_on_the_same_groups() -> None:
    from itertools import cycle
    from random import Random

    drawn = lengths(100, 1000, 512, Random(0))
    found = {
        partial: simulate(ENGINE, demand(wanted=16, fetched=48, partial=partial), cycle(drawn))
        for partial in (False, True)
    }
    assert found[True].finished == found[False].finished == 16
    assert found[True].tokens < 0.8 * found[False].tokens


def test_a_full_cache_puts_sequences_aside_and_still_finishes() -> None:
    from itertools import repeat

    tight = Engine(**{**vars_of(ENGINE), "kv_tokens": 60})
    found = simulate(tight, demand(), repeat(20))
    assert found.finished == 4
    assert found.kv_peak <= 60
    assert found.seconds > 20


@pytest.mark.slow
def test_cache_bytes_a_token_are_those_of_vllm(tmp_path: Path) -> None:
    from rlve.models import made as models_made

    folder = models_made.shrunk("Qwen/Qwen2.5-7B", tmp_path / "model", num_hidden_layers=2)
    from vllm.config import ModelConfig, ParallelConfig
    from vllm.v1.kv_cache_interface import FullAttentionSpec

    config = ModelConfig(model=str(folder), tokenizer=str(folder), dtype="bfloat16")
    spec = FullAttentionSpec(
        block_size=16,
        num_kv_heads=config.get_num_kv_heads(ParallelConfig()),
        head_size=config.get_head_size(),
        dtype=config.dtype,
    )
    shape = SHAPES["Qwen/Qwen2.5-7B"].with_changes(num_hidden_layers=2)
    layers = config.get_num_layers(ParallelConfig())
    assert layers * spec.page_size_bytes / 16 == Work(shape, "bfloat16", None).kv_bytes
