"""In the engine: log-probabilities of a prompt's tokens under the adapter of its own request.

vLLM takes the rows of a prompt for one request each when it applies adapters of the output layer. Beside other requests
they would get the adapters of these, or the engine would end for shapes that do not fit.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from torch import Tensor


def install(runner: Any) -> None:
    """Into a model runner, which then looks at one request after the other."""
    if "_get_prompt_logprobs_dict" in vars(runner):
        return
    score = runner._get_prompt_logprobs_dict

    def score_each(hidden_states: Tensor, scheduled: Mapping[str, int]) -> dict[str, Any]:
        waiting, scores = runner.num_prompt_logprobs, {}
        for request in [each for each in waiting if each in scheduled]:
            runner.num_prompt_logprobs = alone = {request: waiting[request]}
            try:
                with _output_adapter(runner, request):
                    scores |= score(hidden_states, scheduled)
            finally:
                runner.num_prompt_logprobs = waiting
            if not alone:  # its prompt is done
                del waiting[request]
        return scores

    runner._get_prompt_logprobs_dict = score_each


@contextmanager
def _output_adapter(runner: Any, request: str) -> Iterator[None]:
    """Within it every row of logits gets the output layer's adapter of one request, or none where it has none."""
    manager = runner.lora_manager._adapter_manager
    lora = runner.requests[request].lora_request
    place = None if lora is None else manager.lora_index_to_id.index(lora.lora_int_id)

    def add(logits: Tensor, rows: Tensor, down: Tensor, up: Tensor, scale: float) -> Tensor:
        if place is not None:
            delta = scale * (rows.float() @ down[place, 0].float().T) @ up[place, 0].float().T
            width = min(logits.shape[-1], delta.shape[-1])  # adapter and layer may be padded differently
            logits[:, :width] += delta[:, :width].to(logits.dtype)
        return logits

    wrappers = list(manager.punica_wrapper_mapping.values())
    for wrapper in wrappers:
        wrapper.add_lora_logits = add
    try:
        yield
    finally:
        for wrapper in wrappers:
            del wrapper.add_lora_logits
