"""References, and the commands that take an act back."""

from __future__ import annotations

import random
from datetime import timedelta

from reception_app.appointments.booking import (
    REFERENCE_LENGTH,
    REFERENCE_LETTERS,
    move,
    move_back,
    new_reference,
    reinstate,
)
from reception_app.appointments.paper import confirmation_of
from tests.centres import MORNING, OFFICE, SetClock, new_ids
from visits.appointments.queries import AppointmentSheet
from visits.appointments.rules import FreeTime
from visits.ids import AppointmentId, StaffId

IDS = new_ids("booking", SetClock())


def a_sheet(starts_in: timedelta = timedelta(hours=1), **changed: object) -> AppointmentSheet:
    standard: dict[str, object] = {
        "appointment_id": AppointmentId(IDS()),
        "reference": "A7K429TXB",
        "state": "booked",
        "customer_id": "customer",
        "customer": "Dorothy Hughes",
        "service_id": "service",
        "service": "Council tax",
        "duration_minutes": 20,
        "bring": ("Proof of who you are",),
        "office_id": OFFICE,
        "office": "Civic Centre",
        "office_address": "1 Castle Square, AB1 1AA",
        "office_phone": "01632 960 100",
        "staff_id": "amira",
        "officer": "Amira Hassan",
        "starts_at": MORNING + starts_in,
        "ends_at": MORNING + starts_in + timedelta(minutes=20),
        "large_print": False,
        "provisional": False,
    }
    return AppointmentSheet(**(standard | changed))  # type: ignore[arg-type]


def test_a_reference_can_be_read_out_and_typed_back() -> None:
    reference = new_reference(IDS())
    assert reference[0] == "A"
    assert len(reference) == 1 + REFERENCE_LENGTH
    assert set(reference[1:]) <= set(REFERENCE_LETTERS)
    assert not set(REFERENCE_LETTERS) & set("AEIOU01LSZ")
    assert reference == reference.upper()


def test_references_made_without_a_line_do_not_meet() -> None:
    draw = random.Random(5)
    made = {new_reference(f"{draw.getrandbits(128):032x}") for _ in range(50_000)}
    assert len(made) == 50_000


def test_what_has_begun_is_neither_moved_back_nor_reinstated() -> None:
    begun, to_come = a_sheet(timedelta(minutes=-1)), a_sheet()
    elsewhere = MORNING + timedelta(hours=2)
    time = FreeTime(elsewhere, elsewhere + timedelta(minutes=20), StaffId("ola"))
    moved = move(to_come, time, now=MORNING, new_id=IDS)
    assert move_back(begun, moved, now=MORNING, new_id=IDS) is None
    assert reinstate(begun, now=MORNING, new_id=IDS) is None
    back = move_back(to_come, moved, now=MORNING, new_id=IDS)
    assert back is not None
    assert (back.starts_at, back.staff_id) == (to_come.starts_at, to_come.staff_id)
    assert (moved.seen_starts_at, back.seen_starts_at) == (to_come.starts_at, moved.starts_at)


def test_the_paper_is_in_large_print_and_provisional_when_the_appointment_is() -> None:
    paper = confirmation_of(a_sheet(large_print=True, provisional=True))
    assert (paper.large_print, paper.provisional) == (True, True)
    plain = confirmation_of(a_sheet())
    assert (plain.large_print, plain.provisional) == (False, False)
    assert plain.council == "Civic Centre"
