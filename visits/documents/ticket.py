"""The ticket a person takes from the desk, for an 80 mm roll."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import datetime

from reportlab.lib.units import mm

from visits.documents.sheet import REGULAR, STRONG, draw_qr, new_canvas, wrapped
from visits.words import clock_time

WIDTH, HEIGHT = 80 * mm, 110 * mm
QR_SIZE = 40 * mm


@dataclass(frozen=True, slots=True)
class TicketPaper:
    """What a ticket says. No name: it may be dropped."""

    number: str
    office: str
    service: str
    arrived_at: datetime
    code: str


def ticket(paper: TicketPaper) -> bytes:
    """The ticket as PDF."""
    out = io.BytesIO()
    canvas = new_canvas(
        out, title=f"Ticket {paper.number}", author=paper.office, pagesize=(WIDTH, HEIGHT)
    )
    middle = WIDTH / 2
    canvas.setFont(REGULAR, 12)
    canvas.drawCentredString(middle, HEIGHT - 12 * mm, paper.office)
    canvas.setFont(STRONG, 48)
    canvas.drawCentredString(middle, HEIGHT - 32 * mm, paper.number)
    y = HEIGHT - 42 * mm
    for line in wrapped(paper.service, STRONG, 14, WIDTH - 12 * mm)[:2]:
        canvas.setFont(STRONG, 14)
        canvas.drawCentredString(middle, y, line)
        y -= 6 * mm
    canvas.setFont(REGULAR, 12)
    canvas.drawCentredString(middle, y, f"Arrived at {clock_time(paper.arrived_at)}")
    draw_qr(canvas, paper.code, x=middle - QR_SIZE / 2, y=6 * mm, size=QR_SIZE, name="ticket")
    canvas.showPage()
    canvas.save()
    return out.getvalue()
