"""The ways out of a refusal: other free times, or the same once more."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec
from msgspec import Struct
from sqlalchemy.orm import Session

from sync.command import Arguments
from sync.wire import Outcome
from visits.appointments.commands import NEAREST_DAYS, NEAREST_SHOWN, Book, Move
from visits.appointments.queries import week_of
from visits.appointments.records import Appointment
from visits.appointments.rules import FreeTime, WhyNot, nearest
from visits.calendar.local_time import local_date
from visits.ids import AppointmentId, NoticeId, OfficeId, ServiceId
from visits.queue.commands import CheckIn
from visits.queue.queries import number_for

NewId = Callable[[], str]

NEVER_AGAIN = frozenset(
    {
        *WhyNot, "already_arrived", "already_called", "already_released", "appointment_cancelled",
        "built_upon", "id_taken", "malformed", "minutes_out_of_range",
        "not_allowed", "note_too_long", "other_office", "outside_window", "too_large", "too_many",
        "unknown_table", "unknown_way", "window_backwards", "wrong_field", "wrong_row",
    }
)  # fmt: skip
"""Reasons that the same command would meet again, whenever it is tried."""


class Wanted(Struct, frozen=True):
    """What a refused booking was for; the way out is another time of the same."""

    office_id: OfficeId
    service_id: ServiceId
    starts_at: datetime


def wanted(session: Session, args: Arguments, outcome: Outcome) -> Wanted | None:
    """What to look for free times of; None where another time is no way out."""
    if outcome.reason not in set(WhyNot):
        return None
    if isinstance(args, Book):
        return Wanted(args.office_id, args.service_id, args.starts_at)
    if isinstance(args, Move):
        row = session.get(Appointment, args.appointment_id)
        if row is not None and row.state == "booked":
            return Wanted(OfficeId(row.office_id), ServiceId(row.service_id), args.starts_at)
    return None


def free_now(
    session: Session, wish: Wanted, outcome: Outcome, now: datetime
) -> tuple[FreeTime, ...]:
    """The nearest free times: those the centre gave while all are free, else found here anew."""
    around = max(wish.starts_at, now)
    from_on = max(local_date(now), local_date(around - timedelta(days=NEAREST_DAYS)))
    days = week_of(
        session,
        office_id=wish.office_id,
        service_id=wish.service_id,
        monday=from_on,
        days=(local_date(around + timedelta(days=NEAREST_DAYS)) - from_on).days + 1,
        now=now,
    )
    free = {(item.starts_at, item.staff_id): item for day in days for item in day.free}
    given = [
        (datetime.fromisoformat(starts_at), staff_id)
        for starts_at, staff_id in outcome.data.get("nearest", ())
    ]
    if given and all(time in free for time in given):
        return tuple(free[time] for time in given)
    return nearest(free.values(), wish.starts_at, count=NEAREST_SHOWN)


def at_another_time(
    session: Session, args: Book | Move, time: FreeTime, *, now: datetime, new_id: NewId
) -> Book | Move:
    """The same booking or move at another time.

    It keeps its ids and its reference: a paper handed out with them stays good, and pressing
    twice books once. Only when the appointment was made and cancelled since are they new.
    """
    if isinstance(args, Move):
        moved: Move = msgspec.structs.replace(
            args, staff_id=time.staff_id, starts_at=time.starts_at, moved_at=now
        )
        return moved
    booked: Book = msgspec.structs.replace(
        args, staff_id=time.staff_id, starts_at=time.starts_at, booked_at=now
    )
    if session.get(Appointment, args.appointment_id) is None:
        return booked
    return msgspec.structs.replace(
        booked, appointment_id=AppointmentId(new_id()), notice_id=NoticeId(new_id())
    )


def can_be_tried_again(args: Arguments, outcome: Outcome) -> bool:
    """Whether the same command may end otherwise now."""
    return outcome.reason not in NEVER_AGAIN


def the_same_again(
    session: Session, args: Arguments, outcome: Outcome, *, desk_id: str
) -> Arguments:
    """The same arguments; a ticket number that clashed is counted anew."""
    if isinstance(args, CheckIn) and outcome.reason == "number_taken":
        number = number_for(session, desk_id, args.number_on)
        return msgspec.structs.replace(args, number=number)
    return args
