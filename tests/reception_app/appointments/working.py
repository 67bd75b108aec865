"""Working the Appointments page as a person does, for its tests."""

from __future__ import annotations

from datetime import datetime, timedelta

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from reception_app.appointments.view import AppointmentsPage
from reception_app.desk.at_desk import AtDesk
from visits.appointments.commands import Book
from visits.appointments.records import Appointment
from visits.appointments.rules import FreeTime
from visits.ids import AppointmentId, CustomerId, NoticeId, ServiceId, StaffId

HOUSING = ServiceId("sample-service-housing")
AMIRA = StaffId("sample-staff-00")
NIA = StaffId("sample-staff-10")


def a_page(at: AtDesk, qtbot: QtBot, size_px: tuple[int, int] = (1300, 800)) -> AppointmentsPage:
    """The page on screen, its services loaded."""
    page = AppointmentsPage(at)
    qtbot.addWidget(page)
    page.resize(*size_px)
    page.show()
    qtbot.waitUntil(lambda: page.who.service.count() == 12)
    return page


def choose_person(page: AppointmentsPage, qtbot: QtBot, typed: str = "lukasz") -> str:
    """Find somebody and choose the likeliest; gives their name."""
    qtbot.keyClicks(page.who.person.search, typed)
    qtbot.waitUntil(lambda: len(page.who.person.people_found) > 0)
    qtbot.keyClick(page.who.person.search, Qt.Key.Key_Return)
    assert page.who.person.chosen is not None
    return page.who.person.chosen.full_name


def ask_for(
    page: AppointmentsPage, qtbot: QtBot, *, officer: StaffId | None = None, weeks: int = 0
) -> None:
    """Choose housing options, an officer or any, and a week."""
    page.who.choose_service(HOUSING)
    qtbot.waitUntil(lambda: page.who.officer.count() > 1 and len(page.calendar.model.rows) > 0)
    page.who.choose_officer(officer)
    for _ in range(weeks):
        go_week(page, qtbot, 1)
    qtbot.waitUntil(lambda: officer is None or {t.staff_id for t in free(page)} == {officer})


def go_week(page: AppointmentsPage, qtbot: QtBot, weeks: int) -> None:
    """Go to another week and wait for it."""
    wanted = page.calendar.model.days[0].on_date + timedelta(days=7 * weeks)
    (page.calendar.later_act if weeks > 0 else page.calendar.earlier_act).trigger()
    qtbot.waitUntil(lambda: page.calendar.model.days[0].on_date == wanted)


def free(page: AppointmentsPage) -> list[FreeTime]:
    """The times in the week's cells, day by day."""
    rows = page.calendar.model.rows
    columns = range(len(page.calendar.model.days))
    return [row.times[c] for c in columns for row in rows if row.times[c] is not None]


def ready_to_book(
    page: AppointmentsPage, qtbot: QtBot, *, officer: StaffId | None = NIA, number: int = 5
) -> FreeTime:
    """Person, service, officer and time chosen: one of next week's times."""
    choose_person(page, qtbot)
    ask_for(page, qtbot, officer=officer, weeks=1)
    page.choose(free(page)[number])
    assert page.chosen is not None
    return page.chosen


def book(page: AppointmentsPage, qtbot: QtBot) -> AppointmentId:
    """Press Book and wait for what was booked."""
    page.choice.book_act.trigger()
    qtbot.waitUntil(lambda: page.opened is not None)
    assert page.opened is not None
    return page.opened.appointment_id


def somebody_books(at: AtDesk, time: FreeTime) -> Book:
    """A booking of that very time that does not come from the page."""
    return Book(
        appointment_id=AppointmentId(at.new_id()),
        notice_id=NoticeId(at.new_id()),
        reference=f"A{at.new_id()[-8:].upper()}",
        office_id=at.office_id,
        service_id=HOUSING,
        staff_id=time.staff_id,
        customer_id=CustomerId("sample-customer-000001"),
        starts_at=time.starts_at,
        booked_at=at.now(),
    )


def has_come(at: AtDesk, appointment_id: AppointmentId) -> bool:
    """Whether this desk has an appointment that was booked at another one."""
    with at.runtime.node.database.read() as session:
        return session.get(Appointment, appointment_id) is not None


def kept(at: AtDesk, appointment_id: AppointmentId) -> tuple[str, datetime, str]:
    """State, start and officer of an appointment as this desk keeps it."""
    with at.runtime.node.database.read() as session:
        row = session.get_one(Appointment, appointment_id)
        return row.state, row.starts_at, row.staff_id
