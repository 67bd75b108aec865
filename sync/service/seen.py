"""Which desks were seen, when and how far each was: kept for those who run a centre."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec
from msgspec import Struct
from sqlalchemy import bindparam, delete, func, insert, select, update
from sqlalchemy.orm import Session

from sync.errors import SyncError, Withdrawn
from sync.ids import Clock
from sync.node import Node
from sync.record import to_milliseconds
from sync.tables import command_log, device
from sync.wire import Cursor

WRITE_EVERY = timedelta(seconds=60)
DEVICES_WAITING_MAX = 10_000
"""A caller may invent names; only so many are held until the next write, and none is kept."""

HAS_ISSUED = select(command_log.c.device).where(command_log.c.device == bindparam("of")).limit(1)
SEEN = (
    update(device)
    .where(device.c.device == bindparam("of"), device.c.seen_at < bindparam("at"))
    .values(seen_at=bindparam("at"))
)
KNOWN = select(device.c.device).where(device.c.device == bindparam("of"))
KEEP = insert(device)


class _Sight(Struct, frozen=True):
    at: datetime
    cursor: Cursor | None = None
    is_kept_waiting: bool | None = None
    """Whether what it last offered was decided in part only; None when it offered nothing."""
    waits_since: datetime | None = None

    def then(self, later: _Sight) -> _Sight:
        """What is known once it was seen again."""
        waits = self.is_kept_waiting if later.is_kept_waiting is None else later.is_kept_waiting
        return _Sight(
            later.at,
            self.cursor if later.cursor is None else later.cursor,
            waits,
            (self.waits_since or later.waits_since) if waits else None,
        )


class Seen:
    """Notes in memory at each request; a beat writes down what is new, at most every minute.

    A device is kept once a command of it was decided, unless `allowed` raises Withdrawn of it.
    """

    def __init__(
        self,
        node: Node,
        clock: Clock,
        *,
        allowed: Callable[[Session, str], object],
        every: timedelta = WRITE_EVERY,
    ) -> None:
        self._allowed = allowed
        self._node = node
        self._clock = clock
        self._every = every
        self._waiting: dict[str, _Sight] = {}
        self._gate = threading.Lock()
        self._written_at = clock()

    def note(
        self, name: str, cursor: Cursor | None = None, *, is_kept_waiting: bool | None = None
    ) -> None:
        """A device asked now; `cursor` is where it was, if it said so.

        `is_kept_waiting`: whether of what it offered some is not decided, if it offered anything.
        """
        now = self._clock()
        sight = _Sight(now, cursor, is_kept_waiting, now if is_kept_waiting else None)
        with self._gate:
            before = self._waiting.get(name)
            if before is None and len(self._waiting) >= DEVICES_WAITING_MAX:
                return
            self._waiting[name] = before.then(sight) if before else sight

    def write_if_due(self) -> None:
        """Write what was noted, when the last time was long enough ago. Raises StorageFailed."""
        now = self._clock()
        if not self._waiting or abs(now - self._written_at) < self._every:
            return
        self._written_at = now
        with self._gate:
            noted, self._waiting = self._waiting, {}
        with self._node.database.write() as session:
            for name in sorted(noted):
                _write(session, name, noted[name], self._allowed)


def forget(session: Session, name: str) -> None:
    """A device is not looked for any more."""
    session.connection().execute(delete(device).where(device.c.device == name))


def _write(
    session: Session, name: str, sight: _Sight, allowed: Callable[[Session, str], object]
) -> None:
    connection = session.connection()
    at = to_milliseconds(sight.at)
    if connection.execute(KNOWN, {"of": name}).first() is not None:
        connection.execute(SEEN, {"of": name, "at": at})
        if sight.cursor is not None:
            connection.execute(
                update(device).where(device.c.device == name).values(cursor=_text(sight.cursor))
            )
        if sight.is_kept_waiting is not None:
            # Another process may have kept it waiting before this one did.
            since = (
                func.coalesce(device.c.waits_since, _moment(sight)) if sight.waits_since else None
            )
            connection.execute(
                update(device).where(device.c.device == name).values(waits_since=since)
            )
    elif connection.execute(HAS_ISSUED, {"of": name}).first() is not None and _is_served(
        session, name, allowed
    ):
        connection.execute(
            KEEP,
            {
                "device": name,
                "seen_at": at,
                "cursor": _text(sight.cursor or {}),
                "waits_since": _moment(sight),
            },
        )


def _is_served(session: Session, name: str, allowed: Callable[[Session, str], object]) -> bool:
    """Whether a device is not withdrawn: it may have been since it was seen."""
    try:
        allowed(session, name)
    except Withdrawn:
        return False
    except SyncError:
        # It is served, if not here or not now.
        return True
    return True


def _moment(sight: _Sight) -> int | None:
    return to_milliseconds(sight.waits_since) if sight.waits_since else None


def _text(cursor: Cursor) -> str:
    return msgspec.json.encode(cursor).decode()
