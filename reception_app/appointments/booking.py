"""What is being booked, as the page holds it, and the commands that acts become."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from msgspec import Struct

from visits.appointments.commands import Book, Cancel, Move, Reinstate
from visits.appointments.queries import AppointmentSheet
from visits.appointments.rules import FreeTime
from visits.ids import AppointmentId, CustomerId, NoticeId, OfficeId, ServiceId

REFERENCE_LETTERS = "23456789BCDFGHJKMNPQRTVWXY"
"""No letter that is read as a figure, and no vowels: a reference spells no word."""
REFERENCE_LENGTH = 8

NewId = Callable[[], str]


class Wish(Struct, frozen=True):
    """Who it is for and what for, all of it known."""

    customer_id: CustomerId
    service_id: ServiceId
    time: FreeTime
    note: str


def new_reference(appointment_id: str) -> str:
    """A reference that can be read out, from the random part of an id: A and eight letters."""
    number = int(appointment_id.replace("-", "")[-16:], 16)
    letters = ""
    for _ in range(REFERENCE_LENGTH):
        number, letter = divmod(number, len(REFERENCE_LETTERS))
        letters += REFERENCE_LETTERS[letter]
    return f"A{letters}"


def book(wish: Wish, *, office_id: OfficeId, now: datetime, new_id: NewId) -> Book:
    """The command that books what is wished."""
    appointment_id = new_id()
    return Book(
        appointment_id=AppointmentId(appointment_id),
        notice_id=NoticeId(new_id()),
        reference=new_reference(appointment_id),
        office_id=office_id,
        service_id=wish.service_id,
        staff_id=wish.time.staff_id,
        customer_id=wish.customer_id,
        starts_at=wish.time.starts_at,
        booked_at=now,
        note=wish.note,
    )


def move(found: AppointmentSheet, to: FreeTime, *, now: datetime, new_id: NewId) -> Move:
    """The command that moves an appointment."""
    return _move(found, to, seen_starts_at=found.starts_at, now=now, new_id=new_id)


def move_back(found: AppointmentSheet, moved: Move, *, now: datetime, new_id: NewId) -> Move | None:
    """The command that puts a moved appointment back; None when its old time has passed."""
    if found.starts_at <= now:
        return None
    return _move(found, found, seen_starts_at=moved.starts_at, now=now, new_id=new_id)


def _move(
    found: AppointmentSheet,
    to: FreeTime | AppointmentSheet,
    *,
    seen_starts_at: datetime,
    now: datetime,
    new_id: NewId,
) -> Move:
    return Move(
        appointment_id=found.appointment_id,
        notice_id=NoticeId(new_id()),
        staff_id=to.staff_id,
        starts_at=to.starts_at,
        moved_at=now,
        seen_starts_at=seen_starts_at,
    )


def cancel(
    appointment_id: AppointmentId, starts_at: datetime, *, now: datetime, new_id: NewId
) -> Cancel:
    """The command that cancels an appointment at this time: the undo of a booking too."""
    return Cancel(
        appointment_id=appointment_id,
        notice_id=NoticeId(new_id()),
        cancelled_at=now,
        seen_starts_at=starts_at,
    )


def reinstate(found: AppointmentSheet, *, now: datetime, new_id: NewId) -> Reinstate | None:
    """The command that takes a cancelling back; None when the time has passed."""
    if found.starts_at <= now:
        return None
    return Reinstate(
        appointment_id=found.appointment_id, notice_id=NoticeId(new_id()), reinstated_at=now
    )
