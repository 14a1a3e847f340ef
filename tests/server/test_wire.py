"""The codec against the stock SDK's own converters, and the alignment of the seed's JSON."""

import json
import subprocess
import sys
import time
from typing import Any

import numpy as np
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st
from tinker import types as sdk
from tinker.proto import tinker_public_pb2 as sdk_pb
from tinker.proto.request_conv import forward_backward_request_to_proto
from tinker.proto.response_conv import deserialize_forward_backward_output, deserialize_sample_response

from rlve.server import responses, wire
from rlve.server import tinker_public_pb2 as pb
from rlve.server.parsing import BadRequest, parse
from rlve.server.requests import ForwardBackwardRequest
from rlve.types import Completion, LossResult, PromptLogprobs
from tests.server import seed_page

WEIGHTS = np.array([0.0, 1.0, -2.5], np.float32)
TARGETS = np.array([2, 3, 4], np.int64)


def sdk_datum(chunks: list[list[int]] | None = None, **inputs: Any) -> sdk.Datum:
    given = {"target_tokens": TARGETS, "weights": WEIGHTS} | inputs
    texts = [sdk.EncodedTextChunk(tokens=tokens) for tokens in chunks or [[1, 2, 3]]]
    return sdk.Datum(model_input=sdk.ModelInput(chunks=texts), loss_fn_inputs=given)


def sdk_body(data: list[sdk.Datum], loss: str = "cross_entropy", config: Any = None, seq_id: int | None = 4) -> bytes:
    given = sdk.ForwardBackwardInput(data=data, loss_fn=loss, loss_fn_config=config)  # pyright: ignore
    request = sdk.ForwardBackwardRequest(forward_backward_input=given, model_id="s:train:0", seq_id=seq_id)
    return forward_backward_request_to_proto(request).SerializeToString()


def seed_call(data: list[Any], loss: str = "cross_entropy", **rest: Any) -> wire.ForwardBackward:
    body = json.dumps({"model_id": "m", "data": data, "loss_fn": loss} | rest).encode()
    return wire.from_json(parse(ForwardBackwardRequest, body, lenient=False), forward_only=False)


def refusal(body: bytes) -> tuple[int, str]:
    with pytest.raises(BadRequest) as caught:
        wire.decode_forward_backward(body)
    return caught.value.status, caught.value.detail


def seed_refusal(data: list[Any], loss: str = "cross_entropy", **rest: Any) -> tuple[int, str]:
    with pytest.raises(BadRequest) as caught:
        seed_call(data, loss, **rest)
    return caught.value.status, caught.value.detail


# The descriptors


@pytest.mark.parametrize("order", [("rlve.server", "tinker.proto"), ("tinker.proto", "rlve.server")])
def test_one_process_can_load_our_descriptors_and_the_sdks(order: tuple[str, str]):
    code = f"import {order[0]}.tinker_public_pb2 as a, {order[1]}.tinker_public_pb2 as b; a.Datum(), b.Datum()"
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)


@pytest.mark.parametrize("name", [name for name, kind in vars(pb).items() if hasattr(kind, "DESCRIPTOR")])
def test_our_messages_have_the_fields_of_the_sdks(name: str):
    ours = getattr(pb, name).DESCRIPTOR
    theirs = {"EncodedText": "EncodedTextChunk", "Image": "ImageChunk", "Dmel": "DmelChunk"}.get(name, name)
    theirs = {"TokenSpan": "PromptProvenanceSpan"}.get(theirs, theirs)
    expected = getattr(sdk_pb, theirs).DESCRIPTOR
    if hasattr(ours, "values_by_name"):
        assert {value.name: value.number for value in ours.values} == {v.name: v.number for v in expected.values}
        return
    for field in expected.fields:
        found = ours.fields_by_number[field.number]
        assert (found.name, found.type, found.is_repeated) == (field.name, field.type, field.is_repeated)
    extra = {field.name for field in ours.fields} - {field.name for field in expected.fields}
    assert extra == ({"ended_by_eos"} if name == "SampledSequence" else set())


# Requests in protobuf


def test_what_the_sdk_encodes_is_decoded():
    policy = sdk.Datum(
        model_input=sdk.ModelInput.from_ints([1, 2, 3]),
        loss_fn_inputs={"target_tokens": TARGETS, "logprobs": WEIGHTS, "advantages": 2 * WEIGHTS},
    )
    config = {"clip_low_threshold": 0.5, "clip_high_threshold": 1.5}
    call = wire.decode_forward_backward(sdk_body([policy, policy], "ppo", config))
    assert (call.model_id, call.seq_id, call.forward_only, call.kept) == ("s:train:0", 4, False, None)
    assert (call.loss.name, dict(call.loss.options), call.loss.temperature) == ("ppo", config, 1.0)
    assert len(call.data) == 2
    for datum in call.data:
        assert datum.model_input.tolist() == [1, 2, 3]
        assert datum.model_input.dtype == np.int64
        assert {name: array.dtype for name, array in datum.loss_fn_inputs.items()} == {
            "target_tokens": np.int64,
            "logprobs": np.float32,
            "advantages": np.float32,
        }
        assert datum.loss_fn_inputs["advantages"].tolist() == (2 * WEIGHTS).tolist()
        assert all(array.flags.writeable for array in datum.loss_fn_inputs.values())


def test_a_text_in_many_chunks_is_one_text():
    (datum,) = wire.decode_forward_backward(sdk_body([sdk_datum([[1], [], [2, 3]])])).data
    assert datum.model_input.tolist() == [1, 2, 3]


def test_provenance_is_accepted_and_not_used():
    span = sdk.PromptProvenanceSpan(sequence_id="q", length=3)
    body = sdk_body([sdk_datum().with_provenance([span], [span])])
    assert wire.decode_forward_backward(body).data[0].model_input.tolist() == [1, 2, 3]


def test_cross_entropy_without_weights_weighs_every_target_once():
    body = sdk_body([sdk.Datum(sdk.ModelInput.from_ints([1, 2, 3]), {"target_tokens": TARGETS})])  # pyright: ignore
    assert wire.decode_forward_backward(body).data[0].loss_fn_inputs["weights"].tolist() == [1, 1, 1]


def test_options_prefer_the_newer_field_and_know_a_temperature():
    message = pb.ForwardBackwardRequest.FromString(sdk_body([sdk_datum()], "dro", {"beta": 0.5, "temperature": 0.7}))
    message.loss_fn = "dro"
    del message.data[:]
    message.loss_fn_config["beta"] = 9.0
    loss = wire.decode_forward_backward(message.SerializeToString()).loss
    assert (dict(loss.options), loss.temperature) == ({"beta": 0.5}, 0.7)
    message.ClearField("loss_fn_config_v2")
    assert wire.decode_forward_backward(message.SerializeToString()).loss.options == {"beta": 9.0}


def test_no_number_in_the_lane_is_none():
    assert wire.decode_forward_backward(sdk_body([sdk_datum()], seq_id=None)).seq_id is None


def test_a_column_of_targets_is_squeezed_and_several_are_refused():
    column = sdk_datum(target_tokens=TARGETS[:, None], weights=WEIGHTS[:, None])
    (datum,) = wire.decode_forward_backward(sdk_body([column])).data
    assert datum.loss_fn_inputs["target_tokens"].tolist() == TARGETS.tolist()
    several = sdk_datum(target_tokens=np.stack([TARGETS, TARGETS], 1), weights=np.ones((3, 2), np.float32))
    status, detail = refusal(sdk_body([sdk_datum(), several]))
    assert status == 400
    assert "data[1]" in detail
    assert "(3, 2)" in detail


def sparse_body(crow: list[int], columns: list[int], values: list[int], shape: list[int]) -> bytes:
    weights = sdk.TensorData(data=[1.0] * 3, dtype="float32", shape=[3])
    targets = sdk.TensorData(values, "int64", shape, sparse_crow_indices=crow, sparse_col_indices=columns)
    return sdk_body([sdk_datum(target_tokens=targets, weights=weights)])


def test_a_sparse_tensor_becomes_dense_with_zeros():
    (datum,) = wire.decode_forward_backward(sparse_body([0, 1, 1, 2], [0, 0], [7, 9], [3, 1])).data
    assert datum.loss_fn_inputs["target_tokens"].tolist() == [7, 0, 9]


@given(st.integers(0, 5), st.integers(1, 4), st.data())
@settings(max_examples=60, deadline=None)
def test_dense_from_csr_agrees_with_the_sdk(rows: int, columns: int, data: st.DataObject):
    cells = data.draw(st.lists(st.integers(0, 3), min_size=rows * columns, max_size=rows * columns))
    dense = np.array(cells, np.int64).reshape(rows, columns)
    starts = np.concatenate([[0], np.cumsum((dense != 0).sum(1))]).astype(np.int64)
    message = pb.Tensor(dtype=pb.DTYPE_INT64, shape=dense.shape)
    message.sparse_csr.values = dense[dense != 0].tobytes()
    message.sparse_csr.crow_indices = starts.tobytes()
    message.sparse_csr.col_indices = np.nonzero(dense)[1].astype(np.int64).tobytes()
    assert wire._tensor(message, "x").tolist() == dense.tolist()
    if rows:
        told = sdk.TensorData(
            dense[dense != 0], "int64", list(dense.shape), starts.tolist(), np.nonzero(dense)[1].tolist()
        )
        assert told.to_numpy().tolist() == dense.tolist()


@pytest.mark.parametrize(
    ("crow", "columns", "values", "shape"),
    [
        ([0, 1, 1], [0], [7], [3, 1]),
        ([0, 1, 1, 5], [0], [7], [3, 1]),
        ([1, 1, 1, 1], [0], [7], [3, 1]),
        ([0, 2, 1, 1], [0], [7], [3, 1]),
        ([0, 1, 1, 1], [1], [7], [3, 1]),
        ([0, 1, 1, 1], [-1], [7], [3, 1]),
        ([0, 1, 1, 1], [0], [7], [3]),
        ([0, 1, 1, 1], [0], [7], [2**40, 2**40]),
        ([0, 1, 1, 1], [0], [7], [-3, -1]),
    ],
)
def test_bad_csr_indices_are_refused(crow: list[int], columns: list[int], values: list[int], shape: list[int]):
    assert refusal(sparse_body(crow, columns, values, shape))[0] == 422


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (b"\xff\xff\xff", 400, "protobuf"),
        (b"", 422, "model_id"),
        (sdk_body([sdk_datum()], "sft"), 400, "unknown loss 'sft'"),
        (sdk_body([sdk_datum()], "stable_reinforce"), 400, "pass loss_fn=importance_sampling"),
        (sdk_body([sdk_datum()], "custom"), 400, "forward_backward_custom"),
        (sdk_body([sdk_datum()], "dro"), 400, "beta"),
        (sdk_body([sdk_datum()], "ppo", {"epsilon": 0.2}), 400, "epsilon"),
        (sdk_body([sdk_datum()], "ppo", {"mode": "clip"}), 400, "mode"),
        (sdk_body([sdk_datum(), sdk_datum(mask=WEIGHTS)]), 400, "data[1]: loss 'cross_entropy' has no input 'mask'"),
        (sdk_body([sdk_datum()], "ppo"), 400, "data[0]: loss 'ppo' has no input 'weights'"),
        (sdk_body([sdk_datum(weights=WEIGHTS[:2])]), 400, "data[0]: 'weights' has 2 values"),
        (sdk_body([sdk_datum([[1, 2, 3, 4]])]), 400, "data[0]: target_tokens has 3 values; expected 4"),
        (sdk_body([sdk_datum(weights=np.array([1, np.nan, 1], np.float32))]), 422, "data[0], weights: a value is NaN"),
        (sdk_body([sdk_datum(target_tokens=WEIGHTS)]), 422, "data[0], target_tokens: expected integers"),
        (
            sdk_body([sdk.Datum(sdk.ModelInput(chunks=[sdk.ImageChunk(data=b"x", format="png")]), {})]),  # pyright: ignore
            400,
            "data[0]: chunk type 'image'",
        ),
        (sdk_body([sdk.Datum(sdk.ModelInput(chunks=[]), {})]), 400, "data[0]: model_input has no tokens"),  # pyright: ignore
        (sdk_body([sdk.Datum(sdk.ModelInput.from_ints([1]), {})]), 400, "lacks 'target_tokens'"),  # pyright: ignore
    ],
)
def test_a_bad_call_is_refused_with_its_datum(body: bytes, status: int, words: str):
    found = refusal(body)
    assert found[0] == status, found[1]
    assert words in found[1]


def test_a_tensor_whose_bytes_do_not_fit_is_refused():
    for change in ({"dense": b"abc"}, {"shape": [7]}, {"dtype": pb.DTYPE_INT32}, {"dtype": pb.DTYPE_UNSPECIFIED}):
        tensor = pb.Tensor(**({"dense": TARGETS.tobytes(), "dtype": pb.DTYPE_INT64, "shape": [3]} | change))
        message = pb.ForwardBackwardRequest.FromString(sdk_body([sdk_datum()]))
        message.data[0].loss_fn_inputs["target_tokens"].CopyFrom(tensor)
        assert refusal(message.SerializeToString())[0] == 422


def test_ten_megabytes_are_decoded_in_a_fraction_of_a_second():
    length = 4096
    tokens, floats = np.arange(length, dtype=np.int64), np.ones(length, np.float32)
    datum = sdk.Datum(
        model_input=sdk.ModelInput.from_ints(tokens.tolist()),
        loss_fn_inputs={"target_tokens": tokens, "logprobs": floats, "advantages": floats},
    )
    body = sdk_body([datum] * 125, "importance_sampling")
    assert len(body) > 10_000_000
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        wire.decode_forward_backward(body)
        seconds.append(time.perf_counter() - start)
    assert min(seconds) < 0.25


# zstd


def test_zstd_is_decompressed_up_to_the_bound():
    body = sdk_body([sdk_datum()] * 100)
    packed = zstandard.ZstdCompressor().compress(body)
    assert wire.decompress(packed, len(body)) == body
    assert wire.decompress(packed + packed, 2 * len(body)) == body + body
    streamed = zstandard.ZstdCompressor().compressobj()
    assert wire.decompress(streamed.compress(body) + streamed.flush(), len(body)) == body


@pytest.mark.parametrize("states_its_size", [True, False])
def test_a_zstd_bomb_is_refused_before_it_fills_memory(states_its_size: bool):
    packer = zstandard.ZstdCompressor(write_content_size=states_its_size)
    if states_its_size:
        bomb = packer.compress(bytes(2**28))
    else:
        stream = packer.compressobj()
        bomb = b"".join([*(stream.compress(bytes(2**20)) for _ in range(2**8)), stream.flush()])
    with pytest.raises(BadRequest) as caught:
        wire.decompress(bomb, 2**20)
    assert caught.value.status == 413


def test_what_is_not_zstd_is_refused():
    packed = zstandard.ZstdCompressor().compress(np.random.default_rng(0).bytes(100_000))
    for body in (b"", b"plain text", packed[:-50_000]):
        with pytest.raises(BadRequest) as caught:
            wire.decompress(body, 2**20)
        assert caught.value.status == 400


# The seed's JSON


@pytest.mark.parametrize("example", seed_page.MODEL_INPUTS)
def test_a_shorter_array_is_about_the_last_tokens(example: dict[str, Any]):
    call = seed_call([{"model_input": example, "loss_fn_inputs": seed_page.CROSS_ENTROPY_INPUTS}])
    (datum,) = call.data
    assert datum.model_input.tolist() == [1, 2, 3, 4]
    assert datum.loss_fn_inputs["target_tokens"].tolist() == [2, 3, 4, 5]
    assert datum.loss_fn_inputs["weights"].tolist() == [0, 1, 1, 1]
    assert call.kept == [slice(1, 4)]


def test_outputs_are_cut_back_to_what_was_asked_about():
    call = seed_call([seed_page.POLICY_DATUM], "ppo")
    (datum,) = call.data
    assert datum.loss_fn_inputs["advantages"].tolist() == [0, 0, 0, *np.float32([0.5, -0.3, 0.8, 0.2]).tolist()]
    values = np.arange(len(datum), dtype=np.float32)
    result = wire.cut(LossResult([values], [-values], {"loss:sum": 1.0}), call.kept)
    # The log-probability of token 5, the first target, stands at the position of token 4.
    assert result.logprobs[0].tolist() == [3, 4, 5, 6]
    assert result.elementwise_loss[0].tolist() == [-3, -4, -5, -6]
    assert wire.cut(result, None) is result


def test_an_array_as_long_as_the_input_follows_the_sdks_rule():
    call = seed_call(
        [{"model_input": {"tokens": [1, 2, 3]}, "loss_fn_inputs": {"target_tokens": {"data": [2, 3, 4]}}}],
    )
    assert call.kept is None
    assert call.data[0].model_input.tolist() == [1, 2, 3]
    assert call.data[0].loss_fn_inputs["target_tokens"].tolist() == [2, 3, 4]


@given(st.lists(st.integers(0, 99), min_size=2, max_size=12), st.data())
@settings(max_examples=60, deadline=None)
def test_a_suffix_means_what_the_sdk_would_send(tokens: list[int], data: st.DataObject):
    count = data.draw(st.integers(1, len(tokens) - 1))
    weights = data.draw(st.lists(st.integers(-4, 4), min_size=count, max_size=count))
    inputs = {"target_tokens": {"data": tokens[-count:], "dtype": "int64"}, "weights": {"data": weights}}
    seed = seed_call([{"model_input": {"tokens": tokens}, "loss_fn_inputs": inputs}])
    shifted = sdk.Datum(
        model_input=sdk.ModelInput.from_ints(tokens[:-1]),
        loss_fn_inputs={
            "target_tokens": np.array(tokens[1:]),
            "weights": np.array([0] * (len(tokens) - 1 - count) + weights, np.float32),
        },
    )
    (ours,), (theirs,) = seed.data, wire.decode_forward_backward(sdk_body([shifted])).data
    assert ours.model_input.tolist() == theirs.model_input.tolist()
    assert {name: array.tolist() for name, array in ours.loss_fn_inputs.items()} == {
        name: array.tolist() for name, array in theirs.loss_fn_inputs.items()
    }
    kept = seed.kept[0] if seed.kept else slice(0, len(ours))
    assert ours.loss_fn_inputs["target_tokens"][kept].tolist() == tokens[-count:]


def one(data: Any, dtype: str | None = None, **rest: Any) -> list[Any]:
    tensor = {"data": data} | ({"dtype": dtype} if dtype else {}) | rest
    return [
        {"model_input": {"tokens": [1, 2]}, "loss_fn_inputs": {"target_tokens": {"data": [2, 3]}, "weights": tensor}}
    ]


@pytest.mark.parametrize(
    ("data", "dtype", "expected"),
    [
        ([0.1, 2], "float64", np.float32([0.1, 2]).tolist()),
        ([1, 0], "int32", [1, 0]),
        ([1, 0], "int64", [1, 0]),
        ([True, False], "bool", [1, 0]),
        ([1.5, -2], None, [1.5, -2]),
    ],
)
def test_every_dtype_of_the_page_is_read(data: list[Any], dtype: str | None, expected: list[float]):
    weights = seed_call(one(data, dtype)).data[0].loss_fn_inputs["weights"]
    assert weights.dtype == np.float32
    assert weights.tolist() == expected


@pytest.mark.parametrize(
    "bad",
    [
        one(["1", "2"]),
        one([None, 1]),
        one([[1, 2]]),
        one([[1], [1, 2]]),
        one([1e39, 1]),
        one([0.5, 1], "int64"),
        one([1e300, 1], "int64"),
        one([2**64 - 1, 1], "int64"),
        one([1, 2], shape=[3]),
        one([1, 2], sparse_crow_indices=[0, 1, 2]),
    ],
)
def test_a_tensor_that_is_none_is_refused_with_its_datum(bad: list[Any]):
    status, detail = seed_refusal(bad)
    assert status == 422
    assert "data[0], weights" in detail


@pytest.mark.parametrize(
    ("tokens", "inputs", "words"),
    [
        ([1, 2, 3], {"target_tokens": {"data": [2, 9]}}, "must be the input's last 2 tokens"),
        ([1, 2], {"target_tokens": {"data": [1, 2, 3]}}, "has 3 values; expected 2"),
        ([1, 2], {"target_tokens": {"data": []}}, "has 0 values"),
        ([], {"target_tokens": {"data": []}}, "no tokens"),
        ([1, 2, 3], {"target_tokens": {"data": [2, 3]}, "weights": {"data": [1]}}, "'weights' has 1 values"),
        ([1, 2], {"target_tokens": {"data": [1, 2]}, "mask": {"data": [1, 1]}}, "no input 'mask'"),
    ],
)
def test_arrays_that_do_not_fit_the_input_are_refused(tokens: list[int], inputs: dict[str, Any], words: str):
    good = {"model_input": {"tokens": [1, 2]}, "loss_fn_inputs": {"target_tokens": {"data": [2]}}}
    status, detail = seed_refusal([good, {"model_input": {"tokens": tokens}, "loss_fn_inputs": inputs}])
    assert status == 400
    assert "data[1]" in detail
    assert words in detail


def test_a_sparse_tensor_in_json_becomes_dense():
    sparse = one([5.0], shape=[2, 1], sparse_crow_indices=[0, 0, 1], sparse_col_indices=[0])
    assert seed_call(sparse).data[0].loss_fn_inputs["weights"].tolist() == [0, 5]


# Results of a loss

RESULT = LossResult(
    logprobs=[np.float32([-1.5, -2.25]), np.float32([]), np.float32([-0.1])],
    elementwise_loss=[np.float32([0.5, np.nan]), np.float32([]), np.float32([0.25])],
    metrics={"loss:sum": 0.75, "ppo_kl:mean": 0.01, "pg_clipfrac:mean": 0.05},
)


def same(first: LossResult, second: LossResult) -> bool:
    pairs = [
        *zip(first.logprobs, second.logprobs, strict=True),
        *zip(first.elementwise_loss, second.elementwise_loss, strict=True),
    ]
    return first.metrics == second.metrics and all(np.array_equal(a, b, equal_nan=True) for a, b in pairs)


def test_the_sdk_reads_a_result_of_ours():
    read = deserialize_forward_backward_output(wire.encode_loss_result(RESULT))
    assert read.metrics == RESULT.metrics
    assert read.loss_fn_output_type == "ArrayRecord"
    for index, output in enumerate(read.loss_fn_outputs):
        assert output.keys() == {"logprobs", "elementwise_loss"}
        assert output["logprobs"].shape == [len(RESULT.logprobs[index])]
        assert output["logprobs"].to_numpy().tolist() == RESULT.logprobs[index].tolist()


def test_a_result_goes_through_its_bytes():
    assert same(wire.decode_loss_result(wire.encode_loss_result(RESULT)), RESULT)
    empty = LossResult([], [], {"loss:sum": 0.0})
    assert same(wire.decode_loss_result(wire.encode_loss_result(empty)), empty)
    assert deserialize_forward_backward_output(wire.encode_loss_result(empty)).loss_fn_outputs == []


@pytest.mark.parametrize("name", ["ppo_kl", "a:b:mean"])
def test_a_metric_that_the_sdk_could_not_merge_is_never_sent(name: str):
    with pytest.raises(ValueError, match="name:reduction"):
        wire.encode_loss_result(LossResult([], [], {name: 1.0}))


def test_a_result_as_json_has_bare_names_only_where_asked():
    plain, page = (wire.loss_result_json(RESULT, bare_names=bare) for bare in (False, True))
    assert plain["metrics"] == RESULT.metrics
    assert page["metrics"] == RESULT.metrics | {"ppo_kl": 0.01, "pg_clipfrac": 0.05}
    assert page["loss_fn_outputs"][0]["elementwise_loss"] == {"data": [0.5, None], "dtype": "float32", "shape": [2]}
    responses.ForwardBackwardResult.model_validate(json.loads(json.dumps(page, allow_nan=False)))


# Results of sampling

TOP = [[(7, -0.5), (0, -1.5)], [(9, -0.25)]]
COMPLETIONS = [
    Completion([7, 2], [-0.5, -0.75], [1, 1], "eos", TOP),
    Completion([8], [-1.0], [1], "stop"),
    Completion([9], [-2.0], [1], "length"),
]
PROMPT = PromptLogprobs([None, -0.5, -4.0], [[], [(5, -0.5), (6, -3.0)], [(6, -0.125)]])


def test_the_sdk_reads_samples_of_ours():
    read = deserialize_sample_response(wire.encode_samples(COMPLETIONS, PROMPT, cached=2))
    assert [sequence.stop_reason for sequence in read.sequences] == ["stop", "stop", "length"]
    assert [sequence.tokens for sequence in read.sequences] == [[7, 2], [8], [9]]
    assert read.sequences[0].logprobs == [-0.5, -0.75]
    assert read.sequences[0].topk_logprobs == TOP
    assert read.sequences[1].topk_logprobs is None
    assert read.prompt_logprobs == PROMPT.logprobs
    assert read.topk_prompt_logprobs == [None, *(PROMPT.top or [])[1:]]
    assert read.prompt_cache_hit_tokens == 2


def test_without_prompt_logprobs_the_sdk_reads_none():
    read = deserialize_sample_response(wire.encode_samples(COMPLETIONS))
    assert (read.prompt_logprobs, read.topk_prompt_logprobs) == (None, None)


def test_only_the_last_prompt_tokens_are_told_where_asked():
    read = deserialize_sample_response(wire.encode_samples(COMPLETIONS, PROMPT, last=1))
    assert read.prompt_logprobs == [None, None, -4.0]
    assert read.topk_prompt_logprobs == [None, None, [(6, -0.125)]]


def test_samples_as_json_have_both_words_for_the_end():
    made = wire.samples_json(wire.encode_samples(COMPLETIONS, PROMPT))
    assert [item["finish_reason"] for item in made["sequences"]] == ["eos", "stop", "length"]
    assert [item["stop_reason"] for item in made["sequences"]] == ["stop", "stop", "length"]
    assert made["sequences"][0]["topk_logprobs"] == TOP
    assert made["prompt_logprobs"] == [None, -0.5, -4.0]
    assert made["topk_prompt_logprobs"] == [None, *(PROMPT.top or [])[1:]]
    responses.SampleResult.model_validate(json.loads(json.dumps(made, allow_nan=False)))
    page = seed_page.SAMPLE_RESULT
    assert page.keys() <= made.keys()
    assert page["sequences"][0].keys() <= made["sequences"][0].keys()


def test_an_aborted_completion_is_no_answer():
    with pytest.raises(ValueError, match="aborted"):
        wire.encode_samples([Completion([], [], [], "abort")])


SLOTS = st.lists(st.tuples(st.integers(0, 99), st.floats(-50, 0, width=32)), max_size=4)


@given(st.lists(SLOTS, max_size=5), st.lists(st.floats(-50, 0, width=32), max_size=5))
@settings(max_examples=60, deadline=None)
def test_any_samples_are_read_alike_by_the_sdk_and_as_json(rows: list[Any], logprobs: list[float]):
    tokens = list(range(len(rows)))
    completion = Completion(tokens, [-1.0] * len(rows), [0] * len(rows), "stop", rows)
    body = wire.encode_samples([completion], PromptLogprobs([None, *logprobs]))
    (read,) = deserialize_sample_response(body).sequences
    made = wire.samples_json(body)
    assert made["sequences"][0]["tokens"] == read.tokens == tokens
    if any(rows):
        assert made["sequences"][0]["topk_logprobs"] == read.topk_logprobs == [row or None for row in rows]
    assert made["prompt_logprobs"] == deserialize_sample_response(body).prompt_logprobs == [None, *logprobs]
