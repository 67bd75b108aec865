"""What stands at this desk alone is marked, and no longer than that (U1)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from reception_app.desk.at_desk import AtDesk
from reception_app.desk.undecided import not_yet_mark, not_yet_words
from reception_app.queue.view import ReceptionPage
from reception_app.rooms.view import RoomsPage
from visits.ids import RoomUseId
from visits.rooms.commands import HoldRoom

PERSON, WHO = 1, 2


@pytest.fixture
def time_passes(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """As much as a decision usually takes."""
    return lambda: monkeypatch.setattr("reception_app.desk.undecided.MARKED_AFTER_S", 0.0)


def a_page(at: AtDesk, qtbot: QtBot) -> ReceptionPage:
    page = ReceptionPage(at)
    qtbot.addWidget(page)
    page.show()
    qtbot.waitUntil(lambda: len(page.waiting.model.rows) > 0)
    return page


def marked(page: ReceptionPage) -> list[str]:
    model = page.waiting.model
    return [
        row.ticket_id
        for number, row in enumerate(model.rows)
        if not_yet_mark() in model.index(number, PERSON).data()
    ]


def check_somebody_in(page: ReceptionPage, qtbot: QtBot) -> str:
    before = {row.ticket_id for row in page.waiting.model.rows}
    page.arrive.errand.service.setCurrentIndex(1)
    page.arrive.check_in_act.trigger()
    qtbot.waitUntil(lambda: len(page.waiting.model.rows) == len(before) + 1)
    (new,) = {row.ticket_id for row in page.waiting.model.rows} - before
    return str(new)


def test_u1_who_is_checked_in_is_marked_once_the_centre_has_had_the_time_to_know(
    served_at: AtDesk, time_passes: Callable[[], None], qtbot: QtBot
) -> None:
    page = a_page(served_at, qtbot)
    new = check_somebody_in(page, qtbot)
    assert marked(page) == []
    time_passes()
    assert marked(page) == [new]
    served_at.runtime.start()
    qtbot.waitUntil(lambda: marked(page) == [])
    assert new in {row.ticket_id for row in page.waiting.model.rows}


def test_u1_a_call_made_alone_says_so_and_the_counter_shows_it(
    at: AtDesk, time_passes: Callable[[], None], qtbot: QtBot
) -> None:
    page = a_page(at, qtbot)
    page.counter.call_next_act.trigger()
    qtbot.waitUntil(lambda: page.counter.here is not None)
    assert at.say.words[-1].endswith(f"called. {not_yet_words()}")  # type: ignore[attr-defined]
    time_passes()
    page.counter.tick()
    assert page.counter.findChild(QLabel, "serving_not_yet").isVisible()


@pytest.mark.usefixtures("decided_in_any_time")
def test_u1_a_call_that_the_centre_decided_is_said_without_that(
    served_at: AtDesk, time_passes: Callable[[], None], qtbot: QtBot
) -> None:
    served_at.runtime.start()
    qtbot.waitUntil(served_at.runtime.is_up)
    page = a_page(served_at, qtbot)
    page.counter.call_next_act.trigger()
    qtbot.waitUntil(lambda: page.counter.here is not None)
    assert served_at.say.words[-1].endswith("called.")  # type: ignore[attr-defined]
    time_passes()
    page.counter.tick()
    assert not page.counter.findChild(QLabel, "serving_not_yet").isVisible()


def test_u1_a_room_held_alone_is_marked(
    at: AtDesk, time_passes: Callable[[], None], qtbot: QtBot
) -> None:
    page = RoomsPage(at)
    qtbot.addWidget(page)
    page.show()
    qtbot.waitUntil(lambda: len(page.rooms.model.rows) > 0)
    room = next(row for row in page.rooms.model.rows if row.is_free)
    at.do(HoldRoom(room_use_id=RoomUseId("held"), room_id=room.room_id, from_at=at.now()))
    qtbot.waitUntil(lambda: any(row.undecided for row in page.rooms.model.rows))
    number = page.rooms.model.number_of(room.room_id)
    assert not_yet_mark() not in page.rooms.model.index(number, WHO).data()
    time_passes()
    assert page.rooms.model.index(number, WHO).data().endswith(not_yet_mark())
