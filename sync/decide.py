"""The deciding node: runs each command exactly once and numbers what it changed.

The command's record, its effects, its changes and the counters commit in one transaction. A
command id is looked up inside that transaction, so a retry gets the stored outcome, byte for byte.
A writing transaction has the database to itself (`Database.write`): what a handler read stays so.
"""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime

import msgspec
from msgspec import Struct, field
from sqlalchemy import BigInteger, bindparam, func, insert, select
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as lite_insert
from sqlalchemy.orm import Session

from sync.command import Envelope
from sync.errors import (
    HandlerBroke,
    OtherVersion,
    Refusal,
    StaleReplica,
    StorageFailed,
    Unavailable,
)
from sync.journal import Entry
from sync.node import POSITION_STEP, Node, fact, packed, unpacked
from sync.record import to_milliseconds
from sync.storage.database import Contended
from sync.sums import SUM_MODULUS, moved_by
from sync.tables import change, command_log, scope_counter
from sync.wire import Change, Outcome, Row

ATTEMPTS_MAX = 8
"""How often a transaction that lost to another is run again before the sender must retry."""
COMMANDS_A_TURN_MAX = 10
"""So many commands of a batch share a transaction; more would make other desks wait for them."""


log = logging.getLogger(__name__)

Run = Callable[[Session, Envelope], list[Entry]]

# Made once, because a statement made anew costs as much as running it.
KNOWN = select(command_log.c.envelope, command_log.c.outcome).where(
    command_log.c.id == bindparam("of")
)
LAST_SEQ = select(func.max(command_log.c.seq)).where(command_log.c.device == bindparam("of"))
OF_NUMBER = select(command_log.c.id).where(
    command_log.c.device == bindparam("of"), command_log.c.seq == bindparam("number")
)
NEXT_POSITION = select(func.coalesce(func.max(command_log.c.position), 0) + POSITION_STEP)
KEEP_COMMAND = insert(command_log).values(position=NEXT_POSITION.scalar_subquery())
KEEP_CHANGE = insert(change)
NEXT_NUMBER = {
    dialect: new(scope_counter)
    .values(scope=bindparam("of"), number=1, sum=bindparam("moved_by"))
    .on_conflict_do_update(
        index_elements=["scope"],
        set_={
            "number": scope_counter.c.number + 1,
            "sum": (scope_counter.c.sum + bindparam("moved_by", type_=BigInteger)) % SUM_MODULUS,
        },
    )
    .returning(scope_counter.c.number)
    for dialect, new in (("postgresql", pg_insert), ("sqlite", lite_insert))
}


class Tally(Struct):
    """What one process has decided since it began, for its figures."""

    decided: Counter[tuple[str, str | None]] = field(default_factory=Counter)
    retries: int = 0


class OutOfOrder(Unavailable):
    """A command arrived before its predecessor. `expected` is the next number of its device."""

    def __init__(self, expected: int) -> None:
        super().__init__(f"number {expected} is expected")
        self.expected = expected


class IdReused(StaleReplica):
    """A known command id arrived with another content or from another sender."""


class _Spoilt(Exception):
    """A command that was run without a savepoint changed something and then failed."""


def decide(
    node: Node, envelope: Envelope, *, after: int = 0, decided_at: datetime | None = None
) -> Outcome:
    """Run a command once, or give the outcome it already has.

    `after`: the number of its device up to which its sender waits for no outcome.
    `decided_at`: the time by the authority's own clock, for its operators alone.
    Raises OutOfOrder, IdReused, StaleReplica or Unavailable; then nothing is decided.
    """
    [outcome] = decide_turn(node, [envelope], after=after, decided_at=decided_at)
    return outcome


def decide_turn(
    node: Node,
    envelopes: Sequence[Envelope],
    *,
    after: int = 0,
    decided_at: datetime | None = None,
    tally: Tally | None = None,
) -> list[Outcome]:
    """Decide the first of these commands in order, at least one, in one transaction.

    One of them that cannot be decided ends the turn before it. Raises what `decide` raises for
    the first; then nothing is decided.
    """
    turn = envelopes[:COMMANDS_A_TURN_MAX]
    run = node.run_at_stake
    tally = tally or Tally()
    for _ in range(ATTEMPTS_MAX):
        try:
            new: list[tuple[Envelope, Outcome]] = []
            with node.database.write() as session:
                outcomes = _decide_each(
                    node, session, turn, run, new, after=after, decided_at=decided_at
                )
        except _Spoilt:
            # Most commands are accepted, so savepoints are made only once one is not.
            run = node.run
        except Contended:
            tally.retries += 1
        except StorageFailed:
            if len(turn) == 1:
                raise
            # If one of them is what the database cannot bear, those before it must get through.
            turn = turn[:1]
            tally.retries += 1
        else:
            for envelope, outcome in new:
                tally.decided[outcome.state, outcome.reason] += 1
                _log(node, envelope, outcome)
            return outcomes
    raise Unavailable("too many others at once")


def _decide_each(
    node: Node,
    session: Session,
    turn: Sequence[Envelope],
    run: Run,
    new: list[tuple[Envelope, Outcome]],
    *,
    after: int,
    decided_at: datetime | None,
) -> list[Outcome]:
    outcomes: list[Outcome] = []
    for envelope in turn:
        try:
            outcomes.append(
                _decide(node, session, envelope, run, new, after=after, decided_at=decided_at)
            )
        except (OutOfOrder, StaleReplica):
            if not outcomes:
                raise
            break
        after = envelope.seq
    return outcomes


def _decide(
    node: Node,
    session: Session,
    envelope: Envelope,
    run: Run,
    new: list[tuple[Envelope, Outcome]],
    *,
    after: int,
    decided_at: datetime | None,
) -> Outcome:
    body = packed(envelope)
    known = _known(session, envelope, body)
    if known is not None:
        return known
    _check_order(session, envelope, after)
    try:
        entries = run(session, envelope)
        numbers = _publish(session, envelope.id, entries)
        outcome = Outcome(id=envelope.id, state="accepted", numbers=numbers)
    except (Refusal, OtherVersion, HandlerBroke) as error:
        if run == node.run_at_stake:
            raise _Spoilt from error
        outcome = _refused(envelope, error)
    _store(session, envelope, body, outcome, decided_at)
    new.append((envelope, outcome))
    return outcome


def _log(node: Node, envelope: Envelope, outcome: Outcome) -> None:
    known = (envelope.name, envelope.version) in node.registry
    fields = {"command": envelope.id, "state": outcome.state, "reason": outcome.reason}
    log.info("command decided", extra=fields | {"act": envelope.name if known else None})


def _refused(envelope: Envelope, error: Refusal | OtherVersion | HandlerBroke) -> Outcome:
    if isinstance(error, Refusal):
        reason, data = error.reason, dict(error.data)
    elif isinstance(error, OtherVersion):
        reason, data = "unknown_command", {}
    else:
        # Nobody else writes meanwhile, so a row that cannot stand is a bug of its handler too.
        reason, data = "bug", {"report": str(error)}
    return Outcome(id=envelope.id, state="refused", reason=reason, data=data)


def _known(session: Session, envelope: Envelope, body: bytes) -> Outcome | None:
    row = session.connection().execute(KNOWN, {"of": envelope.id}).one_or_none()
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
    """A number that was passed over is not too late: a relay may have kept or refused it.

    Its desk did not hear of that, or the relay was away while the desk went on by another way.
    """
    last = session.connection().execute(LAST_SEQ, {"of": envelope.device}).scalar_one()
    expected = max(last or 0, after) + 1
    if envelope.seq > expected:
        raise OutOfOrder(expected)
    if envelope.seq <= (last or 0):
        check_number_is_new(session, envelope)


def check_number_is_new(session: Session, envelope: Envelope) -> None:
    """Raises StaleReplica when another command of this device has come under its number."""
    wanted = {"of": envelope.device, "number": envelope.seq}
    if session.connection().execute(OF_NUMBER, wanted).first() is not None:
        raise StaleReplica(f"number {envelope.seq} of this device was another command")


def _publish(session: Session, command_id: str, entries: Sequence[Entry]) -> dict[str, int]:
    """Number the changes, scope by scope in sorted order, as the last rows written."""
    by_scope: dict[str, list[Row]] = defaultdict(list)
    moved = moved_by(entries)
    for entry in entries:
        for scope, row in rows_by_scope(entry):
            by_scope[scope].append(row)
    numbers = {}
    for scope in sorted(by_scope):
        number = numbers[scope] = next_number(session, scope, moved[scope])
        rows = by_scope[scope]
        keep_change(session, Change(scope=scope, number=number, command_id=command_id, rows=rows))
    return numbers


def keep_change(session: Session, item: Change) -> None:
    """Keep a change for whoever reads this node."""
    made = {
        "scope": item.scope,
        "number": item.number,
        "command_id": item.command_id,
        "rows": msgspec.json.encode(item.rows).decode(),
    }
    session.connection().execute(KEEP_CHANGE, made)


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


def next_number(session: Session, scope: str, moved_by: int | None) -> int:
    """Count a scope on by one: the number of its next change, which moves its sum by so much.

    None where no sum is told of it.
    """
    statement = NEXT_NUMBER[session.connection().dialect.name]
    number: int = (
        session.connection().execute(statement, {"of": scope, "moved_by": moved_by}).scalar_one()
    )
    return number


def _store(
    session: Session,
    envelope: Envelope,
    body: bytes,
    outcome: Outcome,
    decided_at: datetime | None = None,
) -> None:
    kept = {
        "id": envelope.id,
        "device": envelope.device,
        "seq": envelope.seq,
        "name": envelope.name,
        "state": outcome.state,
        "envelope": body,
        "outcome": msgspec.json.encode(outcome).decode(),
        "decided_at": None if decided_at is None else to_milliseconds(decided_at),
    }
    session.connection().execute(KEEP_COMMAND, kept)


def epoch_of(session: Session) -> str:
    """The epoch of this authority. A restored copy gets another one."""
    epoch = fact(session, "epoch")
    if epoch is None:
        raise Unavailable("this centre is not set up: run `reception-central init`")
    return epoch
