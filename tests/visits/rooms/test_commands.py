"""Rooms are held and released, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.visits.council import DESK, OFFICE, OFFICER, OTHER_DESK, OTHER_OFFICER, Council
from tests.visits.rooms.holding import a_hold
from visits.ids import RoomId, RoomUseId, StretchId, TicketId
from visits.queue.commands import Transfer, Undo
from visits.queue.records import Ticket
from visits.rooms.commands import AskForRoom, ReleaseRoom, UndoHold, UndoRelease
from visits.rooms.queries import RoomRow, asked_for_rooms, person_for_room, rooms_of
from visits.rooms.records import RoomUse


def test_a_person_may_ask_to_talk_in_private_and_change_their_mind(council: Council) -> None:
    ticket_id = council.a_ticket()
    council.do(AskForRoom(ticket_id=ticket_id, wants_private=True))
    assert council.row(Ticket, ticket_id).wants_private
    council.do(AskForRoom(ticket_id=ticket_id, wants_private=False))
    assert not council.row(Ticket, ticket_id).wants_private


def test_asking_for_a_room_on_an_unknown_ticket_is_refused(council: Council) -> None:
    refusal = council.refusal(AskForRoom(ticket_id=TicketId("gone"), wants_private=True))
    assert refusal.reason == "not_found"


def test_a_room_is_held_for_a_ticket_with_its_own_clock(council: Council) -> None:
    room_id = council.a_room(wheelchair=True)
    customer_id = council.a_customer("Dorothy Hughes")
    ticket_id = council.a_ticket(number="A07", customer_id=customer_id)
    council.do(a_hold(council, room_id, ticket_id=ticket_id, minutes=45))
    with council.node.database.read() as session:
        (room,) = rooms_of(session, OFFICE)
    assert room.held_by == "A07 Dorothy Hughes"
    assert (room.from_at, room.minutes_planned) == (council.now, 45)
    assert room.features == {"wheelchair"}


def test_a_room_is_held_for_a_conversation_without_a_ticket(council: Council) -> None:
    council.do(a_hold(council, council.a_room()))
    with council.node.database.read() as session:
        (room,) = rooms_of(session, OFFICE)
    assert (room.ticket_id, room.held_by) == (None, "Amira Hassan")


def test_two_desks_cannot_hold_one_room_and_the_second_hears_since_when_and_for_whom(
    council: Council,
) -> None:
    room_id = council.a_room(name="Room 1")
    first = a_hold(council, room_id, ticket_id=council.a_ticket(number="B03"))
    council.do(first, desk=DESK)
    council.later(minutes=2)
    refusal = council.refusal(a_hold(council, room_id), desk=OTHER_DESK, by=OTHER_OFFICER)
    assert refusal.reason == "room_taken"
    assert refusal.data == {
        "room": "Room 1",
        "from_at": first.from_at.isoformat(),
        "ticket_number": "B03",
        "staff_id": OFFICER,
    }


def test_a_person_has_one_room_at_a_time(council: Council) -> None:
    ticket_id = council.a_ticket()
    council.do(a_hold(council, council.a_room(name="Room 1"), ticket_id=ticket_id))
    refusal = council.refusal(a_hold(council, council.a_room(name="Room 2"), ticket_id=ticket_id))
    assert (refusal.reason, refusal.data["room"]) == ("has_a_room", "Room 1")


@pytest.mark.parametrize("minutes", [0, -5, 241])
def test_minutes_that_no_conversation_lasts_are_refused(council: Council, minutes: int) -> None:
    refusal = council.refusal(a_hold(council, council.a_room(), minutes=minutes))
    assert (refusal.reason, refusal.data["limit"]) == ("minutes_out_of_range", 240)


def test_an_unknown_room_or_ticket_is_refused(council: Council) -> None:
    assert council.refusal(a_hold(council, RoomId("gone"))).reason == "not_found"
    hold = a_hold(council, council.a_room(), ticket_id=TicketId("gone"))
    assert council.refusal(hold).reason == "not_found"


def test_a_hold_with_a_used_id_is_refused(council: Council) -> None:
    hold = a_hold(council, council.a_room())
    council.do(hold)
    assert council.refusal(hold).reason == "id_taken"


def test_a_released_room_is_free_for_the_next(council: Council) -> None:
    room_id = council.a_room()
    hold = a_hold(council, room_id)
    council.do(hold)
    council.do(ReleaseRoom(room_use_id=hold.room_use_id, at=council.later(minutes=20)))
    council.do(a_hold(council, room_id))
    first, second = council.rows(RoomUse)
    assert (first.to_at, second.to_at) == (council.now, None)


def test_a_room_is_never_released_before_it_was_held(council: Council) -> None:
    hold = a_hold(council, council.a_room())
    council.do(hold)
    council.do(ReleaseRoom(room_use_id=hold.room_use_id, at=council.now - timedelta(minutes=5)))
    assert council.row(RoomUse, hold.room_use_id).to_at == hold.from_at


def test_releasing_twice_or_what_was_never_held_is_refused(council: Council) -> None:
    hold = a_hold(council, council.a_room())
    council.do(hold)
    release = ReleaseRoom(room_use_id=hold.room_use_id, at=council.now)
    council.do(release)
    assert council.refusal(release).reason == "already_released"
    unknown = ReleaseRoom(room_use_id=RoomUseId("gone"), at=council.now)
    assert council.refusal(unknown).reason == "not_found"


def test_an_undone_hold_leaves_no_use_behind(council: Council) -> None:
    hold = a_hold(council, council.a_room())
    council.do(hold)
    council.do(UndoHold(room_use_id=hold.room_use_id))
    assert council.rows(RoomUse) == []


def test_a_hold_cannot_be_undone_after_its_release_nor_twice(council: Council) -> None:
    hold = a_hold(council, council.a_room())
    undo = UndoHold(room_use_id=hold.room_use_id)
    assert council.refusal(undo).reason == "not_found"
    council.do(hold)
    council.do(ReleaseRoom(room_use_id=hold.room_use_id, at=council.now))
    assert council.refusal(undo).reason == "already_released"


def test_an_undone_release_gives_the_room_back_with_its_clock(council: Council) -> None:
    hold = a_hold(council, council.a_room())
    council.do(hold)
    council.do(ReleaseRoom(room_use_id=hold.room_use_id, at=council.later(minutes=9)))
    council.do(UndoRelease(room_use_id=hold.room_use_id))
    use = council.row(RoomUse, hold.room_use_id)
    assert (use.from_at, use.to_at) == (hold.from_at, None)


def test_a_release_cannot_be_undone_once_another_holds_the_room(council: Council) -> None:
    room_id = council.a_room(name="Room 1")
    hold = a_hold(council, room_id)
    council.do(hold)
    council.do(ReleaseRoom(room_use_id=hold.room_use_id, at=council.now))
    council.do(a_hold(council, room_id, ticket_id=council.a_ticket(number="A09")))
    refusal = council.refusal(UndoRelease(room_use_id=hold.room_use_id))
    assert (refusal.reason, refusal.data["ticket_number"]) == ("room_taken", "A09")


def test_a_release_cannot_be_undone_once_the_person_has_another_room(council: Council) -> None:
    ticket_id = council.a_ticket()
    hold = a_hold(council, council.a_room(name="Room 1"), ticket_id=ticket_id)
    council.do(hold)
    council.do(ReleaseRoom(room_use_id=hold.room_use_id, at=council.now))
    council.do(a_hold(council, council.a_room(name="Room 2"), ticket_id=ticket_id))
    assert council.refusal(UndoRelease(room_use_id=hold.room_use_id)).reason == "has_a_room"


def test_undoing_the_release_of_an_unknown_room_use_is_refused(council: Council) -> None:
    assert council.refusal(UndoRelease(room_use_id=RoomUseId("gone"))).reason == "not_found"


def test_those_who_asked_and_had_no_room_are_listed_longest_wait_first(council: Council) -> None:
    council.a_ticket(number="A01", waiting_minutes=3, wants_private=True)
    long = council.a_customer("Eluned Bevan", access_needs=("wheelchair",))
    council.a_ticket(
        number="A02",
        waiting_minutes=9,
        wants_private=True,
        customer_id=long,
        access_needs=["hearing_loop"],
    )
    council.a_ticket(number="A03", waiting_minutes=20)
    served = council.a_ticket(number="A04", waiting_minutes=30, wants_private=True)
    hold = a_hold(council, council.a_room(), ticket_id=served)
    council.do(hold)
    council.do(ReleaseRoom(room_use_id=hold.room_use_id, at=council.later(minutes=1)))
    with council.node.database.read() as session:
        asked = asked_for_rooms(session, OFFICE, now=council.now)
    assert [(a.number, a.person) for a in asked] == [
        ("A02", "Eluned Bevan"),
        ("A01", "No name given"),
    ]
    assert asked[0].needs == ("hearing_loop", "wheelchair")


def test_who_was_left_waiting_on_another_day_is_not_here_for_a_room(council: Council) -> None:
    council.a_ticket(number="A01", waiting_minutes=3, wants_private=True)
    with council.node.database.read() as session:
        tomorrow, later = council.now + timedelta(days=1), council.now + timedelta(days=2)
        assert len(asked_for_rooms(session, OFFICE, now=tomorrow)) == 1, "of the evening, maybe"
        assert asked_for_rooms(session, OFFICE, now=later) == ()


def test_a_room_can_be_wanted_for_someone_who_did_not_ask_at_check_in(council: Council) -> None:
    ticket_id = council.a_ticket(number="A05")
    with council.node.database.read() as session:
        assert asked_for_rooms(session, OFFICE, now=council.now) == ()
        person = person_for_room(session, ticket_id)
        assert person_for_room(session, TicketId("gone")) is None
    assert person is not None
    assert (person.number, person.service) == ("A05", "Council tax")


def the_room(council: Council) -> RoomRow:
    with council.node.database.read() as session:
        (room,) = rooms_of(session, OFFICE)
    return room


def test_a_held_room_tells_where_its_ticket_was_transferred_until_that_is_undone(
    council: Council,
) -> None:
    ticket_id = council.a_ticket(number="B10")
    council.do(a_hold(council, council.a_room(), ticket_id=ticket_id))
    assert the_room(council).transferred_to is None
    council.later(minutes=5)
    service_id = council.a_service(name="Benefits")
    transfer = Transfer(
        ticket_id=ticket_id,
        stretch_id=StretchId(council.new_id("stretch")),
        at=council.now,
        service_id=service_id,
    )
    council.do(transfer)
    assert the_room(council).transferred_to == "Benefits"
    council.do(Undo(ticket_id=ticket_id, stretch_id=transfer.stretch_id, at=council.now))
    assert the_room(council).transferred_to is None


def test_a_room_held_after_a_transfer_belongs_to_the_service_it_went_to(council: Council) -> None:
    ticket_id = council.a_ticket(number="B10")
    council.later(minutes=5)
    council.do(
        Transfer(
            ticket_id=ticket_id,
            stretch_id=StretchId(council.new_id("stretch")),
            at=council.now,
            service_id=council.a_service(name="Benefits"),
        )
    )
    council.later(minutes=1)
    council.do(a_hold(council, council.a_room(), ticket_id=ticket_id))
    assert the_room(council).transferred_to is None
