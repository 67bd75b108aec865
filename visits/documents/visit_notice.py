"""The notice of a visit (charter: the name and contact details of whoever visits, in advance)."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import datetime

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm

from visits.calendar.local_time import local_date
from visits.documents.day_schedule import OfficerCard
from visits.documents.sheet import CLEAR_PT, LARGE_PT, MARGIN, Sheet, draw_qr, new_canvas, picture
from visits.words import long_date, time_range

QR_SIZE = 30 * mm
PHOTO = (36 * mm, 45 * mm)


@dataclass(frozen=True, slots=True)
class VisitNotice:
    """What a resident is told. With details withheld, the team stands for the officer."""

    council: str
    who_to_see: str
    address: str
    reason: str
    window_starts_at: datetime
    window_ends_at: datetime
    officer: OfficerCard
    details_withheld: bool
    reference: str
    code: str
    large_print: bool = False
    delay_minutes: int = 0


def visit_notice(paper: VisitNotice) -> bytes:
    """The notice as PDF."""
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
    sheet.text(paper.who_to_see, width=beside)
    sheet.text(paper.address, width=beside)
    sheet.y = min(sheet.y, top - QR_SIZE)
    sheet.heading("We will visit you at home")
    day = long_date(local_date(paper.window_starts_at))
    sheet.fact("When", f"{day}, {time_range(paper.window_starts_at, paper.window_ends_at)}")
    if paper.delay_minutes:
        sheet.fact("Delay", f"We are running about {paper.delay_minutes} minutes late")
    sheet.fact("Why", paper.reason)
    sheet.fact("Reference", paper.reference)
    sheet.space(0.4)
    _who_comes(sheet, paper)
    _how_to_check(sheet, paper)
    sheet.foot()
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def _who_comes(sheet: Sheet, paper: VisitNotice) -> None:
    sheet.text("Who will come", strong=True)
    card = paper.officer
    if paper.details_withheld:
        sheet.text(f"An officer of the {card.team}. They carry an ID card.")
        return
    top = sheet.y
    sheet.image(
        picture(card.photo), x=A4[0] - MARGIN - PHOTO[0], top=top, width=PHOTO[0], height=PHOTO[1]
    )
    beside = sheet.width - PHOTO[0] - 6 * mm
    sheet.text(card.full_name, strong=True, width=beside)
    sheet.text(f"{card.role}, {card.team}", width=beside)
    sheet.text(f"ID card number {card.card_number}", width=beside)
    sheet.y = min(sheet.y, top - PHOTO[1])


def _how_to_check(sheet: Sheet, paper: VisitNotice) -> None:
    sheet.space(0.4)
    sheet.text("Check before you open", strong=True)
    sheet.text(
        f"Ask for the ID card and look at the photograph. Ring {paper.officer.number_to_ring} to "
        "check. Compare this number with your council tax bill; never use a number that the "
        "visitor gives you. You may keep the door closed until you are sure."
    )
    sheet.space(0.4)
    sheet.text(f"If the time does not suit you, ring {paper.officer.number_to_ring}.")
