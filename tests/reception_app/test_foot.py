"""Undo for ten seconds, by its key, whatever field has the keyboard."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from reception_app.shell.foot import Foot


class Window(QWidget):
    """A field above a foot."""

    def __init__(self) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        self.foot, self.edit = Foot(), QLineEdit()
        column.addWidget(self.edit)
        column.addWidget(self.foot)


def a_window(qtbot: QtBot) -> Window:
    window = Window()
    qtbot.addWidget(window)
    window.show()
    qtbot.waitActive(window)
    window.edit.setFocus()
    qtbot.waitUntil(window.edit.hasFocus)
    return window


def test_undo_takes_back_the_act_and_not_what_is_typed(qtbot: QtBot) -> None:
    window = a_window(qtbot)
    foot, edit = window.foot, window.edit
    qtbot.keyClicks(edit, "siobhan")
    undone: list[bool] = []
    foot.say("A12 checked in.", lambda: undone.append(True))
    qtbot.keyClick(edit, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert undone == [True]
    assert edit.text() == "siobhan"
    assert edit.hasFocus()


def test_with_nothing_to_take_back_the_field_undoes_its_own_typing(qtbot: QtBot) -> None:
    window = a_window(qtbot)
    foot, edit = window.foot, window.edit
    qtbot.keyClicks(edit, "siobhan")
    foot.say("Nothing to undo here.")
    qtbot.keyClick(edit, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert edit.text() == ""


def test_an_act_can_be_undone_for_ten_seconds(qtbot: QtBot) -> None:
    window = a_window(qtbot)
    foot = window.foot
    undone: list[bool] = []
    foot.say("A12 called.", lambda: undone.append(True))
    for _ in range(10):
        foot.count_down()
    qtbot.keyClick(foot, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert undone == []
    assert foot.said == ""
