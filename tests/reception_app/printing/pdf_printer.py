"""A printing process with printers that print into PDF files of a folder, for tests.

All but the device is the shipped code: the process, its pipes and the painting.
`python -m tests.reception_app.printing.pdf_printer FOLDER`
"""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from PySide6.QtGui import QGuiApplication
from PySide6.QtPrintSupport import QPrinter

from reception_app.printing.errors import PrinterNotFound
from reception_app.printing.print_pdf import paint
from reception_app.printing.serving import serve
from reception_app.printing.wire import PrintIt

LETTERS, TICKETS, HANGS, CRASHES = "Front desk", "Ticket roll", "Hangs", "Crashes"
NAMES = (LETTERS, TICKETS, HANGS, CRASHES)


def paper_of(folder: Path, printer: str, document: str) -> Path:
    """Where a printed document comes out."""
    return folder / f"{printer} - {document}.pdf"


def printer_into(path: Path) -> QPrinter:
    """A printer whose paper is a file."""
    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(path))
    return printer


def main(folder: Path) -> None:
    def print_it(wanted: PrintIt) -> None:
        if wanted.printer_name not in NAMES:
            raise PrinterNotFound(f"The printer ‘{wanted.printer_name}’ was not found.")
        if wanted.printer_name == HANGS:
            threading.Event().wait()
        if wanted.printer_name == CRASHES:
            os._exit(3)
        path = paper_of(folder, wanted.printer_name, wanted.document_name)
        paint(wanted.pdf, printer_into(path), document_name=wanted.document_name)

    app = QGuiApplication([])
    serve(sys.stdin.buffer, sys.stdout.buffer, print_it=print_it, named=lambda: NAMES)
    app.quit()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
