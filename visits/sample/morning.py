"""A morning in progress: eight waiting, one on hold, two at counters, fourteen finished.

Among those who wait are three with an appointment: one due, one too early, one too late.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from msgspec import Struct

from sync.record import to_milliseconds
from visits.calendar.local_time import local_date
from visits.sample.calendar import DURATIONS, Rows, add_appointment
from visits.sample.council import SERVICES, Member, members, service_id
from visits.sample.people import Resident
from visits.scopes import of_office

SLOT = timedelta(minutes=5)
APPOINTMENT_MINUTES_MAX = 30
Life = tuple[tuple[str, int], ...]


class Comer(Struct, frozen=True):
    """Someone who came: the states of their ticket and since how many minutes.

    `slot` is their appointment, in minutes after the last five-minute mark.
    """

    life: Life
    slot: int | None = None
    priority: bool = False
    needs: tuple[str, ...] = ()
    wants_private: bool = False
    note: str = ""


AT_COUNTERS = (
    Comer((("waiting", 17), ("called", 7), ("serving", 6))),
    Comer((("waiting", 16), ("called", 1))),
    Comer(
        (("waiting", 30), ("called", 25), ("serving", 24), ("on_hold", 8)),
        note="Fetching the tenancy agreement",
    ),
)
WAITING = (
    Comer((("waiting", 12),)),
    Comer((("waiting", 9),), needs=("hearing_loop",)),
    Comer((("waiting", 8),), slot=-35),
    Comer((("waiting", 6),), slot=0),
    Comer((("waiting", 5),), slot=30),
    Comer((("waiting", 4),), priority=True, needs=("seat",), note="Cannot stand for long"),
    Comer((("waiting", 2),), wants_private=True),
    Comer((("waiting", 1),), needs=("wheelchair", "large_print")),
)
FINISHED = 14
FINISHED_WITH_APPOINTMENT = {5: -100, 8: -70}
"""Which of the finished had an appointment, and when."""


def morning(
    seed: int, office: str, *, now: datetime, residents: Sequence[Resident], closed: frozenset[date]
) -> Rows:
    """Tickets, stretches and appointments of one office as they stand at `now`.

    On a date that is `closed` nobody has an appointment; those who come are walk-ins.
    """
    draw = random.Random(f"morning {seed} {office}")
    story = _Story(draw, office, now, residents, has_appointments=local_date(now) not in closed)
    for number in range(FINISHED):
        story.add(_finished(draw, number))
    for comer in (*AT_COUNTERS, *WAITING):
        story.add(comer)
    return story.rows


def _finished(draw: random.Random, number: int) -> Comer:
    minutes = 150 - number * 9
    called = minutes - draw.randint(2, 11)
    life = (
        ("waiting", minutes),
        ("called", called),
        ("serving", called - 1),
        ("finished", minutes - 15),
    )
    return Comer(life, slot=FINISHED_WITH_APPOINTMENT.get(number))


def _needs(resident: Resident, comer: Comer, *, has_name: bool) -> list[str]:
    """What helps: as the desk notes it at check-in, from the card and from today."""
    known = resident.access_needs if has_name else ()
    return list(dict.fromkeys((*known, *comer.needs)))


class _Story:
    """Writes tickets one after the other under two desks' letters."""

    def __init__(
        self,
        draw: random.Random,
        office: str,
        now: datetime,
        residents: Sequence[Resident],
        *,
        has_appointments: bool,
    ) -> None:
        self.rows: Rows = {
            table: [] for table in ("appointment", "notice", "staff_time", "ticket", "stretch")
        }
        self._draw = draw
        self._office = office
        self._now = now
        self._residents = residents
        self._has_appointments = has_appointments
        self._officer = [m for m in members() if m.is_free and m.office_id == office][-1]
        self._counts = {"A": 0, "B": 0}

    def add(self, comer: Comer) -> None:
        """Someone who came, under the next number."""
        letter = "AB"[sum(self._counts.values()) % 2]
        self._counts[letter] += 1
        number = f"{letter}{self._counts[letter]:02d}"
        begun_at = [self._ago(minutes) for _, minutes in comer.life]
        resident = self._draw.choice(self._residents)
        slot_at = self._slot_at(comer)
        appointment_id = None
        service = service_id(self._draw.choice(SERVICES)[0])
        if slot_at is not None:
            service = _short_service(self._officer)
            appointment_id = self._appointment(
                number, resident, service, slot_at, comer.life[-1][0]
            )
        desk = f"{self._office}-desk-{letter.lower()}"
        officer = self._officer.staff_id if appointment_id else None
        state = comer.life[-1][0]
        ticket_id = f"{self._office}-ticket-{number.lower()}"
        has_name = slot_at is not None or self._draw.random() > 0.1
        self._stretches(ticket_id, comer.life, begun_at, service, officer, desk)
        self.rows["ticket"].append(
            {
                "id": ticket_id,
                "scope": of_office(self._office),
                "office_id": self._office,
                "number": number,
                "number_on": local_date(begun_at[0]).isoformat(),
                "source": "appointment" if appointment_id else "walk_in",
                "state": state,
                "customer_id": resident.customer_id if has_name else None,
                "service_id": service,
                "appointment_id": appointment_id,
                "staff_id": officer,
                "desk_id": None if state == "waiting" else desk,
                "priority": comer.priority,
                "wants_private": comer.wants_private,
                "access_needs": _needs(resident, comer, has_name=has_name),
                "note": comer.note,
                "arrived_at": to_milliseconds(begun_at[0]),
                "clock_from_at": to_milliseconds(max(begun_at[0], slot_at or begun_at[0])),
                "first_called_at": to_milliseconds(begun_at[1]) if len(begun_at) > 1 else None,
                "stretch_id": f"{ticket_id}-{len(begun_at) - 1}",
            }
        )

    def _stretches(
        self,
        ticket_id: str,
        life: Life,
        begun_at: Sequence[datetime],
        service: str,
        officer: str | None,
        desk: str,
    ) -> None:
        for index, (state, _) in enumerate(life):
            ends = index + 1 < len(life)
            self.rows["stretch"].append(
                {
                    "id": f"{ticket_id}-{index}",
                    "scope": of_office(self._office),
                    "office_id": self._office,
                    "ticket_id": ticket_id,
                    "state": state,
                    "from_at": to_milliseconds(begun_at[index]),
                    "to_at": to_milliseconds(begun_at[index + 1]) if ends else None,
                    "before_id": f"{ticket_id}-{index - 1}" if index else None,
                    "service_id": service,
                    "staff_id": officer,
                    "desk_id": None if state == "waiting" else desk,
                    "reason": "",
                    "undone": False,
                }
            )

    def _slot_at(self, comer: Comer) -> datetime | None:
        """When the appointment begins; None for a walk-in, or when it is not wholly today."""
        if comer.slot is None or not self._has_appointments:
            return None
        mark_at = self._now - timedelta(
            minutes=self._now.minute % 5,
            seconds=self._now.second,
            microseconds=self._now.microsecond,
        )
        at = mark_at + timedelta(minutes=comer.slot)
        dates = {local_date(at), local_date(at + timedelta(minutes=APPOINTMENT_MINUTES_MAX))}
        return at if dates == {local_date(self._now)} else None

    def _appointment(
        self, number: str, resident: Resident, service: str, slot_at: datetime, state: str
    ) -> str:
        place = self._office.rpartition("-")[2]
        return add_appointment(
            self.rows,
            key=f"{place}-{number.lower()}",
            reference=f"A{local_date(slot_at):%m%d}{place[0].upper()}{number}",
            member=self._officer,
            service=service,
            customer_id=resident.customer_id,
            starts_at=slot_at,
            state="finished" if state == "finished" else "arrived",
        )

    def _ago(self, minutes: int) -> datetime:
        seconds = minutes * 60 - self._draw.randint(0, 20)
        return self._now - timedelta(seconds=max(seconds, 5))


def _short_service(officer: Member) -> str:
    return next(each for each in officer.service_ids if DURATIONS[each] <= APPOINTMENT_MINUTES_MAX)
