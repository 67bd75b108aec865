"""K5, C1: a line that breaks off after any one byte of a round, in turn, costs a retry alone."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from urllib.parse import urlsplit

import pytest
from sqlalchemy import func, select

from sync.authority import Authority
from sync.desk import Desk
from sync.errors import ProtocolError, Unavailable
from sync.storage.sqlite import open_memory
from sync.tables import command_log
from sync.upstream.http import HttpUpstream
from tests.centres import served
from tests.faults.proxy import Proxy
from tests.rounds import drive
from tests.sync import shelf
from tests.sync.shelf import a_book, books

BYTES_OF_A_ROUND_MIN = 600


@pytest.fixture
def lone_centre() -> Iterator[Authority]:
    database = open_memory()
    yield shelf.a_centre(database)
    database.close()


@pytest.fixture
def line(lone_centre: Authority) -> Iterator[Proxy]:
    """A line to the centre."""
    with served(lone_centre) as url:
        line = Proxy("to centre")
        line.port_beyond = urlsplit(url).port or 0
        yield line
        line.close()


def is_whole(desk: Desk, upstream: HttpUpstream) -> bool:
    """Whether a round came to its end."""
    try:
        drive(desk, lambda request: upstream.send(request, timeout_s=10))
    except (Unavailable, ProtocolError):
        return False
    return True


@pytest.mark.timeout(300)
@pytest.mark.parametrize("towards", ["up", "down"])
def test_c1_a_line_broken_after_each_byte_in_turn_loses_and_doubles_nothing(
    lone_centre: Authority, line: Proxy, towards: str
) -> None:
    desk = shelf.a_desk(open_memory(), "desk-1")
    upstream = HttpUpstream(line.address, device=desk.device)
    assert is_whole(desk, upstream)
    for byte in count(1):
        desk.issue(a_book(f"book-{byte}", place=byte), actor="librarian")
        line.break_after(byte, towards=towards)
        came_through = is_whole(desk, upstream)
        line.join()
        assert is_whole(desk, upstream)
        if came_through and not line.broken.is_set():
            break
    upstream.close()
    assert byte > BYTES_OF_A_ROUND_MIN
    assert len(books(lone_centre.node)) == byte
    assert books(desk.node) == books(lone_centre.node)
    with lone_centre.node.database.read() as session:
        accepted = command_log.c.state == "accepted"
        decided = session.scalar(select(func.count()).where(accepted).select_from(command_log))
    assert decided == byte
