"""The scenes: each plays a desk into a state, and may give another widget than the window."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget

from reception_app.desk.undecided import MARKED_AFTER_S
from tests.screens.stage import Stage
from visits.ids import StretchId
from visits.queue.commands import Leave

SATURDAY_EVENING = datetime(2026, 11, 28, 18, 30, tzinfo=UTC)

Scene = Callable[[Stage], QWidget | None]
SCENES: dict[str, Scene] = {}


def scene(name: str) -> Callable[[Scene], Scene]:
    """Put a scene on the list under the name of its picture."""

    def keep(play: Scene) -> Scene:
        SCENES[name] = play
        return play

    return keep


@scene("reception-morning")
def morning(stage: Stage) -> None:
    stage.wait(lambda: stage.desk.reception.waiting.model.rows)


@scene("reception-typing")
def typing(stage: Stage) -> None:
    arrive = stage.desk.reception.arrive
    QTest.keyClicks(arrive.search, "luk")
    stage.wait(lambda: arrive.people_found)


@scene("reception-chosen")
def chosen(stage: Stage) -> None:
    typing(stage)
    arrive = stage.desk.reception.arrive
    QTest.keyClick(arrive.search, Qt.Key.Key_Return)
    stage.wait(lambda: arrive.arrival().person)
    arrive.service.setCurrentIndex(5)
    arrive.errand.private.setChecked(True)
    arrive.errand.show_needs(("hearing_loop", "large_print"))
    stage.settle(300)


@scene("reception-new-person")
def new_person(stage: Stage) -> None:
    arrive = stage.desk.reception.arrive
    QTest.keyClicks(arrive.search, "teller newcomer")
    arrive.new_person_act.trigger()
    arrive.new_person.postcode.setText("nowhere")
    arrive.service.setCurrentIndex(2)
    arrive.check_in_act.trigger()
    stage.wait(lambda: arrive.findChild(QLabel, "postcode_problem").text())


@scene("reception-serving")
def serving(stage: Stage) -> None:
    counter = stage.desk.reception.counter
    stage.wait(lambda: counter.next_call)
    counter.call_next_act.trigger()
    stage.wait(lambda: counter.here)
    stage.clock.pass_minutes(1)
    QTest.keyClick(stage.window, Qt.Key.Key_F4)
    stage.wait(lambda: counter.here and counter.here.state == "serving")
    stage.clock.pass_minutes(6)
    counter.tick()


@scene("reception-nobody-waiting")
def nobody(stage: Stage) -> None:
    morning(stage)
    at = stage.desk.at
    for row in stage.desk.reception.waiting.model.rows:
        at.do(
            Leave(
                ticket_id=row.ticket_id, stretch_id=StretchId(at.new_id()), at=at.now(), reason=""
            )
        )
    stage.wait(lambda: not stage.desk.reception.waiting.model.rows)


@scene("reception-offline")
def offline(stage: Stage) -> None:
    morning(stage)
    stage.cut()
    reception = stage.desk.reception
    before = len(reception.waiting.model.rows)
    reception.arrive.errand.service.setCurrentIndex(2)
    reception.arrive.check_in_act.trigger()
    stage.wait(lambda: len(reception.waiting.model.rows) > before)
    serving(stage)
    stage.wait(lambda: "offline" in stage.desk.window.foot.sync_words)
    stage.settle(round(MARKED_AFTER_S * 1_000) + 300)
    reception.counter.tick()


@scene("reception-this-office-only")
def office_only(stage: Stage) -> None:
    morning(stage)
    stage.share_the_office()


@scene("reception-wrong-clock")
def wrong_clock(stage: Stage) -> None:
    morning(stage)
    runtime = stage.desk.at.runtime
    runtime.now.own = lambda: stage.clock() + timedelta(hours=3)

    def is_told() -> bool:
        # Two answers of rising times must agree before a clock is put right.
        stage.clock.pass_minutes(0.1)
        runtime.line.wake()
        return "clock" in stage.desk.window.foot.sync_words

    stage.wait(is_told)


@scene("palette")
def palette(stage: Stage) -> QWidget:
    stage.desk.open_palette()
    shown = stage.window.findChild(QWidget, "palette")
    assert shown is not None
    QTest.keyClicks(shown.findChild(QWidget, "palette_text"), "now")
    stage.settle(300)
    return shown


def book_for(stage: Stage, service: int = 5) -> None:
    """Go to the week of free times with somebody chosen."""
    reception, page = stage.desk.reception, stage.desk.page("appointments")
    QTest.keyClicks(reception.arrive.search, "nowell")
    stage.wait(lambda: reception.arrive.people_found)
    reception.arrive.choose(reception.arrive.highlighted())
    reception.arrive.errand.service.setCurrentIndex(service)
    reception.arrive.book_act.trigger()
    stage.wait(lambda: page.calendar.model.rows)


@scene("appointments-week")
def week(stage: Stage) -> None:
    book_for(stage)
    stage.desk.page("appointments").who.first_free_act.trigger()
    stage.wait(lambda: stage.desk.page("appointments").chosen)


@scene("appointments-none-free")
def none_free(stage: Stage) -> None:
    stage.clock.now = SATURDAY_EVENING
    reception, page = stage.desk.reception, stage.desk.page("appointments")
    reception.arrive.errand.service.setCurrentIndex(5)
    reception.arrive.book_act.trigger()
    stage.wait(lambda: page.findChild(QLabel, "week_none_free").isVisible())


@scene("appointments-booked")
def booked(stage: Stage) -> None:
    week(stage)
    page = stage.desk.page("appointments")
    page.choice.book_act.trigger()
    stage.wait(lambda: page.opened and not page.opened.provisional)


@scene("appointments-provisional")
def provisional(stage: Stage) -> None:
    stage.cut()
    stage.wait(lambda: "offline" in stage.desk.window.foot.sync_words)
    week(stage)
    page = stage.desk.page("appointments")
    page.choice.book_act.trigger()
    stage.wait(lambda: page.opened and page.opened.provisional)


@scene("appointments-day")
def booked_today(stage: Stage) -> None:
    stage.desk.show_place("appointments")
    page = stage.desk.page("appointments")
    page.calendar.booked_act.trigger()
    stage.settle(400)


@scene("rooms")
def rooms(stage: Stage) -> None:
    stage.desk.show_place("rooms")
    page = stage.desk.page("rooms")
    stage.wait(lambda: page.rooms.model.rows)


@scene("rooms-offline")
def rooms_offline(stage: Stage) -> None:
    stage.cut()
    rooms(stage)
    page = stage.desk.page("rooms")
    stage.wait(lambda: page.asked.model.rows and page.rooms.hold_act.isEnabled())
    page.rooms.hold_act.trigger()
    stage.wait(lambda: any(row.undecided for row in page.rooms.model.rows))
    stage.settle(round(MARKED_AFTER_S * 1_000) + 300)


@scene("visits")
def visits(stage: Stage) -> None:
    stage.desk.show_place("visits")
    page = stage.desk.page("visits")
    stage.wait(lambda: page.day.model.rows)
    page.day.table.selectRow(1)


@scene("settings")
def settings(stage: Stage) -> None:
    morning(stage)
    stage.desk.open_settings()
    stage.settle(1500)


@scene("attention-nothing")
def attention_empty(stage: Stage) -> None:
    morning(stage)
    stage.desk.open_attention()
    stage.settle(400)


@scene("attention-refused-booking")
def attention_refused(stage: Stage) -> None:
    """Two desks book one time while this one's line is cut; the other was first."""
    provisional(stage)
    page = stage.desk.page("appointments")
    taken = page.opened
    stage.book_elsewhere(taken)
    stage.join()
    stage.wait(lambda: "need" in stage.desk.window.foot.sync_words)
    stage.desk.show_place("reception")
    stage.desk.open_attention()
    stage.settle(800)


@scene("attention-refused-visit")
def attention_refused_visit(stage: Stage) -> None:
    """An officer's time went to another home while this desk's line was cut."""
    morning(stage)
    stage.cut()
    stage.wait(lambda: "offline" in stage.desk.window.foot.sync_words)
    stage.agree_twice()
    stage.wait(lambda: "1" in stage.desk.window.foot.sync_words)
    stage.join()
    stage.wait(lambda: "need" in stage.desk.window.foot.sync_words)
    stage.desk.open_attention()
    stage.settle(800)
