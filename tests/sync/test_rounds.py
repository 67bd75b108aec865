"""A round takes in one moment of the upstream, whatever happens while it runs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import msgspec
import pytest
from msgspec.structs import replace
from sqlalchemy import text
from sqlalchemy.orm import Session

from sync.authority import Authority
from sync.command import Arguments, Context, Definition
from sync.desk import Desk
from sync.errors import LineDown, UnreadableAnswer
from sync.feed import changes_after
from sync.round import UpstreamBehind
from sync.snapshots import PartSize
from sync.standing import attention
from sync.storage.sqlite import open_memory
from sync.wire import Answer, Decided, PullChanges, PushCommands, Request, TakeSnapshot
from tests.rounds import drive
from tests.sync import shelf
from tests.sync.shelf import START, Lend, Move, a_book, books, sync

Between = Callable[[Request], None]


@pytest.fixture
def centre() -> Authority:
    """A centre on SQLite: what is shown here is the desk's doing."""
    return shelf.a_centre(open_memory())


def a_desk(name: str) -> Desk:
    """A desk with a database of its own."""
    return shelf.a_desk(open_memory(), name)


@pytest.mark.parametrize(
    ("from_shelf", "to_shelf"), [("shelf:a", "shelf:b"), ("shelf:b", "shelf:a")]
)
def test_s3_a_row_that_moves_between_two_scopes_of_a_desk_stays(
    centre: Authority, from_shelf: str, to_shelf: str
) -> None:
    mover, other = a_desk("desk-1"), a_desk("desk-2")
    mover.issue(a_book(shelf=from_shelf), actor="sian")
    sync(mover, centre)
    sync(other, centre)
    mover.issue(Move(book_id="b1", shelf=to_shelf), actor="sian")
    sync(mover, centre)
    sync(other, centre)
    assert [book["scope"] for book in books(other.node)] == [to_shelf]
    assert books(other.node) == books(mover.node) == books(centre.node)


def test_s3_a_row_that_went_and_came_back_in_one_page_stays(centre: Authority) -> None:
    mover, other = a_desk("desk-1"), a_desk("desk-2")
    mover.issue(a_book(), actor="sian")
    sync(mover, centre)
    sync(other, centre)
    for place in ("shelf:b", "shelf:a"):
        mover.issue(Move(book_id="b1", shelf=place), actor="sian")
    sync(mover, centre)
    sync(other, centre)
    assert books(other.node) == books(centre.node) != []


def test_r1_two_rows_that_change_places_in_one_page_are_both_taken_in(centre: Authority) -> None:
    mover, other = a_desk("desk-1"), a_desk("desk-2")
    mover.issue(a_book("b1", place=1), actor="sian")
    mover.issue(a_book("b2", shelf="shelf:b", place=1), actor="sian")
    mover.issue(a_book("b3", place=2), actor="sian")
    sync(mover, centre)
    sync(other, centre)
    mover.issue(shelf.Remove(book_id="b1"), actor="sian")
    mover.issue(Move(book_id="b2", shelf="shelf:a"), actor="sian")
    sync(mover, centre)
    sync(other, centre)
    assert books(other.node) == books(centre.node)


def test_o6_a_command_between_two_snapshots_shows_in_both_scopes_or_in_none(
    centre: Authority,
) -> None:
    mover, newcomer = a_desk("desk-1"), a_desk("desk-2")
    mover.issue(a_book(), actor="sian")
    sync(mover, centre)

    def answer(request: Request) -> Answer:
        answered = centre.answer(request)
        if isinstance(request, TakeSnapshot) and request.scope == "shelf:a":
            mover.issue(Move(book_id="b1", shelf="shelf:b"), actor="sian")
            sync(mover, centre)
        return answered

    drive(newcomer, answer)
    assert [book["scope"] for book in books(newcomer.node)] == ["shelf:b"]
    sync(newcomer, centre)
    assert books(newcomer.node) == books(centre.node)


def test_s1_a_scope_taken_away_while_a_round_runs_is_not_kept(centre: Authority) -> None:
    writer, desk = a_desk("desk-1"), a_desk("desk-2")
    writer.issue(a_book(shelf="shelf:b"), actor="sian")
    sync(writer, centre)
    granted = {"shelf:a", "shelf:b"}
    shared = Authority(centre.node, lambda session, device: granted)

    def answer(request: Request) -> Answer:
        answered = shared.answer(request)
        if isinstance(request, TakeSnapshot) and request.scope == "shelf:b":
            granted.discard("shelf:b")
        return answered

    drive(desk, answer)
    assert books(desk.node) == []
    assert desk.position()[1].keys() == {"shelf:a"}


def test_r2_acting_alone_runs_in_the_order_of_issue(centre: Authority) -> None:
    desk = a_desk("desk-1")
    sync(desk, centre)
    asked = desk.ask(a_book("b1", place=1), actor="sian")
    desk.issue(a_book("b2", place=1), actor="sian")
    desk.act_alone(asked.id)
    assert [book["id"] for book in books(desk.node)] == ["b1"]
    sync(desk, centre)
    assert books(desk.node) == books(centre.node)
    with desk.node.database.read() as session:
        assert [item.outcome.reason for item in attention(desk.node, session)] == ["place_taken"]


def test_c9_what_is_issued_while_a_round_runs_is_sent_by_it_or_the_next(centre: Authority) -> None:
    desk = a_desk("desk-1")
    sync(desk, centre)
    desk.issue(a_book("b1"), actor="sian")

    def answer(request: Request) -> Answer:
        if isinstance(request, PullChanges):
            desk.issue(a_book("b2", place=2), actor="sian")
        return centre.answer(request)

    drive(desk, answer)
    assert [book["id"] for book in books(desk.node)] == ["b1", "b2"]
    sync(desk, centre)
    assert [book["id"] for book in books(centre.node)] == ["b1", "b2"]


def test_i2_an_upstream_that_knows_less_than_it_told_is_an_error(centre: Authority) -> None:
    desk = a_desk("desk-1")
    desk.issue(a_book(), actor="sian")
    sync(desk, centre)
    forgetful = shelf.a_centre(open_memory())
    with pytest.raises(UpstreamBehind):
        sync(desk, forgetful)
    assert len(books(desk.node)) == 1


def test_w4_outcomes_of_other_commands_are_refused_whole(centre: Authority) -> None:
    desk = a_desk("desk-1")
    sync(desk, centre)
    desk.issue(a_book(), actor="sian")

    def answer(request: Request) -> Answer:
        answered = centre.answer(request)
        if isinstance(answered, Decided):
            other = msgspec.structs.replace(answered.outcomes[0], id="another")
            return msgspec.structs.replace(answered, outcomes=[other])
        return answered

    with pytest.raises(UnreadableAnswer):
        drive(desk, answer)
    assert len(desk.undecided()) == 1


def test_o4_a_round_goes_on_until_no_page_is_left(centre: Authority) -> None:
    writer, desk = a_desk("desk-1"), a_desk("desk-2")
    sync(desk, centre)
    for place in range(5):
        writer.issue(a_book(f"b{place}", place=place), actor="sian")
    sync(writer, centre)

    def answer(request: Request) -> Answer:
        if not isinstance(request, PullChanges):
            return centre.answer(request)
        with centre.node.database.read() as session:
            return changes_after(session, request.cursor, shelf.SHELVES, limit=2)

    drive(desk, answer)
    assert books(desk.node) == books(centre.node)


def test_a_round_that_brings_nothing_leaves_what_waits_as_it_is(centre: Authority) -> None:
    desk = a_desk("desk-1")
    sync(desk, centre)
    desk.issue(a_book(), actor="sian")

    def answer(request: Request) -> Answer:
        if isinstance(request, PushCommands):
            return Decided(epoch="epoch-1", outcomes=[])
        return centre.answer(request)

    before = books(desk.node)
    ran = runs_at(desk)
    drive(desk, answer)
    assert books(desk.node) == before
    assert ran == []


def test_m1_a_busy_upstream_decides_all_that_waits_before_anything_comes_down(
    centre: Authority,
) -> None:
    desk, other = a_desk("desk-1"), a_desk("desk-2")
    sync(desk, centre)
    other.issue(a_book("b0", place=9), actor="sian")
    sync(other, centre)
    for number in range(1, 4):
        desk.issue(a_book(f"b{number}", place=number), actor="sian")
    ran = runs_at(desk)

    def one_at_a_time(request: Request) -> Answer:
        if isinstance(request, PushCommands):
            return centre.answer(msgspec.structs.replace(request, commands=request.commands[:1]))
        return centre.answer(request)

    drive(desk, one_at_a_time)
    assert books(desk.node) == books(centre.node)
    assert ran == []


def runs_at(desk: Desk) -> list[str]:
    """The commands to put a book that this desk runs from here on."""
    ran: list[str] = []
    definition = desk.node.registry.of("book.put", 1)
    desk.node.registry._by_name["book.put", 1] = noting_runs(definition, ran)
    return ran


def test_m9_what_the_centre_accepts_as_it_was_done_is_not_run_again(centre: Authority) -> None:
    desk = a_desk("desk-1")
    sync(desk, centre)
    for number in range(250):
        desk.issue(a_book(f"b{number}", place=number), actor="sian")
    ran = runs_at(desk)
    sync(desk, centre)
    assert books(desk.node) == books(centre.node)
    assert ran == []


def test_r7_what_waits_is_run_again_once_for_all_that_comes_down(centre: Authority) -> None:
    desk, other = a_desk("desk-1"), a_desk("desk-2")
    sync(desk, centre)
    for number in range(20):
        other.issue(a_book(f"o{number}", place=100 + number), actor="sian")
        desk.issue(a_book(f"b{number}", place=number), actor="sian")
    sync(other, centre)
    mine = [envelope.id for envelope in desk.undecided()]
    ran = runs_at(desk)

    def decides_nothing(request: Request) -> Answer:
        if isinstance(request, PushCommands):
            return Decided(epoch="epoch-1", outcomes=[])
        return centre.answer(request)

    drive(desk, decides_nothing)
    assert len(books(desk.node)) == 40
    assert ran == mine


@pytest.mark.parametrize(
    ("kind", "ending"),
    [(PushCommands, LineDown), (PullChanges, LineDown), (TakeSnapshot, UnreadableAnswer)],
)
def test_k5_a_thousand_rounds_that_were_given_up_leave_nothing_behind(
    centre: Authority, kind: type[Request], ending: type[Exception]
) -> None:
    writer, desk = a_desk("desk-1"), a_desk("desk-2")
    for number in range(10):
        writer.issue(a_book(f"b{number}", place=number), actor="sian")
    sync(writer, centre)
    desk.issue(a_book("own", place=100), actor="tom")
    in_parts = replace(centre, part_size=PartSize(bytes_max=1, rows_a_look=2))

    def give_up(request: Request) -> Answer:
        first_part = isinstance(request, TakeSnapshot) and request.after is None
        if isinstance(request, kind) and not first_part:
            raise ending
        return in_parts.answer(request)

    def given_up() -> None:
        with pytest.raises(ending):
            drive(desk, give_up)

    for _ in range(10):
        given_up()
    before = pages(desk)
    for _ in range(1_000):
        given_up()
    assert pages(desk) == before
    sync(desk, in_parts)
    assert len(books(desk.node)) == 11
    assert books(desk.node) == books(centre.node)


def pages(desk: Desk) -> int:
    """How large the desk's file is."""
    with desk.node.database.read() as session:
        return int(session.scalar(text("PRAGMA page_count")) or 0)


@pytest.mark.parametrize("off", [timedelta(days=-3), timedelta(days=3)])
def test_t1_a_clock_that_is_days_off_decides_nothing(centre: Authority, off: timedelta) -> None:
    desk, other = a_desk("desk-1"), a_desk("desk-2")
    desk._clock = lambda: START + off
    desk.issue(a_book(), actor="sian")
    sync(desk, centre)
    sync(other, centre)
    other.issue(Lend(book_id="b1", reader="ben"), actor="tom")
    desk.issue(Lend(book_id="b1", reader="ann"), actor="sian")
    sync(other, centre)
    sync(desk, centre)
    sync(other, centre)
    assert [book["reader"] for book in books(centre.node)] == ["ben"]
    assert books(desk.node) == books(other.node) == books(centre.node)


def noting_runs(definition: Definition, ran: list[str]) -> Definition:
    """The definition, with a note of every run."""

    def noted(session: Session, args: Arguments, context: Context) -> None:
        ran.append(context.command_id)
        definition.handler(session, args, context)

    return replace(definition, handler=noted)
