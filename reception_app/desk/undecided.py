"""What stands at this desk alone, as a person sees it."""

from __future__ import annotations

import time
from collections.abc import Iterable

from PySide6.QtCore import QCoreApplication

MARKED_AFTER_S = 2.0
"""A decision takes a fraction of it while the line is good; a mark that flashes says nothing."""


def not_yet_mark() -> str:
    """What stands beside such a row."""
    return QCoreApplication.translate("Undecided", "Not at the centre yet")


def not_yet_words() -> str:
    """What is said after an act, as a sentence of its own."""
    return QCoreApplication.translate("Undecided", "Not at the centre yet.")


def provisional_words() -> str:
    """What is said after an act that may still come to nothing, as a sentence of its own."""
    return QCoreApplication.translate("Undecided", "It is provisional until the centre is reached.")


class Undecided:
    """Rows that have waited for the centre's word for longer than it usually takes."""

    def __init__(self) -> None:
        # Not by the desk's clock: one that is put right meanwhile would hide them, or mark all.
        self._since: dict[str, float] = {}

    def note(self, row_ids: Iterable[str]) -> None:
        """These are undecided, and no others."""
        now = time.monotonic()
        self._since = {row_id: self._since.get(row_id, now) for row_id in row_ids}

    def is_marked(self, row_id: str) -> bool:
        """Whether it is time to say so of this row."""
        since = self._since.get(row_id)
        return since is not None and time.monotonic() - since >= MARKED_AFTER_S
