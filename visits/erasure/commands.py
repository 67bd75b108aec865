"""A person is erased."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from sync.command import Arguments, Context, Registry
from sync.errors import Refusal
from visits.access.rules import check_is_centre
from visits.customers.records import Customer
from visits.erasure.queries import open_rows
from visits.erasure.records import Erasure
from visits.erasure.rules import GONE, KEPT, Kept
from visits.ids import CustomerId
from visits.record import Record
from visits.scopes import COUNCIL

COMMANDS = Registry()


class Erase(Arguments, frozen=True):
    """A person goes from every copy; what was done for them stays as a figure.

    Again for what a desk without a line did for them meanwhile.
    """

    customer_id: CustomerId


@COMMANDS.command("erasure.erase", Erase)
def erase(session: Session, args: Erase, context: Context) -> None:
    """The central service alone, in archives too.

    Refused: `not_allowed`, `not_found`, `still_open` while a ticket, an appointment or a visit of
    theirs is not over.
    """
    check_is_centre(context)
    erasure = session.get(Erasure, args.customer_id)
    if erasure is None and session.get(Customer, args.customer_id) is None:
        raise Refusal("not_found")
    if open_rows(session, args.customer_id, context.issued_at):
        raise Refusal("still_open")
    ids: list[str] = []
    known = erasure.row_ids if erasure is not None else ()
    for kept in KEPT:
        ids += _without_them(session, kept, args.customer_id, known)
    for record, whose in GONE:
        for row in session.scalars(select(record).where(whose == args.customer_id)):
            ids.append(row.id)
            session.delete(row)
    if erasure is None:
        erasure = Erasure(id=args.customer_id, scope=COUNCIL, row_ids=[])
        session.add(erasure)
    erasure.command_id = context.command_id
    erasure.erased_at = context.issued_at
    erasure.row_ids = sorted({args.customer_id, *erasure.row_ids, *ids})


def _without_them(
    session: Session, kept: Kept, customer_id: str, known: Collection[str]
) -> list[str]:
    """Rows that are theirs, and those that were: something may have been written there since."""
    theirs = or_(kept.customer_id == customer_id, kept.record.id.in_(known))
    rows = session.scalars(select(kept.record).where(theirs)).all()
    ids = [row.id for row in rows]
    _become(rows, kept.becomes)
    for part in kept.parts:
        parts = session.scalars(select(part.record).where(part.belongs_to.in_(ids))).all()
        _become(parts, part.becomes)
    return ids


def _become(rows: Iterable[Record], values: Mapping[str, Any]) -> None:
    for row in rows:
        for name, value in values.items():
            if getattr(row, name) != value:
                setattr(row, name, value)
