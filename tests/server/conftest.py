"""A real server on the tiny model, in a process of its own."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

KEY = "tml-test-key"
ROOT = Path(__file__).parents[2]


class ServerProcess:
    """`rlve serve` with its data in a folder; start, kill and start again."""

    def __init__(self, data: Path, *overrides: str) -> None:
        self.data, self.overrides, self.key = data, overrides, KEY
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.launch()
        self.wait()

    def launch(self) -> None:
        """Starts the process, which is ready after `wait`."""
        command = [str(Path(sys.executable).with_name("rlve")), "serve", f"port={self.port}", f"data={self.data}"]
        environment = {
            **os.environ,
            "RLVE_API_KEY": KEY,
            "RLVE_CACHE": os.environ.get("RLVE_CACHE", str(ROOT / ".cache")),
        }
        self.data.mkdir(parents=True, exist_ok=True)
        with (self.data / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [*command, *self.overrides],
                cwd=self.data,
                env=environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def wait(self, seconds: float = 120) -> None:
        assert self.process is not None
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            try:
                self.get("/health")
                return
            except (urllib.error.URLError, OSError):
                time.sleep(0.2)
        raise RuntimeError(f"the server did not start:\n{self.log()[-4000:]}")

    def log(self) -> str:
        return (self.data / "log").read_text(encoding="utf-8", errors="replace")

    def stop(self, how: int = signal.SIGTERM) -> int:
        """Its exit code."""
        assert self.process is not None
        self.process.send_signal(how)
        return self.process.wait(timeout=90)

    def call(
        self, method: str, path: str, body: Any = None, key: str | None = KEY, headers: dict[str, str] | None = None
    ) -> tuple[int, Any]:
        """Status and JSON of a request under /api/v1 (or at the root where the path begins with a slash)."""
        address = self.url + (path if path.startswith("/") else f"/api/v1/{path}")
        raw = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
        sent = {"content-type": "application/json", **({"x-api-key": key} if key else {}), **(headers or {})}
        request = urllib.request.Request(address, raw, sent, method=method)
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return answer.status, _read(answer)
        except urllib.error.HTTPError as error:
            return error.code, _read(error)

    def post(self, path: str, body: Any = None, **more: Any) -> tuple[int, Any]:
        return self.call("POST", path, {} if body is None else body, **more)

    def get(self, path: str, **more: Any) -> tuple[int, Any]:
        return self.call("GET", path, **more)

    def result(self, request_id: str, seconds: float = 120) -> dict[str, Any]:
        """The FutureStatus of an operation once it has ended."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            status, told = self.post(f"retrieve_future/{request_id}")
            assert status == 200, told
            if told["status"] != "pending":
                return told
            time.sleep(0.05)
        raise AssertionError(f"{request_id} is still pending")

    def done(self, path: str, body: Any) -> Any:
        """The result of a submission that succeeds."""
        status, accepted = self.post(path, body)
        assert status == 200, accepted
        told = self.result(accepted["request_id"])
        assert told["status"] == "completed", told
        return told["result"]

    def model(self, **more: Any) -> str:
        """A new model in a session of its own, by the seed's JSON."""
        session = self.post("create_session", {"tags": ["test"]})[1]["session_id"]
        body = {"session_id": session, "model_seq_id": 0, "model_name": "local/tiny", "lora_config": {"rank": 4}}
        return self.done("create_model", {**body, **more})["model_id"]


def _read(answer: Any) -> Any:
    raw = answer.read()
    return json.loads(raw) if raw and "json" in answer.headers.get("content-type", "") else raw


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """One for all tests that do not stop it."""
    made = ServerProcess(tmp_path_factory.mktemp("server"), "limits.poll_seconds=5")
    made.start()
    try:
        yield made
    finally:
        made.stop()
