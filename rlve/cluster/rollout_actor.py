"""One vLLM engine: samples completions, takes new weights, aborts."""

import os
from collections.abc import Sequence
from typing import Any, cast

from rlve.config import ClusterConfig, SamplingParams
from rlve.types import Completion, FinishReason


class RolloutActor:
    """A plain class around vLLM's asynchronous engine; `start` is the constructor's asynchronous half."""

    def __init__(self, path: str, dtype: str, max_seq_len: int, cluster: ClusterConfig) -> None:
        self.path, self.dtype, self.max_seq_len, self.cluster = path, dtype, max_seq_len, cluster
        self.version = 0
        self.counter = 0
        self.running: set[str] = set()
        self.end_tokens: frozenset[int] = frozenset()

    async def start(self) -> dict[str, Any]:
        os.environ.update(
            VLLM_LOGGING_LEVEL="WARNING",
            VLLM_CPU_KVCACHE_SPACE=str(max(1, round(self.cluster.engine_memory))),
            VLLM_NO_USAGE_STATS="1",
            HF_HUB_OFFLINE="1",
            OMP_NUM_THREADS=str(self.cluster.threads_per_engine),
            # The engine's own pinning would put every engine of a node on the same cores.
            VLLM_CPU_OMP_THREADS_BIND="nobind",
        )
        from vllm import AsyncEngineArgs
        from vllm.v1.engine.async_llm import AsyncLLM
        from vllm.v1.executor.uniproc_executor import UniProcExecutor

        from rlve.models import end_tokens

        specific: dict[str, Any] = {"gpu_memory_utilization": self.cluster.engine_memory}
        if self.cluster.device == "cpu":
            # In the engine's own process: as two, both spin on a queue between them, on cores that others need.
            specific = {"distributed_executor_backend": UniProcExecutor}
        self.engine = AsyncLLM.from_engine_args(
            AsyncEngineArgs(
                model=self.path,
                dtype=cast(Any, self.dtype),
                max_model_len=self.max_seq_len,
                max_num_seqs=self.cluster.engine_sequences,
                # A seeded request whose prompt is cut over two steps kills the CPU engine (its generators have no
                # offset to put back), so a prompt goes in whole.
                enable_chunked_prefill=self.cluster.device != "cpu",
                max_num_batched_tokens=max(4096, self.max_seq_len) if self.cluster.device == "cpu" else None,
                enforce_eager=self.cluster.device == "cpu",
                # Losses divide by the probability under the distribution that was sampled from, not the raw one.
                logprobs_mode="processed_logprobs",
                worker_extension_cls="rlve.cluster.weight_transfer.WeightReceiver",
                enable_log_requests=False,
                disable_log_stats=True,
                **specific,
            )
        )
        self.end_tokens = end_tokens(self.path)
        # The first batch of a process compiles for seconds; let that happen before anything is timed or waited for.
        await self.sample([0], SamplingParams(max_tokens=2, seed=0), 1)
        return {"pid": os.getpid()}

    async def sample(self, prompt: Sequence[int], params: SamplingParams, count: int) -> list[Completion]:
        """`count` completions, by seeds params.seed, params.seed + 1, … where a seed is given."""
        from vllm import SamplingParams as EngineParams
        from vllm.inputs.engine import tokens_input
        from vllm.sampling_params import RequestOutputKind

        budget = min(params.max_tokens, self.max_seq_len - len(prompt))
        if budget <= 0:
            raise ValueError(f"the prompt has {len(prompt)} tokens, which leaves no room below {self.max_seq_len}")
        self.counter += 1
        request = f"{self.counter}"
        version = self.version
        engine_params = EngineParams(
            n=count,
            max_tokens=budget,
            temperature=params.temperature,
            top_p=params.top_p,
            top_k=params.top_k,
            stop=params.stop,
            presence_penalty=params.presence_penalty,
            frequency_penalty=params.frequency_penalty,
            seed=params.seed,
            stop_token_ids=sorted(self.end_tokens),
            logprobs=0,
            detokenize=bool(params.stop),
            output_kind=RequestOutputKind.FINAL_ONLY,
        )
        self.running.add(request)
        outputs: list[Any] = []
        try:
            async for result in self.engine.generate(tokens_input(list(prompt)), engine_params, request):
                outputs = result.outputs
        finally:
            self.running.discard(request)
        if not outputs:  # aborted before its first token
            return [Completion([], [], [], "abort")] * count
        return [self._completion(output, version) for output in outputs]

    def _completion(self, output: Any, version: int) -> Completion:
        tokens = list(output.token_ids)
        entries = cast(list[dict[int, Any]], output.logprobs or [])
        logprobs = [entry[token].logprob for token, entry in zip(tokens, entries, strict=True)]
        return Completion(tokens, logprobs, [version] * len(tokens), self._reason(output.finish_reason, tokens))

    def _reason(self, reason: str | None, tokens: list[int]) -> FinishReason:
        if reason == "stop":
            return "eos" if tokens and tokens[-1] in self.end_tokens else "stop"
        if reason in ("length", "abort"):
            return "length" if reason == "length" else "abort"
        raise RuntimeError(f"the engine ended a request with {reason!r}; expected stop, length or abort")

    async def abort_samples(self) -> None:
        await self.engine.abort(list(self.running))

    async def receive_weights(self, path: str, version: int) -> list[dict[str, str]]:
        """Loads new weights; per engine worker the digest of each tensor as loaded. No sample may be in flight."""
        digests = await self.engine.collective_rpc("receive_weights", args=(path,))
        # Cached prefixes hold keys and values of the old weights.
        await self.engine.reset_prefix_cache()
        self.version = version
        return digests

    async def close(self) -> None:
        self.engine.shutdown()
