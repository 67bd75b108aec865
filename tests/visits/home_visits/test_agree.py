"""A visit is agreed in time that the officer really has, on both databases."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from sync.record import to_milliseconds
from tests.visits.council import COUNCIL_TAX, OFFICE, OFFICER, OTHER_OFFICER, Council
from tests.visits.home_visits.agreed import a_visit, an_agreement, at
from visits.appointments.commands import Book
from visits.home_visits.commands import Agree, SetOff, UndoAgree
from visits.home_visits.planning import free_starts
from visits.home_visits.queries import day_of_visits
from visits.home_visits.records import HomeVisit
from visits.ids import AppointmentId, CustomerId, NoticeId, StaffId, VisitId
from visits.notices.commands import HandOver
from visits.notices.records import Notice
from visits.scopes import COUNCIL
from visits.staff.records import StaffTime


def test_an_agreed_visit_is_in_the_officer_s_day_with_a_notice_to_the_resident(
    council: Council,
) -> None:
    agreement = an_agreement(council)
    council.do(agreement)
    with council.node.database.read() as session:
        (visit,) = day_of_visits(session, OFFICER, council.today)
    assert (visit.who_to_see, visit.state, visit.bring) == (
        "Iwona Wójcik",
        "planned",
        ("Damp meter", "Form HS4"),
    )
    assert visit.large_print
    assert visit.notice is not None
    assert (visit.notice.kind, visit.notice.status) == ("visit", "recorded")


def test_two_visits_never_share_an_officer_s_time(council: Council) -> None:
    a_visit(council, minute=14 * 60)
    refusal = council.refusal(an_agreement(council, minute=14 * 60 + 30))
    assert refusal.reason == "slot_taken"
    nearest = [datetime.fromisoformat(text) for text in refusal.data["nearest"]]
    assert nearest[0] == at(council, 14 * 60 + 45)
    council.do(an_agreement(council, planned_at=nearest[0]))


def test_another_officer_has_that_time(council: Council) -> None:
    a_visit(council, minute=14 * 60)
    a_visit(council, minute=14 * 60, staff_id=OTHER_OFFICER)
    assert len(council.rows(HomeVisit)) == 2


def test_a_visit_and_an_appointment_never_share_an_officer_s_time(council: Council) -> None:
    appointment = Book(
        appointment_id=AppointmentId("appointment"),
        notice_id=NoticeId("confirmation"),
        reference="A1",
        office_id=OFFICE,
        service_id=COUNCIL_TAX,
        staff_id=OFFICER,
        customer_id=council.a_customer(),
        starts_at=at(council, 14 * 60),
        booked_at=council.now,
    )
    council.do(appointment)
    assert council.refusal(an_agreement(council, minute=13 * 60 + 30)).reason == "slot_taken"


def test_a_booking_cannot_take_the_time_of_a_visit(council: Council) -> None:
    a_visit(council, minute=14 * 60)
    with council.node.database.read() as session:
        free = free_starts(
            session, council.today, staff_id=OFFICER, duration_minutes=20, now=council.now
        )
    assert at(council, 13 * 60 + 30) in free
    assert at(council, 14 * 60) not in free
    assert at(council, 14 * 60 + 30) not in free
    assert at(council, 14 * 60 + 45) in free


def test_an_officer_on_leave_is_not_promised_to_anyone(council: Council) -> None:
    council.take_in(
        "leave",
        {
            "id": "leave",
            "scope": COUNCIL,
            "staff_id": OFFICER,
            "starts_at": to_milliseconds(at(council, 13 * 60)),
            "ends_at": to_milliseconds(at(council, 17 * 60)),
        },
    )
    refusal = council.refusal(an_agreement(council, minute=14 * 60))
    assert refusal.reason == "on_leave"
    assert all(
        not at(council, 13 * 60) <= datetime.fromisoformat(text) < at(council, 17 * 60)
        for text in refusal.data["nearest"]
    )


def test_an_officer_s_lunch_is_theirs(council: Council) -> None:
    officer = council.an_officer(lunch_minute=12 * 60)
    refusal = council.refusal(an_agreement(council, minute=11 * 60 + 30, staff_id=officer))
    assert refusal.reason == "in_break"


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"minute": 17 * 60}, "outside_officer_hours"),
        ({"days": 4}, "outside_officer_hours"),
        ({"days": 61}, "too_far_ahead"),
        ({"minute": 14 * 60 + 2}, "not_on_the_grid"),
        ({"minute": 9 * 60}, "in_the_past"),
        ({"duration_minutes": 4}, "minutes_out_of_range"),
        ({"duration_minutes": 481}, "minutes_out_of_range"),
        ({"staff_id": StaffId("gone")}, "not_found"),
        ({"customer_id": CustomerId("gone")}, "not_found"),
    ],
)
def test_what_cannot_be_agreed_is_refused_by_name(
    council: Council, given: dict[str, Any], reason: str
) -> None:
    assert council.refusal(an_agreement(council, **given)).reason == reason


def test_a_bank_holiday_is_refused(council: Council) -> None:
    christmas = (council.today.replace(month=12, day=25) - council.today).days
    council.take_in(
        "bank_holiday",
        {
            "id": "christmas",
            "scope": COUNCIL,
            "nation": "england-and-wales",
            "on_date": council.today.replace(month=12, day=25).isoformat(),
            "title": "Christmas Day",
        },
    )
    assert council.refusal(an_agreement(council, days=christmas)).reason == "bank_holiday"


def test_an_office_that_is_closed_does_not_stop_a_visit(council: Council) -> None:
    tomorrow = council.today + timedelta(days=1)
    council.take_in(
        "closure",
        {
            "id": "closed",
            "scope": COUNCIL,
            "office_id": OFFICE,
            "on_date": tomorrow.isoformat(),
            "reason": "No heating",
        },
    )
    a_visit(council, days=1)


def test_the_window_holds_the_time_planned_and_ends_after_it_begins(council: Council) -> None:
    planned_at = at(council, 14 * 60)
    backwards = an_agreement(
        council, window_starts_at=planned_at, window_ends_at=planned_at - timedelta(hours=1)
    )
    assert council.refusal(backwards).reason == "window_backwards"
    outside = an_agreement(
        council,
        window_starts_at=planned_at + timedelta(hours=1),
        window_ends_at=planned_at + timedelta(hours=2),
    )
    assert council.refusal(outside).reason == "outside_window"


@pytest.mark.parametrize(
    ("field", "text", "problem"),
    [
        ("reason", "  ", "Enter why the visit is made"),
        ("address", "", "Enter the address to visit"),
        ("who_to_see", "", "Enter who the officer will see"),
        ("reason", "d" * 301, "Use 300 characters or less"),
        ("bring", ["Form"] * 13, "Name 12 things or less, each in 100 characters"),
    ],
)
def test_what_is_missing_or_too_long_is_named_with_its_field(
    council: Council, field: str, text: Any, problem: str
) -> None:
    refusal = council.refusal(an_agreement(council, **{field: text}))
    assert (refusal.reason, refusal.data) == ("wrong_field", {"field": field, "problem": problem})


def test_an_agreement_with_a_used_id_is_refused(council: Council) -> None:
    agreement = an_agreement(council)
    council.do(agreement)
    assert council.refusal(agreement).reason == "id_taken"


def test_undoing_an_agreement_frees_the_time_and_takes_the_notice_back(council: Council) -> None:
    agreement = an_agreement(council)
    council.do(agreement)
    council.do(UndoAgree(visit_id=agreement.visit_id))
    assert council.rows(HomeVisit) == []
    assert council.rows(Notice) == []
    assert council.rows(StaffTime) == []
    council.do(_again(agreement, council))


def _again(agreement: Agree, council: Council) -> Agree:
    return an_agreement(council, customer_id=agreement.customer_id)


def test_an_agreement_that_the_resident_was_told_of_cannot_be_undone(council: Council) -> None:
    agreement = an_agreement(council)
    council.do(agreement)
    council.do(HandOver(notice_id=agreement.notice_id, way="printed", at=council.now))
    assert council.refusal(UndoAgree(visit_id=agreement.visit_id)).reason == "built_upon"


def test_an_agreement_that_was_begun_or_never_made_cannot_be_undone(council: Council) -> None:
    visit_id = a_visit(council)
    council.do(SetOff(visit_id=visit_id, step_id="step-1", at=council.now))
    assert council.refusal(UndoAgree(visit_id=visit_id)).reason == "built_upon"
    assert council.refusal(UndoAgree(visit_id=VisitId("gone"))).reason == "not_found"
