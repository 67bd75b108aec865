"""Sends a request of the wire over HTTP and decodes its answer."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import msgspec

from sync.errors import LineDown, UnreadableAnswer
from sync.wire import Answer, Failure, PullChanges, PushCommands, Request, decode_answer, encode

Params = list[tuple[str, str | int | float | bool | None]]

CONNECT_TIMEOUT_S = 2.0
READ_TIMEOUT_S = 20.0
EVENTS_QUIET_MAX_S = 40.0
"""The service sends a heartbeat every 15 seconds; this long without one, the line is dead."""


class HttpUpstream:
    """A connection pool to one service. Used by one thread for requests, another for events."""

    def __init__(self, url: str, *, device: str) -> None:
        self.url = url
        self.device = device
        timeout = httpx.Timeout(READ_TIMEOUT_S, connect=CONNECT_TIMEOUT_S)
        self._client = httpx.Client(base_url=url, timeout=timeout, trust_env=False)

    def send(self, request: Request, *, timeout_s: float | None = None) -> Answer:
        """The answer, or a Failure `line_down` when none came. Raises UnreadableAnswer."""
        try:
            response = self._respond(request, timeout_s or READ_TIMEOUT_S)
        except httpx.DecodingError as error:
            raise UnreadableAnswer(str(error)) from error
        except httpx.HTTPError as error:
            return Failure(code="line_down", detail=type(error).__name__)
        if response.status_code == 200:
            return decode_answer(response.content, request)
        return _failure(response)

    def _respond(self, request: Request, timeout_s: float) -> httpx.Response:
        timeout = httpx.Timeout(timeout_s, connect=min(timeout_s, CONNECT_TIMEOUT_S))
        if isinstance(request, PushCommands):
            return self._client.post("/v1/commands", content=encode(request), timeout=timeout)
        if isinstance(request, PullChanges):
            params: Params = [("wire", str(request.wire)), ("device", request.device)]
            params += [("epoch", request.epoch)] if request.epoch else []
            params += [("after", f"{scope}.{n}") for scope, n in sorted(request.cursor.items())]
            return self._client.get("/v1/changes", params=params, timeout=timeout)
        wanted: Params = [("device", request.device), ("scope", request.scope)]
        return self._client.get("/v1/snapshot", params=wanted, timeout=timeout)

    def pokes(self) -> Iterator[dict[str, int]]:
        """Scopes that moved, as they move; an empty one when the stream opens.

        Ends or raises LineDown when the line is cut.
        """
        try:
            yield from self._pokes()
        except (httpx.HTTPError, httpx.StreamError, ValueError, RuntimeError) as error:
            raise LineDown(type(error).__name__) from error

    def _pokes(self) -> Iterator[dict[str, int]]:
        timeout = httpx.Timeout(EVENTS_QUIET_MAX_S, connect=CONNECT_TIMEOUT_S)
        params = {"device": self.device}
        with self._client.stream("GET", "/v1/events", params=params, timeout=timeout) as stream:
            stream.raise_for_status()
            yield {}
            for line in stream.iter_lines():
                if line.startswith("data: "):
                    yield msgspec.json.decode(line[6:], type=dict[str, int])

    def close(self) -> None:
        """Cut the line; a stream that is being read ends."""
        self._client.close()


def _failure(response: httpx.Response) -> Failure:
    try:
        return msgspec.json.decode(response.content, type=Failure)
    except msgspec.DecodeError:
        return Failure(code="line_down", detail=f"status {response.status_code}")
