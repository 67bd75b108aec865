"""A cancelling that met a new time: its person sees both, and decides once more."""

from __future__ import annotations

from datetime import timedelta

from pytestqt.qtbot import QtBot

from reception_app.desk.saying import REFUSALS
from tests.reception_app.attention.conftest import (
    LINE_TIMEOUT_MS,
    TwoDesks,
    a_booking,
    appointments_of,
    asked,
    the_first_free,
)
from tests.reception_app.attention.test_attention_panel import (
    OpenPanel,
    cards,
    press,
    the_one_refused,
    words,
)
from visits.appointments.commands import Cancel, Move
from visits.appointments.queries import first_free
from visits.ids import NoticeId


def test_a_cancelling_that_met_a_new_time_is_done_when_its_person_tries_again(
    two_desks: TwoDesks, open_panel: OpenPanel, qtbot: QtBot
) -> None:
    first, second, person = two_desks.first, two_desks.second, two_desks.mine.customer_id
    time = the_first_free(first)
    booking = a_booking(first, time, person)
    two_desks.run(first, booking)
    two_desks.sent(first)
    two_desks.until(second, lambda: len(appointments_of(second, person)) == 1)
    two_desks.cut()
    two_desks.run(
        second,
        Cancel(
            appointment_id=booking.appointment_id,
            notice_id=NoticeId(second.new_id()),
            cancelled_at=second.now(),
            seen_starts_at=time.starts_at,
        ),
    )
    later = asked(
        first,
        lambda s: first_free(
            s,
            office_id=booking.office_id,
            service_id=booking.service_id,
            now=time.starts_at + timedelta(days=1),
        ),
    )
    two_desks.run(
        first,
        Move(
            appointment_id=booking.appointment_id,
            notice_id=NoticeId(first.new_id()),
            staff_id=later.staff_id,
            starts_at=later.starts_at,
            moved_at=first.now(),
            seen_starts_at=time.starts_at,
        ),
    )
    two_desks.sent(first)
    panel = the_one_refused(two_desks, open_panel, qtbot)
    (card,) = cards(panel)
    assert words(card, "card_why") == REFUSALS["time_changed"]
    assert [each.starts_at for each in appointments_of(second, person)] == [later.starts_at]
    press(qtbot, card, "try_again")
    qtbot.waitUntil(lambda: cards(panel) == [], timeout=LINE_TIMEOUT_MS)
    two_desks.sent(second)
    two_desks.until(first, lambda: appointments_of(first, person) == [])
