"""The page on the last evening of a week, over a weekend, and when its clock is put right."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from reception_app.desk.at_desk import AtDesk
from tests.centres import MORNING, SetClock
from tests.reception_app.appointments.working import HOUSING, a_page, ask_for

SATURDAY_EVENING = datetime(2026, 11, 28, 18, 30, tzinfo=UTC)
MONDAY = date(2026, 11, 23)
"""Of the week of the sample's morning."""


def test_a_week_with_no_time_free_says_so_and_how_to_come_to_one(
    at: AtDesk, clock: SetClock, qtbot: QtBot
) -> None:
    clock.now = SATURDAY_EVENING
    page = a_page(at, qtbot)
    page.who.choose_service(HOUSING)
    words = page.findChild(QLabel, "week_none_free")
    qtbot.waitUntil(lambda: words.isVisible())
    assert words.text() == "No time is free this week. F6 chooses the first that is."
    page.who.first_free_act.trigger()
    qtbot.waitUntil(lambda: not words.isVisible())
    assert page.calendar.model.days[0].on_date == MONDAY + timedelta(days=7)


@pytest.mark.parametrize("days", [7, 40, -40])
def test_a_page_of_another_week_comes_to_this_one_when_it_is_asked(
    at: AtDesk, clock: SetClock, qtbot: QtBot, days: int
) -> None:
    clock.now = MORNING - timedelta(days=days)
    page = a_page(at, qtbot)
    clock.now = MORNING
    ask_for(page, qtbot)
    qtbot.waitUntil(lambda: page.calendar.model.days[0].on_date >= MONDAY)
    first = page.calendar.model.days[0].on_date
    assert (first - MONDAY) % timedelta(days=7) == timedelta(0)
    later = page.calendar.later_act if days > 0 else page.calendar.earlier_act
    later.trigger()
    wanted = first + timedelta(days=7 if days > 0 else -7)
    qtbot.waitUntil(lambda: page.calendar.model.days[0].on_date == wanted)
