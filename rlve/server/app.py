"""The application: routes, documentation, metrics, and the process that serves them."""

import asyncio
import logging
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from prometheus_client import (
    CollectorRegistry,
    Gauge,
    GCCollector,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.staticfiles import StaticFiles

from rlve import __version__
from rlve.config import ConfigError, ServeConfig
from rlve.server.calls import BIG_BYTES
from rlve.server.gate import App, Gate, JsonLines, fault
from rlve.server.parsing import parse
from rlve.server.responses import ErrorResponse, HealthResponse
from rlve.server.routes import ENDPOINTS, Call, Endpoint, health
from rlve.server.service import Server

LOCAL_KEY = "tml-local"
"""The key where RLVE_API_KEY is not set, on loopback addresses only."""
PREFIX = "/api/v1"
SCHEMA = "#/components/schemas/{model}"
FAULTS = {
    400: "Values contradict each other or are not supported",
    401: "The key is missing or wrong",
    404: "There is no such thing",
    408: "Not done yet: ask again",
    410: "It is over",
    413: "The body is too large",
    422: "The body has the wrong shape",
    429: "Too much waits: send it again later",
    503: "The database does not answer",
}


def key_for(config: ServeConfig) -> str:
    """RLVE_API_KEY, or the local key; ConfigError where one is needed, or the stock SDK could not send it."""
    key = os.environ.get("RLVE_API_KEY")
    if key is None:
        if not _loopback(config.host):
            raise ConfigError(
                f"host: {config.host} can be reached from other machines, so RLVE_API_KEY must be set; "
                "choose a key that begins with tml-"
            )
        return LOCAL_KEY
    if not key.startswith("tml-") or len(key) < 8 or not key.isascii() or not key.isprintable():
        raise ConfigError(
            "RLVE_API_KEY: a key has 8 or more printable characters and begins with tml-, as the SDK asks"
        )
    return key


def _loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def make(config: ServeConfig, key: str) -> tuple[FastAPI, App]:
    """The application, and it behind the gate."""
    registry = CollectorRegistry()
    for collector in (ProcessCollector, PlatformCollector, GCCollector):
        collector(registry=registry)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.server = server = await Server.open(config)
        _gauges(registry, server)
        announce(config, key)
        try:
            yield
        finally:
            await server.close()

    app = FastAPI(
        title="rlve",
        version=__version__,
        description="The Tinker API, and runs of RLVE on the server.",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        redirect_slashes=False,
    )
    for endpoint in ENDPOINTS:
        _add(app, endpoint, PREFIX)
    _add(app, Endpoint("GET", "health", health, None, HealthResponse, {}), "")
    app.openapi = lambda: _document(app)

    async def documentation(request: Request) -> Response:
        return get_swagger_ui_html(
            openapi_url="/openapi.json",
            title="rlve: the API",
            swagger_js_url="/docs/assets/swagger-ui-bundle.js",
            swagger_css_url="/docs/assets/swagger-ui.css",
            swagger_favicon_url="/docs/assets/favicon-32x32.png",
        )

    async def metrics(request: Request) -> Response:
        return Response(generate_latest(registry), media_type="text/plain; version=0.0.4")

    app.add_route("/docs", documentation, include_in_schema=False)
    app.add_route("/metrics", metrics, include_in_schema=False)
    app.mount("/docs/assets", StaticFiles(directory=_assets()))
    return app, Gate(app, key, config.limits.request_bytes, registry)


def serve(config: ServeConfig) -> None:
    """Serves until interrupted; then every process that was started has ended."""
    import uvicorn

    key = key_for(config)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logger = logging.getLogger("rlve.server")
    logger.handlers, logger.propagate = [handler], False
    logger.setLevel(os.environ.get("RLVE_LOG_LEVEL", "INFO").upper())
    _, gated = make(config, key)
    uvicorn.run(
        gated,
        host=config.host,
        port=config.port,
        log_level="warning",
        access_log=False,
        lifespan="on",
        timeout_graceful_shutdown=5,
        timeout_keep_alive=75,
        server_header=False,
        ws="none",
    )


def announce(config: ServeConfig, key: str) -> None:
    """What a newcomer pastes."""
    host = f"[{config.host}]" if ":" in config.host else config.host
    url = f"http://{host}:{config.port}"
    hint = key if key == LOCAL_KEY else f"{key[:6]}… (RLVE_API_KEY)"
    given = f'"{key}"' if key == LOCAL_KEY else 'os.environ["RLVE_API_KEY"]'
    print(  # noqa: T201 (for whoever started it)
        f"""rlve serves {config.base_model} on {url}   key: {hint}   docs: {url}/docs

    import tinker
    service = tinker.ServiceClient(base_url="{url}", api_key={given})
    training = service.create_lora_training_client(base_model="{config.base_model}", rank=8).result()
""",
        flush=True,
    )


def _assets() -> Path:
    import swagger_ui_bundle

    return Path(swagger_ui_bundle.swagger_ui_path)


def _add(app: FastAPI, endpoint: Endpoint, prefix: str) -> None:
    async def answer(http: Request) -> Response:
        try:
            body = await http.body() if endpoint.method in ("POST", "PUT") else b""
            parsed = None
            if endpoint.takes is not None and not endpoint.parses:
                lenient = "x-sdk-version" in http.headers
                if len(body) > BIG_BYTES:
                    parsed = await asyncio.to_thread(parse, endpoint.takes, body, lenient)
                else:
                    parsed = parse(endpoint.takes, body, lenient)
            told = await endpoint.handler(http.app.state.server, Call(http, body, parsed))
        except Exception as error:  # noqa: BLE001 (the boundary: every fault is an answer)
            told = fault(error, http.scope)
            return JSONResponse({"detail": told.detail}, told.status)
        if isinstance(told, BaseModel):
            return Response(told.model_dump_json(), media_type="application/json")
        return told

    faults = {status: {"description": text, "model": ErrorResponse} for status, text in FAULTS.items()}
    responses: dict[int | str, dict[str, Any]] = {**faults}
    responses[200 if endpoint.answers or endpoint.method == "GET" else 204] = {
        "description": "The answer",
        **({"model": endpoint.answers} if endpoint.answers else {}),
    }
    if endpoint.handler.__name__ == "retrieve_future":
        responses[200] = {"description": "The operation's result, in protobuf for those that have one, or its failure"}
        responses.pop(204, None)
    app.add_api_route(
        f"{prefix}/{endpoint.path}",
        answer,
        methods=[endpoint.method],
        name=endpoint.handler.__name__ + ("_at_root" if not prefix else ""),
        response_model=None,
        response_class=JSONResponse,
        status_code=200 if 200 in responses else 204,
        responses=responses,
        openapi_extra=_extra(endpoint),
        operation_id=f"{endpoint.method.lower()} {prefix}/{endpoint.path}",
    )


def _extra(endpoint: Endpoint) -> dict[str, Any]:
    """What FastAPI cannot know of a route that reads its request itself."""
    extra: dict[str, Any] = {}
    names = [part.strip("{}").partition(":")[0] for part in endpoint.path.split("/") if part.startswith("{")]
    text = {"type": "string", "minLength": 1}
    parameters = [{"name": name, "in": "path", "required": True, "schema": text} for name in names]
    for name, meaning in endpoint.queries.items():
        kind = "string" if name in ("access_scope", "model_id", "signature", "project_id") else "integer"
        parameters.append(
            {"name": name, "in": "query", "required": False, "description": meaning, "schema": {"type": kind}}
        )
    if parameters:
        extra["parameters"] = parameters
    if endpoint.path in ("health", "healthz") or endpoint.path.startswith("downloads/"):
        extra["security"] = []
    if endpoint.takes is not None:
        content: dict[str, Any] = {
            "application/json": {"schema": {"$ref": SCHEMA.format(model=endpoint.takes.__name__)}}
        }
        extra["requestBody"] = {"required": True, "content": content}
    return extra


def _document(app: FastAPI) -> dict[str, Any]:
    """FastAPI's document with the bodies' schemas and the key."""
    from fastapi.openapi.utils import get_openapi

    if app.openapi_schema:
        return app.openapi_schema
    document = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
    kinds = {endpoint.takes for endpoint in ENDPOINTS if endpoint.takes is not None}
    _, bodies = models_json_schema(
        [(kind, "validation") for kind in sorted(kinds, key=lambda kind: kind.__name__)], ref_template=SCHEMA
    )
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for name, schema in bodies["$defs"].items():
        schemas.setdefault(name, schema)
    document["components"]["securitySchemes"] = {"key": {"type": "apiKey", "in": "header", "name": "X-API-Key"}}
    document["security"] = [{"key": []}]
    app.openapi_schema = document
    return document


def _gauges(registry: CollectorRegistry, server: Server) -> None:
    for name, text, value in (
        ("rlve_models", "Models in training or waiting for a place", lambda: len(server.training.models)),
        ("rlve_futures_waiting", "Accepted operations without an outcome", lambda: len(server.futures.waiting)),
        ("rlve_samples_waiting", "Samples being drawn or waiting", lambda: len(server.sampling.tasks)),
        ("rlve_samplers_resident", "Samplers that are open", lambda: len(server.sampling.residents)),
        ("rlve_sampled_tokens", "Tokens drawn for clients since the start", lambda: server.sampling.sampled_tokens),
        ("rlve_jobs_running", "Runs of RLVE that are at work", lambda: server.jobs.running),
    ):
        Gauge(name, text, registry=registry).set_function(value)
