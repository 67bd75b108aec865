"""Whose traces are to be forgotten."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session

from visits.appointments.records import Appointment
from visits.calendar.local_time import local_date
from visits.erasure.records import Erasure
from visits.erasure.rules import GONE, KEPT
from visits.home_visits.records import HomeVisit
from visits.ids import CustomerId
from visits.offices.records import Office
from visits.queue.records import Ticket
from visits.record import Record
from visits.words import clock_time, short_date

# Made once: it is asked whenever a round brings a refusal.
ROW_IDS = select(Erasure.__table__.c.row_ids)


def open_rows(session: Session, customer_id: str, at: datetime) -> list[Record]:
    """What of a person is not over at an instant."""
    found: list[Record] = []
    for kept in KEPT:
        if kept.is_open is not None:
            theirs = select(kept.record).where(kept.customer_id == customer_id, kept.is_open(at))
            found += session.scalars(theirs)
    return found


def what_is_open(session: Session, customer_id: CustomerId, at: datetime) -> list[str]:
    """The same, a line each, for who is to end it."""
    offices = {office.id: office.name for office in session.scalars(select(Office))}
    by_kind = groupby(open_rows(session, customer_id, at), type)
    return [line for _, rows in by_kind for line in sorted(_said(row, offices) for row in rows)]


def _said(row: Record, offices: Mapping[str, str]) -> str:
    if isinstance(row, Ticket):
        return f"Ticket {row.number} of {short_date(row.number_on)}, {offices.get(row.office_id)}"
    if isinstance(row, Appointment):
        where = offices.get(row.office_id)
        return f"Appointment {row.reference}, {_moment(row.starts_at)}, {where}"
    if isinstance(row, HomeVisit):
        return f"Home visit {row.reference}, {_moment(row.window_starts_at)}"
    raise TypeError(f"{type(row).__name__} is not said yet")


def _moment(at: datetime) -> str:
    return f"{short_date(local_date(at))} at {clock_time(at)}"


def to_erase_again(session: Session, at: datetime) -> tuple[CustomerId, ...]:
    """Who was erased and has rows again, or words in their old ones, all over at an instant.

    A desk without a line did something for them meanwhile, or a list that held them was under way.
    """
    erased = select(Erasure.id)
    found: set[str] = set()
    still_open: set[str] = set()
    for _, whose in GONE:
        found.update(session.scalars(select(whose).where(whose.in_(erased))))
    for kept in KEPT:
        theirs = select(kept.customer_id).where(kept.customer_id.in_(erased))
        found.update(session.scalars(theirs))
        if kept.is_open is not None:
            still_open.update(session.scalars(theirs.where(kept.is_open(at))))
    found.update(_with_words(session))
    return tuple(CustomerId(each) for each in sorted(found - still_open))


def _with_words(session: Session) -> set[str]:
    """Whose emptied rows are not empty any more."""
    whose = {row_id: row.id for row in session.scalars(select(Erasure)) for row_id in row.row_ids}
    found: set[str] = set()
    for kept in KEPT:
        found.update(_not_empty(session, kept.record, kept.record.id, kept.becomes, whose))
        for part in kept.parts:
            found.update(_not_empty(session, part.record, part.belongs_to, part.becomes, whose))
    return {whose[row_id] for row_id in found}


def _not_empty(
    session: Session,
    record: type[Record],
    by: InstrumentedAttribute[Any],
    becomes: Mapping[str, Any],
    whose: Collection[str],
) -> set[str]:
    rows = session.scalars(select(record).where(by.in_(list(whose))))
    return {
        getattr(row, by.key)
        for row in rows
        if any(getattr(row, name) != value for name, value in becomes.items())
    }


def erased_ids(session: Session) -> frozenset[str]:
    """The ids of every row that was an erased person's."""
    lists = session.connection().execute(ROW_IDS).scalars()
    return frozenset(row_id for row_ids in lists for row_id in row_ids)
