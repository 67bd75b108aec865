"""Claiming and freeing an officer's time: the one place that a slot is taken."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from sync.record import to_milliseconds
from visits.calendar.granules import granules
from visits.ids import StaffId
from visits.scopes import COUNCIL
from visits.staff.records import StaffTime


def claim_id(staff_id: StaffId, at: datetime) -> str:
    """The id of five minutes of an officer: the same on every node, so it can be taken once."""
    return f"{staff_id}@{to_milliseconds(at) // 300_000}"


def is_free(session: Session, staff_id: StaffId, starts_at: datetime, ends_at: datetime) -> bool:
    """Whether no booking has any of this time."""
    pieces = granules(starts_at, ends_at)
    return all(session.get(StaffTime, claim_id(staff_id, at)) is None for at in pieces)


def claim(session: Session, staff_id: StaffId, starts_at: datetime, ends_at: datetime) -> None:
    """Take an officer's time. The database refuses a piece that is taken."""
    for at in granules(starts_at, ends_at):
        session.add(
            StaffTime(id=claim_id(staff_id, at), scope=COUNCIL, staff_id=staff_id, starts_at=at)
        )


def free(session: Session, staff_id: StaffId, starts_at: datetime, ends_at: datetime) -> None:
    """Give an officer's time back."""
    for at in granules(starts_at, ends_at):
        row = session.get(StaffTime, claim_id(staff_id, at))
        if row is not None:
            session.delete(row)
