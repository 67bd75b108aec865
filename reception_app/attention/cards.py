"""What the panel shows, as values: a card a refused command, and what waits to be sent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy.orm import Session

from reception_app.attention.names import Names, moment
from reception_app.attention.ways import can_be_tried_again, free_now
from reception_app.attention.words import command_words, typed_words
from reception_app.desk.saying import refusal_words
from sync.command import Arguments
from sync.errors import SyncError
from sync.node import Node
from sync.standing import Attention, Standing, attention, standing, waiting
from sync.wire import Outcome
from visits.appointments.commands import Book
from visits.appointments.records import Appointment
from visits.appointments.rules import FreeTime
from visits.customers.records import Customer
from visits.home_visits.commands import Agree
from visits.home_visits.records import HomeVisit
from visits.ids import CustomerId, OfficeId, TicketId
from visits.notices.commands import HandOver
from visits.queue.records import Ticket
from visits.words import clock_time

CARDS_MAX = 20
WAITING_MAX = 50
FOR_AN_APPOINTMENT = "Nearest free times. One press books it:"
FOR_A_VISIT = "The officer’s nearest free times. Ask the resident first; one press agrees it:"


class Offer(Struct, frozen=True):
    """A free time, with its officer's name."""

    time: FreeTime
    officer: str


class Card(Struct, frozen=True):
    """A refused command: what was being done, when and by whom, why not, the ways out.

    `offers` is None where another time is no way out; `offered` says what one press does.
    `with_it` are refused records of papers handed out about it: they are dealt with together.
    """

    item: Attention
    headline: str
    by: str
    typed: tuple[tuple[str, str], ...]
    why: str
    tell: str
    offers: tuple[Offer, ...] | None
    offered: str
    can_try_again: bool
    customer_id: CustomerId | None
    ticket_id: TicketId | None
    with_it: tuple[str, ...]

    @property
    def id(self) -> str:
        """The command's id."""
        return self.item.envelope.id

    @property
    def ids(self) -> tuple[str, ...]:
        """All that is dealt with when this is."""
        return (self.id, *self.with_it)


class Line(Struct, frozen=True):
    """A command that waits to be sent."""

    command_id: str
    when: str
    words: str


class Shown(Struct, frozen=True):
    """All that the panel shows. `items` is every refused command, whether it has a card or not."""

    standing: Standing
    items: tuple[Attention, ...]
    cards: tuple[Card, ...]
    cards_in_all: int
    waiting: tuple[Line, ...]


def decisions(session: Session, node: Node) -> tuple[Attention, ...]:
    """The refused commands that a person must decide about, oldest first: one a card.

    A record that a paper was handed out is part of what the paper was about.
    """
    return tuple(_with_their_papers(attention(node, session))[0])


def shown(session: Session, node: Node, *, office_id: OfficeId, now: datetime) -> Shown:
    """What the panel shows now."""
    items = attention(node, session)
    lines = [(e, _opened(node, e)) for e in waiting(session, limit=WAITING_MAX)]
    typed = [*(item.arguments for item in items), *(args for _, args in lines if args)]
    names = Names(session, typed)
    alone, papers = _with_their_papers(items)
    return Shown(
        standing=replace(standing(session), needs_decision=len(alone)),
        items=items,
        cards=tuple(
            _card(names, item, papers.get(item.envelope.id, ()), office_id, now)
            for item in alone[:CARDS_MAX]
        ),
        cards_in_all=len(alone),
        waiting=tuple(
            Line(
                command_id=envelope.id,
                when=clock_time(envelope.issued_at),
                words=command_words(envelope.name, args, names) if args else envelope.name,
            )
            for envelope, args in lines
        ),
    )


def _opened(node: Node, envelope: object) -> Arguments | None:
    try:
        return node.registry.open(envelope)[1]  # type: ignore[arg-type]
    except SyncError:
        return None


def _with_their_papers(
    items: Sequence[Attention],
) -> tuple[list[Attention], dict[str, tuple[str, ...]]]:
    """Parts the records of papers handed out from the commands that the papers were about."""
    causes = {
        notice_id: item.envelope.id
        for item in items
        if (notice_id := getattr(item.arguments, "notice_id", None))
        and not isinstance(item.arguments, HandOver)
    }
    alone: list[Attention] = []
    papers: dict[str, tuple[str, ...]] = {}
    for item in items:
        cause = _cause(item, causes)
        if cause is None:
            alone.append(item)
        else:
            papers[cause] = (*papers.get(cause, ()), item.envelope.id)
    return alone, papers


def _cause(item: Attention, causes: dict[str, str]) -> str | None:
    args = item.arguments
    return causes.get(args.notice_id) if isinstance(args, HandOver) else None


def _card(
    names: Names, item: Attention, papers: Iterable[str], office_id: OfficeId, now: datetime
) -> Card:
    args, outcome, envelope = item.arguments, item.outcome, item.envelope
    customer_id, ticket_id = _about(names, args)
    made_since = _made_since(names, args)
    return Card(
        item=item,
        headline=command_words(envelope.name, args, names),
        by=f"{names.officer(envelope.actor)}, {moment(envelope.issued_at)}",
        typed=typed_words(args),
        why=" ".join(
            (refusal_words(outcome.reason or "refused", outcome.data), made_since)
        ).strip(),
        tell=_tell(names, args, customer_id, office_id, handed_out=bool(tuple(papers))),
        offers=None if made_since else _offers(names, args, outcome, now),
        offered=FOR_A_VISIT if isinstance(args, Agree) else FOR_AN_APPOINTMENT,
        can_try_again=can_be_tried_again(args, outcome),
        customer_id=customer_id if names.of(Customer, customer_id) else None,
        ticket_id=ticket_id if names.of(Ticket, ticket_id) else None,
        with_it=tuple(papers),
    )


def _about(names: Names, args: Arguments) -> tuple[CustomerId | None, TicketId | None]:
    """The person and the ticket that a command is about."""
    ticket_id = getattr(args, "ticket_id", None)
    customer_id = getattr(args, "customer_id", None)
    if customer_id is None and ticket_id is not None:
        customer_id = names.ticket_customer(ticket_id)
    for field, customer_of in (
        ("appointment_id", names.appointment_customer),
        ("visit_id", names.visit_customer),
    ):
        id = getattr(args, field, None)
        if customer_id is None and id is not None:
            customer_id = customer_of(id)
    return customer_id, ticket_id


def _offers(
    names: Names, args: Arguments, outcome: Outcome, now: datetime
) -> tuple[Offer, ...] | None:
    free = free_now(names.session, args, outcome, now)
    return None if free is None else tuple(Offer(t, names.officer(t.staff_id)) for t in free)


def _made_since(names: Names, args: Arguments) -> str:
    """Says so when what was refused was made since, maybe just before the app was closed."""
    if isinstance(args, Book):
        row = names.of(Appointment, args.appointment_id)
        if row is not None and row.state == "booked":
            return f"It is booked now: {names.appointment(args.appointment_id)}."
    if isinstance(args, Agree) and names.of(HomeVisit, args.visit_id) is not None:
        return f"It is agreed now: {names.visit(args.visit_id)}."
    return ""


def _tell(
    names: Names,
    args: Arguments,
    customer_id: CustomerId | None,
    office_id: OfficeId,
    *,
    handed_out: bool,
) -> str:
    """Whom to contact, when a paper in their hands may say what is not so."""
    if not hasattr(args, "notice_id") or customer_id is None:
        return ""
    who, phone = names.person(customer_id), names.phone(customer_id, office_id)
    held = "was given a paper that is not true now" if handed_out else "may believe that it stands"
    way = f"Ring {phone}." if phone else "This desk holds no phone number for them."
    return f"{who} {held}. {way}"
