"""In the engine on CPU: the numbers of each request's own generator, taken many at a time.

vLLM asks every generator for one number at every step, which for a small model is a tenth of the step. The numbers and
so the tokens are the same.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from weakref import WeakKeyDictionary

import torch
from torch import Generator, Tensor

CHUNK = 64
LIMIT = 2**31


class RequestSeeds:
    """A request's numbers do not depend on the others in its batch, nor on when it is in one."""

    def __init__(self) -> None:
        self.left: WeakKeyDictionary[Generator, Iterator[int]] = WeakKeyDictionary()

    def take(self, count: int, generators: Mapping[int, Generator]) -> Tensor:
        """One number for each of `count` rows; generators: row → that of its request, where it has one."""
        seeds = torch.randint(0, LIMIT, (count,)).tolist()
        for row, generator in generators.items():
            seeds[row] = self._next(generator)
        return torch.tensor(seeds)

    def _next(self, generator: Generator) -> int:
        number = next(self.left.get(generator, iter(())), None)
        if number is None:
            chunk = iter(torch.randint(0, LIMIT, (CHUNK,), generator=generator).tolist())
            self.left[generator] = chunk
            number = next(chunk)
        return number


def install() -> None:
    """Into vLLM's sampler, which is told to return the log-probabilities of the scaled and filtered distribution."""
    from vllm.v1.sample.ops.topk_topp_sampler import TopKTopPSampler, apply_top_k_top_p

    taken, vllms = RequestSeeds(), TopKTopPSampler.forward_cpu

    def sample(
        self: Any, logits: Tensor, generators: dict[int, Generator], k: Tensor | None, p: Tensor | None
    ) -> tuple[Tensor, Tensor | None]:
        if self.use_fp64_gumbel or self.logprobs_mode != "processed_logprobs":
            return vllms(self, logits, generators, k, p)
        logits = apply_top_k_top_p(logits, k, p).float()
        logprobs = logits.log_softmax(-1)
        return torch.ops._C.fused_gumbel_argmax(logits, taken.take(len(logits), generators)), logprobs

    TopKTopPSampler.forward_cpu = sample
