"""Every command in the words of reception, and what a person typed in it.

Tables alone: a command or a field that is missing here fails a test.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import msgspec

from reception_app.attention.names import Names, moment
from sync.command import Arguments
from visits.customers import needs
from visits.words import long_date, minutes_words

WORDS: dict[str, Callable[[Any, Names], str]] = {
    "offices.relay": lambda a, n: f"Relay for {n.office(a.office_id)} at {a.address}",
    "offices.join": lambda a, n: f"Call this desk ‘{a.counter_name}’ at {n.office(a.office_id)}",
    "customers.add": lambda a, n: f"Add {a.full_name} as a new person",
    "customers.note_needs": lambda a, n: f"Note what helps {n.person(a.customer_id)}",
    "queue.check_in": lambda a, n: (
        f"Check in {n.person(a.customer_id)}, {n.service(a.service_id)}, as {a.number}"
    ),
    "queue.call": lambda a, n: f"Call {n.ticket(a.ticket_id)}",
    "queue.serve": lambda a, n: f"Begin to serve {n.ticket(a.ticket_id)}",
    "queue.hold": lambda a, n: f"Put {n.ticket(a.ticket_id)} on hold",
    "queue.return": lambda a, n: f"Put {n.ticket(a.ticket_id)} back in the queue",
    "queue.no_show": lambda a, n: f"Record that {n.ticket(a.ticket_id)} was not here",
    "queue.leave": lambda a, n: f"Record that {n.ticket(a.ticket_id)} has left",
    "queue.finish": lambda a, n: f"Finish {n.ticket(a.ticket_id)}",
    "queue.transfer": lambda a, n: f"Transfer {n.ticket(a.ticket_id)} to {n.service(a.service_id)}",
    "queue.undo": lambda a, n: f"Undo what was last done with {n.ticket(a.ticket_id)}",
    "queue.undo_check_in": lambda a, n: f"Undo the check-in of {n.ticket(a.ticket_id)}",
    "appointments.book": lambda a, n: (
        f"Book {n.person(a.customer_id)}, {n.service(a.service_id)}, "
        f"{moment(a.starts_at)} with {n.officer(a.staff_id)}"
    ),
    "appointments.move": lambda a, n: (
        f"Move {n.appointment(a.appointment_id)} to {moment(a.starts_at)} "
        f"with {n.officer(a.staff_id)}"
    ),
    "appointments.cancel": lambda a, n: f"Cancel {n.appointment(a.appointment_id)}",
    "appointments.reinstate": lambda a, n: (
        f"Take back the cancelling of {n.appointment(a.appointment_id)}"
    ),
    "rooms.ask": lambda a, n: (
        f"Note that {n.ticket(a.ticket_id)} "
        + ("would like to talk in private" if a.wants_private else "need not talk in private")
    ),
    "rooms.hold": lambda a, n: (
        f"Hold {n.room(a.room_id)}" + (f" for {n.ticket(a.ticket_id)}" if a.ticket_id else "")
    ),
    "rooms.undo_hold": lambda a, n: f"Undo holding {n.room_of_use(a.room_use_id)}",
    "rooms.release": lambda a, n: f"Release {n.room_of_use(a.room_use_id)}",
    "rooms.undo_release": lambda a, n: f"Undo releasing {n.room_of_use(a.room_use_id)}",
    "home_visits.agree": lambda a, n: (
        f"Agree a visit to {a.who_to_see}, {moment(a.planned_at)} with {n.officer(a.staff_id)}"
    ),
    "home_visits.undo_agree": lambda a, n: f"Undo agreeing {n.visit(a.visit_id)}",
    "home_visits.set_off": lambda a, n: f"Set off for {n.visit(a.visit_id)}",
    "home_visits.delay": lambda a, n: f"Delay {n.visit(a.visit_id)} by {minutes_words(a.minutes)}",
    "home_visits.arrive": lambda a, n: f"Arrive for {n.visit(a.visit_id)}",
    "home_visits.finish": lambda a, n: f"Finish {n.visit(a.visit_id)}",
    "home_visits.no_answer": lambda a, n: f"Record that nobody answered: {n.visit(a.visit_id)}",
    "home_visits.undo_step": lambda a, n: f"Undo the last step of {n.visit(a.visit_id)}",
    "notices.hand_over": lambda a, n: f"Record that the {n.notice(a.notice_id)} was {a.way}",
    "offices.withdraw": lambda a, n: "Withdraw a computer from the council’s service",
    "erasure.erase": lambda a, n: f"Erase what is held of {n.person(a.customer_id)}",
    "archive.put_away": lambda a, n: "Put away what is over",
    "imports.take_in": lambda a, n: "Take in rows of the council’s own lists",
}

TYPED: dict[str, str] = {
    "reference": "Reference",
    "full_name": "Name",
    "known_as": "Known as",
    "born_on": "Date of birth",
    "postcode": "Postcode",
    "phone": "Phone",
    "email": "Email",
    "address": "Address",
    "language": "Language",
    "access_needs": "What helps",
    "priority": "Cannot wait",
    "wants_private": "Would like to talk in private",
    "note": "Note",
    "reason": "Reason",
    "who_to_see": "Who to see",
    "bring": "Bring",
    "window_starts_at": "From",
    "window_ends_at": "To",
    "planned_at": "Planned for",
    "duration_minutes": "Lasts",
    "minutes_planned": "Planned for",
    "minutes": "Delay",
    "id_shown": "ID card shown",
    "details_withheld": "Officer’s details withheld",
}
"""What a person typed or chose, by the name of the field, in words."""

IN_THE_WORDS = frozenset({"counter_name", "number", "starts_at"})
"""What a person chose that the words of every such command say already."""

MADE_BY_THE_DESK = frozenset(
    {
        "agreed_at", "arrived_at", "at", "before_on", "booked_at", "cancelled_at", "from_at",
        "moved_at", "number_on", "on_date", "reinstated_at", "removed", "scope", "seen_starts_at",
        "source", "tables", "way",
    }
)  # fmt: skip
"""Fields no person typed. Those that end in `_id` are none either."""


def command_words(name: str, args: Arguments, names: Names) -> str:
    """A command in words: Book Łukasz Nowak, Housing options, Thursday 26 November 2026 at 10am."""
    say = WORDS.get(name)
    return say(args, names) if say else name


def typed_words(args: Arguments) -> tuple[tuple[str, str], ...]:
    """All that was typed in a command: labels and values, without what was left as it comes."""
    shown = []
    for field in msgspec.structs.fields(type(args)):
        value = getattr(args, field.name)
        if field.name in TYPED and value not in (field.default, None, "", [], ()):
            shown.append((TYPED[field.name], _value_words(value)))
    return tuple(shown)


def _value_words(value: Any) -> str:
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return long_date(value)
    if isinstance(value, int):
        return minutes_words(value)
    if isinstance(value, (list, tuple)):
        return ", ".join(needs.words(item) for item in value)
    return str(value)
