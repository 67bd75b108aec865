"""Documents reach the printer or folder chosen for them, and none is lost on the way."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pypdfium2
import pytest
from PySide6.QtCore import Qt, QTimer
from pytestqt.qtbot import QtBot

from reception_app.desk.at_desk import AtDesk
from reception_app.printing.paper import NotHandedOver, Paper, PaperKind
from reception_app.printing.printers import Printers
from tests.centres import SetClock
from tests.reception_app.printing.conftest import a_document
from tests.reception_app.printing.pdf_printer import LETTERS, TICKETS, paper_of

FRAME_S = 0.016
TRIES = 6


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


def test_the_window_is_never_blocked_for_a_frame_while_a_letter_is_printed(
    at: AtDesk, pdf_printers: Printers, qtbot: QtBot, deliver: Callable[..., None]
) -> None:
    """The best of some tries: other programs may hold up any one of them, a block holds up all."""
    paper = Paper(at.runtime, at.paper.folder, LETTERS, printers=pdf_printers)
    document = a_document(*(f"page {number}" for number in range(4)))
    deliver(paper.hand_over, "Warm", lambda: document)
    longest_s = []
    for number in range(TRIES):
        with longest_gap() as gap:
            deliver(paper.hand_over, f"Letter {number}", lambda: document)
        longest_s.append(gap.seconds)
        if gap.seconds <= FRAME_S:
            break
    assert min(longest_s) <= FRAME_S


class longest_gap:  # noqa: N801 - reads as words where it is used
    """The longest time between two turns of the event loop while the block runs."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._last = 0.0
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(1)
        self._timer.timeout.connect(self._on_turn)

    def __enter__(self) -> longest_gap:
        self._last = time.perf_counter()
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.stop()

    def _on_turn(self) -> None:
        now = time.perf_counter()
        self.seconds = max(self.seconds, now - self._last)
        self._last = now
