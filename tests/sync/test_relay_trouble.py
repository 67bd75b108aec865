"""What may go wrong around a relay: old copies, lost answers, restores, a desk that is ahead."""

from __future__ import annotations

from sqlalchemy import select, update

from sync.authority import Authority
from sync.desk import Desk
from sync.erasure import ERASED
from sync.errors import SyncError
from sync.node import fact, unpacked
from sync.relay import Relay
from sync.round import sync_round
from sync.storage.sqlite import open_memory
from sync.tables import command_log
from sync.wire import Decided, Failure, PullChanges, PushCommands
from tests.sync import shelf
from tests.sync.offices import Office, assert_all_equal, refused, waiting
from tests.sync.shelf import Lend, Move, a_book, books, sync


def tried(desk: Desk, upstream: Authority | Relay, times: int = 1) -> None:
    """Rounds that may fail, as a line drives them."""
    for _ in range(times):
        try:
            sync(desk, upstream)
        except SyncError:
            continue


def go_round(office: Office, times: int = 4) -> None:
    """As `Office.go_round`, with rounds that may fail."""
    for _ in range(times):
        office.relay_round()
        for desk in office.desks:
            tried(desk, office.relay)


def lends_unheard(office: Office) -> Desk:
    """A desk lends the book, the centre accepts it, and the answer is lost."""
    desk = office.desks[1]
    sync(desk, office.centre)
    desk.issue(Lend(book_id="b1", reader="ann"), actor="sian")
    steps = sync_round(desk)
    request = next(steps)
    assert isinstance(request, PushCommands)
    answer = office.centre.answer(request)
    assert isinstance(answer, Decided)
    assert answer.outcomes[0].state == "accepted"
    steps.close()
    return desk


def is_lent_again_through_the_relay_alone(office: Office) -> None:
    """Another desk lends the same book while the centre cannot be asked."""
    office.is_cut = True
    office.desks[0].issue(Lend(book_id="b1", reader="ben"), actor="tom")
    tried(office.desks[0], office.relay)


def elsewhere(office: Office) -> Desk:
    """A desk that speaks to the centre alone."""
    desk = shelf.a_desk(open_memory(), "elsewhere")
    sync(desk, office.centre)
    return desk


def ids(desk: Desk) -> list[object]:
    return [book["id"] for book in books(desk.node)]


def test_an_old_copy_of_a_desk_that_only_the_centre_knows_to_be_one_gets_through_the_relay(
    office: Office,
) -> None:
    known = office.desks[0]
    known.issue(a_book("b2", place=2), actor="sian")
    sync(known, office.centre)
    office.relay_file = open_memory()
    office.relay = office.start_relay()
    office.relay_round()
    old = office.desks[0] = shelf.a_desk(open_memory(), "desk-1")
    old.issue(a_book("b3", place=3), actor="sian")
    go_round(office)
    assert waiting(old) == 0
    assert ids(old) == ["b1", "b2", "b3"]
    assert_all_equal(office)


def test_a_relay_that_is_an_old_copy_leaves_its_desks_commands_under_their_names(
    office: Office,
) -> None:
    office.relay.issue(a_book("r1", place=7), actor="relay")
    office.go_round()
    office.relay_file = open_memory()
    office.relay = office.start_relay()
    office.relay_round()
    office.is_cut = True
    office.relay.issue(a_book("r2", place=8), actor="relay")
    office.desks[1].issue(a_book("b2", place=2), actor="sian")
    office.go_round()
    office.is_cut = False
    go_round(office)
    assert_all_equal(office)
    with office.centre.node.database.read() as session:
        kept = session.scalars(select(command_log.c.envelope).order_by(command_log.c.position))
        devices = [unpacked(body).device for body in kept]
    assert devices == ["desk-1", "relay", "desk-2", office.relay.device]


def test_a_relay_cut_off_since_before_a_restore_pulls_no_desk_back(office: Office) -> None:
    office.is_cut = True
    office.centre.renew("epoch-2")
    desk, other = office.desks[0], elsewhere(office)
    other.issue(a_book("x", place=4), actor="ola")
    sync(other, office.centre)
    desk.issue(Lend(book_id="b1", reader="ann"), actor="sian")
    sync(desk, office.centre)
    sync(desk, office.centre)
    office.desks[1].issue(Lend(book_id="b1", reader="ben"), actor="tom")
    tried(office.desks[1], office.relay)
    tried(desk, office.relay, 2)
    with desk.node.database.read() as session:
        assert fact(session, "epoch") == "epoch-2"
    assert ids(desk) == ["b1", "x"]
    assert refused(desk) == []


def test_what_a_relay_has_forgotten_holds_up_no_desk_once_the_centre_was_restored(
    office: Office,
) -> None:
    desk = office.desks[0]
    for number in range(2, 6):
        desk.issue(a_book(f"b{number}", place=number), actor="sian")
    office.go_round()
    with office.relay.node.database.write() as session:
        # As when whoever it named was erased.
        session.execute(update(command_log).values(state=ERASED))
    restored = shelf.a_centre(open_memory())
    restored.renew("epoch-2")
    office.centre = restored
    new = desk.issue(a_book("new", place=9), actor="sian")
    office.go_round()
    told = desk.outcome(new.id)
    assert told is not None
    assert told.state == "accepted"
    assert waiting(desk) == 0


def test_a_relay_asks_the_centre_before_it_names_its_epoch_to_a_desk(office: Office) -> None:
    office.centre.renew("epoch-2")
    answer = office.relay.answer(PullChanges(device="desk-1", epoch="epoch-2", cursor={}))
    assert not isinstance(answer, Failure)
    answer = office.relay.answer(PullChanges(device="desk-1", epoch="epoch-1", cursor={}))
    assert isinstance(answer, Failure)
    assert (answer.code, answer.epoch) == ("other_epoch", "epoch-2")
    office.is_cut = True
    answer = office.relay.answer(PullChanges(device="desk-1", epoch="epoch-1", cursor={}))
    assert isinstance(answer, Failure)
    assert answer.code == "unavailable"


def test_what_was_sent_to_the_centre_without_an_answer_is_not_refused_by_a_cut_off_relay(
    office: Office,
) -> None:
    desk = lends_unheard(office)
    is_lent_again_through_the_relay_alone(office)
    tried(desk, office.relay, 2)
    assert refused(desk) == []
    office.is_cut = False
    go_round(office)
    assert_all_equal(office)
    assert refused(desk) == []
    assert refused(office.desks[0]) == ["lent"]


def test_a_relays_refusal_that_its_desk_never_heard_is_void_once_the_centre_was_asked(
    office: Office,
) -> None:
    office.is_cut = True
    other = elsewhere(office)
    other.issue(a_book("x", place=4), actor="ola")
    sync(other, office.centre)
    desk = office.desks[1]
    desk.leave_relay()
    sync(desk, office.centre)
    desk.issue(Lend(book_id="x", reader="ann"), actor="sian")
    heard_by_nobody(desk, office.relay, "refused")
    heard_by_nobody(desk, office.centre, "accepted")
    tried(desk, office.relay, 2)
    assert refused(desk) == []
    office.is_cut = False
    go_round(office)
    assert_all_equal(office)
    assert refused(desk) == []


def test_a_relays_refusal_stands_when_its_desk_asks_again(office: Office) -> None:
    office.is_cut = True
    is_lent_again_through_the_relay_alone(office)
    desk = office.desks[1]
    desk.ask(Lend(book_id="b1", reader="ann"), actor="tom")
    heard_by_nobody(desk, office.relay, "refused")
    sync(desk, office.relay)
    assert refused(desk) == ["lent"]


def heard_by_nobody(desk: Desk, upstream: Authority | Relay, decided: str) -> None:
    """What the desk offers is decided so, and the answer is lost."""
    steps = sync_round(desk)
    request = next(steps)
    while True:
        answer = upstream.answer(request)
        if isinstance(answer, Decided):
            assert [outcome.state for outcome in answer.outcomes] == [decided]
            return
        request = steps.send(answer)


def test_what_may_have_been_sent_before_the_desk_ended_is_not_refused_by_a_cut_off_relay(
    office: Office,
) -> None:
    desk = lends_unheard(office)
    office.desks[1] = desk = shelf.a_desk(desk.node.database, "desk-2")
    is_lent_again_through_the_relay_alone(office)
    tried(desk, office.relay, 2)
    assert refused(desk) == []


def test_a_desk_without_a_seat_in_the_relays_copy_is_sent_on_and_keeps_its_office(
    office: Office,
) -> None:
    desk = office.desks[0]
    seated = office.relay._allowed
    office.relay._allowed = lambda session, device: (
        {"shelf:a"} if device == "desk-1" else seated(session, device)
    )
    desk.issue(a_book("c1", shelf="shelf:b", place=1), actor="sian")
    sync(desk, office.centre)
    tried(desk, office.relay, 2)
    assert ids(desk) == ["b1", "c1"]
    answer = office.relay.answer(PullChanges(device="desk-1", epoch="epoch-1", cursor={}))
    assert isinstance(answer, Failure)
    assert answer.code == "not_this_office"


def test_a_desk_ahead_of_the_relay_takes_no_scope_from_it(office: Office) -> None:
    desk = office.desks[0]
    desk.issue(Move(book_id="b1", shelf="shelf:b"), actor="sian")
    office.go_round()
    office.is_cut = True
    other = elsewhere(office)
    other.issue(Move(book_id="b1", shelf="shelf:a"), actor="ola")
    sync(other, office.centre)
    only_a = Authority(office.centre.node, lambda session, device: frozenset({"shelf:a"}))
    sync(desk, only_a)
    assert ids(desk) == ["b1"]
    tried(desk, office.relay)
    tried(desk, only_a, 2)
    assert ids(desk) == ["b1"]


def test_what_a_desk_knows_to_be_decided_does_not_run_again_while_a_relay_holds_it(
    office: Office,
) -> None:
    desk = office.desks[0]
    office.is_cut = True
    desk.issue(Move(book_id="b1", shelf="shelf:b"), actor="sian")
    sync(desk, office.relay)
    sync(desk, office.centre)
    sync(desk, office.centre)
    assert waiting(desk) == 0
    other = elsewhere(office)
    other.issue(Move(book_id="b1", shelf="shelf:a"), actor="ola")
    sync(other, office.centre)
    sync(desk, office.centre)
    sync(desk, office.relay)
    assert books(desk.node)[0]["scope"] == "shelf:a"


def test_a_desk_that_went_both_ways_gives_all_back_to_a_restored_centre(office: Office) -> None:
    desk = office.desks[1]
    desk.issue(a_book("n1", place=2), actor="sian")
    sync(desk, office.relay)
    desk.issue(a_book("n2", place=3), actor="sian")
    sync(desk, office.centre)
    desk.issue(a_book("n3", place=4), actor="sian")
    office.go_round()
    office.centre = shelf.a_centre(open_memory())
    office.centre.renew("epoch-2")
    go_round(office, 6)
    assert [book["id"] for book in books(office.centre.node)] == ["b1", "n1", "n2", "n3"]
    assert [waiting(desk) for desk in office.desks] == [0, 0, 0]
    assert_all_equal(office)


def test_u2_a_desk_does_not_call_itself_complete_by_a_relay_that_is_cut_off(office: Office) -> None:
    desk = office.desks[0]

    def complete_at() -> str | None:
        with desk.node.database.read() as session:
            return fact(session, "complete_at")

    office.is_cut = True
    sync(desk, office.relay)
    before = complete_at()
    sync(desk, office.relay)
    assert complete_at() == before
    office.is_cut = False
    sync(desk, office.relay)
    assert complete_at() != before


def test_a_relay_with_much_to_offer_settles_on_the_way(office: Office) -> None:
    office.is_cut = True
    for number in range(60):
        desk = office.desks[number % 2]
        desk.issue(a_book(f"n{number}", place=10 + number), actor="sian")
        sync(desk, office.relay)
    settled: list[int] = []
    before = office.relay._moved
    office.relay._moved = lambda: settled.append(waiting(office.relay))
    office.is_cut = False
    office.relay_round()
    office.relay._moved = before
    assert settled == [40, 20, 0]
    go_round(office)
    assert_all_equal(office)
