"""Hands a document over: to the printer that was chosen, or as a file where it was asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from reception_app.desk.runtime import Runtime

Told = Callable[[str], None]
Failed = Callable[[Exception], None]


@dataclass(slots=True)
class Paper:
    """`printer` is the exact name chosen in the settings; empty saves to `folder` instead."""

    runtime: Runtime
    folder: Path
    printer: str = ""

    def hand_over(self, name: str, make: Callable[[], bytes], told: Told, failed: Failed) -> None:
        """Make a document and print or save it; `told` gets the sentence to say."""
        self.runtime.work(make, lambda pdf: self._deliver(name, pdf, told, failed), failed)

    def save(self, name: str, make: Callable[[], bytes], told: Told, failed: Failed) -> None:
        """Make a document and save it, whatever the printer."""
        folder = self.folder

        def act() -> str:
            from reception_app.printing.save_pdf import save_pdf

            return f"Saved as {save_pdf(make(), folder=folder, name=name)}."

        self.runtime.work(act, told, failed)

    def _deliver(self, name: str, pdf: bytes, told: Told, failed: Failed) -> None:
        if not self.printer:
            self.save(name, lambda: pdf, told, failed)
            return
        try:
            from reception_app.printing.print_pdf import print_pdf

            print_pdf(pdf, printer_name=self.printer, document_name=name)
        except Exception as error:  # noqa: BLE001 - told to the person, with the way on
            failed(error)
            return
        told(f"Sent to printer {self.printer}.")
