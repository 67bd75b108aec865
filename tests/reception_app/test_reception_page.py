"""Reception as a receptionist works it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QListWidget, QMenu, QWidget
from pytestqt.qtbot import QtBot

from reception_app.desk.at_desk import AtDesk
from reception_app.queue.expected import ExpectedToday
from reception_app.queue.view import ReceptionPage
from tests.centres import MORNING
from visits.appointments.queries import expected_today


def a_page(at: AtDesk, qtbot: QtBot) -> ReceptionPage:
    page = ReceptionPage(at)
    qtbot.addWidget(page)
    page.resize(1300, 800)
    page.show()
    qtbot.waitUntil(lambda: page.arrive.service.count() == 12)
    return page


def test_the_queue_shows_everyone_waiting_and_who_is_next(at: AtDesk, qtbot: QtBot) -> None:
    page = a_page(at, qtbot)
    assert len([r for r in page.waiting.model.rows if r.state == "waiting"]) == 8
    assert page.counter.next_call is not None
    assert page.counter.next_call.number in page.counter.call_next_act.text()


def test_a_few_letters_and_four_keys_check_a_person_in(at: AtDesk, qtbot: QtBot) -> None:
    page = a_page(at, qtbot)
    before = {row.ticket_id for row in page.waiting.model.rows}
    qtbot.keyClicks(page.arrive.search, "lukasz")
    qtbot.waitUntil(lambda: len(page.arrive.people_found) > 0)
    qtbot.keyClick(page.arrive.search, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: page.arrive.arrival().person is not None)
    qtbot.keyClick(page.arrive.service, Qt.Key.Key_H)
    qtbot.keyClick(page.arrive.service, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(page.waiting.model.rows) == len(before) + 1)
    (new,) = [row for row in page.waiting.model.rows if row.ticket_id not in before]
    assert "ukasz" in new.person
    assert new.service == "Housing options"
    assert new.number[1:].isdigit()


def test_calling_somebody_else_finishes_who_is_at_the_counter_and_asks_why(
    at: AtDesk, qtbot: QtBot
) -> None:
    page = a_page(at, qtbot)
    page.counter.call_next_act.trigger()
    qtbot.waitUntil(lambda: page.counter.here is not None)
    first = page.counter.here
    page.waiting.table.setCurrentIndex(page.waiting.model.index(2, 0))
    wanted = page.waiting.table.chosen()
    page.waiting.call_this_act.trigger()
    menu = page.findChild(QMenu, "call_reasons")
    menu.actions()[0].trigger()
    qtbot.waitUntil(
        lambda: page.counter.here is not None and page.counter.here.number == wanted.number
    )
    assert first is not None
    assert first.number not in {row.number for row in page.waiting.model.rows}


def test_when_somebody_leaves_the_list_nobody_else_is_chosen_in_their_stead(
    at: AtDesk, qtbot: QtBot
) -> None:
    page = a_page(at, qtbot)
    table, model = page.waiting.table, page.waiting.model
    table.setCurrentIndex(model.index(2, 0))
    gone = table.chosen()
    page.waiting.left_act.trigger()
    qtbot.waitUntil(lambda: model.number_of(gone.ticket_id) is None)
    assert table.chosen() is None
    assert not table.selectionModel().selectedRows()
    assert not page.waiting.left_act.isEnabled()
    assert not page.waiting.call_this_act.isEnabled()


def test_somebody_above_who_leaves_takes_nothing_from_who_is_chosen(
    at: AtDesk, qtbot: QtBot
) -> None:
    page = a_page(at, qtbot)
    table, model = page.waiting.table, page.waiting.model
    first = model.row(0)
    table.setCurrentIndex(model.index(2, 0))
    chosen = table.chosen()
    page.counter.call_next_act.trigger()
    qtbot.waitUntil(lambda: model.number_of(first.ticket_id) is None)
    assert table.chosen().ticket_id == chosen.ticket_id


def test_who_was_cleared_by_mistake_comes_back(at: AtDesk, qtbot: QtBot) -> None:
    page = a_page(at, qtbot)
    qtbot.keyClicks(page.arrive.search, "nobody of that name")
    page.arrive.new_person_act.trigger()
    page.arrive.new_person.phone.setText("07700 900 982")
    page.arrive.clear_act.trigger()
    assert page.arrive.arrival().full_name == ""
    at.say.undo()  # type: ignore[attr-defined]
    assert page.arrive.arrival().full_name == "Nobody Of That Name"
    assert page.arrive.arrival().phone == "07700 900 982"


def test_a_new_person_with_a_wrong_postcode_is_told_at_the_field_and_loses_nothing(
    at: AtDesk, qtbot: QtBot
) -> None:
    page = a_page(at, qtbot)
    qtbot.keyClicks(page.arrive.search, "teller")
    page.arrive.new_person_act.trigger()
    page.arrive.new_person.postcode.setText("nowhere")
    page.arrive.errand.service.setCurrentIndex(3)
    page.arrive.check_in_act.trigger()
    wrong = page.findChild(QLabel, "postcode_problem")
    qtbot.waitUntil(lambda: wrong.text() != "")
    assert "full UK postcode" in wrong.text()
    assert page.arrive.arrival().full_name == "Teller"
    page.arrive.new_person.postcode.setText("ab1 4qt")
    before = len(page.waiting.model.rows)
    page.arrive.check_in_act.trigger()
    qtbot.waitUntil(lambda: len(page.waiting.model.rows) == before + 1)


def test_the_big_act_pressed_twice_never_skips_a_person(at: AtDesk, qtbot: QtBot) -> None:
    page = a_page(at, qtbot)
    page.counter.call_next_act.trigger()
    page.counter.call_next_act.trigger()
    qtbot.waitUntil(lambda: page.counter.here is not None)
    here = page.counter.here
    assert here is not None
    assert here.state == "called"
    page.counter.call_next_act.trigger()
    qtbot.waitUntil(lambda: page.counter.here is not None and page.counter.here.state == "serving")
    assert page.counter.here is not None
    assert page.counter.here.number == here.number


def test_finish_and_call_is_said_and_undone_as_one(at: AtDesk, qtbot: QtBot) -> None:
    page = a_page(at, qtbot)
    said = at.say.words  # type: ignore[attr-defined]
    for state in ("called", "serving"):
        page.counter.call_next_act.trigger()
        qtbot.waitUntil(
            lambda state=state: page.counter.here is not None and page.counter.here.state == state
        )
    first = page.counter.here
    assert first is not None
    page.counter.call_next_act.trigger()
    qtbot.waitUntil(lambda: "finished" in said[-1])
    assert said[-1].startswith(f"{first.number} finished, ")
    at.say.undo()  # type: ignore[attr-defined]
    qtbot.waitUntil(
        lambda: page.counter.here is not None and page.counter.here.number == first.number
    )


def test_enter_checks_in_from_wherever_the_errand_has_the_keyboard(
    at: AtDesk, qtbot: QtBot
) -> None:
    page = a_page(at, qtbot)
    for name in ("wants_private", "priority", "add_need", "button_check_in"):
        before = len(page.waiting.model.rows)
        page.arrive.errand.service.setCurrentIndex(1)
        qtbot.keyClick(page.findChild(QWidget, name), Qt.Key.Key_Return)
        qtbot.waitUntil(lambda before=before: len(page.waiting.model.rows) == before + 1)


def test_of_two_people_of_one_name_the_one_expected_today_is_seen_to_be(
    at: AtDesk, qtbot: QtBot
) -> None:
    page = a_page(at, qtbot)
    with at.runtime.node.database.read() as session:
        expected = expected_today(session, at.office_id, MORNING.date())[0]
    qtbot.keyClicks(page.arrive.search, expected.customer)
    found = page.findChild(QListWidget, "found")
    qtbot.waitUntil(
        lambda: any("appointment" in found.item(n).text() for n in range(found.count()))
    )


def test_who_is_expected_is_asked_for_once_until_rows_change(at: AtDesk, qtbot: QtBot) -> None:
    expected, told = ExpectedToday(at), []
    expected.ask(told.append)
    assert told == []
    qtbot.waitUntil(lambda: len(told) == 1)
    expected.ask(told.append)
    assert told[1] == told[0] != {}
    expected.forget()
    expected.ask(told.append)
    assert len(told) == 2
    qtbot.waitUntil(lambda: len(told) == 3)
