"""The clock of a process: its computer's, which may be wrong, put right by the shipped rules."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sync.errors import SyncError
from sync.storage.database import Database
from sync.upstream.clocks import RIGHT_WITHIN, STATED_TO, KeptClock
from tests.simulation.reference import promise

if TYPE_CHECKING:
    from tests.simulation.world import World

ON_THE_WAY = timedelta(milliseconds=300)
"""A question and its answer, once faults have ended."""
RIGHT = RIGHT_WITHIN + STATED_TO + ON_THE_WAY
"""A clock that is off by less than this contradicts no answer."""


class ProcessClock:
    """What a process takes the time to be. It is `off` by what luck has put it to."""

    def __init__(self, world: World, name: str) -> None:
        self._world = world
        self._name = name
        self._righted: KeptClock | None = None
        self.off = timedelta()
        self._asked_at = self.own()

    def own(self) -> datetime:
        """What its computer's clock says."""
        return self._world.centre_now() + self.off

    def __call__(self) -> datetime:
        """Now, as its process takes it to be."""
        return self._righted() if self._righted else self.own()

    def start(self, database: Database) -> None:
        """A process starts, and knows what the one before it kept."""
        self._righted = KeptClock(self.own, database)

    def stop(self) -> None:
        """The process is gone."""
        self._righted = None

    @property
    def is_in_doubt(self) -> bool:
        """Whether the last answer contradicts it."""
        return self._righted is not None and self._righted.is_in_doubt

    @property
    def is_right(self) -> bool:
        """Whether it is as near to the centre's as any answer can tell."""
        return self._wrong_by() <= RIGHT

    def _wrong_by(self) -> timedelta:
        return abs(self() - self._world.centre_now())

    def asks(self) -> None:
        """A question goes out."""
        self._asked_at = self.own()

    def hears(self, stated_at: datetime | None) -> None:
        """An answer states a time. Raises Broken where a right one makes this clock worse."""
        if self._righted is None or stated_at is None:
            return
        before = self._wrong_by()
        self._righted.hear(stated_at, asked_at=self._asked_at, answered_at=self.own())
        is_told_right = self._world.relay is None and not self._world.network.has_given_old_answers
        promise(
            not is_told_right or self._wrong_by() <= before,
            f"T2: {self._name} has put its clock further off",
        )

    def keep(self) -> None:
        """Keep how far it is off for the next start; where that cannot be, after the next round."""
        if self._righted is None or self._righted.is_kept:
            return
        try:
            self._righted.keep()
        except SyncError as error:
            self._world.say(f"{self._name} cannot keep how its clock is: {type(error).__name__}")
