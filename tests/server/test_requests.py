"""Every JSON body: the page's and the SDK's forms are read, everything else is refused in one sentence."""

import ast
import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rlve.config import SamplingParams
from rlve.server import requests, responses
from rlve.server.parsing import BadRequest, Body, parse
from rlve.server.requests import ASampleRequest, CreateModelRequest, ForwardBackwardRequest, TinkerPath
from tests.server import seed_page

PAGE = Path(__file__).parents[3] / "shared" / "seed" / "api-types.md"
URI = "tinker://run:train:0/weights/step-1"
PROMPT = {"tokens": [1, 2, 3]}
MODEL = {"session_id": "s", "model_seq_id": 0, "base_model": "local/tiny"}
DATUM = seed_page.SUPERVISED_DATUM
KINDS = [
    kind for kind in vars(requests).values() if isinstance(kind, type) and issubclass(kind, Body) and kind is not Body
]


def read(kind: Any, value: Any, lenient: bool = False) -> Any:
    return parse(kind, json.dumps(value).encode(), lenient)


def refusal(kind: Any, value: Any, lenient: bool = False) -> tuple[int, str]:
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    with pytest.raises(BadRequest) as caught:
        parse(kind, body, lenient)
    return caught.value.status, caught.value.detail


# The seed's page


@pytest.mark.parametrize("name", seed_page.REQUESTS)
def test_what_the_page_leaves_out_has_the_defaults_of_the_page(name: str):
    made = read(getattr(requests, name), seed_page.REQUESTS[name])
    for key, default in seed_page.REQUEST_TYPES[name].items():
        if default != seed_page.REQUIRED:
            assert (getattr(made, key) or default) == default


@pytest.mark.parametrize("name", seed_page.REQUESTS)
def test_what_the_page_requires_is_required(name: str):
    for key in seed_page.REQUESTS[name]:
        less = {other: value for other, value in seed_page.REQUESTS[name].items() if other != key}
        if (name, key) == ("SaveWeightsRequest", "name"):
            assert read(requests.SaveWeightsRequest, less).checkpoint_name is None
        else:
            status, _ = refusal(getattr(requests, name), less)
            assert status in (400, 422)


@pytest.mark.parametrize("name", seed_page.RESPONSE_TYPES)
def test_answers_have_every_field_of_the_page(name: str):
    assert set(seed_page.RESPONSE_TYPES[name]) <= set(getattr(responses, name).model_fields)


@pytest.mark.parametrize("example", seed_page.MODEL_INPUTS)
def test_the_three_spellings_of_an_input_are_the_same(example: dict[str, Any]):
    made = read(ASampleRequest, {"model_id": "m", "prompt": example, "sampling_params": seed_page.SAMPLING})
    assert made.prompt.token_ids == [1, 2, 3, 4, 5]


def test_the_examples_of_the_page_are_read():
    made = read(
        CreateModelRequest,
        MODEL | {"lora_config": seed_page.LORA, "rlve_config": seed_page.RLVE, "wandb_config": seed_page.WANDB},
    )
    assert made.lora_config.model_dump(include=set(seed_page.LORA)) == seed_page.LORA
    assert made.rlve_config.model_dump(include=set(seed_page.RLVE)) == seed_page.RLVE
    assert made.wandb_config.model_dump(include=set(seed_page.WANDB)) == seed_page.WANDB
    step = read(requests.OptimStepRequest, {"model_id": "m", "adam_params": seed_page.ADAM})
    assert step.adam.model_dump(include=set(seed_page.ADAM)) == seed_page.ADAM
    data = [seed_page.SUPERVISED_DATUM | {"loss_fn_inputs": {"target_tokens": seed_page.TENSOR}}, DATUM]
    assert len(read(ForwardBackwardRequest, {"model_id": "m", "data": data, "loss_fn": "ppo"}).input.data) == 2
    asked = read(ASampleRequest, {"model_id": "m", "prompt": PROMPT, "sampling_params": seed_page.SAMPLING})
    assert asked.sampling(1000).model_dump(include=set(seed_page.SAMPLING)) == seed_page.SAMPLING


@pytest.mark.parametrize(
    ("name", "example"),
    [
        ("AsyncOperationResponse", seed_page.ACCEPTED),
        ("ForwardBackwardResult", seed_page.LOSS_RESULT),
        ("TensorData", seed_page.TENSOR),
    ],
)
def test_the_answers_of_the_page_are_answers_of_ours(name: str, example: dict[str, Any]):
    getattr(responses, name).model_validate(example)


@pytest.mark.skipif(not PAGE.is_file(), reason="the page itself is not part of the package")
def test_the_examples_above_are_all_of_the_page():
    text = PAGE.read_text(encoding="utf-8")
    found: list[Any] = []
    decoder = json.JSONDecoder()
    for block in re.findall(r"```json\n(.*?)```", text, re.DOTALL):
        rest = re.sub(r"^//.*$", "", block, flags=re.MULTILINE).strip()
        while rest:
            value, end = decoder.raw_decode(rest)
            found.append(value)
            rest = rest[end:].strip()
    assert found == seed_page.EXAMPLES


@pytest.mark.skipif(not PAGE.is_file(), reason="the page itself is not part of the package")
@pytest.mark.parametrize("name", [*seed_page.REQUEST_TYPES, *seed_page.RESPONSE_TYPES])
def test_the_types_above_are_those_of_the_page(name: str):
    text = PAGE.read_text(encoding="utf-8")
    start = text.index(f"class {name}:")
    source = re.split(r"```|\n\nclass ", text[start:])[0]
    kind = ast.parse(source).body[0]
    assert isinstance(kind, ast.ClassDef)
    stated = {
        ast.unparse(line.target): seed_page.REQUIRED if line.value is None else ast.literal_eval(line.value)
        for line in kind.body
        if isinstance(line, ast.AnnAssign)
    }
    if name in seed_page.REQUEST_TYPES:
        assert stated == seed_page.REQUEST_TYPES[name]
    else:
        assert list(stated) == seed_page.RESPONSE_TYPES[name]


# Names that mean the same

SAMPLED = {"model_id": "m", "prompt": PROMPT}
SAVED = {"model_id": "m"}


@pytest.mark.parametrize(
    ("kind", "rest", "names", "values", "read_by"),
    [
        (
            "CreateModelRequest",
            {"session_id": "s", "model_seq_id": 0},
            ("base_model", "model_name"),
            ("a", "b"),
            "base",
        ),
        ("SaveWeightsRequest", SAVED, ("name", "path"), ("a", "b"), "checkpoint_name"),
        ("SaveWeightsForSamplerRequest", SAVED, ("name", "path"), ("a", "b"), "checkpoint_name"),
        ("SaveWeightsExternalRequest", SAVED, ("name", "path"), ("a", "b"), "checkpoint_name"),
        ("WeightsInfoRequest", {}, ("tinker_path", "path"), (URI, URI + "0"), "checkpoint"),
        ("CreateSamplingClientRequest", {}, ("base_model", "model_name"), ("a", "b"), "base"),
        (
            "ASampleRequest",
            SAMPLED,
            ("prompt_logprobs", "include_prompt_logprobs"),
            (True, False),
            "wants_prompt_logprobs",
        ),
    ],
)
def test_two_names_of_one_value_are_read_alike_and_must_agree(
    kind: str, rest: dict[str, Any], names: tuple[str, str], values: tuple[Any, Any], read_by: str
):
    made = [getattr(read(getattr(requests, kind), rest | {name: values[0]}), read_by) for name in names]
    both = read(getattr(requests, kind), rest | dict.fromkeys(names, values[0]))
    assert made[0] == made[1] == getattr(both, read_by)
    status, detail = refusal(getattr(requests, kind), rest | dict(zip(names, values, strict=True)))
    assert status == 400
    assert names[0] in detail
    assert names[1] in detail


def test_the_forms_of_a_forward_backward_call_are_the_same():
    inner = {"data": [DATUM], "loss_fn": "ppo", "loss_fn_config": {"clip_low_threshold": 0.5}}
    flat = read(ForwardBackwardRequest, {"model_id": "m"} | inner)
    for name in ("forward_backward_input", "forward_input"):
        assert read(ForwardBackwardRequest, {"model_id": "m", name: inner}).input == flat.input
    assert read(requests.ForwardRequest, {"model_id": "m", "data": [DATUM]}).input.loss_fn == "cross_entropy"
    assert refusal(ForwardBackwardRequest, {"model_id": "m", "forward_input": inner, "data": []})[0] == 400
    assert refusal(ForwardBackwardRequest, {"model_id": "m", "forward_input": inner, "loss_fn": "ppo"})[0] == 400


def test_adam_is_read_under_both_names():
    adam = {
        "learning_rate": 1e-4,
        "beta1": 0.9,
        "beta2": 0.95,
        "eps": 1e-12,
        "weight_decay": 0.0,
        "grad_clip_norm": 1.0,
    }
    one = read(requests.OptimStepRequest, {"model_id": "m", "adam_params": adam, "seq_id": 2, "type": "optim_step"})
    other = read(requests.OptimStepRequest, {"model_id": "m", "optimizer_params": adam | {"type": "adamw"}})
    assert one.adam == other.adam
    assert one.adam.model_dump() == adam
    assert (
        refusal(requests.OptimStepRequest, {"model_id": "m", "adam_params": adam, "optimizer_params": adam})[0] == 400
    )


# What the stock SDK sends


def sdk_body(name: str, **values: Any) -> bytes:
    from tinker import types

    return getattr(types, name)(**values).model_dump_json(exclude_none=True).encode()


def test_bodies_of_the_sdk_are_read_even_strictly():
    from tinker import types

    prompt = types.ModelInput.from_ints([1, 2, 3])
    params = types.SamplingParams(max_tokens=5, stop=["\n"], seed=7)
    lora = types.LoraConfig(rank=8, seed=3)
    optimizer = {"model_id": "m", "optim_params": types.AdamParams(), "seq_id": 2}
    named = {"model_id": "m", "path": "s1", "seq_id": 5, "ttl_seconds": 3600}
    for name, values in {
        "CreateModelRequest": MODEL | {"lora_config": lora, "user_metadata": {"k": "v"}},
        "GetInfoRequest": {"model_id": "m"},
        "UnloadModelRequest": {"model_id": "m"},
        "OptimStepRequest": optimizer,
        "SaveWeightsForSamplerRequest": named,
        "SaveWeightsRequest": named | {"overwrite": True, "user_metadata": {"k": "v"}},
        "LoadWeightsRequest": {"session_id": "s", "model_seq_id": 1, "path": URI, "optimizer": False},
        "CreateSamplingSessionRequest": {"session_id": "s", "sampling_session_seq_id": 0, "model_path": URI},
        "CreateSessionRequest": {"tags": [], "user_metadata": {"k": "v"}, "sdk_version": "0.38.0"},
        "SessionHeartbeatRequest": {"session_id": "s"},
        "FutureRetrieveRequest": {"request_id": "r", "allow_metadata_only": True},
    }.items():
        ours = {
            "GetInfoRequest": "ModelRequest",
            "UnloadModelRequest": "ModelRequest",
            "FutureRetrieveRequest": "RetrieveFutureRequest",
        }.get(name, name)
        parse(getattr(requests, ours), sdk_body(name, **values), lenient=False)
    from tinker.types.sample_request import SampleRequest

    asked = SampleRequest(
        prompt=prompt, sampling_params=params, sampling_session_id="s:sample:0", seq_id=0, prompt_logprobs=True
    )
    made = parse(ASampleRequest, asked.model_dump_json(exclude_none=True).encode(), lenient=False)
    assert made.prompt.token_ids == [1, 2, 3]
    assert made.sampling(100) == SamplingParams(max_tokens=5, stop=["\n"], seed=7, ignore_eos=True)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_body_has_a_json_schema(kind: type[Body]):
    assert kind.model_json_schema()["type"] == "object"


# Sampling


@pytest.mark.parametrize(
    ("given", "seed_form", "sdk_form"),
    [
        ({}, {"max_tokens": 256}, {"max_tokens": 1000}),
        ({"max_tokens": None}, {"max_tokens": 256}, {"max_tokens": 1000}),
        ({"max_tokens": 2000}, {"max_tokens": 1000}, {"max_tokens": 1000}),
        ({"stop": None}, {"stop": [], "ignore_eos": False}, {"stop": [], "ignore_eos": False}),
        ({"stop": []}, {"stop": [], "ignore_eos": False}, {"stop": [], "ignore_eos": True}),
        ({"stop": "\n"}, {"stop": ["\n"], "ignore_eos": False}, {"stop": ["\n"], "ignore_eos": True}),
        ({"stop": ["a", "b"]}, {"stop": ["a", "b"]}, {"stop": ["a", "b"]}),
        ({"stop": [1, 2]}, {"stop": [1, 2]}, {"stop": [1, 2]}),
        ({"top_k": 0}, {"top_k": -1}, {"top_k": -1}),
        ({"seed": 2**64 - 1}, {"seed": (2**64 - 1) % 2**62}, {"seed": (2**64 - 1) % 2**62}),
    ],
)
def test_gaps_of_sampling_params_mean_what_the_clients_page_says(
    given: dict[str, Any], seed_form: dict[str, Any], sdk_form: dict[str, Any]
):
    body = {"prompt": PROMPT, "sampling_params": given}
    forms = [
        (read(ASampleRequest, body | {"model_id": "m"}), seed_form),
        (read(ASampleRequest, body | {"model_id": "m"}, lenient=True), sdk_form),
        (read(ASampleRequest, body | {"sampling_session_id": "s"}), sdk_form),
    ]
    for made, expected in forms:
        assert made.sampling(1000).model_dump(include=set(expected)) == expected


def test_a_prompt_that_fills_the_context_cannot_be_continued():
    with pytest.raises(BadRequest, match="fills the model's context"):
        read(ASampleRequest, SAMPLED).sampling(0)


@pytest.mark.parametrize(
    ("change", "status", "words"),
    [
        ({"sampling_session_id": "s"}, 400, "exactly one of"),
        ({"model_id": None}, 400, "got none"),
        ({"model_path": URI}, 400, "model_id and model_path"),
        ({"target_prompt_logprobs": {"data": [], "dtype": "int64"}}, 400, "not supported"),
        ({"prompt_alt_tokens_k": 2}, 400, "not supported"),
        ({"prompt_logprobs_last_n": 1}, 400, "needs prompt_logprobs"),
        ({"prompt_logprobs": True, "prompt_logprobs_last_n": 3}, 400, "at most the prompt's length - 1"),
        ({"topk_prompt_logprobs": 21}, 422, "topk_prompt_logprobs"),
        ({"num_samples": 0}, 422, "num_samples"),
        ({"num_samples": True}, 422, "num_samples"),
        ({"prompt": {"tokens": [1], "input_ids": [1]}}, 400, "prompt: expected exactly one of"),
        ({"prompt": {"tokens": [-1]}}, 422, "prompt.tokens[0]"),
        ({"prompt": {"chunks": [{"type": "image", "data": "", "format": "png"}]}}, 400, "prompt.chunks[0]: chunk type"),
        ({"sampling_params": {"temperature": -0.5}}, 422, "sampling_params.temperature"),
        ({"sampling_params": {"temperature": "1"}}, 422, "got '1'"),
        ({"sampling_params": {"stop": ["a", 1]}}, 422, "sampling_params.stop"),
        ({"sampling_params": {"stop": [True]}}, 422, "sampling_params.stop"),
        ({"sampling_params": {"stop": [""]}}, 422, "stop string"),
        ({"sampling_params": {"top_p": 0}}, 422, "sampling_params.top_p"),
        ({"sampling_params": {"tmperature": 1}}, 422, "the nearest is temperature"),
        ({"sampling_params": {"ignore_eos": True}}, 422, "there is no such key"),
    ],
)
def test_a_bad_sample_request_is_refused_with_its_place(change: dict[str, Any], status: int, words: str):
    found = refusal(ASampleRequest, SAMPLED | change)
    assert found[0] == status
    assert words in found[1]


# Strictness


@pytest.mark.parametrize(
    ("kind", "body", "place"),
    [
        (
            CreateModelRequest,
            MODEL | {"lora_confg": {}},
            "lora_confg: there is no such key; the nearest is lora_config",
        ),
        (
            CreateModelRequest,
            MODEL | {"lora_config": {"rnk": 8}},
            "lora_config.rnk: there is no such key; the nearest is",
        ),
        (
            ForwardBackwardRequest,
            {
                "model_id": "m",
                "loss_fn": "ppo",
                "data": [{**DATUM, "model_input": {"chunks": [{"tokens": [], "typ": 1}]}}],
            },
            "data[0].model_input.chunks[0].typ: there is no such key; the nearest is type",
        ),
        (
            ForwardBackwardRequest,
            {
                "model_id": "m",
                "loss_fn": "ppo",
                "data": [DATUM, {**DATUM, "loss_fn_inputs": {"weights": {"data": [], "shap": []}}}],
            },
            "data[1].loss_fn_inputs.weights.shap: there is no such key; the nearest is shape",
        ),
    ],
)
def test_an_unknown_key_is_refused_with_the_nearest_unless_the_sdk_sends_it(
    kind: type[Body], body: dict[str, Any], place: str
):
    status, detail = refusal(kind, body)
    assert status == 422
    assert place in detail
    read(kind, body, lenient=True)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"model_id": "m", "adam_params": {"learning_rate": NaN}}', "NaN and Infinity"),
        (b'{"model_id": "m", "adam_params": {"learning_rate": -Infinity}}', "NaN and Infinity"),
        (b'{"model_id": "m", "adam_params": {"learning_rate": 1e999}}', "adam_params.learning_rate: the number is too"),
        (b'{"model_id": "m", "seq_id": 100000000000000000000}', "seq_id: the integer does not fit 64 bits"),
        (b'{"model_id": "m", "seq_id": 9223372036854775808, "adam_params": {"learning_rate": 1}}', "seq_id"),
        (b'{"model_id": "a\\u0000b"}', "model_id: the string has a NUL"),
        (b'{"a\\u0000": 1}', "NUL"),
        (b'{"model_id": "\\ud800"}', "not JSON"),
        (b'{"model_id"', "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[1, 2]", "must be a JSON object, got a list of 2"),
        (b"", "model_id: this key is required"),
    ],
)
def test_what_json_cannot_or_should_not_say_is_refused(body: bytes, words: str):
    status, detail = refusal(requests.OptimStepRequest, body, lenient=True)
    assert status == 422
    assert words in detail


def test_a_number_that_only_looks_suspicious_is_read():
    assert parse(requests.CleanupFuturesRequest, b'{"max_age_hours": 0.1234567890123456789012e001}', False)
    text = parse(requests.CreateSessionRequest, rb'{"display_name": "\\u0000 and 12345678901234567890"}', False)
    assert text.display_name == "\\u0000 and 12345678901234567890"


@pytest.mark.parametrize("key", ["api_key", "wandb_api_key", "WANDB-API-KEY", "key"])
@pytest.mark.parametrize("lenient", [False, True])
def test_a_wandb_key_is_refused_by_name_and_never_repeated(key: str, lenient: bool):
    body = MODEL | {"wandb_config": {"project": "p", key: "s3cr3t"}}
    status, detail = refusal(CreateModelRequest, body, lenient)
    assert status == 400
    assert key in detail
    assert "WANDB_API_KEY" in detail
    assert "s3cr3t" not in detail


def test_an_access_token_is_not_repeated_in_an_error():
    _, detail = refusal(requests.LoadWeightsRequest, {"model_id": "m", "path": URI, "weights_access_token": 1234567})
    assert "1234567" not in detail


@pytest.mark.parametrize(
    ("kind", "body", "status", "words"),
    [
        (CreateModelRequest, MODEL | {"optimizer_config": {"type": "dimuon", "version": 1}}, 400, "dimuon"),
        (CreateModelRequest, MODEL | {"rlve_config": {"rollout_batch_size": 200}}, 400, "over_sampling_batch_size"),
        (CreateModelRequest, MODEL | {"lora_config": {"rank": 0}}, 422, "lora_config.rank"),
        (CreateModelRequest, MODEL | {"checkpoint_path": "/etc/passwd"}, 400, "tinker://"),
        (CreateModelRequest, MODEL | {"model_seq_id": 1.0}, 422, "model_seq_id"),
        (CreateModelRequest, MODEL | {"user_metadata": {"k": "v" * 20_000}}, 422, "user_metadata"),
        (
            requests.OptimStepRequest,
            {"model_id": "m", "optimizer_params": {"type": "dimuon", "learning_rate": 1}},
            400,
            "dimuon",
        ),
        (ForwardBackwardRequest, {"model_id": "m", "data": []}, 422, "loss_fn is required"),
        (
            ForwardBackwardRequest,
            {"model_id": "m", "data": [], "loss_fn": "ppo", "loss_fn_config": {"mode": "x"}},
            400,
            "mode",
        ),
        (requests.SaveWeightsRequest, {"model_id": "m", "name": "a", "ttl_seconds": 10}, 422, "ttl_seconds"),
        (
            requests.SaveWeightsForSamplerRequest,
            {"model_id": "m", "path": "a", "sampling_session_seq_id": 1},
            400,
            "not both",
        ),
        (
            requests.SaveWeightsExternalRequest,
            {"model_id": "m", "path": "a", "age_encryption_recipients": ["age1"]},
            400,
            "age_encryption_recipients",
        ),
        (requests.SaveWeightsExternalRequest, {"model_id": "m"}, 422, "path"),
        (requests.LoadWeightsRequest, {"path": URI}, 400, "exactly one of model_id, session_id"),
        (requests.LoadWeightsRequest, {"path": URI, "session_id": "s"}, 400, "go together"),
        (requests.LoadWeightsRequest, {"path": URI, "session_id": "s", "model_seq_id": 0, "seq_id": 1}, 400, "seq_id"),
        (requests.CopyWeightsRequest, {"source_path": URI, "session_id": "s"}, 400, "go together"),
        (requests.CreateSamplingSessionRequest, {"session_id": "s"}, 400, "base_model or model_path"),
        (requests.CreateSamplingClientRequest, {"base_model": "a", "model_id": "m"}, 400, "exactly one of"),
        (requests.CheckpointTtlRequest, {}, 422, "ttl_seconds"),
        (requests.SessionSearchRequest, {"limit": 201}, 422, "limit"),
        (
            requests.SessionSearchRequest,
            {"cursor": {"last_created_at": "yesterday", "last_session_id": "s"}},
            422,
            "cursor.last_created_at",
        ),
    ],
)
def test_values_that_contradict_are_400_and_shapes_are_422(
    kind: type[Body], body: dict[str, Any], status: int, words: str
):
    found = refusal(kind, body)
    assert found[0] == status, found[1]
    assert words in found[1]


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (requests.TelemetryRequest, {"events": [{"event": "SESSION_START"}], "platform": "linux", "anything": 1}),
        (requests.ClientConfigRequest, {"sdk_version": "0.38.0"}),
        (requests.FinishSessionRequest, {"reason": {"type": "errored"}, "detail": None}),
        (
            requests.SessionSearchRequest,
            {"owner": {"type": "user", "owner_urns": ["a"]}, "statuses": [{"type": "active"}]},
        ),
        (
            requests.SessionSearchRequest,
            {
                "cursor": {"last_created_at": "2026-01-31T12:00:00Z", "last_session_id": "s"},
                "user_metadata": {"k": "v"},
            },
        ),
        (requests.SessionProjectRequest, {"project_id": "p"}),
        (
            requests.RetrieveFuturesRequest,
            {"target": {"type": "sampling_session", "sampling_session_id": "s", "cloned_sampler_id": 0}, "timeout": 30},
        ),
        (requests.CancelFutureRequest, {"request_id": "r"}),
        (requests.CleanupFuturesRequest, {}),
        (requests.CheckpointTtlRequest, {"ttl_seconds": None}),
        (requests.LoadWeightsRequest, {"model_id": "m", "seq_id": 3, "path": URI, "optimizer": True}),
        (requests.CopyWeightsRequest, {"source_path": URI, "session_id": "s", "model_seq_id": 1}),
        (requests.JoinSamplingSessionRequest, {"sampling_session_id": "s"}),
        (requests.CreateSamplingClientRequest, {"model_path": URI}),
        (ASampleRequest, SAMPLED | {"seq_id": 10**18, "record_stability_info": True}),
        (CreateModelRequest, MODEL | {"optimizer_config": {"type": "adamw"}, "checkpoint_path": URI}),
    ],
)
def test_good_bodies_are_read(kind: type[Body], body: dict[str, Any]):
    read(kind, body)


def test_a_null_adapter_differs_from_an_absent_one():
    assert not read(CreateModelRequest, MODEL).wants_full_weights
    assert read(CreateModelRequest, MODEL | {"lora_config": None}).wants_full_weights


# Names of checkpoints


@given(st.from_regex(r"[A-Za-z0-9._-]{1,128}", fullmatch=True).filter(lambda name: name not in (".", "..")))
@settings(max_examples=50, deadline=None)
def test_a_checkpoint_name_goes_through_its_uri(name: str):
    path = TinkerPath("s:train:0", "weights", name)
    assert TinkerPath.parse(str(path)) == path
    assert read(requests.SaveWeightsRequest, {"model_id": "m", "path": name}).checkpoint_name == name


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "../a", "a\n", "a b", "é", "a" * 129, "a\\b"])
def test_a_name_that_could_leave_its_folder_is_refused(name: str):
    assert refusal(requests.SaveWeightsRequest, {"model_id": "m", "name": name})[0] == 422
    assert refusal(requests.WeightsInfoRequest, {"path": f"tinker://run/weights/{name}"})[0] == 400


@pytest.mark.parametrize(
    "uri",
    ["", "run/weights/a", "tinker://run/a", "tinker://run/other/a", "tinker:///weights/a", "tinker://../weights/a"],
)
def test_a_uri_that_names_no_checkpoint_is_refused(uri: str):
    with pytest.raises(BadRequest) as caught:
        TinkerPath.parse(uri)
    assert caught.value.status == 400


# Anything

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def outcome(kind: type[Body], body: bytes, lenient: bool) -> tuple[int, str]:
    try:
        parse(kind, body, lenient)
    except BadRequest as error:
        return error.status, error.detail
    return 200, "read"


@given(st.sampled_from(KINDS), st.data(), st.booleans())
@settings(max_examples=300, deadline=None)
def test_any_json_is_read_or_refused(kind: type[Body], data: st.DataObject, lenient: bool):
    keys = st.sampled_from(sorted(kind.model_fields)) | st.text(max_size=5)
    body = data.draw(st.dictionaries(keys, JSON, max_size=5))
    status, detail = outcome(kind, json.dumps(body).encode(), lenient)
    assert status in (200, 400, 422)
    assert 0 < len(detail) < 2000


@given(st.binary(max_size=40))
@settings(max_examples=100, deadline=None)
def test_any_bytes_are_read_or_refused(body: bytes):
    assert outcome(requests.CreateSessionRequest, body, False)[0] in (200, 422)


def test_the_document_says_which_requests_take_unknown_keys() -> None:
    kinds = [kind for kind in vars(requests).values() if isinstance(kind, type) and issubclass(kind, Body)]
    for kind in kinds:
        assert kind.model_json_schema()["additionalProperties"] is kind.takes_unknown_keys, kind.__name__
