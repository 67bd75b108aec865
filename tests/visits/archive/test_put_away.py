"""What is over goes to an archive that no device may read; what is not stays where it is."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.visits.council import DESK, OFFICE, OFFICER, TEAM, Council
from tests.visits.home_visits.agreed import a_visit
from visits.access.rules import CENTRE
from visits.appointments.commands import Cancel, Move
from visits.appointments.records import Appointment
from visits.archive.commands import PUT_AWAY_AT_ONCE_MAX, PutAway
from visits.home_visits.commands import Arrive, SetOff, UndoAgree, UndoStep
from visits.home_visits.records import HomeVisit
from visits.ids import NoticeId, RoomUseId
from visits.notices.records import Notice
from visits.queue.commands import Call, Finish, Leave, Undo
from visits.queue.records import Stretch, Ticket
from visits.record import Record
from visits.rooms.commands import HoldRoom, ReleaseRoom, UndoRelease
from visits.rooms.records import RoomUse
from visits.scopes import COUNCIL, allowed, of_archive, of_office, of_team
from visits.staff.records import StaffTime

HERE = of_office(OFFICE)
AWAY = of_archive(HERE)


def put_away(council: Council, scope: str = HERE) -> None:
    council.do(PutAway(scope=scope, before_on=council.today), desk=CENTRE, by=CENTRE)


def scopes_of(council: Council, kind: type[Record]) -> set[str]:
    return {row.scope for row in council.rows(kind)}


def a_day_passes(council: Council) -> None:
    council.later(minutes=24 * 60)


def test_a_ticket_that_is_over_goes_with_its_history(council: Council) -> None:
    gone = council.a_ticket(number="A01")
    council.do(Leave(ticket_id=gone, stretch_id=council.stretch_id(), at=council.now))
    a_day_passes(council)
    put_away(council)
    assert scopes_of(council, Ticket) == scopes_of(council, Stretch) == {AWAY}
    assert len(council.rows(Stretch)) == 2


def test_m12_a_ticket_that_is_open_stays_with_its_history(council: Council) -> None:
    council.a_ticket(number="A01")
    called = council.a_ticket(number="A02")
    council.do(Call(ticket_id=called, stretch_id=council.stretch_id(), at=council.now))
    a_day_passes(council)
    put_away(council)
    assert scopes_of(council, Ticket) == scopes_of(council, Stretch) == {HERE}


def test_what_is_of_today_stays(council: Council) -> None:
    ticket = council.a_ticket(number="A01")
    council.do(Call(ticket_id=ticket, stretch_id=council.stretch_id(), at=council.now))
    council.do(Finish(ticket_id=ticket, stretch_id=council.stretch_id(), at=council.now))
    put_away(council)
    assert scopes_of(council, Ticket) == {HERE}


def test_m12_an_appointment_goes_only_once_it_has_passed(council: Council) -> None:
    past = council.an_appointment(in_minutes=-60)
    coming = council.an_appointment(in_minutes=2 * 24 * 60)
    a_day_passes(council)
    put_away(council)
    assert council.row(Appointment, past).scope == AWAY
    assert council.row(Appointment, coming).scope == HERE
    assert {n.scope for n in council.rows(Notice) if n.about_id == past} <= {AWAY}
    assert {n.scope for n in council.rows(Notice) if n.about_id == coming} <= {HERE}


def test_m12_taken_time_goes_only_once_it_has_passed(council: Council) -> None:
    council.an_appointment(in_minutes=-60)
    council.an_appointment(in_minutes=2 * 24 * 60)
    before = len(council.rows(StaffTime))
    a_day_passes(council)
    put_away(council, COUNCIL)
    kept = [row for row in council.rows(StaffTime) if row.scope == COUNCIL]
    assert 0 < len(kept) < before
    assert min(row.starts_at for row in kept) > council.now


def test_the_rows_are_the_same_but_for_their_scope(council: Council) -> None:
    gone = council.a_ticket(number="A01", note="Cannot stand for long")
    council.do(Leave(ticket_id=gone, stretch_id=council.stretch_id(), at=council.now))
    a_day_passes(council)
    before = council.everything()["ticket"]
    put_away(council)
    assert [image | {"scope": HERE} for image in council.everything()["ticket"]] == before


def test_no_device_may_read_an_archive(council: Council) -> None:
    with council.node.database.read() as session:
        assert not any("archive" in scope for scope in allowed(session, DESK))


@pytest.mark.parametrize(
    ("what", "by", "reason"),
    [
        ("today", DESK, "not_allowed"),
        ("tomorrow", CENTRE, "not_over"),
        ("archive", CENTRE, "not_found"),
    ],
)
def test_it_is_refused_to_desks_for_days_that_last_and_for_archives(
    council: Council, what: str, by: str, reason: str
) -> None:
    before_on = council.today + timedelta(days=what == "tomorrow")
    scope = AWAY if what == "archive" else HERE
    refusal = council.refusal(
        PutAway(scope=scope, before_on=before_on), desk=by, by=by if by == CENTRE else OFFICER
    )
    assert refusal.reason == reason


def test_others_have_their_turn_because_little_is_put_away_at_once(council: Council) -> None:
    for number in range(PUT_AWAY_AT_ONCE_MAX + 1):
        ticket = council.a_ticket(number=f"A{number}")
        council.do(Leave(ticket_id=ticket, stretch_id=council.stretch_id(), at=council.now))
    a_day_passes(council)
    put_away(council)
    with council.node.database.read() as session:
        left = session.scalars(select(Ticket.id).where(Ticket.scope == HERE)).all()
    assert len(left) == 1
    put_away(council)
    assert scopes_of(council, Ticket) == {AWAY}


def test_m12_a_hold_that_nobody_released_stays_with_its_ticket_until_somebody_does(
    council: Council,
) -> None:
    room, ticket = council.a_room(), council.a_ticket()
    held = HoldRoom(
        room_use_id=RoomUseId("held"), room_id=room, from_at=council.now, ticket_id=ticket
    )
    council.do(held)
    council.do(Leave(ticket_id=ticket, stretch_id=council.stretch_id(), at=council.now))
    a_day_passes(council)
    put_away(council)
    assert scopes_of(council, Ticket) == scopes_of(council, RoomUse) == {HERE}
    council.do(ReleaseRoom(room_use_id=RoomUseId("held"), at=council.now))
    put_away(council)
    assert scopes_of(council, Ticket) == scopes_of(council, RoomUse) == {AWAY}


def test_a_room_that_was_held_for_nobody_s_ticket_goes_and_one_still_held_stays(
    council: Council,
) -> None:
    for name in ("released", "held"):
        hold = HoldRoom(
            room_use_id=RoomUseId(name), room_id=council.a_room(name=name), from_at=council.now
        )
        council.do(hold)
    council.do(ReleaseRoom(room_use_id=RoomUseId("released"), at=council.later(minutes=30)))
    a_day_passes(council)
    put_away(council)
    assert {use.id: use.scope for use in council.rows(RoomUse)} == {"released": AWAY, "held": HERE}


def test_m12_a_ticket_that_is_put_away_is_not_opened_again(council: Council) -> None:
    ticket, finished = council.a_ticket(), council.stretch_id()
    council.do(Call(ticket_id=ticket, stretch_id=council.stretch_id(), at=council.now))
    council.do(Finish(ticket_id=ticket, stretch_id=finished, at=council.now))
    a_day_passes(council)
    put_away(council)
    undo = Undo(ticket_id=ticket, stretch_id=finished, at=council.now)
    assert council.refusal(undo).reason == "not_found"


def test_m12_an_appointment_that_is_put_away_is_not_moved_to_a_day_to_come(
    council: Council,
) -> None:
    appointment = council.an_appointment(in_minutes=-60)
    a_day_passes(council)
    put_away(council)
    move = Move(
        appointment_id=appointment,
        notice_id=NoticeId("notice-of-a-move"),
        staff_id=OFFICER,
        starts_at=council.ago(-60),
        moved_at=council.now,
    )
    assert council.refusal(move).reason == "not_found"


def test_m12_a_room_is_not_held_again_by_a_use_that_is_put_away(council: Council) -> None:
    room = council.a_room()
    council.do(HoldRoom(room_use_id=RoomUseId("over"), room_id=room, from_at=council.now))
    council.do(ReleaseRoom(room_use_id=RoomUseId("over"), at=council.later(minutes=30)))
    a_day_passes(council)
    put_away(council)
    assert council.refusal(UndoRelease(room_use_id=RoomUseId("over"))).reason == "not_found"


def test_m12_a_room_is_not_held_for_a_ticket_that_is_put_away(council: Council) -> None:
    ticket = council.a_ticket()
    council.do(Leave(ticket_id=ticket, stretch_id=council.stretch_id(), at=council.now))
    a_day_passes(council)
    put_away(council)
    hold = HoldRoom(
        room_use_id=RoomUseId("late"),
        room_id=council.a_room(),
        from_at=council.now,
        ticket_id=ticket,
    )
    assert council.refusal(hold).reason == "not_found"


def test_m12_an_appointment_that_is_put_away_may_still_be_cancelled(council: Council) -> None:
    appointment = council.an_appointment(in_minutes=-60)
    a_day_passes(council)
    put_away(council)
    cancel = Cancel(
        appointment_id=appointment, notice_id=NoticeId("late"), cancelled_at=council.now
    )
    council.do(cancel)
    assert council.row(Appointment, appointment).state == "cancelled"


def test_m12_of_a_visit_that_is_put_away_no_step_is_taken_back_and_none_is_lost(
    council: Council,
) -> None:
    kept, visited = a_visit(council), a_visit(council, minute=16 * 60)
    step_id = council.new_id("step")
    council.do(SetOff(visit_id=visited, step_id=step_id, at=council.now))
    council.later(minutes=3 * 24 * 60)
    put_away(council, of_team(TEAM))
    assert council.refusal(UndoAgree(visit_id=kept)).reason == "not_found"
    assert council.refusal(UndoStep(visit_id=visited, step_id=step_id)).reason == "not_found"
    # What an officer without a line records late is what happened.
    late = Arrive(visit_id=visited, step_id=council.new_id("step"), at=council.now, id_shown=True)
    council.do(late)
    assert {row.scope for row in council.rows(HomeVisit)} == {of_archive(of_team(TEAM))}
