"""What every document shares: fonts, a page in large clear print, a QR code, a photograph.

Clear print is 14 point, large print 18, left aligned, nothing in italics or capitals (UKAAF).
"""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from typing import Any

import qrcode
from msgspec import Struct
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

import resources
from visits.documents.lettering import Run, runs

REGULAR, STRONG, ARABIC = "NotoSans", "NotoSans-SemiBold", "NotoSansArabic"
FILES = {
    REGULAR: "NotoSans-Regular.ttf",
    STRONG: "NotoSans-SemiBold.ttf",
    ARABIC: "NotoSansArabic-Regular.ttf",
}
CLEAR_PT, LARGE_PT = 14, 18
LEADING = 1.35
MARGIN = 20 * mm
QR_MODULE_BORDER = 4
UNPRINTABLE = "\ufffd"
"""A question mark in a diamond: the shipped fonts have it, they have no box."""
CUT = "…"
LINES_MAX = 4
"""A single text longer than this many lines is cut with a sign that it was."""


def register_fonts() -> None:
    """Make the shipped fonts known to reportlab; again is harmless."""
    known = pdfmetrics.getRegisteredFontNames()
    for name, file in FILES.items():
        if name not in known:
            pdfmetrics.registerFont(TTFont(name, str(resources.path("fonts", file))))


def shown(text: str) -> str:
    """Text as the shipped fonts can print it: what they lack becomes a mark, never nothing."""
    register_fonts()
    faces = [pdfmetrics.getFont(name).face.charToGlyph for name in (REGULAR, ARABIC)]
    return "".join(c if any(ord(c) in face for face in faces) else UNPRINTABLE for c in text)


def font_of(text: str, wanted: str) -> str:
    """The font that has the letters of a word."""
    face = pdfmetrics.getFont(wanted).face.charToGlyph
    return wanted if all(ord(c) in face for c in text) else ARABIC


def set_line(line: str, font: str) -> tuple[Run, ...]:
    """A line as it is drawn: joined, in order, each letter in a font that has it."""
    if font_of(line, font) == font:
        return (Run(font, line),)
    return runs(line, lambda letter: font_of(letter, font))


def width_of(line: str, font: str, size: float) -> float:
    """The width of a line as it is drawn, in points."""
    widths = (pdfmetrics.stringWidth(run.letters, run.font, size) for run in set_line(line, font))
    return float(sum(widths))


def wrapped(
    text: str, font: str, size: float, width: float, *, lines_max: int = LINES_MAX
) -> list[str]:
    """Lines no wider than `width` points; a word that is too long is broken."""
    lines: list[str] = []
    line = ""
    for word in shown(text).split():
        for piece in _pieces(word, font, size, width):
            wider = f"{line} {piece}".strip()
            if width_of(wider, font, size) <= width:
                line = wider
            else:
                lines.append(line)
                line = piece
    lines.append(line)
    kept = [line for line in lines if line]
    if len(kept) <= lines_max:
        return kept
    return [*kept[: lines_max - 1], _cut(kept[lines_max - 1], font, size, width)]


def _cut(line: str, font: str, size: float, width: float) -> str:
    """A line with the sign that more was written, no wider than it may be."""
    while line and width_of(f"{line} {CUT}", font, size) > width:
        line = line[:-1].rstrip()
    return f"{line} {CUT}"


def _pieces(word: str, font: str, size: float, width: float) -> list[str]:
    pieces = [word]
    while width_of(pieces[-1], font, size) > width and len(pieces[-1]) > 1:
        last = pieces.pop()
        cut = _fitting(last, font, size, width)
        pieces += [last[:cut], last[cut:]]
    return pieces


def _fitting(word: str, font: str, size: float, width: float) -> int:
    """How many letters of a word fit, at least one; found by halving."""
    fits, too_many = 1, len(word)
    while too_many - fits > 1:
        middle = (fits + too_many) // 2
        if width_of(word[:middle], font, size) <= width:
            fits = middle
        else:
            too_many = middle
    return fits


class Sheet(Struct):
    """An A4 page written from the top down."""

    canvas: Canvas
    size: float
    title: str
    y: float = A4[1] - MARGIN
    page: int = 1

    @property
    def width(self) -> float:
        """The width of a line, in points."""
        return float(A4[0] - 2 * MARGIN)

    def space(self, lines: float = 0.6) -> None:
        """Leave room."""
        self.y -= self.size * LEADING * lines

    def keep(self, lines: float) -> None:
        """Begin a new page unless so many lines fit on this one."""
        self._room(self.size * LEADING * lines)

    def heading(self, text: str) -> None:
        """The heading of the page."""
        self._write(text, STRONG, self.size * 1.5, self.width)
        self.space(0.4)

    def text(
        self,
        text: str,
        *,
        strong: bool = False,
        width: float | None = None,
        lines_max: int = LINES_MAX,
    ) -> None:
        """A paragraph."""
        font = STRONG if strong else REGULAR
        self._write(text, font, self.size, width or self.width, lines_max=lines_max)

    def fact(self, name: str, text: str, *, width: float | None = None) -> None:
        """A name in bold and what it is, beside it."""
        indent = self.size * 6.2
        self._room(self.size * LEADING)
        top = self.y
        self.canvas.setFont(STRONG, self.size)
        self.canvas.drawString(MARGIN, top - self.size, name)
        self._write(text, REGULAR, self.size, (width or self.width) - indent, x=MARGIN + indent)
        self.space(0.25)

    def points(self, items: Sequence[str]) -> None:
        """A list."""
        for item in items:
            self._room(self.size * LEADING)
            self.canvas.setFont(REGULAR, self.size)
            self.canvas.drawString(MARGIN, self.y - self.size, "•")
            indent = self.size * 1.2
            self._write(item, REGULAR, self.size, self.width - indent, x=MARGIN + indent)

    def image(self, data: bytes, *, x: float, top: float, width: float, height: float) -> None:
        """A picture with its upper left corner at x, top."""
        self.canvas.drawImage(
            ImageReader(io.BytesIO(data)), x, top - height, width, height, mask="auto"
        )

    def _write(
        self,
        text: str,
        font: str,
        size: float,
        width: float,
        *,
        x: float = MARGIN,
        lines_max: int = LINES_MAX,
    ) -> None:
        for line in wrapped(text, font, size, width, lines_max=lines_max):
            self._room(size * LEADING)
            self._line(line, font, size, x)
            self.y -= size * LEADING

    def _line(self, line: str, font: str, size: float, x: float) -> None:
        for run in set_line(line, font):
            self.canvas.setFont(run.font, size)
            self.canvas.drawString(x, self.y - size, run.letters)
            x += pdfmetrics.stringWidth(run.letters, run.font, size)

    def _room(self, needed: float) -> None:
        if self.y - needed < MARGIN + self.size * 2:
            self.foot()
            self.canvas.showPage()
            self.page += 1
            self.y = A4[1] - MARGIN

    def foot(self) -> None:
        """The page number, as large as the text."""
        self.canvas.setFont(REGULAR, self.size)
        self.canvas.drawString(MARGIN, MARGIN * 0.6, f"{self.title}, page {self.page}")


def new_canvas(
    out: io.BytesIO, *, title: str, author: str, pagesize: tuple[float, float] = A4
) -> Canvas:
    """A canvas with embedded fonts, a title and a language; equal input gives equal bytes."""
    register_fonts()
    canvas = Canvas(
        out,
        pagesize=pagesize,
        invariant=1,
        initialFontName=REGULAR,
        lang="en-GB",
        pageCompression=1,
    )
    canvas.setTitle(title)
    canvas.setAuthor(author)
    canvas.setViewerPreference("DisplayDocTitle", "true")
    return canvas


def draw_qr(canvas: Canvas, text: str, *, x: float, y: float, size: float, name: str) -> None:
    """A QR code with its quiet border, its lower left corner at x, y, drawn as sharp squares."""
    code: Any = qrcode.QRCode(
        error_correction=qrcode.constants.ERROR_CORRECT_M, border=QR_MODULE_BORDER
    )
    code.add_data(text)
    code.make(fit=True)
    matrix = code.get_matrix()
    module = size / len(matrix)
    path = canvas.beginPath()
    for row_number, row in enumerate(matrix):
        for start, length in _runs(row):
            top = y + size - (row_number + 1) * module
            path.rect(x + start * module, top, length * module, module)
    canvas.drawPath(path, stroke=0, fill=1)


def _runs(row: Sequence[bool]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for number, dark in enumerate(row):
        if dark and runs and sum(runs[-1]) == number:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        elif dark:
            runs.append((number, 1))
    return runs


def picture(photo: str) -> bytes:
    """The bytes of a photograph kept as base64."""
    return base64.b64decode(photo)
