"""The client of server-side runs and its commands; what it does with a server's answers, and a run on a real one."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, Protocol

import pytest

import rlve.config
from rlve import cli
from rlve.client import Client, NoServer, RoundMetrics, ServerError, types
from rlve.config import ConfigError, LoraConfig, RLVEConfig, WandbConfig

PAGE = [
    "ModelInput",
    "TensorData",
    "Datum",
    "LoraConfig",
    "AdamParams",
    "SamplingParams",
    "RLVEConfig",
    "WandbConfig",
    "ForwardBackwardOutput",
    "OptimStepResponse",
    "SampleResponse",
    "SaveWeightsResponse",
]
JOB = {
    "model_id": "s:train:0",
    "status": "running",
    "finished_rounds": 2,
    "num_rollout": 6,
    "levels": {"Sorting": 1},
    "accuracy": {"Sorting": 0.5},
    "effective_prompt_ratio": None,
    "error": None,
    "created_at": "2026-01-01T00:00:00Z",
}
SMALL = {
    "environment_list": ["Parity"],
    "rollout_batch_size": 2,
    "over_sampling_batch_size": 2,
    "n_samples_per_prompt": 2,
    "rollout_max_response_len": 8,
    "use_dynamic_sampling_filter": False,
}


class Server(Protocol):
    """The fixture: a real server that has the tiny model as local/tiny."""

    url: str
    key: str


class Canned(BaseHTTPRequestHandler):
    """Answers by path, each path's answers in turn and the last for ever; remembers what was asked."""

    answers: ClassVar[dict[str, list[tuple[int, Any]]]] = {}
    asked: ClassVar[list[tuple[str, Any, str | None]]] = []

    def do_GET(self) -> None:
        self._answer(None)

    def do_POST(self) -> None:
        self._answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

    def _answer(self, body: Any) -> None:
        path = self.path.removeprefix("/api/v1/")
        self.asked.append((path, body, self.headers["X-API-Key"]))
        answers = self.answers[path]
        status, answer = answers.pop(0) if len(answers) > 1 else answers[0]
        text = (answer if isinstance(answer, str) else json.dumps(answer)).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def canned() -> Iterator[str]:
    Canned.answers, Canned.asked = {}, []
    with ThreadingHTTPServer(("127.0.0.1", 0), Canned) as http:
        threading.Thread(target=http.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{http.server_port}"
        http.shutdown()


@pytest.mark.parametrize("name", PAGE)
def test_the_page_has_every_name(name: str) -> None:
    assert getattr(types, name).__name__ == name


def test_names_that_the_sdk_has_are_its_own_and_the_others_ours() -> None:
    import tinker

    assert types.Datum is tinker.types.Datum
    assert types.RLVEConfig is rlve.config.RLVEConfig
    with pytest.raises(AttributeError):
        types.NoSuchType  # noqa: B018  # pyright: ignore[reportAttributeAccessIssue]


def test_the_sdk_is_imported_only_where_a_type_of_its_is_asked_for() -> None:
    code = "import sys; from rlve.client import types; types.RLVEConfig; print('tinker' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_a_start_asks_for_a_session_then_a_model_and_returns_the_job(canned: str) -> None:
    Canned.answers = {
        "create_session": [(200, {"session_id": "s"})],
        "create_model": [(200, {"request_id": "r"})],
        "retrieve_future/r": [
            (200, {"status": "pending", "result": None, "error": None}),
            (200, {"status": "completed", "result": {"model_id": "s:train:0"}, "error": None}),
        ],
        "rlve_jobs/s:train:0": [(200, JOB | {"a_later_field": 1})],
    }
    wandb = WandbConfig(project="p")
    job = Client(canned, "tml-k").start("local/tiny", RLVEConfig(num_rollout=6), LoraConfig(rank=4), wandb, 512)
    assert (job.model_id, job.status, job.levels, job.ended) == ("s:train:0", "running", {"Sorting": 1}, False)
    paths = [path for path, _, _ in Canned.asked]
    assert paths == ["create_session", "create_model", "retrieve_future/r", "retrieve_future/r", "rlve_jobs/s:train:0"]
    assert {key for _, _, key in Canned.asked} == {"tml-k"}
    sent = Canned.asked[1][1]
    assert (sent["session_id"], sent["model_name"], sent["max_seq_len"]) == ("s", "local/tiny", 512)
    assert sent["rlve_config"] == RLVEConfig(num_rollout=6, enabled=True).model_dump()
    assert (sent["lora_config"]["rank"], sent["wandb_config"]["project"]) == (4, "p")


def test_a_model_that_could_not_be_made_says_why(canned: str) -> None:
    Canned.answers = {
        "create_session": [(200, {"session_id": "s"})],
        "create_model": [(200, {"request_id": "r"})],
        "retrieve_future/r": [(200, {"status": "failed", "result": None, "error": "no such base model"})],
    }
    with pytest.raises(ServerError, match="no such base model"):
        Client(canned, "tml-k").start("x", RLVEConfig(), None)
    assert Canned.asked[1][1]["lora_config"] is None


def test_waiting_shows_every_round_once_and_ends_with_the_job(canned: str) -> None:
    def numbered(*numbers: int) -> dict[str, Any]:
        return {"rounds": [{"round": number, "metrics": {}, "environments": {}} for number in numbers]}

    Canned.answers = {
        "rlve_jobs/m": [(200, JOB), (200, JOB), (200, JOB | {"status": "finished"})],
        "rlve_jobs/m/metrics?after=-1": [(200, numbered(0, 1))],
        "rlve_jobs/m/metrics?after=1": [(200, numbered()), (200, numbered(2))],
    }
    seen: list[RoundMetrics] = []
    job = Client(canned, "tml-k").wait("m", seen.append, poll_seconds=0)
    assert job.status == "finished"
    assert [found.round for found in seen] == [0, 1, 2]


@pytest.mark.parametrize(
    ("status", "answer", "words"),
    [
        (401, {"detail": "the key is wrong"}, "the key is wrong"),
        (422, {"detail": [{"loc": ["body", "model_name"], "msg": "required"}]}, "body.model_name: required"),
        (503, "busy", "503"),
    ],
)
def test_an_error_is_the_servers_detail(canned: str, status: int, answer: Any, words: str) -> None:
    Canned.answers = {"rlve_jobs": [(status, answer)]}
    with pytest.raises(ServerError, match=words) as caught:
        Client(canned, "tml-k").jobs()
    assert caught.value.status == status


def test_what_is_no_server_is_said(canned: str) -> None:
    Canned.answers = {"rlve_jobs": [(200, "<html>")]}
    with pytest.raises(NoServer, match="no JSON"):
        Client(canned, "tml-k").jobs()
    with pytest.raises(NoServer, match="make serve"):
        Client("http://127.0.0.1:9", "tml-k").jobs()
    with pytest.raises(ValueError, match="http://"):
        Client("127.0.0.1:8000", "tml-k")


def test_a_missing_key_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TINKER_API_KEY", raising=False)
    with pytest.raises(ValueError, match="TINKER_API_KEY"):
        Client("http://127.0.0.1:9")


def test_settings_are_the_words_of_train() -> None:
    words = ["num_rollout=20", "rlve.environment_list=[Sorting,Parity]", "lora.rank=8", "wandb.project=p"]
    asked, lora, wandb = cli.settings(words)
    assert (asked.enabled, asked.num_rollout, asked.environment_list) == (True, 20, ["Sorting", "Parity"])
    assert lora == LoraConfig(rank=8)
    assert wandb == WandbConfig(project="p")
    assert cli.settings(["lora=null"])[1] is None
    assert cli.settings([]) == (RLVEConfig(enabled=True), LoraConfig(), None)


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("num_rolout=2", "num_rolout: there is no such key; the nearest is num_rollout"),
        ("lora.rang=2", "lora.rang: there is no such key; the nearest is lora.rank"),
        ("num_rollout=many", "num_rollout: Input should be a valid integer"),
        ("rollout_batch_size=97", "over_sampling_batch_size=97 or more"),
        ("wandb.name=x", "wandb.project: Field required"),
        ("--fast", "--fast: expected key=value"),
    ],
)
def test_a_wrong_setting_names_its_key(word: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        cli.settings([word])
    assert message in str(caught.value)


def test_the_commands_show_jobs_and_rounds(
    canned: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TINKER_API_KEY", "tml-k")
    metrics = {"reward/mean": 0.25, "accuracy/mean": 0.5, "rollout/effective_prompt_ratio": 0.75, "seconds/round": 3.5}
    line = {"round": 0, "metrics": metrics, "environments": {"Sorting": {"level": 2}}}
    Canned.answers = {
        "rlve_jobs": [(200, {"jobs": [JOB]})],
        "rlve_jobs/s:train:0": [(200, JOB | {"status": "failed", "error": "out of memory"})],
        "rlve_jobs/s:train:0/pause": [(200, JOB | {"status": "paused"})],
        "rlve_jobs/s:train:0/metrics?after=-1": [(200, {"rounds": [line]})],
        "rlve_jobs/s:train:0/metrics?after=0": [(200, {"rounds": []})],
    }
    assert cli.main(["jobs", "--base-url", canned]) == 0
    assert "s:train:0  running  round 2/6" in capsys.readouterr().out
    assert cli.main(["jobs", "pause", "s:train:0", "--base-url", canned]) == 0
    assert "paused" in capsys.readouterr().out
    assert cli.main(["jobs", "watch", "s:train:0", "--base-url", canned]) == 1
    shown = capsys.readouterr().out
    assert "round 1/6  reward 0.250  accuracy 50%  useful prompts 75%  seconds 3.5  levels: Sorting 2" in shown
    assert "out of memory" in shown
    assert cli.main(["jobs", "--base-url", "http://127.0.0.1:9"]) == 1
    assert cli.main(["submit", "--model", "m", "--base-url", canned, "num_rolout=1"]) == 2


# Below: against a server.


def await_rounds(client: Client, model_id: str, rounds: int) -> None:
    while (job := client.job(model_id)).finished_rounds < rounds:
        assert not job.ended, job
        time.sleep(0.1)


@pytest.mark.slow
def test_a_run_on_a_server_is_started_watched_paused_resumed_and_stopped(server: Server) -> None:
    client = Client(server.url, server.key)
    job = client.start("local/tiny", RLVEConfig(num_rollout=500, **SMALL), LoraConfig(rank=4, train_unembed=False))
    assert job.model_id in [each.model_id for each in client.jobs()]
    await_rounds(client, job.model_id, 1)
    client.pause(job.model_id)
    while (paused := client.job(job.model_id)).status != "paused":
        assert not paused.ended, paused
        time.sleep(0.1)
    rounds = paused.finished_rounds
    assert client.job(job.model_id).finished_rounds == rounds
    client.resume(job.model_id)
    await_rounds(client, job.model_id, rounds + 1)
    client.stop(job.model_id)
    ended = client.wait(job.model_id)
    assert ended.status == "stopped"
    found = client.metrics(job.model_id)
    assert [each.round for each in found] == [*range(ended.finished_rounds)]
    assert found[0].metrics["seconds/round"] > 0
    assert "Parity" in found[0].environments
    assert client.metrics(job.model_id, after=found[-1].round) == []


@pytest.mark.slow
def test_submit_shows_a_run_to_its_end(
    server: Server, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TINKER_API_KEY", server.key)
    settings = SMALL | {"environment_list": ["Parity", "GuessTheNumber"]}
    words = [f"{key}={json.dumps(value)}" for key, value in settings.items()]
    command = ["submit", "--base-url", server.url, "--model", "local/tiny", "--watch", "num_rollout=2", *words]
    assert cli.main([*command, "lora.rank=4", "lora.train_unembed=false"]) == 0
    shown = capsys.readouterr().out
    assert "round 1/2" in shown and "round 2/2" in shown and "finished" in shown


def test_a_server_names_an_environment_that_it_lacks(server: Server) -> None:
    client = Client(server.url, server.key)
    with pytest.raises(ServerError, match="NoSuchEnvironment"):
        client.start("local/tiny", RLVEConfig(environment_list=["NoSuchEnvironment"]), LoraConfig(rank=4))


def test_a_wrong_key_and_an_unknown_run_are_refused(server: Server) -> None:
    with pytest.raises(ServerError) as caught:
        Client(server.url, "tml-wrong").jobs()
    assert caught.value.status == 401
    with pytest.raises(ServerError) as caught:
        Client(server.url, server.key).job("nobody:train:0")
    assert caught.value.status == 404
