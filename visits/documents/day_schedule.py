"""An officer's day of visits, to take along."""

from __future__ import annotations

import io
from datetime import date, datetime, timedelta

from msgspec import Struct
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm

from visits.documents.sheet import MARGIN, Sheet, new_canvas, picture
from visits.words import clock_time, long_date, minutes_words, time_range

SIZE_PT = 12
PHOTO = (24 * mm, 30 * mm)
STOP_LINES = 8
"""A home that would not have so many lines on this page begins on the next."""
BEGUN = {"with_resident": "With resident,", "finished": "Finished", "no_answer": "No answer"}
"""Once the officer was at the door, that is told and no longer when to expect them."""


class OfficerCard(Struct, frozen=True):
    """The officer's ID verification details. `photo` is a picture in base64, or empty."""

    full_name: str
    role: str
    card_number: str
    photo: str
    team: str
    number_to_ring: str


class Stop(Struct, frozen=True):
    """One home. `delay_minutes` is how much later than planned the officer expects to come.

    `changed_at` is the visit's latest step, an instant; with `state` it tells what came of it.
    """

    planned_at: datetime
    window_starts_at: datetime
    window_ends_at: datetime
    customer: str
    who_to_see: str
    address: str
    reason: str
    bring: tuple[str, ...]
    needs: tuple[str, ...]
    reference: str
    phone: str = ""
    delay_minutes: int = 0
    provisional: bool = False
    state: str = "planned"
    changed_at: datetime | None = None


class DaySchedule(Struct, frozen=True):
    """A day of visits in their order."""

    council: str
    on_date: date
    officer: OfficerCard
    stops: tuple[Stop, ...]


def day_schedule(paper: DaySchedule) -> bytes:
    """The schedule as PDF, as many pages as the day needs."""
    out = io.BytesIO()
    title = f"Visits of {paper.officer.full_name}, {long_date(paper.on_date)}"
    canvas = new_canvas(out, title=title, author=paper.council)
    sheet = Sheet(canvas, SIZE_PT, title)
    _officer(sheet, paper)
    sheet.space()
    sheet.heading(f"Visits on {long_date(paper.on_date)}")
    for stop in paper.stops:
        _stop(sheet, stop)
    sheet.keep(2)
    sheet.text("Keep this with you. If it is lost, tell your team at once.")
    sheet.foot()
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def _officer(sheet: Sheet, paper: DaySchedule) -> None:
    card = paper.officer
    top = sheet.y
    has_photo = draw_photo(sheet, card, top=top, size=PHOTO)
    beside = sheet.width - (PHOTO[0] + 6 * mm if has_photo else 0)
    sheet.text(paper.council, width=beside)
    sheet.text(card.full_name, strong=True, width=beside)
    sheet.text(f"{card.role}, {card.team}", width=beside)
    sheet.text(f"ID card {card.card_number}", width=beside)
    sheet.text(f"Residents ring {card.number_to_ring} to check", width=beside)
    if has_photo:
        sheet.y = min(sheet.y, top - PHOTO[1])


def draw_photo(sheet: Sheet, card: OfficerCard, *, top: float, size: tuple[float, float]) -> bool:
    """Draw a card's photograph at the right. Says False where there is none that can be read."""
    width, height = size
    try:
        sheet.image(
            picture(card.photo), x=A4[0] - MARGIN - width, top=top, width=width, height=height
        )
    except (OSError, ValueError):
        return False
    return True


def _stop(sheet: Sheet, stop: Stop) -> None:
    sheet.keep(STOP_LINES)
    window = time_range(stop.window_starts_at, stop.window_ends_at)
    sheet.text(f"{clock_time(stop.planned_at)}   {stop.customer}", strong=True)
    if stop.state in BEGUN:
        sheet.fact("State", _what_came_of_it(stop))
    elif stop.delay_minutes:
        expected = clock_time(stop.planned_at + timedelta(minutes=stop.delay_minutes))
        sheet.fact("Late", f"{minutes_words(stop.delay_minutes)}, about {expected}")
    if stop.who_to_see != stop.customer:
        sheet.fact("See", stop.who_to_see)
    sheet.fact("Where", stop.address)
    sheet.fact("Window", f"{window} agreed")
    if stop.provisional:
        sheet.fact("Provisional", "The council's calendar has not confirmed this visit yet")
    sheet.fact("Why", stop.reason)
    for name, what in (("Needs", stop.needs), ("Bring", stop.bring)):
        if what:
            sheet.fact(name, ", ".join(what))
    if stop.phone:
        sheet.fact("Phone", stop.phone)
    sheet.fact("Reference", stop.reference)
    sheet.space(0.5)


def _what_came_of_it(stop: Stop) -> str:
    words = BEGUN[stop.state]
    if stop.changed_at is None:
        return words.rstrip(",")
    return f"{words} {clock_time(stop.changed_at)}"
