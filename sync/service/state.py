"""How an authority stands, as those who run it ask: scopes, desks, what was decided lately."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec
from msgspec import Struct
from sqlalchemy import case, select, text
from sqlalchemy.orm import Session

from sync.record import from_milliseconds, to_milliseconds
from sync.standing import waiting
from sync.tables import command_log, device, scope_counter
from sync.wire import Cursor, Outcome

LOOKED_AT_MAX = 200_000
"""Commands that are looked back at; more than a large council's day."""
LATELY = timedelta(minutes=60)
STILL_TRIES = timedelta(minutes=10)
"""A desk whose command is not decided asks again within a minute."""
BYTES = {
    "postgresql": "SELECT pg_database_size(current_database())",
    "sqlite": "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size",
}


class DeskSeen(Struct, frozen=True):
    """When a desk last asked, and by how many changes it then was behind, by scope."""

    device: str
    seen_at: datetime
    behind: Cursor
    waits_since_at: datetime | None = None
    """Since when it offers a command that cannot be decided."""

    def waits(self, now: datetime) -> bool:
        """Whether it still tries: of one that does not, nothing more is known."""
        return self.waits_since_at is not None and now - self.seen_at < STILL_TRIES


class Decisions(Struct, frozen=True):
    """What was decided since a moment, and how many in the last `LATELY`."""

    accepted: int
    refused: Counter[str]
    lately: int

    @property
    def a_minute(self) -> float:
        """Commands a minute over the last `LATELY`."""
        return self.lately / (LATELY.total_seconds() / 60)


def scopes(session: Session) -> Cursor:
    """Every scope with the number of its last change."""
    rows = session.execute(select(scope_counter).order_by(scope_counter.c.scope))
    return {row.scope: row.number for row in rows}


def desks(session: Session) -> tuple[DeskSeen, ...]:
    """Every desk that was seen, the one longest unseen first."""
    heads = scopes(session)
    rows = session.execute(select(device).order_by(device.c.seen_at, device.c.device))
    return tuple(
        DeskSeen(
            row.device,
            from_milliseconds(row.seen_at),
            _behind(row.cursor, heads),
            from_milliseconds(row.waits_since) if row.waits_since is not None else None,
        )
        for row in rows
    )


def _behind(cursor: str, heads: Cursor) -> Cursor:
    held = msgspec.json.decode(cursor, type=Cursor)
    lags = {scope: heads.get(scope, 0) - number for scope, number in sorted(held.items())}
    return {scope: lag for scope, lag in lags.items() if lag > 0}


def decisions(session: Session, *, since: datetime, now: datetime) -> Decisions:
    """What was decided since a moment, at most the last `LOOKED_AT_MAX`."""
    refused: Counter[str] = Counter()
    accepted = lately = 0
    oldest = min(since, now - LATELY)
    for state, outcome, at in _backwards(session, oldest):
        lately += at > now - LATELY
        if at < since:
            continue
        if state == "refused":
            refused[msgspec.json.decode(outcome, type=Outcome).reason or ""] += 1
        else:
            accepted += 1
    return Decisions(accepted, refused, lately)


def _backwards(session: Session, oldest: datetime) -> Iterator[tuple[str, str, datetime]]:
    outcome = case((command_log.c.state == "refused", command_log.c.outcome), else_="")
    asked = (
        select(command_log.c.state, outcome, command_log.c.decided_at)
        .order_by(command_log.c.position.desc())
        .limit(LOOKED_AT_MAX)
        .execution_options(yield_per=1_000)
    )
    ends = to_milliseconds(oldest)
    with session.execute(asked) as rows:
        for state, told, at in rows:
            if at is None or at < ends:
                return
            yield state, told, from_milliseconds(at)


def waiting_since(session: Session, now: datetime) -> datetime | None:
    """Since when the oldest command waits here for a decision, of desks or as held by a relay.

    A relay tells when it was issued, a centre when it was first offered in vain.
    """
    held = [envelope.issued_at for envelope in waiting(session, limit=1)]
    offered = [desk.waits_since_at for desk in desks(session) if desk.waits(now)]
    return min((at for at in (*held, *offered) if at is not None), default=None)


def size_bytes(session: Session) -> int:
    """How large the database is."""
    statement = BYTES[session.connection().dialect.name]
    size: int = session.execute(text(statement)).scalar_one()
    return size
