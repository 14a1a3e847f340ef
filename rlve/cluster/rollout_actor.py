"""One vLLM engine: samples completions, takes new weights, aborts."""

import asyncio
import gc
import os
import shutil
import time
from collections.abc import Sequence
from typing import Any, Literal, cast

from rlve import models
from rlve.cluster import memory
from rlve.cluster.scratch import Scratch
from rlve.cluster.weight_transfer import adapter_name
from rlve.config import ClusterConfig, SamplingParams
from rlve.types import Completion, FinishReason, PromptLogprobs

SAMPLE, URGENT = 0, -1
"""Of the requests that wait for their first step, those of the lowest priority come first. Urgent ones are short."""


class RolloutActor:
    """A plain class around vLLM's asynchronous engine; `start` is the constructor's asynchronous half."""

    def __init__(
        self,
        path: str,
        dtype: str,
        max_seq_len: int,
        cluster: ClusterConfig,
        adapters: bool,
        gpus: Sequence[str] = (),
    ) -> None:
        """adapters: the engine takes LoRA adapters beside its weights; gpus: those of others that it is to work on."""
        self.path, self.dtype, self.max_seq_len, self.cluster = path, dtype, max_seq_len, cluster
        self.adapters = adapters
        self.gpus = gpus
        self.counter = 0
        self.version = 0  # of the weights; adapters have their own
        # The engine reads an adapter again from its folder, should it have put it aside.
        self.scratch = Scratch()
        self.folders: dict[int, str] = {}
        self.running: dict[str, int] = {}
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
        if self.gpus:
            os.environ["CUDA_VISIBLE_DEVICES"] = ",".join(self.gpus)
        from vllm import AsyncEngineArgs
        from vllm.v1.engine.async_llm import AsyncLLM
        from vllm.v1.executor.uniproc_executor import UniProcExecutor

        specific: dict[str, Any] = {"gpu_memory_utilization": self.cluster.engine_memory}
        if self.cluster.device == "cpu":
            specific = {}
        if self.cluster.tensor_parallel_size > 1:
            # A process per part, on this actor's own node and GPUs.
            specific |= {"distributed_executor_backend": "mp"}
        elif self.cluster.device == "cpu":
            # In the engine's own process: as two, both spin on a queue between them, on cores that others need.
            specific |= {"distributed_executor_backend": UniProcExecutor}
        if self.cluster.colocate:
            on_cpu = {"worker_cls": "rlve.cluster.sleep.SleepingCPUWorker"}
            specific |= on_cpu if self.cluster.device == "cpu" else {"enable_sleep_mode": True}
        if self.adapters:
            specific |= {
                "enable_lora": True,
                "max_loras": self.cluster.engine_adapters,
                "max_cpu_loras": 4 * self.cluster.engine_adapters,
                "max_lora_rank": self.cluster.max_lora_rank,
            }
        if self.cluster.device == "cpu":
            specific |= {
                # A seeded request whose prompt is cut over two steps kills the CPU engine (its generators have no
                # offset to put back), so a prompt goes in whole.
                "enable_chunked_prefill": False,
                "max_num_batched_tokens": max(4096, self.max_seq_len),
                # Samples of one prompt share its whole blocks; vLLM's 128 tokens are more than most prompts of the tiny
                # model have. Its attention on CPU takes multiples of 32.
                "block_size": 32,
                "enforce_eager": True,
            }
        overlaps = self.cluster.device == "cuda" and self.cluster.engine_options.get("async_scheduling", True)
        self.engine = AsyncLLM.from_engine_args(
            AsyncEngineArgs(
                model=self.path,
                dtype=cast(Any, self.dtype),
                max_model_len=self.max_seq_len,
                max_num_seqs=self.cluster.engine_sequences + 1,
                tensor_parallel_size=self.cluster.tensor_parallel_size,
                # Losses divide by the probability under the distribution that was sampled from, not the raw one.
                logprobs_mode="processed_logprobs",
                worker_extension_cls="rlve.cluster.worker_extension.WeightReceiver",
                # A score or a probe is not to wait for samples to end, or for those that have not begun.
                scheduling_policy="priority",
                scheduler_cls=f"rlve.cluster.urgent_first.{'Async' if overlaps else ''}UrgentFirst",
                enable_log_requests=False,
                disable_log_stats=True,
                **(specific | self.cluster.engine_options),
            )
        )
        self.end_tokens = models.end_tokens(self.path)
        await self.engine.update_weight_version(str(self.version))
        # The first batch of a process compiles for seconds; let that happen before anything is timed or waited for.
        await self.sample([0], SamplingParams(max_tokens=2, seed=0), 1)
        # The engine and its libraries stay: looking through all they have made for garbage would hold a step up.
        gc.freeze()
        return {"pid": os.getpid()}

    async def sample(
        self,
        prompt: Sequence[int],
        params: SamplingParams,
        count: int,
        adapter: int = 0,
        version: int | None = None,
        owner: int = 0,
        priority: int = SAMPLE,
    ) -> list[Completion]:
        """`count` completions, by seeds params.seed, params.seed + 1, … where a seed is given.

        adapter: the number of one that `load_adapter` has loaded, 0 for none; version: the adapter's, None for those of
        the weights that each token is drawn by; owner: whose samples `abort_samples` ends together.
        """
        from vllm import SamplingParams as EngineParams
        from vllm.sampling_params import RequestOutputKind

        stops = [stop for stop in params.stop if isinstance(stop, str)]
        stop_tokens = {stop for stop in params.stop if isinstance(stop, int)}
        # Stops of the caller's own take the place of the model's end tokens only where these are ignored.
        end_tokens = frozenset[int]() if params.ignore_eos else self.end_tokens
        engine_params = EngineParams(
            n=count,
            max_tokens=min(params.max_tokens, self.max_seq_len - len(prompt)),
            temperature=params.temperature,
            top_p=params.top_p,
            top_k=params.top_k,
            stop=stops,
            include_stop_str_in_output=True,
            presence_penalty=params.presence_penalty,
            frequency_penalty=params.frequency_penalty,
            seed=params.seed,
            stop_token_ids=sorted(end_tokens | stop_tokens),
            ignore_eos=params.ignore_eos,
            logprobs=params.top_logprobs,
            detokenize=bool(stops),
            output_kind=RequestOutputKind.FINAL_ONLY,
        )
        result = await self._generate(prompt, engine_params, adapter, owner, priority)
        if result is None or not result.outputs:  # aborted before its first token
            return [Completion([], [], [], "abort")] * count
        return [self._completion(output, version, params, end_tokens) for output in result.outputs]

    async def score(self, prompt: Sequence[int], top_k: int, adapter: int = 0) -> PromptLogprobs:
        """Log-probabilities of the prompt's own tokens, and the top_k likeliest at each place where top_k > 0."""
        from vllm import SamplingParams as EngineParams

        params = EngineParams(max_tokens=1, temperature=0.0, prompt_logprobs=top_k, detokenize=False)
        result = await self._generate(prompt, params, adapter, 0, URGENT)
        if result is None:
            raise RuntimeError("the engine was aborted while it scored a prompt; ask again")
        # The first token has nothing before it that could predict it.
        entries = [entry or {} for entry in result.prompt_logprobs]
        return PromptLogprobs(
            [entry[token].logprob if entry else None for token, entry in zip(prompt, entries, strict=True)],
            [_likeliest(entry, top_k) for entry in entries] if top_k else None,
        )

    async def _generate(self, prompt: Sequence[int], params: Any, adapter: int, owner: int, priority: int) -> Any:
        from vllm.inputs.engine import tokens_input
        from vllm.lora.request import LoRARequest

        self.counter += 1
        request = f"{self.counter}"
        lora = LoRARequest(adapter_name(adapter), adapter, self.folders[adapter]) if adapter else None
        # By the salt no request reads keys and values in the prefix cache that were computed by other weights.
        tokens = tokens_input(list(prompt), cache_salt=str(self.version))
        self.running[request] = owner
        result = None
        try:
            async for output in self.engine.generate(tokens, params, request, lora_request=lora, priority=priority):
                result = output
        finally:
            del self.running[request]
        return result

    def _completion(
        self, output: Any, version: int | None, params: SamplingParams, end_tokens: frozenset[int]
    ) -> Completion:
        tokens = list(output.token_ids)
        if version is None:
            spans = output.weight_versions or []
            versions = [int(span.version) for span in spans for _ in range(span.start, span.end)]
            assert len(versions) == len(tokens), "the engine labels every token"
        else:
            versions = [version] * len(tokens)
        entries = cast(list[dict[int, Any]], output.logprobs or [])
        logprobs = [entry[token].logprob for token, entry in zip(tokens, entries, strict=True)]
        top = [_likeliest(entry, params.top_logprobs) for entry in entries] if params.top_logprobs else None
        reason = _reason(output.finish_reason, tokens, end_tokens)
        return Completion(tokens, logprobs, versions, reason, top)

    async def abort_samples(self, owner: int) -> None:
        await self.engine.abort([request for request, whose in self.running.items() if whose == owner])

    async def join_weights(
        self, host: str, port: int, first: int, members: list[str], device: str, seconds: float
    ) -> None:
        """Into the group in which trainer rank 0 sends, with every worker; `first` is the rank of the first one."""
        await self.engine.collective_rpc("join_weights", args=(host, port, first, members, device, seconds))

    async def receive_weights(self, version: int, path: str | None = None) -> tuple[list[dict[str, str]], float]:
        """Loads new weights from a file, or as the group's sender sends them, between two steps of the engine.

        Samples in flight go on by the new weights, with the keys and values that they have. Per engine worker the
        digest of each tensor as loaded, and the seconds of the pause.
        """
        started = time.perf_counter()
        # Colocated, it sleeps but for its weights, and nothing is in flight.
        pauses = not self.cluster.colocate
        if pauses:
            await self.engine.engine_core.pause_scheduler_async(mode="keep", clear_cache=False)
        try:
            self.version = version
            digests = await self.engine.collective_rpc("receive_weights", args=(path,))
            await self.engine.update_weight_version(str(version))
        finally:
            if pauses:
                await self.engine.resume_generation()
        return digests, time.perf_counter() - started

    async def whereabouts(self) -> list[tuple[str, int, str]]:
        """Of each worker."""
        return [tuple(place) for place in await self.engine.collective_rpc("whereabouts")]

    async def load_adapter(self, number: int, files: dict[str, bytes]) -> list[dict[str, str]]:
        """Takes an adapter by its folder's files, kept on this node until `drop_adapter`.

        Digests as from receive_weights.
        """
        folder = self.scratch.folder / str(number)
        await asyncio.to_thread(models.write_files, folder, files)
        self.folders[number] = str(folder)
        return await self.engine.collective_rpc("receive_adapter", args=(number, str(folder)))

    async def drop_adapter(self, number: int) -> None:
        """No sample may use it any more."""
        folder = self.folders.pop(number)
        await self.engine.collective_rpc("drop_adapter", args=(number,))
        shutil.rmtree(folder, ignore_errors=True)

    async def sleep(self) -> None:
        """Gives up the KV cache, and puts the weights aside in host memory. No sample may be in flight."""
        await self.engine.sleep(level=1)

    async def wake_up(self, part: Literal["weights", "kv_cache"]) -> None:
        """Takes back one of the two; with both awake it can sample."""
        await self.engine.wake_up([part])

    async def peak_bytes(self) -> int:
        """As `memory.peak_bytes`, of the fullest GPU or of all the engine's processes."""
        if self.cluster.device == "cpu":
            return memory.peak_bytes("cpu")
        return max(await self.engine.collective_rpc("peak_bytes"))

    async def read_rate(self) -> float:
        """As `limits.read_rate`, of all the engine's workers at once."""
        return sum(await self.engine.collective_rpc("read_rate", args=(self.cluster.threads_per_engine,)))

    async def close(self) -> None:
        self.scratch.close()
        self.engine.shutdown()


def _likeliest(entry: dict[int, Any], count: int) -> list[tuple[int, float]]:
    """The engine adds the token at hand to the likeliest ones; ranks tell which are which."""
    ranked = sorted((value.rank, token, value.logprob) for token, value in entry.items())
    return [(token, logprob) for rank, token, logprob in ranked if rank <= count]


def _reason(reason: str | None, tokens: list[int], end_tokens: frozenset[int]) -> FinishReason:
    if reason == "stop":
        return "eos" if tokens and tokens[-1] in end_tokens else "stop"
    if reason in ("length", "abort"):
        return "length" if reason == "length" else "abort"
    raise RuntimeError(f"the engine ended a request with {reason!r}; expected stop, length or abort")
