"""Reception as a receptionist works it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from reception_app.desk.at_desk import AtDesk
from reception_app.queue.view import ReceptionPage


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
