"""W5: what another process decided is heard at once by a hint, and within a look without any."""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import msgspec
import psycopg
import pytest

from sync.decide import decide
from sync.errors import Unavailable
from sync.node import Node
from sync.service.pokes import Pokes
from sync.service.watching import Watch
from sync.storage.hints import CHANNEL, Hints
from sync.storage.postgres import open_url
from tests.sync import shelf
from tests.sync.shelf import a_book
from tests.sync.storage.test_deciding_at_once import sealed

NEVER_S = 3_600.0
SOON_S = 20.0
BEYOND_SELECT = 1_050


@contextlib.asynccontextmanager
async def a_process(
    url: str, *, hints: Hints | None, every_s: float
) -> AsyncIterator[tuple[Watch, Pokes, Node]]:
    """What one process has of it, without its routes."""
    database = open_url(url)
    node = Node.over(database, shelf.registry(), shelf.Record.metadata)
    pokes = Pokes()
    watch = Watch(node, pokes, hints, every_s=every_s)
    try:
        async with watch.watching():
            yield watch, pokes, node
    finally:
        database.close()


async def moved(stream: AsyncIterator[bytes]) -> dict[str, int]:
    """The next poke of a stream."""
    async for event in stream:
        if event.startswith(b"event: moved\ndata: "):
            numbers: dict[str, int] = msgspec.json.decode(event.partition(b"data: ")[2])
            return numbers
    raise AssertionError("the stream ended")


async def a_decision(node: Node, number: int) -> dict[str, int]:
    """Decide a command at a node; gives its numbers."""
    envelope = sealed(a_book(f"b{number}", place=number), seq=number)
    return (await asyncio.to_thread(decide, node, envelope)).numbers


async def hints_carry_decisions(url: str) -> None:
    """What one process decides is heard by the desks of another, with no look at the counters."""
    here = a_process(url, hints=Hints(url), every_s=NEVER_S)
    there = a_process(url, hints=Hints(url), every_s=NEVER_S)
    async with here as (watch, _, node), there as (_, pokes, _):
        stream = pokes.stream(shelf.SHELVES)
        await anext(stream)
        # The connection that listens says when it is ready by asking for a look.
        await asyncio.to_thread(until_listening, url, 2)
        for number in (1, 2, 3):
            watch.decided(await a_decision(node, number))
            assert await moved(stream) == {"shelf:a": number}


def test_a_hint_alone_carries_a_decision_to_the_desks_of_another_process(url: str) -> None:
    asyncio.run(asyncio.wait_for(hints_carry_decisions(url), SOON_S))


def until_listening(url: str, count: int) -> None:
    """Wait until so many connections listen."""
    asked = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN%%' AND datname = %s"
    with psycopg.connect(url, autocommit=True) as connection:
        name = connection.info.dbname
        while connection.execute(asked, (name,)).fetchone() != (count,):
            connection.execute("SELECT pg_sleep(0.02)")


def test_hints_are_heard_by_a_process_with_more_than_a_thousand_streams(
    url: str, more_than_a_thousand_open: None
) -> None:
    asyncio.run(asyncio.wait_for(hints_carry_decisions(url), SOON_S))


@pytest.fixture
def more_than_a_thousand_open() -> Iterator[None]:
    """So many files that the next connection's descriptor is beyond what select() takes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 4_096)), hard))
    with contextlib.ExitStack() as opened:
        for _ in range(BEYOND_SELECT):
            opened.enter_context(Path(os.devnull).open("rb"))
        yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_with_every_hint_lost_a_look_at_the_counters_finds_what_moved(url: str) -> None:
    async def scene() -> None:
        here = a_process(url, hints=None, every_s=NEVER_S)
        there = a_process(url, hints=None, every_s=0.05)
        async with here as (watch, _, node), there as (_, pokes, _):
            stream = pokes.stream(shelf.SHELVES)
            await anext(stream)
            watch.decided(await a_decision(node, 1))
            assert await moved(stream) == {"shelf:a": 1}

    asyncio.run(asyncio.wait_for(scene(), SOON_S))


def test_a_listener_whose_connection_was_ended_looks_and_listens_again(url: str) -> None:
    async def scene() -> None:
        here = a_process(url, hints=Hints(url), every_s=NEVER_S)
        there = a_process(url, hints=Hints(url), every_s=NEVER_S)
        async with here as (watch, _, node), there as (_, pokes, _):
            stream = pokes.stream(shelf.SHELVES)
            await anext(stream)
            await asyncio.to_thread(until_listening, url, 2)
            await asyncio.to_thread(end_connections, url)
            # Decided while nobody listened: heard because listening anew begins with a look.
            watch.decided(await decided_despite_it(node, 1))
            assert await moved(stream) == {"shelf:a": 1}
            await asyncio.to_thread(until_listening, url, 2)
            watch.decided(await decided_despite_it(node, 2))
            assert await moved(stream) == {"shelf:a": 2}

    asyncio.run(asyncio.wait_for(scene(), SOON_S))


async def decided_despite_it(node: Node, number: int) -> dict[str, int]:
    while True:
        with contextlib.suppress(Unavailable):
            return await a_decision(node, number)


def end_connections(url: str) -> None:
    """As when the server is started again."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def test_what_is_heard_twice_is_told_once_and_nonsense_only_makes_it_look(url: str) -> None:
    async def scene() -> None:
        async with a_process(url, hints=Hints(url), every_s=NEVER_S) as (watch, pokes, node):
            stream = pokes.stream(shelf.SHELVES)
            await anext(stream)
            await asyncio.to_thread(until_listening, url, 1)
            numbers = await a_decision(node, 1)
            for _ in range(3):
                watch.decided(numbers)
            await asyncio.to_thread(say, url, "not JSON")
            watch.decided(await a_decision(node, 2))
            assert [await moved(stream), await moved(stream)] == [{"shelf:a": 1}, {"shelf:a": 2}]

    asyncio.run(asyncio.wait_for(scene(), SOON_S))


def say(url: str, payload: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SELECT pg_notify(%s, %s)", (CHANNEL, payload))
