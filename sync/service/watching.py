"""Keeps one process of an authority in step with the others over the same database.

The truth is a look at the scopes' counters every few seconds; a hint makes a look unnecessary. What
was heard of desks is written down on the same beat.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import TypeVar

import anyio.to_thread
from sqlalchemy import select

from sync.errors import SyncError
from sync.node import Node
from sync.service.answering import Heard
from sync.service.pokes import Pokes
from sync.storage.hints import Numbers
from sync.tables import scope_counter

LOOK_EVERY_S = 2.0
END_WAIT_S = 1.0
BLIND_MAX_S = 30.0
"""A process that has not seen the database for so long says that it is not well."""

T = TypeVar("T")

log = logging.getLogger(__name__)


class Watch:
    """Looks at the counters, hears and gives hints. Lives on one event loop.

    `on_look` is run in a thread after each look: for what is to be written every few seconds.
    """

    def __init__(
        self,
        node: Node,
        pokes: Pokes,
        hints: Heard | None = None,
        *,
        every_s: float = LOOK_EVERY_S,
        on_look: Callable[[], None] = lambda: None,
    ) -> None:
        self._node = node
        self._pokes = pokes
        self._hints = hints
        self._every_s = every_s
        self._on_look = on_look
        self._saw_at = 0.0
        self._is_blind = False
        self._is_ending = False
        self._look_now = asyncio.Event()
        self._to_tell: Numbers = {}
        self._has_to_tell = asyncio.Event()

    @property
    def blind_s(self) -> float:
        """For how long this process has not seen the database."""
        return asyncio.get_running_loop().time() - self._saw_at

    def decided(self, numbers: Numbers) -> None:
        """This process committed these numbers: tell desks here and the other processes."""
        self._pokes.tell(numbers)
        self._to_tell |= numbers
        self._has_to_tell.set()

    @contextlib.asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """Watch inside the block."""
        loop = asyncio.get_running_loop()
        self._saw_at = loop.time()
        tasks = [loop.create_task(self._look_again_and_again())]
        if self._hints is not None:
            self._hints.listen(lambda numbers: _on(loop, lambda: self._heard(numbers)))
            tasks.append(loop.create_task(self._tell(self._hints)))
        try:
            yield
        finally:
            await self._end(tasks)
            if self._hints is not None:
                await anyio.to_thread.run_sync(self._hints.close)

    async def _end(self, tasks: list[asyncio.Task[None]]) -> None:
        """Let what is under way end by itself, but not for long."""
        self._is_ending = True
        self._look_now.set()
        self._has_to_tell.set()
        _, late = await asyncio.wait(tasks, timeout=END_WAIT_S)
        for task in late:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _heard(self, numbers: Numbers) -> None:
        if numbers:
            self._pokes.tell(numbers)
        else:
            self._look_now.set()

    async def _look_again_and_again(self) -> None:
        while not self._is_ending:
            await self._look()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._look_now.wait(), self._every_s)
            self._look_now.clear()

    async def _look(self) -> None:
        try:
            self._pokes.stand_at(await _aside(self._counters))
            await _aside(self._on_look)
        except SyncError as error:
            if not self._is_blind:
                log.warning("cannot see the database", extra={"cause": type(error).__name__})
            self._is_blind = True
            return
        if self._is_blind:
            log.info("sees the database again")
        self._is_blind = False
        self._saw_at = asyncio.get_running_loop().time()

    def _counters(self) -> Numbers:
        with self._node.database.read() as session:
            rows = session.execute(select(scope_counter.c.scope, scope_counter.c.number))
            return {row.scope: row.number for row in rows}

    async def _tell(self, hints: Heard) -> None:
        """One hint at a time; what is decided meanwhile goes out together with the next."""
        while not self._is_ending:
            await self._has_to_tell.wait()
            self._has_to_tell.clear()
            numbers, self._to_tell = self._to_tell, {}
            if self._is_ending and not numbers:
                return
            await _aside(partial(hints.tell, numbers))


async def _aside(act: Callable[[], T]) -> T:
    """In a thread that is left to itself when the service ends: a dead server must not hold it."""
    return await anyio.to_thread.run_sync(act, abandon_on_cancel=True)


def _on(loop: asyncio.AbstractEventLoop, act: Callable[[], None]) -> None:
    with contextlib.suppress(RuntimeError):
        # The loop has ended: nobody listens any more.
        loop.call_soon_threadsafe(act)
