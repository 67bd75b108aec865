"""`reception-central withdraw`: a device that is lost, stolen or given away is served no more."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from sync.node import Node
from sync.service.seen import forget
from visits.central.issuing import issue_as_centre
from visits.ids import DeskId
from visits.offices.commands import Withdraw
from visits.offices.records import Desk, Office, Relay, Withdrawal


class NoSuchDevice(Exception):
    """Nothing, or more than one thing, is called so; the text says what there is."""


def withdraw_device(
    node: Node, called: str, *, new_id: Callable[[], str], now: datetime
) -> tuple[str, str]:
    """Withdraw the desk or relay of this id or name; says its name and its id.

    Raises NoSuchDevice, with nothing changed, and what `decide` raises.
    """
    with node.database.read() as session:
        names = device_names(session)
        withdrawn = set(session.scalars(select(Withdrawal.id)))
    found = [
        each
        for each, name in names.items()
        if called == each or (called == name and each not in withdrawn)
    ]
    if len(found) != 1:
        raise NoSuchDevice(_said(called, names, withdrawn, is_ambiguous=bool(found)))
    [device] = found
    issue_as_centre(node, Withdraw(device_id=DeskId(device)), new_id=new_id, now=now)
    with node.database.write() as session:
        # It is not a desk that was not seen for long.
        forget(session, device)
    return names[device], device


def device_names(session: Session) -> dict[str, str]:
    """What each desk and relay is called, by its id."""
    offices = {office.id: office.name for office in session.scalars(select(Office))}
    desks = {
        desk.id: f"{offices.get(desk.office_id, desk.office_id)}, {desk.counter_name}"
        for desk in session.scalars(select(Desk))
    }
    relays = {
        relay.id: f"{offices.get(relay.office_id, relay.office_id)}, relay"
        for relay in session.scalars(select(Relay))
    }
    return desks | relays


def _said(called: str, names: dict[str, str], withdrawn: set[str], *, is_ambiguous: bool) -> str:
    first = (
        f"More than one device is called {called!r}. Give the id of the one that is meant:"
        if is_ambiguous
        else f"No device is called {called!r}. There are:"
    )
    lines = [
        f"  {name} ({device}){', withdrawn' if device in withdrawn else ''}"
        for device, name in sorted(names.items(), key=lambda item: (item[1], item[0]))
    ]
    return "\n".join([first, *(lines or ["  none: no desk has joined an office yet"])])
