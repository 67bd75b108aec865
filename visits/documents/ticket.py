"""The ticket a person takes from the desk, for an 80 mm roll."""

from __future__ import annotations

import io
from datetime import datetime

from msgspec import Struct
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from visits.documents.sheet import REGULAR, STRONG, draw_qr, new_canvas, set_line, width_of, wrapped
from visits.words import clock_time

WIDTH, HEIGHT = 80 * mm, 110 * mm
QR_SIZE = 40 * mm
LINE_WIDTH = WIDTH - 12 * mm


class TicketPaper(Struct, frozen=True):
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
    y = HEIGHT - 8 * mm
    for line in wrapped(paper.office, REGULAR, 12, LINE_WIDTH, lines_max=2):
        y -= 5 * mm
        _centred(canvas, line, REGULAR, 12, y)
    y -= 18 * mm
    _centred(canvas, paper.number, STRONG, 48, y)
    y -= 4 * mm
    for line in wrapped(paper.service, STRONG, 14, LINE_WIDTH, lines_max=2):
        y -= 6 * mm
        _centred(canvas, line, STRONG, 14, y)
    _centred(canvas, f"Arrived at {clock_time(paper.arrived_at)}", REGULAR, 12, y - 6 * mm)
    middle = WIDTH / 2
    draw_qr(canvas, paper.code, x=middle - QR_SIZE / 2, y=6 * mm, size=QR_SIZE, name="ticket")
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def _centred(canvas: Canvas, line: str, font: str, size: float, y: float) -> None:
    x = (WIDTH - width_of(line, font, size)) / 2
    for run in set_line(line, font):
        canvas.setFont(run.font, size)
        canvas.drawString(x, y, run.letters)
        x += width_of(run.letters, run.font, size)
