"""Collects Python's garbage on the window's thread alone.

Python collects wherever the allocation that tips the count happens to be. On a worker thread it
would destroy widgets caught in reference cycles there, and Qt crashes: widgets live and die on the
window's thread. So automatic collection is off, and a timer collects instead.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

EVERY_MS = 250
YOUNG_MAX = 2_000
"""So many new objects make the youngest generation worth a look, of less than a millisecond."""
OLD_EVERY = 2_400
"""The whole is looked through once in so many rounds."""


class Collecting(QObject):
    """Made on the window's thread, and alive as long as there are worker threads."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        gc.disable()
        # What the start has made lives as long as the process: it need not be looked at again,
        # nor now for the little that is garbage, while the first window is awaited.
        gc.freeze()
        self._rounds = 0
        self._timer = QTimer(self)
        self._timer.setInterval(EVERY_MS)
        self._timer.timeout.connect(self._on_timeout)
        self._timer.start()

    def _on_timeout(self) -> None:
        self._rounds += 1
        if self._rounds % OLD_EVERY == 0:
            gc.collect()
        elif gc.get_count()[0] > YOUNG_MAX:
            gc.collect(1)

    def stop(self) -> None:
        """Let Python collect by itself again: no worker thread is left."""
        self._timer.stop()
        gc.unfreeze()
        gc.enable()
