"""Booking as a receptionist does it, with the line cut: the desk decides for itself meanwhile."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QComboBox, QLabel, QLineEdit
from pytestqt.qtbot import QtBot

from reception_app.appointments.view import AppointmentsPage
from reception_app.desk.at_desk import AtDesk
from reception_app.queue.arrival import Arrival
from sync.errors import Refusal
from tests.centres import SetClock
from tests.reception_app.appointments.working import (
    AMIRA,
    HOUSING,
    NIA,
    a_page,
    ask_for,
    book,
    choose_person,
    free,
    go_week,
    kept,
    ready_to_book,
    somebody_books,
)
from visits.appointments.rules import FreeTime, WhyNot
from visits.customers.records import Customer
from visits.customers.search import person_by_id
from visits.ids import CustomerId

SMALLEST_PAGE_PX = (1024 - 88, 700 - 48 - 32)


def an_arrival(at: AtDesk, **given: object) -> Arrival:
    with at.runtime.node.database.read() as session:
        person = person_by_id(session, CustomerId("sample-customer-000007"))
    standard: dict[str, object] = {
        "person": person,
        "is_new": False,
        "full_name": "",
        "postcode": "",
        "phone": "",
        "service_id": HOUSING,
        "appointment_id": None,
        "needs": (),
        "wants_private": False,
        "priority": False,
    }
    return Arrival(**(standard | given))  # type: ignore[arg-type]


def with_two_officers_free(page: AppointmentsPage) -> FreeTime:
    starts = Counter(time.starts_at for day in page.calendar.model.days for time in day.free)
    return next(time for time in free(page) if starts[time.starts_at] > 1)


def label_text(page: object, name: str) -> str:
    found = page.findChild(QLabel, name)  # type: ignore[attr-defined]
    return found.text() if not found.isHidden() else ""


@pytest.mark.parametrize(
    "enter",
    [(Qt.Key.Key_Return,), (Qt.Key.Key_Enter, Qt.KeyboardModifier.KeypadModifier)],
    ids=["enter", "enter of the number pad"],
)
def test_a_booking_is_made_without_touching_the_mouse(
    at: AtDesk, qtbot: QtBot, enter: tuple[Any, ...]
) -> None:
    page = a_page(at, qtbot)
    name = choose_person(page, qtbot)
    assert page.who.service.hasFocus()
    qtbot.keyClick(page.who.service, Qt.Key.Key_H)
    qtbot.waitUntil(lambda: len(page.calendar.model.rows) > 0)
    qtbot.keyClick(page.who.service, *enter)
    table = page.calendar.table
    assert table.hasFocus()
    qtbot.keyClick(table, Qt.Key.Key_Right)
    qtbot.keyClick(table, Qt.Key.Key_Down)
    chosen = page.chosen
    assert chosen is not None
    assert chosen.starts_at.date() == date(2026, 11, 25)
    qtbot.keyClick(table, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: page.opened is not None)
    assert page.opened is not None
    assert (page.opened.customer, page.opened.starts_at) == (name, chosen.starts_at)
    assert kept(at, page.opened.appointment_id) == ("booked", chosen.starts_at, chosen.staff_id)


def test_u3_with_the_line_cut_a_booking_says_that_it_is_provisional(
    at: AtDesk, qtbot: QtBot
) -> None:
    page = a_page(at, qtbot)
    ready_to_book(page, qtbot)
    book(page, qtbot)
    assert label_text(page.sheet, "sheet_state") == "▲ Provisional"
    assert "provisional until the centre is reached" in at.say.words[-1]  # type: ignore[attr-defined]
    page.calendar.show_booked()
    qtbot.waitUntil(lambda: any(b.provisional for b in page.calendar.booked.model.rows))


def test_a_booking_can_be_undone_at_once(at: AtDesk, qtbot: QtBot) -> None:
    page = a_page(at, qtbot)
    ready_to_book(page, qtbot)
    appointment_id = book(page, qtbot)
    at.say.undo()  # type: ignore[attr-defined]
    qtbot.waitUntil(lambda: kept(at, appointment_id)[0] == "cancelled")
    qtbot.waitUntil(lambda: "Cancelled" in label_text(page.sheet, "sheet_state"))
    assert not page.sheet.print_act.isEnabled()


def test_reception_hands_over_the_person_and_the_service(at: AtDesk, qtbot: QtBot) -> None:
    page = a_page(at, qtbot)
    arrival = an_arrival(at)
    page.begin(arrival)
    qtbot.waitUntil(lambda: len(page.calendar.model.rows) > 0)
    assert arrival.person is not None
    assert page.who.person.name == arrival.person.full_name
    assert page.who.service.currentText() == "Housing options"
    assert page.calendar.table.hasFocus()


def test_a_person_alone_can_be_handed_over(at: AtDesk, qtbot: QtBot) -> None:
    page = a_page(at, qtbot)
    person = an_arrival(at).person
    page.begin(person)
    assert person is not None
    assert page.who.person.name == person.full_name
    assert page.who.service.hasFocus()


def test_a_need_said_at_reception_is_on_the_card_when_it_is_booked(
    at: AtDesk, qtbot: QtBot
) -> None:
    page = a_page(at, qtbot)
    page.begin(an_arrival(at, needs=("large_print",)))
    qtbot.waitUntil(lambda: len(page.calendar.model.rows) > 0)
    page.choose(free(page)[0])
    book(page, qtbot)
    assert page.opened is not None
    assert page.opened.large_print


@pytest.mark.parametrize("typed", ["lukasz", "lukazs", "ŁUKASZ"])
def test_a_name_is_found_misspelt_and_without_its_marks(
    at: AtDesk, qtbot: QtBot, typed: str
) -> None:
    at.load_vocabulary()
    page = a_page(at, qtbot)
    search = page.who.person

    def found() -> bool:
        if any(person.full_name.startswith("Łukasz") for person in search.people_found):
            return True
        # The words of names that misspellings are found by may not be loaded yet: type it anew.
        search.search.clear()
        search.search.setText(typed)
        return False

    qtbot.waitUntil(found)


def test_first_free_is_one_act_from_any_week(at: AtDesk, qtbot: QtBot) -> None:
    page = a_page(at, qtbot)
    ask_for(page, qtbot, weeks=2)
    qtbot.keyClick(page, Qt.Key.Key_F6)
    assert page.chosen is not None
    assert label_text(page.who, "first_free_when") == "Tue 24 Nov, 10:45am"
    assert label_text(page.choice, "choice_time") == "10:45am"
    qtbot.waitUntil(lambda: page.calendar.model.days[0].on_date == date(2026, 11, 23))
    assert page.calendar.table.is_chosen(
        page.calendar.model.time_at(page.calendar.table.currentIndex())
    )


def test_arrow_keys_stand_on_free_times_alone(at: AtDesk, qtbot: QtBot) -> None:
    page = a_page(at, qtbot)
    ask_for(page, qtbot, officer=NIA)
    table = page.calendar.table
    table.setFocus()
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Left) * 6:
        qtbot.keyClick(table, key)
        assert page.calendar.model.time_at(table.currentIndex()) is not None


def test_the_time_that_the_arrow_keys_frame_is_the_one_that_ctrl_enter_books(
    at: AtDesk, qtbot: QtBot
) -> None:
    page = a_page(at, qtbot)
    choose_person(page, qtbot)
    ask_for(page, qtbot, officer=NIA)
    table = page.calendar.table
    table.setFocus()
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Home):
        qtbot.keyClick(table, key)
        assert page.chosen is not None
        assert page.chosen == page.calendar.model.time_at(table.currentIndex())
    qtbot.keyClick(table, Qt.Key.Key_Down)
    framed = page.calendar.model.time_at(table.currentIndex())
    qtbot.keyClick(page, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: page.opened is not None)
    assert page.opened is not None
    assert framed is not None
    assert page.opened.starts_at == framed.starts_at


@pytest.mark.parametrize("key", [Qt.Key.Key_Space, Qt.Key.Key_Return], ids=["space", "enter"])
def test_the_time_the_keyboard_comes_to_is_chosen_by_space_and_enter(
    at: AtDesk, qtbot: QtBot, key: Qt.Key
) -> None:
    page = a_page(at, qtbot)
    ask_for(page, qtbot, officer=NIA)
    page.calendar.table.setFocus()
    assert page.chosen is None
    qtbot.keyClick(page.calendar.table, key)
    assert page.chosen == free(page)[0]
    assert page.opened is None


@pytest.mark.parametrize(
    "keys",
    [(Qt.Key.Key_PageDown,), (Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier)],
    ids=["page down", "alt right"],
)
def test_where_the_keyboard_arrives_in_another_week_is_chosen(
    at: AtDesk, qtbot: QtBot, keys: tuple[Any, ...]
) -> None:
    page = a_page(at, qtbot)
    ask_for(page, qtbot, officer=NIA)
    table = page.calendar.table
    table.setFocus()
    qtbot.keyClick(table, Qt.Key.Key_Down)
    qtbot.keyClick(table, *keys)
    qtbot.waitUntil(lambda: page.calendar.model.days[0].on_date == date(2026, 11, 30))
    assert page.chosen is not None
    assert page.chosen == page.calendar.model.time_at(table.currentIndex())


def test_the_right_arrow_goes_on_into_the_next_week(at: AtDesk, qtbot: QtBot) -> None:
    page = a_page(at, qtbot)
    ask_for(page, qtbot)
    table = page.calendar.table
    table.setFocus()
    for _ in range(4):
        qtbot.keyClick(table, Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: page.calendar.model.days[0].on_date == date(2026, 11, 30))
    qtbot.keyClick(table, Qt.Key.Key_PageUp)
    qtbot.waitUntil(lambda: page.calendar.model.days[0].on_date == date(2026, 11, 23))
    assert not page.calendar.earlier_act.isEnabled()


def test_the_weeks_end_where_nothing_can_be_booked(at: AtDesk, qtbot: QtBot) -> None:
    page = a_page(at, qtbot)
    ask_for(page, qtbot, weeks=8)
    assert page.calendar.model.days[0].on_date == date(2027, 1, 18)
    assert not page.calendar.later_act.isEnabled()


def test_a_closed_day_says_why(at: AtDesk, qtbot: QtBot) -> None:
    page = a_page(at, qtbot)
    ask_for(page, qtbot, weeks=4)
    model = page.calendar.model
    friday = [day.on_date for day in model.days].index(date(2026, 12, 25))
    header = model.headerData(friday, Qt.Orientation.Horizontal, Qt.ItemDataRole.AccessibleTextRole)
    assert header == "Friday 25 December 2026, Closed: Christmas Day"
    assert model.why_empty(friday) == "Christmas Day"
    assert all(row.times[friday] is None for row in model.rows)


def test_a_weekend_on_which_the_office_is_closed_has_no_column(at: AtDesk, qtbot: QtBot) -> None:
    page = a_page(at, qtbot)
    ask_for(page, qtbot)
    hidden = [page.calendar.table.isColumnHidden(column) for column in range(7)]
    assert hidden == [False] * 5 + [True] * 2


def test_a_time_is_said_in_full_to_a_screen_reader(at: AtDesk, qtbot: QtBot) -> None:
    page = a_page(at, qtbot)
    ask_for(page, qtbot, officer=NIA, weeks=1)
    place = page.calendar.model.place_of(free(page)[0])
    assert place is not None
    said = place.data(Qt.ItemDataRole.AccessibleTextRole)
    assert said.startswith("Monday 30 November 2026 at ")
    assert said.endswith(" with Nia Bevan")


def test_a_click_chooses_a_time_and_shows_the_officer(at: AtDesk, qtbot: QtBot) -> None:
    page = a_page(at, qtbot)
    ask_for(page, qtbot, officer=NIA, weeks=1)
    place = page.calendar.model.place_of(free(page)[0])
    table = page.calendar.table
    assert place is not None
    qtbot.mouseClick(
        table.viewport(), Qt.MouseButton.LeftButton, pos=table.visualRect(place).center()
    )
    assert page.chosen == free(page)[0]
    assert label_text(page.choice, "choice_officer") == "With Nia Bevan"


@pytest.mark.parametrize("chosen", ["nothing", "person", "service"])
def test_what_is_still_to_choose_is_said_where_it_is_chosen(
    at: AtDesk, qtbot: QtBot, chosen: str
) -> None:
    page = a_page(at, qtbot)
    if chosen != "nothing":
        choose_person(page, qtbot)
    if chosen == "service":
        ask_for(page, qtbot)
    qtbot.keyClick(page, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    field, words = {
        "nothing": (page.who.person.search, page.who.person.search_problem),
        "person": (page.who.service, page.choice.problem),
        "service": (page.calendar.table, page.choice.problem),
    }[chosen]
    assert field.hasFocus()
    assert words.text() in ("Choose who it is for", "Choose what it is about.", "Choose a time.")
    assert page.opened is None


def test_what_is_still_to_choose_stands_once_on_the_panel(at: AtDesk, qtbot: QtBot) -> None:
    page = a_page(at, qtbot)
    choose_person(page, qtbot)
    ask_for(page, qtbot)

    def said() -> list[str]:
        shown = (part for part in page.choice.findChildren(QLabel) if part.isVisible())
        return [part.text() for part in shown if part.text().startswith("Choose")]

    assert said() == ["Choose a time."]
    page.choice.book_act.trigger()
    assert page.choice.problem.isVisible()
    assert said() == ["Choose a time."]
    page.choose(free(page)[0])
    assert said() == []


def test_a_problem_goes_once_what_it_asks_for_is_chosen(at: AtDesk, qtbot: QtBot) -> None:
    page = a_page(at, qtbot)
    choose_person(page, qtbot)
    page.choice.book_act.trigger()
    assert page.choice.problem.text() == "Choose what it is about."
    ask_for(page, qtbot)
    assert not page.choice.problem.isVisible()
    assert label_text(page.choice, "choice_next") == "Choose a time."


def test_somebody_new_is_added_and_booked_in_one_act(at: AtDesk, qtbot: QtBot) -> None:
    page = a_page(at, qtbot)
    page.begin(an_arrival(at, person=None, is_new=True, full_name="Zsófia Őri-Nagy"))
    qtbot.waitUntil(lambda: len(page.calendar.model.rows) > 0)
    page.choose(free(page)[0])
    book(page, qtbot)
    assert page.opened is not None
    assert page.opened.customer == "Zsófia Őri-Nagy"
    with at.runtime.node.database.read() as session:
        card = session.get_one(Customer, page.opened.customer_id)
        assert card.full_name == "Zsófia Őri-Nagy"


def test_a_name_that_cannot_be_kept_is_said_at_its_field_and_stays(
    at: AtDesk, qtbot: QtBot
) -> None:
    page = a_page(at, qtbot)
    name = "N" * 500
    page.begin(an_arrival(at, person=None, is_new=True, full_name=name))
    qtbot.waitUntil(lambda: len(page.calendar.model.rows) > 0)
    page.choose(free(page)[0])
    page.choice.book_act.trigger()
    qtbot.waitUntil(
        lambda: (
            label_text(page, "book_full_name_problem") == "Full name must be 200 characters or less"
        )
    )
    assert page.who.person.new_person.full_name.text() == name
    assert page.chosen is not None
    page.who.person.new_person.full_name.setText("Nia Bevan")
    book(page, qtbot)
    assert page.opened is not None
    assert page.opened.customer == "Nia Bevan"


def test_a_note_that_is_too_long_is_said_at_its_field_and_stays(at: AtDesk, qtbot: QtBot) -> None:
    page = a_page(at, qtbot)
    ready_to_book(page, qtbot)
    page.who.note.setText("n" * 501)
    page.choice.book_act.trigger()
    qtbot.waitUntil(
        lambda: label_text(page, "book_note_problem") == "The note must be 500 characters or less."
    )
    assert len(page.who.note.text()) == 501
    assert page.chosen is not None


def test_a_refresh_keeps_the_chosen_time_and_the_place_of_the_keyboard(
    at: AtDesk, qtbot: QtBot
) -> None:
    page = a_page(at, qtbot)
    chosen = ready_to_book(page, qtbot)
    table = page.calendar.table
    resets = []
    page.calendar.model.modelReset.connect(lambda: resets.append(True))
    place = page.calendar.model.time_at(table.currentIndex())
    other = free(page)[0]
    at.runtime.run(somebody_books(at, other), lambda _: None, pytest.fail)
    qtbot.waitUntil(lambda: other not in free(page))
    assert page.chosen == chosen
    assert page.calendar.model.time_at(table.currentIndex()) == place == chosen
    assert not resets


def test_a_chosen_time_that_goes_is_said_and_no_longer_chosen(at: AtDesk, qtbot: QtBot) -> None:
    page = a_page(at, qtbot)
    chosen = ready_to_book(page, qtbot)
    at.runtime.run(somebody_books(at, chosen), lambda _: None, pytest.fail)
    qtbot.waitUntil(lambda: page.chosen is None)
    assert page.choice.problem.text().startswith("Somebody else has just taken Monday 30 November")
    assert page.who.person.chosen is not None


def test_for_any_officer_another_one_takes_over_a_time_that_goes(at: AtDesk, qtbot: QtBot) -> None:
    page = a_page(at, qtbot)
    ready_to_book(page, qtbot, officer=None)
    chosen = with_two_officers_free(page)
    page.choose(chosen)
    at.runtime.run(somebody_books(at, chosen), lambda _: None, pytest.fail)
    qtbot.waitUntil(lambda: page.chosen is not None and page.chosen.staff_id != chosen.staff_id)
    assert page.chosen is not None
    assert page.chosen.starts_at == chosen.starts_at
    assert "is free then" in page.choice.problem.text()


def test_a_chosen_time_that_passes_is_said(at: AtDesk, qtbot: QtBot, clock: SetClock) -> None:
    page = a_page(at, qtbot)
    choose_person(page, qtbot)
    ask_for(page, qtbot)
    page.choose(free(page)[0])
    clock.pass_minutes(10)
    page.choice.book_act.trigger()
    qtbot.waitUntil(lambda: page.choice.problem.text() == "That time has passed.")
    assert page.chosen is None
    page.choose(free(page)[0])
    page.refresh()
    qtbot.waitUntil(lambda: "has passed. Choose another time." in page.choice.problem.text())


def test_a_refusal_offers_times_that_are_booked_at_one_press(at: AtDesk, qtbot: QtBot) -> None:
    page = a_page(at, qtbot)
    wanted = ready_to_book(page, qtbot)
    page.hide()
    done: list[object] = []
    at.runtime.run(somebody_books(at, wanted), done.append, pytest.fail)
    qtbot.waitUntil(lambda: len(done) == 1)
    page.choice.book_act.trigger()
    qtbot.waitUntil(lambda: len(page.choice.nearest_buttons) > 0)
    page.show()
    assert page.choice.problem.text() == "Somebody else has just taken that time."
    assert page.who.person.chosen is not None
    first = page.choice.nearest_buttons[0]
    qtbot.mouseClick(first, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.opened is not None)
    assert page.opened is not None
    assert abs(page.opened.starts_at - wanted.starts_at) <= timedelta(hours=1)


@pytest.mark.parametrize("reason", [*WhyNot])
def test_every_reason_against_a_time_has_its_words(
    at: AtDesk, qtbot: QtBot, reason: WhyNot
) -> None:
    page = a_page(at, qtbot)
    page.acts.refused(Refusal(reason.value, nearest=[]))
    assert page.choice.problem.text()
    assert "service desk" not in page.choice.problem.text()


def test_everything_fits_the_smallest_window(at: AtDesk, qtbot: QtBot) -> None:
    page = a_page(at, qtbot, SMALLEST_PAGE_PX)
    ready_to_book(page, qtbot, officer=None)
    assert page.size().toTuple() == SMALLEST_PAGE_PX
    book(page, qtbot)
    page.calendar.show_booked()
    qtbot.waitUntil(lambda: page.calendar.booked.table.isVisible())
    assert page.size().toTuple() == SMALLEST_PAGE_PX
    hint = page.minimumSizeHint()
    assert hint.width() <= SMALLEST_PAGE_PX[0]
    assert hint.height() <= SMALLEST_PAGE_PX[1]


def test_everything_a_person_uses_is_named_and_reached_by_keyboard(
    at: AtDesk, qtbot: QtBot
) -> None:
    page = a_page(at, qtbot)
    kinds = (QLineEdit, QComboBox, QAbstractButton, QAbstractItemView)
    for kind in kinds:
        for widget in page.findChildren(kind):
            if widget.focusPolicy() == Qt.FocusPolicy.NoFocus or not widget.objectName():
                continue
            assert widget.accessibleName(), widget.objectName()
    acts = [
        act for part in (page.who, page.choice, page.sheet, page.calendar) for act in part.actions()
    ]
    assert all(act.shortcut().toString() for act in acts)
    shown_together = [act.shortcut().toString() for act in acts]
    assert len(shown_together) == len(set(shown_together))


def test_going_back_a_week_shows_the_first_again(at: AtDesk, qtbot: QtBot) -> None:
    page = a_page(at, qtbot)
    ask_for(page, qtbot, officer=AMIRA)
    before = free(page)
    go_week(page, qtbot, 1)
    go_week(page, qtbot, -1)
    qtbot.waitUntil(lambda: free(page) == before)
