"""Which offices there are, and where a desk stands."""

from __future__ import annotations

from msgspec import Struct
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from visits.ids import OfficeId
from visits.offices.records import Desk, Office, Relay

RELAY_ADDRESS = (
    select(Relay.address)
    .join(Desk, Desk.office_id == Relay.office_id)
    .where(Desk.id == bindparam("device"))
)


class OfficeChoice(Struct, frozen=True):
    """An office as a desk that joins is offered it."""

    office_id: OfficeId
    name: str
    address: str


class Seat(Struct, frozen=True):
    """Where a desk stands: its office, its counter, the letter of its tickets."""

    office_id: OfficeId
    office: str
    counter_name: str
    letter: str


def offices(session: Session) -> tuple[OfficeChoice, ...]:
    """Every office, by name."""
    return tuple(
        OfficeChoice(OfficeId(office.id), office.name, office.address)
        for office in session.scalars(select(Office).order_by(Office.name, Office.id))
    )


def seat_of(session: Session, device: str) -> Seat | None:
    """Where a device stands; None for one that has joined no office."""
    row = session.execute(
        select(Desk, Office.name).join(Office, Office.id == Desk.office_id).where(Desk.id == device)
    ).one_or_none()
    if row is None:
        return None
    return Seat(OfficeId(row.Desk.office_id), row.name, row.Desk.counter_name, row.Desk.letter)


def relay_address(session: Session, device: str) -> str:
    """Where the relay of a desk's office is; empty when it has none."""
    return session.scalar(RELAY_ADDRESS, {"device": device}) or ""
