"""Printers for tests: one that prints into files, and the real ones of this computer."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from reportlab.pdfgen import canvas

from reception_app.printing.printers import Printers

POINTS_A_MM = 72 / 25.4


def a_document(*pages: str, size: tuple[float, float] = (595.28, 841.89)) -> bytes:
    """A PDF with these words on its pages, `size` in points."""
    made = io.BytesIO()
    drawn = canvas.Canvas(made, pagesize=size)
    for words in pages:
        drawn.drawString(40, size[1] - 60, words)
        drawn.showPage()
    drawn.save()
    return made.getvalue()


@pytest.fixture
def paper_tray(tmp_path: Path) -> Path:
    """Where what is printed comes out."""
    tray = tmp_path / "tray"
    tray.mkdir()
    return tray


@pytest.fixture
def pdf_printers(paper_tray: Path) -> Iterator[Printers]:
    """A printing process whose printers print into the tray."""
    program = (sys.executable, "-m", "tests.reception_app.printing.pdf_printer", str(paper_tray))
    printers = Printers(program)
    yield printers
    printers.close()


@pytest.fixture
def real_printers() -> Iterator[Printers]:
    """The shipped printing process, with the printers of this computer."""
    printers = Printers()
    yield printers
    printers.close()
