"""Keys, sizes, names, errors, documents, metrics and logs: what a server lets in, and what it lets out."""

import base64
import http.client
import json
import os
import re
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
import zstandard

from rlve.server.routes import ENDPOINTS, Endpoint
from tests.server.conftest import ROOT, ServerProcess
from tests.server.plain import PROTOBUF, Numbered

OPEN = {"health", "healthz"}
"""Routes that answer without a key."""
PLACES = {"file:path": "adapter_config.json", "kind": "weights"}
METRICS = ["rlve_http_requests_total", "rlve_http_seconds_bucket", "rlve_models", "rlve_futures_waiting"]
METRICS += ["rlve_samples_waiting", "rlve_samplers_resident", "rlve_sampled_tokens", "rlve_jobs_running"]
REQUEST_LIMIT, UNPACKED_LIMIT = 2**26, 2**28


def ask(
    server: ServerProcess, method: str, path: str, body: bytes | Iterable[bytes] | None = None, /, **headers: str
) -> tuple[int, dict[str, str], bytes]:
    """Status, headers by their lower-case names, and body; the path is sent as it is, a key only where it is given."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    try:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body, named)
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    finally:
        connection.close()


def address(endpoint: Endpoint) -> str:
    return "/api/v1/" + re.sub(r"{([^}]+)}", lambda found: PLACES.get(found[1], "some"), endpoint.path)


@pytest.fixture(scope="module")
def model(server: ServerProcess) -> Iterator[Numbered]:
    made = Numbered.create(server)
    yield made
    server.post(f"sessions/{made.session}/finish", {})


# Keys


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: f"{endpoint.method} {endpoint.path}")
def test_every_route_but_health_asks_for_the_key(server: ServerProcess, endpoint: Endpoint):
    wrong: list[dict[str, str]] = [{}, {"x_api_key": "tml-wrong"}, {"x_api_key": ""}, {"authorization": "Bearer tml-x"}]
    for headers in wrong:
        status, _, body = ask(server, endpoint.method, address(endpoint), b"{}", **headers)
        if endpoint.path in OPEN:
            assert status == 200
        else:
            assert status == 401
            assert list(json.loads(body)) == ["detail"]


@pytest.mark.parametrize("path", ["/docs", "/docs/assets/swagger-ui.css", "/openapi.json", "/metrics", "/", "/nothing"])
def test_pages_ask_for_the_key_as_a_browser_understands_it(server: ServerProcess, path: str):
    status, headers, _ = ask(server, "GET", path)
    assert (status, headers["www-authenticate"].partition(" ")[0]) == (401, "Basic")


def test_the_key_is_taken_from_three_headers(server: ServerProcess):
    basic = base64.b64encode(f"anyone:{server.key}".encode()).decode()
    right: list[dict[str, str]] = [
        {"x_api_key": server.key},
        {"authorization": f"Bearer {server.key}"},
        {"authorization": f"bearer {server.key}"},
        {"authorization": f"Basic {basic}"},
    ]
    for headers in right:
        assert ask(server, "GET", "/api/v1/get_server_capabilities", **headers)[0] == 200
    almost = base64.b64encode(f"{server.key}:".encode()).decode()
    wrong: list[dict[str, str]] = [
        {"authorization": f"Basic {almost}"},
        {"authorization": "Basic %%%"},
        {"authorization": server.key},
        {"x_api_key": server.key[:-1]},
        {"x_api_key": server.key + "x"},
        {"x_api_key": "tml-\xff"},
    ]
    for headers in wrong:
        assert ask(server, "GET", "/api/v1/get_server_capabilities", **headers)[0] == 401
    # An address does not carry it: addresses end up in logs.
    assert ask(server, "GET", f"/api/v1/get_server_capabilities?api_key={server.key}")[0] == 401


def test_an_address_of_a_download_works_for_its_file_and_for_a_while_only(server: ServerProcess, model: Numbered):
    body = {"model_id": model.id, "seq_id": 1, "path": "files"}
    model.outcome(model.ok(model.post("save_weights_external", body)))
    urls = server.get(f"training_runs/{model.id}/checkpoints/external_weights/files/external_weights_urls")[1]["urls"]
    adapter = {"adapter_config.json", "adapter_model.safetensors"}
    assert set(urls) == {*adapter, "tokenizer.json", "tokenizer_config.json"}
    given = urlsplit(urls["adapter_config.json"])
    path = f"{given.path}?{given.query}"
    status, _, content = ask(server, "GET", path)
    assert (status, json.loads(content)["r"]) == (200, 4)
    for wrong in (
        given.path,
        path[:-1] + ("0" if path[-1] != "0" else "1"),
        path.replace("adapter_config.json", "adapter_model.safetensors"),
        path.replace("expires=", "expires=9"),
        path.replace("/adapter_config.json", "/../../../../secret"),
        path.replace("/adapter_config.json", "/%2e%2e/%2e%2e/%2e%2e/%2e%2e/secret"),
    ):
        status, _, content = ask(server, "GET", wrong)
        assert status == 401, wrong
        assert "signature" in json.loads(content)["detail"]


@pytest.mark.parametrize(
    ("key", "words"),
    [
        (None, ["host: 0.0.0.0 can be reached from other machines", "RLVE_API_KEY must be set"]),
        ("secret-of-mine", ["RLVE_API_KEY", "begins with tml-"]),
    ],
)
def test_a_bind_beyond_this_machine_needs_a_key_that_clients_can_send(
    tmp_path: Path, key: str | None, words: list[str]
):
    environment = {name: value for name, value in os.environ.items() if name != "RLVE_API_KEY"}
    environment |= {"RLVE_API_KEY": key} if key else {}
    command = [str(Path(sys.executable).with_name("rlve")), "serve", "host=0.0.0.0", f"data={tmp_path}", "port=0"]
    done = subprocess.run(
        command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=100, check=False
    )
    assert done.returncode == 2
    said = done.stdout + done.stderr
    assert all(word in said for word in words)
    assert "Traceback" not in said and "secret-of-mine" not in said
    assert list(tmp_path.iterdir()) == []


# Sizes


def test_a_body_that_says_it_is_too_large_is_refused_before_it_is_sent(server: ServerProcess):
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        head = f"POST /api/v1/forward_backward HTTP/1.1\r\nHost: x\r\nX-API-Key: {server.key}\r\n"
        connection.sendall(f"{head}Content-Length: {REQUEST_LIMIT + 1}\r\n\r\n".encode())
        assert connection.recv(12) == b"HTTP/1.1 413"


def test_a_body_that_does_not_say_it_is_too_large_is_refused_where_it_becomes_so(server: ServerProcess):
    part = b" " * 2**20
    parts = (part for _ in range(REQUEST_LIMIT // 2**20 + 1))
    try:
        status, _, body = ask(server, "POST", "/api/v1/create_session", parts, x_api_key=server.key)
    except (BrokenPipeError, ConnectionResetError):
        return  # refused while the client was still sending
    assert status == 413
    assert "send fewer data per call" in json.loads(body)["detail"]


def test_a_body_that_unpacks_to_too_much_is_refused_without_unpacking_it(server: ServerProcess, model: Numbered):
    packer = zstandard.ZstdCompressor().compressobj()
    bomb = b"".join(packer.compress(bytes(2**20)) for _ in range(UNPACKED_LIMIT // 2**20 + 1)) + packer.flush()
    assert len(bomb) < 100_000
    headers = {"content-type": PROTOBUF, "content-encoding": "zstd", "x-sdk-version": "0.38.0"}
    status, told = server.post("forward_backward", bomb, headers=headers)
    assert status == 413
    assert "once decompressed" in told["detail"]
    stated = zstandard.ZstdCompressor().compress(bytes(UNPACKED_LIMIT + 1))
    assert server.post("forward_backward", stated, headers=headers)[0] == 413
    assert server.post("forward_backward", b"no zstd at all", headers=headers)[0] == 400
    fair = zstandard.ZstdCompressor().compress(model.body(2))
    assert server.post("forward_backward", fair, headers=headers)[0] == 200


def test_json_that_is_too_deep_or_too_long_is_refused(server: ServerProcess):
    deep = b'{"tags": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    assert server.post("create_session", deep)[0] == 422
    assert server.post("create_session", {"tags": ["a"] * 1000})[0] == 422
    assert server.post("create_session", {"display_name": "a" * 5000})[0] == 422
    assert server.post("create_session", {"user_metadata": {"a": "b" * 20_000}})[0] == 422


# Names


@pytest.mark.parametrize("name", ["../escape", "a/b", "..", ".", "", "a" * 200, "a\0b", "a b", "ü", "a\\b", "%2e%2e"])
@pytest.mark.parametrize("route", ["save_weights", "save_weights_for_sampler", "save_weights_external"])
def test_a_checkpoints_name_cannot_leave_its_folder(server: ServerProcess, model: Numbered, route: str, name: str):
    status, told = server.post(route, {"model_id": model.id, "name": name})
    assert status == 422
    assert "name" in told["detail"]


@pytest.mark.parametrize(
    "uri",
    [
        "tinker://../weights/x",
        "tinker://../../etc/weights/passwd",
        "tinker://run/../x",
        "tinker://run/weights/..",
        "tinker://run/weights/../../x",
        "tinker://run/other/x",
        "tinker:///weights/x",
        "file:///etc/passwd",
        "/etc/passwd",
    ],
)
def test_a_checkpoints_address_cannot_name_anything_else(server: ServerProcess, uri: str):
    session = {"session_id": "s", "model_seq_id": 0, "model_name": "local/tiny"}
    for path, body in (
        ("weights_info", {"tinker_path": uri}),
        ("load_weights", {"model_id": "m", "path": uri}),
        ("create_model", {**session, "checkpoint_path": uri}),
        ("create_sampling_session", {"session_id": "s", "model_path": uri}),
        ("asample", {"model_path": uri, "prompt": {"tokens": [1]}}),
        ("copy_weights", {"source_path": uri}),
    ):
        assert server.post(path, body)[0] == 400, path


@pytest.mark.parametrize("escape", ["../../server.db", "%2e%2e/%2e%2e/server.db", "..%2f..%2fserver.db", "/etc/passwd"])
def test_no_address_of_the_server_reads_a_file(server: ServerProcess, escape: str):
    for path in (
        f"/docs/assets/{escape}",
        f"/api/v1/training_runs/{escape}/checkpoints",
        f"/api/v1/training_runs/x/checkpoints/weights/{escape}/external_weights_urls",
        f"/api/v1/rlve_jobs/{escape}/metrics",
        f"/api/v1/sessions/{escape}",
        f"/api/v1/samplers/{escape}",
        f"/{escape}",
    ):
        status, _, body = ask(server, "GET", path, x_api_key=server.key)
        assert status in (400, 404, 405), path
        assert b"SQLite format" not in body and b"root:" not in body


# What an error says


def test_an_error_has_no_path_no_trace_and_no_secret(server: ServerProcess, model: Numbered):
    answers: list[Any] = [
        server.post("create_model", {"session_id": model.session, "model_seq_id": 5, "model_name": "/etc/passwd"}),
        server.post("weights_info", {"path": f"tinker://{model.id}/weights/none"}),
        server.post("forward_backward", b"\xff\xfe{"),
        server.post("forward_backward", b"\xff\xfe", headers={"content-type": PROTOBUF}),
        server.post(
            "forward", {"model_id": model.id, "data": [{"model_input": {"tokens": [1]}, "loss_fn_inputs": {}}]}
        ),
        server.post("optim_step", {"model_id": model.id, "adam_params": {"learning_rate": "fast"}}),
        server.post("asample", {"base_model": "local/tiny", "prompt": {"tokens": [1] * 600}}),
        server.post("retrieve_future/x"),
        server.post("retrieve_futures", {"target": {"sampling_session_id": "x"}}),
        server.get("rlve_jobs/none"),
        server.get("sessions?limit=many"),
        server.get("training_runs/none"),
        server.get("nothing"),
        server.call("PATCH", "sessions"),
    ]
    bad = server.post("asample", {"base_model": "local/tiny", "prompt": {"tokens": [9999]}})[1]["request_id"]
    failure = server.result(bad)
    assert failure["status"] == "failed"
    told = json.dumps([*answers, failure["error"]])
    for status, answer in answers:
        assert 400 <= status < 500, answer
        assert isinstance(answer["detail"], str)
    for secret in (server.key, str(ROOT), str(server.data), "site-packages", "Traceback", ".py", "sqlite"):
        assert secret not in told


# Documents, metrics and logs


def test_the_documentation_comes_whole_from_the_server(server: ServerProcess):
    status, _, page = ask(server, "GET", "/docs", x_api_key=server.key)
    html = page.decode()
    assert status == 200
    assert not re.search(r"(https?:)?//[\w.-]+\.\w", html)
    assets = re.findall(r'(?:src|href)="([^"]+)"', html)
    assert {Path(asset).suffix for asset in assets} == {".js", ".css", ".png"}
    for asset in assets:
        status, _, content = ask(server, "GET", asset, x_api_key=server.key)
        assert status == 200 and len(content) > 100
        assert b"cdn.jsdelivr" not in content
    status, _, document = ask(server, "GET", "/openapi.json", x_api_key=server.key)
    paths = json.loads(document)["paths"]
    assert {"/api/v1/" + endpoint.path.replace(":path", "") for endpoint in ENDPOINTS} <= set(paths)


def test_metrics_count_requests_models_and_tokens(server: ServerProcess, model: Numbered):
    def value(name: str) -> float:
        found = re.search(rf"^{re.escape(name)} (\S+)$", text(), re.MULTILINE)
        return float(found[1]) if found else 0.0

    def text() -> str:
        return ask(server, "GET", "/metrics", x_api_key=server.key)[2].decode()

    assert all(re.search(rf"^{name}[ {{]", text(), re.MULTILINE) for name in METRICS)
    line = 'rlve_http_requests_total{method="GET",route="/api/v1/sessions/{session_id}",status="404"}'
    before = value(line), value("rlve_sampled_tokens")
    server.get("sessions/nobody")
    ask_for = {"base_model": "local/tiny", "prompt": {"tokens": [7]}, "sampling_params": {"max_tokens": 1}}
    assert server.post("sample", ask_for)[0] == 200
    assert (value(line), value("rlve_sampled_tokens")) == (before[0] + 1, before[1] + 1)
    assert value("rlve_models") >= 1
    assert server.key not in text()


@pytest.mark.parametrize("name", ["..", "a" * 300, quote("\u00e9" * 200), "a%00b", "a%0Ab"])
def test_what_cannot_be_the_name_of_a_run_is_not_found(server: ServerProcess, name: str):
    for path in (f"rlve_jobs/x{name}", f"rlve_jobs/{name}x/metrics"):
        status, told = server.get(path)
        assert status == 404, told


def test_every_answer_has_a_request_id(server: ServerProcess):
    key = {"x_api_key": server.key}
    asked: list[tuple[int, str, str, bytes | None, dict[str, str]]] = [
        (200, "GET", "/health", None, {}),
        (200, "GET", "/docs", None, key),
        (401, "GET", "/api/v1/sessions", None, {}),
        (404, "GET", "/api/v1/sessions/nobody", None, key),
        (404, "GET", "/nothing", None, key),
        (405, "GET", "/api/v1/asample", None, key),
        (422, "POST", "/api/v1/asample", b"{", key),
    ]
    for expected, method, path, body, headers in asked:
        status, told, _ = ask(server, method, path, body, **headers)
        assert status == expected, path
        assert len(told["x-request-id"]) == 32
    assert ask(server, "GET", "/health", x_request_id="mine-1")[1]["x-request-id"] == "mine-1"
    for strange in ('a"b', "a" * 200, "a b", "{}"):
        assert len(ask(server, "GET", "/health", x_request_id=strange)[1]["x-request-id"]) == 32


def test_log_lines_are_json_and_hold_no_key(server: ServerProcess):
    mark = uuid.uuid4().hex
    ask(server, "GET", "/api/v1/sessions/no%0Abody", x_api_key=server.key, x_request_id=mark)
    deadline = time.monotonic() + 10
    while mark not in server.log():  # a request is logged when its answer is on its way
        assert time.monotonic() < deadline, server.log()[-3000:]
        time.sleep(0.05)
    lines = server.log().splitlines()
    records = [json.loads(line) for line in lines if line.startswith("{")]
    assert len(records) > 0.9 * len(lines) - 20  # beside what is said at the start
    assert all({"time", "level", "event"} <= record.keys() for record in records)
    (mine,) = [record for record in records if record.get("request_id") == mark]
    assert (mine["event"], mine["method"], mine["status"]) == ("request", "GET", 404)
    assert mine["path"] == "/api/v1/sessions/no\nbody"
    assert mine["seconds"] >= 0
    assert server.key not in server.log()


def test_only_the_server_can_read_what_signs_addresses(server: ServerProcess):
    assert (server.data / "secret").stat().st_mode & 0o077 == 0
