"""The printing process: `python -m reception_app.printing.serving`, one request after another.

It ends when its input ends, so it never outlives the window that started it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from typing import BinaryIO

from reception_app.printing.errors import PaperProblem
from reception_app.printing.wire import (
    NamePrinters,
    Names,
    Printed,
    PrintIt,
    Problem,
    Reply,
    Request,
    read_request,
    write,
)

Print = Callable[[PrintIt], None]
Named = Callable[[], Sequence[str]]


def serve(requests: BinaryIO, replies: BinaryIO, *, print_it: Print, named: Named) -> None:
    """Answer every request in turn until there are no more."""
    while (request := read_request(requests)) is not None:
        write(replies, _answer(request, print_it, named))


def _answer(request: Request, print_it: Print, named: Named) -> Reply:
    try:
        if isinstance(request, NamePrinters):
            return Names(list(named()))
        print_it(request)
    except PaperProblem as problem:
        return Problem(type(problem).__name__, str(problem))
    return Printed()


def main() -> None:
    """Serve the process that started this one."""
    if sys.platform == "linux":
        # Printing needs no screen, and there may be none.
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from PySide6.QtGui import QGuiApplication

    from reception_app.printing.print_pdf import print_pdf, printer_names

    app = QGuiApplication([])

    def print_it(wanted: PrintIt) -> None:
        print_pdf(wanted.pdf, printer_name=wanted.printer_name, document_name=wanted.document_name)

    serve(sys.stdin.buffer, sys.stdout.buffer, print_it=print_it, named=printer_names)
    app.quit()


if __name__ == "__main__":
    main()
