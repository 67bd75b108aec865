"""What a person does at a desk, by keys and buttons alone, and what they see. Runs in its process.

Everything is named as screen readers and tests know it: by the object name of the widget.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QListWidget,
    QMenu,
    QTableView,
    QWidget,
)

MENU_ENTRIES_MAX = 40
WORDS: tuple[tuple[type[QWidget], Callable[[Any], str]], ...] = (
    (QLabel, lambda part: part.text()),
    (QAbstractButton, lambda part: part.text()),
    (QLineEdit, lambda part: part.text()),
    (QComboBox, lambda part: part.currentText()),
)
ENTER = {"Enter": "Return"}


class NotThere(Exception):
    """Nothing on the screen is called so, or it cannot be used now."""


def see() -> dict[str, Any]:
    """All that is on the screen, by name: words, rows of lists, and what cannot be pressed."""
    words: dict[str, list[str]] = {}
    rows: dict[str, list[list[str]]] = {}
    off: list[str] = []
    for part in _visible():
        name = part.objectName()
        if not name:
            continue
        if isinstance(part, QTableView):
            rows[name] = _table(part)
        elif isinstance(part, QListWidget):
            rows[name] = _list(part)
        else:
            _note(part, words)
        if not part.isEnabled():
            off.append(name)
    return {
        "words": words,
        "rows": rows,
        "off": off,
        "menu": [plain(a.text()) for a in _menu_acts()],
    }


def _visible() -> Iterator[QWidget]:
    for window in QApplication.topLevelWidgets():
        if window.isVisible():
            yield window
            yield from (part for part in window.findChildren(QWidget) if part.isVisible())


def _note(part: QWidget, words: dict[str, list[str]]) -> None:
    for kind, read in WORDS:
        if isinstance(part, kind):
            words.setdefault(part.objectName(), []).append(read(part))
            return
    words.setdefault(part.objectName(), []).append(part.accessibleName())


def _table(table: QTableView) -> list[list[str]]:
    model = table.model()
    columns = [n for n in range(model.columnCount()) if not table.isColumnHidden(n)]
    return [
        [str(model.index(row, column).data() or "") for column in columns]
        for row in range(model.rowCount())
    ]


def _list(shown: QListWidget) -> list[list[str]]:
    items = (shown.item(number) for number in range(shown.count()))
    return [[item.text()] for item in items if not item.isHidden()]


def _menu_acts() -> list[Any]:
    menu = QApplication.activePopupWidget()
    return list(menu.actions()) if isinstance(menu, QMenu) else []


def plain(words: str) -> str:
    """The words of a menu entry without the mark of the letter that chooses it."""
    return words.replace("&&", "\0").replace("&", "").replace("\0", "&")


def type_(*, into: str, text: str) -> None:
    """Put the keyboard on a field, and type."""
    field = _usable(into)
    field.setFocus(Qt.FocusReason.TabFocusReason)
    for letter in text:
        if letter.isascii():
            QTest.keyClicks(field, letter)
        else:
            _compose(field, letter)


def _compose(field: QWidget, letter: str) -> None:
    """A letter that has no key of its own."""
    for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
        event = QKeyEvent(kind, Qt.Key.Key_unknown, Qt.KeyboardModifier.NoModifier, letter)
        QApplication.sendEvent(field, event)


def press(*, keys: str) -> None:
    """Press a key, such as F5 or Ctrl+Return, wherever the keyboard is."""
    QTest.keySequence(_keyboard(), QKeySequence(ENTER.get(keys, keys)))


def press_at(*, name: str, keys: str) -> None:
    """Put the keyboard somewhere, and press a key there."""
    place = _usable(name)
    place.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keySequence(place, QKeySequence(ENTER.get(keys, keys)))


def click(*, name: str) -> None:
    """Click a button."""
    QTest.mouseClick(_usable(name), Qt.MouseButton.LeftButton)


def choose(*, name: str, words: str) -> None:
    """Go down a list of choices to the one that says so."""
    choices = _usable(name)
    if not isinstance(choices, QComboBox):
        raise NotThere(f"{name} has no choices")
    choices.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(choices, Qt.Key.Key_Home)
    for _ in range(choices.count()):
        if choices.currentText() == words:
            return
        QTest.keyClick(choices, Qt.Key.Key_Down)
    raise NotThere(f"{name} has no choice {words}")


def choose_in_menu(*, words: str) -> None:
    """Go down the open menu to the entry that says so, and take it."""
    menu = QApplication.activePopupWidget()
    if not isinstance(menu, QMenu):
        raise NotThere("no menu is open")
    for _ in range(MENU_ENTRIES_MAX):
        QTest.keyClick(menu, Qt.Key.Key_Down)
        chosen = menu.activeAction()
        if chosen is not None and plain(chosen.text()) == words:
            QTest.keyClick(menu, Qt.Key.Key_Return)
            return
    raise NotThere(f"the menu has no entry {words}")


def stand_on(*, name: str, number: int) -> None:
    """Go to a row of a table by its number, from its first row down."""
    table = _usable(name)
    table.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keySequence(table, QKeySequence("Ctrl+Home"))
    for _ in range(number):
        QTest.keyClick(table, Qt.Key.Key_Down)


def close() -> None:
    """Close the window by its corner."""
    for window in QApplication.topLevelWidgets():
        if window.isVisible():
            window.close()


def picture(*, path: str) -> None:
    """Keep a picture of what is on the screen."""
    for number, window in enumerate(w for w in QApplication.topLevelWidgets() if w.isVisible()):
        window.grab().save(path.replace(".png", f"-{number}.png"))


def leave() -> None:
    """Nobody is there any more: end, whatever is open."""
    for window in QApplication.topLevelWidgets():
        window.close()
    QApplication.quit()


def _usable(name: str) -> QWidget:
    for part in _visible():
        if part.objectName() == name:
            if not part.isEnabled():
                raise NotThere(f"{name} cannot be used now")
            _to_the_front(part.window())
            return part
    raise NotThere(f"{name} is not on the screen")


def _keyboard() -> QWidget:
    holder = QApplication.activePopupWidget() or QApplication.focusWidget()
    if holder is not None:
        return holder
    for window in (QApplication.activeModalWidget(), *QApplication.topLevelWidgets()):
        if window is not None and window.isVisible():
            _to_the_front(window)
            return QApplication.focusWidget() or window
    raise NotThere("the keyboard is nowhere")


def _to_the_front(window: QWidget) -> None:
    """Without a window manager nothing does so when the dialog above a window has closed."""
    if QApplication.activeWindow() is None:
        window.activateWindow()
        QTest.qWaitForWindowActive(window)


ACTS: dict[str, Callable[..., Any]] = {
    "see": see,
    "type": type_,
    "press": press,
    "press_at": press_at,
    "click": click,
    "choose": choose,
    "choose_in_menu": choose_in_menu,
    "stand_on": stand_on,
    "close": close,
    "picture": picture,
}
