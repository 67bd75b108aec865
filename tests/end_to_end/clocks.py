"""One clock for the processes of a day: the real one, moved by what a file says.

The moment every day begins at is fixed, so that a test means the same at night and at weekends.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.centres import MORNING

CLOCK_FILE = "RECEPTION_TEST_CLOCK"
"""The environment variable with the path of the file."""


class MovedClock:
    """The clock of some processes, moved from the test."""

    def __init__(self, path: Path, *, begins_at: datetime = MORNING) -> None:
        self.path = path
        self._ahead = begins_at - datetime.now(UTC)
        self._keep()

    def pass_(self, **span: float) -> None:
        """Let time pass: `days`, `hours`, `minutes`."""
        self._ahead += timedelta(**span)
        self._keep()

    def off_by(self, path: Path, **span: float) -> MovedClock:
        """Another clock that goes wrong by so much."""
        return MovedClock(path, begins_at=self() + timedelta(**span))

    def __call__(self) -> datetime:
        """The time it shows."""
        return datetime.now(UTC) + self._ahead

    def _keep(self) -> None:
        new = self.path.with_suffix(".new")
        new.write_text(str(self._ahead.total_seconds()), "ascii")
        new.replace(self.path)


def clock_in(path: Path) -> Callable[[], datetime]:
    """The clock of a process, in whole milliseconds as the app's own."""

    def now() -> datetime:
        at = datetime.now(UTC) + timedelta(seconds=float(path.read_text("ascii")))
        return at.replace(microsecond=at.microsecond // 1000 * 1000)

    return now
