"""The printers of this computer, reached through a process of their own.

A driver or spooler that hangs or crashes takes that process with it, never the desk.
"""

from __future__ import annotations

import subprocess
import sys
import threading
import weakref
from collections.abc import Sequence

from reception_app.printing import errors
from reception_app.printing.errors import PaperProblem, PrinterNotReady
from reception_app.printing.wire import (
    NamePrinters,
    Names,
    PrintIt,
    Problem,
    Reply,
    Request,
    read_reply,
    write,
)

PROGRAM = (sys.executable, "-m", "reception_app.printing.serving")
ANSWER_TIMEOUT_S = 60.0
"""A long letter on a slow driver takes some seconds; a spooler that hangs, for ever."""
END_TIMEOUT_S = 2.0
NO_ANSWER = (
    "The printing system of this computer did not answer. "
    "Look at the printer before you print again."
)


class Printers:
    """Prints and names printers. Any thread may call; one request at a time is under way."""

    def __init__(
        self, program: Sequence[str] = PROGRAM, *, timeout_s: float = ANSWER_TIMEOUT_S
    ) -> None:
        self._program = list(program)
        self._timeout_s = timeout_s
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._end: weakref.finalize[..., Printers] | None = None

    def names(self) -> tuple[str, ...]:
        """The printers of this computer. Raises PrinterNotReady."""
        reply = self._ask(NamePrinters())
        return tuple(reply.names) if isinstance(reply, Names) else ()

    def print_pdf(self, pdf: bytes, *, printer_name: str, document_name: str) -> None:
        """Send a PDF to a printer by its exact name. Success means sent, not printed.

        Raises PrinterNotFound or PrinterNotReady.
        """
        self._ask(PrintIt(printer_name, document_name, pdf))

    def close(self) -> None:
        """End the process, if it runs. A later request starts another."""
        with self._lock:
            self._stop()

    def _ask(self, request: Request) -> Reply:
        with self._lock:
            reply = self._exchange(request)
        if isinstance(reply, Problem):
            raise getattr(errors, reply.kind, PaperProblem)(reply.words)
        return reply

    def _exchange(self, request: Request) -> Reply:
        process = self._running()
        assert process.stdin is not None and process.stdout is not None
        # Reading a pipe has no timeout on Windows; ending the other side ends the read.
        overdue = threading.Timer(self._timeout_s, process.kill)
        overdue.daemon = True
        overdue.start()
        try:
            write(process.stdin, request)
            reply = read_reply(process.stdout)
        except OSError:
            reply = None
        finally:
            overdue.cancel()
        if reply is None:
            self._stop()
            raise PrinterNotReady(NO_ANSWER)
        return reply

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._process.poll() is None:
            return self._process
        self._stop()
        try:
            self._process = subprocess.Popen(
                self._program,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        except OSError as error:
            raise PrinterNotReady(NO_ANSWER) from error
        self._end = weakref.finalize(self, _end, self._process)
        return self._process

    def _stop(self) -> None:
        if self._end is not None:
            self._end()
        self._end = self._process = None


def _end(process: subprocess.Popen[bytes]) -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            try:
                pipe.close()
            except OSError:
                continue  # it held what a process that is gone never read
    try:
        process.wait(END_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
