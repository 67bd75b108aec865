"""The window before the window: says what is being prepared, and what went wrong if it did."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from PySide6.QtCore import QEventLoop, QTimer, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QProgressBar, QPushButton, QVBoxLayout, QWidget

from reception_app.parts.making import label
from reception_app.theme import tokens as t

SHOW_AFTER_MS = 400
"""What is ready sooner needs no window of its own."""


class Abandoned(Exception):
    """The person closed the window while it prepared."""


class Preparing(QWidget):
    """Waits for slow first steps without blocking, and can be left."""

    _finished = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("preparing")
        self.setWindowTitle(self.tr("Council reception"))
        self.resize(t.RAIL_PX * 6, t.ROW_PX * 4)
        self._left = False
        column = QVBoxLayout(self)
        column.setContentsMargins(t.GAP_LARGE, t.GAP_LARGE, t.GAP_LARGE, t.GAP_LARGE)
        column.setSpacing(t.GAP)
        self._heading = label(self.tr("Getting ready"), "heading")
        self._words = label("", "", name="preparing_words", wraps=True)
        bar = QProgressBar()
        bar.setObjectName("preparing_bar")
        bar.setAccessibleName(self.tr("Getting ready"))
        bar.setRange(0, 0)
        bar.setTextVisible(False)
        leave = QPushButton(self.tr("Leave"))
        leave.setObjectName("preparing_leave")
        leave.clicked.connect(self.close)
        for part in (self._heading, self._words, bar):
            column.addWidget(part)
        column.addStretch()
        column.addWidget(leave)
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="preparing")
        self._loop = QEventLoop(self)
        self._finished.connect(self._loop.quit)
        self._show = QTimer(self)
        self._show.setSingleShot(True)
        self._show.timeout.connect(self.show)

    def say(self, words: str) -> None:
        """What is being prepared."""
        self._words.setText(words)

    def do(self, words: str, act: Callable[[], Any]) -> Any:
        """Run something slow elsewhere; its result, or what it raised. Raises Abandoned."""
        self.say(words)
        future: Future[Any] = self._pool.submit(act)
        future.add_done_callback(lambda _: self._finished.emit())
        self._wait_while(lambda: not future.done())
        return future.result()

    def until(self, words: str, is_so: Callable[[], bool], happened: Any) -> None:
        """Wait until something is so; looked at whenever `happened` fires. Raises Abandoned."""
        self.say(words)
        happened.connect(self._loop.quit)
        try:
            self._wait_while(lambda: not is_so())
        finally:
            happened.disconnect(self._loop.quit)

    def _wait_while(self, waiting: Callable[[], bool]) -> None:
        self._show.start(SHOW_AFTER_MS)
        while waiting():
            self._loop.exec()
            if self._left:
                raise Abandoned
        self._show.stop()

    def done(self) -> None:
        """Ready: the real window takes over."""
        self._show.stop()
        self._pool.shutdown(wait=False)
        self.hide()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        self._left = True
        self._loop.quit()
        super().closeEvent(event)
