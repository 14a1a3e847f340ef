"""Trees in rows give the log-probabilities and the gradient of their data computed one by one."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from rlve import models
from rlve.cluster import packing
from rlve.cluster.logprobs import TargetLogprobs
from rlve.cluster.rows import attention_mask, lay_out, mask
from rlve.config import LoraConfig
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


@pytest.mark.parametrize("case", CASES)
def test_trees_compute_what_each_datum_alone_does(tmp_path: Path, case: str) -> None:
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

    cluster = CLUSTER.model_copy(update={"trainers": 1, "pack_tokens": 80, "micro_batch_tokens": 200})
    (share,) = packing.plan(DATA, cluster, balance=True)
    assert sum(len(tree.data) > 1 for batch in share.batches for tree in batch.trees) >= 3
    assert {batch.packed for batch in share.batches} == {True, False}  # one datum is longer than a packed row
    chosen = [DATA[index] for index in share.data]
    head, text = TargetLogprobs(model), models.causal_model(model).config.get_text_config()
    found: dict[int, torch.Tensor] = {}
    for batch in share.batches:
        rows = lay_out(batch, chosen)
        entries = head(
            torch.from_numpy(rows.tokens),
            torch.from_numpy(rows.positions),
            attention_mask(rows, text, torch.device("cpu")) if batch.packed else None,
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


def test_a_token_sees_its_trunk_and_its_own_branch_within_the_window() -> None:
    # One row: the trunk a b with the branches c d and e, then the single f g.
    tree, single = packing.Tree((0, 1), (4, 3), 2), packing.Tree((2,), (2,), 2)
    data = [Datum(np.arange(size), {"target_tokens": np.arange(1, size + 1)}) for size in (4, 3, 2)]
    rows = lay_out(packing.MicroBatch(((tree, single),), 8), data)
    assert rows.positions.tolist() == [[0, 1, 2, 3, 2, 0, 1, 0]]
    seen = ["a", "ab", "abc", "abcd", "abe", "f", "fg", "."]
    whole = mask(rows, None, torch.device("cpu"))[0, 0]
    assert ["".join("abcdefg."[place] for place in row.nonzero().flatten()) for row in whole] == seen
    windowed = mask(rows, 2, torch.device("cpu"))[0, 0]
    near = ["a", "ab", "bc", "cd", "be", "f", "fg", "."]
    assert ["".join("abcdefg."[place] for place in row.nonzero().flatten()) for row in windowed] == near
    # The trunk's last token is followed by 2 in both, and is asked for each.
    assert (rows.places.tolist(), rows.targets.tolist()) == ([0, 1, 2, 3, 1, 4, 5, 6], [1, 2, 3, 4, 2, 3, 1, 2])
    assert rows.of_entry is not None
    assert rows.of_entry.tolist() == [0, 1, 2, 3, 0, 4, 5, 6, 7]
