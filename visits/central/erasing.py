"""`reception-central erase`: a person goes, and so does what the log of the centre says of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Set
from datetime import datetime

import msgspec
from sqlalchemy import select, true
from sqlalchemy.orm import Session

from sync.erasure import forget_next_commands, names_one_of
from sync.node import Node, fact, set_fact
from sync.pruning import forget_changes
from sync.tables import change
from visits.central.issuing import issue_as_centre
from visits.customers.records import Customer
from visits.erasure.commands import Erase
from visits.erasure.queries import with_new_rows
from visits.erasure.records import Erasure
from visits.ids import CustomerId

LOOKED_UPTO = "erasures_looked_upto"
"""Up to which command of the log all erased people of then are forgotten."""
CHANGES_A_LOOK = 1_000
DONE = "erasures_done"
"""The ids of the commands that erased somebody who is forgotten in all of it."""


class CannotErase(Exception):
    """Nobody was erased; the text says why."""


def erase_person(node: Node, reference: str, *, new_id: Callable[[], str], now: datetime) -> None:
    """Erase who has this reference. Raises CannotErase, and what `decide` raises."""
    customer_id = person_of(node, reference)
    outcome = issue_as_centre(node, Erase(customer_id=customer_id), new_id=new_id, now=now)
    if outcome.state != "accepted":
        raise CannotErase(WHY_NOT.get(outcome.reason or "", f"The centre said {outcome.reason}."))
    forget_the_erased(node)


WHY_NOT = {
    "still_open": "They have a ticket, an appointment or a home visit that is not over. Let it be "
    "finished or cancelled first.",
    "not_found": "They have been erased meanwhile.",
}


def person_of(node: Node, reference: str) -> CustomerId:
    """Who has a reference. Raises CannotErase when nobody or more than one has."""
    with node.database.read() as session:
        found = session.scalars(select(Customer.id).where(Customer.reference == reference)).all()
    if len(found) != 1:
        raise CannotErase(
            "Nobody has this reference." if not found else "More than one person has it."
        )
    return CustomerId(found[0])


def erase_again(node: Node, *, new_id: Callable[[], str], now: datetime) -> None:
    """Erase what a desk without a line did for somebody who was erased meanwhile, once it is over.

    Raises what `decide` raises.
    """
    with node.database.read() as session:
        again = with_new_rows(session, now)
    for customer_id in again:
        issue_as_centre(node, Erase(customer_id=customer_id), new_id=new_id, now=now)


def forget_the_erased(node: Node) -> None:
    """Forget what the log and the changes kept say of who was erased; again is harmless.

    In steps, because desks write in between; one that is cut short is gone on with the next time.
    """
    with node.database.read() as session:
        people = {row.command_id: row for row in session.scalars(select(Erasure))}
        done = _done(session)
        looked_upto = int(fact(session, LOOKED_UPTO) or 0)
    new = [people[each] for each in sorted(people.keys() - done)]
    if new:
        _look(node, _ids(new), after=0)
        upto = _last_named(node, _ids(new), but_by=people.keys())
        with node.database.write() as session:
            # Desks that have not come so far yet take these scopes as they are now.
            forget_changes(session, upto=upto)
            set_fact(session, DONE, msgspec.json.encode(sorted(people)).decode())
    if people:
        last = _look(node, _ids(people.values()), after=looked_upto)
        with node.database.write() as session:
            set_fact(session, LOOKED_UPTO, str(last))


def _done(session: Session) -> set[str]:
    known = fact(session, DONE)
    return set(msgspec.json.decode(known, type=list[str])) if known else set()


def _ids(erasures: Iterable[Erasure]) -> frozenset[str]:
    return frozenset(row_id for erasure in erasures for row_id in erasure.row_ids)


def _look(node: Node, ids: frozenset[str], *, after: int) -> int:
    """Go through the log; says how far."""
    while True:
        with node.database.write() as session:
            last = forget_next_commands(session, ids, true(), after=after)
        if last is None:
            return after
        after = last


def _last_named(node: Node, ids: frozenset[str], *, but_by: Set[str]) -> dict[str, int]:
    """The last change of each scope that names one of these rows, but for what erased them."""
    asked = select(change.c.scope, change.c.number, change.c.command_id, change.c.rows)
    named: dict[str, int] = {}
    with node.database.read() as session:
        rows = session.execute(asked.execution_options(yield_per=CHANGES_A_LOOK))
        for scope, number, command_id, images in rows:
            if command_id not in but_by and names_one_of(ids, images.encode()):
                named[scope] = max(named.get(scope, 0), number)
    return named
