"""The operations of a model: from a body to a value, and from what is stored back to that value."""

import json
import time

from rlve.server import wire
from rlve.server.futures import new_id
from rlve.server.parsing import parse
from rlve.server.requests import (
    ForwardBackwardRequest,
    ForwardRequest,
    LoadWeightsRequest,
    ModelRequest,
    OptimStepRequest,
    SaveWeightsExternalRequest,
    SaveWeightsForSamplerRequest,
    SaveWeightsRequest,
)
from rlve.server.tables import FutureRow

PROTOBUF = "application/x-protobuf"
JSON = "application/json"
LENIENT = ";lenient"
BIG_BYTES = 65_536
"""Bodies beyond this are parsed off the event loop, which others wait for."""
Save = SaveWeightsRequest | SaveWeightsForSamplerRequest | SaveWeightsExternalRequest
Call = wire.ForwardBackward | OptimStepRequest | Save | LoadWeightsRequest | ModelRequest


def decode(kind: str, body: bytes, content_type: str, lenient: bool) -> Call:
    """The operation that a body asks for, or BadRequest."""
    if kind in ("forward_backward", "forward"):
        if content_type == PROTOBUF:
            return wire.decode_forward_backward(body)
        forward = kind == "forward"
        return wire.from_json(parse(ForwardRequest if forward else ForwardBackwardRequest, body, lenient), forward)
    kinds = {
        "optim_step": OptimStepRequest,
        "save_weights": SaveWeightsRequest,
        "save_weights_for_sampler": SaveWeightsForSamplerRequest,
        "save_weights_external": SaveWeightsExternalRequest,
        "load_weights": LoadWeightsRequest,
        "unload_model": ModelRequest,
    }
    return parse(kinds[kind], body, lenient)


def number_in(body: bytes, content_type: str) -> tuple[str, int] | None:
    """The model and the number of an operation whose body has some other fault."""
    if content_type == PROTOBUF:
        named = wire.numbered(body)
    else:
        try:
            value = json.loads(body)
        except (ValueError, RecursionError):
            return None
        named = (value.get("model_id"), value.get("seq_id")) if isinstance(value, dict) else (None, None)
    model_id, seq = named
    if isinstance(model_id, str) and type(seq) is int and 0 < seq < 2**63:
        return model_id, seq
    return None


def operation(kind: str, model_id: str, number: int, body: bytes, content_type: str, lenient: bool) -> FutureRow:
    """What is stored of an accepted operation."""
    stored = content_type + LENIENT if lenient else content_type
    return FutureRow(
        new_id(), kind, "train", model_id, time.time(), number, model_id, content_type=stored, payload=body
    )


def stored_type(stored: str) -> tuple[str, bool]:
    """A stored content type: without the mark, and whether it was there."""
    return stored.removesuffix(LENIENT), stored.endswith(LENIENT)


def checkpoint_kind(call: Save) -> str:
    """The second part of the path of what a save makes."""
    if isinstance(call, SaveWeightsForSamplerRequest):
        return "sampler_weights"
    return "external_weights" if isinstance(call, SaveWeightsExternalRequest) else "weights"
