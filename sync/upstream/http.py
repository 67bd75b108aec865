"""Sends a request of the wire over HTTP and decodes its answer.

Whatever answers, a person's work goes on: no answer is a Failure `line_down`, an answer that is
not as described is UnreadableAnswer, and neither can be endless.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import msgspec

from sync.errors import LineDown, UnreadableAnswer
from sync.upstream.ahead import Ahead
from sync.upstream.clocks import RightedClock
from sync.wire import (
    NOT_READABLE,
    Answer,
    Failure,
    PullChanges,
    PushCommands,
    Request,
    decode_answer,
    encode,
)

Params = list[tuple[str, str | int | float | bool | None]]

CONNECT_TIMEOUT_S = 2.0
READ_TIMEOUT_S = 20.0
"""The longest silence while an answer comes."""
ANSWER_TIME_MAX_S = 600.0
"""The longest a whole answer may take: a first snapshot over a slow line."""
ANSWER_BYTES_MAX = 512 * 1024 * 1024
"""Unpacked. A snapshot of 250,000 people is some 120 MiB."""
EVENTS_QUIET_MAX_S = 40.0
"""The service sends a heartbeat every 15 seconds; this long without one, the line is dead."""
EVENT_CHARACTERS_MAX = 64 * 1024
COMPRESS_FROM_BYTES = 1_024
PROXY_STATUSES = frozenset({429, 502, 503, 504})
"""What a proxy says while the service behind it is away; its page is not ours to read."""


CONNECTED = ("connection.connect_tcp.complete", "connection.start_tls.complete")


Proof = Callable[[str], str]
"""What shows to this upstream that a caller is the device of this name (see `sync/proof.py`)."""


def no_proof(device: str) -> str:
    """For an upstream that asks for none."""
    return ""


class HttpUpstream:
    """A connection pool to one service. Used by one thread for requests, another for events.

    The next part of a snapshot is on its way while the last is put in place (see `ahead`).

    A `clock` is put right by the times that the answers state. `on_thread` is called first on each
    thread of its own.
    """

    def __init__(
        self,
        url: str,
        *,
        device: str,
        proof: Proof = no_proof,
        clock: RightedClock | None = None,
        on_thread: Callable[[], None] = lambda: None,
    ) -> None:
        self.url = url
        self.device = device
        self._proof = proof
        self._clock = clock
        self._sockets: set[socket.socket] = set()
        self._gate = threading.RLock()
        self._closed = False
        self._in_use = 0
        self._ahead = Ahead(self._send, on_thread=on_thread)
        self._events: socket.socket | None = None
        timeout = httpx.Timeout(READ_TIMEOUT_S, connect=CONNECT_TIMEOUT_S)
        headers = {"accept": "application/json", "accept-encoding": "deflate"}
        # To read whose certificates hold takes 15 ms, and a line within this machine shows none.
        verify = not url.lower().startswith("http:")
        self._client = httpx.Client(
            base_url=url, timeout=timeout, trust_env=False, headers=headers, verify=verify
        )

    def send(self, request: Request, *, timeout_s: float | None = None) -> Answer:
        """The answer, or a Failure `line_down` when none came.

        Raises UnreadableAnswer or OtherVersion for an answer that is not as described.
        """
        return self._ahead.send(request, timeout_s or READ_TIMEOUT_S)

    def _send(self, request: Request, timeout_s: float) -> Answer:
        try:
            asked_at = self._clock.own() if self._clock is not None else None
            status, body, stated = self._exchange(request, timeout_s)
        except httpx.DecodingError as error:
            raise UnreadableAnswer(type(error).__name__) from error
        except (httpx.HTTPError, httpx.StreamError, RuntimeError, OSError) as error:
            # RuntimeError and OSError: the line was closed by another thread meanwhile.
            return Failure(code="line_down", detail=type(error).__name__)
        if status != httpx.codes.OK:
            return _failure(status, body)
        answer = decode_answer(body, request)
        # Not before: what is no answer may be of anybody, and of any time.
        if asked_at is not None:
            self._compare_clocks(stated, asked_at)
        return answer

    def _exchange(self, request: Request, timeout_s: float) -> tuple[int, bytes, str]:
        """The status, the body, and what time it states, "" for none."""
        timeout = httpx.Timeout(timeout_s, connect=min(timeout_s, CONNECT_TIMEOUT_S))
        with self._opened(request, timeout) as response:
            return response.status_code, _body(response), response.headers.get("date", "")

    def _opened(
        self, request: Request, timeout: httpx.Timeout
    ) -> contextlib.AbstractContextManager[httpx.Response]:
        shown = shown_in(self._proof(request.device))
        if isinstance(request, PushCommands):
            body, headers = _packed(encode(request))
            return self._stream(
                "POST", "/v1/commands", content=body, headers=headers | shown, timeout=timeout
            )
        if isinstance(request, PullChanges):
            params: Params = [("wire", str(request.wire)), ("device", request.device)]
            params += [("epoch", request.epoch)] if request.epoch else []
            params += [("after", f"{scope}.{n}") for scope, n in sorted(request.cursor.items())]
            return self._stream("GET", "/v1/changes", params=params, headers=shown, timeout=timeout)
        wanted: Params = [
            ("wire", str(request.wire)),
            ("device", request.device),
            ("scope", request.scope),
        ]
        wanted += [("after", ".".join(request.after))] if request.after else []
        wanted += [("first", "1")] if request.first_only else []
        return self._stream("GET", "/v1/snapshot", params=wanted, headers=shown, timeout=timeout)

    @contextlib.contextmanager
    def _stream(self, method: str, path: str, **asked: Any) -> Iterator[httpx.Response]:
        with self._gate:
            if self._closed:
                raise RuntimeError("closed")
            self._in_use += 1
        try:
            how = {"trace": self._note}
            with self._client.stream(method, path, extensions=how, **asked) as response:
                yield response
        finally:
            with self._gate:
                self._in_use -= 1
                was_last = self._closed and not self._in_use
            if was_last:
                self._give_back()

    def _note(self, event: str, about: dict[str, Any]) -> None:
        """Keep the sockets, because closing one does not wake a thread that reads from it."""
        if event not in CONNECTED:
            return
        with self._gate:
            self._sockets = {known for known in self._sockets if known.fileno() != -1}
            self._sockets.add(about["return_value"].get_extra_info("socket"))
            if self._closed:
                self._shut_down()

    def _compare_clocks(self, stated: str, asked_at: datetime) -> None:
        assert self._clock is not None
        with contextlib.suppress(ValueError, TypeError, OverflowError):
            theirs = parsedate_to_datetime(stated)
            if theirs.tzinfo is None:
                theirs = theirs.replace(tzinfo=UTC)
            self._clock.hear(theirs, asked_at=asked_at, answered_at=self._clock.own())

    def pokes(self) -> Iterator[dict[str, int]]:
        """Scopes that moved, as they move; an empty one when the stream opens.

        Ends or raises LineDown when the line is cut or what comes is not as described.
        """
        try:
            yield from self._pokes()
        except (
            httpx.HTTPError,
            httpx.StreamError,
            UnreadableAnswer,
            ValueError,
            RuntimeError,
            OSError,
        ) as error:
            raise LineDown(type(error).__name__) from error

    def _pokes(self) -> Iterator[dict[str, int]]:
        timeout = httpx.Timeout(EVENTS_QUIET_MAX_S, connect=CONNECT_TIMEOUT_S)
        params = {"device": self.device}
        headers = {"accept": "text/event-stream", "accept-encoding": "identity"}
        headers |= shown_in(self._proof(self.device))
        with self._stream(
            "GET", "/v1/events", params=params, headers=headers, timeout=timeout
        ) as stream:
            if not (
                stream.status_code == httpx.codes.OK
                and stream.headers.get("content-type", "").startswith("text/event-stream")
            ):
                raise UnreadableAnswer(f"status {stream.status_code}")
            self._events = stream.extensions["network_stream"].get_extra_info("socket")
            yield {}
            for line in _lines(stream):
                if line.startswith("data: "):
                    yield msgspec.json.decode(line[6:], type=dict[str, int])

    def listen_anew(self) -> None:
        """End the stream of pokes, because this device may now hear of other scopes."""
        if self._events is not None:
            with contextlib.suppress(OSError):
                self._events.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Cut the line; a request or stream that is being read ends at once.

        Its sockets are closed by whoever reads last: one closed under a thread may be given at
        once to another line, whose answer that thread would wait for.
        """
        with self._gate:
            self._closed = True
            self._shut_down()
            is_free = not self._in_use
        if is_free:
            self._give_back()

    def _give_back(self) -> None:
        self._client.close()
        with self._gate:
            # A request that was cut leaves some that the client knows nothing of.
            for line in self._sockets:
                line.close()
            self._sockets.clear()

    def _shut_down(self) -> None:
        for line in self._sockets:
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)


def shown_in(proof: str) -> dict[str, str]:
    """The header that carries a proof."""
    return {"authorization": f"Bearer {proof}"} if proof else {}


def _packed(body: bytes) -> tuple[bytes, dict[str, str]]:
    headers = {"content-type": "application/json"}
    if len(body) < COMPRESS_FROM_BYTES:
        return body, headers
    return zlib.compress(body, 6), headers | {"content-encoding": "deflate"}


def _body(response: httpx.Response) -> bytes:
    parts: list[bytes] = []
    size = 0
    ends = time.monotonic() + ANSWER_TIME_MAX_S
    for part in response.iter_bytes():
        size += len(part)
        if size > ANSWER_BYTES_MAX:
            raise UnreadableAnswer("the answer does not end")
        if time.monotonic() > ends:
            raise UnreadableAnswer("the answer takes too long")
        parts.append(part)
    return b"".join(parts)


def _lines(stream: httpx.Response) -> Iterator[str]:
    waiting = ""
    for part in stream.iter_text():
        *whole, waiting = (waiting + part).split("\n")
        yield from whole
        if len(waiting) > EVENT_CHARACTERS_MAX:
            raise UnreadableAnswer("an event does not end")


def _failure(status: int, body: bytes) -> Failure:
    try:
        return msgspec.json.decode(body, type=Failure)
    except NOT_READABLE:
        if status in PROXY_STATUSES:
            return Failure(code="line_down", detail=f"status {status}")
        raise UnreadableAnswer(f"status {status} without a code") from None
