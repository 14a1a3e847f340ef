"""What goes wrong between a client and a server, sent by plain HTTP: order, resends, refusals, disconnects, silence."""

import http.client
import json
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
import yaml

from rlve.server import tinker_public_pb2 as pb
from tests.server.conftest import ROOT, ServerProcess
from tests.server.plain import Numbered, create_model, new_session, numbers, outcome, poll

CHUNKS = 5
SESSION_SECONDS = 8.0


@pytest.fixture
def model(server: ServerProcess) -> Iterator[Numbered]:
    made = Numbered.create(server)
    yield made
    finish(made)


@pytest.fixture(scope="module", autouse=True)
def launched(server: ServerProcess, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """What becomes `narrow` while the other server's tests run."""
    made = ServerProcess(
        tmp_path_factory.mktemp("narrow"),
        "limits.models=1",
        "limits.samples=2",
        "limits.waiting_bytes=3000",
        "limits.request_bytes=1000000",
        f"limits.session_seconds={SESSION_SECONDS}",
        "limits.poll_seconds=1",
    )
    made.launch()
    try:
        yield made
    finally:
        made.stop()


@pytest.fixture(scope="module")
def narrow(launched: ServerProcess) -> ServerProcess:
    """A server that soon has enough of everything."""
    launched.wait()
    return launched


def finish(model: Numbered) -> None:
    model.server.post(f"sessions/{model.session}/finish", {"reason": {"type": "success"}, "detail": None})


# Order


def test_chunks_that_arrive_in_another_order_run_in_that_of_their_numbers_bit_for_bit(server: ServerProcess) -> None:
    session = new_session(server)
    ordered, reversed_ = (Numbered.create(server, number, session) for number in (0, 1))
    expected = [ordered.ok(ordered.forward_backward(seq)) for seq in range(1, CHUNKS + 1)]
    expected.append(ordered.ok(ordered.optim_step(CHUNKS + 1)))
    accepted: dict[int, Any] = {}
    for seq in (*range(2, CHUNKS + 1), 1):
        if seq == 1:
            accepted[CHUNKS + 1] = reversed_.ok(reversed_.optim_step(CHUNKS + 1))
            assert all(reversed_.server.post(f"retrieve_future/{told['request_id']}")[1]["status"] == "pending"
                       for told in accepted.values())  # fmt: skip
        started = time.monotonic()
        accepted[seq] = reversed_.ok(reversed_.forward_backward(seq))
        assert time.monotonic() - started < 4, "acknowledged before what comes first has arrived"
    for seq, first in enumerate(expected, 1):
        protobuf = seq <= CHUNKS
        assert reversed_.outcome(accepted[seq], protobuf) == ordered.outcome(first, protobuf), seq
    assert reversed_.loss(CHUNKS + 2) == ordered.loss(CHUNKS + 2)
    finish(ordered)


def test_the_next_step_may_be_sent_before_this_one_is_fetched(model: Numbered) -> None:
    accepted = [
        model.ok(model.forward_backward(1, numbers(1), numbers(2))),
        model.ok(model.optim_step(2)),
        model.ok(model.forward_backward(3, numbers(1), numbers(2))),
    ]
    before, step, after = [model.outcome(each) for each in accepted]
    assert step["metrics"]["grad_norm"] > 0
    assert after["metrics"]["loss:sum"] < before["metrics"]["loss:sum"]


def test_models_neither_wait_for_nor_change_each_other(server: ServerProcess) -> None:
    session = new_session(server)
    alone, one, other, stuck = (Numbered.create(server, number, session) for number in range(4))
    stuck.ok(stuck.forward_backward(2))
    for seq in (1, 3):
        alone.ok(alone.forward_backward(seq))
        one.ok(one.forward_backward(seq))
        other.ok(other.forward_backward(seq, numbers(50 + seq)))
        for each in (alone, one):
            each.ok(each.optim_step(seq + 1))
        other.ok(other.optim_step(seq + 1, learning_rate=0.1))
    assert alone.loss(5) == one.loss(5) != other.loss(5)
    finish(alone)


# Sent again


def test_a_resend_with_another_key_is_the_same_request(model: Numbered) -> None:
    first = model.ok(model.forward_backward(1))
    assert model.ok(model.forward_backward(1)) == first
    result = model.outcome(first, protobuf=True)
    assert model.ok(model.forward_backward(1)) == first
    assert model.outcome(first, protobuf=True) == result == model.outcome(first, protobuf=True)
    save = model.ok(model.save(2, "kept"))
    path = model.outcome(save)["path"]
    assert model.ok(model.save(2, "kept")) == save, "though the name is taken by now"
    assert model.outcome(save)["path"] == path


def test_another_request_under_the_same_number_is_refused_and_the_lane_goes_on(model: Numbered) -> None:
    first = model.ok(model.forward_backward(2))
    status, told = model.forward_backward(2, numbers(77))
    assert (status, "number 2 was used before" in told["detail"]) == (400, True)
    status, told = model.forward_backward(2, loss="stable_reinforce")
    assert (status, "stable_reinforce" in told["detail"]) == (400, True)
    assert model.optim_step(2)[0] == 400
    assert model.save(2, "../up")[0] == 422
    model.ok(model.forward_backward(1))
    assert "metrics" in model.outcome(first)
    assert model.loss(3) > 0


def test_a_model_that_is_asked_for_twice_is_made_once(server: ServerProcess) -> None:
    session = new_session(server)
    _, first = create_model(server, session)
    assert create_model(server, session) == (200, first)
    assert outcome(server, first)["model_id"] == f"{session}:train:0"
    assert create_model(server, session) == (200, first)
    status, told = create_model(server, session, lora_config={"rank": 8})
    assert (status, "number 0 was used before" in told["detail"]) == (400, True)
    assert server.get(f"sessions/{session}")[1]["training_run_ids"] == [f"{session}:train:0"]
    server.post(f"sessions/{session}/finish", {})


def test_a_sampler_that_is_asked_for_twice_is_made_once(model: Numbered) -> None:
    body = {"model_id": model.id, "seq_id": 1, "sampling_session_seq_id": 0}
    first = model.ok(model.post("save_weights_for_sampler", body))
    assert model.ok(model.post("save_weights_for_sampler", body)) == first
    sampler = model.outcome(first)["sampling_session_id"]
    again = model.outcome(model.ok(model.post("save_weights_for_sampler", {**body, "seq_id": 2})))
    assert again["category"] == "user"
    assert "sampling_session_seq_id 0 was used before" in again["error"]
    sample = model.ok(model.sample(sampler, 0))
    assert len(sample["sample_sequence_ids"]) == 2
    assert model.ok(model.sample(sampler, 0)) == sample
    assert model.sample(sampler, 0, seed=6)[0] == 400
    base = {"session_id": model.session, "sampling_session_seq_id": 9, "base_model": "local/tiny"}
    assert model.post("create_sampling_session", base) == model.post("create_sampling_session", base)
    assert model.post("create_sampling_session", {**base, "sampling_session_seq_id": 0})[0] == 400


# Refused


@pytest.mark.parametrize("fault", ["loss", "input", "token", "config", "adam", "name", "cut"])
def test_a_refused_request_has_used_up_its_number(model: Numbered, fault: str) -> None:
    def refused() -> tuple[int, Any]:
        message = pb.ForwardBackwardRequest.FromString(model.body(1))
        match fault:
            case "loss":
                message.loss_fn = "stable_reinforce"
            case "input":
                message.data[0].loss_fn_inputs["mask"].CopyFrom(message.data[0].loss_fn_inputs["weights"])
            case "token":
                return model.forward_backward(1, [1, 2, 10**6])
            case "config":
                message.loss_fn_config_v2["clip"].text = "much"
            case "adam":
                return model.optim_step(1, learning_rate=-1.0)
            case "name":
                return model.save(1, "no/folder")
            case "cut":
                message.data[0].model_input[0].encoded_text.tokens += b"\0"
        return model.post("forward_backward", message.SerializeToString())

    after = model.ok(model.forward_backward(2))
    status, told = refused()
    assert status in (400, 422), told
    assert "metrics" in model.outcome(after)
    assert refused() == (status, told), "whoever sends it again hears the same"
    assert model.forward_backward(1)[0] == 400
    assert model.loss(3) > 0


def test_a_taken_checkpoint_name_is_refused_at_once_or_fails_in_its_turn(model: Numbered) -> None:
    later = [model.ok(model.save(2, "twice")), model.ok(model.save(3, "twice"))]
    model.ok(model.forward_backward(1))
    assert model.outcome(later[0])["path"] == f"tinker://{model.id}/weights/twice"
    failed = model.outcome(later[1])
    assert failed["category"] == "user"
    assert "twice exists" in failed["error"]
    assert model.outcome(later[1]) == failed
    started = time.monotonic()
    status, told = model.save(4, "twice")
    assert (status, "twice exists" in told["detail"]) == (400, True)
    assert time.monotonic() - started < 4
    replaced = model.outcome(model.ok(model.save(5, "twice", overwrite=True)))
    assert replaced["path"] == f"tinker://{model.id}/weights/twice"


def test_numbered_and_unnumbered_requests_do_not_mix_on_a_model(server: ServerProcess) -> None:
    session = new_session(server)
    numbered, counted = (Numbered.create(server, number, session) for number in range(2))
    numbered.ok(numbered.forward_backward(1))
    step = {"model_id": numbered.id, "adam_params": {"learning_rate": 0.1}}
    status, told = server.post("optim_step", step)
    assert (status, "with and without seq_id" in told["detail"]) == (400, True)
    assert server.done("optim_step", {**step, "model_id": counted.id})["step_count"] == 1
    assert counted.optim_step(2)[0] == 400
    assert numbered.loss(2) > 0
    finish(numbered)


def test_no_fault_is_told_by_a_status_that_clients_repeat_nor_without_words(model: Numbered) -> None:
    server = model.server
    model.outcome(model.ok(model.save(1, "one")))
    answers = [
        model.save(2, "one"),
        model.save(1, "two"),
        model.forward_backward(3, loss="nothing"),
        model.post("forward_backward", b"\xff\xff"),
        model.post("optim_step", {"model_id": "nobody:train:0", "seq_id": 1, "adam_params": {"learning_rate": 0.1}}),
        model.post("optim_step", {"model_id": model.id, "seq_id": 4}),
        create_model(server, model.session, 1, base_model="other/model"),
        create_model(server, model.session, 1, lora_config={"rank": 4096}),
        create_model(server, "no-session"),
        model.post("asample", {"prompt": {"tokens": [1]}, "sampling_session_id": "nothing"}),
        model.post("create_sampling_session", {"session_id": model.session, "model_path": "tinker://a/weights/b"}),
        model.post("load_weights", {"model_id": model.id, "seq_id": 5, "path": "tinker://a/weights/b"}),
        poll(server, "req-unknown"),
        server.post("retrieve_future", {}),
        server.post("session_heartbeat", {"session_id": "nobody"}),
        server.post("client/config", {}, key="tml-wrong"),
        server.call("POST", "optim_step", b"{"),
        server.call("PATCH", "optim_step"),
        server.get("nothing/here"),
    ]
    for status, told in answers:
        assert status in (400, 401, 404, 405, 410, 422), told
        assert len(told["detail"]) > 4


# Outcomes


def test_results_have_no_error_key_and_can_be_fetched_again(model: Numbered) -> None:
    sampler = {"model_id": model.id, "seq_id": 4, "path": "s"}
    accepted = [
        model.forward_backward(1),
        model.optim_step(2),
        model.save(3, "all"),
        model.post("save_weights_for_sampler", sampler),
        model.post("save_weights_for_sampler", {"model_id": model.id, "seq_id": 5, "sampling_session_seq_id": 0}),
        model.post("save_weights_external", {"model_id": model.id, "seq_id": 6, "path": "out"}),
        model.post("load_weights", {"model_id": model.id, "seq_id": 7, "path": f"tinker://{model.id}/weights/all"}),
    ]
    results = [model.outcome(model.ok(each)) for each in accepted]
    made = {"session_id": model.session, "model_seq_id": 1, "path": f"tinker://{model.id}/weights/all"}
    accepted.append(model.post("load_weights", made))
    results.append(model.outcome(model.ok(accepted[-1])))
    sample = model.ok(model.sample(results[4]["sampling_session_id"], 0))
    results.append(model.outcome(sample))
    assert not any("error" in result for result in results), results
    accepted.append((200, sample))
    assert [model.outcome(each) for _, each in accepted] == results
    fetched = model.poll(sample["request_id"], protobuf=True)[1]
    assert len(pb.SampleResponse.FromString(fetched).sequences) == 2


def test_a_poll_of_what_waits_is_held_and_answered_408(model: Numbered) -> None:
    limits = yaml.safe_load((ROOT / "conf" / "serve.yaml").read_text(encoding="utf-8"))["limits"]
    assert 5 < limits["poll_seconds"] < 45, "the SDK gives up after 45 s"
    waiting = model.ok(model.forward_backward(2))
    started = time.monotonic()
    status, told = model.poll(waiting["request_id"], protobuf=True)
    assert 4.5 < time.monotonic() - started < 20
    assert (status, told["type"], told["request_id"]) == (408, "try_again", waiting["request_id"])
    assert told["queue_state"] == "active"


def test_unknown_and_forgotten_outcomes_are_told_apart_from_nonsense(model: Numbered) -> None:
    known = model.ok(model.forward_backward(1))
    model.outcome(known)
    assert poll(model.server, f"req-{'0' * 32}")[0] == 410
    assert poll(model.server, "not-a-request")[0] == 404
    assert model.server.post("retrieve_future/not-a-request")[0] == 404
    assert poll(model.server, known["request_id"])[0] == 200


# Disconnects


def test_a_body_that_breaks_off_leaves_no_trace(model: Numbered) -> None:
    body = model.body(1)
    log = len(model.server.log())
    half_sent(model.server, "forward_backward", body, len(body) // 2)
    half_sent(model.server, "forward_backward", body, 0)
    later = model.ok(model.forward_backward(2))
    assert model.server.post(f"retrieve_future/{later['request_id']}")[1]["status"] == "pending"
    assert "metrics" in model.outcome(model.ok(model.forward_backward(1)))
    assert "metrics" in model.outcome(later)
    assert '"level": "error"' not in model.server.log()[log:]


def test_an_answer_that_nobody_read_can_be_asked_for_again(model: Numbered) -> None:
    waiting = model.ok(model.forward_backward(2))
    log = len(model.server.log())
    asked = json.dumps({"request_id": waiting["request_id"]}).encode()
    half_sent(model.server, "retrieve_future", asked, len(asked))
    half_sent(model.server, "forward_backward", model.body(1), len(model.body(1)))
    assert "metrics" in model.outcome(waiting)
    assert "metrics" in model.outcome(model.ok(model.forward_backward(1)))
    assert '"level": "error"' not in model.server.log()[log:]


def half_sent(server: ServerProcess, path: str, body: bytes, sent: int) -> None:
    """Sends the first bytes of a body and hangs up without waiting for an answer."""
    kind = "application/json" if path.startswith("retrieve") else "application/x-protobuf"
    head = (
        f"POST /api/v1/{path} HTTP/1.1\r\nhost: x\r\nx-api-key: {server.key}\r\nx-sdk-version: 0.38.0\r\n"
        f"content-type: {kind}\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(head.encode() + body[:sent])
        time.sleep(0.3)


# Enough is enough


def test_samples_beyond_the_limit_are_put_off_with_429(narrow: ServerProcess) -> None:
    session = new_session(narrow)
    made = narrow.post("create_sampling_session", {"session_id": session, "base_model": "local/tiny"})[1]
    body = {
        "sampling_session_id": made["sampling_session_id"],
        "prompt": {"tokens": numbers(3)},
        "num_samples": 8,
        "sampling_params": {"max_tokens": 400, "stop": []},
    }
    accepted = [narrow.post("asample", {**body, "seq_id": seq}) for seq in range(3)]
    assert [status for status, _ in accepted] == [200, 200, 429], accepted
    deadline = time.monotonic() + 100
    while accepted[2][0] == 429 and time.monotonic() < deadline:
        time.sleep(0.5)
        accepted[2] = narrow.post("asample", {**body, "seq_id": 2})
    for _, told in accepted:
        assert len(outcome(narrow, told)["sequences"]) == 8
    narrow.post(f"sessions/{session}/finish", {})


def test_a_cancelled_sample_ends_in_its_engine_too(narrow: ServerProcess) -> None:
    session = new_session(narrow)
    asked = {"session_id": session, "sampling_session_seq_id": 0, "base_model": "local/tiny"}
    sampler = narrow.post("create_sampling_session", asked)[1]["sampling_session_id"]
    body = {
        "sampling_session_id": sampler,
        "prompt": {"chunks": [{"tokens": [1, 2, 3]}]},
        "num_samples": 256,
        "sampling_params": {"max_tokens": 500, "stop": []},
    }
    status, accepted = narrow.post("asample", body)
    assert status == 200, accepted
    time.sleep(1)
    assert narrow.post("cancel_future", {"request_id": accepted["request_id"]})[0] == 204
    told = narrow.result(accepted["request_id"], seconds=10)
    assert (told["status"], told["error"]) == ("failed", "its client cancelled it")
    # 128,000 tokens would hold the engine for half a minute.
    started = time.monotonic()
    short = {**body, "num_samples": 1, "sampling_params": {"max_tokens": 4}}
    assert len(narrow.done("asample", short)["sequences"]) == 1
    assert time.monotonic() - started < 10


def test_a_lane_takes_so_many_bytes_and_always_the_one_that_the_others_wait_for(narrow: ServerProcess) -> None:
    model = Numbered.create(narrow)
    accepted: list[Any] = []
    seq = 2
    while (answer := model.forward_backward(seq))[0] == 200:
        accepted.append(answer[1])
        seq += 1
    assert answer[0] == 429
    assert seq > 4
    assert model.ok(model.forward_backward(2)) == accepted[0], "a resend takes no room"
    model.ok(model.forward_backward(1))
    for each in accepted:
        assert "metrics" in model.outcome(each)
    assert "metrics" in model.outcome(model.ok(model.forward_backward(seq)))
    finish(model)


def test_a_body_that_is_too_large_is_refused_before_it_is_read(narrow: ServerProcess) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", narrow.port, timeout=60)
    connection.putrequest("POST", "/api/v1/forward_backward")
    for name, value in {"x-api-key": narrow.key, "content-length": "1000001"}.items():
        connection.putheader(name, value)
    connection.endheaders()
    answer = connection.getresponse()
    assert (answer.status, "more than 1000000 bytes" in answer.read().decode()) == (413, True)
    connection.close()


# Silence


def test_a_model_waits_for_a_place_and_gets_that_of_a_silent_one(narrow: ServerProcess) -> None:
    silent = Numbered.create(narrow)
    silent.sampler(1, 0)
    kept = silent.outcome(silent.ok(silent.save(2, "kept")))["path"]
    stuck = silent.ok(silent.forward_backward(4))
    folders = {folder.name for folder in scratch(narrow).iterdir()}
    session = new_session(narrow)
    accepted = create_model(narrow, session)[1]
    states: set[tuple[str, bool]] = set()
    deadline = time.monotonic() + 90
    while (told := poll(narrow, accepted["request_id"]))[0] == 408 and time.monotonic() < deadline:
        states.add((told[1]["queue_state"], "all 1 places" in (told[1]["queue_state_reason"] or "")))
    assert ("paused_capacity", True) in states
    assert told[1]["model_id"] == f"{session}:train:0"

    assert narrow.post("session_heartbeat", {"session_id": silent.session})[0] == 410
    assert narrow.post("session_heartbeat", {"session_id": session})[0] == 200
    for status, answer in (silent.forward_backward(3), silent.sample(f"{silent.session}:sample:0", 0)):
        assert (status, "ended" in answer["detail"]) == (404, True)
    ended = outcome(narrow, stuck)
    assert (ended["category"], "its session ended (silent" in ended["error"]) == ("user", True)
    left = {folder.name for folder in scratch(narrow).iterdir()}
    assert not folders & left, "its adapters are gone"
    assert not list((narrow.data / "samplers").iterdir())

    body = {"session_id": session, "model_seq_id": 1, "path": kept, "optimizer": True}
    narrow.post("delete_model", {"model_id": f"{session}:train:0"})
    assert outcome(narrow, narrow.post("load_weights", body)[1])["path"] == kept
    narrow.post(f"sessions/{session}/finish", {})


def test_a_model_that_waits_when_its_session_ends_is_told_so(narrow: ServerProcess) -> None:
    first = Numbered.create(narrow)
    session = new_session(narrow)
    waiting = create_model(narrow, session)[1]
    assert poll(narrow, waiting["request_id"])[1]["queue_state"] == "paused_capacity"
    narrow.post(f"sessions/{session}/finish", {})
    told = outcome(narrow, waiting)
    assert (told["category"], "its session ended" in told["error"]) == ("user", True)
    assert create_model(narrow, session, 1)[0] == 410
    assert "metrics" in first.outcome(first.ok(first.forward_backward(1)))
    finish(first)
    assert first.outcome(first.ok(create_model(narrow, new_session(narrow))))["model_id"]


def scratch(server: ServerProcess) -> Path:
    """The folder in shared memory that a server's engine reads adapters from; the engine has it open."""
    assert server.process is not None
    found: list[Path] = []
    for process in psutil.Process(server.process.pid).children(recursive=True):
        with suppress(OSError):  # it may have ended meanwhile
            opened = [each.readlink() for each in Path(f"/proc/{process.pid}/fd").iterdir() if each.is_symlink()]
            found += [path for path in opened if path.match("/dev/shm/rlve-cluster-*")]
    return found[0]
