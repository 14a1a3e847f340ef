"""What every request passes: key, size, request id, log line, metrics, and one shape for every error."""

import base64
import hmac
import json
import logging
import time
import uuid
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.requests import ClientDisconnect

from rlve.server.parsing import BadRequest
from rlve.server.writer import StoreError

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

log = logging.getLogger("rlve.server")

OPEN_PATHS = ("/health", "/api/v1/health", "/api/v1/healthz")
SIGNED_PREFIX = "/api/v1/downloads/"
"""Addresses that carry a signature instead of a key."""
QUIET = ("retrieve_future", "session_heartbeat", "telemetry", "dynamic_config", "/health", "/metrics")


class Gate:
    """ASGI middleware around the application."""

    def __init__(self, app: App, key: str, limit_bytes: int, registry: CollectorRegistry) -> None:
        self.app, self.key, self.limit_bytes = app, key.encode(), limit_bytes
        self.requests = Counter(
            "rlve_http_requests", "Requests by route and status", ["method", "route", "status"], registry=registry
        )
        self.seconds = Histogram(
            "rlve_http_seconds",
            "Time to answer a request, long polls too",
            ["route"],
            registry=registry,
            buckets=(0.005, 0.02, 0.1, 0.5, 2, 10, 45),
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = time.perf_counter()
        headers = {name.lower(): value for name, value in scope["headers"]}
        request_id = _plain_id(headers.get(b"x-request-id")) or uuid.uuid4().hex
        scope["request_id"] = request_id
        status = 500

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", []), (b"x-request-id", request_id.encode())]
            await send(message)

        try:
            self._check(scope["path"], headers)
            await self.app(scope, self._bounded(receive, headers), sending)
        except BadRequest as error:
            await _answer(error, sending)
        finally:
            elapsed = time.perf_counter() - started
            route = getattr(scope.get("route"), "path", "none")
            self.requests.labels(scope["method"], route, status).inc()
            self.seconds.labels(route).observe(elapsed)
            level = logging.DEBUG if any(word in scope["path"] for word in QUIET) and status < 500 else logging.INFO
            if log.isEnabledFor(level):
                facts = {
                    "request_id": request_id,
                    "method": scope["method"],
                    "path": scope["path"],
                    "status": status,
                    "seconds": round(elapsed, 4),
                }
                log.log(level, "request", extra=facts)

    def _check(self, path: str, headers: dict[bytes, bytes]) -> None:
        if path in OPEN_PATHS or path.startswith(SIGNED_PREFIX):
            return
        if not any(hmac.compare_digest(given, self.key) for given in _keys(headers)):
            raise BadRequest(401, "the key is missing or wrong; send it as X-API-Key (clients read TINKER_API_KEY)")

    def _bounded(self, receive: Receive, headers: dict[bytes, bytes]) -> Receive:
        """The body, up to limit_bytes."""
        too_large = BadRequest(413, f"the body has more than {self.limit_bytes} bytes; send fewer data per call")
        length = headers.get(b"content-length", b"0")
        if not length.isdigit() or int(length) > self.limit_bytes:
            raise too_large
        size = 0

        async def bounded() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            if size > self.limit_bytes:
                raise too_large
            return message

        return bounded


def _keys(headers: dict[bytes, bytes]) -> list[bytes]:
    """What may be a key: its own header, a bearer token, or the password that a browser asked for."""
    found = [headers[b"x-api-key"]] if b"x-api-key" in headers else []
    kind, _, value = headers.get(b"authorization", b"").partition(b" ")
    if kind.lower() == b"bearer":
        found.append(value.strip())
    elif kind.lower() == b"basic":
        with suppress(ValueError):
            found.append(base64.b64decode(value, validate=True).partition(b":")[2])
    return found


def _plain_id(given: bytes | None) -> str | None:
    """A client's own request id, where it may stand in a log line."""
    if given is None or not 0 < len(given) <= 128 or not given.replace(b"-", b"").replace(b"_", b"").isalnum():
        return None
    return given.decode("ascii", "ignore") or None


def fault(error: Exception, scope: Scope) -> BadRequest:
    """What a client is told of an exception; the server's own are logged, and told by the number of the request."""
    if isinstance(error, BadRequest):
        return error
    if isinstance(error, ClientDisconnect):
        return BadRequest(400, "the client went away before its request had ended")
    request_id = scope["request_id"]
    log.error("request failed", extra={"request_id": request_id, "path": scope["path"]}, exc_info=error)
    if isinstance(error, StoreError):
        return BadRequest(503, f"the server's database did not answer; its log has {request_id}")
    return BadRequest(500, f"the server failed at this request; its log has {request_id}")


async def _answer(fault: BadRequest, send: Send) -> None:
    body = json.dumps({"detail": fault.detail}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    if fault.status == 401:
        headers.append((b"www-authenticate", b'Basic realm="rlve"'))
    await send({"type": "http.response.start", "status": fault.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


class JsonLines(logging.Formatter):
    """One JSON object per record."""

    KNOWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            **{name: value for name, value in vars(record).items() if name not in self.KNOWN and name[0] != "_"},
        }
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)
