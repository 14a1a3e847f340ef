"""Checkpoints of every family in a vLLM that knows nothing of us: as a model, and as an adapter on its base."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from rlve.config import AdamParams, LoraConfig
from rlve.local import LocalPolicy
from rlve.models.made import shrunk
from rlve.types import Loss
from tests.cluster.test_families import CASES, PROMPT, SMALL, datum

HEADS = ("Qwen3", "Llama")
"""vLLM alone takes adapters of the output layer for these; for the others it needs the merged model."""
ALONE = """
import json, sys
from vllm import LLM, SamplingParams
from vllm.lora.request import LoRARequest

if __name__ == "__main__":
    model, adapter, prompt = json.loads(sys.argv[1])
    options = dict(enable_lora=True, max_lora_rank=8) if adapter else {}
    llm = LLM(model, dtype="float32", max_model_len=96, enforce_eager=True, max_num_seqs=4, **options)
    (result,) = llm.generate(
        {"prompt_token_ids": prompt},
        SamplingParams(n=2, max_tokens=24, temperature=1.0, logprobs=0, seed=1, ignore_eos=True),
        lora_request=LoRARequest("adapter", 1, adapter) if adapter else None,
        use_tqdm=False,
    )
    written = [
        (list(each.token_ids), [entry[token].logprob for token, entry in zip(each.token_ids, each.logprobs)])
        for each in result.outputs
    ]
    print("written", json.dumps(written))
"""


def alone(model: Path, adapter: Path | None) -> list[tuple[list[int], list[float]]]:
    """Completions of PROMPT and their log-probabilities."""
    asked = json.dumps([str(model), str(adapter) if adapter else None, PROMPT])
    quiet = {"VLLM_CPU_KVCACHE_SPACE": "1", "VLLM_LOGGING_LEVEL": "WARNING", "HF_HUB_OFFLINE": "1"}
    # Its own pinning would put it on a core that others use.
    threads = {"VLLM_CPU_OMP_THREADS_BIND": "nobind", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", ALONE, asked],
        env={**os.environ, **quiet, **threads, "VLLM_ENABLE_V1_MULTIPROCESSING": "0"},
        stdout=subprocess.PIPE,
        text=True,
        timeout=300,
        check=True,
    )
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("written ")]
    return json.loads(line.removeprefix("written "))


def trained(base: Path, lora: LoraConfig, runner: asyncio.Runner) -> LocalPolicy:
    policy = LocalPolicy(base, "float32", lora, 96)
    rng = np.random.default_rng(0)
    for _ in range(3):
        data = [datum(rng.integers(0, 1100, 50).tolist()) for _ in range(3)]
        runner.run(policy.forward_backward(data, Loss("cross_entropy")))
        runner.run(policy.optim_step(AdamParams(learning_rate=2e-2)))
    return policy


def gap(written: list[tuple[list[int], list[float]]], policy: LocalPolicy, runner: asyncio.Runner) -> float:
    gaps: list[float] = []
    for tokens, logprobs in written:
        known = runner.run(policy.forward([datum([*PROMPT, *tokens])], Loss("cross_entropy"))).logprobs[0]
        gaps.append(float(np.abs(known[len(PROMPT) - 1 :] - logprobs).max()))
    return max(gaps)


@pytest.mark.slow
@pytest.mark.parametrize("family", CASES)
def test_a_plain_engine_has_the_logprobs_of_the_policy(family: str, tmp_path: Path) -> None:
    name, changes = CASES[family]
    base = shrunk(name, tmp_path / "base", **{**SMALL, **changes})
    with asyncio.Runner() as runner:
        everything = trained(base, LoraConfig(rank=4), runner)
        runner.run(everything.save_weights(str(tmp_path / "merged")))
        runner.run(everything.save_weights(str(tmp_path / "adapter"), merged=False))
        assert gap(alone(base, None), everything, runner) > 0.1
        assert gap(alone(tmp_path / "merged", None), everything, runner) < 0.01
        adapted = everything
        if not family.startswith(HEADS):
            adapted = trained(base, LoraConfig(rank=4, train_unembed=False), runner)
            runner.run(adapted.save_weights(str(tmp_path / "adapter"), merged=False))
        assert gap(alone(base, tmp_path / "adapter"), adapted, runner) < 0.01
        for policy in {everything, adapted}:
            runner.run(policy.close())
