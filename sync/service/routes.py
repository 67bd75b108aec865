"""The routes of an authority, as an ASGI application."""

from __future__ import annotations

import contextlib
import logging
import time
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from email.utils import format_datetime
from typing import TypeVar

import anyio
import anyio.to_thread
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request as HttpRequest
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from sync.authority import WITHDRAWN
from sync.errors import Refusal, StorageFailed, Unavailable, Withdrawn
from sync.ids import Clock
from sync.service import metrics
from sync.service.answering import Answering, Heard
from sync.service.bodies import COMPRESS_FROM_BYTES, PACKED_SOON, PACKED_WELL, BadBody, read_body
from sync.service.openapi import description
from sync.service.pokes import Pokes
from sync.service.requests import Unreadable, needed, pull, push, take
from sync.service.seen import Seen
from sync.service.senders import MaySpeak, named, shown
from sync.service.state import desks, scopes, size_bytes, waiting_since
from sync.service.watching import BLIND_MAX_S, Watch
from sync.wire import (
    WIRE_VERSION,
    Answer,
    Decided,
    Failure,
    PullChanges,
    PushCommands,
    Request,
    SnapshotPart,
    encode,
)

STATUS = {
    "unreadable": 400,
    "device_not_proven": 401,
    "scope_not_allowed": 403,
    "not_this_office": 403,
    "device_not_allowed": 403,
    "device_withdrawn": 403,
    "no_such_route": 404,
    "method_not_allowed": 405,
    "too_slow": 408,
    "other_version": 409,
    "other_epoch": 409,
    "other_relay": 409,
    "out_of_order": 409,
    "id_reused": 409,
    "stale_replica": 409,
    "too_large": 413,
    "unsupported_encoding": 415,
    "bug": 500,
    "unavailable": 503,
}
"""Every code of a Failure with its HTTP status; part of the OpenAPI description."""
UNPROVEN = STATUS["device_not_proven"]
DECIDING_MAX = 4
"""Requests that wait for their turn to write; more wait without a thread."""
NOT_DECIDED = ("unavailable", "bug", "out_of_order", "id_reused")
"""Failures that leave a desk with its commands, and nothing that it could do but try again."""
NOT_ROUTED = {404: "no_such_route", 405: "method_not_allowed"}

T = TypeVar("T")

log = logging.getLogger(__name__)


def application(service: Service) -> Starlette:
    """The routes of a service as an ASGI application."""
    return Starlette(
        routes=[
            Route("/v1/commands", _timed(service, "commands"), methods=["POST"]),
            Route("/v1/changes", _timed(service, "changes"), methods=["GET"]),
            Route("/v1/snapshot", _timed(service, "snapshot"), methods=["GET"]),
            Route("/v1/events", service.events, methods=["GET"]),
            Route("/v1/openapi.json", service.openapi, methods=["GET"]),
            Route("/v1/health", service.health, methods=["GET"]),
            Route("/metrics", service.figures, methods=["GET"]),
        ],
        exception_handlers={HTTPException: service.not_routed},
        lifespan=service.lifespan,
    )


def _timed(service: Service, route: str) -> Callable[[HttpRequest], Awaitable[Response]]:
    handler = getattr(service, route)

    async def timed(http: HttpRequest) -> Response:
        began = time.perf_counter()
        response: Response = await handler(http)
        service.durations.note(route, response.status_code, time.perf_counter() - began)
        return response

    return timed


def always() -> bool:
    """Of a service whose clock is the one that counts."""
    return True


class Service:
    """One process of an authority.

    `may_speak` says whether a caller is the device it names, and `reserved` are names that nobody
    may use: the authority acts under them itself. By its `clock` every answer says the time while
    it `knows_the_time`, so that a desk can put its own right. Where other processes write to the
    same database it must be `is_watching`; `hints` then make what they decide known within
    milliseconds rather than seconds. Its figures are told at `/metrics` only where it
    `tells_metrics`, so that they are not public by accident.
    """

    def __init__(
        self,
        authority: Answering,
        title: str,
        *,
        may_speak: MaySpeak,
        reserved: frozenset[str] = frozenset(),
        clock: Clock,
        knows_the_time: Callable[[], bool] = always,
        hints: Heard | None = None,
        is_watching: bool = False,
        tells_metrics: bool = False,
    ) -> None:
        self._authority = authority
        self._title = title
        self._may_speak = may_speak
        self._reserved = reserved
        self._clock = clock
        self._knows_the_time = knows_the_time
        self.pokes = Pokes()
        self.durations = metrics.Durations()
        self._tells_metrics = tells_metrics
        self._seen = Seen(authority.node, clock, allowed=authority.allowed) if is_watching else None
        self._watch = self._watching(hints) if is_watching else None
        self._deciding = anyio.CapacityLimiter(DECIDING_MAX)

    def _watching(self, hints: Heard | None) -> Watch:
        on_look = self._seen.write_if_due if self._seen else _nothing
        return Watch(self._authority.node, self.pokes, hints, on_look=on_look)

    @contextlib.asynccontextmanager
    async def lifespan(self, app: Starlette) -> AsyncIterator[dict[str, Pokes]]:
        """While the process serves; at its end every stream of pokes ends."""
        async with self._watch.watching() if self._watch else contextlib.nullcontext():
            yield {"pokes": self.pokes}
            self.pokes.close()

    async def commands(self, http: HttpRequest) -> Response:
        """A batch of commands, in order."""
        try:
            request = push(await read_body(http))
        except BadBody as bad:
            # What is left of the body is not read, so the connection cannot be used again.
            return self._respond(http, bad.failure, close=True)
        except Unreadable as error:
            return self._respond(http, Failure(code="unreadable", detail=str(error)))
        answer = await self._answer(http, request)
        if isinstance(answer, Decided):
            self._poke(answer)
        return self._respond(http, answer)

    async def changes(self, http: HttpRequest) -> Response:
        """Changes after `after=SCOPE.NUMBER` (repeated) for `device`."""
        return await self._read(http, pull)

    async def snapshot(self, http: HttpRequest) -> Response:
        """All rows of `scope` for `device`."""
        return await self._read(http, take)

    async def _read(self, http: HttpRequest, read: Callable[[HttpRequest], Request]) -> Response:
        try:
            request = read(http)
        except Unreadable as error:
            return self._respond(http, Failure(code="unreadable", detail=str(error)))
        return self._respond(http, await self._answer(http, request))

    async def events(self, http: HttpRequest) -> Response:
        """A stream of pokes for the scopes that `device` may read now."""
        try:
            device = needed(http, "device")
        except Unreadable as error:
            return self._respond(http, Failure(code="unreadable", detail=str(error)))
        scopes = await self._guarded(lambda: self._allowed(shown(http), device))
        if isinstance(scopes, Failure):
            return self._respond(http, scopes)
        headers = self._headers() | {"x-accel-buffering": "no"}
        if http.method == "HEAD":
            return Response(headers=headers, media_type="text/event-stream")
        return StreamingResponse(
            self.pokes.stream(scopes), media_type="text/event-stream", headers=headers
        )

    async def openapi(self, http: HttpRequest) -> Response:
        """The description of this service."""
        return Response(
            encode(description(self._title, STATUS)),
            media_type="application/json",
            headers=self._headers(),
        )

    async def health(self, http: HttpRequest) -> Response:
        """Whether the process can serve, and how many desks listen to it."""
        if self._watch and self._watch.blind_s > BLIND_MAX_S:
            return self._respond(http, Failure(code="unavailable", detail="no database"))
        return Response(
            encode({"up": True, "listening": self.pokes.listening}),
            media_type="application/json",
            headers=self._headers(),
        )

    async def figures(self, http: HttpRequest) -> Response:
        """Figures for Prometheus."""
        if not self._tells_metrics:
            return self._respond(http, Failure(code="no_such_route"))
        shared = await self._guarded(self._shared_figures)
        if isinstance(shared, Failure):
            return self._respond(http, shared)
        own = metrics.of_process(self._authority.tally, streams=self.pokes.listening)
        told = metrics.text([*shared, *own, self.durations.family()])
        return Response(told, media_type=metrics.MEDIA_TYPE, headers=self._headers())

    def _shared_figures(self) -> tuple[metrics.Family, ...]:
        now = self._clock()
        with self._authority.node.database.read() as session:
            return metrics.of_database(
                scopes(session),
                desks(session),
                waiting_since=waiting_since(session, now),
                bytes_held=size_bytes(session),
                now=now,
            )

    async def not_routed(self, http: HttpRequest, error: Exception) -> Response:
        """An address or method that this service does not have."""
        status = error.status_code if isinstance(error, HTTPException) else 400
        response = self._respond(http, Failure(code=NOT_ROUTED.get(status, "unreadable")))
        response.headers.update(getattr(error, "headers", None) or {})
        return response

    def _allowed(self, proof: str, device: str) -> frozenset[str] | Failure:
        refused = self._may_speak(proof, {device}, False)
        if refused:
            return Failure(code=refused)
        with self._authority.node.database.read() as session:
            return frozenset(self._authority.allowed(session, device))

    async def _answer(self, http: HttpRequest, request: Request) -> Answer:
        if named(request) & self._reserved:
            return Failure(code="device_not_allowed")
        proof = shown(http)
        # Decisions queue for their turn; they must not take the threads that reading needs.
        limiter = self._deciding if isinstance(request, PushCommands) else None
        answer = await self._guarded(lambda: self._answered(proof, request), limiter)
        if self._seen:
            _note(self._seen, request, answer)
        return answer

    def _answered(self, proof: str, request: Request) -> Answer:
        # Of another version of the wire nothing more is known than that.
        if request.wire == WIRE_VERSION:
            offers = isinstance(request, PushCommands)
            refused = self._may_speak(proof, named(request), offers)
            if refused:
                return Failure(code=refused)
        return self._authority.answer(request)

    async def _guarded(
        self, act: Callable[[], T], limiter: anyio.CapacityLimiter | None = None
    ) -> T | Failure:
        try:
            return await anyio.to_thread.run_sync(act, limiter=limiter)
        except Refusal as refusal:
            return Failure(code=refusal.reason)
        except Withdrawn:
            return WITHDRAWN
        except StorageFailed as failed:
            log.error("storage failed", extra={"cause": failed.cause})
            return Failure(code="unavailable", detail=failed.cause)
        except Unavailable as unavailable:
            return Failure(code="unavailable", detail=str(unavailable))
        except Exception:
            # The edge of the process: a bug is reported once, here, and the desk tries again.
            log.exception("a request failed")
            return Failure(code="bug")

    def _poke(self, answer: Decided) -> None:
        numbers: dict[str, int] = {}
        for outcome in answer.outcomes:
            numbers |= outcome.numbers
        if self._watch:
            self._watch.decided(numbers)
        else:
            self.pokes.tell(numbers)

    def _headers(self) -> dict[str, str]:
        headers = {"cache-control": "no-store"}
        if self._knows_the_time():
            headers["date"] = format_datetime(self._clock(), usegmt=True)
        return headers

    def _respond(self, http: HttpRequest, answer: Answer, *, close: bool = False) -> Response:
        status = STATUS.get(answer.code, 503) if isinstance(answer, Failure) else 200
        body = encode(answer)
        headers = self._headers()
        if status == UNPROVEN:
            headers["www-authenticate"] = "Bearer"
        if close:
            headers["connection"] = "close"
        if len(body) >= COMPRESS_FROM_BYTES and "deflate" in http.headers.get(
            "accept-encoding", ""
        ):
            is_much = isinstance(answer, SnapshotPart)
            body = zlib.compress(body, PACKED_SOON if is_much else PACKED_WELL)
            headers["content-encoding"] = "deflate"
        return Response(body, status_code=status, headers=headers, media_type="application/json")


def _note(seen: Seen, request: Request, answer: Answer) -> None:
    """A desk was answered; or it has offered commands that cannot be decided."""
    if not isinstance(answer, Failure):
        seen.note(request.device, request.cursor if isinstance(request, PullChanges) else None)
    elif isinstance(request, PushCommands) and answer.code in NOT_DECIDED:
        seen.note(request.device, waits=True)


def _nothing() -> None:
    """What a watch without desks to write down does."""
