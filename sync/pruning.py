"""What a node lets go of, so that its size does not grow with the years."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from sync.node import LAST_POSITION
from sync.tables import change, command_log, scope_counter

CHANGES_KEPT_MAX = 20_000
"""Of each scope; a desk that is further behind takes a snapshot in any case."""
DECIDED_KEPT_MAX = 20_000
"""Commands that a desk keeps once they are decided. A centre that was restored from a backup is
offered again what it has lost: so much of it, at a desk some months."""
DECIDED = ("accepted", "dealt_with", "erased")


def prune_changes(
    session: Session, *, kept: int = CHANGES_KEPT_MAX, scopes: Iterable[str] | None = None
) -> None:
    """Let go of changes that are older than the last `kept` of their scope: of these, or of any."""
    heads = select(scope_counter.c.scope, scope_counter.c.number)
    if scopes is not None:
        heads = heads.where(scope_counter.c.scope.in_(tuple(scopes)))
    for scope, number in session.connection().execute(heads).all():
        old = (change.c.scope == scope) & (change.c.number <= number - kept)
        session.connection().execute(delete(change).where(old))


def prune_decided(
    session: Session, states: Iterable[str] = DECIDED, *, kept: int = DECIDED_KEPT_MAX
) -> None:
    """Let go of commands in these states behind the last `kept`, but for the last of each device.

    What was refused and nobody has dealt with stays at a desk.
    """
    upto = (session.connection().execute(LAST_POSITION).scalar_one() or 0) - kept
    if upto <= 0:
        return
    last = command_log.alias()
    last_seq = select(func.max(last.c.seq)).where(last.c.device == command_log.c.device)
    session.connection().execute(
        delete(command_log).where(
            command_log.c.state.in_(tuple(states)),
            command_log.c.position <= upto,
            command_log.c.seq < last_seq.scalar_subquery(),
        )
    )


def forget_changes(session: Session, *, upto: Mapping[str, int]) -> None:
    """Let go of every change up to a number of its scope."""
    for scope, number in upto.items():
        old = (change.c.scope == scope) & (change.c.number <= number)
        session.connection().execute(delete(change).where(old))
