"""Two bugs that only processes at once can have, planted on a real server: they must be seen there.

Each is kept out by more than one thing: the lock that a turn begins with, numbers that are counted
and not drawn, what the tables refuse. With any of them all is well; without all the bug shows, so
the tests that look for it elsewhere can fail.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import select, text

from sync import turns
from sync.authority import Authority
from sync.feed import changes_after
from sync.node import Node
from sync.storage import postgres
from sync.tables import change
from sync.wire import ChangesPage
from tests.sync import shelf
from tests.sync.shelf import a_book, books
from tests.sync.storage.test_deciding_at_once import deciding, sealed
from tests.sync.storage.test_turns_in_scopes import a_process

MEETS_WITHIN_S = 0.5
"""So long one waits for the other, who with a lock cannot come."""
LOCKS, COUNTS, IS_UNIQUE = "locks", "counts", "is unique"


@pytest.fixture
def processes(url: str) -> Iterator[list[Node]]:
    """Two of them, upon a centre that is set up."""
    with ExitStack() as stack:
        nodes = [a_process(url, stack) for _ in range(2)]
        Authority(nodes[0], lambda session, device: shelf.SHELVES).found("epoch-1")
        yield nodes


def only(defence: str | None, node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away the locks and the counting, but for this one."""
    if defence != LOCKS:
        monkeypatch.setattr(postgres, "_lock", lambda scope: "SELECT 1")
    if defence != COUNTS:
        with node.database.write() as session:
            session.execute(text("CREATE SEQUENCE drawn"))
        monkeypatch.setattr(turns, "numbered", _drawn(turns.numbered))


def at_once(*acts: Callable[[], Any]) -> None:
    threads = [threading.Thread(target=act) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.parametrize("defence", [LOCKS, COUNTS, IS_UNIQUE, None])
def test_a_place_that_is_read_free_by_two_and_then_taken_by_both_is_seen(
    processes: list[Node], monkeypatch: pytest.MonkeyPatch, defence: str | None
) -> None:
    only(defence, processes[0], monkeypatch)
    if defence != IS_UNIQUE:
        with processes[0].database.write() as session:
            session.execute(text("ALTER TABLE book DROP CONSTRAINT book_scope_place_key"))
    both_have_read = threading.Barrier(2)
    for node in processes:
        put = node.registry.of("book.put", 1)

        def reads_then_writes(session: Any, args: Any, context: Any, put: Any = put) -> None:
            put.handler(session, args, context)
            with suppress(threading.BrokenBarrierError):
                both_have_read.wait(MEETS_WITHIN_S)

        node.registry._by_name["book.put", 1] = replace(put, handler=reads_then_writes)
    said: dict[str, str] = {}

    def puts(node: Node, name: str) -> None:
        said[name] = deciding(node, sealed(a_book(name, place=5), device=name)).state

    at_once(*(lambda n=n, node=node: puts(node, f"b{n}") for n, node in enumerate(processes)))
    taken_twice = len(books(processes[0])) == 2
    assert taken_twice is (defence is None)
    assert (sorted(said.values()) == ["accepted", "accepted"]) is taken_twice


@pytest.mark.parametrize("defence", [LOCKS, COUNTS, None])
def test_a_number_that_is_drawn_before_another_and_kept_after_it_is_seen(
    processes: list[Node], monkeypatch: pytest.MonkeyPatch, defence: str | None
) -> None:
    only(defence, processes[0], monkeypatch)
    first_has_drawn, others_have_read = threading.Event(), threading.Event()
    real = turns.keep_turn

    def keeps(session: Any, counted: Any, changes: Any, commands: Any) -> None:
        if commands[0]["device"] == "first" and not first_has_drawn.is_set():
            first_has_drawn.set()
            others_have_read.wait(MEETS_WITHIN_S)
        real(session, counted, changes, commands)

    monkeypatch.setattr(turns, "keep_turn", keeps)
    read: list[int] = []
    pages: list[ChangesPage] = []

    def first() -> None:
        deciding(processes[0], sealed(a_book("b1", place=1), device="first"))

    def second() -> None:
        first_has_drawn.wait(10)
        deciding(processes[1], sealed(a_book("b2", place=2), device="second"))
        _follow(processes[1], read)
        with processes[1].database.read() as session:
            pages.append(changes_after(session, {"shelf:a": 0}, {"shelf:a"}))
        others_have_read.set()

    at_once(first, second)
    _follow(processes[1], read)
    assert read == ([2] if defence is None else [1, 2])
    # Whoever reads pages is never deceived: a scope whose next change is not there is taken whole.
    [page] = pages
    numbers = [item.number for item in page.changes]
    assert numbers == ([] if defence is None else list(range(1, len(numbers) + 1)))
    assert page.too_old == (["shelf:a"] if defence is None else [])


def _drawn(real: Any) -> Any:
    """As `numbered`, by numbers of a sequence: they are gone as soon as they are drawn."""

    def numbered(session: Any, turn: Any) -> Any:
        scopes = {scope for made in turn.made for scope in made.rows}
        for scope in scopes:
            turn.numbers[scope] = session.scalar(text("SELECT nextval('drawn')")) - 1
        return real(session, turn)

    return numbered


def _follow(node: Node, read: list[int]) -> None:
    """Read on after the last that was seen, as if numbers came in their order."""
    after = change.c.number > max(read, default=0)
    with node.database.read() as session:
        read += session.scalars(select(change.c.number).where(after).order_by(change.c.number))
