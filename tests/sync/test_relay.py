"""An office goes on sharing one order through its relay while the line to the centre is cut."""

from __future__ import annotations

import random

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from sync.command import Arguments, Context, Registry
from sync.errors import Refusal
from sync.node import unpacked
from sync.storage.sqlite import open_memory
from sync.tables import command_log
from sync.wire import (
    Answer,
    Failure,
    PullChanges,
    PushCommands,
    Request,
    SnapshotPart,
    TakeSnapshot,
)
from tests.sync import shelf
from tests.sync.offices import Office, assert_all_equal, everywhere, refused, waiting
from tests.sync.shelf import START, Lend, Move, Put, a_book, books, sync


def test_what_a_desk_does_through_the_relay_is_decided_by_the_centre(office: Office) -> None:
    outcome = office.ask(office.desks[0], Lend(book_id="b1", reader="ann"))
    assert outcome is not None
    assert outcome.state == "accepted"
    office.go_round()
    assert_all_equal(office)
    assert books(office.centre.node)[0]["reader"] == "ann"


def test_i5_what_passes_through_the_relay_keeps_its_id_its_person_and_its_device(
    office: Office,
) -> None:
    envelope = office.desks[1].issue(a_book("b2", place=2), actor="sian")
    office.go_round()
    with office.centre.node.database.read() as session:
        kept = session.scalars(
            select(command_log.c.envelope).where(command_log.c.id == envelope.id)
        ).one()
    assert unpacked(kept) == envelope
    assert (envelope.actor, envelope.device) == ("sian", "desk-2")


class PutNewer(Put, frozen=True, kw_only=True):
    """As a later version has it: with a field that this one does not know."""

    translated_by: str


def newer() -> Registry:
    """What a centre and a desk of a later version know."""
    commands = shelf.registry()
    put = commands.of("book.put", 1).handler

    @commands.command("book.put", PutNewer, version=2)
    def put_newer(session: Session, args: PutNewer, context: Context) -> None:
        put(session, args, context)

    return commands


def test_m13_what_a_relay_does_not_know_of_a_newer_desk_goes_up_as_it_came(office: Office) -> None:
    desk, centre = office.desks[0], office.centre
    desk.node.registry = centre.node.registry = newer()
    book = PutNewer(
        book_id="b2", shelf="shelf:a", place=2, title="Y Llyfr", put_at=START, translated_by="Mair"
    )
    office.is_cut = True
    envelope = desk.issue(book, actor="sian")
    office.go_round()
    assert waiting(desk) == 1
    office.is_cut = False
    office.go_round()
    with centre.node.database.read() as session:
        kept = session.scalars(
            select(command_log.c.envelope).where(command_log.c.id == envelope.id)
        ).one()
    assert centre.node.registry.open(unpacked(kept))[1] == book
    assert unpacked(kept) == envelope
    assert_all_equal(office)
    assert [each["id"] for each in books(office.desks[1].node)] == ["b1", "b2"]


def test_with_the_line_cut_two_desks_never_get_the_same(office: Office) -> None:
    office.is_cut = True
    first = office.ask(office.desks[0], Lend(book_id="b1", reader="ann"))
    second = office.ask(office.desks[1], Lend(book_id="b1", reader="ben"))
    assert first is None
    assert office.desks[0].is_held(office.desks[0].undecided()[0].id)
    assert second is not None
    assert (second.state, second.reason) == ("refused", "lent")


def test_with_the_line_cut_every_desk_of_the_office_sees_what_one_does(office: Office) -> None:
    office.is_cut = True
    office.desks[0].issue(a_book("b2", place=2), actor="sian")
    office.go_round()
    office.desks[1].issue(Lend(book_id="b2", reader="ben"), actor="tom")
    office.go_round()
    _, *others = everywhere(office)
    assert all([(b["id"], b["reader"]) for b in o] == [("b1", None), ("b2", "ben")] for o in others)
    assert len(books(office.centre.node)) == 1


def test_i7_when_the_line_is_back_all_is_decided_in_the_offices_order(office: Office) -> None:
    office.is_cut = True
    for number, desk in enumerate(office.desks):
        desk.issue(a_book(f"n{number}", place=number + 2), actor="sian")
        sync(desk, office.relay)
    office.is_cut = False
    office.go_round()
    assert_all_equal(office)
    assert [b["id"] for b in books(office.centre.node)] == ["b1", "n0", "n1", "n2"]
    assert [waiting(desk) for desk in office.desks] == [0, 0, 0]
    with office.centre.node.database.read() as session:
        order = session.scalars(select(command_log.c.device).order_by(command_log.c.position))
        assert [device for device in order if device != "relay"][1:] == [
            "desk-1",
            "desk-2",
            "desk-3",
        ]


def test_m8_what_the_centre_decides_otherwise_is_shown_to_whom_did_it(office: Office) -> None:
    office.is_cut = True
    office.desks[1].issue(a_book("b2", place=2), actor="sian")
    office.desks[2].issue(Lend(book_id="b1", reader="cat"), actor="tom")
    office.go_round()
    elsewhere = shelf.a_desk(open_memory(), "elsewhere")
    sync(elsewhere, office.centre)
    elsewhere.issue(a_book("x", place=2), actor="ola")
    sync(elsewhere, office.centre)
    office.is_cut = False
    office.go_round()
    assert_all_equal(office)
    assert [refused(desk) for desk in office.desks] == [[], ["place_taken"], []]
    assert [b["id"] for b in books(office.desks[0].node)] == ["b1", "x"]


def test_m14_a_relay_that_dies_takes_nothing_with_it(office: Office) -> None:
    office.is_cut = True
    office.desks[0].issue(a_book("b2", place=2), actor="sian")
    office.go_round()
    # The relay is gone, and the desks reach the centre by themselves.
    for desk in (*office.desks, *office.desks):
        sync(desk, office.centre)
    assert [b["id"] for b in books(office.centre.node)] == ["b1", "b2"]
    assert [waiting(desk) for desk in office.desks] == [0, 0, 0]
    office.is_cut = False
    office.relay = office.start_relay()
    office.go_round()
    assert_all_equal(office)


def test_with_relay_and_centre_gone_a_desk_goes_on_alone_and_comes_back(office: Office) -> None:
    office.is_cut = True
    office.desks[0].issue(a_book("b2", place=2), actor="sian")
    office.go_round()
    office.desks[1].issue(Lend(book_id="b2", reader="ben"), actor="tom")
    office.desks[2].issue(a_book("b3", place=3), actor="cat")
    assert books(office.desks[1].node)[1]["reader"] == "ben"
    office.relay = office.start_relay()
    office.go_round()
    assert [b["id"] for b in books(office.desks[0].node)] == ["b1", "b2", "b3"]
    office.is_cut = False
    office.go_round()
    assert_all_equal(office)
    assert [refused(desk) for desk in office.desks] == [[], [], []]


def test_a_command_refused_by_the_relay_is_never_sent_up(office: Office) -> None:
    office.is_cut = True
    office.desks[0].issue(Lend(book_id="b1", reader="ann"), actor="sian")
    office.desks[1].issue(Lend(book_id="b1", reader="ben"), actor="tom")
    office.go_round()
    assert [refused(desk) for desk in office.desks] == [[], ["lent"], []]
    office.is_cut = False
    office.go_round()
    assert_all_equal(office)
    with office.centre.node.database.read() as session:
        names = session.scalars(select(command_log.c.device)).all()
    assert "desk-2" not in names


def test_i6_what_the_centre_accepted_without_the_desk_hearing_is_not_refused_by_the_relay(
    office: Office,
) -> None:
    desk = office.desks[1]
    envelope = desk.issue(a_book("b2", place=2), actor="sian")
    pushed = PushCommands(device="desk-2", epoch="epoch-1", commands=[envelope])
    office.centre.answer(pushed)
    office.relay_round()
    office.is_cut = True
    office.go_round()
    assert (waiting(desk), refused(desk)) == (0, [])
    office.is_cut = False
    office.go_round()
    assert_all_equal(office)


def test_r8_a_desk_that_knows_more_than_the_relay_keeps_it(office: Office) -> None:
    office.is_cut = True
    elsewhere = office.desks[2]
    sync(elsewhere, office.centre)
    sync(elsewhere, office.centre)
    elsewhere.issue(a_book("b2", place=2), actor="cat")
    sync(elsewhere, office.centre)
    sync(elsewhere, office.relay)
    assert [b["id"] for b in books(elsewhere.node)] == ["b1", "b2"]
    office.is_cut = False
    office.go_round()
    assert_all_equal(office)


def test_a_desk_behind_what_the_relay_keeps_takes_a_snapshot_without_what_waits(
    office: Office,
) -> None:
    late = shelf.a_desk(open_memory(), "late")
    sync(late, office.centre)
    office.desks[0].issue(a_book("b2", place=2), actor="sian")
    office.go_round()
    office.relay_file = open_memory()
    office.relay = office.start_relay()
    office.relay_round()
    office.is_cut = True
    office.desks[0].issue(Move(book_id="b2", shelf="shelf:b"), actor="sian")
    sync(office.desks[0], office.relay)
    asked: list[Request] = []

    class Listening:
        def answer(self, request: Request) -> Answer:
            asked.append(request)
            return office.relay.answer(request)

    sync(late, Listening())  # type: ignore[arg-type]
    assert any(isinstance(request, TakeSnapshot) for request in asked)
    assert books(late.node) == books(office.relay.node)
    taken = office.relay.answer(TakeSnapshot(device="late", scope="shelf:a"))
    assert isinstance(taken, SnapshotPart)
    assert [image["id"] for image in taken.rows["book"]] == ["b1", "b2"]


def test_a_restored_centre_gets_back_what_the_relay_knows(office: Office) -> None:
    office.centre.renew("epoch-2")
    office.is_cut = True
    office.desks[0].issue(a_book("b2", place=2), actor="sian")
    office.go_round()
    office.is_cut = False
    office.go_round()
    office.go_round()
    assert_all_equal(office)
    assert [b["id"] for b in books(office.centre.node)] == ["b1", "b2"]
    assert [waiting(desk) for desk in office.desks] == [0, 0, 0]


def test_a_desk_restored_from_an_old_copy_is_told_through_the_relay(office: Office) -> None:
    old = shelf.a_desk(open_memory(), "desk-1")
    office.desks[0].issue(a_book("b2", place=2), actor="sian")
    office.go_round()
    office.desks[0] = old
    sync(old, office.relay)
    old.issue(a_book("b3", place=3), actor="sian")
    office.go_round()
    assert old.device != "desk-1"
    assert_all_equal(office)
    assert [b["id"] for b in books(office.centre.node)] == ["b1", "b2", "b3"]


def test_a_new_desk_begins_while_the_line_is_cut(office: Office) -> None:
    office.is_cut = True
    office.desks[0].issue(a_book("b2", place=2), actor="sian")
    office.go_round()
    new = shelf.a_desk(open_memory(), "new")
    sync(new, office.relay)
    assert books(new.node) == books(office.relay.node)


def test_a_relay_that_never_met_its_centre_serves_nobody() -> None:
    office = Office.__new__(Office)
    office.centre, office.relay_file = shelf.a_centre(open_memory()), open_memory()
    office.is_cut, office.starts = True, 0
    relay = office.start_relay()
    answer = relay.answer(PullChanges(device="desk-1", epoch=None, cursor={}))
    assert isinstance(answer, Failure)
    assert answer.code == "unavailable"


def test_a_desk_of_another_office_is_sent_on(office: Office) -> None:
    office.relay._allowed = lambda session, device: frozenset({"shelf:c"})
    answer = office.relay.answer(PullChanges(device="far", epoch=None, cursor={}))
    assert isinstance(answer, Failure)
    assert answer.code == "not_this_office"


def test_commands_that_lean_on_another_relay_are_not_taken(office: Office) -> None:
    envelope = office.desks[0].issue(a_book("b9", place=9), actor="sian")
    pushed = PushCommands(device="desk-1", epoch="epoch-1", commands=[envelope], relay="another")
    for upstream in (office.relay, office.centre):
        answer = upstream.answer(pushed)
        assert isinstance(answer, Failure)
        assert answer.code == "other_relay"


def test_putting_books_at_random_through_cuts_and_deaths_ends_alike() -> None:
    for seed in range(40):
        chance = random.Random(seed)
        office = Office(shelf.a_centre(open_memory()))
        for number in range(40):
            _do_something(office, chance, number)
        office.is_cut = False
        for _ in range(2):
            office.go_round()
        assert_all_equal(office)
        assert [waiting(desk) for desk in office.desks] == [0, 0, 0], seed


def _do_something(office: Office, chance: random.Random, number: int) -> None:
    desk = chance.choice(office.desks)
    act = chance.randrange(10)
    if act == 0:
        office.is_cut = not office.is_cut
    elif act == 1:
        office.relay = office.start_relay()
    elif act == 2:
        sync(desk, office.centre)
    elif act < 6:
        sync(desk, office.relay)
    elif act == 6:
        office.relay_round()
    else:
        wanted: Arguments = Put(
            book_id=f"n{number}",
            shelf=chance.choice(("shelf:a", "shelf:b")),
            place=chance.randrange(6),
            title="x",
            put_at=shelf.START,
        )
        if act == 8 and books(desk.node):
            one = chance.choice(books(desk.node))["id"]
            wanted = Lend(book_id=one, reader=chance.choice("ab"))
        try:
            desk.issue(wanted, actor="sian")
        except shelf.Refusal:
            return


def test_with_a_centre_that_is_slow_the_second_who_wants_the_same_is_told_so_once(
    office: Office,
) -> None:
    held = []
    for desk, reader in zip(office.desks, ("ann", "ben"), strict=False):
        held.append((desk, desk.ask(Lend(book_id="b1", reader=reader), actor="sian")))
    # The relay takes both, and has not heard yet that the centre is away: it leaves it to decide.
    with pytest.MonkeyPatch.context() as slow:
        slow.setattr(office.relay, "_ask_up", lambda: False)
        for _ in range(2):
            for desk, _envelope in held:
                sync(desk, office.relay)
    (first, of_first), (second, of_second) = held
    assert first.act_alone(of_first.id)
    with pytest.raises(Refusal, match="lent"):
        second.act_alone(of_second.id)
    for node in (first.node, second.node):
        assert [(each["id"], each["reader"]) for each in books(node)] == [("b1", "ann")]
    office.go_round()
    assert second.undecided() == [] and refused(second) == []
    assert_all_equal(office)
