"""Rooms as a receptionist works them: by keys, with the line cut, and against another desk."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from reception_app.desk import runtime
from reception_app.desk.at_desk import AtDesk
from reception_app.rooms.view import RoomsPage
from tests.centres import OFFICE, SetClock
from visits.ids import ServiceId, StretchId, TicketId
from visits.queue.commands import Call, CheckIn, Finish, Transfer
from visits.queue.queries import QueueRow, queue_of
from visits.queue.rules import OrderPolicy
from visits.queue.turns import TicketAct
from visits.rooms.queries import RoomRow, asked_for_rooms

PATIENT_S, PATIENT_MS = 20.0, 20_000
COUNCIL_TAX = ServiceId("sample-service-council-tax")
BENEFITS = ServiceId("sample-service-benefits")


def a_page(at: AtDesk, qtbot: QtBot, *, width: int = 1264, height: int = 740) -> RoomsPage:
    page = RoomsPage(at)
    qtbot.addWidget(page)
    page.resize(width, height)
    page.show()
    qtbot.waitExposed(page)
    page.activateWindow()
    qtbot.waitUntil(lambda: len(page.rooms.model.rows) == 5)
    qtbot.waitUntil(lambda: len(page.asked.model.rows) == len(asked(at)))
    return page


def asked(at: AtDesk) -> tuple:
    with at.runtime.node.database.read() as session:
        return asked_for_rooms(session, OFFICE, now=at.now())


def held(page: RoomsPage) -> dict[str, RoomRow]:
    return {room.name: room for room in page.rooms.model.rows if not room.is_free}


def said(at: AtDesk) -> list[str]:
    return at.say.words  # type: ignore[attr-defined]


def undo(at: AtDesk) -> None:
    back = at.say.undo  # type: ignore[attr-defined]
    assert back is not None
    back()


def check_in(at: AtDesk, number: str, *, needs: tuple[str, ...] = (), private: bool = True) -> None:
    now = at.now()
    at.runtime.run(
        CheckIn(
            ticket_id=TicketId(at.new_id()),
            stretch_id=StretchId(at.new_id()),
            office_id=OFFICE,
            number=number,
            number_on=now.date(),
            service_id=COUNCIL_TAX,
            arrived_at=now,
            wants_private=private,
            access_needs=list(needs),
        ),
        lambda _: None,
        at.failed,
    )


def press(page: RoomsPage, keys: str) -> None:
    page.activateWindow()
    QTest.qWaitForWindowActive(page)
    QTest.keySequence(page, QKeySequence(keys))


def row_in_queue(at: AtDesk, number: str) -> QueueRow:
    with at.runtime.node.database.read() as session:
        queue = queue_of(session, OFFICE, now=at.now(), policy=OrderPolicy())
    return next(row for row in queue.rows if row.number == number)


def choose(page: RoomsPage, qtbot: QtBot, number: str) -> None:
    qtbot.waitUntil(lambda: number in [p.number for p in page.asked.model.rows])
    ticket_id = next(p.ticket_id for p in page.asked.model.rows if p.number == number)
    page.asked.table.setFocus()
    page.asked.choose(ticket_id)


def test_those_who_asked_stand_at_the_left_and_the_longest_wait_is_chosen(
    at: AtDesk, qtbot: QtBot
) -> None:
    page = a_page(at, qtbot)
    waiting = asked(at)
    assert [p.number for p in page.asked.model.rows] == [p.number for p in waiting]
    chosen = page.asked.chosen()
    assert chosen is not None
    assert chosen.number == waiting[0].number
    assert chosen.number in page.rooms.hold_act.text()


def test_a_person_s_needs_preselect_what_the_room_must_have(at: AtDesk, qtbot: QtBot) -> None:
    page = a_page(at, qtbot)
    check_in(at, "Z01", needs=("wheelchair", "hearing_loop", "large_print"))
    choose(page, qtbot, "Z01")
    assert page.rooms.needed == {"wheelchair", "hearing_loop"}
    rooms = page.rooms.model.rows
    assert [room.name for room in rooms[:2]] == ["Room 1", "Room 4"]
    words = page.rooms.model.index(2, 1).data()
    assert "Lacks hearing loop" in words
    assert page.rooms.hold_act.text() == "Hold Room 1 for Z01"


def test_what_the_room_must_have_is_changed_by_hand(at: AtDesk, qtbot: QtBot) -> None:
    page = a_page(at, qtbot)
    check_in(at, "Z01")
    choose(page, qtbot, "Z01")
    box = page.rooms.filters["two_exits"]
    qtbot.mouseClick(box, Qt.MouseButton.LeftButton, pos=QPoint(8, box.height() // 2))
    assert page.rooms.needed == {"two_exits"}
    fitting = [r.name for r in page.rooms.model.rows if "two_exits" in r.features]
    assert [r.name for r in page.rooms.model.rows[: len(fitting)]] == fitting


def test_one_key_holds_the_room_that_fits_and_undo_gives_it_back(at: AtDesk, qtbot: QtBot) -> None:
    page = a_page(at, qtbot)
    check_in(at, "Z01", needs=("hearing_loop",))
    choose(page, qtbot, "Z01")
    press(page, "F5")
    qtbot.waitUntil(lambda: "Room 3" in held(page))
    assert held(page)["Room 3"].ticket_number == "Z01"
    number = page.rooms.model.number_of(held(page)["Room 3"].room_id)
    assert page.rooms.model.index(number, 2).data() == "Z01\nNo name given\nsince 10:42am"
    qtbot.waitUntil(lambda: "Z01" not in [p.number for p in page.asked.model.rows])
    undo(at)
    qtbot.waitUntil(lambda: not held(page))
    qtbot.waitUntil(lambda: "Z01" in [p.number for p in page.asked.model.rows])


def test_with_the_line_cut_a_room_is_held_here_and_that_is_said(at: AtDesk, qtbot: QtBot) -> None:
    page = a_page(at, qtbot)
    check_in(at, "Z01")
    choose(page, qtbot, "Z01")
    press(page, "F5")
    qtbot.waitUntil(lambda: len(held(page)) == 1)
    qtbot.waitUntil(lambda: bool(said(at)))
    assert said(at)[-1].endswith("Not at the centre yet.")


def test_a_room_is_held_for_a_conversation_without_a_ticket(at: AtDesk, qtbot: QtBot) -> None:
    page = a_page(at, qtbot)
    press(page, "Ctrl+N")
    qtbot.waitUntil(page.rooms.hold_act.isEnabled)
    press(page, "F5")
    qtbot.waitUntil(lambda: len(held(page)) == 1)
    (room,) = held(page).values()
    assert (room.ticket_id, room.held_by) == (None, "Amira Hassan")


def test_a_held_room_is_released_and_the_release_undone(at: AtDesk, qtbot: QtBot) -> None:
    page = a_page(at, qtbot)
    press(page, "Ctrl+N")
    press(page, "F5")
    qtbot.waitUntil(lambda: len(held(page)) == 1)
    (room,) = held(page).values()
    page.rooms.choose(room.room_id)
    press(page, "F6")
    qtbot.waitUntil(lambda: not held(page))
    qtbot.waitUntil(lambda: said(at)[-1] == f"{room.name} is free again.")
    undo(at)
    qtbot.waitUntil(lambda: len(held(page)) == 1)
    assert held(page)[room.name].from_at == room.from_at


def test_a_held_room_s_clock_says_in_time_nearly_over_and_over(
    at: AtDesk, qtbot: QtBot, clock: SetClock
) -> None:
    page = a_page(at, qtbot)
    press(page, "Ctrl+N")
    press(page, "F5")
    qtbot.waitUntil(lambda: len(held(page)) == 1)
    number = page.rooms.model.number_of(next(iter(held(page).values())).room_id)
    assert number is not None
    time = page.rooms.model.index(number, 3)
    assert time.data() == "In time, 30 min left"
    clock.pass_minutes(25)
    assert time.data() == "Nearly over, 5 min left"
    clock.pass_minutes(7)
    assert time.data() == "2 min over"


def test_a_person_who_needs_no_room_any_more_leaves_the_list_and_comes_back_by_undo(
    at: AtDesk, qtbot: QtBot
) -> None:
    page = a_page(at, qtbot)
    check_in(at, "Z01")
    choose(page, qtbot, "Z01")
    press(page, "Shift+F6")
    qtbot.waitUntil(lambda: "Z01" not in [p.number for p in page.asked.model.rows])
    qtbot.waitUntil(lambda: said(at)[-1] == "Z01 needs no room.")
    undo(at)
    qtbot.waitUntil(lambda: "Z01" in [p.number for p in page.asked.model.rows])


def test_reception_opens_the_page_with_somebody_who_did_not_ask(at: AtDesk, qtbot: QtBot) -> None:
    page = a_page(at, qtbot)
    check_in(at, "Z01", needs=("wheelchair",), private=False)
    qtbot.waitUntil(lambda: any(r.number == "Z01" for r in _queue(at)))
    page.begin(row_in_queue(at, "Z01"))
    qtbot.waitUntil(lambda: "for Z01" in page.rooms.hold_act.text())
    assert page.rooms.needed == {"wheelchair"}
    press(page, "F5")
    qtbot.waitUntil(lambda: [r.ticket_number for r in held(page).values()] == ["Z01"])
    undo(at)
    qtbot.waitUntil(lambda: not held(page))
    qtbot.waitUntil(lambda: "for Z01" in page.rooms.hold_act.text())
    assert page.asked.chosen().number == "Z01"


@pytest.mark.parametrize("has_rows", [False, True])
def test_the_person_at_the_counter_comes_along_however_early_the_page_is_opened_for_them(
    at: AtDesk, qtbot: QtBot, has_rows: bool
) -> None:
    check_in(at, "Z02")
    check_in(at, "Z01", private=False)
    qtbot.waitUntil(lambda: {"Z01", "Z02"} <= {r.number for r in _queue(at)})
    here = row_in_queue(at, "Z01")
    page = a_page(at, qtbot) if has_rows else RoomsPage(at)
    qtbot.addWidget(page)
    offered: list[str] = []
    if has_rows:
        page.refresh()
    else:
        page.resize(1264, 740)
        page.show()
    page.setFocus()
    page.begin(here)
    page.asked.table.clearFocus()
    page.setFocus()
    page.rooms.hold_act.changed.connect(lambda: offered.append(page.rooms.hold_act.text()))
    assert page.rooms.hold_act.text() == "Looking up Z01"
    assert not page.rooms.hold_act.isEnabled()
    qtbot.waitUntil(page.rooms.hold_act.isEnabled)
    assert page.asked.chosen().number == "Z01"
    check_in(at, "Z03")
    qtbot.waitUntil(lambda: "Z03" in [p.number for p in page.asked.model.rows])
    assert page.asked.chosen().number == "Z01"
    assert [words for words in offered if "Hold" in words and "for Z01" not in words] == []


def test_rows_asked_for_before_the_page_was_opened_change_nothing_when_they_come_late(
    at: AtDesk, qtbot: QtBot
) -> None:
    check_in(at, "Z02")
    check_in(at, "Z01", private=False)
    qtbot.waitUntil(lambda: {"Z01", "Z02"} <= {r.number for r in _queue(at)})
    page = a_page(at, qtbot)
    page.begin(row_in_queue(at, "Z01"))
    qtbot.waitUntil(page.rooms.hold_act.isEnabled)
    for _ in range(3):
        page.refresh()
    page.begin(row_in_queue(at, "Z02"))
    qtbot.waitUntil(page.rooms.hold_act.isEnabled)
    assert page.asked.chosen().number == "Z02"
    assert page.rooms.hold_act.text().endswith("for Z02")


def hold_for(page: RoomsPage, at: AtDesk, qtbot: QtBot, number: str) -> RoomRow:
    check_in(at, number)
    choose(page, qtbot, number)
    press(page, "F5")
    qtbot.waitUntil(lambda: [r.ticket_number for r in held(page).values()] == [number])
    (room,) = held(page).values()
    return room


def act_on(at: AtDesk, act: type[TicketAct], room: RoomRow, **more: object) -> None:
    stretch_id = StretchId(at.new_id())
    command = act(ticket_id=room.ticket_id, stretch_id=stretch_id, at=at.now(), **more)
    at.runtime.run(command, lambda _: None, at.failed)


def time_words(page: RoomsPage, room: RoomRow) -> str:
    number = page.rooms.model.number_of(room.room_id)
    assert number is not None
    return " ".join(page.rooms.model.index(number, 3).data().split())


def test_a_room_says_that_its_ticket_has_finished_and_one_key_releases_it(
    at: AtDesk, qtbot: QtBot, clock: SetClock
) -> None:
    page = a_page(at, qtbot)
    room = hold_for(page, at, qtbot, "Z01")
    page.rooms.choose(room.room_id)
    assert not page.rooms.hold_act.isEnabled()
    clock.pass_minutes(5)
    act_on(at, Call, room)
    act_on(at, Finish, room)
    qtbot.waitUntil(lambda: time_words(page, room) == "▲ Z01 has finished")
    assert page.rooms.hold_act.text() == f"Release {room.name}"
    press(page, "F5")
    qtbot.waitUntil(lambda: not held(page))
    undo(at)
    qtbot.waitUntil(lambda: room.name in held(page))


def test_a_room_says_where_its_ticket_was_transferred_and_one_key_releases_it(
    at: AtDesk, qtbot: QtBot, clock: SetClock
) -> None:
    page = a_page(at, qtbot)
    room = hold_for(page, at, qtbot, "Z01")
    page.rooms.choose(room.room_id)
    clock.pass_minutes(5)
    act_on(at, Transfer, room, service_id=BENEFITS)
    qtbot.waitUntil(lambda: "transferred to Benefits" in time_words(page, room))
    assert time_words(page, room) == "▲ Z01 was transferred to Benefits"
    assert page.rooms.hold_act.text() == f"Release {room.name}"
    press(page, "F5")
    qtbot.waitUntil(lambda: not held(page))


def _queue(at: AtDesk) -> tuple[QueueRow, ...]:
    with at.runtime.node.database.read() as session:
        return queue_of(session, OFFICE, now=at.now(), policy=OrderPolicy()).rows


def test_somebody_who_has_a_room_is_shown_with_it(at: AtDesk, qtbot: QtBot) -> None:
    page = a_page(at, qtbot)
    check_in(at, "Z01")
    choose(page, qtbot, "Z01")
    press(page, "F5")
    qtbot.waitUntil(lambda: len(held(page)) == 1)
    (room,) = held(page).values()
    page.begin(row_in_queue(at, "Z01"))
    qtbot.waitUntil(page.rooms.problem.isVisible)
    assert f"Z01 has {room.name} already" in page.rooms.problem.text()
    assert page.rooms.release_act.isEnabled()


def test_the_keyboard_reaches_everything(at: AtDesk, qtbot: QtBot) -> None:
    page = a_page(at, qtbot)
    page.rooms.table.setFocus()
    reached = set()
    for _ in range(30):
        reached.add(QApplication.focusWidget().objectName())
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
    assert {
        "asked_list",
        "rooms_list",
        "need_wheelchair",
        "need_two_exits",
        "minutes_planned",
        "button_hold_room",
        "button_without_ticket",
    } <= reached


@pytest.mark.parametrize(("width", "height"), [(936, 620), (1278, 688)])
def test_the_page_fits_the_smallest_window_and_a_small_laptop(
    at: AtDesk, qtbot: QtBot, width: int, height: int
) -> None:
    page = a_page(at, qtbot, width=width, height=height)
    assert (page.width(), page.height()) == (width, height)
    big = page.findChild(object, "button_hold_room")
    assert page.rect().contains(big.geometry().translated(big.parentWidget().mapTo(page, QPoint())))


def connected(at: AtDesk, qtbot: QtBot) -> None:
    at.runtime.start()
    qtbot.waitUntil(at.runtime.is_up, timeout=PATIENT_MS)


def test_two_desks_cannot_hold_one_room_and_the_second_is_offered_the_next(
    new_at: Callable[..., AtDesk],
    centre_address: str,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(runtime, "ASK_BUDGET_S", PATIENT_S)
    desks = [new_at(name, central=centre_address) for name in ("desk-1", "desk-2")]
    for at in desks:
        connected(at, qtbot)
    pages = [a_page(at, qtbot) for at in desks]
    for page in pages:
        press(page, "Ctrl+N")
        qtbot.waitUntil(page.rooms.hold_act.isEnabled)
    wanted = pages[0].rooms.chosen()
    assert pages[1].rooms.chosen() == wanted
    for page in pages:
        press(page, "F5")
    qtbot.waitUntil(lambda: any(p.rooms.problem.isVisible() for p in pages), timeout=PATIENT_MS)
    (second,) = [page for page in pages if page.rooms.problem.isVisible()]
    offered = second.rooms.chosen()
    assert second.rooms.problem.text() == (
        f"{wanted.name} was taken a moment before, for Amira Hassan, since 10:42am. "
        f"The next room that fits is {offered.name}."
    )
    assert offered.is_free
    press(second, "F5")
    for page in pages:
        qtbot.waitUntil(
            lambda page=page: set(held(page)) == {wanted.name, offered.name}, timeout=PATIENT_MS
        )


def test_a_hold_at_one_desk_shows_at_the_other(
    new_at: Callable[..., AtDesk], centre_address: str, qtbot: QtBot
) -> None:
    first, second = (new_at(name, central=centre_address) for name in ("desk-1", "desk-2"))
    connected(first, qtbot)
    connected(second, qtbot)
    here, there = a_page(first, qtbot), a_page(second, qtbot)
    press(here, "Ctrl+N")
    press(here, "F5")
    qtbot.waitUntil(lambda: len(held(there)) == 1, timeout=PATIENT_MS)
    there.rooms.choose(next(iter(held(there).values())).room_id)
    press(there, "F6")
    qtbot.waitUntil(lambda: not held(here), timeout=PATIENT_MS)
