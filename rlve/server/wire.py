"""Bytes and JSON to Datum, Loss, LossResult and Completion, and back.

Both ways to write a forward_backward call, the SDK's protobuf and the seed's JSON, end in one ForwardBackward.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from google.protobuf.message import DecodeError
from numpy.typing import NDArray

from rlve.policy import LOSS_INPUTS, LOSS_OPTIONS, BadDatum, loss_options
from rlve.server import tinker_public_pb2 as pb
from rlve.server.parsing import BadRequest
from rlve.server.requests import CHUNKS, DATA, DatumBody, ForwardBackwardRequest, TensorData
from rlve.types import Completion, Datum, Loss, LossResult, PromptLogprobs

Array = NDArray[Any]

ZSTD_WINDOW = 2**25
"""Memory that a decompression may take, four times the window of the level that the SDK compresses with."""
SPARSE_CELLS = 2**24
"""Cells of a sparse tensor once it is dense."""
TOPK_EMPTY = -99999.0
"""The log-probability in a slot that has no token."""

_TENSOR_TYPES = {pb.DTYPE_FLOAT32: np.dtype("<f4"), pb.DTYPE_INT64: np.dtype("<i8")}
_UNSUPPORTED_LOSSES = {
    "stable_reinforce": "its objective is not published; pass loss_fn=importance_sampling",
    "custom": "custom losses run in the client (forward_backward_custom), which needs cross_entropy only",
}
_BARE_NAMES = {"ppo_kl": "ppo_kl:mean", "pg_clipfrac": "pg_clipfrac:mean"}


@dataclass(frozen=True, slots=True)
class ForwardBackward:
    """One call. seq_id None: the server gives the next. kept: positions that the client asked about, None for all."""

    model_id: str
    seq_id: int | None
    forward_only: bool
    data: list[Datum]
    loss: Loss
    kept: list[slice] | None = None


def decompress(body: bytes, limit: int) -> bytes:
    """zstd; BadRequest (413) as soon as the result has more than `limit` bytes."""
    import zstandard

    too_large = BadRequest(413, f"the body has more than {limit} bytes once decompressed; send fewer data per call")
    parts: list[bytes] = []
    size = 0
    try:
        stated = zstandard.get_frame_parameters(body).content_size
        known = stated < zstandard.CONTENTSIZE_ERROR
        if known and stated > limit:
            raise too_large
        reader = zstandard.ZstdDecompressor(max_window_size=ZSTD_WINDOW).stream_reader(body, read_across_frames=True)
        while part := reader.read(min(2**20, limit + 1 - size)):
            parts.append(part)
            size += len(part)
            if size > limit:
                raise too_large
    except zstandard.ZstdError:
        raise BadRequest(400, "the body is not zstd, as Content-Encoding says, or its window is too large") from None
    if known and size < stated:
        raise BadRequest(400, "the zstd body ends early")
    return b"".join(parts)


def decode_forward_backward(body: bytes) -> ForwardBackward:
    """The SDK's protobuf, or BadRequest."""
    message = pb.ForwardBackwardRequest()
    try:
        message.ParseFromString(body)
    except DecodeError:
        raise BadRequest(400, "the body is not a ForwardBackwardRequest in protobuf") from None
    if not message.model_id or len(message.model_id) > 256 or "\0" in message.model_id:
        raise BadRequest(422, "model_id: expected 1 to 256 characters")
    if message.seq_id < 0:
        raise BadRequest(422, f"seq_id: expected 1 or more, got {message.seq_id}")
    if len(message.data) > DATA:
        raise BadRequest(422, f"data: at most {DATA} data, got {len(message.data)}")
    loss = _loss(message.loss_fn, _options(message))
    data: list[Datum] = []
    for index, datum in enumerate(message.data):
        tensors = {name: _tensor(tensor, f"data[{index}], {name}") for name, tensor in datum.loss_fn_inputs.items()}
        data.append(_datum(index, _tokens(index, datum.model_input), tensors, loss.name)[0])
    return ForwardBackward(message.model_id, message.seq_id or None, message.forward_only, data, loss)


def numbered(body: bytes) -> tuple[str, int]:
    """Model and number of a body that may have any other fault; 0 where it has none."""
    message = pb.ForwardBackwardRequest()
    try:
        message.ParseFromString(body)
    except DecodeError:
        return "", 0
    return message.model_id, message.seq_id


def _options(message: pb.ForwardBackwardRequest) -> dict[str, float]:
    if not message.loss_fn_config_v2:
        return dict(message.loss_fn_config)
    options: dict[str, float] = {}
    for name, value in message.loss_fn_config_v2.items():
        if value.WhichOneof("value") != "number":
            raise BadRequest(400, f"loss_fn_config: {name[:40]}: options of a loss are numbers here, got text")
        options[name] = value.number
    return options


def _loss(name: str, options: Mapping[str, float]) -> Loss:
    """Beside the loss's own options, `temperature` is that of Loss."""
    if name in _UNSUPPORTED_LOSSES and name not in LOSS_OPTIONS:
        raise BadRequest(400, f"loss {name!r} is not supported: {_UNSUPPORTED_LOSSES[name]}")
    own = {key: value for key, value in options.items() if key != "temperature"}
    loss = Loss(name, own, options.get("temperature", 1.0))
    try:
        loss_options(loss)
    except BadDatum as error:
        raise BadRequest(400, str(error)) from None
    return loss


def _tokens(index: int, chunks: Sequence[pb.Chunk]) -> NDArray[np.int64]:
    if len(chunks) > CHUNKS:
        raise BadRequest(422, f"data[{index}]: at most {CHUNKS} chunks, got {len(chunks)}")
    for chunk in chunks:
        if (kind := chunk.WhichOneof("chunk")) != "encoded_text":
            raise BadRequest(400, f"data[{index}]: chunk type {kind!r} is not supported; models here read encoded_text")
    buffer = b"".join(chunk.encoded_text.tokens for chunk in chunks)
    if len(buffer) % 4:
        raise BadRequest(422, f"data[{index}]: tokens are 4 bytes each, got {len(buffer)} bytes")
    return np.frombuffer(buffer, "<i4").astype(np.int64)


def _tensor(message: pb.Tensor, place: str) -> Array:
    kind = _TENSOR_TYPES.get(message.dtype)
    if kind is None:
        raise BadRequest(422, f"{place}: the dtype must be float32 or int64")
    shape = list(message.shape)
    if message.HasField("sparse_csr"):
        sparse = message.sparse_csr
        values = _buffer(sparse.values, kind, place)
        rows, columns = (_buffer(part, np.dtype("<i8"), place) for part in (sparse.crow_indices, sparse.col_indices))
        return _dense(values, rows, columns, shape, place)
    return _shaped(_buffer(message.dense, kind, place), shape, place)


def _buffer(data: bytes, kind: np.dtype[Any], place: str) -> Array:
    if len(data) % kind.itemsize:
        raise BadRequest(422, f"{place}: {len(data)} bytes are no whole number of {kind.itemsize}-byte values")
    return np.frombuffer(data, kind)


def _shaped(values: Array, shape: list[int], place: str) -> Array:
    if not shape:
        return values
    if min(shape) < 0 or math.prod(shape) != values.size:
        raise BadRequest(422, f"{place}: {values.size} values do not fill the shape {shape}")
    return values.reshape(shape)


def _dense(values: Array, row_starts: Array, columns: Array, shape: list[int], place: str) -> Array:
    """From CSR; what is not listed is 0."""
    if len(shape) != 2 or min(shape) < 0 or math.prod(shape) > SPARSE_CELLS:
        raise BadRequest(
            422, f"{place}: a sparse tensor has a shape of two, of {SPARSE_CELLS} cells at most, got {shape}"
        )
    counts = np.diff(row_starts)
    if (
        len(row_starts) != shape[0] + 1
        or row_starts[0] != 0
        or row_starts[-1] != len(values)
        or len(columns) != len(values)
        or (counts < 0).any()
        or (len(columns) and not 0 <= columns.min() <= columns.max() < shape[1])
    ):
        raise BadRequest(422, f"{place}: the CSR indices do not fit each other and the shape {shape}")
    dense = np.zeros(shape, values.dtype)
    dense[np.repeat(np.arange(shape[0]), counts), columns] = values
    return dense


def from_json(request: ForwardBackwardRequest, forward_only: bool) -> ForwardBackward:
    """The JSON forms. Arrays shorter than the input are about its last tokens, as the seed's page has them."""
    given = request.input
    loss = _loss(given.loss_fn, given.loss_fn_config or {})
    made = [_listed_datum(index, datum, loss.name) for index, datum in enumerate(given.data)]
    data = [datum for datum, _ in made]
    kept = [positions for _, positions in made]
    whole = all(positions == slice(0, len(datum)) for datum, positions in made)
    return ForwardBackward(request.model_id, request.seq_id, forward_only, data, loss, None if whole else kept)


def _listed_datum(index: int, datum: DatumBody, loss: str) -> tuple[Datum, slice]:
    tokens = np.array(datum.model_input.token_ids, np.int64)
    arrays = {name: _listed(tensor, f"data[{index}], {name}") for name, tensor in datum.loss_fn_inputs.items()}
    return _datum(index, tokens, arrays, loss, suffix=True)


def _listed(tensor: TensorData, place: str) -> Array:
    try:
        values = np.asarray(tensor.data)
    except ValueError:
        values = np.empty((0, 0))
    if values.ndim != 1 or values.dtype.kind not in "ifb":
        raise BadRequest(422, f"{place}: data must be a flat list of numbers")
    values = (_narrowed if tensor.dtype in ("float32", "float64") else _whole)(values, place)
    shape = list(tensor.shape or ())
    rows, columns = tensor.sparse_crow_indices, tensor.sparse_col_indices
    if (rows is None) != (columns is None):
        raise BadRequest(422, f"{place}: sparse_crow_indices and sparse_col_indices go together")
    if rows is not None and columns is not None:
        return _dense(values, np.array(rows, np.int64), np.array(columns, np.int64), shape, place)
    return _shaped(values, shape, place)


def _narrowed(values: Array, place: str) -> NDArray[np.float32]:
    with np.errstate(over="ignore"):
        narrow = values.astype(np.float32)
    if not np.isfinite(narrow).all():
        raise BadRequest(422, f"{place}: a value is NaN, infinite or too large for float32")
    return narrow


def _whole(values: Array, place: str) -> NDArray[np.int64]:
    if values.dtype.kind == "f" and ((values != np.floor(values)) | ~(abs(values) < 2**63)).any():
        raise BadRequest(422, f"{place}: expected integers of 64 bits at most")
    return values.astype(np.int64)


def _datum(
    index: int, tokens: NDArray[np.int64], given: Mapping[str, Array], loss: str, suffix: bool = False
) -> tuple[Datum, slice]:
    """A Datum with the loss's inputs, and the positions of it that `given` is about.

    suffix: `given` may cover the last K < N tokens of the input. Then the input is shifted against itself, and weights
    and advantages are 0 before them; the log-probability of the token at i stands at i − 1.
    """
    place = f"data[{index}]"
    if not len(tokens):
        raise BadRequest(400, f"{place}: model_input has no tokens")
    needed = LOSS_INPUTS[loss]
    arrays: dict[str, Array] = {}
    for name, array in sorted(given.items()):  # the order of a map on the wire is anything
        if name not in needed:
            raise BadRequest(
                400, f"{place}: loss {loss!r} has no input {name[:40]!r}; its inputs are {', '.join(needed)}"
            )
        flat = _one_per_position(array, f"{place}, {name}")
        whole = name == "target_tokens"
        arrays[name] = _whole(flat, f"{place}, {name}") if whole else _narrowed(flat, f"{place}, {name}")
    if "target_tokens" not in arrays:
        raise BadRequest(400, f"{place} lacks 'target_tokens'; loss {loss!r} needs {', '.join(needed)}")
    targets = arrays["target_tokens"]
    if loss == "cross_entropy":
        arrays.setdefault("weights", np.ones(len(targets), np.float32))
    for name in needed:
        if name not in arrays:
            raise BadRequest(400, f"{place} lacks {name!r}; loss {loss!r} needs {', '.join(needed)}")
        if len(arrays[name]) != len(targets):
            raise BadRequest(
                400,
                f"{place}: {name!r} has {len(arrays[name])} values and target_tokens {len(targets)}; they go together",
            )
    if len(targets) == len(tokens):
        return Datum(tokens, arrays), slice(0, len(tokens))
    if not suffix or not 0 < len(targets) < len(tokens):
        allowed = "or fewer, for its last tokens" if suffix else "one for each"
        raise BadRequest(
            400, f"{place}: target_tokens has {len(targets)} values; expected {len(tokens)} as model_input, {allowed}"
        )
    start = len(tokens) - 1 - len(targets)
    if (targets != tokens[start + 1 :]).any():
        raise BadRequest(
            400,
            f"{place}: target_tokens is shorter than model_input, so it must be the input's last {len(targets)} tokens",
        )
    widened = {name: np.concatenate([np.zeros(start, array.dtype), array]) for name, array in arrays.items()}
    return Datum(tokens[:-1], widened | {"target_tokens": tokens[1:]}), slice(start, len(tokens) - 1)


def _one_per_position(array: Array, place: str) -> Array:
    if array.ndim == 2 and array.shape[1] == 1:
        return array[:, 0]
    if array.ndim != 1:
        raise BadRequest(
            400, f"{place} has shape {array.shape}; expected one value per position, several targets are not supported"
        )
    return array


def cut(result: LossResult, kept: Sequence[slice] | None) -> LossResult:
    """Only the positions that the client asked about."""
    if kept is None:
        return result
    logprobs = [array[part] for array, part in zip(result.logprobs, kept, strict=True)]
    losses = [array[part] for array, part in zip(result.elementwise_loss, kept, strict=True)]
    return LossResult(logprobs, losses, result.metrics)


def encode_loss_result(result: LossResult) -> bytes:
    """ForwardBackwardOutput with one record."""
    for name in result.metrics:
        if name.count(":") != 1:
            raise ValueError(f"a metric is named name:reduction, got {name!r}")
    message = pb.ForwardBackwardOutput(loss_fn_output_type="ArrayRecord", metrics=result.metrics)
    record = message.loss_fn_outputs.add(type_tag="ArrayRecord", num_datums=len(result.logprobs))
    for name, arrays in (("logprobs", result.logprobs), ("elementwise_loss", result.elementwise_loss)):
        offsets = np.cumsum([0, *(4 * len(array) for array in arrays)], dtype="<i8")
        field = record.fields[name]
        field.data = b"".join(np.ascontiguousarray(array, "<f4").tobytes() for array in arrays)
        field.offsets = offsets.tobytes()
        field.dtype = pb.DTYPE_FLOAT32
    return message.SerializeToString(deterministic=True)


def decode_loss_result(body: bytes) -> LossResult:
    """The inverse of encode_loss_result."""
    message = pb.ForwardBackwardOutput.FromString(body)
    (record,) = message.loss_fn_outputs
    arrays: dict[str, list[NDArray[np.float32]]] = {}
    for name in ("logprobs", "elementwise_loss"):
        values = np.frombuffer(record.fields[name].data, "<f4").astype(np.float32)
        offsets = np.frombuffer(record.fields[name].offsets, "<i8") // 4
        arrays[name] = [values[start:end] for start, end in pairwise(offsets)]
    return LossResult(arrays["logprobs"], arrays["elementwise_loss"], dict(message.metrics))


def loss_result_json(result: LossResult, bare_names: bool) -> dict[str, Any]:
    """A ForwardBackwardResult. bare_names: `ppo_kl` and `pg_clipfrac` too, as the seed's page has them."""
    metrics = {name: _number(value) for name, value in result.metrics.items()}
    if bare_names:
        metrics |= {bare: metrics[name] for bare, name in _BARE_NAMES.items() if name in metrics}
    outputs = [
        {"logprobs": _tensor_json(logprobs), "elementwise_loss": _tensor_json(losses)}
        for logprobs, losses in zip(result.logprobs, result.elementwise_loss, strict=True)
    ]
    return {"loss_fn_output_type": "ArrayRecord", "loss_fn_outputs": outputs, "metrics": metrics}


def _tensor_json(array: NDArray[np.float32]) -> dict[str, Any]:
    return {"data": _numbers(array), "dtype": "float32", "shape": [len(array)]}


def _numbers(array: NDArray[np.float32]) -> list[float | None]:
    """JSON has no NaN and no infinity: null."""
    values = array.tolist()
    return values if np.isfinite(array).all() else [_number(value) for value in values]


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None


def encode_samples(
    completions: Sequence[Completion], prompt: PromptLogprobs | None = None, last: int | None = None, cached: int = 0
) -> bytes:
    """SampleResponse. last: only the prompt's last tokens were asked for. cached: prompt tokens that were not computed.

    The protobuf has no word for an end-of-sequence token; a field of ours keeps it.
    """
    message = pb.SampleResponse(prompt_cache_hit_tokens=cached)
    for completion in completions:
        if completion.unfinished:
            raise ValueError("an aborted completion is no answer; the request must fail or be sampled again")
        sequence = message.sequences.add(
            stop_reason=pb.STOP_REASON_LENGTH if completion.truncated else pb.STOP_REASON_STOP,
            tokens=np.array(completion.tokens, "<i4").tobytes(),
            logprobs=np.array(completion.logprobs, "<f4").tobytes(),
            ended_by_eos=completion.finish_reason == "eos",
        )
        if completion.top_logprobs is not None:
            sequence.topk_sampled_logprobs.CopyFrom(_topk(completion.top_logprobs))
    if prompt is not None:
        first = 0 if last is None else max(0, len(prompt.logprobs) - last)
        scored = [None if index < first else value for index, value in enumerate(prompt.logprobs)]
        message.prompt_logprobs = np.array(scored, "<f4").tobytes()
        if prompt.top is not None:
            rows = [[] if index < first else row for index, row in enumerate(prompt.top)]
            message.topk_prompt_logprobs.CopyFrom(_topk(rows))
    return message.SerializeToString(deterministic=True)


def _topk(rows: Sequence[Sequence[tuple[int, float]]]) -> pb.TopkLogprobs:
    width = max((len(row) for row in rows), default=0)
    tokens = np.zeros((len(rows), width), "<i4")
    logprobs = np.full((len(rows), width), TOPK_EMPTY, "<f4")
    for index, row in enumerate(rows):
        if row:
            tokens[index, : len(row)], logprobs[index, : len(row)] = zip(*row, strict=True)
    return pb.TopkLogprobs(token_ids=tokens.tobytes(), logprobs=logprobs.tobytes(), k=width, length=len(rows))


def samples_json(body: bytes) -> dict[str, Any]:
    """A SampleResult from what encode_samples wrote."""
    message = pb.SampleResponse.FromString(body)
    prompt = np.frombuffer(message.prompt_logprobs, "<f4")
    return {
        "sequences": [_sequence_json(sequence) for sequence in message.sequences],
        "prompt_logprobs": _numbers(prompt) if message.HasField("prompt_logprobs") else None,
        "topk_prompt_logprobs": (
            list(_topk_json(message.topk_prompt_logprobs)) if message.HasField("topk_prompt_logprobs") else None
        ),
        "prompt_cache_hit_tokens": message.prompt_cache_hit_tokens,
    }


def _sequence_json(message: pb.SampledSequence) -> dict[str, Any]:
    length = message.stop_reason == pb.STOP_REASON_LENGTH
    top = message.topk_sampled_logprobs
    return {
        "tokens": np.frombuffer(message.tokens, "<i4").tolist(),
        "logprobs": _numbers(np.frombuffer(message.logprobs, "<f4")),
        "finish_reason": "length" if length else "eos" if message.ended_by_eos else "stop",
        "stop_reason": "length" if length else "stop",
        "topk_logprobs": list(_topk_json(top)) if message.HasField("topk_sampled_logprobs") else None,
    }


def _topk_json(message: pb.TopkLogprobs) -> Iterable[list[tuple[int, float | None]] | None]:
    """Per position the filled slots, or None where there is none."""
    shape = message.length, message.k
    tokens = np.frombuffer(message.token_ids, "<i4").reshape(shape).tolist()
    logprobs = np.frombuffer(message.logprobs, "<f4").reshape(shape).tolist()
    for ids, values in zip(tokens, logprobs, strict=True):
        pairs = zip(ids, values, strict=True)
        yield [(token, _number(value)) for token, value in pairs if (token, value) != (0, TOPK_EMPTY)] or None
