"""An officer's day of visits, to take along."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import date, datetime

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm

from visits.documents.sheet import MARGIN, Sheet, new_canvas, picture
from visits.words import clock_time, long_date, time_range

SIZE_PT = 12
PHOTO = (24 * mm, 30 * mm)


@dataclass(frozen=True, slots=True)
class OfficerCard:
    """The officer's ID verification details."""

    full_name: str
    role: str
    card_number: str
    photo: str
    team: str
    number_to_ring: str


@dataclass(frozen=True, slots=True)
class Stop:
    """One home."""

    planned_at: datetime
    window_starts_at: datetime
    window_ends_at: datetime
    who_to_see: str
    address: str
    reason: str
    bring: tuple[str, ...]
    needs: tuple[str, ...]
    reference: str


@dataclass(frozen=True, slots=True)
class DaySchedule:
    """A day of visits in their order."""

    council: str
    on_date: date
    officer: OfficerCard
    stops: tuple[Stop, ...]
    provisional: bool = False


def day_schedule(paper: DaySchedule) -> bytes:
    """The schedule as PDF, as many pages as the day needs."""
    out = io.BytesIO()
    title = f"Visits of {paper.officer.full_name}, {long_date(paper.on_date)}"
    canvas = new_canvas(out, title=title, author=paper.council)
    sheet = Sheet(canvas, SIZE_PT, title)
    card = paper.officer
    sheet.image(
        picture(card.photo),
        x=A4[0] - MARGIN - PHOTO[0],
        top=A4[1] - MARGIN,
        width=PHOTO[0],
        height=PHOTO[1],
    )
    beside = sheet.width - PHOTO[0] - 6 * mm
    sheet.text(paper.council, width=beside)
    sheet.text(card.full_name, strong=True, width=beside)
    sheet.text(f"{card.role}, {card.team}", width=beside)
    sheet.text(f"ID card {card.card_number}", width=beside)
    sheet.text(f"Residents ring {card.number_to_ring} to check", width=beside)
    sheet.y = min(sheet.y, A4[1] - MARGIN - PHOTO[1])
    sheet.space()
    sheet.heading(f"Visits on {long_date(paper.on_date)}")
    for stop in paper.stops:
        _stop(sheet, stop)
    sheet.foot()
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def _stop(sheet: Sheet, stop: Stop) -> None:
    window = time_range(stop.window_starts_at, stop.window_ends_at)
    sheet.text(f"{clock_time(stop.planned_at)}   {stop.who_to_see}", strong=True)
    sheet.fact("Where", stop.address)
    sheet.fact("Window", f"{window} agreed")
    extras = "; ".join((*stop.needs, *(f"bring {item}" for item in stop.bring)))
    sheet.fact("Why", stop.reason + (f". {extras}" if extras else ""))
    sheet.fact("Reference", stop.reference)
    sheet.space(0.5)
