"""The commands of one transaction: what must be known before them, and what is kept of them.

What a deciding transaction reads at its beginning stays so, the numbers of scopes too: it has the
database to itself, or the scope that its commands are alone in. What a turn wrote is numbered and
kept in one go, as the last rows written.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

import msgspec
from msgspec import Struct, field
from msgspec.structs import replace
from sqlalchemy import CompoundSelect, bindparam, func, literal_column, null, select, union_all
from sqlalchemy.orm import Session

from sync.command import Envelope
from sync.node import LAST_POSITION, POSITION_STEP, Actors, Node
from sync.numbering import Counted, keep_turn, numbers_of
from sync.record import to_milliseconds
from sync.sums import SUM_MODULUS
from sync.tables import POSITIONS, command_log, scope_counter
from sync.wire import Change, Outcome, Row


class NotAloneThere(Exception):
    """A turn needs more than the one scope that it was given."""


class Made(Struct):
    """A command that a turn decides: what it changed by scope, and by how much their sums moved."""

    envelope: Envelope
    body: bytes
    outcome: Outcome
    rows: dict[str, list[Row]] = field(default_factory=dict)
    moved: dict[str, int] = field(default_factory=dict)


class Turn(Struct):
    """The commands of one transaction: what was there before of each, and what is new."""

    last: dict[str, int]
    """The last number of a device, as far as it was asked for."""
    numbers: dict[str, int]
    """The last number of a scope, as far as it was asked for."""
    bodies: dict[str, bytes] = field(default_factory=dict)
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    position: int = 0
    actors: set[str] = field(default_factory=set)
    """Who of those who act may act at all."""
    made: list[Made] = field(default_factory=list)


def alone_in(node: Node, envelopes: Sequence[Envelope]) -> str | None:
    """The one scope that these commands need, as far as can be guessed before they are run.

    A device mostly goes on in the scope that it changed before.
    """
    moved = node.moved_before.get(envelopes[0].device, ())
    for envelope in envelopes:
        beginnings = node.registry.alone_in(envelope.name, envelope.version)
        moved = tuple(scope for scope in moved if scope.startswith(beginnings))
    return moved[0] if len(moved) == 1 else None


@cache
def _before(actors: Actors | None, *, decides_alone: bool) -> CompoundSelect[Any]:
    """What a turn must know, in one question, each row with what it is.

    The commands of these ids that are known, a device's last number and the last position, the
    numbers of these scopes, and who of these actors may act.
    """
    empty = null()
    known = select(
        literal_column("'command'"),
        command_log.c.id,
        command_log.c.envelope,
        command_log.c.outcome,
        empty,
        empty,
    ).where(command_log.c.id.in_(bindparam("ids", expanding=True)))
    last = (
        select(
            literal_column("'last'"),
            empty,
            empty,
            empty,
            func.max(command_log.c.seq),
            LAST_POSITION.scalar_subquery() if decides_alone else POSITIONS.next_value(),
        )
        .select_from(command_log)
        .where(command_log.c.device == bindparam("of"))
    )
    scopes = select(
        literal_column("'scope'"),
        scope_counter.c.scope,
        empty,
        empty,
        scope_counter.c.number,
        empty,
    ).where(scope_counter.c.scope.in_(bindparam("scopes", expanding=True)))
    if actors is None:
        return union_all(known, last, scopes)
    of_them = actors.known.subquery()
    may = select(literal_column("'actor'"), of_them.c[0], empty, empty, empty, empty)
    return union_all(known, last, scopes, may)


def begun(node: Node, session: Session, envelopes: Sequence[Envelope]) -> Turn:
    """What is known before a turn of these commands, the first thing it asks."""
    device = envelopes[0].device
    asked: dict[str, Any] = {"ids": [envelope.id for envelope in envelopes], "of": device}
    # Mostly it changes what it changed before; of any other scope the number is asked later.
    asked["scopes"] = node.moved_before.get(device, ())
    if node.actors is not None:
        asked["actors"] = sorted({envelope.actor for envelope in envelopes})
    turn = Turn(last={device: 0}, numbers=dict.fromkeys(asked["scopes"], 0))
    for kind, name, body, outcome, number, position in session.connection().execute(
        _before(node.actors, decides_alone=node.database.is_sqlite), asked
    ):
        if kind == "command":
            turn.bodies[name] = bytes(body)
            turn.outcomes[name] = msgspec.json.decode(outcome, type=Outcome)
        elif kind == "last":
            turn.last[device], turn.position = number or 0, position or 0
        elif kind == "scope":
            turn.numbers[name] = number
        else:
            turn.actors.add(name)
    return turn


def kept(
    node: Node, session: Session, turn: Turn, decided_at: datetime | None, *, alone_in: str | None
) -> None:
    """Number what a turn changed, and keep all of it in one go.

    Raises NotAloneThere where it changed more than the scope it was to be alone in.
    """
    counted, changes = numbered(session, turn)
    if alone_in is not None and any(scope != alone_in for scope, _, _ in counted):
        raise NotAloneThere(alone_in)
    keep_turn(session, counted, changes, _log_rows(turn, decided_at))
    if turn.made:
        node.note_moved(turn.made[0].envelope.device, tuple(scope for scope, _, _ in counted))


def numbered(session: Session, turn: Turn) -> tuple[list[Counted], list[Change]]:
    """The changes of a turn under their numbers, scope by scope in sorted order; the outcomes of
    its commands name them."""
    moving = _by_scope(turn)
    turn.numbers |= numbers_of(session, [scope for scope in moving if scope not in turn.numbers])
    changes: list[Change] = []
    counted: list[Counted] = []
    numbers: dict[str, dict[str, int]] = {made.envelope.id: {} for made in turn.made}
    for scope, of_scope in moving.items():
        for number, made in enumerate(of_scope, start=turn.numbers[scope] + 1):
            numbers[made.envelope.id][scope] = number
            changes.append(
                Change(
                    scope=scope, number=number, command_id=made.envelope.id, rows=made.rows[scope]
                )
            )
        moved = sum(made.moved[scope] for made in of_scope) % SUM_MODULUS
        counted.append((scope, turn.numbers[scope] + len(of_scope), moved))
    for made in turn.made:
        made.outcome = replace(made.outcome, numbers=numbers[made.envelope.id])
        turn.outcomes[made.envelope.id] = made.outcome
    return counted, changes


def _by_scope(turn: Turn) -> dict[str, list[Made]]:
    scopes = sorted({scope for made in turn.made for scope in made.rows})
    return {scope: [made for made in turn.made if scope in made.rows] for scope in scopes}


def _log_rows(turn: Turn, decided_at: datetime | None) -> list[dict[str, Any]]:
    at = None if decided_at is None else to_milliseconds(decided_at)
    return [
        {
            "position": turn.position + number * POSITION_STEP,
            "id": made.envelope.id,
            "device": made.envelope.device,
            "seq": made.envelope.seq,
            "name": made.envelope.name,
            "state": made.outcome.state,
            "envelope": made.body,
            "outcome": msgspec.json.encode(made.outcome).decode(),
            "decided_at": at,
        }
        for number, made in enumerate(turn.made, start=1)
    ]
