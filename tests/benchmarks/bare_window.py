"""A bare Qt window with one table, as a process of its own: the floor of a start."""

from __future__ import annotations

import os
import sys
from time import perf_counter

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication, QMainWindow, QTableWidget, QTableWidgetItem

ROWS, COLUMNS = 11, 5


class Painted(QObject):
    """Says when the table was painted, and ends."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if event.type() == QEvent.Type.Paint:
            QTimer.singleShot(0, end)
        return False


def end() -> None:
    print(f'{{"at": {perf_counter()!r}}}', flush=True)
    QApplication.quit()


app = QApplication(sys.argv[:1])
window = QMainWindow()
table = QTableWidget(ROWS, COLUMNS)
for row in range(ROWS):
    for column in range(COLUMNS):
        table.setItem(row, column, QTableWidgetItem(f"{row} {column}"))
painted = Painted()
table.viewport().installEventFilter(painted)
window.setCentralWidget(table)
window.resize(1440, 900)
window.show()
sys.exit(app.exec())
