"""Documents reach the printer or folder chosen for them, and none is lost on the way."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pypdfium2
import pytest
from pytestqt.qtbot import QtBot

from reception_app.desk.at_desk import AtDesk
from reception_app.printing.paper import NotHandedOver, Paper, PaperKind
from reception_app.printing.printers import Printers
from tests.centres import SetClock
from tests.reception_app.printing.conftest import a_document
from tests.reception_app.printing.pdf_printer import LETTERS, TICKETS, paper_of


class Heard:
    """What the person was told, and what failed."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.errors: list[Exception] = []

    @property
    def count(self) -> int:
        return len(self.words) + len(self.errors)


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def deliver(qtbot: QtBot, heard: Heard) -> Callable[..., None]:
    """Calls an act of the paper and waits for what it says."""

    def deliver(act: Callable[..., None], *args: object, **more: object) -> None:
        before = heard.count
        act(*args, heard.words.append, heard.errors.append, **more)
        qtbot.waitUntil(lambda: heard.count > before, timeout=30_000)

    return deliver


def test_tickets_and_letters_come_out_of_their_own_printers(
    at: AtDesk, pdf_printers: Printers, paper_tray: Path, deliver: Callable[..., None], heard: Heard
) -> None:
    paper = Paper(
        at.runtime, at.paper.folder, LETTERS, ticket_printer=TICKETS, printers=pdf_printers
    )
    deliver(paper.hand_over, "Letter", lambda: a_document("letter"))
    deliver(paper.hand_over, "Ticket B07", lambda: a_document("ticket"), kind=PaperKind.TICKET)
    assert heard.words == [f"Sent to printer {LETTERS}.", f"Sent to printer {TICKETS}."]
    assert paper_of(paper_tray, LETTERS, "Letter").exists()
    assert paper_of(paper_tray, TICKETS, "Ticket B07").exists()
    assert not at.paper.folder.exists()


def test_a_printer_that_is_gone_keeps_the_document_until_it_is_saved(
    at: AtDesk, pdf_printers: Printers, paper_tray: Path, deliver: Callable[..., None], heard: Heard
) -> None:
    paper = Paper(at.runtime, at.paper.folder, "Gone", printers=pdf_printers)
    deliver(paper.hand_over, "Letter", lambda: a_document("kept"))
    (error,) = heard.errors
    assert isinstance(error, NotHandedOver)
    assert "The printer ‘Gone’ was not found." in str(error)
    assert "print it elsewhere or save it as a PDF" in str(error)
    (kept,) = paper.kept
    deliver(paper.save_in, kept, paper.folder)
    (saved,) = paper.folder.iterdir()
    assert pypdfium2.PdfDocument(saved)[0].get_textpage().get_text_range() == "kept"
    assert paper.kept == ()
    assert list(paper_tray.iterdir()) == []


def test_a_kept_document_can_be_printed_on_another_printer(
    at: AtDesk, pdf_printers: Printers, paper_tray: Path, deliver: Callable[..., None], heard: Heard
) -> None:
    paper = Paper(at.runtime, at.paper.folder, "Gone", printers=pdf_printers)
    deliver(paper.hand_over, "Letter", lambda: a_document("kept"))
    paper.printer = LETTERS
    deliver(paper.print_again, paper.kept[0])
    assert paper_of(paper_tray, LETTERS, "Letter").exists()
    assert paper.kept == ()


def test_a_folder_that_cannot_be_written_keeps_the_document_for_another(
    at: AtDesk, tmp_path: Path, deliver: Callable[..., None], heard: Heard
) -> None:
    file = tmp_path / "file"
    file.write_text("")
    paper = Paper(at.runtime, file)
    deliver(paper.hand_over, "Letter", lambda: a_document("kept"))
    assert "Nothing can be saved in the folder" in str(heard.errors[0])
    deliver(paper.save_in, paper.kept[0], file / "below")
    assert len(paper.kept) == 1
    deliver(paper.save_in, paper.kept[0], tmp_path / "elsewhere")
    assert [path.suffix for path in (tmp_path / "elsewhere").iterdir()] == [".pdf"]
    assert paper.kept == ()


def test_two_tickets_of_one_number_on_two_days_are_two_files(
    at: AtDesk, clock: SetClock, deliver: Callable[..., None]
) -> None:
    for _ in range(2):
        deliver(at.paper.hand_over, "Ticket B07", lambda: a_document("B07"), kind=PaperKind.TICKET)
        clock.pass_minutes(24 * 60)
    names = sorted(path.name for path in at.paper.folder.iterdir())
    assert names == ["Ticket B07 2026-11-24.pdf", "Ticket B07 2026-11-25.pdf"]


def test_a_document_that_cannot_be_made_says_so_and_keeps_nothing(
    at: AtDesk, deliver: Callable[..., None], heard: Heard, caplog: pytest.LogCaptureFixture
) -> None:
    def make() -> bytes:
        raise ValueError("no such page")

    deliver(at.paper.hand_over, "Letter", make)
    assert isinstance(heard.errors[0], ValueError)
    assert at.paper.kept == ()


def test_pages_are_drawn_by_another_process_than_the_window_s(
    at: AtDesk,
    pdf_printers: Printers,
    deliver: Callable[..., None],
    heard: Heard,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def drawn_here(*_: object, **__: object) -> None:
        raise AssertionError("a page was drawn in the window's process")

    monkeypatch.setattr("reception_app.printing.print_pdf.paint", drawn_here)
    paper = Paper(at.runtime, at.paper.folder, LETTERS, printers=pdf_printers)
    deliver(paper.hand_over, "Letter", lambda: a_document("one page"))
    assert heard.errors == []
    assert heard.words[-1] == f"Sent to printer {LETTERS}."
