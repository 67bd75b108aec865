"""What a scanned code means at this desk, today, in words."""

from __future__ import annotations

from datetime import date

import pytest
from pytestqt.qtbot import QtBot
from sqlalchemy import select
from sqlalchemy.orm import Session

from reception_app.desk.at_desk import AtDesk
from reception_app.queue.scanning import Scanned, understand
from tests.centres import MORNING, OFFICE, OTHER_OFFICE
from tests.reception_app.test_reception_page import a_page
from visits.appointments.records import Appointment
from visits.calendar.local_time import day_bounds
from visits.codes import CodeKind, write_code
from visits.customers.search import Vocabulary
from visits.queue.records import Ticket

TODAY = date(2026, 11, 24)


def read(session: Session, text: str, *, office: str = OFFICE) -> Scanned:
    return understand(
        session, text, office_id=office, now=MORNING, vocabulary=Vocabulary(), chosen=None
    )


def an_appointment(session: Session, *, on_date: date = TODAY, state: str = "booked") -> str:
    begins, ends = day_bounds(on_date)
    found = session.scalar(
        select(Appointment.id)
        .where(Appointment.state == state, Appointment.office_id == OFFICE)
        .where(Appointment.starts_at >= begins, Appointment.starts_at < ends)
        .order_by(Appointment.starts_at.desc())
        .limit(1)
    )
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("https://example.org/menu", "not one of our codes"),
        ("RC1:A:0198F:20261124:FFFF", "not read whole"),
        (write_code(CodeKind.TICKET, "0198f", expires_on=TODAY), "the code of a ticket"),
        (write_code(CodeKind.APPOINTMENT, "0198f", expires_on=TODAY), "has not heard of it"),
        (
            write_code(CodeKind.APPOINTMENT, "0198f", expires_on=date(2026, 11, 23)),
            "was for Monday 23 November 2026 and has expired",
        ),
    ],
)
def test_a_code_that_cannot_be_used_says_why(at: AtDesk, text: str, words: str) -> None:
    with at.runtime.node.database.read() as session:
        found = read(session, text)
    assert words in found.problem
    assert found.person is None


def test_a_code_of_another_office_says_which(at: AtDesk) -> None:
    with at.runtime.node.database.read() as session:
        code = write_code(CodeKind.APPOINTMENT, an_appointment(session), expires_on=TODAY)
        found = read(session, code, office=OTHER_OFFICE)
    assert found.problem == "This appointment is at Civic Centre, 1 Castle Square, AB1 1AA."


def test_a_code_of_another_day_says_when(at: AtDesk) -> None:
    later = date(2026, 11, 26)
    with at.runtime.node.database.read() as session:
        appointment = an_appointment(session, on_date=later)
        found = read(session, write_code(CodeKind.APPOINTMENT, appointment, expires_on=later))
    assert "is on Thursday 26 November 2026 at" in found.problem


def test_scanning_the_code_of_a_confirmation_checks_the_person_in(at: AtDesk, qtbot: QtBot) -> None:
    page = a_page(at, qtbot)
    with at.runtime.node.database.read() as session:
        appointment_id = an_appointment(session)
    page.arrive.search.setText("half a na")
    page.enter(write_code(CodeKind.APPOINTMENT, appointment_id, expires_on=TODAY))

    def ticket() -> Ticket | None:
        with at.runtime.node.database.read() as session:
            return session.scalar(select(Ticket).where(Ticket.appointment_id == appointment_id))

    qtbot.waitUntil(lambda: ticket() is not None)
    qtbot.waitUntil(lambda: "checked in" in "".join(at.say.words[-1:]))  # type: ignore[attr-defined]
    assert page.arrive.search.text() == "half a na"


def test_scanning_twice_says_that_they_are_here_already(at: AtDesk, qtbot: QtBot) -> None:
    page = a_page(at, qtbot)
    with at.runtime.node.database.read() as session:
        appointment_id = an_appointment(session)
    code = write_code(CodeKind.APPOINTMENT, appointment_id, expires_on=TODAY)
    page.enter(code)
    qtbot.waitUntil(lambda: bool(at.say.words))  # type: ignore[attr-defined]
    page.enter(code)
    qtbot.waitUntil(lambda: "checked in for this appointment already" in page.arrive.problem.text())
