"""`reception-central erase`: a person goes, and so does what the log of the centre says of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

import msgspec
from sqlalchemy import func, select, true
from sqlalchemy.orm import Session

from sync.erasure import forget, forget_beside_rows, last_named, naming
from sync.node import Node, fact, set_fact
from sync.pruning import forget_changes
from visits.central.issuing import issue_as_centre
from visits.customers.records import Customer
from visits.erasure.commands import Erase
from visits.erasure.queries import to_erase_again, what_is_open
from visits.erasure.records import Erasure
from visits.ids import CustomerId
from visits.words import long_date

LOOKED_UPTO = "erasures_looked_upto"
"""Up to which command of the log all erased people of then are forgotten."""
DONE = "erasures_done"
"""The ids of the commands that erased somebody who is forgotten in all of it."""
OPEN_SHOWN_MAX = 12
STILL_OPEN = "Not erased: this is not over. Let it be finished or cancelled first."


class CannotErase(Exception):
    """Nobody was erased; the text says why."""


def erase_person(node: Node, reference: str, *, new_id: Callable[[], str], now: datetime) -> None:
    """Erase who has this reference. Raises CannotErase, and what `decide` raises."""
    customer_id = person_of(node, reference)
    outcome = issue_as_centre(node, Erase(customer_id=customer_id), new_id=new_id, now=now)
    if outcome.reason == "still_open":
        raise CannotErase("\n".join([STILL_OPEN, *_open(node, customer_id, now)]))
    if outcome.state != "accepted":
        raise CannotErase(f"The centre said {outcome.reason}. Try again.")
    forget_the_erased(node)


def what_would_go(node: Node, reference: str, *, now: datetime) -> Iterator[str]:
    """Who would be erased, and what stands in the way. Raises CannotErase."""
    customer_id = person_of(node, reference)
    with node.database.read() as session:
        person = session.get_one(Customer, customer_id)
        born = f", born {long_date(person.born_on)}" if person.born_on else ""
        yield f"{person.full_name}{born}, has the reference {person.reference}."
    waiting = _open(node, customer_id, now)
    if waiting:
        yield "They cannot be erased yet, because this is not over:"
        yield from waiting
        return
    yield "With --yes they are erased here and at every desk, and what was done for them stays as a"
    yield "figure. It cannot be undone."


def _open(node: Node, customer_id: CustomerId, now: datetime) -> list[str]:
    with node.database.read() as session:
        found = what_is_open(session, customer_id, now)
    more = len(found) - OPEN_SHOWN_MAX
    return [f"  {each}" for each in found[:OPEN_SHOWN_MAX]] + (
        [f"  and {more} more"] if more > 0 else []
    )


def person_of(node: Node, reference: str) -> CustomerId:
    """Who has a reference, however it is spaced and cased. Raises CannotErase for none or two."""
    wanted = "".join(reference.split()).upper()
    with node.database.read() as session:
        found = session.scalars(
            select(Customer.id).where(func.upper(Customer.reference) == wanted)
        ).all()
    if len(found) != 1:
        raise CannotErase(
            "More than one person has this reference."
            if found
            else "Nobody has this reference. That is not to say that the council holds nothing of "
            "them: a person's reference is such as C100117, and Ctrl+K at a desk shows it beside "
            "their name."
        )
    return CustomerId(found[0])


def erase_again(node: Node, *, new_id: Callable[[], str], now: datetime) -> None:
    """Erase what a desk without a line did for somebody who was erased meanwhile, once it is over.

    Raises what `decide` raises.
    """
    with node.database.read() as session:
        again = to_erase_again(session, now)
    for customer_id in again:
        issue_as_centre(node, Erase(customer_id=customer_id), new_id=new_id, now=now)


def forget_the_erased(node: Node) -> None:
    """Forget what the log and the changes kept say of who was erased; again is harmless.

    Looked for beside the desks' work, which waits for what is found alone. One that is cut short is
    done again the next time.
    """
    with node.database.read() as session:
        people = {row.command_id: row for row in session.scalars(select(Erasure))}
        done = _done(session)
        looked_upto = int(fact(session, LOOKED_UPTO) or 0)
    if not people:
        return
    new = [people[each] for each in sorted(people.keys() - done)]
    last = _look(node, _ids(people.values()), after=0 if new else looked_upto)
    if new:
        with node.database.read() as session:
            upto = last_named(session, Erasure.__tablename__, _ids(new))
        with node.database.write() as session:
            # Desks that have not come so far yet take these scopes as they are now.
            forget_changes(session, upto=upto)
    with node.database.write() as session:
        if new:
            forget_beside_rows(node, session)
        set_fact(session, DONE, msgspec.json.encode(sorted(people)).decode())
        set_fact(session, LOOKED_UPTO, str(last))


def _done(session: Session) -> set[str]:
    known = fact(session, DONE)
    return set(msgspec.json.decode(known, type=list[str])) if known else set()


def _ids(erasures: Iterable[Erasure]) -> frozenset[str]:
    return frozenset(row_id for erasure in erasures for row_id in erasure.row_ids)


def _look(node: Node, ids: frozenset[str], *, after: int) -> int:
    """Go through the log; says how far."""
    while True:
        with node.database.read() as session:
            found, last = naming(session, ids, true(), after=after)
        if last is None:
            return after
        if found:
            with node.database.write() as session:
                forget(session, found)
        after = last
