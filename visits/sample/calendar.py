"""Four weeks of an invented calendar: appointments at offices and visits to homes."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from sync.record import to_milliseconds
from visits.calendar.granules import granules
from visits.calendar.local_time import instant
from visits.ids import StaffId
from visits.sample.council import SERVICES, Member, members, service_id
from visits.sample.people import Image
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


def calendar(seed: int, today: date, *, customers: int, closed: frozenset[date]) -> Iterator[Rows]:
    """Rows for four weeks from the Monday of `today`, a date at a time."""
    draw = random.Random(f"calendar {seed}")
    monday = today - timedelta(days=today.weekday())
    for offset in range(DAYS):
        on_date = monday + timedelta(days=offset)
        if on_date.weekday() < 5 and on_date not in closed:
            yield _day(draw, on_date, today, customers)
    if today.weekday() >= 5:
        yield _day(draw, today, today, customers)


def _day(draw: random.Random, on_date: date, today: date, customers: int) -> Rows:
    rows: Rows = {"appointment": [], "staff_time": [], "home_visit": [], "notice": []}
    for number, member in enumerate(members()):
        if number % 8 == 5:
            continue
        if number % 8 == 0:
            _visits(rows, draw, on_date, number, member, customers)
        else:
            _appointments(rows, draw, on_date, today, number, member, customers)
    return rows


def _appointments(
    rows: Rows,
    draw: random.Random,
    on_date: date,
    today: date,
    number: int,
    member: Member,
    customers: int,
) -> None:
    for starts in STARTS:
        service = draw.choice(member.service_ids)
        customer = draw.randrange(customers)
        if draw.random() > BOOKED_SHARE:
            continue
        starts_at = instant(on_date, starts)
        ends_at = starts_at + timedelta(minutes=DURATIONS[service])
        key = f"{on_date:%Y%m%d}-{number:02d}-{starts}"
        scope = of_office(member.office_id)
        rows["appointment"].append(
            {
                "id": f"sample-appointment-{key}",
                "scope": scope,
                "reference": f"A{on_date:%m%d}{number:02d}{starts // 15:02d}",
                "office_id": member.office_id,
                "service_id": service,
                "staff_id": member.staff_id,
                "customer_id": f"sample-customer-{customer:06d}",
                "starts_at": to_milliseconds(starts_at),
                "ends_at": to_milliseconds(ends_at),
                "state": "finished" if on_date < today else "booked",
                "note": "",
                "booked_at": to_milliseconds(starts_at - timedelta(days=9)),
                "command_id": "sample",
            }
        )
        rows["notice"].append(
            _notice(key, scope, "confirmation", f"sample-appointment-{key}", customer, starts_at)
        )
        _claim(rows, member, starts_at, ends_at)


def _visits(
    rows: Rows, draw: random.Random, on_date: date, number: int, member: Member, customers: int
) -> None:
    for order, (starts, minutes) in enumerate(VISITS_A_DAY):
        customer = draw.randrange(customers)
        planned_at = instant(on_date, starts)
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
                "customer_id": f"sample-customer-{customer:06d}",
                "who_to_see": "The resident",
                "reason": draw.choice(REASONS),
                "address": f"{draw.randint(1, 90)} Mill Lane, AB1 2PW",
                "bring": ["Form HS4"],
                "window_starts_at": to_milliseconds(window),
                "window_ends_at": to_milliseconds(window + timedelta(hours=2)),
                "planned_at": to_milliseconds(planned_at),
                "duration_minutes": minutes,
                "state": "planned",
                "delay_minutes": 0,
                "id_shown": False,
                "details_withheld": order == 4 and number % 16 == 0,
                "step_id": None,
            }
        )
        rows["notice"].append(
            _notice(f"v{key}", scope, "visit", f"sample-visit-{key}", customer, planned_at)
        )
        _claim(rows, member, planned_at, planned_at + timedelta(minutes=minutes))


def _notice(
    key: str, scope: str, kind: str, about: str, customer: int, starts_at: datetime
) -> Image:
    return {
        "id": f"sample-notice-{key}",
        "scope": scope,
        "kind": kind,
        "about_id": about,
        "customer_id": f"sample-customer-{customer:06d}",
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
