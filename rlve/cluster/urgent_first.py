"""vLLM's schedulers with a place that samples do not take: what is urgent waits for none of them to end."""

from typing import Any

from vllm.v1.core.sched.async_scheduler import AsyncScheduler
from vllm.v1.core.sched.scheduler import Scheduler


class _KeepsAPlace:
    max_num_running_reqs: int
    waiting: Any

    @property
    def max_num_active_reqs(self) -> int:
        """How many requests may run for the next that waits to be let in; what is urgent has a priority below 0."""
        urgent = bool(self.waiting) and self.waiting.peek_request().priority < 0
        return self.max_num_running_reqs - (0 if urgent else 1)

    @max_num_active_reqs.setter
    def max_num_active_reqs(self, value: int) -> None:
        """vLLM sets what its configuration says; here the number follows from max_num_seqs."""


class UrgentFirst(_KeepsAPlace, Scheduler):
    """Where the scheduler waits for each step, as on CPU."""


class AsyncUrgentFirst(_KeepsAPlace, AsyncScheduler):
    """Where it works on the next step meanwhile, as on GPUs."""
