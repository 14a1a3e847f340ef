"""Trees in rows give the log-probabilities and the gradient of their data computed one by one."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from rlve import models
from rlve.cluster import attention, packing
from rlve.cluster.logprobs import TargetLogprobs
from rlve.cluster.rows import lay_out
from rlve.config import ConfigError, LoraConfig
from rlve.models.made import shrunk
from rlve.types import Datum
from tests.cluster.test_packing import grouped
from tests.test_promises import CLUSTER

SMALL: dict[str, Any] = {
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 8,
    "vocab_size": 1280,
    "max_position_embeddings": 256,
    "initializer_range": 0.1,
}
# Windows shorter than prompts and completions; two branches away from a token are positions within its window.
GEMMA = {"sliding_window": 6, "sliding_window_pattern": 2, "num_key_value_heads": 1, "query_pre_attn_scalar": 8}
CASES: dict[str, tuple[str, dict[str, Any], LoraConfig | None]] = {
    "Qwen3, tied": ("Qwen/Qwen3-0.6B", {"tie_word_embeddings": True}, None),
    "Qwen2, untied": ("Qwen/Qwen2.5-1.5B", {"tie_word_embeddings": False}, None),
    "Llama, adapters": ("meta-llama/Llama-3.2-1B", {}, LoraConfig(rank=4)),
    "Gemma 3, windows": ("google/gemma-3-1b-pt", GEMMA, None),
    "Gemma 3, windows, adapters": ("google/gemma-3-1b-pt", GEMMA, LoraConfig(rank=4)),
}
DATA = grouped([(12, [5, 9, 1, 14]), (20, [3, 3, 8]), (7, [16]), (9, [2, 30]), (90, [40])])


@pytest.mark.parametrize(("case", "checkpoints"), [*((case, False) for case in CASES), ("Gemma 3, windows", True)])
def test_trees_compute_what_each_datum_alone_does(tmp_path: Path, case: str, checkpoints: bool) -> None:
    name, changes, lora = CASES[case]
    model: Any = models.load(shrunk(name, tmp_path / "model", **{**SMALL, **changes}), "float32", lora)
    parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
    if lora is not None:
        with torch.no_grad():
            for parameter in parameters:  # adapters start as nothing
                parameter.normal_(0, 0.1, generator=torch.Generator().manual_seed(0))
    rng = np.random.default_rng(0)
    weights = [torch.from_numpy(rng.normal(size=len(datum)).astype(np.float32)) for datum in DATA]

    expected = [alone(model, datum) for datum in DATA]
    sum((lp * w).sum() for lp, w in zip(expected, weights, strict=True)).backward()  # type: ignore[union-attr]
    gradient = [parameter.grad.clone() for parameter in parameters]
    model.zero_grad()

    cluster = CLUSTER.model_copy(update={"trainers": 1, "packing": True, "micro_batch_tokens": 80})
    (share,) = packing.plan(DATA, cluster, balance=True)
    assert sum(len(tree.data) > 1 for batch in share.batches for tree in batch.trees) >= 3
    assert {batch.packed for batch in share.batches} == {True, False}  # one datum is longer than a packed row
    chosen = [DATA[index] for index in share.data]
    attention.install(models.causal_model(model), attention.ROWS, attention.of_rows, attention.OPTION)
    if checkpoints:
        model.gradient_checkpointing_enable({"use_reentrant": False})
    head = TargetLogprobs(model)
    found: dict[int, torch.Tensor] = {}
    for batch in share.batches:
        rows = lay_out(batch, chosen)
        entries = head(
            torch.from_numpy(rows.tokens),
            torch.from_numpy(rows.positions),
            rows.parts(torch.device("cpu")) if batch.packed else None,
            torch.from_numpy(rows.places),
            torch.from_numpy(rows.targets),
            0.7,
            batch.chunk_count,
        )
        lp = entries if rows.of_entry is None else entries[torch.from_numpy(rows.of_entry)]
        parts = lp.split([len(chosen[place]) for place in rows.order])
        found |= {share.data[place]: part for place, part in zip(rows.order, parts, strict=True)}
        these = [weights[share.data[place]] for place in rows.order]
        (lp * torch.cat(these)).sum().backward()
    for index, lp in enumerate(expected):
        torch.testing.assert_close(found[index], lp, rtol=1e-5, atol=1e-5)
    for parameter, known in zip(parameters, gradient, strict=True):
        assert (parameter.grad - known).norm() <= 1e-5 * known.norm()


def alone(model: Any, datum: Datum) -> torch.Tensor:
    logits = model(input_ids=torch.from_numpy(datum.model_input)[None]).logits[0] / 0.7
    targets = torch.from_numpy(datum.loss_fn_inputs["target_tokens"])
    return logits.log_softmax(-1).gather(-1, targets[:, None]).squeeze(-1)


def test_attention_puts_each_branch_behind_its_trunk() -> None:
    # One row: the trunk a b with the branches c d and e, then the single f g.
    tree, single = packing.Tree((0, 1), (4, 3), 2), packing.Tree((2,), (2,), 2)
    data = [Datum(np.arange(size), {"target_tokens": np.arange(1, size + 1)}) for size in (4, 3, 2)]
    rows = lay_out(packing.MicroBatch(((tree, single),), 8), data)
    assert rows.positions.tolist() == [[0, 1, 2, 3, 2, 0, 1, 0]]
    found = rows.parts(torch.device("cpu"))
    assert seen(found, None) == {"a": "a", "b": "ab", "c": "abc", "d": "abcd", "e": "abe", "f": "f", "g": "fg"}
    assert seen(found, 2) == {"a": "a", "b": "ab", "c": "bc", "d": "cd", "e": "be", "f": "f", "g": "fg"}
    # The trunk's last token is followed by 2 in both, and is asked for each.
    assert (rows.places.tolist(), rows.targets.tolist()) == ([0, 1, 2, 3, 1, 4, 5, 6], [1, 2, 3, 4, 2, 3, 1, 2])
    assert rows.of_entry is not None
    assert rows.of_entry.tolist() == [0, 1, 2, 3, 0, 4, 5, 6, 7]


def seen(parts: attention.Parts, window: int | None) -> dict[str, str]:
    """Of each token of "abcdefg", as the row has it: the tokens that its query sees, in the order of the row."""
    results: list[tuple[int, list[int]]] = []
    for part in parts.parts:
        count, width = part.queries.shape
        mask = part.mask(window)
        causal = torch.ones(width, part.keys.shape[1], dtype=torch.bool).tril()
        allowed = causal.expand(count, 1, -1, -1) if mask is None else mask.expand(count, -1, -1, -1)
        for number in range(count):
            for place, row in zip(part.queries[number].tolist(), allowed[number, 0], strict=True):
                results.append((place, part.keys[number][row].tolist()))
    ordered = [results[index] for index in parts.order.tolist()[:7]]
    assert [place for place, _ in ordered] == list(range(7))
    return {"abcdefg"[place]: "".join("abcdefg"[key] for key in keys) for place, keys in ordered}


def test_a_part_holds_sequences_of_similar_length() -> None:
    """So that less than half of what attention computes for a part is padding."""
    rng = np.random.default_rng(0)
    lengths = rng.integers(1, 200, 60)
    starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    trunks = np.where(np.arange(60) % 6 == 0, np.arange(60), np.arange(60) // 6 * 6)
    made = attention.parts(starts, lengths, trunks, int(lengths.sum()), torch.device("cpu"))
    assert sum(part.queries.numel() for part in made.parts) < 2 * lengths.sum()
    flat = torch.cat([part.queries.flatten() for part in made.parts])
    assert flat[made.order].tolist() == list(range(int(lengths.sum())))


@pytest.mark.parametrize("beside", ["a mask", "softcap"])
def test_an_attention_that_does_more_is_refused(beside: str) -> None:
    tensor = torch.zeros(1, 2, 3, 4)
    mask = torch.ones(1, 1, 3, 3, dtype=torch.bool) if beside == "a mask" else None
    with pytest.raises(ConfigError, match=r"cluster\.packing=false"):
        attention.of_rows(None, tensor, tensor, tensor, mask, softcap=None if mask is not None else 50.0)
