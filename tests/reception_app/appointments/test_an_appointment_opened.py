"""What was booked: found again, printed, moved, cancelled, and taken back within ten seconds."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pypdfium2
import pytest
import zxingcpp
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from reception_app.appointments.asking import was_handed_over
from reception_app.appointments.view import AppointmentsPage
from reception_app.desk.at_desk import AtDesk
from reception_app.desk.saying import REFUSALS
from reception_app.parts.making import ActButton
from reception_app.queue.view import ReceptionPage
from tests.centres import OFFICE
from tests.reception_app.appointments.working import (
    a_page,
    ask_for,
    book,
    choose_person,
    free,
    kept,
    ready_to_book,
)
from visits.appointments.commands import Move
from visits.appointments.queries import booked_on, latest_notice, sheet
from visits.codes import read_code
from visits.ids import AppointmentId, NoticeId
from visits.notices.records import Notice

TODAY, WEDNESDAY = date(2026, 11, 24), date(2026, 11, 25)


def saved(at: AtDesk, page: AppointmentsPage, qtbot: QtBot) -> pypdfium2.PdfDocument:
    """Save the confirmation; the paper, read back."""
    page.sheet.save_act.trigger()
    qtbot.waitUntil(lambda: page.sheet.told.text().startswith("Saved as "))
    path = Path(page.sheet.told.text().removeprefix("Saved as ").removesuffix("."))
    return pypdfium2.PdfDocument(path.read_bytes())


def words_of(paper: pypdfium2.PdfDocument) -> str:
    return " ".join(" ".join(page.get_textpage().get_text_range() for page in paper).split())


def code_of(paper: pypdfium2.PdfDocument) -> str:
    picture = paper[0].render(scale=2).to_pil()
    (found,) = zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormat.QRCode)
    return found.text


def handed_over(at: AtDesk, appointment_id: AppointmentId) -> bool:
    with at.runtime.node.database.read() as session:
        return was_handed_over(session, appointment_id)


def show_bookings(page: AppointmentsPage, qtbot: QtBot) -> None:
    page.calendar.show_booked()
    qtbot.waitUntil(lambda: len(page.calendar.booked.model.rows) > 0)


def test_the_confirmation_says_on_paper_what_the_screen_says(at: AtDesk, qtbot: QtBot) -> None:
    page = a_page(at, qtbot)
    ready_to_book(page, qtbot)
    appointment_id = book(page, qtbot)
    found = page.opened
    assert found is not None
    paper = saved(at, page, qtbot)
    said = words_of(paper)
    for part in (found.customer, found.reference, found.officer, found.service, found.office_phone):
        assert part in said
    assert "This appointment is provisional." in said
    assert len(paper) == 1
    assert read_code(code_of(paper)).id == appointment_id


def test_what_was_saved_is_noted_with_the_notice(at: AtDesk, qtbot: QtBot) -> None:
    page = a_page(at, qtbot)
    ready_to_book(page, qtbot)
    appointment_id = book(page, qtbot)
    saved(at, page, qtbot)

    def status() -> str:
        with at.runtime.node.database.read() as session:
            notice_id = latest_notice(session, appointment_id)
            return session.get_one(Notice, notice_id).status

    qtbot.waitUntil(lambda: status() == "saved")


def test_saving_does_not_take_the_undo_of_the_booking_away(at: AtDesk, qtbot: QtBot) -> None:
    page = a_page(at, qtbot)
    ready_to_book(page, qtbot)
    appointment_id = book(page, qtbot)
    saved(at, page, qtbot)
    at.say.undo()  # type: ignore[attr-defined]
    qtbot.waitUntil(lambda: kept(at, appointment_id)[0] == "cancelled")


def test_a_folder_that_cannot_be_written_is_said_and_the_booking_stands(
    at: AtDesk, qtbot: QtBot
) -> None:
    page = a_page(at, qtbot)
    ready_to_book(page, qtbot)
    appointment_id = book(page, qtbot)
    at.paper.folder.write_text("in the way")
    page.sheet.save_act.trigger()
    qtbot.waitUntil(lambda: "it is not a folder" in page.sheet.told.text())
    assert kept(at, appointment_id)[0] == "booked"


def test_the_code_on_the_paper_checks_the_person_in(at: AtDesk, qtbot: QtBot) -> None:
    page = a_page(at, qtbot)
    choose_person(page, qtbot)
    ask_for(page, qtbot)
    page.choose(free(page)[0])
    appointment_id = book(page, qtbot)
    assert page.opened is not None
    customer = page.opened.customer
    code = code_of(saved(at, page, qtbot))
    reception = ReceptionPage(at)
    qtbot.addWidget(reception)
    reception.show()
    qtbot.waitUntil(lambda: reception.arrive.service.count() == 12)
    qtbot.keyClicks(reception.arrive.search, code)
    qtbot.keyClick(reception.arrive.search, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: kept(at, appointment_id)[0] == "arrived")
    qtbot.waitUntil(lambda: customer in [row.person for row in reception.waiting.model.rows])
    qtbot.waitUntil(lambda: not page.sheet.move_act.isEnabled())


def test_the_bookings_of_a_day_are_listed_by_time_and_opened_by_keyboard(
    at: AtDesk, qtbot: QtBot
) -> None:
    page = a_page(at, qtbot)
    show_bookings(page, qtbot)
    rows = page.calendar.booked.model.rows
    with at.runtime.node.database.read() as session:
        assert rows == booked_on(session, OFFICE, TODAY)
    assert [row.starts_at for row in rows] == sorted(row.starts_at for row in rows)
    table = page.calendar.booked.table
    table.setFocus()
    qtbot.keyClick(table, Qt.Key.Key_Down)
    qtbot.keyClick(table, Qt.Key.Key_Down)
    wanted = rows[table.currentIndex().row()]
    qtbot.waitUntil(lambda: page.opened is not None and page.opened.reference == wanted.reference)
    assert table.hasFocus()


def test_days_are_gone_through_by_key(at: AtDesk, qtbot: QtBot) -> None:
    page = a_page(at, qtbot)
    show_bookings(page, qtbot)
    qtbot.keyClick(page, Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(
        lambda: all(row.starts_at.date() == WEDNESDAY for row in page.calendar.booked.model.rows)
    )
    assert page.calendar.booked.model.rows


def test_a_reference_finds_its_appointment_on_whatever_day(at: AtDesk, qtbot: QtBot) -> None:
    page = a_page(at, qtbot)
    with at.runtime.node.database.read() as session:
        wanted = booked_on(session, OFFICE, date(2026, 12, 3))[4]
    show_bookings(page, qtbot)
    edit = page.calendar.booked.reference
    qtbot.keyClicks(edit, f" {wanted.reference.lower()}")
    qtbot.keyClick(edit, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: page.opened is not None and page.opened.reference == wanted.reference)
    booked = page.calendar.booked
    qtbot.waitUntil(lambda: wanted in booked.model.rows)
    assert booked.model.row(booked.table.currentIndex().row()) == wanted


def test_an_unknown_reference_is_said_and_stays_typed(at: AtDesk, qtbot: QtBot) -> None:
    page = a_page(at, qtbot)
    show_bookings(page, qtbot)
    booked = page.calendar.booked
    qtbot.keyClicks(booked.reference, "A9999")
    qtbot.keyClick(booked.reference, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: booked.reference_problem.text().startswith("No appointment"))
    assert booked.reference.text() == "A9999"


def test_an_appointment_is_moved_and_moved_back(at: AtDesk, qtbot: QtBot) -> None:
    page = a_page(at, qtbot)
    ready_to_book(page, qtbot)
    appointment_id = book(page, qtbot)
    before = kept(at, appointment_id)
    page.sheet.move_act.trigger()
    qtbot.waitUntil(lambda: page.moving is not None and len(page.calendar.model.rows) > 0)
    assert not page.who.service.isEnabled()
    page.choose(free(page)[-1])
    to = page.chosen
    qtbot.keyClick(page, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: page.opened is not None)
    assert to is not None
    assert kept(at, appointment_id) == ("booked", to.starts_at, to.staff_id)
    assert page.who.service.isEnabled()
    at.say.undo()  # type: ignore[attr-defined]
    qtbot.waitUntil(lambda: kept(at, appointment_id) == before)


def test_who_still_sees_the_old_time_moves_nothing_and_is_shown_the_new_one(
    at: AtDesk, qtbot: QtBot
) -> None:
    page = a_page(at, qtbot)
    ready_to_book(page, qtbot)
    appointment_id = book(page, qtbot)
    page.sheet.move_act.trigger()
    qtbot.waitUntil(lambda: page.moving is not None and len(page.calendar.model.rows) > 0)
    page.choose(free(page)[-1])
    elsewhere = free(page)[-2]
    at.runtime.issue_now(
        Move(
            appointment_id=appointment_id,
            notice_id=NoticeId(at.new_id()),
            staff_id=elsewhere.staff_id,
            starts_at=elsewhere.starts_at,
            moved_at=at.now(),
            seen_starts_at=kept(at, appointment_id)[1],
        )
    )
    page.choice.book_act.trigger()
    qtbot.waitUntil(
        lambda: page.opened is not None and page.opened.starts_at == elsewhere.starts_at
    )
    assert page.moving is None
    assert at.say.words[-1] == REFUSALS["time_changed"]  # type: ignore[attr-defined]
    assert kept(at, appointment_id) == ("booked", elsewhere.starts_at, elsewhere.staff_id)


def moved(page: AppointmentsPage, qtbot: QtBot) -> None:
    """Move the appointment that is open to the last free time of its week."""
    page.sheet.move_act.trigger()
    qtbot.waitUntil(lambda: page.moving is not None and len(page.calendar.model.rows) > 0)
    page.choose(free(page)[-1])
    to = page.chosen
    assert to is not None
    page.choice.book_act.trigger()
    qtbot.waitUntil(lambda: page.opened is not None and page.opened.starts_at == to.starts_at)


def test_a_move_says_that_the_paper_handed_out_before_is_out_of_date_until_it_is_made_anew(
    at: AtDesk, qtbot: QtBot
) -> None:
    page = a_page(at, qtbot)
    ready_to_book(page, qtbot)
    book(page, qtbot)
    saved(at, page, qtbot)
    assert not page.sheet.out_of_date.isVisible()
    moved(page, qtbot)
    assert page.sheet.told.text() == ""
    assert page.sheet.out_of_date.isVisible()
    assert page.sheet.out_of_date.text() == (
        "The paper handed out before is out of date: print it again."
    )
    saved(at, page, qtbot)
    assert not page.sheet.out_of_date.isVisible()


def test_a_move_taken_back_leaves_the_paper_good(at: AtDesk, qtbot: QtBot) -> None:
    page = a_page(at, qtbot)
    ready_to_book(page, qtbot)
    book(page, qtbot)
    saved(at, page, qtbot)
    moved(page, qtbot)
    at.say.undo()  # type: ignore[attr-defined]
    qtbot.waitUntil(lambda: not page.sheet.out_of_date.isVisible())
    assert page.sheet.isVisible()


def test_a_paper_handed_out_on_another_day_is_out_of_date_after_a_move_too(
    at: AtDesk, qtbot: QtBot
) -> None:
    page = a_page(at, qtbot)
    ready_to_book(page, qtbot)
    appointment_id = book(page, qtbot)
    saved(at, page, qtbot)
    qtbot.waitUntil(lambda: handed_over(at, appointment_id))
    later = a_page(at, qtbot)
    later.open(appointment_id)
    qtbot.waitUntil(lambda: later.opened is not None)
    moved(later, qtbot)
    qtbot.waitUntil(later.sheet.out_of_date.isVisible)


def test_a_move_before_any_paper_says_nothing_of_paper(at: AtDesk, qtbot: QtBot) -> None:
    page = a_page(at, qtbot)
    ready_to_book(page, qtbot)
    appointment_id = book(page, qtbot)
    moved(page, qtbot)
    assert not handed_over(at, appointment_id)
    assert not page.sheet.out_of_date.isVisible()


def test_after_cancelling_nothing_is_said_of_the_paper_of_before(at: AtDesk, qtbot: QtBot) -> None:
    page = a_page(at, qtbot)
    ready_to_book(page, qtbot)
    book(page, qtbot)
    saved(at, page, qtbot)
    page.sheet.cancel_act.trigger()
    qtbot.waitUntil(lambda: not page.sheet.cancel_act.isEnabled())
    assert page.sheet.told.text() == ""
    assert not page.sheet.out_of_date.isVisible()


def test_an_appointment_is_not_cancelled_by_the_key_that_gives_a_room_in_reception(
    at: AtDesk, qtbot: QtBot
) -> None:
    page = a_page(at, qtbot)
    ready_to_book(page, qtbot)
    appointment_id = book(page, qtbot)
    asked: list[str] = []
    page.sheet.act_wanted.connect(asked.append)
    qtbot.keyClick(page, Qt.Key.Key_F8)
    assert asked == []
    qtbot.keyClick(page, Qt.Key.Key_F8, Qt.KeyboardModifier.ShiftModifier)
    assert asked == ["cancel_appointment"]
    qtbot.waitUntil(lambda: kept(at, appointment_id)[0] == "cancelled")


@pytest.mark.parametrize("size_px", [(936, 620), (1300, 800)], ids=["smallest", "wide"])
def test_the_key_of_every_act_can_be_read_whole(
    at: AtDesk, qtbot: QtBot, size_px: tuple[int, int]
) -> None:
    page = a_page(at, qtbot, size_px)
    ready_to_book(page, qtbot)
    book(page, qtbot)
    for button in page.sheet.findChildren(ActButton):
        assert button.width() >= button.sizeHint().width(), button.text()


def test_a_move_that_is_given_up_leaves_the_appointment_open(at: AtDesk, qtbot: QtBot) -> None:
    page = a_page(at, qtbot)
    ready_to_book(page, qtbot)
    appointment_id = book(page, qtbot)
    before = kept(at, appointment_id)
    page.sheet.move_act.trigger()
    qtbot.waitUntil(lambda: len(page.calendar.model.rows) > 0)
    page.choose(free(page)[0])
    qtbot.keyClick(page, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: page.opened is not None)
    assert page.moving is None
    assert kept(at, appointment_id) == before


def test_a_cancelled_appointment_says_so_and_comes_back(at: AtDesk, qtbot: QtBot) -> None:
    page = a_page(at, qtbot)
    ready_to_book(page, qtbot)
    appointment_id = book(page, qtbot)
    page.sheet.cancel_act.trigger()
    qtbot.waitUntil(lambda: kept(at, appointment_id)[0] == "cancelled")
    qtbot.waitUntil(lambda: not page.sheet.cancel_act.isEnabled())
    assert not page.sheet.print_act.isEnabled()
    at.say.undo()  # type: ignore[attr-defined]
    qtbot.waitUntil(lambda: kept(at, appointment_id)[0] == "booked")
    qtbot.waitUntil(page.sheet.print_act.isEnabled)


def test_book_another_starts_with_nothing_chosen(at: AtDesk, qtbot: QtBot) -> None:
    page = a_page(at, qtbot)
    ready_to_book(page, qtbot)
    page.who.note.setText("Brings her son")
    book(page, qtbot)
    qtbot.keyClick(page, Qt.Key.Key_F9)
    qtbot.waitUntil(lambda: page.opened is None)
    assert page.who.person.name == ""
    assert page.who.note.text() == ""
    assert page.chosen is None
    assert page.who.person.search.hasFocus()


def test_an_appointment_is_opened_from_elsewhere_by_its_id(at: AtDesk, qtbot: QtBot) -> None:
    page = a_page(at, qtbot)
    with at.runtime.node.database.read() as session:
        wanted = booked_on(session, OFFICE, TODAY)[0]
        whole = sheet(session, wanted.appointment_id)
    page.open(AppointmentId(wanted.appointment_id))
    qtbot.waitUntil(lambda: page.opened == whole)
