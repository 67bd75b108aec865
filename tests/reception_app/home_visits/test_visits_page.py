"""Visits as an officer works them: by keys, with the line cut, and beside another desk."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pypdfium2
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot
from sqlalchemy import select

from reception_app.desk import runtime
from reception_app.desk.at_desk import AtDesk
from reception_app.home_visits.telling import ShownVisit
from reception_app.home_visits.view import VisitsPage
from tests.centres import SetClock
from visits.home_visits.queries import officers_of
from visits.home_visits.records import HomeVisit
from visits.ids import VisitId

PATIENT_S, PATIENT_MS = 20.0, 20_000
BEFORE_WORK = datetime(2026, 11, 25, 8, 30, tzinfo=UTC)
"""The morning after the sample's: nothing of this day has happened yet."""


@pytest.fixture(autouse=True)
def before_the_first_visit(clock: SetClock) -> None:
    clock.now = BEFORE_WORK


def a_page(at: AtDesk, qtbot: QtBot, *, width: int = 1264, height: int = 740) -> VisitsPage:
    page = VisitsPage(at)
    qtbot.addWidget(page)
    page.resize(width, height)
    page.show()
    qtbot.waitExposed(page)
    qtbot.waitUntil(lambda: len(page.day.model.rows) == 5, timeout=PATIENT_MS)
    return page


def press(page: VisitsPage, keys: str) -> None:
    page.activateWindow()
    QTest.qWaitForWindowActive(page)
    QTest.keySequence(page, QKeySequence(keys))


def visit(page: VisitsPage, number: int = 0) -> ShownVisit:
    return page.day.model.rows[number]


def choose(page: VisitsPage, number: int) -> None:
    page.day.table.selectRow(number)


def widget(page: QWidget, name: str) -> QWidget:
    found = page.findChild(QWidget, name)
    assert found is not None
    return found


def press_focused(qtbot: QtBot, key: Qt.Key) -> None:
    qtbot.keyClick(QApplication.focusWidget(), key)


def said(at: AtDesk) -> list[str]:
    return at.say.words  # type: ignore[attr-defined]


def undo(at: AtDesk) -> None:
    back = at.say.undo  # type: ignore[attr-defined]
    assert back is not None
    back()


def text(path: Path) -> str:
    pages = pypdfium2.PdfDocument(path)
    return "\n".join(page.get_textpage().get_text_range() for page in pages)


def test_a_visit_that_is_opened_is_shown_in_its_officers_day(at: AtDesk, qtbot: QtBot) -> None:
    page = a_page(at, qtbot)
    with at.runtime.node.database.read() as session:
        mine = page.day.staff_id
        others = select(HomeVisit).where(HomeVisit.staff_id != mine).order_by(HomeVisit.id)
        wanted = session.scalars(others).first()
        assert wanted is not None
        visit_id, staff_id = VisitId(wanted.id), wanted.staff_id
    page.open(visit_id)
    qtbot.waitUntil(lambda: page.day.staff_id == staff_id, timeout=PATIENT_MS)
    qtbot.waitUntil(
        lambda: (found := page.day.chosen()) is not None and found.visit.visit_id == visit_id,
        timeout=PATIENT_MS,
    )


def test_one_s_own_day_is_shown_with_the_homes_in_order(at: AtDesk, qtbot: QtBot) -> None:
    page = a_page(at, qtbot)
    assert page.day.officer.currentText() == "Amira Hassan"
    assert widget(page, "visits_date").text() == "Wednesday 25 November 2026, today"
    planned = [row.visit.planned_at for row in page.day.model.rows]
    assert planned == sorted(planned)
    assert page.day.chosen() == visit(page, 0)
    assert page.day.model.index(0, 2).data().startswith("9am to 11am")


def test_the_sheet_shows_what_proves_who_the_officer_is(at: AtDesk, qtbot: QtBot) -> None:
    page = a_page(at, qtbot)
    assert widget(page, "officer_name").text() == "Amira Hassan"
    assert widget(page, "officer_role").text() == "Housing officer, Housing team"
    assert widget(page, "officer_card").text() == "ID card 40200"
    assert widget(page, "officer_ring").text() == "To check, ring 01632 960 310"
    assert not widget(page, "officer_photo").pixmap().isNull()
    assert widget(page, "visit_who").text() == visit(page).visit.customer


def test_the_photograph_is_that_of_the_officer_on_the_sheet(at: AtDesk, qtbot: QtBot) -> None:
    page = a_page(at, qtbot)
    with at.runtime.node.database.read() as session:
        known = {officer.full_name: officer for officer in officers_of(session, at.office_id)}
    pictures = []
    for name in ("Amira Hassan", "Paweł Zając", "Amira Hassan"):
        page.sheet.show_visit(page.day.chosen(), known[name])
        assert widget(page, "officer_name").text() == name
        pictures.append(widget(page, "officer_photo").pixmap().toImage())
    assert pictures[0] == pictures[2] != pictures[1]


def test_a_whole_visit_is_one_key_after_another(at: AtDesk, qtbot: QtBot, clock: SetClock) -> None:
    page = a_page(at, qtbot)
    assert page.sheet.next_act.text() == "On the way"
    press(page, "F5")
    qtbot.waitUntil(lambda: visit(page).visit.state == "on_the_way")
    clock.pass_minutes(45)
    assert page.sheet.next_act.text() == "Arrived"
    press(page, "F5")
    qtbot.waitUntil(page.sheet.ask_id.isVisible)
    press_focused(qtbot, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: visit(page).visit.state == "with_resident")
    assert visit(page).visit.id_shown
    assert page.sheet.next_act.text() == "Finish visit"
    clock.pass_minutes(40)
    press(page, "F5")
    qtbot.waitUntil(lambda: visit(page).visit.state == "finished")
    assert visit(page).state == "Finished 9:55am"
    assert visit(page).detail == "ID shown"


def finish_the_first(page: VisitsPage, qtbot: QtBot) -> None:
    press(page, "F5")
    qtbot.waitUntil(lambda: visit(page).visit.state == "on_the_way")
    press(page, "F5")
    qtbot.waitUntil(page.sheet.ask_id.isVisible)
    press_focused(qtbot, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: visit(page).visit.state == "with_resident")
    press(page, "F5")
    qtbot.waitUntil(lambda: visit(page).visit.state == "finished")


def test_pressing_once_more_after_a_visit_is_finished_sets_nobody_else_on_the_way(
    at: AtDesk, qtbot: QtBot
) -> None:
    page = a_page(at, qtbot)
    finish_the_first(page, qtbot)
    assert page.day.chosen() == visit(page)
    assert page.sheet.next_act.text() == "Visit is over"
    said_before = list(said(at))
    press(page, "F5")
    assert not page.sheet.next_act.isEnabled()
    assert said(at) == said_before
    press_focused(qtbot, Qt.Key.Key_Down)
    assert page.day.chosen() == visit(page, 1)
    assert visit(page, 1).visit.state == "planned"


def test_an_id_that_was_not_shown_is_recorded(at: AtDesk, qtbot: QtBot) -> None:
    page = a_page(at, qtbot)
    press(page, "F5")
    qtbot.waitUntil(lambda: visit(page).visit.state == "on_the_way")
    press(page, "F5")
    qtbot.mouseClick(widget(page, "id_shown_no"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: visit(page).visit.state == "with_resident")
    assert visit(page).detail == "ID not shown"


def test_esc_leaves_the_question_with_nothing_done(at: AtDesk, qtbot: QtBot) -> None:
    page = a_page(at, qtbot)
    press(page, "F5")
    qtbot.waitUntil(lambda: visit(page).visit.state == "on_the_way")
    press(page, "F5")
    qtbot.waitUntil(page.sheet.ask_id.isVisible)
    press_focused(qtbot, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not page.sheet.ask_id.isVisible())
    assert visit(page).visit.state == "on_the_way"


def test_a_delay_shows_the_new_time_and_writes_a_notice_and_undo_takes_both_back(
    at: AtDesk, qtbot: QtBot
) -> None:
    page = a_page(at, qtbot)
    press(page, "F6")
    qtbot.mouseClick(widget(page, "delay_30"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: visit(page).visit.delay_minutes == 30)
    assert page.day.model.index(0, 0).data() == "9:45am\nwas 9:15am"
    assert visit(page).state == "30 minutes late"
    assert visit(page).detail == "Delay notice not handed over"
    assert widget(page, "visit_promise").text() == "Expected about 9:45am, 30 minutes late."
    qtbot.waitUntil(lambda: "30 minutes late" in said(at)[-1])
    undo(at)
    qtbot.waitUntil(lambda: visit(page).visit.delay_minutes == 0)
    assert visit(page).visit.notice.kind == "visit"


def test_a_delay_marks_the_visits_after_it_that_it_reaches(at: AtDesk, qtbot: QtBot) -> None:
    page = a_page(at, qtbot)
    press(page, "F6")
    qtbot.keyClicks(page.sheet.ask_delay.minutes, "75")
    qtbot.keyClick(page.sheet.ask_delay.minutes, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: visit(page).visit.delay_minutes == 75)
    assert [row.state for row in page.day.model.rows[:4]] == [
        "1 hour 15 minutes late",
        "1 hour 10 minutes late",
        "1 hour 5 minutes late",
        "Planned",
    ]
    press(page, "F6")
    qtbot.keyClicks(page.sheet.ask_delay.minutes, "120")
    qtbot.keyClick(page.sheet.ask_delay.minutes, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: visit(page).visit.delay_minutes == 120)
    assert {row.state for row in page.day.model.rows[:3]} == {"After the window"}
    assert visit(page, 3).state == "Planned"
    choose(page, 1)
    assert widget(page, "visit_promise").text().endswith("Tell the resident.")


@pytest.mark.parametrize("on", ["", "delay_10", "delay_60", "delay_typed", "ask_delay_back"])
def test_minutes_typed_anywhere_in_the_question_are_the_minutes_told(
    at: AtDesk, qtbot: QtBot, on: str
) -> None:
    page = a_page(at, qtbot)
    press(page, "F6")
    qtbot.waitUntil(page.sheet.ask_delay.isVisible)
    if on:
        widget(page, on).setFocus()
    for key in (Qt.Key.Key_2, Qt.Key.Key_0, Qt.Key.Key_Return):
        press_focused(qtbot, key)
    qtbot.waitUntil(lambda: visit(page).visit.delay_minutes == 20)


def test_enter_alone_tells_no_resident_a_time(at: AtDesk, qtbot: QtBot) -> None:
    page = a_page(at, qtbot)
    press(page, "F6")
    qtbot.waitUntil(page.sheet.ask_delay.isVisible)
    press_focused(qtbot, Qt.Key.Key_Return)
    assert widget(page, "delay_minutes_problem").isVisible()
    assert visit(page).visit.delay_minutes == 0


@pytest.mark.parametrize("typed", ["0", "241", "soon", ""])
def test_minutes_that_are_none_are_named_beside_the_field_and_stay(
    at: AtDesk, qtbot: QtBot, typed: str
) -> None:
    page = a_page(at, qtbot)
    press(page, "F6")
    qtbot.keyClicks(page.sheet.ask_delay.minutes, typed)
    qtbot.keyClick(page.sheet.ask_delay.minutes, Qt.Key.Key_Return)
    problem = widget(page, "delay_minutes_problem")
    assert problem.isVisible()
    assert problem.text() == "Enter minutes between 1 and 240"
    assert page.sheet.ask_delay.minutes.text() == typed
    assert visit(page).visit.delay_minutes == 0


def test_no_answer_is_recorded_and_undone(at: AtDesk, qtbot: QtBot) -> None:
    page = a_page(at, qtbot)
    press(page, "F7")
    qtbot.waitUntil(lambda: visit(page).visit.state == "no_answer")
    assert visit(page).state == "No answer 8:30am"
    assert page.day.chosen() == visit(page)
    undo(at)
    qtbot.waitUntil(lambda: visit(page).visit.state == "planned")


def test_keys_lead_through_the_days_and_back_to_today(at: AtDesk, qtbot: QtBot) -> None:
    page = a_page(at, qtbot)
    date = widget(page, "visits_date")
    press(page, "Alt+Right")
    qtbot.waitUntil(lambda: date.text() == "Thursday 26 November 2026, tomorrow")
    press(page, "Alt+Left")
    press(page, "Alt+Left")
    qtbot.waitUntil(lambda: date.text() == "Tuesday 24 November 2026, yesterday")
    assert all(row.forecast is None for row in page.day.model.rows)
    press(page, "Alt+Home")
    qtbot.waitUntil(lambda: date.text().endswith("today"))


def test_another_officer_s_day_is_a_choice_away(at: AtDesk, qtbot: QtBot) -> None:
    page = a_page(at, qtbot)
    page.day.officer.setFocus()
    qtbot.keyClicks(page.day.officer, "Paw")
    qtbot.waitUntil(lambda: page.day.day.officer.full_name == "Paweł Zając")
    assert widget(page, "visits_empty").text().startswith("Paweł Zając has no visits on this day.")


def test_the_day_is_saved_as_paper(at: AtDesk, qtbot: QtBot) -> None:
    page = a_page(at, qtbot)
    press(page, "Ctrl+P")
    qtbot.waitUntil(lambda: bool(said(at)), timeout=PATIENT_MS)
    (saved,) = at.paper.folder.glob("*.pdf")
    read = text(saved)
    assert "Amira Hassan" in read
    for row in page.day.model.rows:
        assert row.visit.reference in read
    assert saved.name == "Visits of Amira Hassan 2026-11-25.pdf"


def test_the_paper_of_another_day_is_saved_under_that_day(at: AtDesk, qtbot: QtBot) -> None:
    page = a_page(at, qtbot)
    press(page, "Alt+Left")
    qtbot.waitUntil(lambda: page.day.day.on_date == page.day.on_date)
    qtbot.waitUntil(page.day.print_act.isEnabled)
    press(page, "Ctrl+P")
    qtbot.waitUntil(lambda: bool(said(at)), timeout=PATIENT_MS)
    (saved,) = at.paper.folder.glob("*.pdf")
    assert saved.name == "Visits of Amira Hassan on Tuesday 24 November 2026 2026-11-25.pdf"


def test_a_finished_visit_is_finished_on_the_paper_too_and_no_longer_late(
    at: AtDesk, qtbot: QtBot
) -> None:
    page = a_page(at, qtbot)
    press(page, "F6")
    qtbot.mouseClick(widget(page, "delay_10"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: visit(page).visit.delay_minutes == 10)
    finish_the_first(page, qtbot)
    said_before = len(said(at))
    press(page, "Ctrl+P")
    qtbot.waitUntil(lambda: len(said(at)) > said_before, timeout=PATIENT_MS)
    (saved,) = at.paper.folder.glob("*.pdf")
    read = text(saved)
    assert "State Finished 8:30am" in read
    assert "10 minutes" not in read


def test_handing_a_notice_over_is_recorded_on_it(at: AtDesk, qtbot: QtBot) -> None:
    page = a_page(at, qtbot)
    press(page, "F6")
    qtbot.mouseClick(widget(page, "delay_15"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: visit(page).visit.delay_minutes == 15)
    press(page, "Ctrl+Shift+P")
    qtbot.waitUntil(lambda: visit(page).visit.notice.status == "saved", timeout=PATIENT_MS)
    assert visit(page).detail == "Delay notice saved 8:30am"
    (saved,) = at.paper.folder.glob("*.pdf")
    assert "About 9:30am, 15 minutes late" in text(saved)


def test_withheld_details_are_told_on_the_sheet_and_kept_off_the_paper(
    at: AtDesk, qtbot: QtBot
) -> None:
    page = a_page(at, qtbot)
    choose(page, 4)
    assert widget(page, "visit_withheld").isVisible()
    press(page, "Ctrl+Shift+P")
    qtbot.waitUntil(lambda: bool(said(at)), timeout=PATIENT_MS)
    (saved,) = at.paper.folder.glob("*.pdf")
    read = text(saved)
    assert "An officer of the Housing team" in read
    assert "Amira" not in read
    assert "40200" not in read


def agree_for_somebody(page: VisitsPage, qtbot: QtBot, reason: str = "Damp inspection") -> None:
    press(page, "Ctrl+N")
    qtbot.waitUntil(page.agree.agree_act.isEnabled, timeout=PATIENT_MS)
    qtbot.keyClicks(page.agree.search, "lukasz")
    qtbot.waitUntil(lambda: bool(page.agree.people_found))
    qtbot.keyClick(page.agree.search, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(widget(page, "agree_who_to_see").text()))
    widget(page, "agree_address").clear()
    qtbot.keyClicks(widget(page, "agree_address"), "27 Mill Lane, AB1 2PW")
    qtbot.keyClicks(widget(page, "agree_reason"), reason)


def test_a_visit_is_agreed_in_time_that_is_really_free(at: AtDesk, qtbot: QtBot) -> None:
    page = a_page(at, qtbot)
    agree_for_somebody(page, qtbot)
    free = [page.agree.time.itemText(n) for n in range(page.agree.time.count())]
    assert "1pm" in free
    assert not {"9:15am", "10:30am", "11:30am", "2pm", "3:15pm"} & set(free)
    page.agree.time.setCurrentText("1pm")
    qtbot.keyClicks(widget(page, "agree_bring"), "damp meter, form HS4")
    press(page, "Ctrl+Return")
    qtbot.waitUntil(lambda: len(page.day.model.rows) == 6)
    agreed = next(row.visit for row in page.day.model.rows if row.visit.provisional)
    assert agreed.reason == "Damp inspection"
    assert agreed.bring == ("damp meter", "form HS4")
    assert "ukasz" in agreed.customer
    assert said(at)[-1].endswith("It is provisional until the centre is reached.")
    undo(at)
    qtbot.waitUntil(lambda: len(page.day.model.rows) == 5)


def test_what_is_done_after_agreeing_is_done_to_the_visit_just_agreed(
    at: AtDesk, qtbot: QtBot
) -> None:
    page = a_page(at, qtbot)
    agree_for_somebody(page, qtbot)
    page.agree.time.setCurrentText("1pm")
    press(page, "Ctrl+Return")
    qtbot.waitUntil(lambda: len(page.day.model.rows) == 6, timeout=PATIENT_MS)
    (agreed,) = [row for row in page.day.model.rows if row.visit.provisional]
    qtbot.waitUntil(lambda: page.day.chosen() == agreed, timeout=PATIENT_MS)
    press(page, "Ctrl+Return")
    assert visit(page, page.day.table.currentIndex().row()).visit.state == "planned"


def test_what_is_missing_is_named_and_what_was_typed_stays(at: AtDesk, qtbot: QtBot) -> None:
    page = a_page(at, qtbot)
    press(page, "Ctrl+N")
    qtbot.waitUntil(page.agree.agree_act.isEnabled, timeout=PATIENT_MS)
    press(page, "Ctrl+Return")
    assert widget(page, "agree_search_problem").text() == "Choose who the visit is for"
    press(page, "Esc")
    agree_for_somebody(page, qtbot, reason="")
    press(page, "Ctrl+Return")
    problem = widget(page, "agree_reason_problem")
    qtbot.waitUntil(lambda: problem.text() == "Enter why the visit is made")
    assert widget(page, "agree_address").text()
    assert len(page.day.model.rows) == 5


def test_two_desks_cannot_agree_one_officer_s_time_and_the_second_is_offered_the_next(
    new_at: Callable[..., AtDesk],
    centre_address: str,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(runtime, "ASK_BUDGET_S", PATIENT_S)
    desks = [new_at(name, central=centre_address) for name in ("desk-1", "desk-2")]
    for at in desks:
        at.runtime.start()
        qtbot.waitUntil(at.runtime.is_up, timeout=PATIENT_MS)
    pages = [a_page(at, qtbot) for at in desks]
    for page in pages:
        agree_for_somebody(page, qtbot)
        page.agree.time.setCurrentText("1pm")
    for page in pages:
        press(page, "Ctrl+Return")
    qtbot.waitUntil(lambda: any(p.agree.problem.isVisible() for p in pages), timeout=PATIENT_MS)
    (second,) = [page for page in pages if page.agree.problem.isVisible()]
    assert second.agree.problem.text().startswith("Somebody else has just taken that time. ")
    assert widget(second, "agree_reason").text() == "Damp inspection"
    for page in pages:
        qtbot.waitUntil(lambda page=page: len(page.day.model.rows) == 6, timeout=PATIENT_MS)


def test_steps_taken_with_the_line_cut_reach_the_other_desk_when_it_is_back(
    new_at: Callable[..., AtDesk], centre_address: str, qtbot: QtBot
) -> None:
    first, second = (new_at(name, central=centre_address) for name in ("desk-1", "desk-2"))
    second.runtime.start()
    there = a_page(second, qtbot)
    here = a_page(first, qtbot)
    press(here, "F5")
    qtbot.waitUntil(lambda: visit(here).visit.state == "on_the_way")
    assert visit(there).visit.state == "planned"
    first.runtime.start()
    qtbot.waitUntil(lambda: visit(there).visit.state == "on_the_way", timeout=PATIENT_MS)


def test_the_timeline_says_the_same_as_the_list_and_chooses_by_mouse(
    at: AtDesk, qtbot: QtBot
) -> None:
    page = a_page(at, qtbot)
    timeline = page.day.timeline
    assert visit(page, 3).visit.customer in timeline.accessibleDescription()
    middle = timeline.block(visit(page, 3)).center().toPoint()
    qtbot.mouseClick(timeline, Qt.MouseButton.LeftButton, pos=middle)
    assert page.day.chosen() == visit(page, 3)


def test_the_keyboard_reaches_everything(at: AtDesk, qtbot: QtBot) -> None:
    page = a_page(at, qtbot)
    page.activateWindow()
    page.day.officer.setFocus()
    reached = set()
    for _ in range(30):
        reached.add(QApplication.focusWidget().objectName())
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
    assert {
        "officer",
        "button_day_before",
        "button_agree_visit",
        "visits_list",
        "button_delay",
        "button_no_answer",
        "button_next",
    } <= reached


@pytest.mark.parametrize(("width", "height"), [(936, 620), (1278, 688)])
def test_the_page_fits_the_smallest_window_and_a_small_laptop(
    at: AtDesk, qtbot: QtBot, width: int, height: int
) -> None:
    page = a_page(at, qtbot, width=width, height=height)
    assert (page.width(), page.height()) == (width, height)
    for name in ("button_next", "button_agree_visit", "visits_list"):
        found = widget(page, name)
        assert page.rect().contains(found.rect().translated(found.mapTo(page, QPoint())))
