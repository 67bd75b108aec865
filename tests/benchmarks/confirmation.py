"""The confirmation with its QR code against the same page in bare reportlab and qrcode."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path

import qrcode
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from tests.benchmarks.council import Council
from tests.benchmarks.figures import Figure, beside_its_floor, in_turns, milliseconds
from tests.benchmarks.sizes import Sizes
from visits.documents.confirmation import QR_SIZE, Confirmation, confirmation
from visits.documents.sheet import QR_MODULE_BORDER, REGULAR, STRONG, register_fonts

LIMIT = 3.0
PAPER = Confirmation(
    council="Anytown Council",
    customer="Małgorzata Nowak-Hall",
    service="Council tax help",
    starts_at=datetime(2026, 11, 26, 14, 30, tzinfo=UTC),
    duration_minutes=30,
    officer="Priya Nair",
    office="Civic Centre",
    address="1 Guildhall Square, Anytown, AB1 2CD",
    phone="01632 960 001",
    bring=(
        "Your council tax bill",
        "Proof of your income",
        "Bank statements of the last 2 months",
        "Your National Insurance number",
    ),
    reference="K7MR-24PX",
    code="CR1:A:01a20d25-f0c0-777d-a370-f9ec5a79f339:20261126",
    provisional=False,
    large_print=False,
)
LINES = (
    (65, STRONG, 20, "Anytown Council"),
    (84, REGULAR, 20, "Małgorzata Nowak-Hall"),
    (171, STRONG, 20, "Your appointment"),
    (205, STRONG, 20, "What"),
    (205, REGULAR, 50, "Council tax help"),
    (229, STRONG, 20, "When"),
    (229, REGULAR, 50, "Thursday 26 November 2026 at 2:30pm, about 30"),
    (248, REGULAR, 50, "minutes"),
    (272, STRONG, 20, "Where"),
    (272, REGULAR, 50, "Civic Centre, 1 Guildhall Square, Anytown, AB1 2CD"),
    (296, STRONG, 20, "With"),
    (296, REGULAR, 50, "Priya Nair"),
    (320, STRONG, 20, "Reference"),
    (320, REGULAR, 50, "K7MR-24PX"),
    (353, STRONG, 20, "What to bring"),
    (372, REGULAR, 20, "•"),
    (372, REGULAR, 26, "Your council tax bill"),
    (391, REGULAR, 20, "•"),
    (391, REGULAR, 26, "Proof of your income"),
    (410, REGULAR, 20, "•"),
    (410, REGULAR, 26, "Bank statements of the last 2 months"),
    (429, REGULAR, 20, "•"),
    (429, REGULAR, 26, "Your National Insurance number"),
    (455, STRONG, 20, "To change or cancel"),
    (474, REGULAR, 20, "Ring 01632 960 001 and give the reference K7MR-24PX."),
    (500, STRONG, 20, "When you arrive"),
    (519, REGULAR, 20, "Show the square code at the desk. You can ask to talk in"),
    (538, REGULAR, 20, "private."),
    (564, REGULAR, 20, "For this letter in another format or language, ring 01632"),
    (583, REGULAR, 20, "960 001."),
    (801, REGULAR, 20, "Your appointment K7MR-24PX, page 1"),
)
"""The page as it comes out: points from the top, font, millimetres from the left, words."""


def measure(council: Council, scratch: Path, sizes: Sizes) -> list[Figure]:
    """One figure, warm: fonts are registered on both sides."""
    register_fonts()
    pairs = in_turns(
        lambda: milliseconds(lambda: confirmation(PAPER)),
        lambda: milliseconds(bare_page),
        pairs=sizes.confirmations,
        warm_up=min(10, sizes.confirmations),
    )
    return [beside_its_floor("confirmation", pairs, unit="ms", limit=LIMIT, note="warm")]


def bare_page() -> bytes:
    """The same words, places, fonts and code, with nothing decided."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=1, initialFontName=REGULAR, lang="en-GB")
    canvas.setTitle("Your appointment K7MR-24PX")
    canvas.setAuthor("Anytown Council")
    _bare_code(canvas)
    for top, font, left, words in LINES:
        canvas.setFont(font, 21 if words == "Your appointment" else 14)
        canvas.drawString(left * mm, A4[1] - top, words)
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def _bare_code(canvas: Canvas) -> None:
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=QR_MODULE_BORDER)
    code.add_data(PAPER.code)
    code.make(fit=True)
    matrix = code.get_matrix()
    module = QR_SIZE / len(matrix)
    left, top = A4[0] - 20 * mm - QR_SIZE, A4[1] - 20 * mm
    path = canvas.beginPath()
    for row_number, row in enumerate(matrix):
        for number, dark in enumerate(row):
            if dark:
                path.rect(left + number * module, top - row_number * module, module, module)
    canvas.drawPath(path, stroke=0, fill=1)
