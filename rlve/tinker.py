"""TinkerPolicy: the seam over any Tinker server, through the stock `tinker` SDK. Weights never leave the server.

What the API lacks is refused by name: full weights, a loss temperature, penalties, another LoRA alpha than 32.
"""

import asyncio
import json
import math
import os
import re
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rlve import models
from rlve.config import AdamParams, ConfigError, LoraConfig, SamplingParams, TrainConfig
from rlve.policy import (
    LOSS_INPUTS,
    PROBE_LIMIT,
    PROBE_TOKENS,
    BadDatum,
    InFlight,
    NonFiniteLoss,
    SyncError,
    SyncReport,
    check_data,
    check_prompt,
    loss_options,
    probe_datum,
    probe_prompt,
)
from rlve.types import Completion, Datum, FinishReason, Loss, LossResult, PromptLogprobs

if TYPE_CHECKING:
    import tinker
    from tinker import types

POINTER = "tinker.json"
ALPHA = 32  # of every adapter that a Tinker server makes
NOT_FINITE = re.compile(r"\bloss\b.*(\bnan\b|\binfinit|\bnon-?finite)", re.IGNORECASE | re.DOTALL)
CLOSE_SECONDS = 20  # a server that does not answer by then ends the session by itself, for want of heartbeats


class TinkerPolicy:
    """Made by `open`. Training calls are numbered by the SDK as they are submitted; the server keeps their order.

    They may be in flight together; a sync, a save and a load have the training to themselves. Every sync makes a
    sampler of its own on the server, pinned to its weights, so samples in flight never wait and never change.
    """

    def __init__(
        self,
        service: "tinker.ServiceClient",
        trainer: "tinker.TrainingClient",
        vocabulary_size: int,
        end_tokens: frozenset[int],
        max_seq_len: int,
        dtype: str,
    ) -> None:
        self.service, self.trainer = service, trainer
        self.vocabulary_size, self.end_tokens = vocabulary_size, end_tokens
        self.max_seq_len, self.dtype = max_seq_len, dtype
        self.version = 0
        self.step_count = 0
        self.kept: dict[int, tinker.SamplingClient] = {}
        self.training = asyncio.Lock()  # first come, first served
        self.latest: asyncio.Future[tuple[int, tinker.SamplingClient]] = _future()
        self.aborted: asyncio.Future[None] = _future()
        self.broken: BaseException | None = None

    @classmethod
    async def open(
        cls,
        model: Path,
        dtype: str,
        lora: LoraConfig | None,
        max_seq_len: int,
        base_model: str,
        base_url: str | None = None,
        api_key: str | None = None,
    ) -> "TinkerPolicy":
        """Makes an adapter on the server and syncs once, so that `sample` works from the start.

        model: a folder with the base model's config.json and tokenizer, not its weights; dtype: what the server
        computes in. Without base_url and api_key the SDK looks in TINKER_BASE_URL and TINKER_API_KEY.
        """
        import tinker

        lora = adapter(lora)
        url = base_url or os.environ.get("TINKER_BASE_URL")
        if url:
            await _reach(url)

        def connect() -> "tuple[tinker.ServiceClient, Any]":
            service = tinker.ServiceClient(base_url=base_url, api_key=api_key)
            return service, service.create_lora_training_client(
                base_model,
                rank=lora.rank,
                seed=lora.seed or 0,  # as everywhere here, a run gets the same adapter again
                train_mlp=lora.train_mlp,
                train_attn=lora.train_attn,
                train_unembed=lora.train_unembed,
            )

        try:
            # The SDK opens its session before it returns, which must not hold up this event loop.
            service, creating = await asyncio.to_thread(connect)
        except tinker.TinkerError as error:
            raise ConfigError(
                f"policy.base_url: no session with {url or 'the Tinker service'}: {_text(error)}; the key is read from "
                "TINKER_API_KEY and begins with tml-"
            ) from error
        policy = None
        try:
            try:
                trainer = await creating
            except (tinker.TinkerError, ValueError) as error:
                raise ConfigError(
                    f"policy.base_model: the server made no adapter on {base_model!r}: {_text(error)}"
                ) from error
            policy = cls(service, trainer, models.vocabulary_size(model), models.end_tokens(model), max_seq_len, dtype)
            await policy.save_weights_for_sampler()
        except BaseException:
            await _close(service)
            raise
        return policy

    async def sample(
        self, prompt: Sequence[int], params: SamplingParams, count: int, version: int | None = None
    ) -> list[Completion]:
        """An abort returns completions without tokens: the API shows none before a sample has ended."""
        check_prompt(prompt, self.vocabulary_size, self.max_seq_len)
        sampler, aborted = self._sampler(version), self.aborted
        drawing = asyncio.ensure_future(self._draw(sampler, list(prompt), params, count))
        try:
            await asyncio.wait({drawing, aborted}, return_when=asyncio.FIRST_COMPLETED)
            return drawing.result() if drawing.done() else [Completion([], [], [], "abort")] * count
        finally:
            # Tells the server too, where it supports that; elsewhere it draws to the end and nobody looks.
            drawing.cancel()

    async def score(self, prompt: Sequence[int], top_k: int = 0, version: int | None = None) -> PromptLogprobs:
        from tinker import types

        check_prompt(prompt, self.vocabulary_size, self.max_seq_len)
        _, sampler = await asyncio.shield(self._sampler(version))
        with _explained("score"):
            response = await sampler.sample(
                types.ModelInput.from_ints(list(prompt)),
                1,
                types.SamplingParams(max_tokens=1),
                include_prompt_logprobs=True,
                topk_prompt_logprobs=top_k,
            )
        assert response.prompt_logprobs is not None
        top = response.topk_prompt_logprobs if top_k else None
        return PromptLogprobs(list(response.prompt_logprobs), None if top is None else [each or [] for each in top])

    async def abort_samples(self) -> None:
        self.aborted.set_result(None)
        self.aborted = _future()

    async def forward(self, data: Sequence[Datum], loss: Loss) -> LossResult:
        return await self._compute(data, loss, backward=False)

    async def forward_backward(self, data: Sequence[Datum], loss: Loss) -> LossResult:
        return await self._compute(data, loss, backward=True)

    async def optim_step(self, adam: AdamParams) -> dict[str, float]:
        """grad_norm is NaN where the server does not tell it."""
        from tinker import types

        async with self.training:
            self._require_whole()
            stepping = self.trainer.optim_step(types.AdamParams(**adam.model_dump()))
            self.step_count += 1
            count = self.step_count
        with _explained("optim_step"):
            response = await stepping
        told = {name.split(":")[0]: value for name, value in (response.metrics or {}).items()}
        return {"grad_norm": told.get("grad_norm", math.nan), "step_count": float(count)}

    async def save_weights_for_sampler(
        self, keep: bool = False, path: str | None = None, in_flight: InFlight = "finish"
    ) -> SyncReport:
        """Proved by the probe alone: a Tinker server shows no tensors, so the report counts none.

        Samples keep the weights that they began with, and nothing waits for them, whatever in_flight says.
        """
        if path is not None:
            raise ValueError("the weights of a Tinker server stay on it; use save_weights, which names a checkpoint")
        syncing = self.latest = _future()
        try:
            async with self.training:
                self._require_whole()
                started = time.perf_counter()
                with _explained("save_weights_for_sampler"):
                    sampler = await self.trainer.save_weights_and_get_sampling_client()
                self.version += 1
                gap = await self._probe(sampler, self.version)
                if keep:
                    self.kept[self.version] = sampler
                syncing.set_result((self.version, sampler))
                return SyncReport(self.version, 0, gap, time.perf_counter() - started)
        except BaseException as error:
            self.broken = self.broken or error
            syncing.set_exception(_broken(error))
            syncing.exception()  # seen: no sample may ever ask
            raise

    async def release_version(self, version: int) -> None:
        if self.kept.pop(version, None) is None:
            raise ValueError(f"version {version} is not kept; kept are {sorted(self.kept)}")

    async def save_weights(self, path: str, merged: bool = True) -> None:
        """A folder with a pointer, `tinker.json`: the weights and the optimizer are a checkpoint on the server."""
        folder = Path(path)
        name = f"{re.sub('[^A-Za-z0-9._-]', '-', folder.name)[:64]}-{uuid.uuid4().hex[:8]}"
        async with self.training:
            self._require_whole()
            count = self.step_count
            with _explained("save_weights"):
                saved = await self.trainer.save_state(name)
            folder.mkdir(parents=True, exist_ok=True)
            (folder / POINTER).write_text(json.dumps({"path": saved.path, "step_count": count}), encoding="utf-8")

    async def load_weights(self, path: str, optimizer: bool = True) -> None:
        """A new model on the server, made from the checkpoint: the API loads into a running one no more."""
        async with self.training:
            self._require_whole()
            saved = read_pointer(Path(path))
            create = (
                self.service.create_training_client_from_state_with_optimizer
                if optimizer
                else self.service.create_training_client_from_state
            )
            with _explained("load_weights"):
                self.trainer = await create(saved["path"])
            self.step_count = saved["step_count"] if optimizer else 0

    async def close(self) -> None:
        await _close(self.service)

    def _require_whole(self) -> None:
        if self.broken is not None:
            raise _broken(self.broken)

    def _sampler(self, version: int | None) -> "asyncio.Future[tuple[int, tinker.SamplingClient]]":
        """A kept version's, or that of the last sync submitted before now."""
        if version is None:
            return self.latest
        if version in self.kept:
            kept = _future()
            kept.set_result((version, self.kept[version]))
            return kept
        if self.latest.done() and version == self.version:
            return self.latest
        known = ", ".join(map(str, sorted({*self.kept, self.version})))
        raise ValueError(f"this policy has version {known} to sample from; got {version}")

    async def _draw(
        self,
        sampler: "asyncio.Future[tuple[int, tinker.SamplingClient]]",
        prompt: list[int],
        params: SamplingParams,
        count: int,
    ) -> list[Completion]:
        version, client = await asyncio.shield(sampler)
        return await self._complete(client, version, prompt, params, count)

    async def _complete(
        self, client: "tinker.SamplingClient", version: int, prompt: list[int], params: SamplingParams, count: int
    ) -> list[Completion]:
        from tinker import types

        wire = to_sampling_params(params, self.end_tokens, self.max_seq_len - len(prompt))
        with _explained("sample"):
            response = await client.sample(
                types.ModelInput.from_ints(prompt), count, wire, topk_sample_logprobs=params.top_logprobs
            )
        return [to_completion(sequence, version, params, self.end_tokens) for sequence in response.sequences]

    async def _compute(self, data: Sequence[Datum], loss: Loss, backward: bool) -> LossResult:
        data = list(data)
        check_data(data, loss, self.vocabulary_size, self.max_seq_len)
        if loss.temperature != 1:
            raise BadDatum(
                f"the Tinker API's losses have no temperature, got {loss.temperature}; set rollout.temperature=1"
            )
        sent = [to_datum(datum, loss) for datum in data]
        async with self.training:
            self._require_whole()
            submit = self.trainer.forward_backward if backward else self.trainer.forward
            computing = submit(sent, loss.name, loss_options(loss) or None)  # pyright: ignore[reportArgumentType]
        with _explained("forward_backward" if backward else "forward", BadDatum):
            output = await computing
        return to_result(data, loss, output)

    async def _probe(self, sampler: "tinker.SamplingClient", version: int) -> float:
        """The sampler and the trainer on the same tokens; SyncError where they differ by more than rounding."""
        prompt = probe_prompt(self.vocabulary_size)
        params = SamplingParams(max_tokens=PROBE_TOKENS, seed=version)
        (drawn,) = await self._complete(sampler, version, prompt, params, 1)
        datum, loss = probe_datum(prompt, drawn), Loss("cross_entropy")
        with _explained("forward"):
            output = await self.trainer.forward([to_datum(datum, loss)], "cross_entropy")
        known = to_result([datum], loss, output).logprobs[0][len(prompt) - 1 :]
        gap = float(np.abs(known - np.array(drawn.logprobs)).max())
        if not gap <= PROBE_LIMIT[self.dtype]:
            raise SyncError(
                f"weight sync: the probe's log-probabilities differ by {gap:.4f} between the server's sampler and its "
                f"trainer (at most {PROBE_LIMIT[self.dtype]} is rounding in {self.dtype}); the sampler computes with "
                "other weights, or model.dtype is not what the server computes in"
            )
        return gap


def check(config: TrainConfig) -> None:
    """Raises ConfigError for what a run cannot have through the Tinker API; names what to set instead."""
    if find_spec("tinker") is None:
        raise ConfigError("policy=tinker needs the Tinker SDK, which is not installed: pip install 'rlve[server]'")
    adapter(config.lora.config)
    if config.loss.kl_coefficient:
        raise ConfigError(
            f"loss.kl_coefficient: policy=tinker has no start policy to hold on to, got {config.loss.kl_coefficient}; "
            "set loss.kl_coefficient=0"
        )
    if config.warm_start is not None:
        raise ConfigError(
            "warm_start: adapters are made on full weights, which the Tinker API does not train; set warm_start=none"
        )
    if config.rollout.temperature != 1:
        raise ConfigError(
            f"rollout.temperature: the Tinker API's losses have no temperature, got {config.rollout.temperature}; "
            "set rollout.temperature=1"
        )


def adapter(lora: LoraConfig | None) -> LoraConfig:
    """The adapter that a Tinker server can train, or ConfigError."""
    if lora is None:
        raise ConfigError("lora: the Tinker API trains adapters, not full weights; set lora=rank32")
    if lora.alpha != ALPHA:
        raise ConfigError(
            f"lora.config.alpha: the Tinker API has no alpha and its servers take {ALPHA}, got {lora.alpha:g}; "
            f"set lora.config.alpha={ALPHA}"
        )
    return lora


def base_model(config: TrainConfig) -> str:
    """The name by which the server knows the model: models made here are `local/…`, others have their hub name."""
    path = config.model.path
    return config.policy.base_model or (f"local/{path}" if path in models.MADE_HERE else path)


def read_pointer(folder: Path) -> dict[str, Any]:
    """What `save_weights` wrote: the checkpoint's tinker:// path and the optimizer steps behind it."""
    file = folder / POINTER
    if not file.is_file():
        raise ValueError(f"{folder} has no {POINTER}: it was not saved through a Tinker server, so none can load it")
    return json.loads(file.read_text(encoding="utf-8"))


def to_datum(datum: Datum, loss: Loss) -> "types.Datum":
    """With the inputs of this loss only: servers refuse what a loss does not know."""
    from tinker import types

    inputs: dict[str, types.TensorData] = {}
    for name in LOSS_INPUTS[loss.name]:
        array = datum.loss_fn_inputs[name]
        dtype = np.int64 if array.dtype.kind in "iu" else np.float32
        inputs[name] = types.TensorData.from_numpy(array.astype(dtype))
    return types.Datum(model_input=types.ModelInput.from_ints(datum.model_input.tolist()), loss_fn_inputs=inputs)


def to_result(data: list[Datum], loss: Loss, output: "types.ForwardBackwardOutput") -> LossResult:
    """Metrics are computed here, as for every Policy, so that they mean the same; the server's others are added."""
    import torch

    from rlve import losses

    if len(output.loss_fn_outputs) != len(data):
        raise RuntimeError(f"the server answered for {len(output.loss_fn_outputs)} data, expected {len(data)}")
    logprobs: list[np.ndarray[Any, Any]] = []
    values: list[np.ndarray[Any, Any]] = []
    for index, (datum, fields) in enumerate(zip(data, output.loss_fn_outputs, strict=True)):
        lp = _array(fields, "logprobs", index, len(datum))
        if "elementwise_loss" in fields:
            value = _array(fields, "elementwise_loss", index, len(datum))
        else:
            inputs = {name: torch.from_numpy(datum.loss_fn_inputs[name]) for name in LOSS_INPUTS[loss.name]}
            value = losses.elementwise(torch.from_numpy(lp), inputs, loss).numpy()
        if not np.isfinite(value).all():
            raise RuntimeError(
                f"the server's {loss.name} loss of datum {index} is NaN or infinite and it did not say so; its pending "
                "gradient cannot be trusted, so go on from a checkpoint"
            )
        logprobs.append(lp)
        values.append(value)
    result = losses.result(data, logprobs, values, loss)
    ours = {name.split(":")[0] for name in result.metrics}
    others = {name: value for name, value in output.metrics.items() if name.split(":")[0] not in ours}
    return LossResult(result.logprobs, result.elementwise_loss, {**others, **result.metrics})


def to_sampling_params(params: SamplingParams, end_tokens: frozenset[int], room: int) -> "types.SamplingParams":
    """room: tokens that fit behind the prompt.

    On the wire no stops means the model's end tokens, an empty list none at all, and other stops take their place.
    """
    from tinker import types

    if params.presence_penalty or params.frequency_penalty:
        raise ValueError("the Tinker API samples without presence_penalty and frequency_penalty; set both to 0")
    stop: Any = list(params.stop)
    if not stop:
        stop = [] if params.ignore_eos else None
    elif isinstance(stop[0], int) and not params.ignore_eos:
        stop = sorted({*stop, *end_tokens})
    return types.SamplingParams(
        max_tokens=min(params.max_tokens, room),
        seed=params.seed,
        stop=stop,
        temperature=params.temperature,
        top_k=params.top_k,
        top_p=params.top_p,
    )


def to_completion(
    sequence: "types.SampledSequence", version: int, params: SamplingParams, end_tokens: frozenset[int]
) -> Completion:
    tokens, logprobs, reason = sequence.tokens, sequence.logprobs, sequence.stop_reason
    if logprobs is None or len(logprobs) != len(tokens):
        raise RuntimeError(f"the server drew {len(tokens)} tokens without a log-probability for each of them")
    finish: FinishReason = "length" if reason == "length" else "stop"
    length = len(tokens)
    if not params.ignore_eos:
        ends = [index for index, token in enumerate(tokens) if token in end_tokens]
        if ends:
            # Stop strings cannot be asked for along with end tokens: what was drawn after one is cut off here.
            length, finish = ends[0] + 1, "eos"
    top = sequence.topk_logprobs if params.top_logprobs else None
    return Completion(
        tokens[:length],
        logprobs[:length],
        [version] * length,
        finish,
        None if top is None else [each or [] for each in top[:length]],
    )


def _array(fields: "types.LossFnOutput", name: str, index: int, length: int) -> np.ndarray[Any, Any]:
    array = fields[name].to_numpy().astype(np.float32) if name in fields else None
    if array is None or array.shape != (length,):
        found = "nothing" if array is None else f"shape {array.shape}"
        raise RuntimeError(f"the server's {name} of datum {index}: expected shape ({length},), found {found}")
    return array


def _future() -> Any:
    return asyncio.get_running_loop().create_future()


def _broken(cause: BaseException) -> RuntimeError:
    error = RuntimeError("an earlier weight sync of this policy failed, so it can no longer be used")
    error.__cause__ = cause
    return error


async def _reach(url: str) -> None:
    """ConfigError where nothing answers; the SDK itself would try for five minutes."""
    import httpx

    try:
        async with httpx.AsyncClient(timeout=10) as http:
            await http.get(f"{url.rstrip('/')}/api/v1/healthz")
    except (httpx.TransportError, httpx.InvalidURL) as error:
        raise ConfigError(
            f"policy.base_url: nothing answers at {url} ({_text(error)}); start a server there, for example with "
            "make serve, or set policy.base_url"
        ) from error


async def _close(service: "tinker.ServiceClient") -> None:
    import tinker

    with suppress(TimeoutError, tinker.TinkerError):
        async with asyncio.timeout(CLOSE_SECONDS):
            await service.close("success")


@contextmanager
def _explained(call: str, refused: type[ValueError] = ValueError) -> Iterator[None]:
    """The SDK's errors as the seam's: `refused` or NonFiniteLoss where the request is at fault, else RuntimeError."""
    import tinker
    from tinker.lib.retryable_exception import RetryableException

    try:
        yield
    except tinker.TinkerError as error:
        text = _text(error)
        if refused is BadDatum and NOT_FINITE.search(text):
            raise NonFiniteLoss(text) from error
        if _is_users(error):
            raise refused(f"the server refused {call}: {text}") from error
        raise RuntimeError(f"the server failed in {call}: {text}") from error
    except (RetryableException, ValueError) as error:
        # What the SDK raises where a result cannot be had: expired, of the wrong kind, or gone with its session.
        raise RuntimeError(f"the server failed in {call}: {_text(error)}") from error


def _is_users(error: "tinker.TinkerError") -> bool:
    import tinker

    if isinstance(error, tinker.RequestFailedError):
        return error.category.value == "user"
    return isinstance(error, tinker.APIStatusError) and error.status_code in (400, 413, 422)


def _text(error: Exception) -> str:
    """What the server said, without the SDK's wrapping."""
    body = getattr(error, "body", None)
    if isinstance(body, dict) and "detail" in body:
        return str(body["detail"])
    found = re.fullmatch(r"Request failed: (.*) for self\.request_id=.*", str(error), re.DOTALL)
    return found[1] if found else str(error) or type(error).__name__
