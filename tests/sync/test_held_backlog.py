"""An office that has been cut off for hours: what is held is many, and one more costs one."""

from __future__ import annotations

from collections.abc import Iterator
from unittest.mock import patch

import pytest

from sync.node import Node
from tests.sync.offices import Office, assert_all_equal, everywhere
from tests.sync.shelf import Lend, Move, a_book, books, sync

HELD = 20

Ran = list[str]


@pytest.fixture
def ran() -> Iterator[Ran]:
    """The names of the commands that any node of this process ran."""
    names: Ran = []
    handle = Node._handle

    def noted(self: Node, session: object, envelope: object) -> object:
        names.append(envelope.name)  # type: ignore[attr-defined]
        return handle(self, session, envelope)  # type: ignore[arg-type]

    with patch.object(Node, "_handle", noted):
        yield names


def with_many_held(office: Office) -> None:
    office.is_cut = True
    for number in range(HELD):
        office.desks[0].issue(a_book(f"n{number}", place=number + 10), actor="sian")
    office.go_round()


def test_what_comes_to_the_held_is_run_alone(office: Office, ran: Ran) -> None:
    with_many_held(office)
    first, second, _ = office.desks
    first.issue(Lend(book_id="n3", reader="ann"), actor="sian")
    sync(first, office.relay)
    ran.clear()
    sync(second, office.relay)
    assert len(ran) == 1
    assert everywhere(office)[1] == books(second.node)


def test_what_waits_here_is_run_again_upon_what_comes_to_the_held(office: Office, ran: Ran) -> None:
    with_many_held(office)
    first, second, _ = office.desks
    second.issue(Lend(book_id="n3", reader="ben"), actor="tom")
    first.issue(Lend(book_id="n3", reader="ann"), actor="sian")
    sync(first, office.relay)
    ran.clear()
    sync(second, office.relay)
    assert len(ran) == 2
    assert next(b for b in books(second.node) if b["id"] == "n3")["reader"] == "ann"


def test_what_the_desk_issued_itself_is_not_run_twice_once_it_is_held(
    office: Office, ran: Ran
) -> None:
    with_many_held(office)
    desk = office.desks[0]
    desk.issue(Move(book_id="n3", shelf="shelf:b"), actor="sian")
    ran.clear()
    sync(desk, office.relay)
    assert ran == ["book.move"] * 2, "once by the relay, once in the relay's order here"


def test_with_many_held_all_are_equal_when_the_line_is_back(office: Office) -> None:
    with_many_held(office)
    for number, desk in enumerate(office.desks):
        desk.issue(Lend(book_id=f"n{number}", reader="ann"), actor="sian")
        sync(desk, office.relay)
    office.go_round()
    office.is_cut = False
    office.go_round()
    assert_all_equal(office)
    assert len(books(office.centre.node)) == HELD + 1
