"""Prints a PDF on the printer that was chosen, and on no other.

Runs in the printing process (see `serving`), never in the window's: Qt's bindings hold Python's
lock while they draw a page, some 0.2 s each, and a spooler that hangs would hang the window, from
whatever thread.

Qt keeps the default printer when it is given an unknown name and says that all is well; a letter
would come out in another room. So the printer is looked up by its exact name first, every time.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pypdfium2 import PdfDocument, PdfPage
from PySide6.QtCore import QSizeF
from PySide6.QtGui import QImage, QPageSize, QPainter
from PySide6.QtPrintSupport import QPrinter, QPrinterInfo

from reception_app.printing.errors import PrinterNotFound, PrinterNotReady

DOTS_AN_INCH = 300
POINTS_AN_INCH = 72


def printer_names() -> tuple[str, ...]:
    """The printers of this computer, by name."""
    return tuple(sorted(QPrinterInfo.availablePrinterNames()))


def print_pdf(pdf: bytes, *, printer_name: str, document_name: str) -> None:
    """Send a PDF to a printer by its exact name. Success means sent, not printed.

    Raises PrinterNotFound or PrinterNotReady.
    """
    paint(pdf, _printer(printer_name), document_name=document_name)


def _printer(name: str) -> QPrinter:
    if not name or QPrinterInfo.printerInfo(name).isNull():
        raise PrinterNotFound(f"The printer ‘{name}’ was not found.")
    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    printer.setPrinterName(name)
    if printer.printerName() != name:
        raise PrinterNotFound(f"The printer ‘{name}’ is not ready.")
    return printer


def paint(pdf: bytes, printer: QPrinter, *, document_name: str) -> None:
    """Paint every page of a PDF on a printer, each at its own size. Raises PrinterNotReady."""
    document = PdfDocument(pdf)
    printer.setResolution(DOTS_AN_INCH)
    printer.setDocName(document_name)
    # The papers bring their own margins; a second one would move them.
    printer.setFullPage(True)
    _set_size(printer, document[0])
    with _painting(printer) as painter:
        for number, page in enumerate(document):
            if number:
                _set_size(printer, page)
                printer.newPage()
            _draw(painter, page)


def _draw(painter: QPainter, page: PdfPage) -> None:
    bitmap = page.render(scale=DOTS_AN_INCH / POINTS_AN_INCH)
    image = QImage(
        bytes(bitmap.buffer),
        bitmap.width,
        bitmap.height,
        bitmap.stride,
        QImage.Format.Format_BGR888,
    )
    painter.drawImage(0, 0, image)


def _set_size(printer: QPrinter, page: PdfPage) -> None:
    printer.setPageSize(QPageSize(QSizeF(*page.get_size()), QPageSize.Unit.Point))


@contextmanager
def _painting(printer: QPrinter) -> Iterator[QPainter]:
    painter = QPainter()
    if not painter.begin(printer):
        raise PrinterNotReady(f"The printer ‘{printer.printerName()}’ did not answer.")
    try:
        yield painter
    finally:
        # Qt crashes when the printer goes while it is still painted on.
        painter.end()
