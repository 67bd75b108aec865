"""Settling a round is one step: all of it stands or nothing, and what is decided is done with."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from sync import desk as desks
from sync.authority import Authority
from sync.desk import Desk
from sync.rebase import drop_scope
from sync.snapshots import PartSize
from sync.standing import standing
from sync.storage.sqlite import open_file, open_memory
from tests.rounds import drive
from tests.sync import shelf
from tests.sync.shelf import Lend, a_book, books, sync
from tests.sync.statements import cut_everywhere
from tests.sync.test_rounds import runs_at

BOTH = {"shelf:a", "shelf:b"}


@pytest.fixture
def centre() -> Authority:
    """A centre on SQLite: what is shown here is the desk's doing."""
    return shelf.a_centre(open_memory())


@pytest.fixture
def desk(tmp_path: Path, centre: Authority) -> Iterator[Desk]:
    """A desk over a file, with a book that waits, as another at the centre stands in its way."""
    database = open_file(tmp_path / "desk.db", key=bytes(32))
    desk = shelf.a_desk(database, "desk-1")
    other = shelf.a_desk(open_memory(), "desk-2")
    sync(desk, centre)
    desk.issue(a_book("mine", place=1), actor="sian")
    desk.issue(a_book("mine too", place=2), actor="sian")
    other.issue(a_book("theirs", place=1), actor="tom")
    sync(other, centre)
    yield desk
    database.close()


def seen_by_a_reader(desk: Desk) -> tuple[list[Any], dict[str, int], int]:
    """Rows, cursor, and how many wait."""
    with desk.node.database.read() as session:
        return books(desk.node), desk.position()[1], standing(session).waiting


def test_o3_cut_at_any_statement_of_a_settling_rows_and_cursor_are_of_one_moment(
    desk: Desk, centre: Authority
) -> None:
    before = seen_by_a_reader(desk)

    def settle() -> None:
        sync(desk, centre)

    def check() -> None:
        assert seen_by_a_reader(desk) in (before, _settled(centre))

    cuts = cut_everywhere(desk.node.database, settle, check)
    assert cuts > 20
    assert seen_by_a_reader(desk) == _settled(centre)


def _settled(centre: Authority) -> tuple[list[Any], dict[str, int], int]:
    heads = {"shelf:a": len(books(centre.node))}
    return books(centre.node), heads | {"shelf:b": 0}, 0


def test_m1_who_reads_while_a_round_is_settled_sees_all_of_it_or_nothing(
    desk: Desk, centre: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, meanwhile = seen_by_a_reader(desk), []
    run_waiting = desks.run_waiting

    def looked_at(*given: Any, **more: Any) -> None:
        # Rows and cursor have moved in the transaction that is under way.
        reader = threading.Thread(target=lambda: meanwhile.append(seen_by_a_reader(desk)))
        reader.start()
        reader.join()
        run_waiting(*given, **more)

    monkeypatch.setattr(desks, "run_waiting", looked_at)
    sync(desk, centre)
    assert meanwhile == [before]
    assert seen_by_a_reader(desk) == _settled(centre)


def test_r3_what_was_decided_is_never_run_again_whatever_comes_down(
    desk: Desk, centre: Authority
) -> None:
    sync(desk, centre)
    ran = runs_at(desk)
    other = shelf.a_desk(open_memory(), "desk-3")
    sync(other, centre)
    for number in range(3, 6):
        other.issue(a_book(f"b{number}", place=number), actor="tom")
        sync(other, centre)
        waiting = desk.issue(a_book(f"own-{number}", place=10 + number), actor="sian")
        drive(desk, centre.answer)
        drive(desk, centre.answer)
        assert ran == [waiting.id], "once, when it was issued"
        ran.clear()


def test_s4_a_scope_given_again_comes_from_its_beginning_and_nothing_is_missing() -> None:
    granted = set(BOTH)
    centre = shelf.a_centre(open_memory())
    shared = Authority(centre.node, lambda session, device: granted)
    desk, other = (shelf.a_desk(open_memory(), name) for name in ("desk-1", "desk-2"))
    for number, given in enumerate((BOTH, {"shelf:a"}, BOTH, {"shelf:a"}, BOTH)):
        for place, where in enumerate(sorted(BOTH)):
            other.issue(a_book(f"b{number}-{place}", shelf=where, place=number), actor="tom")
        other.issue(Lend(book_id=f"b{number}-1", reader="ann"), actor="tom")
        sync(other, centre)
        granted.clear()
        granted.update(given)
        drive(desk, shared.answer)
        held = [book for book in books(centre.node) if book["scope"] in given]
        assert books(desk.node) == held
        assert desk.position()[1].keys() == given


def test_v4_rows_that_are_wiped_take_their_cursor_with_them_or_stay(
    desk: Desk, centre: Authority
) -> None:
    sync(desk, centre)
    before = seen_by_a_reader(desk)

    def wipe() -> None:
        with desk.node.database.write() as session:
            drop_scope(desk.node, session, "shelf:a")

    def check() -> None:
        assert seen_by_a_reader(desk) == before

    assert cut_everywhere(desk.node.database, wipe, check) > 2
    assert seen_by_a_reader(desk)[:2] == ([], {"shelf:b": 0})


def test_m11_a_first_round_cut_at_any_statement_goes_on_by_another_process_and_ends_equal(
    tmp_path: Path,
) -> None:
    """With parts of few rows, so that it has many statements between two of which it may end."""
    centre = replace(shelf.a_centre(open_memory()), part_size=PartSize(bytes_max=1, rows_a_look=2))
    librarian = shelf.a_desk(open_memory(), "desk-2")
    for number in range(12):
        where = sorted(BOTH)[number % 2]
        librarian.issue(a_book(f"b{number:02}", shelf=where, place=number), actor="tom")
    sync(librarian, centre)
    database = open_file(tmp_path / "new.db", key=bytes(32))
    shelf.a_desk(database, "desk-1")
    loaded: list[int] = []

    def begin_or_go_on() -> None:
        drive(shelf.a_desk(database, "desk-1"), centre.answer)

    def note() -> None:
        loaded.append(len(books(shelf.a_desk(database, "desk-1").node)))

    assert cut_everywhere(database, begin_or_go_on, note) > 50
    assert loaded == sorted(loaded), "what has come stays"
    assert len(set(loaded)) > 4
    assert books(shelf.a_desk(database, "desk-1").node) == books(centre.node)
    database.close()
