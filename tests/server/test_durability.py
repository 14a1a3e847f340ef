"""A server that is killed and started again: what it had acknowledged is done once, and nothing is left behind."""

import json
import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from sqlalchemy import create_engine

from rlve.server.tables import metadata
from tests.server.conftest import KEY, ServerProcess
from tests.server.plain import Numbered, new_session, numbers, outcome
from tests.server.test_faults import scratch

POSTGRES = os.environ.get("RLVE_TEST_POSTGRES", "")
LONG = {"max_tokens": 300, "stop": []}
"""A sample of some seconds."""
RUN = {
    "enabled": True,
    "environment_list": ["Parity", "Division"],
    "rollout_batch_size": 4,
    "over_sampling_batch_size": 4,
    "n_samples_per_prompt": 4,
    "rollout_max_response_len": 16,
    "num_rollout": 4,
    "use_dynamic_sampling_filter": False,
}


@pytest.fixture(params=["sqlite", "postgresql"] if POSTGRES else ["sqlite"])
def fragile(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ServerProcess]:
    """A server that a test may kill. RLVE_TEST_POSTGRES names an empty database to do that with, too."""
    overrides = ["limits.poll_seconds=2", "limits.snapshot_every=2", "jobs.checkpoint.every=1"]
    overrides += ["jobs.evaluation.problems_per_level=1", "jobs.evaluation.levels=[0]"]
    if request.param == "postgresql":
        engine = create_engine(POSTGRES)
        metadata.drop_all(engine)
        engine.dispose()
        overrides.append(f"database={POSTGRES}")
    made = ServerProcess(tmp_path / "server", *overrides)
    made.start()
    try:
        yield made
    finally:
        if made.process is not None and made.process.poll() is None:
            made.stop()


def kill(server: ServerProcess) -> list[psutil.Process]:
    """Ends the server by SIGKILL; what it had started."""
    family = started(server)
    assert server.stop(signal.SIGKILL) == -signal.SIGKILL
    return family


def started(server: ServerProcess) -> list[psutil.Process]:
    assert server.process is not None
    return psutil.Process(server.process.pid).children(recursive=True)


def assert_gone(family: list[psutil.Process], seconds: float) -> None:
    _, alive = psutil.wait_procs(family, timeout=seconds)
    # Nobody here waits for the children of a dead parent.
    assert [each.name() for each in alive if each.status() != psutil.STATUS_ZOMBIE] == []


def assert_closed(port: int) -> None:
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0


def test_acknowledged_operations_are_done_once_though_the_server_is_killed(fragile: ServerProcess) -> None:
    model = Numbered.create(fragile)
    fetched: dict[int, Any] = {}
    for seq in range(1, 7):
        accepted = model.ok(model.forward_backward(seq) if seq % 2 else model.optim_step(seq))
        fetched[seq] = accepted, model.outcome(accepted, protobuf=seq % 2 == 1)
    assert [folder.name for folder in (fragile.data / "models").glob("*/snapshot-*")] == ["snapshot-4"]
    sampler = model.sampler(7, 0)
    drawn = model.ok(model.sample(sampler, 0))
    fetched[8] = drawn, model.outcome(drawn, protobuf=True)
    gradient = model.ok(model.forward_backward(8))
    model.outcome(gradient)
    # Number 9 does not come: what follows is acknowledged and cannot run.
    behind = [model.ok(model.optim_step(10)), model.ok(model.forward_backward(11)), model.ok(model.optim_step(12))]
    behind.append(model.ok(model.save(13, "end")))
    other = Numbered.create(fragile, 1, model.session)
    rows = [numbers(row, 400) for row in range(16)]
    working = [
        other.ok(other.forward_backward(seq, *rows) if seq % 2 else other.optim_step(seq)) for seq in range(1, 8)
    ]
    pending = model.ok(model.sample(sampler, 1, **LONG))
    folder = scratch(fragile)
    # Ray's two agents notice a minute later that they are alone; the slow tests wait for that.
    family = [each for each in started(fragile) if not each.name().endswith("Agent")]
    kill(fragile)

    fragile.start()
    for accepted, result in fetched.values():
        assert fragile.post("retrieve_future/" + accepted["request_id"])[1]["status"] == "completed"
        assert model.outcome(accepted, protobuf=isinstance(result, bytes)) == result
    assert model.ok(model.forward_backward(5)) == fetched[5][0]
    model.ok(model.forward_backward(9))
    results = [model.outcome(accepted) for accepted in (gradient, *behind)]
    assert results[-1]["path"] == f"tinker://{model.id}/weights/end"
    assert results[1]["step_count"] == 4
    assert results[3]["step_count"] == 5
    kept = model.outcome(pending)
    assert [len(sequence["tokens"]) for sequence in kept["sequences"]] == [300, 300]
    # The same weights, though the engine may add them up in another order.
    again = model.ok(model.sample(sampler, 2))
    before, after = (model.outcome(each)["sequences"] for each in (drawn, again))
    for first, second in zip(before, after, strict=True):
        assert first["tokens"] == second["tokens"]
        assert first["logprobs"] == pytest.approx(second["logprobs"], abs=1e-4)

    same = Numbered.create(fragile, 2, model.session)
    expected = [
        same.ok(same.forward_backward(seq) if seq % 2 or seq == 8 else same.optim_step(seq))
        for seq in (1, 2, 3, 4, 5, 6)
    ]
    for seq, accepted in enumerate(expected, 1):
        assert same.outcome(accepted, protobuf=seq % 2 == 1) == fetched[seq][1]
    # 7 was a save; a forward pass changes as little.
    same.loss(7)
    rest = [same.forward_backward(8), same.forward_backward(9), same.optim_step(10), same.forward_backward(11)]
    rest += [same.optim_step(12)]
    finals = [same.outcome(same.ok(each)) for each in rest]
    assert [finals[0], *finals[2:]] == results[:4]
    assert same.loss(13) == model.loss(14)
    third = Numbered.create(fragile, 3, model.session)
    for seq, accepted in enumerate(working, 1):
        alone = third.ok(third.forward_backward(seq, *rows) if seq % 2 else third.optim_step(seq))
        assert third.outcome(alone) == other.outcome(accepted)

    assert not folder.exists(), "the next server removes what a killed one left in shared memory"
    assert_gone(family, 30)
    family, folder = started(fragile), scratch(fragile)
    assert folder.is_dir()
    assert any("TrainerActor" in each.name() for each in family)
    assert fragile.stop() in (0, -signal.SIGTERM)
    assert_gone(family, 15)
    assert_closed(fragile.port)
    assert not folder.exists()


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_save_that_a_kill_cuts_off_is_done_by_the_next_server(fragile: ServerProcess) -> None:
    model = Numbered.create(fragile)
    model.outcome(model.ok(model.forward_backward(1)))
    model.outcome(model.ok(model.optim_step(2)))
    seq = 3
    for attempt, seconds in enumerate((0.0, 0.01, 0.04)):
        accepted = [
            model.ok(model.save(seq, f"all-{attempt}")),
            model.ok(model.post("save_weights_for_sampler", {"model_id": model.id, "seq_id": seq + 1, "path": "s"}))
            if not attempt
            else model.ok(model.forward_backward(seq + 1, forward_only=True)),
            model.ok(
                model.post(
                    "save_weights_for_sampler",
                    {"model_id": model.id, "seq_id": seq + 2, "sampling_session_seq_id": attempt},
                )
            ),
            model.ok(model.optim_step(seq + 3)),
        ]
        time.sleep(seconds)
        kill(fragile)
        fragile.start()
        results = [model.outcome(each) for each in accepted]
        assert results[0]["path"].endswith(f"all-{attempt}")
        assert results[3]["step_count"] == 2 + attempt
        sampler = results[2]["sampling_session_id"]
        assert len(model.outcome(model.ok(model.sample(sampler, 0)))["sequences"]) == 2
        seq += 4
    listed = fragile.get(f"training_runs/{model.id}/checkpoints")[1]["checkpoints"]
    assert sorted(each["checkpoint_id"] for each in listed) == [
        "sampler_weights/s",
        "weights/all-0",
        "weights/all-1",
        "weights/all-2",
    ]
    folders = [folder for folder in (fragile.data / "checkpoints").glob("*/*/*") if folder.is_dir()]
    assert len(folders) == 4, "half-written checkpoints are removed"
    assert not list((fragile.data / "partial").iterdir())
    for each in listed:
        if each["checkpoint_type"] == "training":
            body = {"session_id": new_session(fragile), "model_seq_id": 0, "path": each["tinker_path"]}
            loaded = outcome(fragile, fragile.post("load_weights", {**body, "optimizer": True})[1])
            assert loaded["path"] == each["tinker_path"]


@pytest.mark.slow
def test_a_server_whose_engine_dies_ends_and_the_next_one_answers(fragile: ServerProcess) -> None:
    model = fragile.model()
    sample = {"model_id": model, "prompt": {"tokens": numbers(3)}, "num_samples": 4, "sampling_params": LONG}
    accepted = fragile.post("asample", sample)[1]
    time.sleep(0.5)
    engines = [each for each in started(fragile) if "RolloutActor" in " ".join(each.cmdline())]
    assert engines
    for engine in engines:
        engine.kill()
    assert fragile.process is not None
    assert fragile.process.wait(timeout=90) != 0
    fragile.start()
    told = fragile.result(accepted["request_id"])
    assert told["status"] == "completed", told
    assert len(told["result"]["sequences"]) == 4


@pytest.mark.slow
def test_a_creation_that_a_kill_cuts_off_is_finished_or_told(fragile: ServerProcess) -> None:
    session = new_session(fragile)
    body = {"session_id": session, "base_model": "local/tiny", "lora_config": {"rank": 4, "seed": 3}}
    accepted = [fragile.post("create_model", {**body, "model_seq_id": number})[1] for number in range(3)]
    family = kill(fragile)
    fragile.start()
    for number, each in enumerate(accepted):
        told = outcome(fragile, each)
        assert told.get("model_id") == f"{session}:train:{number}" or told["category"] == "server", told
    model = Numbered.create(fragile, 5, session)
    assert model.loss(1) > 0
    assert_gone(family, 90)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_run_of_the_servers_own_goes_on_after_a_kill_and_leaves_an_ordinary_model(fragile: ServerProcess) -> None:
    wandb = {"project": "tests", "name": "killed", "tags": ["t"]}
    session = new_session(fragile)
    body = {"session_id": session, "model_seq_id": 0, "base_model": "local/tiny", "lora_config": {"rank": 4}}
    made = fragile.done("create_model", {**body, "rlve_config": {**RUN, "num_rollout": 6}, "wandb_config": wandb})
    job = made["rlve_job"]
    await_rounds(fragile, job, 2)
    family = kill(fragile)
    fragile.start()
    told = await_rounds(fragile, job, 6)
    while told["status"] == "running":
        time.sleep(0.2)
        told = fragile.get(f"rlve_jobs/{job}")[1]
    assert (told["status"], told["error"], told["finished_rounds"]) == ("finished", None, 6)
    assert [each["model_id"] for each in fragile.get("rlve_jobs")[1]["jobs"]] == [job]
    rounds = fragile.get(f"rlve_jobs/{job}/metrics")[1]["rounds"]
    assert [each["round"] for each in rounds] == [*range(6)]
    assert list((fragile.data / "runs").glob("*/wandb/offline-run-*/*.wandb"))
    for file in filter(Path.is_file, fragile.data.rglob("*")):
        assert KEY.encode() not in file.read_bytes(), file
    model = Numbered(fragile, session, job)
    before = model.loss(1)
    model.ok(model.forward_backward(2, numbers(1), numbers(2)))
    model.outcome(model.ok(model.optim_step(3, learning_rate=0.001)))
    assert model.loss(4) < before
    assert_gone(family, 90)
    kill(fragile)
    fragile.start()
    assert model.loss(5) < before
    assert fragile.get(f"rlve_jobs/{job}")[1]["status"] == "finished"


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_run_that_is_killed_before_its_first_checkpoint_begins_again(fragile: ServerProcess) -> None:
    body = {"session_id": new_session(fragile), "model_seq_id": 0, "base_model": "local/tiny"}
    fragile.stop()
    fragile.overrides += ("jobs.checkpoint.every=100",)
    fragile.start()
    body |= {"lora_config": {"rank": 4}, "rlve_config": {**RUN, "num_rollout": 3}}
    job = fragile.done("create_model", body)["rlve_job"]
    await_rounds(fragile, job, 1)
    kill(fragile)
    fragile.start()
    told = await_rounds(fragile, job, 3)
    while told["status"] == "running":
        time.sleep(0.2)
        told = fragile.get(f"rlve_jobs/{job}")[1]
    assert told["status"] == "finished"
    assert [each["model_id"] for each in fragile.get("rlve_jobs")[1]["jobs"]] == [job]
    assert [each["round"] for each in fragile.get(f"rlve_jobs/{job}/metrics")[1]["rounds"]] == [0, 1, 2]


def test_a_run_of_the_servers_own_is_watched_paused_and_stopped_and_leaves_an_ordinary_model(
    server: ServerProcess,
) -> None:
    session = new_session(server)
    body = {"session_id": session, "model_seq_id": 0, "base_model": "local/tiny", "lora_config": {"rank": 4}}
    status, told = server.post("create_model", {**body, "rlve_config": {**RUN, "environment_list": ["Divsion"]}})
    assert (status, "Divsion" in told["detail"], "Division" in told["detail"]) == (400, True, True)
    secret = "0123456789abcdef0123456789abcdef01234567"
    wandb = {"project": "tests", "api_key": secret}
    status, told = server.post("create_model", {**body, "rlve_config": RUN, "wandb_config": wandb})
    assert (status, "WANDB_API_KEY" in told["detail"]) == (400, True)
    assert secret not in json.dumps(told) + server.log()

    job = server.done("create_model", {**body, "rlve_config": {**RUN, "num_rollout": 1000}})["rlve_job"]
    model = Numbered(server, session, job)
    told = await_rounds(server, job, 1)
    assert set(told["levels"]) == {"Parity", "Division"}
    assert told["num_rollout"] == 1000
    status, refused = model.forward_backward(1)
    assert (status, "RLVE run" in refused["detail"]) == (400, True)
    drawn = server.done("asample", {"model_id": job, "prompt": {"tokens": numbers(1)}, "num_samples": 2})
    assert len(drawn["sequences"]) == 2

    assert server.post(f"rlve_jobs/{job}/pause")[1]["status"] == "paused"
    rounds = -1
    while rounds != (rounds := server.get(f"rlve_jobs/{job}")[1]["finished_rounds"]):
        time.sleep(3)
    assert server.post(f"rlve_jobs/{job}/resume")[1]["status"] == "running"
    await_rounds(server, job, rounds + 1)
    server.post(f"rlve_jobs/{job}/stop")
    while (told := server.get(f"rlve_jobs/{job}")[1])["status"] == "running":
        time.sleep(0.1)
    assert (told["status"], told["error"]) == ("stopped", None)
    found = server.get(f"rlve_jobs/{job}/metrics")[1]["rounds"]
    assert [each["round"] for each in found] == [*range(told["finished_rounds"])]
    assert found[0]["metrics"]["seconds/round"] > 0
    groups = sum(environment["groups"] for environment in found[0]["environments"].values())
    assert groups == found[0]["metrics"]["rollout/groups_finished"]
    assert server.get(f"rlve_jobs/{job}/metrics?after={found[-1]['round']}")[1] == {"rounds": []}

    assert model.loss(2) > 0, "number 1 was used up by the request that was refused"
    assert model.outcome(model.ok(model.save(3, "learned")))["path"]
    assert len(model.outcome(model.ok(model.sample(model.sampler(4, 0), 0)))["sequences"]) == 2
    server.post(f"sessions/{session}/finish", {})


def await_rounds(server: ServerProcess, job: str, count: int) -> Any:
    deadline = time.monotonic() + 200
    while (told := server.get(f"rlve_jobs/{job}")[1])["finished_rounds"] < count:
        assert told["status"] in ("starting", "running", "paused"), told
        assert time.monotonic() < deadline, told
        time.sleep(0.1)
    return told
