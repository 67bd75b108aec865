"""What the centre refused is never lost: it stands in words, with the ways out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot
from sqlalchemy import select

from reception_app.attention.announcing import Announcing
from reception_app.attention.card_view import CardView
from reception_app.attention.view import AttentionPanel
from reception_app.desk.at_desk import AtDesk
from tests.centres import OFFICE, SetClock
from tests.reception_app.attention.conftest import (
    HOUSING,
    LINE_TIMEOUT_MS,
    TwoDesks,
    a_booking,
    appointments_of,
    asked,
    the_first_free,
)
from tests.reception_app.conftest import Said
from visits.calendar.local_time import local_date
from visits.customers.commands import AddCustomer
from visits.customers.records import Customer, CustomerDetails
from visits.ids import CustomerId, StretchId, TicketId
from visits.notices.commands import HandOver
from visits.queue.commands import Call, CheckIn, Leave
from visits.queue.records import Ticket
from visits.words import clock_time, long_date

OpenPanel = Callable[[AtDesk], AttentionPanel]


def words(of: object, name: str) -> str:
    return cast(QLabel, of.findChild(QLabel, name)).text()  # type: ignore[attr-defined]


def every(of: object, name: str) -> list[str]:
    return [found.text() for found in of.findChildren(QLabel, name)]  # type: ignore[attr-defined]


def cards(panel: AttentionPanel) -> list[CardView]:
    return [card for card in panel.findChildren(CardView) if card.isVisible()]


def press(qtbot: QtBot, of: object, name: str) -> None:
    button = cast(QPushButton, of.findChild(QPushButton, name))  # type: ignore[attr-defined]
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def the_one_refused(two_desks: TwoDesks, open_panel: OpenPanel, qtbot: QtBot) -> AttentionPanel:
    """The second desk's panel once its line is joined and one act of it was refused."""
    panel = open_panel(two_desks.second)
    two_desks.line.join()
    press(qtbot, panel, "button_try_now")
    qtbot.waitUntil(lambda: len(cards(panel)) == 1, timeout=LINE_TIMEOUT_MS)
    return panel


@pytest.fixture
def refused_booking(two_desks: TwoDesks, open_panel: OpenPanel, qtbot: QtBot) -> AttentionPanel:
    """Both desks booked one time, the second with its line cut; then the line was joined."""
    time = the_first_free(two_desks.second)
    two_desks.cut()
    mine, theirs = two_desks.mine.customer_id, two_desks.theirs.customer_id
    booking = a_booking(two_desks.second, time, mine, note="needs the lift")
    two_desks.run(two_desks.second, booking)
    handed = HandOver(notice_id=booking.notice_id, way="printed", at=two_desks.second.now())
    two_desks.run(two_desks.second, handed)
    two_desks.run(two_desks.first, a_booking(two_desks.first, time, theirs))
    two_desks.sent(two_desks.first)
    return the_one_refused(two_desks, open_panel, qtbot)


def test_a_booking_that_lost_its_time_says_what_was_typed_why_and_whom_to_ring(
    refused_booking: AttentionPanel, two_desks: TwoDesks
) -> None:
    (card,) = cards(refused_booking)
    name, phone = two_desks.mine.name, two_desks.mine.phone
    taken = appointments_of(two_desks.first, two_desks.theirs.customer_id)[0]
    day = long_date(local_date(taken.starts_at))
    assert words(card, "card_headline").startswith(
        f"Book {name}, Housing options, {day} at {clock_time(taken.starts_at)} with "
    )
    assert words(card, "card_by") == "Amira Hassan, Tuesday 24 November 2026 at 10:42am"
    assert words(card, "card_why") == "Somebody else has just taken that time."
    assert "Note: needs the lift" in every(card, "card_typed")
    assert words(card, "card_tell") == (
        f"{name} was given a paper that is not true now. Ring {phone}."
    )


def test_one_press_books_the_nearest_free_time_and_the_item_goes(
    refused_booking: AttentionPanel, two_desks: TwoDesks, qtbot: QtBot
) -> None:
    (card,) = cards(refused_booking)
    assert card.card.offers
    offer = card.card.offers[0]
    lost = card.card.item.arguments
    with qtbot.waitSignal(refused_booking.booked):
        press(qtbot, card, "offer_0")
    qtbot.waitUntil(lambda: cards(refused_booking) == [], timeout=LINE_TIMEOUT_MS)
    person = two_desks.mine.customer_id
    two_desks.sent(two_desks.second)
    at_first = offer.time.starts_at
    two_desks.until(
        two_desks.first,
        lambda: [a.starts_at for a in appointments_of(two_desks.first, person)] == [at_first],
    )
    (booked,) = appointments_of(two_desks.first, person)
    assert (booked.note, booked.reference) == ("needs the lift", lost.reference)
    said = cast(Said, two_desks.second.say)
    assert said.words[-1].startswith("Booked: ")
    assert "Nothing." in words(refused_booking, "cards_words")


def test_a_booking_taken_back_needs_a_decision_again_and_can_be_booked_anew(
    refused_booking: AttentionPanel, two_desks: TwoDesks, qtbot: QtBot
) -> None:
    press(qtbot, cards(refused_booking)[0], "offer_0")
    qtbot.waitUntil(lambda: cards(refused_booking) == [], timeout=LINE_TIMEOUT_MS)
    said = cast(Said, two_desks.second.say)
    assert said.undo is not None
    said.undo()
    qtbot.waitUntil(lambda: len(cards(refused_booking)) == 1)
    person = two_desks.mine.customer_id
    assert appointments_of(two_desks.second, person) == []
    press(qtbot, cards(refused_booking)[0], "offer_0")
    qtbot.waitUntil(lambda: cards(refused_booking) == [], timeout=LINE_TIMEOUT_MS)
    assert len(appointments_of(two_desks.second, person)) == 1


def test_offers_that_are_taken_meanwhile_are_found_anew(
    refused_booking: AttentionPanel, two_desks: TwoDesks, qtbot: QtBot
) -> None:
    (card,) = cards(refused_booking)
    assert card.card.offers
    given = card.card.offers[0].time
    someone = two_desks.another.customer_id
    two_desks.run(two_desks.first, a_booking(two_desks.first, given, someone))
    two_desks.sent(two_desks.first)
    two_desks.second.runtime.line.wake()

    def offered() -> list[object]:
        (shown,) = cards(refused_booking)
        return [offer.time for offer in shown.card.offers or ()]

    qtbot.waitUntil(lambda: given not in offered(), timeout=LINE_TIMEOUT_MS)
    assert len(offered()) == 4


def test_an_offer_taken_by_another_desk_is_told_on_the_card_and_nothing_is_lost(
    refused_booking: AttentionPanel, two_desks: TwoDesks, qtbot: QtBot
) -> None:
    """The other desk books it while this one's line is cut, then both are joined."""
    (card,) = cards(refused_booking)
    assert card.card.offers
    given = card.card.offers[0].time
    two_desks.cut()
    someone = two_desks.another.customer_id
    two_desks.run(two_desks.first, a_booking(two_desks.first, given, someone))
    two_desks.sent(two_desks.first)
    press(qtbot, card, "offer_0")
    qtbot.waitUntil(lambda: cards(refused_booking) == [], timeout=LINE_TIMEOUT_MS)
    assert "provisionally" in cast(Said, two_desks.second.say).words[-1]
    two_desks.line.join()
    press(qtbot, refused_booking, "button_try_now")
    qtbot.waitUntil(lambda: len(cards(refused_booking)) == 1, timeout=LINE_TIMEOUT_MS)
    (again,) = cards(refused_booking)
    assert again.card.offers
    assert "Note: needs the lift" in every(again, "card_typed")


def test_what_was_dealt_with_goes_and_can_be_taken_up_again(
    refused_booking: AttentionPanel, two_desks: TwoDesks, qtbot: QtBot
) -> None:
    press(qtbot, cards(refused_booking)[0], "dealt_with")
    qtbot.waitUntil(lambda: cards(refused_booking) == [], timeout=LINE_TIMEOUT_MS)
    said = cast(Said, two_desks.second.say)
    assert said.words[-1] == "Dealt with."
    assert said.undo is not None
    said.undo()
    qtbot.waitUntil(lambda: len(cards(refused_booking)) == 1)


def test_the_person_can_be_opened_from_the_card(
    refused_booking: AttentionPanel, two_desks: TwoDesks, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(refused_booking.person_wanted) as opened:
        press(qtbot, cards(refused_booking)[0], "open_person")
    assert opened.args == [two_desks.mine.customer_id]


def test_an_item_survives_the_end_of_the_app(
    refused_booking: AttentionPanel, two_desks: TwoDesks, open_panel: OpenPanel, qtbot: QtBot
) -> None:
    headline = words(cards(refused_booking)[0], "card_headline")
    refused_booking.close()
    panel = open_panel(two_desks.second)
    qtbot.waitUntil(lambda: len(cards(panel)) == 1)
    assert words(cards(panel)[0], "card_headline") == headline


def test_a_person_added_offline_is_named_on_what_depends_on_them(
    two_desks: TwoDesks, open_panel: OpenPanel, qtbot: QtBot
) -> None:
    """A check-in whose number was taken: tried again, it gets another and is accepted."""
    two_desks.cut()
    at, now = two_desks.second, two_desks.second.now()
    customer = CustomerId(at.new_id())
    two_desks.run(
        at,
        AddCustomer(
            customer_id=customer,
            details_id=at.new_id(),
            office_id=OFFICE,
            reference="C99999999",
            full_name="Zofia Wójcik-Ó Briain",
            on_date=local_date(now),
            phone="07700 900 123",
        ),
    )
    check_in = CheckIn(
        ticket_id=TicketId(at.new_id()),
        stretch_id=StretchId(at.new_id()),
        office_id=OFFICE,
        number="C77",
        number_on=local_date(now),
        service_id=HOUSING,
        arrived_at=now,
        customer_id=customer,
        access_needs=["hearing_loop"],
    )
    two_desks.run(at, check_in)
    first = two_desks.first
    two_desks.run(first, replaced(check_in, first))
    two_desks.sent(first)
    panel = open_panel(at)
    assert every(panel, "waiting_0")[0].endswith("Add Zofia Wójcik-Ó Briain as a new person")
    assert "Check in Zofia Wójcik-Ó Briain, Housing options, as C77" in every(panel, "waiting_1")[0]
    two_desks.line.join()
    press(qtbot, panel, "button_try_now")
    qtbot.waitUntil(lambda: len(cards(panel)) == 1, timeout=LINE_TIMEOUT_MS)
    (card,) = cards(panel)
    assert words(card, "card_why") == "Ticket number C77 is taken already."
    assert "What helps: Hearing loop" in every(card, "card_typed")
    press(qtbot, card, "try_again")
    qtbot.waitUntil(lambda: cards(panel) == [])
    two_desks.sent(at)

    def numbers() -> list[str]:
        return asked(
            first,
            lambda s: list(s.scalars(select(Ticket.number).where(Ticket.customer_id == customer))),
        )

    two_desks.until(first, lambda: len(numbers()) == 1)
    assert numbers() != ["C77"]
    assert cards(panel) == []


def replaced(check_in: CheckIn, at: AtDesk) -> CheckIn:
    """The same number for somebody else."""
    import msgspec

    return msgspec.structs.replace(
        check_in,
        ticket_id=TicketId(at.new_id()),
        stretch_id=StretchId(at.new_id()),
        customer_id=None,
    )


def test_an_act_that_things_have_moved_past_is_told_where_it_is_tried_again(
    two_desks: TwoDesks, open_panel: OpenPanel, qtbot: QtBot
) -> None:
    two_desks.cut()
    at, first = two_desks.second, two_desks.first
    ticket = asked(
        first, lambda s: s.scalars(select(Ticket).where(Ticket.state == "waiting")).first()
    )
    assert ticket is not None
    for desk, kind in ((at, Call), (first, Leave)):
        act = kind(
            ticket_id=TicketId(ticket.id), stretch_id=StretchId(desk.new_id()), at=desk.now()
        )
        two_desks.run(desk, act)
    two_desks.sent(first)
    panel = open_panel(at)
    two_desks.line.join()
    press(qtbot, panel, "button_try_now")
    qtbot.waitUntil(lambda: len(cards(panel)) == 1, timeout=LINE_TIMEOUT_MS)
    (card,) = cards(panel)
    assert words(card, "card_headline").startswith(f"Call {ticket.number} ")
    with qtbot.waitSignal(panel.ticket_wanted) as opened:
        press(qtbot, card, "open_ticket")
    assert opened.args == [ticket.id]
    press(qtbot, card, "try_again")
    qtbot.waitUntil(lambda: bool(words(card, "card_problem")))
    assert words(card, "card_problem") == (
        "That is not possible now, because things have moved on."
    )
    assert cards(panel) == [card]


def test_the_panel_says_where_the_desk_stands_and_how_old_what_it_shows_is(
    two_desks: TwoDesks, open_panel: OpenPanel, clock: SetClock, qtbot: QtBot
) -> None:
    panel = open_panel(two_desks.second)
    assert words(panel, "standing") == "● Up to date, 10:42am"
    assert words(panel, "standing_details").endswith("The queue shown is up to date.")
    two_desks.cut()
    clock.pass_minutes(12)
    panel.refresh()
    qtbot.waitUntil(lambda: "12 minutes ago" in words(panel, "standing_details"))
    assert words(panel, "standing") == "▲ Working offline since 10:42am"
    assert "Last in touch with the centre at 10:42am." in words(panel, "standing_details")


def test_at_most_50_waiting_changes_are_listed_and_the_rest_counted(
    at: AtDesk, open_panel: OpenPanel, qtbot: QtBot
) -> None:
    for number in range(53):
        at.runtime.desk.issue(
            AddCustomer(
                customer_id=CustomerId(at.new_id()),
                details_id=at.new_id(),
                office_id=OFFICE,
                reference=f"C{number:08d}",
                full_name=f"Ana Sato {chr(97 + number // 26)}{chr(97 + number % 26)}",
                on_date=local_date(at.now()),
            ),
            actor=at.staff_id,
        )
    panel = open_panel(at)
    shown = [label for n in range(60) for label in every(panel, f"waiting_{n}")]
    assert len(shown) == 50
    assert shown[0] == "10:42am  Add Ana Sato aa as a new person"
    assert words(panel, "waiting_words") == "and 3 more"


def test_screen_readers_are_told_when_the_number_to_decide_changes(
    refused_booking: AttentionPanel, two_desks: TwoDesks, qtbot: QtBot
) -> None:
    told: list[str] = []
    announcing = Announcing(two_desks.second, refused_booking)
    announcing.announced.connect(told.append)
    qtbot.waitUntil(lambda: len(told) == 1)
    press(qtbot, cards(refused_booking)[0], "dealt_with")
    qtbot.waitUntil(lambda: len(told) == 2)
    assert told == ["1 change needs your decision.", "Nothing needs your decision now."]


def test_the_details_for_the_service_desk_name_no_person(
    refused_booking: AttentionPanel, two_desks: TwoDesks, qtbot: QtBot
) -> None:
    press(qtbot, refused_booking, "button_copy_details")
    text = QGuiApplication.clipboard().text()
    at = two_desks.second
    assert f"Device: {at.desk_id}" in text
    assert "Refused: appointments.book version 1, slot_taken" in text
    assert "Needing a decision: 1" in text
    known = asked(
        at,
        lambda s: s.execute(
            select(Customer.full_name, Customer.known_as, Customer.postcode, Customer.reference)
        ).all(),
    )
    phones = asked(at, lambda s: list(s.scalars(select(CustomerDetails.phone))))
    personal = {value for row in known for value in row} | set(phones) | {"lift", "Amira"}
    assert len(personal) > 500
    assert [value for value in personal if value and value in text] == []


def test_the_way_out_is_reached_by_keyboard_and_named_for_screen_readers(
    refused_booking: AttentionPanel, qtbot: QtBot
) -> None:
    for button in refused_booking.findChildren(QPushButton):
        assert button.objectName()
        assert button.accessibleName()
        assert "\n" not in button.accessibleName()
    (card,) = cards(refused_booking)
    dealt = cast(QPushButton, card.findChild(QPushButton, "dealt_with"))
    assert card.card.headline in dealt.accessibleDescription()
    refused_booking.activateWindow()
    qtbot.waitUntil(refused_booking.isActiveWindow)
    refused_booking.setFocus()
    for _ in range(20):
        if refused_booking.focusWidget() is dealt:
            break
        qtbot.keyClick(refused_booking.focusWidget(), Qt.Key.Key_Tab)
    qtbot.keyClick(dealt, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: cards(refused_booking) == [], timeout=LINE_TIMEOUT_MS)
    assert refused_booking.isAncestorOf(refused_booking.focusWidget())
    with qtbot.waitSignal(refused_booking.close_wanted):
        qtbot.keyClick(refused_booking.focusWidget(), Qt.Key.Key_Escape)


def test_a_name_of_500_characters_does_not_widen_the_panel(
    at: AtDesk, open_panel: OpenPanel, qtbot: QtBot
) -> None:
    at.runtime.desk.issue(
        AddCustomer(
            customer_id=CustomerId(at.new_id()),
            details_id=at.new_id(),
            office_id=OFFICE,
            reference="C1",
            full_name="W" * 120,
            on_date=local_date(at.now()),
        ),
        actor=at.staff_id,
    )
    panel = open_panel(at)
    inside = panel.scroll.widget()
    assert inside.width() <= panel.scroll.viewport().width()


def test_a_document_that_could_not_be_printed_waits_here_until_it_is_handed_over(
    at: AtDesk, open_panel: OpenPanel, qtbot: QtBot, tmp_path: Path
) -> None:
    at.paper.folder = tmp_path / "file"
    at.paper.folder.write_text("")
    panel = open_panel(at)
    failed: list[Exception] = []
    at.paper.hand_over("Letter", lambda: b"%PDF", lambda words: None, failed.append)
    qtbot.waitUntil(lambda: bool(failed))
    assert "it is not a folder" in words(panel, "paper_1_why")
    at.paper.folder = tmp_path / "elsewhere"
    press(qtbot, panel, "paper_1_again")
    qtbot.waitUntil(lambda: (tmp_path / "elsewhere").exists() and not at.paper.kept)
    said = cast(Said, at.say)
    qtbot.waitUntil(lambda: any(words.startswith("Saved as ") for words in said.words))
