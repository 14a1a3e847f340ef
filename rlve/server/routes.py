"""Every route: what it takes, what it answers, and whom it asks. app.py makes the application of this table."""

import asyncio
import re
import secrets
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, cast
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response

from rlve import __version__
from rlve.server import requests as asked
from rlve.server import responses as told
from rlve.server import wire
from rlve.server.calls import JSON, PROTOBUF
from rlve.server.checkpoints import TYPES
from rlve.server.futures import Waiting, new_id
from rlve.server.parsing import BadRequest, Body, parse
from rlve.server.requests import TinkerPath
from rlve.server.responses import Answer
from rlve.server.service import Server
from rlve.server.tables import CheckpointRow, FutureRow, ModelRow, SessionRow

OWNER = "tml:organization_user:local"
"""Everything on a server belongs to whoever holds its key."""
PROJECT = "default"
METADATA_FROM_BYTES = 8 * 2**20
"""Outcomes larger than this are announced with their size first, to clients that ask for that."""
BLOCKING_SECONDS = 600.0
"""How long `sample` waits before it answers 408."""


@dataclass(frozen=True)
class Call:
    """A request that has passed the gate."""

    http: Request
    body: bytes
    parsed: Any

    @property
    def lenient(self) -> bool:
        """Sent by an SDK, of which newer ones may know more keys than this server."""
        return "x-sdk-version" in self.http.headers

    @property
    def path(self) -> dict[str, str]:
        return self.http.path_params

    def number(self, name: str, default: int, most: int) -> int:
        """A query parameter from 0 to `most`."""
        text = self.http.query_params.get(name)
        if text is None:
            return default
        if not re.fullmatch(r"\d{1,18}", text, re.ASCII) or int(text) > most:
            raise BadRequest(422, f"{name}: expected a number from 0 to {most}, got {text[:40]!r}")
        return int(text)

    @property
    def page(self) -> tuple[int, int]:
        """limit and offset."""
        return max(1, self.number("limit", 20, 1000)), self.number("offset", 0, 2**53)


Handler = Callable[[Server, Call], Awaitable[Answer | Response]]


@dataclass(frozen=True)
class Endpoint:
    """One row of the table. queries: name → what it means; parses: the handler parses the body itself."""

    method: str
    path: str
    handler: Handler
    takes: type[Body] | None
    answers: type[Answer] | None
    queries: dict[str, str]
    parses: bool = False


ENDPOINTS: list[Endpoint] = []
PAGE = {"limit": "How many, 20 by default", "offset": "How many to leave out first"}


def post(path: str, takes: type[Body], answers: type[Answer] | None, **more: Any) -> Callable[[Handler], Handler]:
    return _endpoint("POST", path, takes, answers, **more)


def get(path: str, answers: type[Answer] | None, **queries: str) -> Callable[[Handler], Handler]:
    return _endpoint("GET", path, None, answers, queries=queries)


def _endpoint(
    method: str, path: str, takes: type[Body] | None, answers: type[Answer] | None, **more: Any
) -> Callable[[Handler], Handler]:
    def register(handler: Handler) -> Handler:
        ENDPOINTS.append(
            Endpoint(method, path, handler, takes, answers, more.get("queries", {}), more.get("parses", False))
        )
        return handler

    return register


# The SDK's start


@post("client/config", asked.ClientConfigRequest, told.ClientConfigResponse)
async def client_config(server: Server, call: Call) -> Answer:
    limits = server.config.limits
    return told.ClientConfigResponse(
        fwdbwd_max_chunk_len=limits.datum_count, fwdbwd_max_chunk_bytes_count=limits.datum_bytes
    )


@post("client/dynamic_config", asked.ClientConfigRequest, told.ClientDynamicConfigResponse)
async def client_dynamic_config(server: Server, call: Call) -> Answer:
    return told.ClientDynamicConfigResponse(sample_cancel_enabled=True)


@post("create_session", asked.CreateSessionRequest, told.CreateSessionResponse)
async def create_session(server: Server, call: Call) -> Answer:
    row = await server.sessions.create(call.parsed)
    return told.CreateSessionResponse(session_id=row.id)


@post("session_heartbeat", asked.SessionHeartbeatRequest, told.SessionHeartbeatResponse)
async def session_heartbeat(server: Server, call: Call) -> Answer:
    await server.sessions.alive(call.parsed.session_id)
    return told.SessionHeartbeatResponse()


@post("telemetry", asked.TelemetryRequest, told.TelemetryResponse)
async def telemetry(server: Server, call: Call) -> Answer:
    # Not looked at: events can hold keys and traces.
    return told.TelemetryResponse()


# Sessions


@get("sessions", told.ListSessionsResponse, **PAGE, access_scope="owned or accessible: the same here")
async def list_sessions(server: Server, call: Call) -> Answer:
    page = await server.store.list_sessions(*call.page)
    return told.ListSessionsResponse(sessions=[row.id for row in page.rows])


@post("sessions/search", asked.SessionSearchRequest, told.SessionSearchResponse)
async def search_sessions(server: Server, call: Call) -> Answer:
    request: asked.SessionSearchRequest = call.parsed
    found: list[told.SessionSummary] = []
    offset = 0
    while rows := (await server.store.list_sessions(200, offset)).rows:
        offset += len(rows)
        for row in rows:
            if not _matches(row, request):
                continue
            if len(found) == request.limit:
                last = found[-1]
                cursor = told.SearchCursor(last_created_at=last.created_at, last_session_id=last.session_id)
                return told.SessionSearchResponse(sessions=found, next_cursor=cursor)
            found.append(await _summary(server, row))
    return told.SessionSearchResponse(sessions=found)


@get("sessions/{session_id}", told.GetSessionResponse)
async def get_session(server: Server, call: Call) -> Answer:
    row = await _session(server, call)
    return told.GetSessionResponse(
        training_run_ids=[model.id for model in await server.store.models_of(row.id)],
        sampler_ids=[sampler.id for sampler in await server.store.samplers_of(row.id)],
        user_metadata=told.text_metadata(row.user_metadata),
        display_name=row.display_name,
    )


@post("sessions/{session_id}/finish", asked.FinishSessionRequest, None)
async def finish_session(server: Server, call: Call) -> Response:
    row = await _session(server, call)
    await server.sessions.end(row.id, call.parsed.reason.type)
    return Response(status_code=204)


@_endpoint("PUT", "sessions/{session_id}/project", asked.SessionProjectRequest, None)
async def move_session(server: Server, call: Call) -> Response:
    row = await _session(server, call)
    await server.store.update_session(row.id, project_id=call.parsed.project_id)
    return Response(status_code=204)


@get("sessions/{session_id}/trace_export", told.TraceExportResponse)
async def export_trace(server: Server, call: Call) -> Answer:
    await _session(server, call)
    return told.TraceExportResponse(status="failed", error="this server records no traces")


# Models


@post("create_model", asked.CreateModelRequest, told.AsyncOperationResponse)
async def create_model(server: Server, call: Call) -> Answer:
    request: asked.CreateModelRequest = call.parsed
    await server.sessions.alive(request.session_id)
    id = await server.training.create(request, call.body, call.lenient)
    return _accepted(id, f"{request.session_id}:train:{request.model_seq_id}")


@post("get_info", asked.ModelRequest, told.ModelInfoResponse)
async def get_info(server: Server, call: Call) -> Answer:
    row = await _model(server, call.parsed.model_id)
    rank = _rank(row)
    return told.ModelInfoResponse(
        model_data=told.ModelData(
            model_id=row.id,
            model_name=row.base_model,
            lora_rank=rank,
            created_at=_time(row.created_at).isoformat(),
            arch=server.host.architecture,
            tokenizer_id=_tokenizer_id(server, call, row),
        ),
        model_id=row.id,
        model_name=row.base_model,
        is_lora=rank > 0,
        lora_rank=rank or None,
    )


@get("get_tokenizer", told.GetTokenizerResponse, model_id="A model's id")
async def get_tokenizer(server: Server, call: Call) -> Answer:
    row = await _model(server, call.http.query_params.get("model_id", ""))
    tokenizer = await asyncio.to_thread(server.host.tokenizer)
    return told.GetTokenizerResponse(
        model_id=row.id,
        tokenizer_id=_tokenizer_id(server, call, row),
        vocab_size=len(tokenizer),
        model_max_length=server.host.max_seq_len,
        bos_token=tokenizer.bos_token,
        bos_token_id=tokenizer.bos_token_id,
        eos_token=tokenizer.eos_token,
        eos_token_id=tokenizer.eos_token_id,
        pad_token=tokenizer.pad_token,
        pad_token_id=tokenizer.pad_token_id,
        has_chat_template=bool(tokenizer.chat_template),
    )


@post("delete_model", asked.ModelRequest, told.DeleteModelResponse)
async def delete_model(server: Server, call: Call) -> Answer:
    row = await _model(server, call.parsed.model_id)
    await server.training.end(row.id, "ended", "it was deleted")
    return told.DeleteModelResponse(model_id=row.id)


# Operations of a model: parsed where they are accepted, since one that is refused uses up its number


@post("unload_model", asked.ModelRequest, told.AsyncOperationResponse, parses=True)
async def unload_model(server: Server, call: Call) -> Answer:
    return await _operation(server, call, "unload_model")


@post("forward", asked.ForwardRequest, told.AsyncOperationResponse, parses=True)
async def forward(server: Server, call: Call) -> Answer:
    return await _operation(server, call, "forward")


@post("forward_backward", asked.ForwardBackwardRequest, told.AsyncOperationResponse, parses=True)
async def forward_backward(server: Server, call: Call) -> Answer:
    return await _operation(server, call, "forward_backward")


@post("optim_step", asked.OptimStepRequest, told.AsyncOperationResponse, parses=True)
async def optim_step(server: Server, call: Call) -> Answer:
    return await _operation(server, call, "optim_step")


@post("save_weights", asked.SaveWeightsRequest, told.AsyncOperationResponse, parses=True)
async def save_weights(server: Server, call: Call) -> Answer:
    return await _operation(server, call, "save_weights")


@post("save_weights_for_sampler", asked.SaveWeightsForSamplerRequest, told.AsyncOperationResponse, parses=True)
async def save_weights_for_sampler(server: Server, call: Call) -> Answer:
    return await _operation(server, call, "save_weights_for_sampler")


@post("save_weights_external", asked.SaveWeightsExternalRequest, told.AsyncOperationResponse, parses=True)
async def save_weights_external(server: Server, call: Call) -> Answer:
    return await _operation(server, call, "save_weights_external")


@post("load_weights", asked.LoadWeightsRequest, told.AsyncOperationResponse, parses=True)
async def load_weights(server: Server, call: Call) -> Answer:
    request = parse(asked.LoadWeightsRequest, call.body, call.lenient)
    if not request.creates:
        return await _operation(server, call, "load_weights")
    await server.sessions.alive(request.session_id or "")
    id = await server.training.load_new(request, call.body, call.lenient)
    return _accepted(id, f"{request.session_id}:train:{request.model_seq_id}")


# Sampling


@post("create_sampling_session", asked.CreateSamplingSessionRequest, told.CreateSamplingSessionResponse)
async def create_sampling_session(server: Server, call: Call) -> Answer:
    request: asked.CreateSamplingSessionRequest = call.parsed
    await server.sessions.alive(request.session_id)
    row = await server.sampling.create(
        request.session_id, request.sampling_session_seq_id, request.base_model, request.checkpoint
    )
    return told.CreateSamplingSessionResponse(sampling_session_id=row.id)


@post("create_sampling_client", asked.CreateSamplingClientRequest, told.AsyncOperationResponse)
async def create_sampling_client(server: Server, call: Call) -> Answer:
    request: asked.CreateSamplingClientRequest = call.parsed
    if request.model_id is not None:
        raise BadRequest(
            400, "model_id: name saved weights (save_weights_for_sampler) as model_path, or sample by model_id"
        )
    session = request.session_id or (await server.sessions.create(asked.CreateSessionRequest(tags=[]))).id
    await server.sessions.alive(session)
    row = await server.sampling.create(session, None, request.base, request.checkpoint)
    result = told.CreateSamplingClientResult(
        sampler_id=row.id, sampling_session_id=row.id, base_model=row.base_model, model_path=row.tinker_path
    )
    future = FutureRow(new_id(), "create_sampling_client", "create", row.id, time.time(), content_type=JSON)
    await server.futures.accept(future)
    await server.futures.finish(future, result.model_dump_json().encode(), "json")
    return _accepted(future.id)


@post("join_sampling_session", asked.JoinSamplingSessionRequest, told.JoinSamplingSessionResponse)
async def join_sampling_session(server: Server, call: Call) -> Answer:
    if await server.store.sampler(call.parsed.sampling_session_id) is None:
        raise BadRequest(404, f"there is no sampling session {call.parsed.sampling_session_id[:200]}")
    return told.JoinSamplingSessionResponse(client_counter=secrets.randbits(31))


@get("samplers/{sampler_id}", told.GetSamplerResponse)
async def get_sampler(server: Server, call: Call) -> Answer:
    row = await server.store.sampler(call.path["sampler_id"])
    if row is None:
        raise BadRequest(404, f"there is no sampler {call.path['sampler_id'][:200]}")
    return told.GetSamplerResponse(sampler_id=row.id, base_model=row.base_model, model_path=row.tinker_path)


@post("asample", asked.ASampleRequest, told.AsyncOperationResponse)
async def asample(server: Server, call: Call) -> Answer:
    id, count = await server.sampling.submit(call.parsed, call.body, JSON, call.lenient)
    return _accepted(id).model_copy(update={"sample_sequence_ids": [f"{id}-{index}" for index in range(count)]})


@post("sample", asked.ASampleRequest, told.SampleResult)
async def sample(server: Server, call: Call) -> Response:
    id, _ = await server.sampling.submit(call.parsed, call.body, JSON, call.lenient)
    found = await server.futures.wait(id, BLOCKING_SECONDS)
    if isinstance(found, Waiting):
        return _pending(id, found)
    if found is None or found.status != "done":
        user = found is not None and found.category == "user"
        raise BadRequest(400 if user else 500, (found and found.error) or "the outcome is gone")
    return JSONResponse(wire.samples_json(found.result or b""))


# Futures


@post("retrieve_future", asked.RetrieveFutureRequest, None)
async def retrieve_future(server: Server, call: Call) -> Response:
    request: asked.RetrieveFutureRequest = call.parsed
    found = await server.futures.wait(request.request_id, server.config.limits.poll_seconds)
    if isinstance(found, Waiting):
        return _pending(request.request_id, found)
    if found is None:
        raise _unknown(request.request_id)
    if found.status == "failed":
        # 200, or the SDK would ask again for ever.
        return JSONResponse({"error": found.error, "category": found.category})
    result = found.result or b""
    if request.allow_metadata_only and len(result) > METADATA_FROM_BYTES:
        return JSONResponse({"status": "complete_metadata", "response_payload_size": len(result)})
    if found.result_type == "json":
        return Response(result, media_type=JSON)
    if PROTOBUF in call.http.headers.get("accept", ""):
        return Response(result, media_type=PROTOBUF)
    return JSONResponse(await asyncio.to_thread(_as_json, found, False))


@post("retrieve_future/{request_id}", Body, told.FutureStatus)
async def future_status(server: Server, call: Call) -> Response:
    found = await server.futures.wait(call.path["request_id"], 0)
    if isinstance(found, Waiting) or (found is not None and found.status in ("pending", "running")):
        return JSONResponse({"status": "pending", "result": None, "error": None})
    if found is None:
        raise _unknown(call.path["request_id"])
    if found.status == "failed":
        return JSONResponse({"status": "failed", "result": None, "error": found.error})
    result = await asyncio.to_thread(_as_json, found, True)
    return JSONResponse({"status": "completed", "result": result, "error": None})


@post("retrieve_futures", asked.RetrieveFuturesRequest, told.RetrieveFuturesResponse)
async def retrieve_futures(server: Server, call: Call) -> Answer:
    raise BadRequest(400, "polling many futures at once is switched off (client/config says so); use retrieve_future")


@post("cancel_future", asked.CancelFutureRequest, None)
async def cancel_future(server: Server, call: Call) -> Response:
    """Of samples only: what has been done to a model cannot be taken back."""
    await server.sampling.cancel(call.parsed.request_id)
    return Response(status_code=204)


@post("cleanup_futures", asked.CleanupFuturesRequest, told.CleanupFuturesResponse)
async def cleanup_futures(server: Server, call: Call) -> Answer:
    count = await server.futures.cleanup(call.parsed.max_age_hours * 3600)
    return told.CleanupFuturesResponse(cleaned_count=count, message=f"{count} outcomes were forgotten")


# Checkpoints


@get("training_runs", told.TrainingRunsResponse, **PAGE, access_scope="As for sessions", project_id="Ignored")
async def list_runs(server: Server, call: Call) -> Answer:
    limit, offset = call.page
    page = await server.store.list_models(limit, offset)
    runs = [await _run(server, row) for row in page.rows]
    return told.TrainingRunsResponse(
        training_runs=runs, cursor=told.Cursor(offset=offset, limit=limit, total_count=page.total)
    )


@get("training_runs/{model_id}", told.TrainingRun)
async def get_run(server: Server, call: Call) -> Answer:
    return await _run(server, await _model(server, call.path["model_id"]))


@get("training_runs/{model_id}/checkpoints", told.CheckpointsListResponse, **PAGE)
async def list_run_checkpoints(server: Server, call: Call) -> Answer:
    await _model(server, call.path["model_id"])
    page = await server.store.list_checkpoints(1000, 0, call.path["model_id"])
    return told.CheckpointsListResponse(checkpoints=[_checkpoint(row) for row in page.rows])


@get("checkpoints", told.CheckpointsListResponse, **PAGE, access_scope="As for sessions")
async def list_checkpoints(server: Server, call: Call) -> Answer:
    limit, offset = call.page
    page = await server.store.list_checkpoints(limit, offset)
    cursor = told.Cursor(offset=offset, limit=limit, total_count=page.total)
    return told.CheckpointsListResponse(checkpoints=[_checkpoint(row) for row in page.rows], cursor=cursor)


CHECKPOINT = "training_runs/{model_id}/checkpoints/{kind}/{name}"


@post(f"{CHECKPOINT}/publish", Body, None)
async def publish(server: Server, call: Call) -> Response:
    await server.store.set_public((await _named(server, call)).tinker_path, True)
    return Response(status_code=204)


@_endpoint("DELETE", f"{CHECKPOINT}/publish", None, None)
async def unpublish(server: Server, call: Call) -> Response:
    await server.store.set_public((await _named(server, call)).tinker_path, False)
    return Response(status_code=204)


@_endpoint("PUT", f"{CHECKPOINT}/ttl", asked.CheckpointTtlRequest, None)
async def set_ttl(server: Server, call: Call) -> Response:
    ttl = call.parsed.ttl_seconds
    row = await _named(server, call)
    await server.store.set_ttl(row.tinker_path, None if ttl is None else time.time() + ttl)
    return Response(status_code=204)


@get(f"{CHECKPOINT}/external_weights_urls", told.ExternalWeightsUrlsResponse)
async def external_weights_urls(server: Server, call: Call) -> Answer:
    row = await _named(server, call)
    urls, expires = await asyncio.to_thread(server.checkpoints.urls, row, str(call.http.base_url).rstrip("/"))
    return told.ExternalWeightsUrlsResponse(urls=urls, expires=_time(expires))


@_endpoint("DELETE", CHECKPOINT, None, None)
async def delete_checkpoint(server: Server, call: Call) -> Response:
    await server.checkpoints.delete(await _named(server, call))
    return Response(status_code=204)


@get(
    "downloads/{model_id}/{kind}/{name}/{file:path}",
    None,
    expires="When the address ends to work",
    signature="Comes with the address",
)
async def download(server: Server, call: Call) -> Response:
    given = call.http.query_params
    path = TinkerPath.parse(f"tinker://{call.path['model_id']}/{call.path['kind']}/{call.path['name']}")
    expires = call.number("expires", 0, 2**53)
    file = await server.checkpoints.download(path, call.path["file"], expires, given.get("signature", ""))
    return FileResponse(file)


@post("weights_info", asked.WeightsInfoRequest, told.WeightsInfoResponse)
async def weights_info(server: Server, call: Call) -> Answer:
    row = await server.checkpoints.find(call.parsed.checkpoint)
    lora = row.info["lora"] or {}
    return told.WeightsInfoResponse(
        base_model=row.info["base_model"],
        is_lora=row.info["is_lora"],
        lora_rank=lora.get("rank"),
        train_unembed=lora.get("train_unembed"),
        train_mlp=lora.get("train_mlp"),
        train_attn=lora.get("train_attn"),
        created_at=_time(row.created_at).isoformat(),
    )


@post("copy_weights", asked.CopyWeightsRequest, told.CopyWeightsResponse)
async def copy_weights(server: Server, call: Call) -> Answer:
    request: asked.CopyWeightsRequest = call.parsed
    source = await server.checkpoints.find(request.checkpoint)
    session, number = request.session_id, request.model_seq_id or 0
    if session is None:
        # A client that lost the answer asks again with the same key, and hears of the same copy.
        key = call.http.headers.get("x-idempotency-key") or new_id()
        session = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{key} {source.tinker_path}"))
    else:
        await server.sessions.alive(session)
    target = TinkerPath(f"{session}:train:{number}", source.kind, source.name)
    if await server.store.checkpoint(str(target)) is not None:
        return told.CopyWeightsResponse(tinker_path=str(target))
    if await server.store.model(target.run) is not None:
        raise BadRequest(400, f"model_seq_id {number} of session {session} has a model; copy to a number of its own")
    if request.session_id is None:
        now = time.time()
        made = SessionRow(session, now, now, ["copy"], project_id=request.destination_project_id)
        await server.store.add_session(replace(made, ended_at=now, end_reason="it only holds a copy"))
    expires = None if request.ttl_seconds is None else time.time() + request.ttl_seconds
    await server.checkpoints.copy(source, target, expires)
    await server.training.hold_copy(target.run, session, number, source)
    return told.CopyWeightsResponse(tinker_path=str(target))


# The server itself


@get("get_server_capabilities", told.GetServerCapabilitiesResponse)
async def get_server_capabilities(server: Server, call: Call) -> Answer:
    config = server.config
    return told.GetServerCapabilitiesResponse(
        supported_models=[
            told.SupportedModel(model_name=name, max_context_length=server.host.max_seq_len)
            for name in server.host.names
        ],
        max_batch_size=config.limits.datum_count,
        features=["lora", "rlve", "sampling", "gradient_accumulation", "checkpointing"]
        + ["full_weights"] * bool(config.limits.full_models),
    )


@get("healthz", told.HealthzResponse)
async def healthz(server: Server, call: Call) -> Answer:
    return told.HealthzResponse()


@get("health", told.HealthResponse)
async def health(server: Server, call: Call) -> Answer:
    counts = await server.store.counts()
    return told.HealthResponse(
        status="ok",
        version=__version__,
        ray_status=server.host.ray_status(),
        active_models=len(server.training.models),
        active_sessions=counts.sessions,
    )


@get("auth/apikey/me", told.ApiKeyResponse)
async def api_key(server: Server, call: Call) -> Answer:
    details = told.ApiKeyDetails(
        org_details=told.OrganizationDetails(name="local"), user_details=told.UserDetails(email="local@localhost")
    )
    return told.ApiKeyResponse(key_id="local", name="the server's key", details=details)


# Runs that the server drives


@get("rlve_jobs", told.RlveJobsResponse)
async def list_jobs(server: Server, call: Call) -> Answer:
    return told.RlveJobsResponse(jobs=server.jobs.list())


@get("rlve_jobs/{model_id}", told.RlveJob)
async def get_job(server: Server, call: Call) -> Answer:
    return server.jobs.describe(call.path["model_id"])


@get("rlve_jobs/{model_id}/metrics", told.RlveMetricsResponse, after="Only rounds after this one; all by default")
async def job_metrics(server: Server, call: Call) -> Answer:
    text = call.http.query_params.get("after", "-1")
    after = -1 if text == "-1" else call.number("after", 0, 2**53)
    rounds = await asyncio.to_thread(server.jobs.metrics, call.path["model_id"], after)
    return told.RlveMetricsResponse(rounds=rounds)


@post("rlve_jobs/{model_id}/pause", Body, told.RlveJob)
async def pause_job(server: Server, call: Call) -> Answer:
    return server.jobs.pause(call.path["model_id"])


@post("rlve_jobs/{model_id}/resume", Body, told.RlveJob)
async def resume_job(server: Server, call: Call) -> Answer:
    return server.jobs.resume(call.path["model_id"])


@post("rlve_jobs/{model_id}/stop", Body, told.RlveJob)
async def stop_job(server: Server, call: Call) -> Answer:
    return server.jobs.stop(call.path["model_id"])


# What several of them do


async def _operation(server: Server, call: Call, kind: str) -> Answer:
    body, content_type = call.body, call.http.headers.get("content-type", "").partition(";")[0].strip().lower()
    if call.http.headers.get("content-encoding", "identity") != "identity":
        if call.http.headers["content-encoding"] != "zstd":
            raise BadRequest(400, "Content-Encoding: this server reads zstd and plain bodies")
        body = await asyncio.to_thread(wire.decompress, body, server.config.limits.unpacked_bytes)
    id, model_id = await server.training.submit(
        kind, body, PROTOBUF if content_type == PROTOBUF else JSON, call.lenient
    )
    server.store.touch_sessions([model_id.rpartition(":train:")[0]])
    return _accepted(id, model_id)


def _accepted(id: str, model_id: str | None = None) -> told.AsyncOperationResponse:
    return told.AsyncOperationResponse(request_id=id, message="accepted", model_id=model_id)


def _pending(id: str, waiting: Waiting) -> Response:
    answer = told.TryAgainResponse(request_id=id, queue_state=waiting.state, queue_state_reason=waiting.reason)
    return JSONResponse(answer.model_dump(), status_code=408)


def _unknown(id: str) -> BadRequest:
    if re.fullmatch(r"req-[0-9a-f]{32}", id):
        return BadRequest(410, f"the outcome of {id} is no longer kept, or never was")
    return BadRequest(404, f"there is no request {id[:200]}")


def _as_json(row: FutureRow, bare_names: bool) -> Any:
    import json

    result = row.result or b""
    if row.result_type == "loss":
        return wire.loss_result_json(wire.decode_loss_result(result), bare_names)
    if row.result_type == "sample":
        return wire.samples_json(result)
    return json.loads(result)


async def _session(server: Server, call: Call) -> SessionRow:
    row = await server.store.session(call.path["session_id"])
    if row is None:
        raise BadRequest(404, f"there is no session {call.path['session_id'][:200]}")
    return row


async def _model(server: Server, model_id: str) -> ModelRow:
    row = await server.store.model(model_id)
    if row is None:
        raise BadRequest(404, f"there is no model {model_id[:200]}")
    return row


async def _named(server: Server, call: Call) -> CheckpointRow:
    """The checkpoint that the address names."""
    uri = f"tinker://{call.path['model_id']}/{call.path['kind']}/{call.path['name']}"
    return await server.checkpoints.find(TinkerPath.parse(uri))


async def _run(server: Server, row: ModelRow) -> told.TrainingRun:
    page = await server.store.list_checkpoints(1000, 0, row.id)
    newest: dict[str, told.Checkpoint] = {}
    for checkpoint in page.rows:
        newest.setdefault(checkpoint.kind, _checkpoint(checkpoint))
    return told.TrainingRun(
        training_run_id=row.id,
        base_model=row.base_model,
        model_owner=OWNER,
        is_lora=_rank(row) > 0,
        corrupted=row.status in ("failed", "lost"),
        lora_rank=_rank(row) or None,
        last_request_time=_time(row.last_request_at),
        last_checkpoint=newest.get("weights"),
        last_sampler_checkpoint=newest.get("sampler_weights"),
        user_metadata=told.text_metadata(row.user_metadata),
    )


def _rank(row: ModelRow) -> int:
    lora = row.request.get("lora")
    return int(lora["rank"]) if lora else 0


def _checkpoint(row: CheckpointRow) -> told.Checkpoint:
    return told.Checkpoint(
        checkpoint_id=f"{row.kind}/{row.name}",
        checkpoint_type=cast(told.CheckpointType, TYPES[row.kind]),
        time=_time(row.created_at),
        tinker_path=row.tinker_path,
        size_bytes=row.size_bytes,
        public=row.public,
        user_metadata=told.text_metadata(row.user_metadata),
        expires_at=None if row.expires_at is None else _time(row.expires_at),
    )


def _matches(row: SessionRow, request: asked.SessionSearchRequest) -> bool:
    if request.cursor is not None:
        created = _time(row.created_at)
        if (created, row.id) >= (request.cursor.last_created_at, request.cursor.last_session_id):
            return False
    metadata = row.user_metadata or {}
    named = request.session_id is None and request.display_name is None
    if request.display_name is not None:
        words = request.display_name.lower().split()
        named = all(word in (row.display_name or "").lower() for word in words)
    return (
        (named or row.id == request.session_id)
        and (request.project_ids is None or (row.project_id or PROJECT) in request.project_ids)
        and all(metadata.get(key) == value for key, value in request.user_metadata.items())
        and (request.statuses is None or any(_has_status(row, status) for status in request.statuses))
    )


def _has_status(row: SessionRow, status: asked.StatusQuery) -> bool:
    if status.type == "active":
        return row.ended_at is None
    if status.type == "client_finished":
        return row.end_reason in (status.reasons or ("success", "errored", "interrupted"))
    return False


async def _summary(server: Server, row: SessionRow) -> told.SessionSummary:
    saved: list[CheckpointRow] = []
    for model in await server.store.models_of(row.id):
        saved += (await server.store.list_checkpoints(1000, 0, model.id)).rows
    status = told.SessionStatus(type="active") if row.ended_at is None else None
    if row.end_reason in ("success", "errored", "interrupted"):
        reason = told.FinishedReason(type=cast(Any, row.end_reason))
        status = told.SessionStatus(type="client_finished", reason=reason)
    return told.SessionSummary(
        session_id=row.id,
        created_at=_time(row.created_at),
        owner=OWNER,
        project_id=row.project_id or PROJECT,
        status=status,
        checkpoints_count=len(saved),
        display_name=row.display_name,
        user_metadata=told.text_metadata(row.user_metadata),
        checkpoint_storage_bytes=sum(each.size_bytes for each in saved),
    )


def _tokenizer_id(server: Server, call: Call, row: ModelRow) -> str:
    """What a client loads the tokenizer by: a folder where it runs on this machine, else the model's public name."""
    host = call.http.client.host if call.http.client else ""
    address = urlsplit(str(call.http.base_url)).hostname or ""
    here = host in ("127.0.0.1", "::1") and address in ("127.0.0.1", "localhost", "::1")
    return str(server.host.folder) if here else row.base_model


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
