"""Commands that name rows of an erased person are forgotten: what they said, not that they were.

A domain erases rows by a command like any other, and by a row of its own says which. Each copy of
the data then forgets what its log holds of them. Of a forgotten command there stays who issued it,
when, and a digest, so that a repeat of it is known and gets the outcome it had.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection

import msgspec
from msgspec.structs import replace
from sqlalchemy import ColumnElement, bindparam, select, update
from sqlalchemy.orm import Session

from sync.command import Envelope
from sync.harvest import Harvest
from sync.node import Node, packed, unpacked
from sync.tables import command_log

ERASED = "erased"
"""The state of a forgotten command below an authority: it is not offered again, nor shown."""
COMMANDS_A_LOOK = 1_000
TEXTS = re.compile(rb'"((?:[^"\\]|\\.)*)"')
FORGET = (
    update(command_log)
    .where(command_log.c.position == bindparam("of"))
    .values(envelope=bindparam("without"), undo=None)
)


def digest_of(envelope: Envelope) -> str:
    """Of a command, whatever device offers it under whatever number."""
    return hashlib.sha256(packed(replace(envelope, device="-", seq=1))).hexdigest()


def is_forgotten_form_of(stored: Envelope, envelope: Envelope) -> bool:
    """Whether what is stored is this command, forgotten."""
    return bytes(stored.args) == _forgotten(envelope)


def _forgotten(envelope: Envelope) -> bytes:
    return msgspec.json.encode({ERASED: digest_of(envelope)})


def erase_traces(
    node: Node, session: Session, harvest: Harvest, *, states: Collection[str]
) -> None:
    """What a round brought may name somebody who was erased: below an authority.

    Commands in these states are forgotten. At a desk what was refused is not among them: it stays
    until a person has dealt with it (see `forget_if_erased`).
    """
    if node.erasures is None:
        return
    everywhere = brings_erasures(node, harvest)
    told = [outcome.id for outcome in harvest.outcomes]
    ids = node.erasures.ids(session) if everywhere or told else frozenset()
    if not ids:
        return
    of_these = command_log.c.state.in_(tuple(states))
    which = of_these if everywhere else of_these & command_log.c.id.in_(told)
    forget_commands(session, ids, which, state=ERASED)
    if everywhere:
        node.erasures.forget(session)


def forget_if_erased(node: Node, session: Session, command_id: str) -> None:
    """A refused command was dealt with: it goes where it names somebody who was erased."""
    if node.erasures is not None and (ids := node.erasures.ids(session)):
        this = (command_log.c.id == command_id) & (command_log.c.state == "dealt_with")
        forget_commands(session, ids, this, state=ERASED)


def brings_erasures(node: Node, harvest: Harvest) -> bool:
    """Whether somebody may have been erased since the last round."""
    if node.erasures is None:
        return False
    rows = (row for item in harvest.changes for row in item.rows)
    return bool(harvest.snapshots) or any(table == node.erasures.table for table, *_ in rows)


def forget_commands(
    session: Session, ids: frozenset[str], which: ColumnElement[bool], *, state: str | None = None
) -> None:
    """Forget what commands that name one of these ids say; with `state` that becomes theirs."""
    after: int | None = 0
    while after is not None:
        after = forget_next_commands(session, ids, which, after=after, state=state)


def forget_next_commands(
    session: Session,
    ids: frozenset[str],
    which: ColumnElement[bool],
    *,
    after: int,
    state: str | None = None,
) -> int | None:
    """As `forget_commands`, of the next thousand after a position; the last of them, or None."""
    rows = session.connection().execute(
        select(command_log.c.position, command_log.c.envelope)
        .where(which, command_log.c.position > after)
        .order_by(command_log.c.position)
        .limit(COMMANDS_A_LOOK)
    )
    found, last = [], None
    for position, body in rows:
        last = position
        if names_one_of(ids, bytes(body)):
            found.append({"of": position, "without": _without(unpacked(body))})
    if found:
        session.connection().execute(FORGET, found)
        if state is not None:
            positions = [each["of"] for each in found]
            named = command_log.c.position.in_(positions)
            session.connection().execute(update(command_log).where(named).values(state=state))
    return last


def names_one_of(ids: frozenset[str], body: bytes) -> bool:
    """Whether one of the texts in a stored command is one of these ids."""
    return any(_text(found) in ids for found in TEXTS.findall(body))


def _text(found: bytes) -> str:
    return found.decode() if b"\\" not in found else msgspec.json.decode(b'"' + found + b'"')


def _without(envelope: Envelope) -> bytes:
    if is_forgotten(envelope):
        return packed(envelope)
    return packed(replace(envelope, args=msgspec.Raw(_forgotten(envelope))))


def is_forgotten(envelope: Envelope) -> bool:
    """Whether what a stored command said is forgotten already."""
    return bytes(envelope.args).startswith(b'{"erased":"')
