"""A command that was asked and not answered in time stands here until it is decided.

It takes as long with a thousand that wait before it as with none: what stands before it stays as
it ran. Only what was issued behind it meanwhile, and ran without it, is run again.
"""

from __future__ import annotations

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from sync.command import Envelope
from sync.errors import HandlerBroke, OtherVersion, Refusal
from sync.held import held
from sync.journal import Entry
from sync.node import Node, unpacked
from sync.rebase import KEEP_UNDO, WAITING, run_waiting, undo_text, undo_waiting
from sync.tables import command_log, held_undo

THIS = command_log.c.id == bindparam("of_id")
ASKED = select(command_log.c.state, command_log.c.position, command_log.c.envelope).where(THIS)
STANDS = update(command_log).where(THIS).values(state="pending")
BEHIND = WAITING.where(command_log.c.position > bindparam("after")).limit(1)
HAS_OWN_EFFECT = select(command_log.c.position).where(THIS, command_log.c.undo.is_not(None))
HAS_HELD_EFFECT = (
    select(held_undo.c.position)
    .join(held, held.c.position == held_undo.c.position)
    .where(held.c.id == bindparam("of_id"))
)
IS_HELD = select(held.c.id).where(held.c.id == bindparam("of_id"))


def let_stand(node: Node, session: Session, command_id: str) -> tuple[bool, Refusal | None]:
    """Let an asked command stand: whether it still was asked, and why it is without effect here.

    One without effect waits all the same: who decides may know better.
    """
    this = {"of_id": command_id}
    connection = session.connection()
    row = connection.execute(ASKED, this).one()
    if row.state != "asked":
        return False, None
    envelope = unpacked(row.envelope)
    if connection.execute(IS_HELD, this).first():
        # It ran among what the relay holds when that came.
        connection.execute(STANDS, this)
        has_effect = connection.execute(HAS_HELD_EFFECT, this).first()
    elif connection.execute(BEHIND, {"after": row.position}).first():
        undo_waiting(node, session)
        connection.execute(STANDS, this)
        run_waiting(node, session)
        has_effect = connection.execute(HAS_OWN_EFFECT, this).first()
    else:
        connection.execute(STANDS, this)
        return True, _run_last(node, session, envelope, row.position)
    return True, None if has_effect else _why_not(node, session, envelope)


def _run_last(node: Node, session: Session, envelope: Envelope, position: int) -> Refusal | None:
    entries, refusal = _tried(node, session, envelope)
    if entries is not None:
        kept = {"of": position, "images": undo_text(entries)}
        session.connection().execute(KEEP_UNDO, kept)
    return refusal


def _why_not(node: Node, session: Session, envelope: Envelope) -> Refusal | None:
    trial = session.begin_nested()
    try:
        return _tried(node, session, envelope)[1]
    finally:
        trial.rollback()


def _tried(
    node: Node, session: Session, envelope: Envelope
) -> tuple[list[Entry] | None, Refusal | None]:
    try:
        return node.run(session, envelope), None
    except Refusal as refusal:
        return None, refusal
    except (HandlerBroke, OtherVersion):
        return None, None
