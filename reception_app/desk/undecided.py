"""What stands at this desk alone, as a person sees it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

NOT_YET = "Not at the centre yet"
PROVISIONAL_WORDS = "It is provisional until the centre is reached."
MARKED_AFTER = timedelta(seconds=2)
"""A decision takes a fraction of it while the line is good; a mark that flashes says nothing."""


class Undecided:
    """Rows that have waited for the centre's word for longer than it usually takes."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._since_at: dict[str, datetime] = {}

    def note(self, row_ids: Iterable[str]) -> None:
        """These are undecided, and no others."""
        now = self._now()
        self._since_at = {row_id: self._since_at.get(row_id, now) for row_id in row_ids}

    def is_marked(self, row_id: str) -> bool:
        """Whether it is time to say so of this row."""
        since = self._since_at.get(row_id)
        return since is not None and self._now() - since >= MARKED_AFTER
