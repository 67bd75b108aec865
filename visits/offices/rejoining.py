"""A desk or relay that must go on under another device id keeps its place."""

from __future__ import annotations

from sqlalchemy.orm import Session

from visits.ids import OfficeId
from visits.offices.commands import JoinOffice, RelayOffice
from visits.offices.records import Desk, Relay


def reintroduction(session: Session, former_device: str) -> JoinOffice | None:
    """What puts the new device where the former one was; None when that had no seat."""
    seat = session.get(Desk, former_device)
    if seat is None:
        return None
    return JoinOffice(office_id=OfficeId(seat.office_id), counter_name=seat.counter_name)


def reposting(session: Session, former_device: str) -> RelayOffice | None:
    """What puts the new device at the post of the former one; None when that had none."""
    post = session.get(Relay, former_device)
    if post is None:
        return None
    return RelayOffice(office_id=OfficeId(post.office_id), address=post.address)
