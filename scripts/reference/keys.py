"""Every key of every page, read from the acts of a window that is really built."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication

from reception_app.desk.at_desk import AtDesk
from reception_app.desk.folder import DeskFolder, Settings
from reception_app.desk.keys import SampleKeys
from reception_app.desk.runtime import Runtime, open_node
from reception_app.desk_window import PAGES, PLACES, DeskWindow
from reception_app.printing.paper import Paper
from reception_app.start.where import Place
from reception_app.theme.tokens import LIGHT
from scripts.reference.table import code, table
from visits.ids import OfficeId, StaffId

HEAD = """\
# Keys

Every act of a page that has a key. Acts without one are reached with Tab and through the palette
(Ctrl+K). Inside a list the arrow keys move and Enter chooses; Enter in the last field of a column
does what its big button says.
"""
EVERYWHERE = {"Ctrl+K": "People, references, acts", "Ctrl+Z": "Undo, while it is offered"}
"""Keys of the window that belong to no act; the places have theirs by their order."""


def page() -> str:
    """The page of all keys. Needs Qt's libraries; opens no window on a screen."""
    with _a_window() as desk:
        parts = [HEAD, "## Everywhere\n", table(("key", "what it does"), _everywhere(desk))]
        for place in PLACES:
            desk.show_place(place.name)
            rows = sorted(_acts(desk.page(place.name)))
            parts += [f"## {place.words}\n", table(("key", "what it does"), rows)]
    return "\n".join(parts)


def _everywhere(desk: DeskWindow) -> list[tuple[str, str]]:
    known = {f"Alt+{n}": place.words for n, place in enumerate(PLACES, start=1)} | EVERYWHERE
    found = {shortcut.key().toString() for shortcut in _of_the_window(desk, QShortcut)}
    if found != known.keys():
        raise ValueError(f"keys of the window without words here: {found ^ known.keys()}")
    acts = {_key(act): act.text() for act in _of_the_window(desk, QAction) if _key(act)}
    return [(code(key), words) for key, words in sorted((acts | known).items())]


def _of_the_window(desk: DeskWindow, kind: type) -> list:
    pages = [desk.page(name) for name in ("reception", *PAGES)]
    in_pages = {id(found) for page_ in pages for found in page_.findChildren(kind)}
    return [found for found in desk.window.findChildren(kind) if id(found) not in in_pages]


def _acts(owner: QObject) -> set[tuple[str, str]]:
    acts = owner.findChildren(QAction)
    return {(code(_key(act)), act.text()) for act in acts if _key(act) and act.objectName()}


def _key(act: QAction) -> str:
    return act.shortcut().toString(QKeySequence.SequenceFormat.PortableText)


@contextmanager
def _a_window() -> Iterator[DeskWindow]:
    """A window over an empty desk whose centre does not answer; its line is never started."""
    app = QApplication.instance() or QApplication(["reference"])
    with TemporaryDirectory(prefix="reference-") as name:
        folder = Path(name)
        node = open_node(folder / "desk.db", bytes(32))
        moment = datetime(2026, 11, 24, 10, 42, tzinfo=UTC)
        runtime = Runtime(
            node,
            central=lambda: "http://127.0.0.1:9",
            actor=lambda: "reference",
            clock=lambda: moment,
        )
        at = AtDesk(
            runtime=runtime,
            office_id=OfficeId("office"),
            office_name="Office",
            counter_name="Counter 1",
            staff_id=StaffId("officer"),
            theme=LIGHT,
            say=lambda words, undo: None,
            paper=Paper(runtime, folder),
        )
        place = Place(DeskFolder(folder), None, SampleKeys(), Settings(sample=True), None)  # type: ignore[arg-type]
        desk = DeskWindow(at, place)
        try:
            yield desk
        finally:
            desk.window.close()
            runtime.close()
            desk.window.deleteLater()
            app.processEvents()
