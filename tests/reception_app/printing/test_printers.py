"""Printing goes to the printer that was chosen or to none, and never harms the desk."""

from __future__ import annotations

import sys
from pathlib import Path

import pypdfium2
import pytest

from reception_app.printing.errors import PrinterNotFound, PrinterNotReady
from reception_app.printing.printers import Printers
from tests.reception_app.printing.conftest import POINTS_A_MM, a_document
from tests.reception_app.printing.pdf_printer import CRASHES, HANGS, LETTERS, TICKETS, paper_of


def ink_on(page: pypdfium2.PdfPage) -> int:
    """How many pixels of a page are dark."""
    image = page.render(scale=1).to_pil().convert("L")
    return sum(image.histogram()[:128])


def test_every_page_comes_out_of_the_printer_chosen(
    pdf_printers: Printers, paper_tray: Path
) -> None:
    pdf_printers.print_pdf(
        a_document("one", "two", "three"), printer_name=LETTERS, document_name="Letter"
    )
    printed = pypdfium2.PdfDocument(paper_of(paper_tray, LETTERS, "Letter"))
    assert len(printed) == 3
    assert all(ink_on(page) > 0 for page in printed)
    printed.close()


def test_a_ticket_is_printed_at_the_size_of_its_roll(
    pdf_printers: Printers, paper_tray: Path
) -> None:
    size = (80 * POINTS_A_MM, 100 * POINTS_A_MM)
    pdf_printers.print_pdf(
        a_document("B07", size=size), printer_name=TICKETS, document_name="Ticket B07"
    )
    printed = pypdfium2.PdfDocument(paper_of(paper_tray, TICKETS, "Ticket B07"))
    assert printed[0].get_size() == pytest.approx(size, abs=1)
    printed.close()


def test_an_unknown_printer_is_an_error_and_nothing_is_printed(
    pdf_printers: Printers, paper_tray: Path
) -> None:
    with pytest.raises(PrinterNotFound, match="‘Gone’ was not found"):
        pdf_printers.print_pdf(a_document("x"), printer_name="Gone", document_name="Letter")
    assert list(paper_tray.iterdir()) == []


@pytest.mark.parametrize("name", ["", "No such printer", "No such printer\n"])
def test_the_shipped_process_refuses_a_printer_that_this_computer_has_not(
    real_printers: Printers, name: str
) -> None:
    assert name not in real_printers.names()
    with pytest.raises(PrinterNotFound):
        real_printers.print_pdf(a_document("x"), printer_name=name, document_name="Letter")


def test_a_driver_that_crashes_is_told_and_the_next_print_works(
    pdf_printers: Printers, paper_tray: Path
) -> None:
    with pytest.raises(PrinterNotReady, match="before you print again"):
        pdf_printers.print_pdf(a_document("x"), printer_name=CRASHES, document_name="Letter")
    pdf_printers.print_pdf(a_document("x"), printer_name=LETTERS, document_name="Letter")
    assert paper_of(paper_tray, LETTERS, "Letter").exists()


def test_a_spooler_that_hangs_is_given_up_on(paper_tray: Path) -> None:
    program = (sys.executable, "-m", "tests.reception_app.printing.pdf_printer", str(paper_tray))
    printers = Printers(program, timeout_s=3)
    with pytest.raises(PrinterNotReady, match="did not answer"):
        printers.print_pdf(a_document("x"), printer_name=HANGS, document_name="Letter")
    printers.close()


def test_a_computer_without_the_printing_program_is_told(tmp_path: Path) -> None:
    with pytest.raises(PrinterNotReady):
        Printers([str(tmp_path / "absent")]).names()
