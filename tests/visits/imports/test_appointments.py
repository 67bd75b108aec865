"""Appointments from a list are booked by the desk's own rules, or refused in words."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sync.command import Arguments
from tests.visits.imports.conftest import BEFORE_CUSTOMERS, EXAMPLES, NOW, EmptyCentre
from visits.appointments.commands import Book, Cancel
from visits.appointments.records import Appointment
from visits.central.issuing import issue_as_centre
from visits.central.opening import open_database
from visits.ids import AppointmentId, CustomerId, NoticeId, OfficeId, ServiceId, StaffId
from visits.imports.plan import Verdict
from visits.imports.running import run_import
from visits.notices.records import Notice
from visits.registry import node_over
from visits.staff.records import StaffTime

HEADER = "Reference,Customer,Officer,Service,Date,Time,Office\n"


def a_row(reference: str = "B1", **given: str) -> str:
    cells = {
        "customer": "S20001",
        "officer": "P1001",
        "service": "Council tax",
        "date": "01/12/2026",
        "time": "10:30am",
        "office": "",
    } | given
    return ",".join([reference, *(f'"{cell}"' for cell in cells.values())]) + "\n"


def booked(centre: EmptyCentre) -> dict[str, datetime]:
    return {row.reference: row.starts_at for row in centre.rows(Appointment)}


def issue(centre: EmptyCentre, command: Arguments, name: str) -> None:
    database = open_database(centre.url, key_file=None)
    outcome = issue_as_centre(node_over(database), command, new_id=lambda: name, now=NOW)
    database.close()
    assert outcome.state == "accepted"


def test_the_example_list_is_booked_claims_time_and_again_changes_nothing(
    with_people: EmptyCentre,
) -> None:
    with_people.examples("appointments")
    tables = (Appointment, StaffTime, Notice)
    before = [with_people.rows(table) for table in tables]
    assert booked(with_people) == {
        "B3001": datetime(2026, 12, 1, 10, 30, tzinfo=UTC),
        "B3002": datetime(2026, 12, 2, 14, 0, tzinfo=UTC),
        "B3003": datetime(2026, 12, 4, 9, 0, tzinfo=UTC),
    }
    assert [len(rows) for rows in before] == [3, (45 + 30 + 20) // 5, 3]
    said = with_people.take("appointments", (EXAMPLES / "appointments.csv").read_bytes())
    assert "3 left as is" in said
    assert [with_people.rows(table) for table in tables] == before


def test_two_rows_of_a_list_never_share_a_slot_and_the_dry_run_says_so(
    with_people: EmptyCentre,
) -> None:
    listed = HEADER + a_row("B1") + a_row("B2", time="10:45am") + a_row("B3", time="10:50am")
    for more in (["--dry-run"], []):
        said = with_people.take("appointments", listed, *more)
        assert "line 3: Date and time: the officer has another appointment at that time" in said
        assert "2 would be added" in said or "2 added" in said
    assert booked(with_people).keys() == {"B1", "B3"}


REASONS = [
    ({"date": "24/11/2026", "time": "10:40"}, "Date and time: is in the past"),
    ({"date": "01/02/2027"}, "Date and time: is more than 60 days ahead"),
    ({"time": "10:32"}, "Date and time: must begin at a full 5 minutes"),
    ({"date": "25/12/2026"}, "Date and time: is on a bank holiday"),
    (
        {"date": "16/12/2026", "officer": "P1003", "service": "Blue Badge"},
        "Date and time: is on a day on which the office is closed",
    ),
    ({"time": "7:30am"}, "Date and time: is outside the office’s opening hours"),
    ({"service": "Blue Badge"}, "Date and time: the officer does not give this service"),
    ({"date": "04/12/2026", "time": "16:00"}, "is outside the officer’s working hours"),
    ({"time": "12:30pm"}, "Date and time: is in the officer’s break"),
    ({"date": "28/03/2027", "time": "1:30am"}, "Date and time: the clocks skip that hour"),
    ({"date": "soon"}, "Date and time: write date and time like"),
    ({"time": ""}, "Date and time: write date and time like"),
    ({"customer": "S9"}, "Customer: nobody here has this reference"),
    ({"officer": "P9"}, "Officer: no officer here has this reference or name"),
    ({"service": "Tarot"}, "Service: no service here has this name"),
    ({"office": "Moon base"}, "Office: no office here has this name"),
    ({"office": "Hillside Hub"}, "Office: the officer works at another office"),
]


def test_what_the_calendar_does_not_have_is_refused_with_its_reason(
    with_people: EmptyCentre,
) -> None:
    rows = [a_row(f"B{n}", **given) for n, (given, _) in enumerate(REASONS)]
    said = with_people.take("appointments", HEADER + "".join(rows) + a_row("B99"))
    for n, (_, reason) in enumerate(REASONS):
        [line] = [line for line in said.splitlines() if f"line {n + 2}: " in line]
        assert reason in line
    assert booked(with_people).keys() == {"B99"}


@pytest.mark.parametrize(
    ("officer", "found"),
    [("P1002", True), ("50102", True), ("tunde  BAKARE", True), ("Tunde", False)],
)
def test_an_officer_is_known_by_reference_card_number_or_full_name(
    lite: EmptyCentre, officer: str, found: bool
) -> None:
    lite.examples(*BEFORE_CUSTOMERS, "customers")
    lite.take("appointments", HEADER + a_row(officer=officer, date="02/12/2026"))
    assert len(lite.rows(Appointment)) == found


@pytest.mark.parametrize(
    "written",
    [
        "01/12/2026 10:30",
        "01/12/2026 10:30:00",
        "2026-12-01T10:30",
        "2026-12-01T10:30:00Z",
        "2026-12-01T11:30:00+01:00",
        "1 December 2026, 10.30am",
    ],
)
def test_date_and_time_may_stand_in_one_cell(lite: EmptyCentre, written: str) -> None:
    lite.examples(*BEFORE_CUSTOMERS, "customers")
    header = "Reference,Customer,Officer,Service,When\n"
    lite.take("appointments", header + f'B1,S20001,P1001,Council tax,"{written}"\n')
    assert booked(lite) == {"B1": datetime(2026, 12, 1, 10, 30, tzinfo=UTC)}


def test_a_row_at_another_time_moves_the_same_appointment(with_people: EmptyCentre) -> None:
    with_people.take("appointments", HEADER + a_row("B1") + a_row("B2", time="11am"))
    [before] = with_people.rows(Appointment, reference="B1")
    said = with_people.take(
        "appointments",
        HEADER + a_row("B2", time="11am") + a_row("B1", time="10:35") + a_row("B3", time="9am"),
    )
    assert "line 3: Date and time" in said and "1 changed" in said
    [after] = with_people.rows(Appointment, reference="B1")
    assert (after.id, after.starts_at.minute) == (before.id, 35)
    assert len(with_people.rows(StaffTime)) == 3 * 20 // 5


def test_a_time_that_a_move_left_is_free_for_a_later_row(with_people: EmptyCentre) -> None:
    with_people.take("appointments", HEADER + a_row("B1"))
    said = with_people.take("appointments", HEADER + a_row("B1", time="2pm") + a_row("B2"))
    assert "1 added" in said and "1 changed" in said
    assert {reference: at.hour for reference, at in booked(with_people).items()} == {
        "B1": 14,
        "B2": 10,
    }


def test_an_appointment_that_was_cancelled_here_is_not_brought_back(
    with_people: EmptyCentre,
) -> None:
    with_people.take("appointments", HEADER + a_row("B1"))
    [row] = with_people.rows(Appointment)
    cancel = Cancel(appointment_id=AppointmentId(row.id), notice_id=NoticeId("n"), cancelled_at=NOW)
    issue(with_people, cancel, "cancelled")
    assert "1 left as is" in with_people.take("appointments", HEADER + a_row("B1"))
    said = with_people.take("appointments", HEADER + a_row("B1", time="2pm"))
    assert "line 2: Reference: the appointment is cancelled here already" in said
    assert [row.state for row in with_people.rows(Appointment)] == ["cancelled"]


def test_a_reference_of_another_persons_appointment_is_refused(with_people: EmptyCentre) -> None:
    with_people.take("appointments", HEADER + a_row("B1"))
    said = with_people.take("appointments", HEADER + a_row("B1", customer="S20002"))
    assert "line 2: Reference: it is another person's or service's here" in said


def test_a_slot_that_a_desk_takes_meanwhile_is_refused_by_the_centre_and_listed(
    with_people: EmptyCentre,
) -> None:
    [officer] = {row.staff_id for row in _after(with_people, a_row("B0", time="9am"))}
    [kept] = with_people.rows(Appointment)
    database = open_database(with_people.url, key_file=None)
    node = node_over(database)
    meanwhile = Book(
        appointment_id=AppointmentId("desk"),
        notice_id=NoticeId("desk-notice"),
        reference="D1",
        office_id=OfficeId(kept.office_id),
        service_id=ServiceId(kept.service_id),
        staff_id=StaffId(officer),
        customer_id=CustomerId(kept.customer_id),
        starts_at=datetime(2026, 12, 1, 10, 30, tzinfo=UTC),
        booked_at=NOW,
    )
    made = iter(range(1000))

    def new_id() -> str:
        number = next(made)
        if number == 3:
            from sync.decide import decide

            envelope = node.registry.seal(
                meanwhile, id="d", device="desk-1", seq=1, actor=officer, issued_at=NOW
            )
            assert decide(node, envelope).state == "accepted"
        return f"new-{number}"

    listed = HEADER + a_row("B1") + a_row("B2", time="2pm")
    plan = run_import(node, "appointments", listed.encode(), dry_run=False, new_id=new_id, now=NOW)
    database.close()
    assert plan.counts == {Verdict.ADDED: 1, Verdict.REFUSED: 1}
    [refused] = plan.refused
    assert refused.lines.first == 2
    assert refused.problems[0].reason == "the officer has another appointment at that time"
    assert booked(with_people).keys() == {"B0", "D1", "B2"}


def _after(centre: EmptyCentre, row: str) -> list[StaffTime]:
    centre.take("appointments", HEADER + row)
    return centre.rows(StaffTime)
