"""Desks and relays join an office."""

from __future__ import annotations

from itertools import product

from sqlalchemy import select
from sqlalchemy.orm import Session

from sync.command import Arguments, Context, Registry
from sync.errors import Refusal
from visits.access.rules import check_is_centre
from visits.ids import DeskId, OfficeId
from visits.offices.records import Desk, Office, Relay, Withdrawal
from visits.record import is_there

COMMANDS = Registry()
LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"
"""Letters of tickets: none that is read as a figure (I, O) or as another letter (Q)."""
SERIES: tuple[str, ...] = (*LETTERS, *map("".join, product(LETTERS, repeat=2)))
"""What the numbers of a desk may begin with; a pair when no letter is left.

A desk that comes back from an old copy of its files is another device. What the numbers of the
former one began with is not given again: that copy may still be at work.
"""


class JoinOffice(Arguments, frozen=True):
    """The issuing device becomes a desk of an office, or is renamed or moved."""

    office_id: OfficeId
    counter_name: str


@COMMANDS.command("offices.join", JoinOffice)
def join_office(session: Session, args: JoinOffice, context: Context) -> None:
    """Anyone setting up a desk. Decided upstream, which gives the next free letter.

    Refused: `not_found` for an unknown office, `no_letter_left`.
    """
    if not is_there(session, (Office, args.office_id)):
        raise Refusal("not_found")
    desk = session.get(Desk, context.device)
    if desk is not None and desk.office_id == args.office_id:
        desk.counter_name = args.counter_name
        return
    letter = _free_letter(session, args.office_id)
    if desk is None:
        desk = Desk(id=context.device, scope="council")
        session.add(desk)
    desk.office_id = args.office_id
    desk.letter = letter
    desk.counter_name = args.counter_name


def _free_letter(session: Session, office_id: OfficeId) -> str:
    taken = set(session.scalars(select(Desk.letter).where(Desk.office_id == office_id)))
    for letter in SERIES:
        if letter not in taken:
            return letter
    raise Refusal("no_letter_left")


class RelayOffice(Arguments, frozen=True):
    """The issuing device is the relay of an office; its desks find it at this address."""

    office_id: OfficeId
    address: str


@COMMANDS.command("offices.relay", RelayOffice)
def relay_office(session: Session, args: RelayOffice, context: Context) -> None:
    """A relay, when it starts. An office has one: the last that said so.

    Refused: `not_found` for an unknown office, `not_a_relay` from a desk, `not_an_address`.
    """
    if not is_there(session, (Office, args.office_id)):
        raise Refusal("not_found")
    if session.get(Desk, context.device) is not None:
        raise Refusal("not_a_relay")
    if not args.address.startswith(("http://", "https://")):
        raise Refusal("not_an_address")
    for other in session.scalars(select(Relay).where(Relay.office_id == args.office_id)):
        if other.id != context.device:
            session.delete(other)
    relay = session.get(Relay, context.device)
    if relay is None:
        relay = Relay(id=context.device, scope="council")
        session.add(relay)
    relay.office_id = args.office_id
    relay.address = args.address


class Withdraw(Arguments, frozen=True):
    """A desk or a relay that is lost, stolen or given away is served no more."""

    device_id: DeskId


@COMMANDS.command("offices.withdraw", Withdraw)
def withdraw(session: Session, args: Withdraw, context: Context) -> None:
    """The central service alone. A desk keeps its letter, because its tickets bear it.

    Refused: `not_allowed`, `not_found` for a device that never joined an office.
    """
    check_is_centre(context)
    relay = session.get(Relay, args.device_id)
    if relay is None and session.get(Desk, args.device_id) is None:
        raise Refusal("not_found")
    if relay is not None:
        session.delete(relay)
    if session.get(Withdrawal, args.device_id) is None:
        session.add(Withdrawal(id=args.device_id, scope="council", withdrawn_at=context.issued_at))
