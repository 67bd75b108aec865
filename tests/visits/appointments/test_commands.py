"""Booking, moving and cancelling, decided by a real node on each database."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from reception_app.desk.saying import refusal_words
from tests.visits.council import (
    COUNCIL_TAX,
    HOUSING,
    OFFICE,
    OFFICER,
    OTHER_OFFICE,
    OTHER_OFFICER,
    Council,
)
from visits.appointments.commands import NOTE_CHARACTERS_MAX, Book, Cancel, Move, Reinstate
from visits.appointments.queries import appointment_by_reference, booked_on, latest_notice, sheet
from visits.appointments.records import Appointment
from visits.calendar.local_time import instant
from visits.ids import AppointmentId, CustomerId, NoticeId, ServiceId, StaffId
from visits.notices.records import Notice
from visits.scopes import COUNCIL
from visits.staff.records import StaffTime

TUESDAY, WEDNESDAY, CHRISTMAS = date(2026, 11, 24), date(2026, 11, 25), date(2026, 12, 25)
TEN, HALF_TEN, ELEVEN = 10 * 60, 10 * 60 + 30, 11 * 60
WEDNESDAY_TEN = instant(WEDNESDAY, TEN)


def a_booking(council: Council, **given: Any) -> Book:
    standard: dict[str, Any] = {
        "appointment_id": AppointmentId(council.new_id("booking")),
        "notice_id": NoticeId(council.new_id("notice")),
        "reference": council.new_id("A"),
        "office_id": OFFICE,
        "service_id": COUNCIL_TAX,
        "staff_id": OFFICER,
        "customer_id": CustomerId(""),
        "starts_at": WEDNESDAY_TEN,
        "booked_at": council.now,
    }
    if "customer_id" not in given:
        standard["customer_id"] = council.a_customer()
    return Book(**standard | given)


def a_move(council: Council, booking: Book, **given: Any) -> Move:
    standard: dict[str, Any] = {
        "appointment_id": booking.appointment_id,
        "notice_id": NoticeId(council.new_id("notice")),
        "staff_id": booking.staff_id,
        "starts_at": instant(WEDNESDAY, ELEVEN),
        "moved_at": council.now,
    }
    return Move(**standard | given)


def a_cancelling(council: Council, booking: Book, **given: Any) -> Cancel:
    return Cancel(
        appointment_id=booking.appointment_id,
        notice_id=NoticeId(council.new_id("notice")),
        cancelled_at=council.now,
        **given,
    )


def a_reinstating(council: Council, booking: Book) -> Reinstate:
    return Reinstate(
        appointment_id=booking.appointment_id,
        notice_id=NoticeId(council.new_id("notice")),
        reinstated_at=council.now,
    )


def booked(council: Council, **given: Any) -> Book:
    booking = a_booking(council, **given)
    council.do(booking)
    return booking


def taken(council: Council) -> list[datetime]:
    return sorted(row.starts_at for row in council.rows(StaffTime))


def test_a_booking_takes_the_officers_time_and_writes_its_confirmation(council: Council) -> None:
    booking = booked(council, note="Brings her son")
    kept = council.row(Appointment, booking.appointment_id)
    assert (kept.state, kept.note) == ("booked", "Brings her son")
    assert kept.ends_at == WEDNESDAY_TEN + timedelta(minutes=20)
    assert taken(council) == [WEDNESDAY_TEN + timedelta(minutes=m) for m in (0, 5, 10, 15)]
    notice = council.row(Notice, booking.notice_id)
    assert (notice.kind, notice.about_id) == ("confirmation", booking.appointment_id)


def test_a_time_is_booked_once(council: Council) -> None:
    booked(council)
    refusal = council.refusal(a_booking(council))
    assert refusal.reason == "slot_taken"
    overlapping = a_booking(council, starts_at=WEDNESDAY_TEN + timedelta(minutes=15))
    assert council.refusal(overlapping).reason == "slot_taken"
    booked(council, staff_id=OTHER_OFFICER)
    booked(council, starts_at=WEDNESDAY_TEN + timedelta(minutes=20))


def test_a_refusal_offers_the_nearest_times_that_can_then_be_booked(council: Council) -> None:
    booked(council)
    booked(council, staff_id=OTHER_OFFICER)
    offered = council.refusal(a_booking(council)).data["nearest"]
    starts = [datetime.fromisoformat(starts_at) for starts_at, _ in offered]
    assert [abs(at - WEDNESDAY_TEN) for at in starts] == [
        timedelta(minutes=minutes) for minutes in (30, 30, 45, 45)
    ]
    for starts_at, staff_id in offered[:1]:
        booked(council, starts_at=datetime.fromisoformat(starts_at), staff_id=StaffId(staff_id))


WHEN_NOT = {
    "in_the_past": (instant(TUESDAY, TEN), "That time has passed."),
    "outside_opening_hours": (instant(WEDNESDAY, 8 * 60), "The office is not open then."),
    "bank_holiday": (instant(CHRISTMAS, TEN), "That day is a bank holiday."),
    "too_far_ahead": (
        instant(date(2027, 3, 10), TEN),
        "That is further ahead than appointments are booked.",
    ),
    "not_on_the_grid": (
        WEDNESDAY_TEN + timedelta(minutes=3),
        "Appointments begin every 5 minutes.",
    ),
}


@pytest.mark.parametrize("reason", WHEN_NOT)
def test_a_time_that_cannot_be_is_refused_in_plain_words(council: Council, reason: str) -> None:
    starts_at, words = WHEN_NOT[reason]
    a_bank_holiday(council, CHRISTMAS)
    refusal = council.refusal(a_booking(council, starts_at=starts_at))
    assert refusal.reason == reason
    assert refusal_words(refusal.reason, refusal.data) == words
    earlier = booked(council)
    moved = council.refusal(a_move(council, earlier, starts_at=starts_at))
    assert moved.reason == reason


def a_bank_holiday(council: Council, on_date: date) -> None:
    council.take_in(
        "bank_holiday",
        {
            "id": f"england-and-wales-{on_date}",
            "scope": COUNCIL,
            "nation": "england-and-wales",
            "on_date": on_date.isoformat(),
            "title": "Christmas Day",
        },
    )


def test_the_last_time_of_a_day_ends_when_the_office_closes(council: Council) -> None:
    late = a_booking(council, starts_at=instant(WEDNESDAY, 16 * 60 + 45))
    assert council.refusal(late).reason == "outside_opening_hours"
    booked(council, starts_at=instant(WEDNESDAY, 16 * 60 + 40))


def test_nothing_is_booked_in_the_hour_the_clocks_skip(council: Council) -> None:
    council.now = datetime(2027, 3, 22, 10, tzinfo=UTC)
    sunday = date(2027, 3, 28)
    one_to_two = {"weekday": 6, "id": "night", "scope": COUNCIL}
    council.take_in(
        "opening_hours",
        one_to_two | {"office_id": OFFICE, "opens_minute": 60, "closes_minute": 120},
    )
    council.take_in(
        "working_hours", one_to_two | {"staff_id": OFFICER, "starts_minute": 60, "ends_minute": 120}
    )
    for minute in (0, 30, 60):
        starts_at = instant(sunday, 0) + timedelta(minutes=60 + minute)
        refusal = council.refusal(a_booking(council, starts_at=starts_at))
        assert refusal.reason == "outside_opening_hours"
    the_sunday_after = instant(date(2027, 4, 4), 60)
    booked(council, starts_at=the_sunday_after)


@pytest.mark.parametrize(
    ("given", "what"),
    [
        ({"customer_id": CustomerId("nobody")}, "customer"),
        ({"service_id": ServiceId("nothing")}, "service"),
        ({"staff_id": StaffId("nobody")}, "office or officer"),
    ],
)
def test_what_is_not_known_is_named(council: Council, given: dict[str, str], what: str) -> None:
    refusal = council.refusal(a_booking(council, **given))
    assert (refusal.reason, refusal.data["what"]) == ("not_found", what)


def test_a_note_that_is_too_long_is_refused_with_its_limit(council: Council) -> None:
    refusal = council.refusal(a_booking(council, note="x" * (NOTE_CHARACTERS_MAX + 1)))
    assert (refusal.reason, refusal.data["limit"]) == ("note_too_long", NOTE_CHARACTERS_MAX)


def test_an_id_is_used_once(council: Council) -> None:
    first = booked(council)
    again = a_booking(council, appointment_id=first.appointment_id, starts_at=instant(WEDNESDAY, 0))
    assert council.refusal(again).reason == "id_taken"


@pytest.mark.parametrize("act", ["cancel", "move"])
def test_who_saw_another_time_neither_cancels_nor_moves_what_was_moved_since(
    council: Council, act: str
) -> None:
    first = booked(council)
    to = instant(WEDNESDAY, ELEVEN)
    council.do(a_move(council, first, starts_at=to))
    seen = {"seen_starts_at": first.starts_at}
    acts = {
        "cancel": a_cancelling(council, first, **seen),
        "move": a_move(council, first, starts_at=instant(WEDNESDAY, HALF_TEN), **seen),
    }
    refusal = council.refusal(acts[act])
    assert (refusal.reason, refusal.data["starts_at"]) == ("time_changed", to.isoformat())
    council.do(a_cancelling(council, first, seen_starts_at=to))


def test_a_reference_names_the_booking_that_stands_before_the_one_that_was_cancelled(
    council: Council,
) -> None:
    first = booked(council)
    council.do(a_cancelling(council, first))
    anew = booked(council, reference=first.reference, customer_id=first.customer_id)
    with council.node.database.read() as session:
        for text in (first.reference, f" {first.reference.lower()} "):
            assert appointment_by_reference(session, text) == anew.appointment_id


def test_an_officer_of_another_office_is_neither_booked_nor_moved_to(council: Council) -> None:
    elsewhere = council.an_officer(office_id=OTHER_OFFICE)
    assert council.refusal(a_booking(council, staff_id=elsewhere)).reason == "outside_officer_hours"
    booking = booked(council)
    moved = council.refusal(a_move(council, booking, staff_id=elsewhere))
    assert moved.reason == "outside_officer_hours"


def test_an_officer_who_does_not_give_the_service_is_refused(council: Council) -> None:
    other = council.an_officer(service_ids=(HOUSING,))
    assert council.refusal(a_booking(council, staff_id=other)).reason == "wrong_service"


def test_a_move_frees_the_old_time_and_takes_the_new(council: Council) -> None:
    booking = booked(council)
    move = a_move(council, booking, starts_at=instant(WEDNESDAY, ELEVEN), staff_id=OTHER_OFFICER)
    council.do(move)
    kept = council.row(Appointment, booking.appointment_id)
    assert (kept.starts_at, kept.staff_id) == (instant(WEDNESDAY, ELEVEN), OTHER_OFFICER)
    assert kept.reference == booking.reference
    assert council.row(Notice, move.notice_id).kind == "moved"
    booked(council)


def test_a_move_by_less_than_its_length_is_no_clash_with_itself(council: Council) -> None:
    booking = booked(council)
    council.do(a_move(council, booking, starts_at=WEDNESDAY_TEN + timedelta(minutes=10)))
    assert taken(council) == [WEDNESDAY_TEN + timedelta(minutes=m) for m in (10, 15, 20, 25)]
    council.do(a_move(council, booking, starts_at=WEDNESDAY_TEN))
    assert taken(council) == [WEDNESDAY_TEN + timedelta(minutes=m) for m in (0, 5, 10, 15)]


def test_a_refused_move_leaves_the_appointment_where_it_was(council: Council) -> None:
    in_the_way = booked(council, starts_at=instant(WEDNESDAY, ELEVEN))
    booking = booked(council)
    refusal = council.refusal(a_move(council, booking, starts_at=in_the_way.starts_at))
    assert refusal.reason == "slot_taken"
    assert len(refusal.data["nearest"]) == 4


def test_a_cancelled_time_can_be_booked_again(council: Council) -> None:
    booking = booked(council)
    cancelling = a_cancelling(council, booking)
    council.do(cancelling)
    assert council.row(Appointment, booking.appointment_id).state == "cancelled"
    assert council.row(Notice, cancelling.notice_id).kind == "cancellation"
    booked(council)


def test_a_cancelling_is_undone_while_the_time_is_free(council: Council) -> None:
    booking = booked(council)
    council.do(a_cancelling(council, booking))
    reinstating = a_reinstating(council, booking)
    council.do(reinstating)
    assert council.row(Appointment, booking.appointment_id).state == "booked"
    assert len(taken(council)) == 4
    with council.node.database.read() as session:
        assert latest_notice(session, booking.appointment_id) == reinstating.notice_id


def test_a_cancelling_cannot_be_undone_once_somebody_else_has_the_time(council: Council) -> None:
    booking = booked(council)
    council.do(a_cancelling(council, booking))
    booked(council)
    refusal = council.refusal(a_reinstating(council, booking))
    assert refusal.reason == "slot_taken"
    assert refusal.data["nearest"]


def test_only_what_is_booked_is_moved_or_cancelled_and_only_what_is_cancelled_returns(
    council: Council,
) -> None:
    booking = booked(council)
    assert council.refusal(a_reinstating(council, booking)).reason == "not_from_here"
    council.do(a_cancelling(council, booking))
    for act in (a_move(council, booking), a_cancelling(council, booking)):
        refusal = council.refusal(act)
        assert (refusal.reason, refusal.data["state"]) == ("not_from_here", "cancelled")
    unknown = a_booking(council)
    for act in (a_move(council, unknown), a_cancelling(council, unknown)):
        assert council.refusal(act).reason == "not_found"


def test_the_day_list_has_every_appointment_by_time(council: Council) -> None:
    late = booked(council, starts_at=instant(WEDNESDAY, ELEVEN))
    early = booked(council, staff_id=OTHER_OFFICER)
    gone = booked(council, starts_at=instant(WEDNESDAY, HALF_TEN))
    council.do(a_cancelling(council, gone))
    booked(council, starts_at=instant(date(2026, 11, 26), TEN))
    with council.node.database.read() as session:
        listed = booked_on(session, OFFICE, WEDNESDAY)
        assert booked_on(session, OTHER_OFFICE, WEDNESDAY) == ()
    assert [(b.reference, b.state) for b in listed] == [
        (early.reference, "booked"),
        (gone.reference, "cancelled"),
        (late.reference, "booked"),
    ]
    assert (listed[0].officer, listed[0].service) == ("Tom Reid", "Council tax")


def test_what_the_centre_decided_is_not_provisional(council: Council) -> None:
    booking = booked(council)
    with council.node.database.read() as session:
        found = sheet(session, booking.appointment_id)
    assert found is not None
    assert not found.provisional
    assert (found.customer, found.officer) == ("Dorothy Hughes", "Amira Hassan")
