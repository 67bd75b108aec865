"""Prints a PDF on the printer that was chosen, and on no other.

Qt keeps the default printer when it is given an unknown name and says that all is well; a letter
would come out in another room. So the printer is looked up by its exact name first, every time.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QBuffer, QByteArray, QIODevice
from PySide6.QtGui import QPainter
from PySide6.QtPdf import QPdfDocument
from PySide6.QtPrintSupport import QPrinter, QPrinterInfo

DOTS_AN_INCH = 300
POINTS_AN_INCH = 72


class PrinterNotFound(Exception):
    """No printer has this name; the text says what to do."""


class PrinterNotReady(Exception):
    """The printer could not be begun; the text says what to do."""


def printer_names() -> tuple[str, ...]:
    """The printers of this computer, by name."""
    return tuple(sorted(QPrinterInfo.availablePrinterNames()))


def print_pdf(pdf: bytes, *, printer_name: str, document_name: str) -> None:
    """Send a PDF to a printer by its exact name. Called on the window's thread.

    Raises PrinterNotFound or PrinterNotReady. Success means sent, not printed.
    """
    if not printer_name or QPrinterInfo.printerInfo(printer_name).isNull():
        raise PrinterNotFound(
            f"The printer ‘{printer_name}’ was not found. "
            "Choose another in the settings, or save as PDF."
        )
    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    printer.setPrinterName(printer_name)
    if printer.printerName() != printer_name:
        raise PrinterNotFound(f"The printer ‘{printer_name}’ is not ready. Save as PDF instead.")
    printer.setResolution(DOTS_AN_INCH)
    printer.setDocName(document_name)
    _paint(pdf, printer, printer_name)


def _paint(pdf: bytes, printer: QPrinter, printer_name: str) -> None:
    document = QPdfDocument(None)
    buffer = QBuffer()
    buffer.setData(QByteArray(pdf))
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    document.load(buffer)
    with _painting(printer, printer_name) as painter:
        for page in range(document.pageCount()):
            if page:
                printer.newPage()
            size = document.pagePointSize(page) * (DOTS_AN_INCH / POINTS_AN_INCH)
            painter.drawImage(0, 0, document.render(page, size.toSize()))


@contextmanager
def _painting(printer: QPrinter, printer_name: str) -> Iterator[QPainter]:
    painter = QPainter()
    if not painter.begin(printer):
        raise PrinterNotReady(
            f"The printer ‘{printer_name}’ did not answer. Choose another, or save as PDF."
        )
    try:
        yield painter
    finally:
        # Qt crashes when the printer goes while it is still painted on.
        painter.end()
