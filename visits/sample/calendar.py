"""Four weeks of an invented calendar: appointments at offices and visits to homes."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from sync.record import to_milliseconds
from visits.calendar.granules import granules
from visits.calendar.local_time import instant, local_date
from visits.ids import StaffId
from visits.sample.council import SERVICES, Member, members, service_id, training_on
from visits.sample.people import Image, Resident
from visits.scopes import COUNCIL, of_office, of_team
from visits.staff.time import claim_id

DAYS = 28
BOOKED_SHARE = 0.45
VISITS_A_DAY = (
    (9 * 60 + 15, 45),
    (10 * 60 + 20, 45),
    (11 * 60 + 25, 30),
    (14 * 60, 45),
    (15 * 60 + 10, 45),
)
STARTS = (9 * 60 + 30, 10 * 60, 10 * 60 + 30, 11 * 60, 14 * 60, 14 * 60 + 45, 15 * 60 + 30, 16 * 60)
REASONS = ("Damp inspection", "Care review", "Adaptations check", "Benefit check", "First contact")
DURATIONS = {service_id(key): duration for key, _, _, duration, _ in SERVICES}
Rows = dict[str, list[Image]]


def calendar(
    seed: int, *, now: datetime, residents: Sequence[Resident], closed: frozenset[date]
) -> Iterator[Rows]:
    """Rows for four weeks from the Monday of this week, a date at a time.

    What is past by `now` has taken place. Nothing is planned on a date that is closed.
    """
    draw = random.Random(f"calendar {seed}")
    today = local_date(now)
    monday = today - timedelta(days=today.weekday())
    open_on = {monday + timedelta(days=offset) for offset in range(DAYS)}
    closed_on = closed | {training_on(today)}
    for on_date in sorted(open_on - closed_on):
        if on_date.weekday() < 5 or on_date == today:
            yield _day(draw, on_date, now, residents)


def _day(draw: random.Random, on_date: date, now: datetime, residents: Sequence[Resident]) -> Rows:
    rows: Rows = {"appointment": [], "staff_time": [], "home_visit": [], "notice": []}
    for number, member in enumerate(members()):
        if member.is_free:
            continue
        if number % 8 == 0:
            _visits(rows, draw, on_date, now, number, member, residents)
        else:
            _appointments(rows, draw, on_date, now, number, member, residents)
    return rows


def _appointments(
    rows: Rows,
    draw: random.Random,
    on_date: date,
    now: datetime,
    number: int,
    member: Member,
    residents: Sequence[Resident],
) -> None:
    free_from_at = instant(on_date, 0)
    for starts in STARTS:
        service = draw.choice(member.service_ids)
        resident = draw.choice(residents)
        starts_at = instant(on_date, starts)
        if draw.random() > BOOKED_SHARE or starts_at < free_from_at:
            continue
        free_from_at = starts_at + timedelta(minutes=DURATIONS[service])
        add_appointment(
            rows,
            key=f"{on_date:%Y%m%d}-{number:02d}-{starts}",
            reference=f"A{on_date:%m%d}{number:02d}{starts // 15:02d}",
            member=member,
            service=service,
            customer_id=resident.customer_id,
            starts_at=starts_at,
            state="finished" if free_from_at <= now else "booked",
        )


def add_appointment(
    rows: Rows,
    *,
    key: str,
    reference: str,
    member: Member,
    service: str,
    customer_id: str,
    starts_at: datetime,
    state: str,
) -> str:
    """An appointment with its confirmation and the officer's time it takes; gives its id."""
    ends_at = starts_at + timedelta(minutes=DURATIONS[service])
    scope = of_office(member.office_id)
    appointment_id = f"sample-appointment-{key}"
    rows["appointment"].append(
        {
            "id": appointment_id,
            "scope": scope,
            "reference": reference,
            "office_id": member.office_id,
            "service_id": service,
            "staff_id": member.staff_id,
            "customer_id": customer_id,
            "starts_at": to_milliseconds(starts_at),
            "ends_at": to_milliseconds(ends_at),
            "state": state,
            "note": "",
            "booked_at": to_milliseconds(starts_at - timedelta(days=9)),
            "command_id": "sample",
        }
    )
    rows["notice"].append(
        _notice(key, scope, "confirmation", appointment_id, customer_id, starts_at)
    )
    _claim(rows, member, starts_at, ends_at)
    return appointment_id


def _visits(
    rows: Rows,
    draw: random.Random,
    on_date: date,
    now: datetime,
    number: int,
    member: Member,
    residents: Sequence[Resident],
) -> None:
    for order, (starts, minutes) in enumerate(VISITS_A_DAY):
        resident = draw.choice(residents)
        planned_at = instant(on_date, starts)
        ends_at = planned_at + timedelta(minutes=minutes)
        window = planned_at - timedelta(minutes=starts % 60)
        key = f"{on_date:%Y%m%d}-{number:02d}-{order}"
        scope = of_team(member.team_id)
        rows["home_visit"].append(
            {
                "id": f"sample-visit-{key}",
                "scope": scope,
                "reference": f"V{on_date:%m%d}{number:02d}{order}",
                "team_id": member.team_id,
                "staff_id": member.staff_id,
                "customer_id": resident.customer_id,
                "who_to_see": resident.full_name,
                "reason": draw.choice(REASONS),
                "address": resident.address,
                "bring": ["Form HS4"],
                "window_starts_at": to_milliseconds(window),
                "window_ends_at": to_milliseconds(window + timedelta(hours=2)),
                "planned_at": to_milliseconds(planned_at),
                "duration_minutes": minutes,
                "state": "finished" if ends_at <= now else "planned",
                "delay_minutes": 0,
                "id_shown": ends_at <= now,
                "details_withheld": order == 4 and number % 16 == 0,
                "step_id": None,
            }
        )
        rows["notice"].append(
            _notice(
                f"v{key}", scope, "visit", f"sample-visit-{key}", resident.customer_id, planned_at
            )
        )
        _claim(rows, member, planned_at, ends_at)


def _notice(
    key: str, scope: str, kind: str, about: str, customer_id: str, starts_at: datetime
) -> Image:
    return {
        "id": f"sample-notice-{key}",
        "scope": scope,
        "kind": kind,
        "about_id": about,
        "customer_id": customer_id,
        "channel": "paper",
        "status": "printed",
        "caused_at": to_milliseconds(starts_at - timedelta(days=9)),
        "delivered_at": to_milliseconds(starts_at - timedelta(days=9)),
    }


def _claim(rows: Rows, member: Member, starts_at: datetime, ends_at: datetime) -> None:
    for at in granules(starts_at, ends_at):
        rows["staff_time"].append(
            {
                "id": claim_id(StaffId(member.staff_id), at),
                "scope": COUNCIL,
                "staff_id": member.staff_id,
                "starts_at": to_milliseconds(at),
            }
        )
