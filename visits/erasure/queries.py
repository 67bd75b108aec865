"""Whose traces are to be forgotten."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from visits.erasure.records import Erasure
from visits.erasure.rules import KEPT
from visits.ids import CustomerId

# Made once: it is asked whenever a round brings a refusal.
ROW_IDS = select(Erasure.__table__.c.row_ids)


def with_new_rows(session: Session, at: datetime) -> tuple[CustomerId, ...]:
    """Who was erased and has rows again, all of them over at an instant."""
    erased = select(Erasure.id)
    found: set[str] = set()
    still_open: set[str] = set()
    for kept in KEPT:
        theirs = select(kept.customer_id).where(kept.customer_id.in_(erased))
        found.update(session.scalars(theirs))
        if kept.is_open is not None:
            still_open.update(session.scalars(theirs.where(kept.is_open(at))))
    return tuple(CustomerId(each) for each in sorted(found - still_open))


def erased_ids(session: Session) -> frozenset[str]:
    """The ids of every row that was an erased person's."""
    lists = session.connection().execute(ROW_IDS).scalars()
    return frozenset(row_id for row_ids in lists for row_id in row_ids)
