"""What the node above decided of commands, written into the log of the one below."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping

import msgspec
from sqlalchemy import bindparam, or_, update
from sqlalchemy.orm import Session

from sync.offers import UNDECIDED
from sync.tables import command_log
from sync.wire import Outcome

log = logging.getLogger(__name__)

RECORD = (
    update(command_log)
    .where(command_log.c.id == bindparam("of"))
    .where(or_(*(command_log.c.state == state for state in UNDECIDED)))
    .values(state=bindparam("now"), outcome=bindparam("said"))
)
ACCEPT = (
    update(command_log)
    .where(command_log.c.id == bindparam("of"), command_log.c.state != "accepted")
    .values(state="accepted", outcome=None)
)


def record_outcomes(
    session: Session, outcomes: Iterable[Outcome], *, told_at_once: Mapping[str, str]
) -> list[str]:
    """These were decided so, but for what is only held. What was decided before stays as it is.

    Gives the ids of those that are decided. `told_at_once`: why a command would be refused, by its
    id, where somebody was told that already; they need not be told again.
    """
    told = []
    for one in outcomes:
        fields = {"command": one.id, "state": one.state, "reason": one.reason}
        if one.state == "held":
            log.info("command held", extra=fields)
            continue
        log.info("command settled", extra=fields)
        is_told = one.state == "refused" and told_at_once.get(one.id) == one.reason
        state = "dealt_with" if is_told else one.state
        told.append({"of": one.id, "now": state, "said": msgspec.json.encode(one).decode()})
    if told:
        session.connection().execute(RECORD, told)
    return [one["of"] for one in told]


def record_accepted(session: Session, ids: Iterable[str]) -> None:
    """These were accepted, whatever was heard of them before."""
    arrived = [{"of": command_id} for command_id in sorted(ids)]
    if arrived:
        session.connection().execute(ACCEPT, arrived)
