"""The deciding node: runs each command exactly once and numbers what it changed.

The command's record, its effects, its changes and the counters commit in one transaction. A
command id is looked up inside that transaction, so a retry gets the stored outcome, byte for byte.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import msgspec
from sqlalchemy import func, insert, select
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as lite_insert
from sqlalchemy.orm import Session

from sync.command import Envelope
from sync.errors import Collided, HandlerBroke, OtherVersion, Refusal, StaleReplica, Unavailable
from sync.journal import Entry
from sync.node import Node, fact, next_position, packed, unpacked
from sync.storage.database import Contended
from sync.tables import change, command_log, scope_counter
from sync.wire import Outcome, Row

ATTEMPTS_MAX = 8
"""How often a transaction that lost to another is run again before the sender must retry."""


class OutOfOrder(Unavailable):
    """A command arrived before its predecessor. `expected` is the next number of its device."""

    def __init__(self, expected: int) -> None:
        super().__init__(f"number {expected} is expected")
        self.expected = expected


class IdReused(StaleReplica):
    """A known command id arrived with another content or from another sender."""


def decide(node: Node, envelope: Envelope, *, after: int = 0) -> Outcome:
    """Run a command once, or give the outcome it already has.

    `after`: the number of its device up to which its sender waits for no outcome.
    Raises OutOfOrder, IdReused, StaleReplica or Unavailable; then nothing is decided.
    """
    for attempt in range(1, ATTEMPTS_MAX + 1):
        try:
            with node.database.write() as session:
                is_last = attempt == ATTEMPTS_MAX
                return _decide(node, session, envelope, after=after, is_last=is_last)
        except Contended:
            continue
    raise Unavailable("too many others at once")


def _decide(
    node: Node, session: Session, envelope: Envelope, *, after: int, is_last: bool
) -> Outcome:
    body = packed(envelope)
    known = _known(session, envelope, body)
    if known is not None:
        return known
    _check_order(session, envelope, after)
    try:
        entries = node.run(session, envelope)
        numbers = _publish(session, envelope.id, entries)
        outcome = Outcome(id=envelope.id, state="accepted", numbers=numbers)
    except Refusal as refusal:
        outcome = Outcome(
            id=envelope.id, state="refused", reason=refusal.reason, data=dict(refusal.data)
        )
    except OtherVersion:
        outcome = Outcome(id=envelope.id, state="refused", reason="unknown_command")
    except HandlerBroke as bug:
        if isinstance(bug, Collided) and not is_last:
            # Another process may have written in between; one that always collides is a bug.
            raise Contended(str(bug)) from bug
        outcome = Outcome(id=envelope.id, state="refused", reason="bug", data={"report": str(bug)})
    _store(session, envelope, body, outcome)
    return outcome


def _known(session: Session, envelope: Envelope, body: bytes) -> Outcome | None:
    row = session.execute(
        select(command_log.c.envelope, command_log.c.outcome).where(command_log.c.id == envelope.id)
    ).one_or_none()
    if row is None:
        return None
    if not _is_the_same(bytes(row.envelope), envelope, body):
        raise IdReused(envelope.id)
    return msgspec.json.decode(row.outcome, type=Outcome)


def _is_the_same(stored: bytes, envelope: Envelope, body: bytes) -> bool:
    """A desk that came back from an old copy offers what it had under a new device and number."""
    if stored == body:
        return True
    before = unpacked(stored)
    under = msgspec.structs.replace(before, device=envelope.device, seq=envelope.seq)
    return packed(under) == body


def _check_order(session: Session, envelope: Envelope, after: int) -> None:
    last = session.scalar(
        select(func.max(command_log.c.seq)).where(command_log.c.device == envelope.device)
    )
    expected = max(last or 0, after) + 1
    if envelope.seq > expected:
        raise OutOfOrder(expected)
    if envelope.seq <= (last or 0):
        raise StaleReplica(f"number {envelope.seq} of this device was another command")


def _publish(session: Session, command_id: str, entries: Iterable[Entry]) -> dict[str, int]:
    """Number the changes, scope by scope in sorted order, as the last rows written."""
    by_scope: dict[str, list[Row]] = defaultdict(list)
    for entry in entries:
        for scope, row in rows_by_scope(entry):
            by_scope[scope].append(row)
    numbers = {}
    for scope in sorted(by_scope):
        numbers[scope] = _next_number(session, scope)
        session.connection().execute(
            insert(change).values(
                scope=scope,
                number=numbers[scope],
                command_id=command_id,
                rows=msgspec.json.encode(by_scope[scope]).decode(),
            )
        )
    return numbers


def rows_by_scope(entry: Entry) -> list[tuple[str, Row]]:
    """An entry as its scopes see it: a row that moved is gone in one and new in the other."""
    old = entry.before["scope"] if entry.before else None
    new = entry.after["scope"] if entry.after else None
    rows: list[tuple[str, Row]] = []
    if old is not None and old != new:
        rows.append((old, (entry.table, entry.row_id, None)))
    if new is not None:
        rows.append((new, (entry.table, entry.row_id, entry.after)))
    return rows


def _next_number(session: Session, scope: str) -> int:
    new = pg_insert if session.get_bind().dialect.name == "postgresql" else lite_insert
    statement = (
        new(scope_counter)
        .values(scope=scope, number=1)
        .on_conflict_do_update(
            index_elements=["scope"], set_={"number": scope_counter.c.number + 1}
        )
        .returning(scope_counter.c.number)
    )
    number: int = session.connection().execute(statement).scalar_one()
    return number


def _store(session: Session, envelope: Envelope, body: bytes, outcome: Outcome) -> None:
    session.connection().execute(
        insert(command_log).values(
            position=next_position(session),
            id=envelope.id,
            device=envelope.device,
            seq=envelope.seq,
            name=envelope.name,
            state=outcome.state,
            envelope=body,
            outcome=msgspec.json.encode(outcome).decode(),
        )
    )


def epoch_of(session: Session) -> str:
    """The epoch of this authority. A restored copy gets another one."""
    epoch = fact(session, "epoch")
    if epoch is None:
        raise Unavailable("this centre is not set up: run `reception-central init`")
    return epoch
