"""A desk that must go on under another device id keeps its seat."""

from __future__ import annotations

from sqlalchemy.orm import Session

from visits.ids import OfficeId
from visits.offices.commands import JoinOffice
from visits.offices.records import Desk


def reintroduction(session: Session, former_device: str) -> JoinOffice | None:
    """What puts the new device where the former one was; None when that had no seat."""
    seat = session.get(Desk, former_device)
    if seat is None:
        return None
    return JoinOffice(office_id=OfficeId(seat.office_id), counter_name=seat.counter_name)
