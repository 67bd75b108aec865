"""Hands a document over: to the printer that was chosen for it, or as a file.

What could not be handed over is kept, with the reason, until the person has printed it elsewhere,
saved it or let it go.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from itertools import count
from pathlib import Path

from msgspec import Struct
from PySide6.QtCore import QObject, Signal

from reception_app.desk.runtime import Runtime
from reception_app.printing.errors import PaperProblem
from reception_app.printing.printers import Printers
from reception_app.printing.save_pdf import save_pdf
from visits.calendar.local_time import local_date

KEPT_MAX = 50
"""More documents than this are not kept; each can be made again from its page."""
WAYS_ON = "The document is kept: press the sync line to print it elsewhere or save it as a PDF."

Make = Callable[[], bytes]
Told = Callable[[str], None]
Failed = Callable[[Exception], None]


NO_PRINTER = "No printer is chosen: Settings, Ctrl+comma."


class PaperKind(StrEnum):
    """Letters and tickets may go to different printers."""

    LETTER = "letter"
    TICKET = "ticket"


class NotHandedOver(Exception):
    """A document could not be printed or saved; it is kept. The text says why and what to do."""


class Kept(Struct, frozen=True):
    """A document that could not be handed over, and why in words."""

    number: int
    name: str
    kind: PaperKind
    pdf: bytes
    why: str
    at: datetime


class Paper(QObject):
    """`printer` and `ticket_printer` are exact names; empty ones save to `folder` instead.

    Callbacks come on the window's thread; making, printing and saving happen off it.
    """

    kept_changed = Signal()

    def __init__(
        self,
        runtime: Runtime,
        folder: Path,
        printer: str = "",
        *,
        ticket_printer: str = "",
        printers: Printers | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.runtime = runtime
        self.folder = folder
        self.printer = printer
        self.ticket_printer = ticket_printer
        self.printers = printers or Printers()
        self._numbers = count(1)
        self._kept: dict[int, Kept] = {}

    @property
    def kept(self) -> tuple[Kept, ...]:
        """Documents that were not handed over, oldest first."""
        return tuple(self._kept.values())

    def hand_over(
        self,
        name: str,
        make: Make,
        told: Told,
        failed: Failed,
        *,
        kind: PaperKind = PaperKind.LETTER,
    ) -> None:
        """Make a document and print or save it; `told` gets the sentence to say.

        `failed` gets NotHandedOver, and the document is kept; or what `make` raised.
        """
        printer = self._printer_for(kind)
        way = _Way(name, kind, printer, self.folder)
        say = told if printer else lambda words: told(f"{words} {NO_PRINTER}")
        self._deliver(way, make, say, failed)

    def save(self, name: str, make: Make, told: Told, failed: Failed) -> None:
        """Make a document and save it, whatever the printer. `failed` as `hand_over`."""
        self._deliver(_Way(name, PaperKind.LETTER, "", self.folder), make, told, failed)

    def print_again(self, kept: Kept, told: Told, failed: Failed) -> None:
        """Hand a kept document over as the settings say now."""
        way = _Way(kept.name, kept.kind, self._printer_for(kept.kind), self.folder)
        self._deliver_kept(way, kept, told, failed)

    def save_in(self, kept: Kept, folder: Path, told: Told, failed: Failed) -> None:
        """Save a kept document in a folder."""
        self._deliver_kept(_Way(kept.name, kept.kind, "", folder), kept, told, failed)

    def let_go(self, kept: Kept) -> None:
        """The person no longer needs a kept document."""
        if self._kept.pop(kept.number, None) is not None:
            self.kept_changed.emit()

    def _printer_for(self, kind: PaperKind) -> str:
        return self.ticket_printer if kind is PaperKind.TICKET else self.printer

    def _deliver_kept(self, way: _Way, kept: Kept, told: Told, failed: Failed) -> None:
        # When it fails again it is kept anew, with the new reason.
        self.let_go(kept)
        self._deliver(way, lambda: kept.pdf, told, failed)

    def _deliver(self, way: _Way, make: Make, told: Told, failed: Failed) -> None:
        now, printers = self.runtime.now(), self.printers

        def done(end: str | Kept) -> None:
            if isinstance(end, str):
                told(end)
                return
            self._keep(end)
            failed(NotHandedOver(f"{end.why} {WAYS_ON}"))

        self.runtime.work(lambda: self._handed_over(way, make(), now, printers), done, failed)

    def _handed_over(self, way: _Way, pdf: bytes, now: datetime, printers: Printers) -> str | Kept:
        """On the worker: the sentence to say, or the document with the reason."""
        try:
            if way.printer:
                printers.print_pdf(pdf, printer_name=way.printer, document_name=way.name)
                return f"Sent to printer {way.printer}."
            name = f"{way.name} {local_date(now).isoformat()}"
            return f"Saved as {save_pdf(pdf, folder=way.folder, name=name)}."
        except PaperProblem as problem:
            return Kept(next(self._numbers), way.name, way.kind, pdf, str(problem), now)

    def _keep(self, kept: Kept) -> None:
        self._kept[kept.number] = kept
        while len(self._kept) > KEPT_MAX:
            del self._kept[min(self._kept)]
        self.kept_changed.emit()


class _Way(Struct, frozen=True):
    """What a document is called and where it goes: a printer, or else a folder."""

    name: str
    kind: PaperKind
    printer: str
    folder: Path
