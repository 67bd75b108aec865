"""Commands that name rows of an erased person are forgotten: what they said, not that they were.

A domain erases rows by a command like any other, and by a row of its own says which. Each copy of
the data then forgets what its log holds of them. Of a forgotten command there stays who issued it,
when, and what became of it, so that a repeat of it is known by its id and gets the outcome it had.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable

import msgspec
from msgspec.structs import replace
from sqlalchemy import ColumnElement, bindparam, select, update
from sqlalchemy.orm import Session

from sync.command import Envelope
from sync.node import Node, fact, packed, set_fact, unpacked
from sync.tables import change, command_log

ERASED = "erased"
"""The state of a forgotten command below an authority: it is not offered again, nor shown."""
FORGOTTEN = b'{"erased":true}'
"""What is left of the arguments."""
KNOWN = "erased_known"
"""The fact that tells which erasures this copy has gone through its log for."""
COMMANDS_A_LOOK = 200
CHANGES_A_LOOK = 1_000
TEXTS = re.compile(rb'"((?:[^"\\]|\\.)*)"')
FORGET = (
    update(command_log)
    .where(command_log.c.position == bindparam("of"))
    .values(envelope=bindparam("without"), undo=None)
)

Found = list[dict[str, object]]


def is_forgotten(envelope: Envelope) -> bool:
    """Whether what a stored command said is forgotten."""
    return bytes(envelope.args) == FORGOTTEN


def is_forgotten_form_of(stored: Envelope, envelope: Envelope) -> bool:
    """Whether a forgotten command can be this one, whatever device offers it: all but what it said.

    A digest of that would let who has a copy try what it may have been.
    """
    return stored == replace(envelope, device=stored.device, seq=stored.seq, args=stored.args)


def erase_traces(
    node: Node, session: Session, told: Iterable[str], *, states: Collection[str]
) -> bool:
    """What a round brought may name somebody who was erased, below an authority. Whether it may.

    Of the commands in these states, all are looked at when somebody was erased since the last
    time, else those of which the round told something. What is in another state stays.
    """
    if node.erasures is None or not (ids := node.erasures.ids(session)):
        return False
    which: ColumnElement[bool] = command_log.c.state.in_(tuple(states))
    everybody = hashlib.blake2b("\0".join(sorted(ids)).encode()).hexdigest()
    is_new = fact(session, KNOWN) != everybody
    if is_new:
        set_fact(session, KNOWN, everybody)
        node.erasures.forget(session)
    else:
        which &= command_log.c.id.in_(sorted(told))
    return bool(forget_commands(session, ids, which, state=ERASED)) or is_new


def forget_if_erased(node: Node, session: Session, command_id: str) -> None:
    """A refused command was dealt with: it goes where it names somebody who was erased."""
    if node.erasures is not None and (ids := node.erasures.ids(session)):
        this = (command_log.c.id == command_id) & (command_log.c.state == "dealt_with")
        forget_commands(session, ids, this, state=ERASED)


def forget_commands(
    session: Session, ids: frozenset[str], which: ColumnElement[bool], *, state: str | None = None
) -> int:
    """Forget what commands that name one of these ids say; with `state` that becomes theirs.

    Says of how many.
    """
    count, after = 0, 0
    while True:
        found, last = naming(session, ids, which, after=after)
        if last is None:
            return count
        forget(session, found, state=state)
        count, after = count + len(found), last


def naming(
    session: Session, ids: frozenset[str], which: ColumnElement[bool], *, after: int
) -> tuple[Found, int | None]:
    """Of the next commands after a position, those that name one of these ids, and the last."""
    rows = session.connection().execute(
        select(command_log.c.position, command_log.c.envelope)
        .where(which, command_log.c.position > after)
        .order_by(command_log.c.position)
        .limit(COMMANDS_A_LOOK)
    )
    found: Found = []
    last = None
    for position, body in rows:
        last = position
        if names_one_of(ids, bytes(body)):
            found.append({"of": position, "without": _without(unpacked(body))})
    return found, last


def forget(session: Session, found: Found, *, state: str | None = None) -> None:
    """Keep of these commands that they were."""
    if not found:
        return
    session.connection().execute(FORGET, found)
    if state is not None:
        named = command_log.c.position.in_([each["of"] for each in found])
        session.connection().execute(update(command_log).where(named).values(state=state))


def forget_beside_rows(node: Node, session: Session) -> None:
    """Rows went from here: so does what the domain keeps beside them.

    What decided commands said stays: a centre that was restored is offered it again.
    """
    if node.erasures is not None:
        node.erasures.forget(session)


def forget_decided(session: Session) -> None:
    """What decided commands said is forgotten below an authority, whomever they named."""
    is_decided = command_log.c.state.in_(("accepted", "dealt_with"))
    found = session.connection().execute(
        select(command_log.c.position, command_log.c.envelope).where(is_decided)
    )
    gone: Found = [
        {"of": row.position, "without": _without(unpacked(row.envelope))} for row in found
    ]
    forget(session, gone, state=ERASED)


def last_named(session: Session, table: str, ids: frozenset[str]) -> dict[str, int]:
    """The last change of each scope that names one of these rows, but for those that erased them.

    `table`: a change that has a row of it erased somebody, in all the scopes that it changed.
    """
    erases = f'["{table}",'
    erasing: set[str] = set()
    named: list[tuple[str, int, str]] = []
    asked = select(change.c.scope, change.c.number, change.c.command_id, change.c.rows)
    for scope, number, command_id, rows in session.execute(
        asked.execution_options(yield_per=CHANGES_A_LOOK)
    ):
        if erases in rows:
            erasing.add(command_id)
        elif names_one_of(ids, rows.encode()):
            named.append((scope, number, command_id))
    upto: dict[str, int] = {}
    for scope, number, command_id in named:
        if command_id not in erasing:
            upto[scope] = max(upto.get(scope, 0), number)
    return upto


def names_one_of(ids: frozenset[str], body: bytes) -> bool:
    """Whether one of the texts in stored JSON is one of these ids; what cannot be read is not.

    A text may be JSON itself: what a relay holds stands in its changes as a text.
    """
    for found in TEXTS.findall(body):
        text = _text(found)
        if text in ids or ('"' in text and names_one_of(ids, text.encode())):
            return True
    return False


def _text(found: bytes) -> str:
    try:
        return found.decode() if b"\\" not in found else str(msgspec.json.decode(b'"%s"' % found))
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""


def _without(envelope: Envelope) -> bytes:
    return packed(replace(envelope, args=msgspec.Raw(FORGOTTEN)))
