"""The routes of an authority, as an ASGI application."""

from __future__ import annotations

import contextlib
import logging
import zlib
from collections.abc import AsyncIterator
from typing import Any

import anyio.to_thread
import msgspec
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect
from starlette.requests import Request as HttpRequest
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from sync.authority import Authority
from sync.errors import StorageFailed
from sync.service.openapi import description
from sync.service.pokes import Pokes
from sync.wire import (
    COMMANDS_A_BATCH_MAX,
    Answer,
    Decided,
    Failure,
    PullChanges,
    PushCommands,
    Request,
    TakeSnapshot,
    encode,
)

BODY_BYTES_MAX = 4 * 1024 * 1024
COMPRESS_FROM_BYTES = 1_024
SCOPES_A_REQUEST_MAX = 100
STATUS = {
    "unreadable": 400,
    "too_large": 413,
    "scope_not_allowed": 403,
    "other_version": 409,
    "other_epoch": 409,
    "out_of_order": 409,
    "id_reused": 409,
    "stale_replica": 409,
    "unavailable": 503,
    "bug": 500,
}
"""Every code of a Failure with its HTTP status; part of the OpenAPI description."""

log = logging.getLogger(__name__)


class Unreadable(Exception):
    """A request that is not as described."""


def application(service: Service) -> Starlette:
    """The routes of a service as an ASGI application."""
    return Starlette(
        routes=[
            Route("/v1/commands", service.commands, methods=["POST"]),
            Route("/v1/changes", service.changes, methods=["GET"]),
            Route("/v1/snapshot", service.snapshot, methods=["GET"]),
            Route("/v1/events", service.events, methods=["GET"]),
            Route("/v1/openapi.json", service.openapi, methods=["GET"]),
            Route("/v1/health", service.health, methods=["GET"]),
        ],
        lifespan=service.lifespan,
    )


class Service:
    """One process of an authority."""

    def __init__(self, authority: Authority, title: str) -> None:
        self._authority = authority
        self._title = title
        self.pokes = Pokes()

    @contextlib.asynccontextmanager
    async def lifespan(self, app: Starlette) -> AsyncIterator[dict[str, Pokes]]:
        yield {"pokes": self.pokes}
        self.pokes.close()

    async def commands(self, http: HttpRequest) -> Response:
        """A batch of commands, in order."""
        try:
            body = await _body(http)
            request = msgspec.json.decode(body, type=PushCommands)
            if len(request.commands) > COMMANDS_A_BATCH_MAX:
                raise Unreadable(f"at most {COMMANDS_A_BATCH_MAX} commands a batch")
        except TooLarge:
            return _respond(http, Failure(code="too_large", detail=f"{BODY_BYTES_MAX} bytes"))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, Unreadable) as error:
            return _respond(http, Failure(code="unreadable", detail=str(error)))
        except ClientDisconnect:
            return Response(status_code=400)
        answer = await self._answer(request)
        if isinstance(answer, Decided):
            self._poke(answer)
        return _respond(http, answer)

    async def changes(self, http: HttpRequest) -> Response:
        """Changes after `after=SCOPE.NUMBER` (repeated) for `device`."""
        try:
            request = PullChanges(
                wire=_whole(http.query_params.get("wire", "1")),
                device=_needed(http, "device"),
                epoch=http.query_params.get("epoch"),
                cursor=_cursor(http.query_params.getlist("after")),
            )
        except Unreadable as error:
            return _respond(http, Failure(code="unreadable", detail=str(error)))
        return _respond(http, await self._answer(request))

    async def snapshot(self, http: HttpRequest) -> Response:
        """All rows of `scope` for `device`."""
        try:
            request = TakeSnapshot(
                wire=_whole(http.query_params.get("wire", "1")),
                device=_needed(http, "device"),
                scope=_needed(http, "scope"),
            )
        except Unreadable as error:
            return _respond(http, Failure(code="unreadable", detail=str(error)))
        return _respond(http, await self._answer(request))

    async def events(self, http: HttpRequest) -> Response:
        """A stream of pokes for the scopes that `device` may read now."""
        try:
            device = _needed(http, "device")
        except Unreadable as error:
            return _respond(http, Failure(code="unreadable", detail=str(error)))
        scopes = await anyio.to_thread.run_sync(self._allowed, device)
        return StreamingResponse(
            self.pokes.stream(scopes),
            media_type="text/event-stream",
            headers={"cache-control": "no-store", "x-accel-buffering": "no"},
        )

    async def openapi(self, http: HttpRequest) -> Response:
        """The description of this service."""
        return Response(encode(description(self._title, STATUS)), media_type="application/json")

    async def health(self, http: HttpRequest) -> Response:
        """Whether the process answers, and how many desks listen to it."""
        return Response(
            encode({"up": True, "listening": self.pokes.listening}), media_type="application/json"
        )

    def _allowed(self, device: str) -> frozenset[str]:
        with self._authority.node.database.read() as session:
            return frozenset(self._authority.allowed(session, device))

    async def _answer(self, request: Request) -> Answer:
        try:
            return await anyio.to_thread.run_sync(self._authority.answer, request)
        except StorageFailed as failed:
            log.error("storage failed", extra={"cause": failed.cause})
            return Failure(code="unavailable", detail=failed.cause)
        except Exception:
            # The edge of the process: a bug is reported once, here, and the desk tries again.
            log.exception("a request failed")
            return Failure(code="bug")

    def _poke(self, answer: Decided) -> None:
        numbers: dict[str, int] = {}
        for outcome in answer.outcomes:
            numbers |= outcome.numbers
        if numbers:
            self.pokes.tell(numbers)


class TooLarge(Exception):
    """A body over the limit."""


async def _body(http: HttpRequest) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for part in http.stream():
        size += len(part)
        if size > BODY_BYTES_MAX:
            raise TooLarge
        parts.append(part)
    return b"".join(parts)


def _needed(http: HttpRequest, name: str) -> str:
    value = http.query_params.get(name)
    if not value:
        raise Unreadable(f"{name} is needed")
    if "\0" in value:
        raise Unreadable(f"{name} has a character that cannot be stored")
    return value


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 15):
        raise Unreadable("a whole number is needed")
    return int(text)


def _cursor(after: list[str]) -> dict[str, int]:
    if len(after) > SCOPES_A_REQUEST_MAX:
        raise Unreadable(f"at most {SCOPES_A_REQUEST_MAX} scopes")
    cursor = {}
    for item in after:
        scope, _, number = item.rpartition(".")
        cursor[scope] = _whole(number)
    return cursor


def _respond(http: HttpRequest, answer: Answer) -> Response:
    status = STATUS.get(answer.code, 503) if isinstance(answer, Failure) else 200
    body: Any = encode(answer)
    headers = {"cache-control": "no-store"}
    if len(body) >= COMPRESS_FROM_BYTES and "deflate" in http.headers.get("accept-encoding", ""):
        body = zlib.compress(body, 6)
        headers["content-encoding"] = "deflate"
    return Response(body, status_code=status, headers=headers, media_type="application/json")
