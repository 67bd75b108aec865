"""A scanned code reaches reception wherever the keyboard is."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from reception_app.shell.scanner import Scanner

CODE = "RC1:A:0198F:20261124:1A2B"


def type_text(app: QApplication, edit: QLineEdit, text: str, *, apart_ms: int, from_ms: int) -> int:
    """Type a text with so much time between its keys, and Enter; says when it ended."""
    at_ms = from_ms
    for character in [*text, "\r"]:
        at_ms += apart_ms
        key = Qt.Key.Key_Return if character == "\r" else Qt.Key(ord(character.upper()))
        event = QKeyEvent(QEvent.Type.KeyPress, key, Qt.KeyboardModifier.NoModifier, character)
        event.setTimestamp(at_ms)
        QApplication.sendEvent(edit, event)
    return at_ms


def a_field(qtbot: QtBot) -> QLineEdit:
    edit = QLineEdit()
    qtbot.addWidget(edit)
    edit.show()
    edit.setFocus()
    qtbot.waitUntil(edit.hasFocus)
    return edit


def scanner_of(qapp: QApplication) -> tuple[Scanner, list[str]]:
    scanner, scanned = Scanner(qapp), list[str]()
    scanner.scanned.connect(scanned.append)
    return scanner, scanned


def test_a_scan_into_another_field_is_taken_out_of_it_again(
    qapp: QApplication, qtbot: QtBot
) -> None:
    edit = a_field(qtbot)
    scanner, scanned = scanner_of(qapp)
    edit.setText("Harold ")
    type_text(qapp, edit, CODE, apart_ms=5, from_ms=1_000)
    qapp.removeEventFilter(scanner)
    assert scanned == [CODE]
    assert edit.text() == "Harold "


def test_a_person_who_types_a_code_slowly_is_not_taken_for_a_scanner(
    qapp: QApplication, qtbot: QtBot
) -> None:
    edit = a_field(qtbot)
    scanner, scanned = scanner_of(qapp)
    type_text(qapp, edit, CODE, apart_ms=200, from_ms=1_000)
    qapp.removeEventFilter(scanner)
    assert scanned == []
    assert edit.text() == CODE


def test_what_is_typed_fast_but_is_no_code_stays_where_it_is(
    qapp: QApplication, qtbot: QtBot
) -> None:
    edit = a_field(qtbot)
    scanner, scanned = scanner_of(qapp)
    type_text(qapp, edit, "LUKASZ", apart_ms=5, from_ms=1_000)
    qapp.removeEventFilter(scanner)
    assert scanned == []
    assert edit.text() == "LUKASZ"
