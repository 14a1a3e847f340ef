"""A client for RLVE that a server runs by itself, and the names of the Tinker API page in one place.

    from rlve.client import Client, types

    client = Client("http://127.0.0.1:8000")
    job = client.start("local/tiny", types.RLVEConfig(enabled=True, environment_list=["Sorting"]))
    client.wait(job.model_id, print)

The server goes on when this process ends; the result is an ordinary model of its.
"""

import json
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from http.client import HTTPException
from typing import TYPE_CHECKING, Any, Literal, cast
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import Request, urlopen

from pydantic import BaseModel

from rlve import __version__
from rlve.config import LoraConfig, RLVEConfig, WandbConfig

Status = Literal["starting", "running", "paused", "finished", "stopped", "failed"]
ENDED: frozenset[Status] = frozenset(["finished", "stopped", "failed"])
LOCAL_URL = "http://127.0.0.1:8000"
TIMEOUT_SECONDS = 60


class Types:
    """The types of the Tinker API page: the SDK's own, which is imported when one is asked for, and RLVE's beside."""

    RLVEConfig = RLVEConfig
    WandbConfig = WandbConfig

    if TYPE_CHECKING:
        from tinker.types import (
            AdamParams,
            Datum,
            ForwardBackwardOutput,
            LoraConfig,
            ModelInput,
            OptimStepResponse,
            SampleResponse,
            SamplingParams,
            SaveWeightsResponse,
            TensorData,
        )
    else:

        def __getattr__(self, name: str) -> Any:
            if name.startswith("_"):
                raise AttributeError(name)
            import tinker

            return getattr(tinker.types, name)


types = Types()


@dataclass(frozen=True, slots=True)
class Job:
    """A server-side run, by the model that it trains. levels and accuracy are per environment."""

    model_id: str
    status: Status
    finished_rounds: int
    num_rollout: int
    levels: dict[str, int]
    accuracy: dict[str, float]
    effective_prompt_ratio: float | None
    error: str | None
    created_at: str

    @property
    def ended(self) -> bool:
        return self.status in ENDED


@dataclass(frozen=True, slots=True)
class RoundMetrics:
    """What a round measured, by the names that metrics.jsonl has, and per environment."""

    round: int
    metrics: dict[str, float]
    environments: dict[str, dict[str, float]]


class ServerError(RuntimeError):
    """The server's answer to a request that it did not grant; the message is its detail."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status


class NoServer(ConnectionError):
    """Nothing answers at the URL."""


class Client:
    """Requests to one server. Without a key it takes TINKER_API_KEY's."""

    def __init__(self, base_url: str | None = None, api_key: str | None = None) -> None:
        self.base_url = (base_url or os.environ.get("TINKER_BASE_URL") or LOCAL_URL).rstrip("/")
        if not self.base_url.startswith(("http://", "https://")):
            raise ValueError(f"a server's URL begins with http:// or https://, got {self.base_url!r}")
        self._key = api_key or os.environ.get("TINKER_API_KEY")
        if not self._key:
            raise ValueError("no API key: set TINKER_API_KEY to the one that the server's start-up line hints at")

    def start(
        self,
        base_model: str,
        rlve_config: RLVEConfig,
        lora_config: BaseModel | None = LoraConfig(),  # noqa: B008 (frozen)
        wandb_config: WandbConfig | None = None,
        max_seq_len: int | None = None,
        checkpoint_path: str | None = None,
    ) -> Job:
        """Makes a model that the server trains by RLVE, and returns once it exists.

        lora_config, ours or the SDK's: None trains full weights, where the server's settings allow that.
        checkpoint_path: a tinker:// path to begin at.
        """
        session = self._post(
            "create_session", {"tags": ["rlve"], "user_metadata": None, "sdk_version": f"rlve/{__version__}"}
        )
        asked: dict[str, Any] = {
            "session_id": session["session_id"],
            "model_seq_id": 0,
            "model_name": base_model,
            "lora_config": lora_config.model_dump(mode="json", exclude_none=True) if lora_config else None,
            "rlve_config": rlve_config.model_copy(update={"enabled": True}).model_dump(mode="json"),
            "wandb_config": wandb_config.model_dump(mode="json") if wandb_config else None,
            "checkpoint_path": checkpoint_path,
        }
        if max_seq_len is not None:
            asked["max_seq_len"] = max_seq_len
        return self.job(self._result(self._post("create_model", asked)["request_id"])["model_id"])

    def jobs(self) -> list[Job]:
        return [_job(found) for found in self._get("rlve_jobs")["jobs"]]

    def job(self, model_id: str) -> Job:
        return _job(self._get(f"rlve_jobs/{quote(model_id, safe=':')}"))

    def metrics(self, model_id: str, after: int = -1) -> list[RoundMetrics]:
        """The rounds whose number is greater than `after`, in order."""
        rounds = self._get(f"rlve_jobs/{quote(model_id, safe=':')}/metrics?after={after}")["rounds"]
        return [RoundMetrics(found["round"], found["metrics"], found["environments"]) for found in rounds]

    def wait(
        self,
        model_id: str,
        callback: Callable[[RoundMetrics], None] | None = None,
        after: int = -1,
        poll_seconds: float = 1.0,
    ) -> Job:
        """Calls back for each round after `after`, those that have passed too, until the job has ended."""
        while True:
            # The job before its metrics: when it has ended, they are all there.
            job = self.job(model_id)
            for found in self.metrics(model_id, after):
                after = found.round
                if callback is not None:
                    callback(found)
            if job.ended:
                return job
            time.sleep(poll_seconds)

    def pause(self, model_id: str) -> Job:
        """At the end of the running round."""
        return self._order(model_id, "pause")

    def resume(self, model_id: str) -> Job:
        return self._order(model_id, "resume")

    def stop(self, model_id: str) -> Job:
        """For good, at the end of the running round; the model stays and can be used as any other."""
        return self._order(model_id, "stop")

    def _order(self, model_id: str, order: str) -> Job:
        return _job(self._post(f"rlve_jobs/{quote(model_id, safe=':')}/{order}", {}))

    def _result(self, request_id: str) -> Any:
        """A future's result, however long it takes."""
        while (future := self._post(f"retrieve_future/{quote(request_id, safe=':')}", {}))["status"] == "pending":
            time.sleep(0.2)
        if future["status"] != "completed":
            raise ServerError(400, str(future["error"]))
        return future["result"]

    def _get(self, path: str) -> Any:
        return self._send("GET", path, None)

    def _post(self, path: str, body: Mapping[str, Any]) -> Any:
        return self._send("POST", path, json.dumps(body).encode())

    def _send(self, method: str, path: str, body: bytes | None) -> Any:
        assert self._key is not None
        headers = {"X-API-Key": self._key, "Content-Type": "application/json", "Accept": "application/json"}
        request = Request(f"{self.base_url}/api/v1/{path}", body, headers, method=method)
        try:
            with urlopen(request, timeout=TIMEOUT_SECONDS) as answer:
                return json.load(answer)
        except HTTPError as error:
            raise ServerError(error.code, _detail(error)) from error
        except (OSError, HTTPException) as error:
            reason = getattr(error, "reason", error)
            raise NoServer(f"no server answers at {self.base_url} ({reason}); make serve starts one") from error
        except ValueError as error:
            raise NoServer(f"what answers at {self.base_url} is not an RLVE server: it sent no JSON") from error


def _job(found: Mapping[str, Any]) -> Job:
    """What a later server adds is left out."""
    return Job(**{field.name: found[field.name] for field in fields(Job)})


def _detail(error: HTTPError) -> str:
    """The `detail` of an error's JSON, one line per fault where it is a list, or the reason of its status."""
    try:
        detail = json.load(error)["detail"]
    except (ValueError, KeyError, TypeError):
        return f"{error.code} {error.reason}"
    if not isinstance(detail, list):
        return str(detail)
    faults = cast("Sequence[Mapping[str, Any]]", detail)
    return "\n".join(f"{'.'.join(map(str, fault.get('loc', [])))}: {fault.get('msg', fault)}" for fault in faults)
