"""Pokes: a hint to listening desks that a scope has moved on. Never needed to be right."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable

import msgspec

HEARTBEAT_S = 15.0
POKES_WAITING_MAX = 100


class Pokes:
    """Fans pokes out to the streams of this process. Lives on one event loop."""

    def __init__(self) -> None:
        self._streams: set[asyncio.Queue[dict[str, int] | None]] = set()
        self._told: dict[str, int] = {}
        self._closing = False

    @property
    def listening(self) -> int:
        """How many streams are open."""
        return len(self._streams)

    def tell(self, numbers: dict[str, int]) -> None:
        """Tell every stream that these scopes have reached these numbers, once each."""
        new = {scope: n for scope, n in numbers.items() if n > self._told.get(scope, 0)}
        self._told |= new
        if not new:
            return
        for stream in self._streams:
            if stream.qsize() < POKES_WAITING_MAX:
                stream.put_nowait(new)

    def stand_at(self, numbers: dict[str, int]) -> None:
        """Tell what every scope stands at by the database, which is right whatever was told."""
        self.tell(numbers)
        self._told = dict(numbers)

    def close(self) -> None:
        """End every stream, so that the process can stop."""
        self._closing = True
        for stream in self._streams:
            stream.put_nowait(None)

    async def stream(self, scopes: Iterable[str]) -> AsyncIterator[bytes]:
        """Server-sent events for some scopes, with a heartbeat while all is quiet."""
        wanted = frozenset(scopes)
        queue: asyncio.Queue[dict[str, int] | None] = asyncio.Queue()
        self._streams.add(queue)
        try:
            yield b": listening\n\n"
            while not self._closing:
                try:
                    numbers = await asyncio.wait_for(queue.get(), HEARTBEAT_S)
                except TimeoutError:
                    yield b": still here\n\n"
                    continue
                if numbers is None:
                    return
                seen = {scope: n for scope, n in numbers.items() if scope in wanted}
                if seen:
                    yield b"event: moved\ndata: " + msgspec.json.encode(seen) + b"\n\n"
        finally:
            self._streams.discard(queue)
