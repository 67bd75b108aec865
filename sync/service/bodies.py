"""A request's body, within limits: how large, how large once unpacked, how slow."""

from __future__ import annotations

import zlib

import anyio
from starlette.requests import ClientDisconnect
from starlette.requests import Request as HttpRequest

from sync.wire import Failure

BODY_BYTES_MAX = 4 * 1024 * 1024
"""On the wire and unpacked alike, so a small body cannot become a large one."""
BODY_TIME_MAX_S = 15.0
COMPRESS_FROM_BYTES = 1_024
PACKED_WELL = 6
PACKED_SOON = 4
"""For much at once: half the work for three hundredths more bytes. A page of changes, whose rows
are much alike, would be a sixth larger."""


class BadBody(Exception):
    """A body that is not taken; `failure` says why."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.code)
        self.failure = failure


async def read_body(http: HttpRequest) -> bytes:
    """The unpacked body. Raises BadBody."""
    packing = http.headers.get("content-encoding", "identity").lower()
    if packing not in ("identity", "deflate"):
        raise BadBody(Failure(code="unsupported_encoding", detail="identity or deflate"))
    try:
        with anyio.fail_after(BODY_TIME_MAX_S):
            body = await _received(http)
    except TimeoutError:
        detail = f"the body did not come within {BODY_TIME_MAX_S:.0f} seconds"
        raise BadBody(Failure(code="too_slow", detail=detail)) from None
    except ClientDisconnect:
        raise BadBody(Failure(code="unreadable", detail="the body is cut short")) from None
    return _unpacked(body) if packing == "deflate" else body


async def _received(http: HttpRequest) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for part in http.stream():
        size += len(part)
        if size > BODY_BYTES_MAX:
            raise BadBody(_too_large())
        parts.append(part)
    return b"".join(parts)


def _unpacked(body: bytes) -> bytes:
    unpacking = zlib.decompressobj()
    try:
        plain = unpacking.decompress(body, BODY_BYTES_MAX + 1)
    except zlib.error:
        raise BadBody(Failure(code="unreadable", detail="the body is not deflated")) from None
    if len(plain) > BODY_BYTES_MAX:
        raise BadBody(_too_large())
    if not unpacking.eof:
        raise BadBody(Failure(code="unreadable", detail="the body is cut short"))
    return plain


def _too_large() -> Failure:
    return Failure(code="too_large", detail=f"at most {BODY_BYTES_MAX} bytes")
