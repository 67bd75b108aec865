"""Bugs of the domain: what a handler asks for, or checks too little.

Each is one that others have shipped.
"""

from __future__ import annotations

import socket
import time
from contextlib import ExitStack
from typing import Any

import msgspec
from sqlalchemy import select

from sync import desk
from tests.simulation.planting import bug, handled, put
from visits.appointments import calendar
from visits.archive import rules as archive_rules
from visits.queue import commands as queue_commands
from visits.queue.records import Ticket
from visits.staff import time as staff_time
from visits.staff.records import StaffTime


@bug("C8")
def a_handler_reads_the_clock(stack: ExitStack) -> None:
    def handler(real: Any) -> Any:
        def check_in(session: Any, args: Any, context: Any) -> None:
            real(session, args, context)
            session.get(Ticket, args.ticket_id).note = str(time.time_ns())

        return check_in

    handled(stack, "queue.check_in", handler)


@bug("R6")
def a_handler_has_a_side_effect(stack: ExitStack) -> None:
    def handler(real: Any) -> Any:
        def call(session: Any, args: Any, context: Any) -> None:
            real(session, args, context)
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM).close()

        return call

    handled(stack, "queue.call", handler)


@bug("I4")
def a_ticket_number_is_the_count_and_one(stack: ExitStack) -> None:
    def counting(act: Any) -> Any:
        def issued(self: desk.Desk, arguments: Any, *, actor: str) -> Any:
            if isinstance(arguments, queue_commands.CheckIn):
                with self.node.database.read() as session:
                    today = session.scalars(
                        select(Ticket.id).where(Ticket.number_on == arguments.number_on)
                    ).all()
                number = f"A{len(today) + 1:02d}"
                arguments = msgspec.structs.replace(arguments, number=number)
            return act(self, arguments, actor=actor)

        return issued

    put(stack, queue_commands, "_check_number", lambda there, args: None)
    put(stack, desk.Desk, "issue", counting(desk.Desk.issue))
    put(stack, desk.Desk, "ask", counting(desk.Desk.ask))


@bug("no slot twice")
def a_slot_is_checked_by_reading_alone(stack: ExitStack) -> None:
    def nothing_taken(session: Any, ids: Any, *rest: Any) -> Any:
        return {staff_id: frozenset() for staff_id in ids}

    def claim_what_is_free(session: Any, staff_id: Any, starts: Any, ends: Any) -> None:
        for at in staff_time.granules(starts, ends):
            row_id = staff_time.claim_id(staff_id, at)
            if session.get(StaffTime, row_id) is None:
                session.add(StaffTime(id=row_id, scope="council", staff_id=staff_id, starts_at=at))

    put(stack, calendar, "_taken", nothing_taken)
    put(stack, staff_time, "claim", claim_what_is_free)


@bug("M12")
def who_waits_still_is_put_away_with_the_old_days(stack: ExitStack) -> None:
    put(stack, archive_rules, "NOBODY_WAITS", (*archive_rules.NOBODY_WAITS, "waiting", "on_hold"))


@bug("two counters")
def who_is_called_is_called_to_another_counter(stack: ExitStack) -> None:
    put(stack, queue_commands, "AT_COUNTER", ())


@bug("two counters")
def a_counter_calls_two_people_at_once(stack: ExitStack) -> None:
    put(stack, queue_commands, "check_counter", lambda session, ticket, desk_id: None)
