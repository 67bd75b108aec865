"""Commands that a relay holds for its office until the node above it decides.

They are rows of a scope of their own, numbered by the relay, so that every desk of the office gets
them as it gets any row: each runs them in the relay's order upon the rows of the centre, and all
show one queue. A desk that speaks to another upstream may not read that scope, and drops it.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import (
    BigInteger,
    Column,
    MetaData,
    String,
    Table,
    Text,
    bindparam,
    column,
    func,
    select,
    table,
)
from sqlalchemy.orm import Session

from sync.record import index_by_scope

TABLE = "node_held"
SCOPE = "held:"
NONE_HELD = -1
"""Before the position of every held command."""

held = table(
    TABLE,
    column("id", String),
    column("scope", String),
    column("position", BigInteger),
    column("envelope", Text),
)
IDS = select(held.c.id)
HELD_AFTER = (
    select(held.c.id, held.c.position, held.c.envelope)
    .where(held.c.position > bindparam("after"))
    .order_by(held.c.position)
)
LAST_HELD = select(func.max(held.c.position))


def add_table(metadata: MetaData) -> None:
    """Let the replicated tables of a domain hold these too; every domain needs it."""
    made = Table(
        TABLE,
        metadata,
        Column("id", String, primary_key=True),
        Column("scope", String, nullable=False),
        Column("position", BigInteger, nullable=False),
        Column("envelope", Text, nullable=False),
    )
    index_by_scope(made)


def scope_of(relay: str) -> str:
    """The scope of what a relay holds."""
    return SCOPE + relay


def is_of_rows(scope: str) -> bool:
    """Whether a scope is of rows of the domain, and not of what a relay holds."""
    return not scope.startswith(SCOPE)


def relay_among(scopes: Iterable[str]) -> str | None:
    """The relay whose held commands stand here, by the scopes that this node has."""
    return next((s.removeprefix(SCOPE) for s in sorted(scopes) if s.startswith(SCOPE)), None)


def held_ids(session: Session) -> frozenset[str]:
    """Ids of the commands that are held."""
    return frozenset(session.connection().execute(IDS).scalars())


def last_held(session: Session) -> int:
    """The position of the last held command, or NONE_HELD."""
    last: int | None = session.connection().execute(LAST_HELD).scalar_one()
    return NONE_HELD if last is None else last
