"""The ways out of a refusal: other free times, or the same once more."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec
from msgspec import Struct
from sqlalchemy.orm import Session

from sync.command import Arguments
from sync.wire import Outcome
from visits.appointments.commands import NEAREST_DAYS, NEAREST_SHOWN, Book, Cancel, Move
from visits.appointments.queries import week_of
from visits.appointments.records import Appointment
from visits.appointments.rules import FreeTime, WhyNot, nearest
from visits.calendar.local_time import local_date
from visits.home_visits.commands import Agree
from visits.home_visits.planning import nearest_starts, window_around
from visits.home_visits.records import HomeVisit
from visits.ids import AppointmentId, NoticeId, OfficeId, ServiceId, VisitId
from visits.queue.commands import CheckIn
from visits.queue.queries import number_for
from visits.staff.records import StaffMember

NewId = Callable[[], str]

NEVER_AGAIN = frozenset(
    {
        *WhyNot, "already_arrived", "already_called", "already_released", "appointment_cancelled",
        "built_upon", "id_taken", "malformed", "minutes_out_of_range",
        "not_allowed", "note_too_long", "other_office", "outside_window",
        "too_large", "too_many",
        "unknown_table", "unknown_way", "window_backwards", "wrong_field", "wrong_row",
    }
)  # fmt: skip
"""Reasons that the same command would meet again, whenever it is tried."""


Timed = Book | Move | Agree
"""What was refused for its time, and is kept at another."""


class Wanted(Struct, frozen=True):
    """What a refused booking was for; the way out is another time of the same."""

    office_id: OfficeId
    service_id: ServiceId
    starts_at: datetime


def free_now(
    session: Session, args: Arguments, outcome: Outcome, now: datetime
) -> tuple[FreeTime, ...] | None:
    """The nearest free times for the same; None where another time is no way out.

    Those the centre gave while all are free, else found here anew.
    """
    if outcome.reason not in set(WhyNot):
        return None
    if isinstance(args, Agree):
        return _free_for_visit(session, args, now)
    wish = _wanted(session, args)
    return None if wish is None else _free_for_appointment(session, wish, outcome, now)


def _wanted(session: Session, args: Arguments) -> Wanted | None:
    if isinstance(args, Book):
        return Wanted(args.office_id, args.service_id, args.starts_at)
    if isinstance(args, Move):
        row = session.get(Appointment, args.appointment_id)
        if row is not None and row.state == "booked":
            return Wanted(OfficeId(row.office_id), ServiceId(row.service_id), args.starts_at)
    return None


def _free_for_visit(session: Session, args: Agree, now: datetime) -> tuple[FreeTime, ...] | None:
    if session.get(StaffMember, args.staff_id) is None:
        return None
    starts = nearest_starts(
        session,
        max(args.planned_at, now),
        staff_id=args.staff_id,
        duration_minutes=args.duration_minutes,
        now=now,
    )
    takes = timedelta(minutes=args.duration_minutes)
    return tuple(FreeTime(at, at + takes, args.staff_id) for at in starts)


def _free_for_appointment(
    session: Session, wish: Wanted, outcome: Outcome, now: datetime
) -> tuple[FreeTime, ...]:
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
    session: Session, args: Timed, time: FreeTime, *, now: datetime, new_id: NewId
) -> Timed:
    """The same booking, move or visit at another time.

    It keeps its ids and its reference: a paper handed out with them stays good, and pressing
    twice books once. Only when it was made and cancelled since are they new.
    """
    if isinstance(args, Agree):
        return _visit_at(session, args, time, now=now, new_id=new_id)
    if isinstance(args, Move):
        row = session.get(Appointment, args.appointment_id)
        moved: Move = msgspec.structs.replace(
            args,
            staff_id=time.staff_id,
            starts_at=time.starts_at,
            moved_at=now,
            seen_starts_at=row.starts_at if row else None,
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


def _visit_at(
    session: Session, args: Agree, time: FreeTime, *, now: datetime, new_id: NewId
) -> Agree:
    length = args.window_ends_at - args.window_starts_at
    begins_at, ends_at = window_around(time.starts_at, length, now=now)
    agreed: Agree = msgspec.structs.replace(
        args,
        planned_at=time.starts_at,
        window_starts_at=begins_at,
        window_ends_at=ends_at,
        agreed_at=now,
    )
    if session.get(HomeVisit, args.visit_id) is None:
        return agreed
    return msgspec.structs.replace(agreed, visit_id=VisitId(new_id()), notice_id=NoticeId(new_id()))


def can_be_tried_again(args: Arguments, outcome: Outcome) -> bool:
    """Whether the same command may end otherwise now."""
    return outcome.reason not in NEVER_AGAIN


def the_same_again(
    session: Session, args: Arguments, outcome: Outcome, *, desk_id: str
) -> Arguments:
    """The same arguments, decided upon what stands now: that was seen with the card.

    A ticket number that clashed is counted anew.
    """
    if isinstance(args, (Move, Cancel)) and outcome.reason == "time_changed":
        row = session.get(Appointment, args.appointment_id)
        return msgspec.structs.replace(args, seen_starts_at=row.starts_at if row else None)
    if isinstance(args, CheckIn) and outcome.reason == "number_taken":
        number = number_for(session, desk_id, args.number_on)
        return msgspec.structs.replace(args, number=number)
    return args
