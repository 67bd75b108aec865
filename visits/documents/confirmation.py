"""The confirmation of an appointment (charter: confirmed in writing)."""

from __future__ import annotations

import io
from datetime import datetime

from msgspec import Struct
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm

from visits.calendar.local_time import local_date
from visits.documents.sheet import CLEAR_PT, LARGE_PT, MARGIN, Sheet, draw_qr, new_canvas
from visits.words import clock_time, long_date, minutes_words

QR_SIZE = 34 * mm
BRING_SHOWN_MAX = 6
NAME_LINES_MAX = 8
"""Enough for the 200 letters that a name may have, however wide."""


class Confirmation(Struct, frozen=True):
    """What a confirmation says."""

    council: str
    customer: str
    service: str
    starts_at: datetime
    duration_minutes: int
    officer: str
    office: str
    address: str
    phone: str
    bring: tuple[str, ...]
    reference: str
    code: str
    provisional: bool
    large_print: bool


def confirmation(paper: Confirmation) -> bytes:
    """One page in 14 point; in large print as many pages as it takes."""
    out = io.BytesIO()
    title = f"Your appointment {paper.reference}"
    canvas = new_canvas(out, title=title, author=paper.council)
    size = LARGE_PT if paper.large_print else CLEAR_PT
    sheet = Sheet(canvas, size, title)
    qr_top = A4[1] - MARGIN
    draw_qr(
        canvas,
        paper.code,
        x=A4[0] - MARGIN - QR_SIZE,
        y=qr_top - QR_SIZE,
        size=QR_SIZE,
        name="appointment",
    )
    beside = sheet.width - QR_SIZE - 6 * mm
    sheet.text(paper.council, strong=True, width=beside)
    sheet.text(paper.customer, width=beside, lines_max=NAME_LINES_MAX)
    sheet.y = min(sheet.y, qr_top - QR_SIZE - 2 * mm)
    sheet.heading("Your appointment" if not paper.provisional else "Your provisional appointment")
    if paper.provisional:
        sheet.text(
            "This appointment is provisional. The desk could not reach the council’s calendar "
            "when it was made. We will contact you only if the time is already taken.",
            strong=True,
        )
        sheet.space()
    _facts(sheet, paper)
    _what_to_do(sheet, paper)
    sheet.foot()
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def _facts(sheet: Sheet, paper: Confirmation) -> None:
    sheet.fact("What", paper.service)
    sheet.fact(
        "When",
        f"{long_date(local_date(paper.starts_at))} at {clock_time(paper.starts_at)}, "
        f"about {minutes_words(paper.duration_minutes)}",
    )
    sheet.fact("Where", f"{paper.office}, {paper.address}")
    sheet.fact("With", paper.officer)
    sheet.fact("Reference", paper.reference)


def _what_to_do(sheet: Sheet, paper: Confirmation) -> None:
    if paper.bring:
        sheet.space(0.4)
        sheet.text("What to bring", strong=True)
        sheet.points(paper.bring[:BRING_SHOWN_MAX])
    sheet.space(0.4)
    sheet.text("To change or cancel", strong=True)
    sheet.text(f"Ring {paper.phone} and give the reference {paper.reference}.")
    sheet.space(0.4)
    sheet.text("When you arrive", strong=True)
    sheet.text("Show the square code at the desk. You can ask to talk in private.")
    sheet.space(0.4)
    sheet.text(f"For this letter in another format or language, ring {paper.phone}.")
