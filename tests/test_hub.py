"""Models by hub name, from a server on this machine that answers as the hub does: HF_ENDPOINT points to it."""

import hashlib
import json
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from rlve.models import hub
from rlve.models.made import shrunk

COMMIT = "0123456789abcdef0123456789abcdef01234567"
TOKEN = "hf_accepted"
CONFIGS = {
    "mixture/experts": {"architectures": ["Qwen3MoeForCausalLM"], "model_type": "qwen3_moe"},
    "packed/awq": {
        "architectures": ["Qwen2ForCausalLM"],
        "model_type": "qwen2",
        "quantization_config": {"quant_method": "awq"},
    },
    "capped/gemma": {
        "architectures": ["Gemma3ForCausalLM"],
        "model_type": "gemma3_text",
        "final_logit_softcapping": 30.0,
    },
}


class Hub(ThreadingHTTPServer):
    """repositories: name → file → bytes. Those that begin with `gated/` need TOKEN, `private/` are denied to all."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.repositories: dict[str, dict[str, bytes]] = {}
        self.fetched: Counter[str] = Counter()
        self.url = f"http://127.0.0.1:{self.server_address[1]}"


class Answers(BaseHTTPRequestHandler):
    @property
    def hub(self) -> Hub:
        assert isinstance(self.server, Hub)
        return self.server

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        parts = unquote(urlsplit(self.path).path).strip("/").split("/")
        listing = parts[:2] == ["api", "models"]
        if listing:
            parts = parts[2:]
        name, kind, revision, file = "/".join(parts[:2]), parts[2:3], parts[3:4], "/".join(parts[4:])
        files = self.hub.repositories.get(name)
        if name.startswith("broken/"):
            return self.answer(500)
        if files is None:
            return self.answer(404, error="RepoNotFound")
        if name.startswith("private/"):
            return self.answer(403)
        if name.startswith("gated/") and not listing:
            given = self.headers.get("authorization")
            if given != f"Bearer {TOKEN}":
                return self.answer(403 if given else 401, error="GatedRepo")
        if revision and revision[0] not in ("main", COMMIT):
            return self.answer(404, error="RevisionNotFound")
        if listing and kind == ["tree"]:
            entries = [
                {"type": "file", "path": path, "size": len(content), "oid": etag(content)}
                for path, content in files.items()
            ]
            return self.answer(200, json.dumps(entries).encode(), type="application/json")
        if listing:
            info = {"id": name, "sha": COMMIT, "siblings": [{"rfilename": path} for path in files]}
            return self.answer(200, json.dumps(info).encode(), type="application/json")
        if file not in files:
            return self.answer(404, error="EntryNotFound")
        if self.command == "GET":
            self.hub.fetched[f"{name}/{file}"] += 1
            time.sleep(0.3)  # long enough for all who ask at once to meet
        return self.answer(200, files[file], etag=etag(files[file]))

    def answer(self, status: int, body: bytes = b"", *, error: str = "", type: str = "", etag: str = "") -> None:
        self.send_response(status)
        headers = {"X-Error-Code": error, "Content-Type": type, "ETag": f'"{etag}"' if etag else ""}
        for key, value in {**headers, "X-Repo-Commit": COMMIT, "Content-Length": str(len(body))}.items():
            if value:
                self.send_header(key, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)


def etag(content: bytes) -> str:
    return hashlib.sha1(content).hexdigest()


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    folder = shrunk(
        "Qwen/Qwen2.5-1.5B",
        tmp_path_factory.mktemp("made") / "model",
        hidden_size=64,
        intermediate_size=64,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=1,
        head_dim=32,
        vocab_size=1280,
    )
    whole = {file.name: file.read_bytes() for file in folder.iterdir()}
    whole["original/consolidated.safetensors"] = b"another format of the same weights"
    with Hub() as server:
        server.repositories = {
            "open/model": whole,
            "gated/model": whole,
            "private/model": whole,
            "open/unweighted": {"config.json": whole["config.json"]},
            "open/empty": {"README.md": b"nothing yet"},
            **{name: {"config.json": json.dumps(config).encode()} for name, config in CONFIGS.items()},
        }
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        yield server
        server.shutdown()
        serving.join()


ASK = """
import json, sys
from rlve.config import ConfigError, ModelConfig
from rlve import models
for path, revision, weights in json.loads(sys.argv[1]):
    config = ModelConfig(path=path, revision=revision, **json.loads(sys.argv[2]))
    try:
        print(json.dumps(["found", str(models.folder(config, weights))]))
    except ConfigError as error:
        print(json.dumps(["refused", str(error)]))
"""
REST = {
    "dtype": "float32",
    "max_seq_len": 64,
    "template": "plain",
    "template_kwargs": {},
    "system_prompt": None,
    "base_template": None,
    "think_end": None,
    "marker": "tags",
    "shrunk": None,
    "cache": ".cache",
}


def start(home: Path, url: str, asked: list[tuple[str, str | None, bool]], **environment: str) -> subprocess.Popen[str]:
    """A process of its own, because the hub's address is read where its library is imported."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith("HF_")}
    return subprocess.Popen(
        [sys.executable, "-c", ASK, json.dumps(asked), json.dumps(REST)],
        env={**clean, "HF_ENDPOINT": url, "HF_HOME": str(home), **environment},
        stdout=subprocess.PIPE,
        text=True,
    )


def answers(process: subprocess.Popen[str]) -> list[tuple[str, str]]:
    out, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    return [(kind, text) for kind, text in map(json.loads, out.splitlines())]


def test_the_processes_of_a_node_fetch_a_model_once_and_need_no_hub_afterwards(standing: Hub, tmp_path: Path) -> None:
    asking = [start(tmp_path, standing.url, [("open/model", None, True)]) for _ in range(2)]
    (first,), (second,) = (answers(each) for each in asking)
    assert first == second
    assert first[0] == "found"
    fetched = {file: count for file, count in standing.fetched.items() if file.startswith("open/model/")}
    assert set(fetched.values()) == {1}
    folder = Path(first[1])
    assert {"open/model/model.safetensors", "open/model/tokenizer.json"} <= set(fetched)
    assert not (folder / "original").exists()
    assert hub.origin(folder) == ("open/model", COMMIT)
    offline = start(tmp_path, "http://127.0.0.1:9", [("open/model", None, True)], HF_HUB_OFFLINE="1")
    assert answers(offline) == [first]


REFUSED = {
    ("open/unknown", None): "no model open/unknown",
    ("open/model", "v9"): "no revision 'v9'; set model.revision",
    ("gated/model", None): "accept its terms on {url}/gated/model with your account, then set HF_TOKEN",
    ("private/model", None): "(403): set HF_TOKEN",
    ("open/empty", None): "no config.json",
    ("open/unweighted", None): "no *.safetensors",
    ("open/--model", None): "no hub name",
    ("mixture/experts", None): "Qwen3MoeForCausalLM; supported are Qwen2ForCausalLM (Qwen2, Qwen2.5)",
    ("packed/awq", None): "quantized (awq)",
    ("capped/gemma", None): "final_logit_softcapping=30.0",
}


def test_what_the_hub_denies_or_has_not_is_refused_with_what_to_change(standing: Hub, tmp_path: Path) -> None:
    asked = [(path, revision, True) for path, revision in REFUSED]
    found = answers(start(tmp_path, standing.url, asked))
    for (path, _, _), (kind, text), words in zip(asked, found, REFUSED.values(), strict=True):
        assert kind == "refused", path
        assert text.startswith("model.path: ")
        assert words.replace("{url}", standing.url) in text
    assert not any(file.endswith(".safetensors") for file in standing.fetched if not file.startswith("open/model/"))


def test_a_token_whose_account_accepted_the_terms_gets_a_gated_model(standing: Hub, tmp_path: Path) -> None:
    # Without the weights, as where a server of someone else's holds them.
    gated: list[tuple[str, str | None, bool]] = [("gated/model", None, False)]
    asking = [start(tmp_path / token, standing.url, gated, HF_TOKEN=token) for token in ("hf_other", TOKEN)]
    ((_, text),), ((kind, folder),) = (answers(each) for each in asking)
    assert "not accepted yet" in text
    assert kind == "found"
    assert (Path(folder) / "tokenizer.json").is_file()
    assert not (Path(folder) / "model.safetensors").exists()


def test_a_machine_that_must_not_use_the_network_says_so(tmp_path: Path) -> None:
    ((_, text),) = answers(start(tmp_path, "http://127.0.0.1:9", [("open/model", None, True)], HF_HUB_OFFLINE="1"))
    assert "HF_HUB_OFFLINE keeps it from being fetched" in text


@pytest.mark.slow  # the library tries six times
def test_a_hub_that_does_not_answer_and_one_that_fails_are_told_apart(standing: Hub, tmp_path: Path) -> None:
    closed = start(tmp_path, "http://127.0.0.1:9", [("open/model", None, True)])
    broken = start(tmp_path, standing.url, [("broken/model", None, True)])
    assert "http://127.0.0.1:9 does not answer (ConnectError" in answers(closed)[0][1]
    assert "could not deliver broken/model (500)" in answers(broken)[0][1]
