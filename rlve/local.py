"""LocalPolicy: the seam's promises in one process and the plainest PyTorch. What the cluster is checked against."""

import asyncio
import copy
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch

from rlve import losses, models
from rlve.cluster import limits, weight_transfer
from rlve.config import AdamParams, LoraConfig, SamplingParams
from rlve.policy import (
    LOSS_INPUTS,
    PROBE_TOKENS,
    InFlight,
    Limits,
    NonFiniteLoss,
    SyncReport,
    check_data,
    check_prompt,
    probe_datum,
    probe_prompt,
)
from rlve.types import Completion, Datum, FinishReason, Loss, LossResult, PromptLogprobs

T = TypeVar("T")


class LocalPolicy:
    """One model that learns and a copy of it that samples. One thread does everything, in the order of submission."""

    def __init__(self, path: Path, dtype: str, lora: LoraConfig | None, max_seq_len: int, seed: int = 0) -> None:
        self.model = models.load(path, dtype, lora)
        self.path, self.dtype, self.lora = path, dtype, lora
        self.max_seq_len = max_seq_len
        self.causal = models.causal_model(self.model)
        self.vocabulary_size = int(self.causal.config.get_text_config().vocab_size)
        self.end_tokens = models.end_tokens(path)
        self.parameters = {name: p for name, p in self.model.named_parameters() if p.requires_grad}
        self.optimizer = torch.optim.AdamW(self.parameters.values(), lr=0.0)
        self.step_count = 0
        self.version = 0
        self.seeds = np.random.default_rng(seed)
        self.sampler = copy.deepcopy(self.model).eval()
        self.kept: dict[int, dict[str, torch.Tensor]] = {}
        self.aborts = 0
        self.thread = ThreadPoolExecutor(1)

    async def _run(self, call: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self.thread, call)

    async def sample(
        self, prompt: Sequence[int], params: SamplingParams, count: int, version: int | None = None
    ) -> list[Completion]:
        check_prompt(prompt, self.vocabulary_size, self.max_seq_len)
        aborts = self.aborts
        return await self._run(lambda: self._sample(list(prompt), params, count, version, aborts))

    async def score(self, prompt: Sequence[int], top_k: int = 0, version: int | None = None) -> PromptLogprobs:
        check_prompt(prompt, self.vocabulary_size, self.max_seq_len)
        return await self._run(lambda: self._score(list(prompt), top_k, version))

    async def abort_samples(self) -> None:
        self.aborts += 1

    async def forward(self, data: Sequence[Datum], loss: Loss) -> LossResult:
        check_data(data, loss, self.vocabulary_size, self.max_seq_len)
        return await self._run(lambda: self._compute(list(data), loss, backward=False))

    async def forward_backward(self, data: Sequence[Datum], loss: Loss) -> LossResult:
        check_data(data, loss, self.vocabulary_size, self.max_seq_len)
        return await self._run(lambda: self._compute(list(data), loss, backward=True))

    async def optim_step(self, adam: AdamParams) -> dict[str, float]:
        return await self._run(lambda: self._optim_step(adam))

    async def save_weights_for_sampler(
        self, keep: bool = False, path: str | None = None, in_flight: InFlight = "finish"
    ) -> SyncReport:
        """Calls take turns, so that samples before it have finished, whatever in_flight says."""
        return await self._run(lambda: self._sync(keep, path))

    async def limits(self) -> Limits:
        return await self._run(lambda: limits.of_process("cpu", self.dtype, torch.get_num_threads()))

    async def release_version(self, version: int) -> None:
        if self.kept.pop(version, None) is None:
            raise ValueError(f"version {version} is not kept; kept are {sorted(self.kept)}")

    async def save_weights(self, path: str, merged: bool = True) -> None:
        await self._run(lambda: self._save(Path(path), merged))

    async def load_weights(self, path: str, optimizer: bool = True) -> None:
        await self._run(lambda: self._load(Path(path), optimizer))

    async def close(self) -> None:
        self.thread.shutdown()

    def _sync(self, keep: bool, path: str | None) -> SyncReport:
        started = time.perf_counter()
        self.sampler.load_state_dict(self.model.state_dict())
        self.version += 1
        sent = {name: weight_transfer.digest(tensor) for name, tensor in self.model.state_dict().items()}
        weight_transfer.prove(
            sent, {name: weight_transfer.digest(tensor) for name, tensor in self.sampler.state_dict().items()}
        )
        prompt = probe_prompt(self.vocabulary_size)
        drawn = self._sample(prompt, SamplingParams(max_tokens=PROBE_TOKENS, seed=self.version), 1, None, self.aborts)
        known = self._compute([probe_datum(prompt, drawn[0])], Loss("cross_entropy"), backward=False).logprobs[0]
        gap = weight_transfer.prove_probe(drawn[0].logprobs, known[len(prompt) - 1 :].tolist(), self.dtype)
        if keep:
            self.kept[self.version] = {name: p.detach().clone() for name, p in self.parameters.items()}
        if path is not None:
            self._write(Path(path), merged=False)
        return SyncReport(self.version, len(sent), gap, time.perf_counter() - started)

    def _compute(self, data: list[Datum], loss: Loss, backward: bool) -> LossResult:
        logprobs: list[Any] = []
        values: list[Any] = []
        total = torch.zeros((), dtype=torch.float64)
        with torch.set_grad_enabled(backward):
            for datum in data:
                inputs = {name: torch.from_numpy(datum.loss_fn_inputs[name]) for name in LOSS_INPUTS[loss.name]}
                lp = self._logprobs(torch.from_numpy(datum.model_input), inputs["target_tokens"], loss.temperature)
                elementwise = losses.elementwise(lp, inputs, loss)
                if not torch.isfinite(elementwise.sum()):
                    self.optimizer.zero_grad()
                    raise NonFiniteLoss(
                        f"the {loss.name} loss came out as NaN or infinite; the pending gradient has been cleared, "
                        "nothing was applied, and the policy can be used on"
                    )
                if backward:
                    elementwise.sum().backward()
                total += elementwise.detach().sum().double()
                logprobs.append(lp.detach().numpy())
                values.append(elementwise.detach().numpy())
        return losses.result(data, logprobs, values, loss)

    def _logprobs(self, tokens: torch.Tensor, targets: torch.Tensor, temperature: float) -> torch.Tensor:
        logits = self.model(input_ids=tokens[None], use_cache=False).logits[0].float() / temperature
        return torch.log_softmax(logits, -1).gather(-1, targets[:, None]).squeeze(-1)

    def _optim_step(self, adam: AdamParams) -> dict[str, float]:
        for parameter in self.parameters.values():
            if parameter.grad is None:
                parameter.grad = torch.zeros_like(parameter)
        for group in self.optimizer.param_groups:
            group.update(
                lr=adam.learning_rate, betas=(adam.beta1, adam.beta2), eps=adam.eps, weight_decay=adam.weight_decay
            )
        # In float64: a float32 sum of squares over an embedding is off by 1e-5.
        norm = torch.stack([p.grad.double().norm() for p in self.parameters.values() if p.grad is not None]).norm()
        if adam.grad_clip_norm and norm > adam.grad_clip_norm:
            for parameter in self.parameters.values():
                assert parameter.grad is not None
                parameter.grad *= float(adam.grad_clip_norm / norm)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.step_count += 1
        return {"grad_norm": float(norm), "step_count": float(self.step_count)}

    def _write(self, path: Path, merged: bool) -> None:
        if merged or self.lora is None:
            models.write_folder(self.path, path, models.merged_weights(self.model))
        else:
            files = models.adapter_files(self.path, self.lora, models.adapter_weights(self.model))
            models.write_files(path, files)
            models.copy_tokenizer(self.path, path)

    def _save(self, path: Path, merged: bool) -> None:
        self._write(path, merged)
        tensors: dict[str, torch.Tensor] = {}
        for name, parameter in self.parameters.items():
            state = self.optimizer.state.get(parameter, {})
            tensors[f"{name}|weight"] = parameter.detach().float().clone()
            for kind in ("exp_avg", "exp_avg_sq"):
                tensors[f"{name}|{kind}"] = state.get(kind, torch.zeros_like(parameter)).float().clone()
        models.write_trainer_state(path, tensors, self.step_count, self.path, self.lora)

    def _load(self, path: Path, optimizer: bool) -> None:
        from safetensors.torch import load_file

        tensors = load_file(path / models.TRAINER_STATE)
        self.step_count = models.saved_steps(path) if optimizer else 0
        self.optimizer.zero_grad()
        self.optimizer.state.clear()
        for name, parameter in self.parameters.items():
            with torch.no_grad():
                parameter.copy_(tensors[f"{name}|weight"])
            if optimizer:
                self.optimizer.state[parameter] = {
                    "step": torch.tensor(float(self.step_count)),
                    "exp_avg": tensors[f"{name}|exp_avg"].to(parameter),
                    "exp_avg_sq": tensors[f"{name}|exp_avg_sq"].to(parameter),
                }

    @contextmanager
    def _weights(self, version: int | None) -> Iterator[None]:
        """The sampler has the weights of a version meanwhile."""
        if version in (None, self.version):
            yield
            return
        if version not in self.kept:
            known = ", ".join(map(str, sorted({*self.kept, self.version})))
            raise ValueError(f"this policy has version {known} to sample from; got {version}")
        now = {name: p.detach().clone() for name, p in self.sampler.named_parameters() if name in self.parameters}
        self.sampler.load_state_dict(self.kept[version], strict=False)
        try:
            yield
        finally:
            self.sampler.load_state_dict(now, strict=False)

    @torch.no_grad()
    def _score(self, prompt: list[int], top_k: int, version: int | None) -> PromptLogprobs:
        with self._weights(version):
            logits = self.sampler(input_ids=torch.tensor([prompt]), use_cache=False).logits[0].float()
        lp = torch.log_softmax(logits[:-1], -1)
        known = [None, *lp.gather(-1, torch.tensor(prompt[1:])[:, None]).squeeze(-1).tolist()]
        return PromptLogprobs(known, [[], *(_likeliest(row, top_k) for row in lp)] if top_k else None)

    def _sample(
        self, prompt: list[int], params: SamplingParams, count: int, version: int | None, aborts: int
    ) -> list[Completion]:
        with self._weights(version):
            return self._draw(prompt, params, count, self.version if version is None else version, aborts)

    @torch.no_grad()
    def _draw(
        self, prompt: list[int], params: SamplingParams, count: int, version: int, aborts: int
    ) -> list[Completion]:
        budget = min(params.max_tokens, self.max_seq_len - len(prompt))
        end_tokens = frozenset[int]() if params.ignore_eos else self.end_tokens
        stop_tokens = {stop for stop in params.stop if isinstance(stop, int)}
        first_seed = int(self.seeds.integers(2**31)) if params.seed is None else params.seed
        generators = [torch.Generator().manual_seed(first_seed + index) for index in range(count)]
        tokens: list[list[int]] = [[] for _ in range(count)]
        logprobs: list[list[float]] = [[] for _ in range(count)]
        top: list[list[list[tuple[int, float]]]] = [[] for _ in range(count)]
        reasons: list[FinishReason | None] = [None] * count
        cache = None
        step = torch.tensor([prompt] * count)
        while any(reason is None for reason in reasons):
            if self.aborts != aborts:
                reasons = [reason or "abort" for reason in reasons]
                break
            out = self.sampler(input_ids=step, past_key_values=cache, use_cache=True)
            cache = out.past_key_values
            chosen = [0] * count
            for index, logits in enumerate(out.logits[:, -1].float()):
                if reasons[index] is not None:
                    continue
                scaled = torch.log_softmax(_filtered(logits, params), -1)
                token = (
                    int(torch.multinomial(scaled.exp(), 1, generator=generators[index]))
                    if params.temperature
                    else int(scaled.argmax())
                )
                chosen[index] = token
                tokens[index].append(token)
                logprobs[index].append(float(scaled[token]))
                if params.top_logprobs:
                    top[index].append(_likeliest(scaled, params.top_logprobs))
                if token in end_tokens:
                    reasons[index] = "eos"
                elif token in stop_tokens:
                    reasons[index] = "stop"
                elif len(tokens[index]) == budget:
                    reasons[index] = "length"
            step = torch.tensor(chosen)[:, None]
        return [
            Completion(
                tokens[index],
                logprobs[index],
                [version] * len(tokens[index]),
                reason,
                top[index] if params.top_logprobs else None,
            )
            for index, reason in enumerate(reasons)
            if reason is not None
        ]


def _likeliest(logprobs: torch.Tensor, count: int) -> list[tuple[int, float]]:
    found = logprobs.topk(min(count, len(logprobs)))
    return list(zip(found.indices.tolist(), found.values.tolist(), strict=True))


def _filtered(logits: torch.Tensor, params: SamplingParams) -> torch.Tensor:
    if any(isinstance(stop, str) for stop in params.stop) or params.presence_penalty or params.frequency_penalty:
        raise ValueError("the local policy samples without stop strings and penalties; use cluster.backend=ray")
    scaled = logits / params.temperature if params.temperature else logits
    if params.top_k > 0:
        scaled = scaled.masked_fill(scaled < scaled.topk(min(params.top_k, len(scaled))).values[-1], -torch.inf)
    if params.top_p < 1:
        ordered = scaled.softmax(-1).sort(descending=True)
        outside = ordered.values.cumsum(-1) - ordered.values > params.top_p
        scaled = scaled.index_fill(0, ordered.indices[outside], -torch.inf)
    return scaled
