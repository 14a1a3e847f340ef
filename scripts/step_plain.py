"""Plain PyTorch training and plain vLLM sampling in one process: what scripts/benchmark_step.py compares with."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray

from rlve import losses, models
from rlve.config import AdamParams, SamplingParams
from rlve.policy import LOSS_INPUTS
from rlve.types import Completion, Datum, Loss


class PlainTrainer:
    """Rows in the order of their lengths, `rows` at a time, padded to the longest, all logits at once."""

    def __init__(self, folder: Path, rows: int, dtype: str = "float32") -> None:
        self.model: Any = models.load(folder, dtype, None)
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=0.0)
        self.rows = rows

    def forward_backward(self, data: Sequence[Datum], loss: Loss) -> float:
        """The loss."""
        total = 0.0
        ordered = sorted(data, key=len)
        for start in range(0, len(ordered), self.rows):
            part = ordered[start : start + self.rows]
            inputs = {name: torch.from_numpy(_padded(part, name)) for name in LOSS_INPUTS[loss.name]}
            tokens = torch.from_numpy(_padded(part, "model_input"))
            logits = self.model(input_ids=tokens, use_cache=False).logits.float() / loss.temperature
            lp = logits.gather(-1, inputs["target_tokens"][..., None]).squeeze(-1) - logits.logsumexp(-1)
            value = losses.elementwise(lp, inputs, loss).sum()
            value.backward()
            total += value.item()
        return total

    def optim_step(self, adam: AdamParams) -> float:
        """The norm of the gradient."""
        norm = torch.stack([p.grad.double().norm() for p in self.model.parameters() if p.grad is not None]).norm()
        if adam.grad_clip_norm and norm > adam.grad_clip_norm:
            for parameter in self.model.parameters():
                parameter.grad *= float(adam.grad_clip_norm / norm)
        for group in self.optimizer.param_groups:
            group.update(
                lr=adam.learning_rate, betas=(adam.beta1, adam.beta2), eps=adam.eps, weight_decay=adam.weight_decay
            )
        self.optimizer.step()
        self.optimizer.zero_grad()
        return float(norm)


def _padded(data: Sequence[Datum], name: str) -> NDArray[Any]:
    arrays = [datum.model_input if name == "model_input" else datum.loss_fn_inputs[name] for datum in data]
    width = max(map(len, arrays))
    return np.stack([np.pad(array, (0, width - len(array))) for array in arrays])


class PlainEngine:
    """vLLM in this process, with the arguments of rlve's engines."""

    def __init__(self, folder: Path, dtype: str, max_seq_len: int, sequences: int, threads: int) -> None:
        os.environ.update(
            VLLM_ENABLE_V1_MULTIPROCESSING="0",
            VLLM_LOGGING_LEVEL="WARNING",
            VLLM_CPU_KVCACHE_SPACE="1",
            VLLM_NO_USAGE_STATS="1",
            HF_HUB_OFFLINE="1",
            OMP_NUM_THREADS=str(threads),
            VLLM_CPU_OMP_THREADS_BIND="nobind",
        )
        from vllm import LLM

        self.llm = LLM(
            model=str(folder),
            dtype=cast(Any, dtype),
            max_model_len=max_seq_len,
            max_num_seqs=sequences,
            logprobs_mode="processed_logprobs",
            worker_extension_cls="rlve.cluster.worker_extension.WeightReceiver",
            enable_chunked_prefill=False,
            max_num_batched_tokens=max(4096, max_seq_len),
            enforce_eager=True,
            disable_log_stats=True,
        )
        self.end_tokens = sorted(models.end_tokens(folder))

    def sample(
        self, prompts: Sequence[list[int]], seeds: Sequence[int], params: SamplingParams, count: int
    ) -> list[list[Completion]]:
        """`count` completions of each prompt, by its seed and those that follow it."""
        from vllm import SamplingParams as EngineParams

        engine_params = [
            EngineParams(
                n=count,
                max_tokens=params.max_tokens,
                temperature=params.temperature,
                seed=seed,
                stop_token_ids=self.end_tokens,
                logprobs=0,
                detokenize=False,
            )
            for seed in seeds
        ]
        asked: Any = [{"prompt_token_ids": prompt} for prompt in prompts]
        results = self.llm.generate(asked, engine_params, use_tqdm=False)
        return [[self._completion(output) for output in result.outputs] for result in results]

    def load(self, model: Any, path: Path) -> None:
        """Takes a model's weights, by a file in shared memory."""
        from safetensors.torch import save_file

        tensors = models.merged_weights(model)
        if model.config.tie_word_embeddings:
            tensors[f"{models.HEAD}.weight"] = tensors["model.embed_tokens.weight"].clone()
        save_file(tensors, path)
        self.llm.collective_rpc("receive_weights", args=(str(path),))
        self.llm.reset_prefix_cache()

    def _completion(self, output: Any) -> Completion:
        tokens = list(output.token_ids)
        logprobs = [entry[token].logprob for token, entry in zip(tokens, output.logprobs, strict=True)]
        reason = "eos" if tokens[-1] in self.end_tokens else "length"
        return Completion(tokens, logprobs, [0] * len(tokens), reason)
