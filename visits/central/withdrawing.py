"""`reception-central withdraw`: a device that is lost, stolen or given away is served no more."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from msgspec import Struct
from sqlalchemy import select
from sqlalchemy.orm import Session

from sync.node import Node
from sync.service.seen import forget
from sync.service.state import desks
from visits.calendar.local_time import local_date
from visits.central.issuing import issue_as_centre
from visits.ids import DeskId, StretchId, TicketId
from visits.offices.commands import Withdraw
from visits.offices.records import Desk, Office, Relay, Withdrawal
from visits.queue.commands import Return
from visits.queue.records import Ticket
from visits.queue.turns import AT_COUNTER
from visits.words import clock_time, short_date


class NoSuchDevice(Exception):
    """Nothing, or more than one thing, is called so; the text says what there is."""


class Gone(Struct, frozen=True):
    """A device that was withdrawn, now or before, and whose numbers wait again because of it."""

    device: str
    name: str
    was_before: bool
    waiting_again: tuple[str, ...]


def withdraw_device(node: Node, called: str, *, new_id: Callable[[], str], now: datetime) -> Gone:
    """Withdraw the desk or relay of this id or name; whoever was called to it waits again.

    Raises NoSuchDevice, with nothing changed, and what `decide` raises.
    """
    with node.database.read() as session:
        names = device_names(session)
        withdrawn = set(session.scalars(select(Withdrawal.id)))
        device = _meant(session, called, names, withdrawn)
        at_counter = session.execute(
            select(Ticket.id, Ticket.number).where(
                Ticket.desk_id == device, Ticket.state.in_(AT_COUNTER)
            )
        ).all()
    issue_as_centre(node, Withdraw(device_id=DeskId(device)), new_id=new_id, now=now)
    again = []
    for ticket_id, number in at_counter:
        act = Return(ticket_id=TicketId(ticket_id), stretch_id=StretchId(new_id()), at=now)
        if issue_as_centre(node, act, new_id=new_id, now=now).state == "accepted":
            again.append(number)
    with node.database.write() as session:
        # It is not a desk that was not seen for long.
        forget(session, device)
    return Gone(device, names[device], device in withdrawn, tuple(sorted(again)))


def device_names(session: Session) -> dict[str, str]:
    """What each desk and relay is called, by its id."""
    offices = {office.id: office.name for office in session.scalars(select(Office))}
    at: list[tuple[Desk | Relay, str]] = [
        (desk, desk.counter_name) for desk in session.scalars(select(Desk))
    ]
    at += [(relay, "relay") for relay in session.scalars(select(Relay))]
    return {each.id: f"{offices.get(each.office_id, each.office_id)}, {name}" for each, name in at}


def _meant(session: Session, called: str, names: dict[str, str], withdrawn: set[str]) -> str:
    if called in names:
        return called
    alike = [each for each, name in names.items() if _folded(name) == _folded(called)]
    served = [each for each in alike if each not in withdrawn]
    if len(served) == 1:
        return served[0]
    if served:
        first = f"More than one device is called {called!r}. Give the id of the one that is meant:"
    elif alike:
        first = f"{called!r} is withdrawn already:"
    else:
        first = f"No device is called {called!r}. There are:"
    shown = served or alike or list(names)
    raise NoSuchDevice("\n".join([first, *_lines(session, shown, names, withdrawn)]))


def _folded(name: str) -> str:
    return "".join(name.split()).casefold()


def _lines(
    session: Session, shown: Iterable[str], names: dict[str, str], withdrawn: set[str]
) -> list[str]:
    seen = {each.device: each.seen_at for each in desks(session)}
    lines = []
    for device in sorted(shown, key=lambda each: (names[each], each)):
        about = "withdrawn" if device in withdrawn else "not seen yet"
        if device in seen:
            at = seen[device]
            about = f"last seen {clock_time(at)} on {short_date(local_date(at))}"
        lines.append(f"  {names[device]} ({device}), {about}")
    return lines or ["  none: no desk has joined an office yet"]
