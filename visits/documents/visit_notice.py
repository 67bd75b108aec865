"""The notice of a visit (charter: the name and contact details of whoever visits, in advance).

The same paper tells of a delay, and that we called and nobody answered.
"""

from __future__ import annotations

import io
from datetime import datetime, timedelta

from msgspec import Struct
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm

from visits.calendar.local_time import local_date
from visits.documents.day_schedule import OfficerCard, draw_photo
from visits.documents.sheet import CLEAR_PT, LARGE_PT, MARGIN, Sheet, draw_qr, new_canvas
from visits.words import clock_time, long_date, minutes_words, time_range

QR_SIZE = 30 * mm
PHOTO = (36 * mm, 45 * mm)
PHOTO_LINES = 12
CHECK_LINES_MAX = 16
"""How to check is never cut short, however large the print."""


class VisitNotice(Struct, frozen=True):
    """What a resident is told. With details withheld, the team stands for the officer.

    With `delay_minutes` it tells of a delay; with `called_at`, that nobody answered then.
    """

    council: str
    customer: str
    address: str
    reason: str
    window_starts_at: datetime
    window_ends_at: datetime
    planned_at: datetime
    officer: OfficerCard
    details_withheld: bool
    reference: str
    code: str
    large_print: bool = False
    delay_minutes: int = 0
    provisional: bool = False
    called_at: datetime | None = None


def visit_notice(paper: VisitNotice) -> bytes:
    """The notice as PDF: 14 point, or 18 in large print."""
    out = io.BytesIO()
    title = f"Our visit {paper.reference}"
    canvas = new_canvas(out, title=title, author=paper.council)
    sheet = Sheet(canvas, LARGE_PT if paper.large_print else CLEAR_PT, title)
    top = A4[1] - MARGIN
    draw_qr(
        canvas, paper.code, x=A4[0] - MARGIN - QR_SIZE, y=top - QR_SIZE, size=QR_SIZE, name="visit"
    )
    beside = sheet.width - QR_SIZE - 6 * mm
    sheet.text(paper.council, strong=True, width=beside)
    sheet.text(paper.customer, width=beside)
    sheet.text(paper.address, width=beside)
    sheet.y = min(sheet.y, top - QR_SIZE)
    sheet.heading(_heading(paper))
    _what_and_when(sheet, paper)
    _who_comes(sheet, paper)
    if paper.called_at is None:
        _how_to_check(sheet, paper)
    _how_to_change(sheet, paper)
    sheet.foot()
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def _heading(paper: VisitNotice) -> str:
    if paper.called_at is not None:
        return "We called and nobody answered"
    if paper.delay_minutes:
        return "Our visit is delayed"
    return "We will visit you at home"


def _what_and_when(sheet: Sheet, paper: VisitNotice) -> None:
    day = long_date(local_date(paper.window_starts_at))
    if paper.called_at is not None:
        called_on = long_date(local_date(paper.called_at))
        sheet.fact("Called", f"{called_on} at {clock_time(paper.called_at)}")
    sheet.fact("When", f"{day}, {time_range(paper.window_starts_at, paper.window_ends_at)}")
    if paper.delay_minutes and paper.called_at is None:
        expected = clock_time(paper.planned_at + timedelta(minutes=paper.delay_minutes))
        sheet.fact("Now", f"About {expected}, {minutes_words(paper.delay_minutes)} late")
    sheet.fact("Why", paper.reason)
    sheet.fact("Reference", paper.reference)
    if paper.provisional:
        sheet.space(0.4)
        sheet.text(
            "This visit is provisional. The desk could not reach the council's calendar when it "
            "was agreed. We will contact you only if the time is already taken.",
            strong=True,
            lines_max=CHECK_LINES_MAX,
        )
    sheet.space(0.4)


def _who_comes(sheet: Sheet, paper: VisitNotice) -> None:
    card = paper.officer
    came = "Who called" if paper.called_at is not None else "Who will come"
    if paper.details_withheld:
        sheet.keep(3)
        sheet.text(came, strong=True)
        sheet.text(f"An officer of the {card.team}. They carry an ID card.")
        return
    sheet.keep(PHOTO_LINES)
    top = sheet.y
    has_photo = draw_photo(sheet, card, top=top, size=PHOTO)
    beside = sheet.width - (PHOTO[0] + 6 * mm if has_photo else 0)
    sheet.text(came, strong=True, width=beside)
    sheet.text(card.full_name, strong=True, width=beside)
    sheet.text(f"{card.role}, {card.team}", width=beside)
    sheet.text(f"ID card number {card.card_number}", width=beside)
    if has_photo:
        sheet.y = min(sheet.y, top - PHOTO[1])


def _how_to_check(sheet: Sheet, paper: VisitNotice) -> None:
    sheet.space(0.4)
    sheet.keep(6)
    sheet.text("Check before you open", strong=True)
    sheet.text(
        f"Ask for the ID card and look at the photograph. Ring {paper.officer.number_to_ring} to "
        "check. Compare this number with your council tax bill; never use a number that the "
        "visitor gives you. You may keep the door closed until you are sure.",
        lines_max=CHECK_LINES_MAX,
    )


def _how_to_change(sheet: Sheet, paper: VisitNotice) -> None:
    number = paper.officer.number_to_ring
    sheet.space(0.4)
    sheet.keep(4)
    if paper.called_at is not None:
        sheet.text(f"To agree another time, ring {number} and give the reference.", lines_max=6)
    else:
        sheet.text(f"If the time does not suit you, ring {number}.", lines_max=6)
    sheet.text(f"For this letter in another format or language, ring {number}.", lines_max=6)
