"""Which desks were seen, when and how far each was: kept for those who run a centre."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
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

ALONE_IN = device.name
"""Only a withdrawal writes there too, and takes a turn of the whole council."""
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
    waits: bool = False
    """Whether what it last offered could not be decided."""
    waits_since: datetime | None = None

    def then(self, later: _Sight) -> _Sight:
        """What is known once it was seen again."""
        return _Sight(
            later.at,
            self.cursor if later.cursor is None else later.cursor,
            later.waits,
            (self.waits_since or later.waits_since) if later.waits else None,
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

    def note(self, name: str, cursor: Cursor | None = None, *, waits: bool = False) -> None:
        """A device asked now; `cursor` is where it was, if it said so.

        `waits`: it offered a command that cannot be decided. A desk that does not get rid of what
        it offers asks for nothing else.
        """
        now = self._clock()
        self._take({name: _Sight(now, cursor, waits, now if waits else None)})

    def write_if_due(self) -> None:
        """Write what was noted, when the last time was long enough ago.

        Raises StorageFailed; then it is kept for the next time.
        """
        now = self._clock()
        if not self._waiting or abs(now - self._written_at) < self._every:
            return
        self._written_at = now
        with self._gate:
            noted, self._waiting = self._waiting, {}
        try:
            with self._node.database.write(alone_in=ALONE_IN) as session:
                for name in sorted(noted):
                    _write(session, name, noted[name], self._allowed)
        except SyncError:
            with self._gate:
                meanwhile, self._waiting = self._waiting, noted
            self._take(meanwhile)
            raise

    def _take(self, sights: Mapping[str, _Sight]) -> None:
        with self._gate:
            for name, sight in sights.items():
                before = self._waiting.get(name)
                if before is not None or len(self._waiting) < DEVICES_WAITING_MAX:
                    self._waiting[name] = before.then(sight) if before else sight


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
        # It may have waited before this process heard of it.
        since = func.coalesce(device.c.waits_since, _moment(sight)) if sight.waits else None
        connection.execute(update(device).where(device.c.device == name).values(waits_since=since))
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
