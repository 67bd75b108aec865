"""What the node above decided of commands, written into the log of the one below."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from sqlalchemy import bindparam, or_, update
from sqlalchemy.orm import Session

from sync.offers import UNDECIDED
from sync.tables import command_log
from sync.wire import Outcome

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


def record_outcomes(session: Session, outcomes: Iterable[Outcome]) -> None:
    """These were decided so. What was decided before stays as it is."""
    told = [
        {"of": one.id, "now": one.state, "said": msgspec.json.encode(one).decode()}
        for one in outcomes
    ]
    if told:
        session.connection().execute(RECORD, told)


def record_accepted(session: Session, ids: Iterable[str]) -> None:
    """These were accepted, whatever was heard of them before."""
    arrived = [{"of": command_id} for command_id in sorted(ids)]
    if arrived:
        session.connection().execute(ACCEPT, arrived)
