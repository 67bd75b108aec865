"""Qt's bindings leave Python's own constants alone (docs/decisions/007)."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest
from PySide6.QtCore import QRect
from PySide6.QtGui import QColor, QPainter, QPixmap
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

CALLS = 500
STRAY = 50
"""Other code of the process may hold a few references more or less meanwhile."""


def _painter() -> tuple[QPixmap, QPainter]:
    pixmap = QPixmap(100, 20)
    return pixmap, QPainter(pixmap)


@pytest.mark.parametrize("constant", [None, True, False])
def test_painting_takes_no_reference_from_a_constant(qtbot: QtBot, constant: object) -> None:
    pixmap, painter = _painter()
    words = QLabel("A14")
    qtbot.addWidget(words)
    colour, rect = QColor("#0B5C8C"), QRect(0, 0, 100, 20)
    acts: tuple[Callable[[], object], ...] = (
        lambda: painter.fillRect(rect, colour),
        lambda: painter.setPen(colour),
        lambda: painter.drawText(rect, 0, "A14"),
        lambda: words.setVisible(False),
        lambda: words.isVisible(),
    )
    held = [constant] * (CALLS * len(acts) * 4)
    before = sys.getrefcount(constant)
    for act in acts:
        for _ in range(CALLS):
            act()
    after = sys.getrefcount(constant)
    painter.end()
    del held
    assert abs(after - before) < STRAY
