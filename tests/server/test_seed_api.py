"""The types page of the API on the wire: its examples are sent, flat and without numbers, and answered in its shape."""

import json
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import psutil
import pytest

from rlve.server import responses as told
from tests.server import seed_page
from tests.server.conftest import ServerProcess
from tests.server.plain import new_session

BASE = "local/tiny"
ADAM = {"learning_rate": 0.01}
PROMPT = {"tokens": [1, 2, 3, 4, 5]}
GREEDY = {"max_tokens": 6, "temperature": 0.0}

NewModel = Callable[..., str]


def fits(name: str, answer: dict[str, Any]) -> None:
    """Every field of the page's type is there, and what is there is of its type."""
    assert set(seed_page.RESPONSE_TYPES[name]) <= answer.keys()
    getattr(told, name).model_validate_json(json.dumps(answer))


@pytest.fixture(scope="module")
def session(server: ServerProcess) -> Iterator[str]:
    made = new_session(server)
    yield made
    server.post(f"sessions/{made}/finish", {})


@pytest.fixture(scope="module")
def make(server: ServerProcess, session: str) -> NewModel:
    """A model by its request, in one session for all."""
    numbers = iter(range(1000))

    def create(**given: Any) -> str:
        body = {"session_id": session, "model_seq_id": next(numbers), "model_name": BASE}
        return server.done("create_model", {**body, "lora_config": {"rank": 4}, **given})["model_id"]

    return create


@pytest.fixture
def new(server: ServerProcess, make: NewModel) -> Iterator[NewModel]:
    """Models that end with their test."""
    made: list[str] = []

    def create(**given: Any) -> str:
        made.append(make(**given))
        return made[-1]

    yield create
    for model in made:
        server.post("delete_model", {"model_id": model})


@pytest.fixture(scope="module")
def model(make: NewModel) -> str:
    return make()


def loss_of(server: ServerProcess, model: str) -> float:
    body = {"model_id": model, "data": [seed_page.SUPERVISED_DATUM], "loss_fn": "cross_entropy"}
    return server.done("forward", body)["metrics"]["loss:sum"]


def train(server: ServerProcess, model: str, steps: int = 1) -> None:
    for _ in range(steps):
        body = {"model_id": model, "data": [seed_page.SUPERVISED_DATUM], "loss_fn": "cross_entropy"}
        server.done("forward_backward", body)
        server.done("optim_step", {"model_id": model, "adam_params": ADAM})


def refused(answer: tuple[int, Any], status: int, *words: str) -> None:
    assert answer[0] == status, answer
    assert list(answer[1]) == ["detail"]
    for word in words:
        assert word in answer[1]["detail"]


# The page's examples


@pytest.mark.parametrize("example", seed_page.MODEL_INPUTS, ids=lambda example: next(iter(example)))
def test_every_spelling_of_an_input_gives_the_same_completion(
    server: ServerProcess, model: str, example: dict[str, Any]
):
    def sampled(prompt: dict[str, Any]) -> Any:
        body = {"model_id": model, "prompt": prompt, "sampling_params": GREEDY, "include_prompt_logprobs": True}
        status, answer = server.post("sample", body)
        assert status == 200
        return answer

    answer = sampled(example)
    fits("SampleResult", answer)
    fits("SamplingSequence", answer["sequences"][0])
    assert answer["sequences"][0]["tokens"] == sampled(PROMPT)["sequences"][0]["tokens"]
    assert answer["prompt_logprobs"][0] is None
    assert all(value < 0 for value in answer["prompt_logprobs"][1:])
    assert len(answer["prompt_logprobs"]) == 5


@pytest.mark.parametrize("route", ["forward", "forward_backward"])
@pytest.mark.parametrize(
    ("loss", "datum", "count"),
    [
        ("cross_entropy", seed_page.SUPERVISED_DATUM, 3),
        ("importance_sampling", seed_page.POLICY_DATUM, 4),
        ("ppo", seed_page.POLICY_DATUM, 4),
    ],
)
def test_data_that_cover_the_last_tokens_only_are_answered_for_these(
    server: ServerProcess, new: NewModel, route: str, loss: str, datum: dict[str, Any], count: int
):
    model = new()
    result = server.done(route, {"model_id": model, "data": [datum, datum], "loss_fn": loss})
    fits("ForwardBackwardResult", result)
    assert len(result["loss_fn_outputs"]) == 2
    for output in result["loss_fn_outputs"]:
        assert {"logprobs", "elementwise_loss"} <= output.keys()
        assert output["logprobs"]["dtype"] == "float32"
        assert len(output["logprobs"]["data"]) == len(output["elementwise_loss"]["data"]) == count
    total = sum(sum(output["elementwise_loss"]["data"]) for output in result["loss_fn_outputs"])
    assert result["metrics"]["loss:sum"] == pytest.approx(total, rel=1e-4)
    if loss != "cross_entropy":  # as the page names them
        assert result["metrics"]["ppo_kl"] == result["metrics"]["ppo_kl:mean"]
    if loss == "ppo":
        assert 0 <= result["metrics"]["pg_clipfrac"] <= 1
    step = server.done("optim_step", {"model_id": model, "adam_params": ADAM})
    assert (step["metrics"]["grad_norm"] > 0) == (route == "forward_backward")


def test_the_log_probabilities_of_last_tokens_are_those_of_the_whole(server: ServerProcess, model: str):
    body = {"model_id": model, "prompt": PROMPT, "sampling_params": GREEDY, "include_prompt_logprobs": True}
    scored = server.post("sample", body)[1]["prompt_logprobs"]
    data = {"model_id": model, "data": [seed_page.SUPERVISED_DATUM], "loss_fn": "cross_entropy"}
    (output,) = server.done("forward", data)["loss_fn_outputs"]
    assert output["logprobs"]["data"] == pytest.approx(scored[2:], abs=0.01)


def test_a_tensor_with_a_shape_is_read(server: ServerProcess, model: str):
    inputs = {**seed_page.POLICY_INPUTS, "advantages": seed_page.TENSOR}
    datum = {**seed_page.POLICY_DATUM, "loss_fn_inputs": inputs}
    shaped = server.done("forward", {"model_id": model, "data": [datum], "loss_fn": "ppo"})
    plain = server.done("forward", {"model_id": model, "data": [seed_page.POLICY_DATUM], "loss_fn": "ppo"})
    assert shaped == plain
    datum["loss_fn_inputs"] = {**inputs, "advantages": {**seed_page.TENSOR, "shape": [2, 2]}}
    body = {"model_id": model, "data": [datum], "loss_fn": "ppo"}
    refused(server.post("forward", body), 400, "data[0], advantages", "shape (2, 2)")


@pytest.mark.parametrize("dtype", ["float32", "float64", "int32", "int64", "bool"])
def test_every_dtype_of_the_page_is_read(server: ServerProcess, model: str, dtype: str):
    values = [True, False, True] if dtype == "bool" else [1, 0, 1]
    inputs = {**seed_page.CROSS_ENTROPY_INPUTS, "weights": {"data": values, "dtype": dtype}}
    datum = {**seed_page.SUPERVISED_DATUM, "loss_fn_inputs": inputs}
    result = server.done("forward", {"model_id": model, "data": [datum], "loss_fn": "cross_entropy"})
    assert result["loss_fn_outputs"][0]["elementwise_loss"]["data"][1] == 0


def test_a_step_has_the_pages_optimizer(server: ServerProcess, new: NewModel):
    model = new()
    train(server, model)
    result = server.done("optim_step", {"model_id": model, "adam_params": seed_page.ADAM})
    fits("OptimStepResult", result)
    assert result["learning_rates"] == [1e-6]
    assert result["step_count"] == 2


def test_the_pages_sampling_parameters_end_at_its_stops(server: ServerProcess, model: str):
    body = {"model_id": model, "prompt": PROMPT, "num_samples": 3, "sampling_params": seed_page.SAMPLING}
    status, accepted = server.post("asample", body)
    assert status == 200
    fits("AsyncOperationResponse", accepted)
    future = server.result(accepted["request_id"])
    fits("FutureStatus", future)
    fits("SampleResult", future["result"])
    assert len(future["result"]["sequences"]) == 3
    for sequence in future["result"]["sequences"]:
        assert 0 < len(sequence["tokens"]) == len(sequence["logprobs"]) <= 100
        assert (sequence["finish_reason"] == "length") == (len(sequence["tokens"]) == 100)


def test_the_pages_adapter_is_made(server: ServerProcess, new: NewModel):
    status, info = server.post("get_info", {"model_id": new(lora_config=seed_page.LORA)})
    assert status == 200
    fits("ModelInfoResponse", info)
    fits("ModelData", info["model_data"])
    assert (info["model_data"]["model_name"], info["model_data"]["lora_rank"]) == (BASE, 32)
    assert datetime.fromisoformat(info["model_data"]["created_at"]).tzinfo is not None


def test_an_absent_adapter_is_the_pages_default(server: ServerProcess, session: str):
    body = {"session_id": session, "model_seq_id": 2000, "model_name": BASE}
    model = server.done("create_model", body)["model_id"]
    assert server.post("get_info", {"model_id": model})[1]["model_data"]["lora_rank"] == 32
    server.post("delete_model", {"model_id": model})


def test_the_pages_run_is_started_and_ends_with_its_model(server: ServerProcess, session: str):
    body = {
        "session_id": session,
        "model_seq_id": 2001,
        "model_name": BASE,
        "lora_config": {"rank": 4},
        "rlve_config": seed_page.RLVE,
        "wandb_config": seed_page.WANDB,
    }
    result = server.done("create_model", body)
    model = result["model_id"]
    assert result["rlve_job"] == model
    job = server.get(f"rlve_jobs/{model}")[1]
    assert job["status"] in ("starting", "running")
    assert job["num_rollout"] == 6
    busy = {"model_id": model, "data": [seed_page.SUPERVISED_DATUM], "loss_fn": "cross_entropy"}
    refused(server.post("forward_backward", busy), 400, "RLVE run")
    assert server.post("delete_model", {"model_id": model})[0] == 200
    assert server.get(f"rlve_jobs/{model}")[1]["status"] == "stopped"
    secret = {**body, "model_seq_id": 2002, "wandb_config": {**seed_page.WANDB, "api_key": "1234"}}
    refused(server.post("create_model", secret), 400, "WANDB_API_KEY")


def test_every_example_of_the_page_is_in_a_test_above():
    mine = Path(__file__).read_text(encoding="utf-8")
    names = {name for name, value in vars(seed_page).items() if any(value is example for example in seed_page.EXAMPLES)}
    answers = {"ACCEPTED", "LOSS_RESULT", "SAMPLE_RESULT"}  # whose types are in RESPONSE_TYPES
    assert [name for name in names - answers if f"seed_page.{name}" not in mine] == []


# Sessions, models and futures


def test_a_session_is_made_lists_what_it_has_and_lives_by_heartbeats(server: ServerProcess, new: NewModel):
    status, made = server.post("create_session", {"tags": ["a"], "user_metadata": {"n": 1}, "sdk_version": "seed"})
    assert status == 200
    fits("CreateSessionResponse", made)
    bare = server.post("create_session", {})[1]["session_id"]
    assert {made["session_id"], bare} <= set(server.get("sessions?limit=1000")[1]["sessions"])
    assert server.post("session_heartbeat", {"session_id": bare})[0] == 200
    model = new(session_id=bare)
    sampler = server.post("create_sampling_session", {"session_id": bare, "base_model": BASE})[1]
    held = server.get(f"sessions/{bare}")[1]
    fits("GetSessionResponse", held)
    assert (held["training_run_ids"], held["sampler_ids"]) == ([model], [sampler["sampling_session_id"]])
    for session in (made["session_id"], bare):
        assert server.post(f"sessions/{session}/finish", {})[0] == 204
    refused(server.post("session_heartbeat", {"session_id": bare}), 410, "has ended")
    refused(server.post("session_heartbeat", {"session_id": "nobody"}), 404, "no session")


def test_a_model_is_deleted_at_once_and_unloaded_in_its_turn(server: ServerProcess, new: NewModel):
    deleted, unloaded = new(), new()
    status, answer = server.post("delete_model", {"model_id": deleted})
    assert (status, answer["status"]) == (200, "deleted")
    train(server, unloaded)
    fits("AsyncOperationResponse", server.post("unload_model", {"model_id": unloaded})[1])
    deadline = time.monotonic() + 20
    body = {"model_id": unloaded, "adam_params": ADAM}
    while server.post("optim_step", body)[0] == 200:
        assert time.monotonic() < deadline
    for model in (deleted, unloaded):
        refused(server.post("optim_step", {"model_id": model, "adam_params": ADAM}), 404, "no live model")
        assert server.post("get_info", {"model_id": model})[0] == 200  # what it was is still known


def test_a_future_is_pending_completed_or_failed(server: ServerProcess, new: NewModel):
    model = new()
    data = [{**seed_page.SUPERVISED_DATUM}] * 200
    accepted = server.post("forward_backward", {"model_id": model, "data": data, "loss_fn": "cross_entropy"})[1]
    fits("AsyncOperationResponse", accepted)
    first = server.post(f"retrieve_future/{accepted['request_id']}")[1]
    fits("FutureStatus", first)
    assert first["status"] in ("pending", "completed")
    assert first["result"] is None or first["status"] == "completed"
    done = server.result(accepted["request_id"])
    assert (done["status"], done["error"]) == ("completed", None)
    assert server.result(accepted["request_id"]) == done  # it can be fetched again
    bad = {"model_id": model, "prompt": {"tokens": [1, 9999]}, "sampling_params": GREEDY}
    failed = server.result(server.post("asample", bad)[1]["request_id"])
    fits("FutureStatus", failed)
    assert (failed["status"], failed["result"]) == ("failed", None)
    assert "outside 0 to 1279" in failed["error"]
    refused(server.post("retrieve_future/nothing"), 404, "nothing")
    refused(server.post(f"retrieve_future/req-{'0' * 32}"), 410, "no longer kept")


def test_old_outcomes_are_cleaned_up(server: ServerProcess, new: NewModel):
    model = new()
    accepted = server.post("forward", {"model_id": model, "data": [seed_page.SUPERVISED_DATUM]})[1]
    server.result(accepted["request_id"])
    status, answer = server.post("cleanup_futures", {"max_age_hours": 24})
    assert status == 200
    assert answer["cleaned_count"] == 0
    server.post("delete_model", {"model_id": model})
    assert server.post("cleanup_futures", {"max_age_hours": 0})[1]["cleaned_count"] > 0
    refused(server.post(f"retrieve_future/{accepted['request_id']}"), 410, "no longer kept")


def test_the_server_says_what_it_is(server: ServerProcess, model: str):
    for path in ("health", "/health"):
        status, answer = server.get(path, key=None)
        assert status == 200
        fits("HealthResponse", answer)
        assert answer["active_models"] >= 1 and answer["active_sessions"] >= 1
        assert answer["ray_status"] == "running"
    capable = server.get("get_server_capabilities")[1]
    assert [each["model_name"] for each in capable["supported_models"]] == [BASE]
    assert {"lora", "rlve", "sampling"} <= set(capable["features"])
    assert capable["max_batch_size"] == 1024
    tokenizer = server.get(f"get_tokenizer?model_id={model}")[1]
    assert Path(tokenizer["tokenizer_id"]).is_dir()
    assert (tokenizer["model_id"], tokenizer["eos_token_id"], tokenizer["vocab_size"]) == (model, 0, 1158)


# Checkpoints and samplers


def test_saved_weights_are_known_loaded_and_resumed(server: ServerProcess, new: NewModel):
    model = new()
    train(server, model, 2)
    saved = server.done("save_weights", {"model_id": model, "name": "two"})
    fits("SaveWeightsResult", saved)
    assert saved["path"] == saved["tinker_path"] == f"tinker://{model}/weights/two"
    info = server.post("weights_info", {"path": saved["path"]})[1]
    assert (info["base_model"], info["lora_rank"], info["exists"]) == (BASE, 4, True)
    at_two = loss_of(server, model)
    train(server, model)
    at_three = loss_of(server, model)
    assert server.done("load_weights", {"model_id": model, "path": saved["path"], "optimizer": True})["path"]
    assert loss_of(server, model) == pytest.approx(at_two, rel=1e-5)
    resumed = new(checkpoint_path=saved["path"])
    assert loss_of(server, resumed) == pytest.approx(at_two, rel=1e-5)
    train(server, resumed)
    assert loss_of(server, resumed) == pytest.approx(at_three, rel=1e-4)  # Adam's memory came along
    body = {"session_id": model.partition(":")[0], "model_seq_id": 2003, "model_name": BASE}
    other = {**body, "checkpoint_path": saved["path"], "lora_config": {"rank": 8}}
    refused(server.post("create_model", other), 400, "was trained with lora_config")
    gone = {**body, "checkpoint_path": f"tinker://{model}/weights/three"}
    refused(server.post("create_model", gone), 404, "no checkpoint")


def test_saved_sampler_weights_become_a_sampler_that_stays(server: ServerProcess, session: str, new: NewModel):
    model = new()
    train(server, model, 3)
    saved = server.done("save_weights_for_sampler", {"model_id": model, "name": "look"})
    fits("SaveWeightsResult", saved)
    assert saved["path"] == f"tinker://{model}/sampler_weights/look"
    client = server.done("create_sampling_client", {"session_id": session, "model_path": saved["path"]})
    sampler = server.get(f"samplers/{client['sampler_id']}")[1]
    assert (sampler["base_model"], sampler["model_path"]) == (BASE, saved["path"])
    opened = server.post("create_sampling_session", {"session_id": session, "model_path": saved["path"]})[1]
    ask = {"prompt": PROMPT, "sampling_params": GREEDY, "include_prompt_logprobs": True}

    def look(**target: str) -> list[float]:
        return server.post("sample", {**ask, **target})[1]["prompt_logprobs"][1:]

    targets = [
        {"sampling_session_id": client["sampler_id"]},
        {"sampling_session_id": opened["sampling_session_id"]},
        {"model_path": saved["path"]},
    ]
    before = look(model_id=model)
    assert [look(**target) for target in targets] == [pytest.approx(before, abs=1e-4)] * 3
    train(server, model, 3)
    assert look(model_id=model) != pytest.approx(before, abs=0.01)  # the present weights
    assert [look(**target) for target in targets] == [pytest.approx(before, abs=1e-4)] * 3
    base = server.done("create_sampling_client", {"base_model": BASE})
    assert look(sampling_session_id=base["sampler_id"]) == pytest.approx(look(base_model=BASE), abs=1e-4)


@pytest.mark.slow
def test_full_weights_are_trained_and_their_newest_sampler_works(server: ServerProcess, session: str):
    body = {"session_id": session, "model_seq_id": 2004, "model_name": BASE, "lora_config": None}
    accepted = server.post("create_model", body)[1]
    model = server.result(accepted["request_id"], 240)["result"]["model_id"]
    assert server.post("get_info", {"model_id": model})[1]["model_data"]["lora_rank"] == 0
    before = loss_of(server, model)
    samplers: list[str] = []
    for number in (70, 71):
        train(server, model)
        saved = {"model_id": model, "sampling_session_seq_id": number}
        samplers.append(server.done("save_weights_for_sampler", saved)["sampling_session_id"])
    assert loss_of(server, model) < before
    ask = {"prompt": PROMPT, "sampling_params": GREEDY, "include_prompt_logprobs": True}
    newest = server.post("sample", {**ask, "sampling_session_id": samplers[1]})
    present = server.post("sample", {**ask, "model_id": model})
    assert newest[0] == present[0] == 200
    assert newest[1]["prompt_logprobs"][1:] == pytest.approx(present[1]["prompt_logprobs"][1:], abs=1e-4)
    stale = server.post("sample", {**ask, "sampling_session_id": samplers[0]})
    refused(stale, 400, "only the newest can be sampled")
    path = server.done("save_weights_for_sampler", {"model_id": model, "name": "full"})["path"]
    asked = {"session_id": session, "model_path": path}
    refused(server.post("create_sampling_session", asked), 400, "full weights")
    second = {**body, "model_seq_id": 2005}
    waiting = server.post("create_model", second)[1]
    poll = server.post("retrieve_future", {"request_id": waiting["request_id"]})
    assert (poll[0], poll[1]["queue_state"]) == (408, "paused_capacity")
    for each in (waiting["model_id"], model):
        server.post("delete_model", {"model_id": each})


# What is enforced


def test_a_models_own_limits_are_enforced(server: ServerProcess, new: NewModel):
    model = new(max_batch_size=2, max_seq_len=6)
    body = {"model_id": model, "loss_fn": "cross_entropy"}
    server.done("forward_backward", {**body, "data": [seed_page.SUPERVISED_DATUM] * 2})
    refused(
        server.post("forward_backward", {**body, "data": [seed_page.SUPERVISED_DATUM] * 3}), 400, "max_batch_size is 2"
    )
    longer = {
        "model_input": {"tokens": [*range(1, 9)]},
        "loss_fn_inputs": {"target_tokens": {"data": [*range(2, 9)], "dtype": "int64"}},
    }
    refused(server.post("forward", {**body, "data": [longer]}), 400, "6")
    server.done("optim_step", {"model_id": model, "adam_params": ADAM})  # nothing is stuck behind them


def test_the_pages_default_limits_hold_where_a_request_names_none(server: ServerProcess, model: str):
    body = {"model_id": model, "loss_fn": "cross_entropy", "data": [seed_page.SUPERVISED_DATUM] * 257}
    refused(server.post("forward", body), 400, "max_batch_size is 256")


@pytest.mark.parametrize(
    ("path", "body", "words"),
    [
        ("create_session", {"tag": ["a"]}, ["tag: there is no such key", "tags"]),
        ("optim_step", {"model_id": "m", "adam_params": {**ADAM, "lr": 1}}, ["adam_params.lr: there is no"]),
        (
            "asample",
            {"model_id": "m", "prompt": {"tokens": [1]}, "sampling_params": {"max_new_tokens": 1}},
            ["max_tokens"],
        ),
        ("create_model", {"session_id": "s", "model_seq_id": 0, "model_name": BASE, "rank": 3}, ["rank"]),
        ("save_weights", {"model_id": "m", "names": "x"}, ["names", "name"]),
    ],
)
def test_a_key_that_the_page_lacks_is_refused_and_the_nearest_named(
    server: ServerProcess, path: str, body: dict[str, Any], words: list[str]
):
    refused(server.post(path, body), 422, *words)


@pytest.mark.parametrize("number", [b"NaN", b"Infinity", b"-Infinity", b"1e999"])
def test_numbers_that_are_none_are_refused(server: ServerProcess, model: str, number: bytes):
    adam = b'{"model_id": "%s", "adam_params": {"learning_rate": %s}}' % (model.encode(), number)
    assert server.post("optim_step", adam)[0] == 422
    datum = (
        b'{"model_id": "%s", "loss_fn": "cross_entropy", "data": [{"model_input": {"tokens": [1, 2, 3]}, '
        b'"loss_fn_inputs": {"target_tokens": {"data": [2, 3], "dtype": "int64"}, "weights": {"data": [1, %s]}}}]}'
    ) % (model.encode(), number)
    assert server.post("forward_backward", datum)[0] == 422
    ask = b'{"model_id": "%s", "prompt": {"tokens": [1]}, "sampling_params": {"temperature": %s}}'
    assert server.post("asample", ask % (model.encode(), number))[0] == 422


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"loss_fn": "stable_reinforce"}, "importance_sampling"),
        ({"loss_fn": "mean_squared"}, "mean_squared"),
        ({"loss_fn_config": {"beta": 0.1}}, "beta"),
        ({"data": [{**seed_page.SUPERVISED_DATUM, "loss_fn_inputs": seed_page.POLICY_INPUTS}]}, "data[0]"),
        ({"data": [{**seed_page.SUPERVISED_DATUM, "model_input": {"tokens": [1, 2, 3, 4, 6]}}]}, "last 3 tokens"),
    ],
)
def test_data_and_losses_that_do_not_fit_are_refused_by_name(
    server: ServerProcess, model: str, change: dict[str, Any], words: str
):
    body = {"model_id": model, "data": [seed_page.SUPERVISED_DATUM], "loss_fn": "cross_entropy"}
    status, answer = server.post("forward_backward", {**body, **change})
    assert status == 400
    assert words in answer["detail"]


@pytest.mark.slow
def test_a_model_for_training_only_starts_no_engine(tmp_path: Path):
    server = ServerProcess(tmp_path / "data", "preload=false")
    server.start()
    try:
        assert server.process is not None
        model = server.model(debug_train_only=True)
        train(server, model, 2)
        server.done("save_weights", {"model_id": model, "name": "two"})
        sample = {"model_id": model, "prompt": PROMPT}
        status, accepted = server.post("asample", sample)
        told = accepted["detail"] if status == 400 else server.result(accepted["request_id"])["error"]
        assert "debug_train_only has no sampler" in told
        refused(server.post("save_weights_for_sampler", {"model_id": model, "name": "x"}), 400, "debug_train_only")
        names = [each.name() for each in psutil.Process(server.process.pid).children(recursive=True)]
        assert any("TrainerActor" in name for name in names)
        assert not [name for name in names if "VLLM" in name or "RolloutActor" in name]
    finally:
        server.stop()
