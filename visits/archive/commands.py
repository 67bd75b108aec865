"""What is over leaves the desks: its rows go to a scope that no device may read.

The centre keeps them for as long as the law asks. At a desk they would only be a risk, and weight.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from sync.command import Arguments, Context, Registry
from sync.errors import Refusal
from visits.access.rules import check_is_centre
from visits.archive.rules import RULES
from visits.calendar.local_time import local_date
from visits.scopes import is_archive, of_archive

COMMANDS = Registry()
PUT_AWAY_AT_ONCE_MAX = 200
"""Tickets, appointments and the like with all that belongs to each: others write in between."""


class PutAway(Arguments, frozen=True):
    """What was over in a scope before a local day began."""

    scope: str
    before_on: date


@COMMANDS.command("archive.put_away", PutAway)
def put_away(session: Session, args: PutAway, context: Context) -> None:
    """The central service alone; at most 200 at once, oldest first.

    Refused: `not_allowed`, `not_over` for a day that has not begun or lasts, `not_found` for an
    archive itself.
    """
    check_is_centre(context)
    if args.before_on > local_date(context.issued_at):
        raise Refusal("not_over")
    if is_archive(args.scope):
        raise Refusal("not_found")
    left = PUT_AWAY_AT_ONCE_MAX
    for rule in RULES:
        rows = session.scalars(rule.over_in(args.scope, args.before_on).limit(left)).all()
        for row in rows:
            row.scope = of_archive(args.scope)
        ids = [row.id for row in rows]
        for record, belongs_to in rule.with_it:
            for part in session.scalars(select(record).where(belongs_to.in_(ids))):
                part.scope = of_archive(part.scope)
        left -= len(rows)
