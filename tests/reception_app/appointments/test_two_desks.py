"""Two desks and a real centre between them: a time is had once, and the screens say so."""

from __future__ import annotations

from collections.abc import Callable

import pypdfium2
import pytest
from pytestqt.qtbot import QtBot

from reception_app.appointments.view import AppointmentsPage
from reception_app.desk.at_desk import AtDesk
from tests.reception_app.appointments.working import (
    a_page,
    book,
    free,
    has_come,
    kept,
    ready_to_book,
)

NewAt = Callable[..., AtDesk]


def a_desk_on_line(new_at: NewAt, qtbot: QtBot, name: str, central: str) -> AtDesk:
    at = new_at(name, central=central)
    at.runtime.start()
    qtbot.waitUntil(at.runtime.is_up)
    return at


@pytest.fixture
def pages(
    new_at: NewAt, qtbot: QtBot, centre_address: str
) -> tuple[AppointmentsPage, AppointmentsPage]:
    """The page at two desks, the same person's time chosen at both."""
    found = [
        a_page(a_desk_on_line(new_at, qtbot, name, centre_address), qtbot)
        for name in ("desk-1", "desk-2")
    ]
    for page in found:
        ready_to_book(page, qtbot)
    assert found[0].chosen == found[1].chosen
    return found[0], found[1]


def test_with_the_line_up_a_booking_is_confirmed_at_once(
    pages: tuple[AppointmentsPage, AppointmentsPage], qtbot: QtBot
) -> None:
    page, _ = pages
    book(page, qtbot)
    assert page.opened is not None
    assert not page.opened.provisional
    assert "provisional" not in page.at.say.words[-1]  # type: ignore[attr-defined]


@pytest.mark.usefixtures("decided_in_any_time")
def test_two_desks_that_book_one_time_at_once_do_not_both_get_it(
    pages: tuple[AppointmentsPage, AppointmentsPage], qtbot: QtBot
) -> None:
    wanted = pages[0].chosen
    for page in pages:
        page.choice.book_act.trigger()

    def decided(page: AppointmentsPage) -> bool:
        return page.opened is not None or bool(page.choice.problem.text())

    def are_told_apart() -> bool:
        lost = [page for page in pages if page.opened is None and not page.acts.asking]
        return all(decided(page) for page in pages) and len(lost) == 1

    qtbot.waitUntil(are_told_apart, timeout=20_000)
    winner = next(page for page in pages if page.opened is not None)
    loser = next(page for page in pages if page is not winner)
    assert winner.opened is not None
    assert wanted is not None
    assert (winner.opened.starts_at, winner.opened.staff_id) == (wanted.starts_at, wanted.staff_id)
    assert "Somebody else has just taken" in loser.choice.problem.text()
    assert loser.who.person.chosen is not None
    assert loser.chosen is None


def test_a_time_chosen_on_screen_and_taken_at_another_desk_goes_with_words(
    pages: tuple[AppointmentsPage, AppointmentsPage], qtbot: QtBot
) -> None:
    here, there = pages
    wanted = here.chosen
    book(there, qtbot)
    qtbot.waitUntil(lambda: here.chosen is None)
    assert here.choice.problem.text().startswith("Somebody else has just taken Monday 30 November")
    assert wanted not in free(here)
    assert here.who.person.chosen is not None


def test_u1_the_provisional_mark_goes_when_the_centre_has_accepted(
    new_at: NewAt, qtbot: QtBot, centre_address: str
) -> None:
    at = new_at("desk-1", central=centre_address)
    page = a_page(at, qtbot)
    ready_to_book(page, qtbot)
    appointment_id = book(page, qtbot)
    assert page.opened is not None
    assert page.opened.provisional
    at.runtime.start()
    qtbot.waitUntil(lambda: page.opened is not None and not page.opened.provisional)
    assert kept(at, appointment_id)[0] == "booked"
    page.sheet.save_act.trigger()
    qtbot.waitUntil(lambda: page.sheet.told.text().startswith("Saved as "))
    (path,) = at.paper.folder.glob("*.pdf")
    said = pypdfium2.PdfDocument(path.read_bytes())[0].get_textpage().get_text_range()
    assert "provisional" not in said


def test_a_booking_made_at_one_desk_is_on_the_list_of_the_other(
    pages: tuple[AppointmentsPage, AppointmentsPage], qtbot: QtBot
) -> None:
    here, there = pages
    book(here, qtbot)
    assert here.opened is not None
    reference, booked_id = here.opened.reference, here.opened.appointment_id
    qtbot.waitUntil(lambda: has_come(there.at, booked_id))
    there.calendar.show_booked()
    there.calendar.booked.reference.setText(reference)
    there.calendar.booked.reference.returnPressed.emit()
    qtbot.waitUntil(lambda: there.opened is not None and there.opened.reference == reference)
    assert there.opened is not None
    assert not there.opened.provisional
