"""Pages and batches are bounded by bytes: large commands travel in small parcels, each whole."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from sync.authority import Authority
from sync.desk import Desk
from sync.errors import Refusal
from sync.feed import changes_after
from sync.service.bodies import BODY_BYTES_MAX
from sync.wire import (
    BATCH_BYTES_MAX,
    COMMAND_BYTES_MAX,
    PAGE_BYTES_MAX,
    Change,
    Cursor,
    PushCommands,
    encode,
)
from tests.sync import shelf
from tests.sync.shelf import START, Put, books, sync

LARGE = "x" * 100_000
COMMANDS = 14


@pytest.fixture
def full(centre: Authority, new_desk: Callable[[str], Desk]) -> Authority:
    """A centre of fourteen books with very long titles, on both shelves in turns."""
    desk = new_desk("writes")
    for number in range(COMMANDS):
        shelf_name = ("shelf:a", "shelf:b")[number % 2]
        put = Put(book_id=f"b{number}", shelf=shelf_name, place=number, title=LARGE, put_at=START)
        desk.issue(put, actor="sian")
    sync(desk, centre)
    return centre


def pages(centre: Authority, **limits: int) -> list[tuple[Change, ...]]:
    """Every page from the beginning."""
    cursor: Cursor = {"shelf:a": 0, "shelf:b": 0}
    found = []
    while True:
        with centre.node.database.read() as session:
            page = changes_after(session, cursor, shelf.SHELVES, **limits)
        found.append(tuple(page.changes))
        for item in page.changes:
            assert item.number == cursor[item.scope] + 1
            cursor[item.scope] = item.number
        if not page.more:
            assert cursor == page.heads
            return found


def test_a_page_ends_with_the_command_that_fills_it(full: Authority) -> None:
    found = pages(full)
    assert sum(map(len, found)) == COMMANDS
    assert len(found) == 3
    assert all(len(encode(page)) < PAGE_BYTES_MAX + 120_000 for page in found)


def test_a_command_larger_than_a_page_travels_alone(full: Authority) -> None:
    assert [len(page) for page in pages(full, limit_bytes=1_000)] == [1] * COMMANDS


def test_pages_by_count_and_by_bytes_bring_the_same_changes(full: Authority) -> None:
    def brought(**limits: int) -> set[tuple[str, int]]:
        return {(item.scope, item.number) for page in pages(full, **limits) for item in page}

    assert brought(limit=3) == brought(limit_bytes=250_000) == brought()


def test_a_desk_behind_by_many_large_pages_comes_to_stand_as_the_centre(
    full: Authority, new_desk: Callable[[str], Desk]
) -> None:
    desk = new_desk("reads")
    sync(desk, full)
    assert books(desk.node) == books(full.node)


def test_a_batch_of_large_commands_is_cut_and_one_too_large_goes_alone(
    new_desk: Callable[[str], Desk],
) -> None:
    desk = new_desk("writes")
    sizes = [100_000, 200_000, 200_000, 50_000, 700_000, 10]
    for number, size in enumerate(sizes):
        put = Put(
            book_id=f"b{number}", shelf="shelf:a", place=number, title="x" * size, put_at=START
        )
        desk.issue(put, actor="sian")
    found = []
    position = 0
    while offer := desk.offer(after_position=position):
        found.append(len(offer.commands))
        whole = sum(len(encode(command)) for command in offer.commands)
        assert len(offer.commands) == 1 or whole <= BATCH_BYTES_MAX
        position = offer.positions[-1]
    assert found == [3, 1, 1, 1]


@pytest.mark.parametrize("act", ["issue", "ask"])
def test_c5_what_is_too_large_to_be_sent_is_refused_at_the_desk(
    new_desk: Callable[[str], Desk], act: str
) -> None:
    desk = new_desk("writes")
    much = msgspec.structs.replace(shelf.a_book(), title="x" * COMMAND_BYTES_MAX)
    with pytest.raises(Refusal, match="too_large"):
        getattr(desk, act)(much, actor="sian")
    assert books(desk.node) == []
    assert desk.offer() is None


def test_c5_the_largest_command_that_a_desk_takes_fits_into_a_request(
    new_desk: Callable[[str], Desk],
) -> None:
    desk = new_desk("writes")
    much = msgspec.structs.replace(
        shelf.a_book(), title="\u20ac" * (COMMAND_BYTES_MAX // 3 - 1_000)
    )
    envelope = desk.issue(much, actor="sian")
    request = PushCommands(device="writes", epoch=None, commands=[envelope])
    assert COMMAND_BYTES_MAX * 0.99 < len(encode(request)) < BODY_BYTES_MAX
