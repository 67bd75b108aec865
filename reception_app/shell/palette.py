"""Ctrl+K: acts of the app and people, by a few letters."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec import Struct
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QDialog, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from reception_app.theme import tokens as t

SHOWN_MAX = 14


class Offer(Struct, frozen=True):
    """One line of the palette and what it does."""

    words: str
    act: Callable[[], None]


Finder = Callable[[str, Callable[[Sequence[Offer]], None]], None]
"""Finds offers for a text, and gives them back later on the window's thread."""


class Palette(QDialog):
    """A list over the window that Esc closes."""

    def __init__(self, acts: Sequence[QAction], find: Finder, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.FramelessWindowHint | Qt.WindowType.Dialog)
        self.setObjectName("palette")
        self.setAccessibleName(self.tr("Find"))
        self._acts = acts
        self._find = find
        self._edit = QLineEdit()
        self._edit.setObjectName("palette_text")
        self._edit.setAccessibleName(self.tr("People, references, acts"))
        self._edit.setPlaceholderText(self.tr("People, references, acts"))
        self._list = QListWidget()
        self._list.setObjectName("palette_list")
        self._list.setAccessibleName(self.tr("Found"))
        column = QVBoxLayout(self)
        column.setContentsMargins(t.GAP_SMALL, t.GAP_SMALL, t.GAP_SMALL, t.GAP_SMALL)
        column.addWidget(self._edit)
        column.addWidget(self._list)
        self.resize(t.RAIL_PX * 6, t.ROW_PX * 9)
        self._edit.textChanged.connect(self._on_text)
        self._edit.installEventFilter(self)
        self._list.itemActivated.connect(self._take)
        self._on_text("")

    def _on_text(self, text: str) -> None:
        acts = [_offer(act) for act in self._acts if act.isEnabled() and _meant(act, text)]
        self._show(acts)
        if text.strip():
            self._find(text, lambda found: self._add(text, [*found, *acts]))

    def _add(self, text: str, offers: Sequence[Offer]) -> None:
        if self._edit.text() == text:
            self._show(offers)

    def _show(self, offers: Sequence[Offer]) -> None:
        self._list.clear()
        for offer in offers[:SHOWN_MAX]:
            item = QListWidgetItem(offer.words)
            item.setData(Qt.ItemDataRole.UserRole, offer)
            self._list.addItem(item)
        if not offers:
            item = QListWidgetItem(self.tr("Nothing found. Try another word."))
            item.setFlags(Qt.ItemFlag.NoItemFlags)
            self._list.addItem(item)
        self._list.setCurrentRow(0)

    def _take(self, item: QListWidgetItem | None) -> None:
        if item is not None and item.data(Qt.ItemDataRole.UserRole) is not None:
            self.accept()
            item.data(Qt.ItemDataRole.UserRole).act()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()), 0)
            if step:
                row = max(0, min(self._list.count() - 1, self._list.currentRow() + step))
                self._list.setCurrentRow(row)
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._take(self._list.currentItem())
                return True
        return super().eventFilter(watched, event)


def _offer(act: QAction) -> Offer:
    key = act.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
    return Offer(f"{act.text()}    {key}" if key else act.text(), act.trigger)


def _meant(act: QAction, text: str) -> bool:
    return all(word in act.text().casefold() for word in text.casefold().split())
