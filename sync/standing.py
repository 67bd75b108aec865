"""How a desk stands, as a person sees it: what waits, what needs a decision, since when."""

from __future__ import annotations

from datetime import datetime

import msgspec
from msgspec import Struct
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from sync.command import Arguments, Envelope
from sync.loading import progress
from sync.node import Node, fact, unpacked
from sync.offers import UNDECIDED
from sync.rebase import HELD_UNDO, OWN_UNDO
from sync.record import from_milliseconds
from sync.tables import command_log, loading, scope_counter
from sync.wire import Outcome

Touched = tuple[str, str, msgspec.Raw]
"""A table, the id of a row of it, and what is not read here: how the row was."""


class Attention(Struct, frozen=True):
    """A refused command as a person sees it: what was typed, why not, what the ways out need."""

    envelope: Envelope
    arguments: Arguments
    outcome: Outcome


class Standing(Struct, frozen=True):
    """Where this desk stands: how much waits, since when, and when it last was complete."""

    waiting: int
    waiting_since_at: datetime | None
    needs_decision: int
    complete_at: datetime | None
    has_data: bool
    loaded_percent: int | None = None
    """Of what comes in parts; None when nothing does."""


def attention(node: Node, session: Session) -> tuple[Attention, ...]:
    """Refused commands that nobody has dealt with, oldest first."""
    rows = session.execute(
        select(command_log.c.envelope, command_log.c.outcome)
        .where(command_log.c.state == "refused")
        .order_by(command_log.c.position)
    )
    return tuple(
        Attention(
            envelope := unpacked(body),
            node.registry.open(envelope)[1],
            msgspec.json.decode(outcome, type=Outcome),
        )
        for body, outcome in rows
    )


def waiting(session: Session, *, limit: int) -> tuple[Envelope, ...]:
    """Commands that the upstream has not decided, oldest first, at most `limit`."""
    rows = session.execute(
        select(command_log.c.envelope)
        .where(command_log.c.state.in_(UNDECIDED))
        .order_by(command_log.c.position)
        .limit(limit)
    )
    return tuple(unpacked(body) for (body,) in rows)


def undecided_ids(session: Session) -> frozenset[str]:
    """Ids of commands the upstream has not decided: what they made is provisional."""
    return frozenset(
        session.scalars(select(command_log.c.id).where(command_log.c.state.in_(UNDECIDED)))
    )


def undecided_rows(session: Session, table: str) -> frozenset[str]:
    """Ids of the rows of a table that stand here as commands left them which are not decided yet.

    Also of those that a relay holds: other desks of the office see them, the centre does not.
    """
    return frozenset(
        row_id
        for undos in (OWN_UNDO, HELD_UNDO)
        for (undo,) in session.execute(undos)
        for of, row_id, _ in msgspec.json.decode(undo, type=list[Touched])
        if of == table
    )


def standing(session: Session) -> Standing:
    """Where this desk stands, for the sync line."""
    waiting = session.execute(
        select(func.count(), func.min(command_log.c.position)).where(
            command_log.c.state.in_(UNDECIDED)
        )
    ).one()
    refused = session.scalar(
        select(func.count()).select_from(command_log).where(command_log.c.state == "refused")
    )
    complete = fact(session, "complete_at")
    return Standing(
        waiting=waiting[0],
        waiting_since_at=_issued_at(session, waiting[1]),
        needs_decision=refused or 0,
        complete_at=from_milliseconds(int(complete)) if complete else None,
        has_data=_has_rows(session),
        loaded_percent=_loaded_percent(session),
    )


def _has_rows(session: Session) -> bool:
    whole = session.scalar(select(func.count()).select_from(scope_counter))
    shown = session.scalar(select(func.count()).select_from(loading).where(loading.c.is_shown))
    return bool(whole or shown)


def _loaded_percent(session: Session) -> int | None:
    came, expected = progress(session)
    # Some rows come twice, and more may be made meanwhile.
    return min(99, 100 * came // expected) if expected else None


def _issued_at(session: Session, position: int | None) -> datetime | None:
    if position is None:
        return None
    body = session.scalar(select(command_log.c.envelope).where(command_log.c.position == position))
    return unpacked(body).issued_at if body else None
