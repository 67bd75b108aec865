"""Labels, buttons, surfaces and fields, each made in one line and named for screen readers."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from reception_app.theme import tokens as t

BUTTON_MARGINS = (t.GAP_SMALL, 0, t.GAP_SMALL, 0)


def label(text: str = "", kind: str = "", *, name: str = "", wraps: bool = False) -> QLabel:
    """A label of a kind the style sheet knows."""
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setProperty("kind", kind)
    made.setWordWrap(wraps)
    if name:
        made.setObjectName(name)
    return made


def set_tone(shown: QLabel, tone: str) -> None:
    """Show a label in a colour that the theme names, in every theme."""
    shown.setProperty("tone", tone)
    shown.style().unpolish(shown)
    shown.style().polish(shown)


def surface(kind: str = "surface") -> tuple[QFrame, QVBoxLayout]:
    """A card and its column."""
    frame = QFrame()
    frame.setProperty("kind", kind)
    column = QVBoxLayout(frame)
    column.setContentsMargins(t.GAP, t.GAP, t.GAP, t.GAP)
    column.setSpacing(t.GAP_SMALL)
    return frame, column


def row(*widgets: QWidget | QLayout, spacing: int = t.GAP_SMALL) -> QHBoxLayout:
    """Widgets side by side."""
    line = QHBoxLayout()
    line.setSpacing(spacing)
    line.setContentsMargins(0, 0, 0, 0)
    for widget in widgets:
        if isinstance(widget, QLayout):
            line.addLayout(widget)
        else:
            line.addWidget(widget)
    return line


def action(
    parent: QWidget, name: str, text: str, shortcut: str, act: Callable[[], None]
) -> QAction:
    """One act: in menus, on buttons, in the palette and under its key."""
    made = QAction(text, parent)
    made.setObjectName(name)
    made.setShortcut(QKeySequence(shortcut))
    made.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
    made.setAutoRepeat(False)
    made.triggered.connect(lambda: act())
    parent.addAction(made)
    return made


class ActButton(QPushButton):
    """A button for an act: shows its words and its key, follows what the act allows.

    `key` is shown in the stead of the shortcut where another key does the same in passing.
    """

    def __init__(
        self, act: QAction, kind: str = "", *, key: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._act = act
        self._shown_key = key
        self._has_room = True
        self._is_offered = True
        self.setProperty("kind", kind)
        self.setObjectName(f"button_{act.objectName()}")
        self._words = label("", f"on_{kind or 'button'}")
        self._key = label("", "keycap")
        self._key.setProperty("on", kind)
        line = QHBoxLayout(self)
        line.setContentsMargins(*BUTTON_MARGINS)
        line.setSpacing(t.GAP_SMALL)
        if kind != "link":
            line.addStretch()
        line.addWidget(self._words)
        line.addWidget(self._key, alignment=Qt.AlignmentFlag.AlignVCenter)
        line.addStretch()
        self.clicked.connect(act.trigger)
        act.changed.connect(self._follow)
        self._follow()

    def _follow(self) -> None:
        act = self._act
        key = self._shown_key or act.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        self._words.setText(act.text())
        self._key.setText(key)
        self._key.setVisible(self._has_room and bool(key))
        self.setAccessibleName(act.text())
        self.setAccessibleDescription(key)
        self.setEnabled(act.isEnabled())
        if act.isVisible() != self._is_offered:
            # Only on a change: to show a button that has no parent yet opens a window for it.
            self._is_offered = act.isVisible()
            self.setVisible(self._is_offered)
        self.setToolTip(act.toolTip() if act.toolTip() != act.text() else "")

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
            return
        super().keyPressEvent(event)

    def show_key(self, shown: bool) -> None:
        """Whether there is room for the key; it works all the same."""
        self._has_room = shown
        self._key.setVisible(shown and bool(self._key.text()))

    def text(self) -> str:
        """The words of the act, as they are shown."""
        return self._act.text()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        hint = self.layout().sizeHint()
        return QSize(hint.width(), max(hint.height(), t.CONTROL_PX))

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return self.sizeHint()


def field(words: str, name: str, *, hint: str = "") -> tuple[QVBoxLayout, QLineEdit, QLabel]:
    """A labelled text field with a place for what is wrong with it."""
    column = QVBoxLayout()
    column.setSpacing(t.GRID)
    above = label(words, "label")
    edit = QLineEdit()
    edit.setObjectName(name)
    edit.setAccessibleName(words)
    edit.setPlaceholderText(hint)
    above.setBuddy(edit)
    wrong = label("", "error", name=f"{name}_problem", wraps=True)
    wrong.hide()
    column.addWidget(above)
    column.addWidget(edit)
    column.addWidget(wrong)
    return column, edit, wrong


def show_problem(edit: QLineEdit, wrong: QLabel, problem: str | None) -> None:
    """Show or clear what is wrong with a field, beside it; what was typed stays."""
    wrong.setText(problem or "")
    wrong.setVisible(bool(problem))
    edit.setProperty("wrong", bool(problem))
    edit.style().unpolish(edit)
    edit.style().polish(edit)
    edit.setAccessibleDescription(problem or "")


def clear(layout: QLayout) -> None:
    """Take every widget out of a layout."""
    while layout.count():
        item = layout.takeAt(0)
        widget = item.widget()
        if widget is not None:
            # With no parent Python would destroy it at once, maybe while its own press is handled.
            widget.hide()
            widget.deleteLater()
        elif item.layout() is not None:
            clear(item.layout())
