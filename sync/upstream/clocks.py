"""How far a computer's clock is behind its upstream's, by the times that the answers state.

Each answer gives a span: their clock showed the stated second at some moment between the question
and the answer. An answer that was held up gives a wide span and so says little, never a wrong
thing. One that a store gave again is told by its time: it states none that is later.
"""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

from msgspec import Struct
from sqlalchemy.orm import Session

from sync.ids import Clock
from sync.node import fact, set_fact
from sync.storage.database import Database

RIGHT_WITHIN = timedelta(seconds=2)
"""Of a clock that is off by no more nothing is made: it would move for nothing."""
FURTHEST = timedelta(days=36_525)
"""No clock is taken to be off by more; where it stood is a date still."""
FIRST_POSSIBLE = datetime(2026, 1, 1, tzinfo=UTC)
"""No answer is of before there was this program: that is an upstream that has lost its clock."""
STATED_TO = timedelta(seconds=1)
"""HTTP states a time in whole seconds (RFC 9110, Date)."""
CLOCK_BEHIND = "clock_behind_ms"
MILLISECOND = timedelta(milliseconds=1)


class Span(Struct, frozen=True):
    """Between what a difference lies."""

    least: timedelta
    most: timedelta

    def allows(self, behind: timedelta) -> bool:
        """Whether it may well be this, or so near to it that it does not matter."""
        return self.least - RIGHT_WITHIN <= behind <= self.most + RIGHT_WITHIN

    def with_(self, other: Span) -> Span | None:
        """What both say together; None when they contradict each other."""
        both = Span(max(self.least, other.least), min(self.most, other.most))
        return both if both.least <= both.most else None

    def nearest(self, behind: timedelta) -> timedelta:
        """What it may be that is nearest to this, and so nearer to what it is."""
        return min(max(behind, self.least), self.most)


class Answered(Struct, frozen=True):
    """What an answer stated, and the span that this gives."""

    stated_at: datetime
    span: Span


class RightedClock:
    """A clock put right by what an upstream states. May be called from any thread.

    It is moved only when two answers, the second of a later time than the first, agree that it is
    off by more than `RIGHT_WITHIN`, and no further than both agree: what is true can only come
    nearer. `behind` is how far it is taken to be behind at first.
    """

    def __init__(self, clock: Clock, *, behind: timedelta = timedelta(0)) -> None:
        self.own = clock
        self.behind = behind
        self._doubt: Answered | None = None
        self._gate = threading.Lock()

    def __call__(self) -> datetime:
        """Now, in UTC, by the upstream's clock as far as that is known."""
        return self.own() + self.behind

    @property
    def is_in_doubt(self) -> bool:
        """Whether an answer contradicts it, and none has agreed with it since."""
        return self._doubt is not None

    def hear(self, stated_at: datetime, *, asked_at: datetime, answered_at: datetime) -> None:
        """An answer stated a time; when it was asked for and had, by `own`."""
        span = Span(stated_at - answered_at, stated_at + STATED_TO - asked_at)
        was_set_back = answered_at < asked_at
        if was_set_back or stated_at < FIRST_POSSIBLE or abs(span.least) > FURTHEST:
            return
        with self._gate:
            doubt = self._doubt
            if span.allows(self.behind):
                self._doubt = None
            elif doubt is None or not (agreed := span.with_(doubt.span)):
                self._doubt = Answered(stated_at, span)
            elif stated_at > doubt.stated_at:
                self._doubt = None
                self.behind = agreed.nearest(self.behind)


class KeptClock(RightedClock):
    """A righted clock whose difference outlasts the process, for a start without a line."""

    def __init__(self, clock: Clock, database: Database) -> None:
        self._database = database
        with database.read() as session:
            self._kept = clock_behind(session)
        super().__init__(clock, behind=self._kept)

    @property
    def is_kept(self) -> bool:
        """Whether the next start would know what this one does."""
        return self.behind == self._kept

    def keep(self) -> None:
        """Keep it. Raises what a write raises; until it is kept `is_kept` says so."""
        behind = self.behind
        with self._database.write() as session:
            keep_clock_behind(session, behind)
        self._kept = behind


def clock_behind(session: Session) -> timedelta:
    """How far this computer's clock was behind when that was last kept."""
    kept = int(fact(session, CLOCK_BEHIND) or 0) * MILLISECOND
    return kept if abs(kept) <= FURTHEST else timedelta(0)


def keep_clock_behind(session: Session, behind: timedelta) -> None:
    """Keep how far this computer's clock is behind, for a start without a line."""
    set_fact(session, CLOCK_BEHIND, str(behind // MILLISECOND))
