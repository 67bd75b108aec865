"""A time booked at one desk is taken at the other, and its paper checks the person in."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from tests.centres import MORNING, OTHER_OFFICE
from tests.end_to_end.conftest import Day
from tests.end_to_end.desk import Desk, Screen
from tests.end_to_end.paper import code_of, words_of
from tests.end_to_end.reception import book, both, choose_time, number_said, save_confirmation
from visits.appointments.records import Appointment
from visits.calendar.local_time import local_date
from visits.codes import CodeKind, write_code

CHOSEN = ("choice_time", "choice_day", "choice_officer")
BOOKED = ("sheet_when", "sheet_what")


def test_a_time_booked_at_one_desk_cannot_be_booked_at_the_other(day: Day) -> None:
    first, second = day.open_desks()
    wanted = choose_time(first, "siobhan")
    same = choose_time(second, "lukasz")
    assert [wanted[part] for part in CHOSEN] == [same[part] for part in CHOSEN]

    assert book(first)["sheet_state"] == "● Confirmed"
    seen = second.until(lambda seen: seen["choice_problem"])
    assert "Somebody else has just taken" in seen["choice_problem"]
    assert [seen[part] for part in CHOSEN] != [same[part] for part in CHOSEN]
    second.press("Alt+1")


def test_two_desks_that_book_the_same_time_at_once_do_not_both_get_it(day: Day) -> None:
    first, second = day.open_desks()
    choose_time(first, "siobhan")
    choose_time(second, "lukasz")
    both(first, second, "Ctrl+Return")
    ends = [desk.until(has_been_decided) for desk in (first, second)]
    booked = [[seen[part] for part in BOOKED] for seen in ends if seen["sheet_reference"]]
    assert booked
    assert len(booked) == 1 or booked[0] != booked[1]


def has_been_decided(seen: Screen) -> bool:
    """Confirmed, refused at once, or refused later."""
    confirmed = seen["sheet_state"] == "● Confirmed"
    return confirmed or "need" in seen.sync or bool(seen["choice_problem"])


def test_the_code_of_a_confirmation_checks_the_person_in_on_its_day(day: Day) -> None:
    first, second = day.open_desks()
    choose_time(first, "siobhan")
    another_day(first)
    booked = book(first)
    paper = save_confirmation(first)
    words, code = words_of(paper), code_of(paper)
    for part in ("sheet_reference", "sheet_person"):
        assert booked[part] in words
    assert "provisional" not in words.lower()
    on_date, hours = booked["sheet_when"].split("\n")

    too_early = scan(second, code)
    assert f"This appointment is on {on_date} at" in too_early["arrive_problem"]
    second.press("F12")

    day.clock.pass_(days=1)
    number = number_said(scan(second, code))
    row = first_shows(first, number)
    assert booked["sheet_person"] in row
    assert hours.split(" to ")[0] in row

    second.until(lambda seen: not number_said(seen))
    again = scan(second, code)
    assert again["arrive_problem"] == "They have checked in for this appointment already."


def test_a_code_that_is_no_use_here_is_said_and_nobody_is_checked_in(day: Day) -> None:
    elsewhere = write_code(
        CodeKind.APPOINTMENT,
        an_appointment_at_the_other_office(day),
        expires_on=local_date(MORNING) + timedelta(days=1),
    )
    first, _ = day.open_desks()
    before = first.see().waiting.keys()
    expired = write_code(
        CodeKind.APPOINTMENT, "0", expires_on=local_date(MORNING) - timedelta(days=1)
    )
    for code, words in (
        (elsewhere, "This appointment is not at this office"),
        (expired, "This code was for Monday 23 November 2026 and has expired."),
        (write_code(CodeKind.VISIT, "0"), "This is the code of a visit, not of an appointment."),
        (expired[:-1], "The code was not read whole. Scan it again."),
        ("https://example.org/menu", "This is not one of our codes."),
        ("WIFI:S:Guest;T:WPA;P:secret;;", "This is not one of our codes."),
    ):
        seen = scan(first, code)
        assert words in seen["arrive_problem"]
        first.press("F12")
        first.until(lambda seen: not seen["arrive_problem"])
    assert first.see().waiting.keys() == before


def another_day(desk: Desk) -> None:
    """Go on from the first free time to the next day that has one."""
    before = desk.see()["choice_day"]
    desk.press("Right", at="week")
    desk.press("Enter", at="week")
    desk.until(lambda seen: seen["choice_day"] != before)


def scan(desk: Desk, code: str) -> Screen:
    """Scan a code into the search field; what is said of it."""
    desk.press("Alt+1")
    desk.until(lambda seen: seen.has("search"))
    desk.type(code, into="search")
    desk.press("Enter")
    return desk.until(lambda seen: seen["arrive_problem"] or number_said(seen))


def first_shows(desk: Desk, number: str) -> str:
    """The row of a ticket in reception."""
    desk.press("Alt+1")
    return desk.until(lambda seen: number in seen.waiting).waiting[number]


def an_appointment_at_the_other_office(day: Day) -> str:
    """The id of an appointment that the other office has given paper for."""
    centre = day.centre.opened()
    with centre.node.database.read() as session:
        found = session.scalars(
            select(Appointment.id)
            .where(Appointment.office_id == OTHER_OFFICE, Appointment.state == "booked")
            .order_by(Appointment.starts_at)
        ).first()
    centre.node.database.close()
    assert found is not None
    return found
