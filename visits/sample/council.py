"""The invented council itself: offices, services, teams, officers, rooms and hours."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta

from msgspec import Struct

from sync.record import to_milliseconds
from visits.calendar.local_time import day_bounds, local_date, local_minute
from visits.sample.people import Image
from visits.sample.portraits import portrait
from visits.scopes import COUNCIL, of_office

OFFICES = (
    ("civic", "Civic Centre", "1 Castle Square, AB1 1AA", "01632 960 100"),
    ("northgate", "Northgate Library Hub", "40 Northgate, AB2 3NG", "01632 960 200"),
)
SERVICES = (
    ("council-tax", "Council tax", 10, 20, "Your council tax bill|Proof of who you are"),
    (
        "housing",
        "Housing options",
        10,
        45,
        "Proof of who you are|Your tenancy agreement|Any letters about your home",
    ),
    ("benefits", "Benefits", 10, 30, "Proof of who you are|Proof of income for the last 2 months"),
    (
        "blue-badge",
        "Blue Badge",
        10,
        30,
        "Proof of who you are|A photograph|Any letters from your doctor",
    ),
    ("parking", "Parking permit", 10, 15, "Proof of address|Your vehicle’s V5C logbook"),
    (
        "social-care",
        "Adult social care",
        10,
        45,
        "A list of your medicines|The name of someone who helps you",
    ),
    ("registrars", "Registrars", 15, 30, "Proof of who you are|Proof of address"),
    ("planning", "Planning", 15, 30, "Your drawings|Your reference number if you have one"),
    ("waste", "Waste and recycling", 10, 15, "Your address"),
    ("schools", "School admissions", 10, 30, "Your child’s birth certificate|Proof of address"),
    ("elections", "Electoral services", 10, 15, "Proof of who you are"),
    ("licensing", "Licensing", 15, 30, "Your licence or application number"),
)
TEAMS = (
    ("housing", "Housing team", "01632 960 310", ("housing", "planning")),
    ("benefits", "Benefits team", "01632 960 320", ("benefits", "council-tax", "schools")),
    ("care", "Care and adaptations team", "01632 960 330", ("social-care", "blue-badge")),
    ("place", "Streets and parking team", "01632 960 340", ("parking", "waste", "licensing")),
    (
        "customer",
        "Customer services team",
        "01632 960 350",
        ("council-tax", "benefits", "parking", "registrars", "elections", "blue-badge"),
    ),
)
STAFF = (
    "Amira Hassan",
    "Tom Reid",
    "Grace Adeyemi",
    "Owen Clarke",
    "Priya Nair",
    "Marek Duda",
    "Siân Price",
    "Imran Khan",
    "Beth Walker",
    "Chidi Okafor",
    "Nia Bevan",
    "Paweł Zając",
    "Fatima Begum",
    "George Mensah",
    "Róisín Kelly",
    "Harpreet Singh",
    "Mei-Ling Chan",
    "Daniel Wood",
    "Elif Şahin",
    "Ioana Popescu",
    "Rhys Pugh",
    "Hodan Warsame",
    "Peter Nowell",
    "Angharad Jones",
    "Samuel Baker",
    "Zofia Kowalczyk",
    "Ravi Patel",
    "Lily Turner",
    "Kwame Boateng",
    "Ffion Griffiths",
    "Martin Green",
    "Ayesha Iqbal",
    "Sean McCarthy",
    "Olivia Harrison-Cole",
    "Wei Zhang",
    "Adaeze Nwosu",
    "Carys Llywelyn",
    "Jakub Wójcik",
    "Helen Thompson",
    "Yusuf Yılmaz",
)
ROOMS = (
    ("Room 1", 4, True, True, True, True),
    ("Room 2", 4, True, False, True, False),
    ("Room 3", 2, False, True, True, False),
    ("Room 4", 6, True, True, True, True),
    ("Quiet room", 3, True, False, False, False),
)
WEEKDAYS = range(5)
OPEN = (9 * 60, 17 * 60)
BEFORE_NOW, AFTER_NOW = timedelta(minutes=150), timedelta(minutes=60)
"""Of the time around now that the morning in progress takes, the office is open."""


class Member(Struct, frozen=True):
    """What the rest of the sample needs of an officer."""

    staff_id: str
    office_id: str
    team_id: str
    service_ids: tuple[str, ...]
    is_free: bool
    """Whether the calendar plans nothing for them: they see those who are here now."""


def service_id(name: str) -> str:
    """The id of a sample service."""
    return f"sample-service-{name}"


def office_id(name: str) -> str:
    """The id of a sample office."""
    return f"sample-office-{name}"


def members() -> tuple[Member, ...]:
    """The 40 officers: team by turns, three in four at the first office."""
    found = []
    for number in range(len(STAFF)):
        team = TEAMS[number % len(TEAMS)]
        office = OFFICES[1 if number // len(TEAMS) % 4 == 3 else 0]
        found.append(
            Member(
                f"sample-staff-{number:02d}",
                office_id(office[0]),
                f"sample-team-{team[0]}",
                tuple(service_id(name) for name in team[3]),
                is_free=number % 8 == 5,
            )
        )
    return tuple(found)


def training_on(today: date) -> date:
    """The date on which the offices are closed for training."""
    return today + timedelta(days=21 - today.weekday() + 2)


def reference(seed: int, now: datetime) -> dict[str, list[Image]]:
    """Rows of the council's reference data. Whenever `now` is, the offices are open then."""
    draw = random.Random(f"council {seed}")
    rows: dict[str, list[Image]] = {
        "office": [_office(*office) for office in OFFICES],
        "service": [_service(*service) for service in SERVICES],
        "team": [
            {"id": f"sample-team-{key}", "scope": COUNCIL, "name": name, "phone": phone}
            for key, name, phone, _ in TEAMS
        ],
        "opening_hours": [],
        "room": [],
        "desk": [],
        "staff_member": [],
        "working_hours": [],
        "staff_break": [],
        "leave": [],
        "closure": [],
    }
    for key, *_ in OFFICES:
        _furnish(rows, office_id(key), now)
    for number, member in enumerate(members()):
        _employ(rows, number, member, seed, draw, now)
    return rows


def _hours(now: datetime, opens: int) -> list[tuple[int, int, int]]:
    """(weekday, opens, closes) in minutes, those of today wide enough for what goes on now."""
    today = local_date(now)
    midnight, next_midnight = day_bounds(today)
    begins = local_minute(max(now - BEFORE_NOW, midnight))
    ends_at = now + AFTER_NOW
    ends = local_minute(ends_at) if ends_at < next_midnight else 24 * 60
    hours = dict.fromkeys((*WEEKDAYS, today.weekday()), (opens, OPEN[1]))
    hours[today.weekday()] = (min(opens, begins // 60 * 60), max(OPEN[1], -(-ends // 60) * 60))
    return [(weekday, *span) for weekday, span in sorted(hours.items())]


def _office(key: str, name: str, address: str, phone: str) -> Image:
    return {
        "id": office_id(key),
        "scope": COUNCIL,
        "name": name,
        "address": address,
        "phone": phone,
        "nation": "england-and-wales",
    }


def _service(key: str, name: str, target: int, duration: int, bring: str) -> Image:
    return {
        "id": service_id(key),
        "scope": COUNCIL,
        "name": name,
        "target_minutes": target,
        "duration_minutes": duration,
        "bring": bring.split("|"),
    }


def _furnish(rows: dict[str, list[Image]], office: str, now: datetime) -> None:
    for weekday, opens, closes in _hours(now, OPEN[0]):
        rows["opening_hours"].append(
            {
                "id": f"{office}-open-{weekday}",
                "scope": COUNCIL,
                "office_id": office,
                "weekday": weekday,
                "opens_minute": opens,
                "closes_minute": closes,
            }
        )
    for letter, counter in (("A", "Counter 1"), ("B", "Counter 2")):
        rows["desk"].append(
            {
                "id": f"{office}-desk-{letter.lower()}",
                "scope": COUNCIL,
                "office_id": office,
                "letter": letter,
                "counter_name": counter,
            }
        )
    for name, seats, wheelchair, loop, panic, exits in ROOMS:
        rows["room"].append(
            {
                "id": f"{office}-{name.lower().replace(' ', '-')}",
                "scope": of_office(office),
                "office_id": office,
                "name": name,
                "seats": seats,
                "wheelchair": wheelchair,
                "hearing_loop": loop,
                "panic_button": panic,
                "two_exits": exits,
            }
        )
    rows["closure"].append(
        {
            "id": f"{office}-training",
            "scope": COUNCIL,
            "office_id": office,
            "on_date": training_on(local_date(now)).isoformat(),
            "reason": "Staff training",
        }
    )


def _employ(
    rows: dict[str, list[Image]],
    number: int,
    member: Member,
    seed: int,
    draw: random.Random,
    now: datetime,
) -> None:
    roles = {
        "housing": "Housing officer",
        "benefits": "Benefits officer",
        "care": "Care officer",
        "place": "Streets officer",
        "customer": "Customer services officer",
    }
    rows["staff_member"].append(
        {
            "id": member.staff_id,
            "scope": COUNCIL,
            "full_name": STAFF[number],
            "role": roles[member.team_id.rpartition("-")[2]],
            "team_id": member.team_id,
            "office_id": member.office_id,
            "phone": f"01632 960 4{number:02d}",
            "card_number": f"{40200 + number * 13}",
            "photo": portrait(f"{seed} {number}"),
            "service_ids": list(member.service_ids),
        }
    )
    starts = draw.choice((8 * 60 + 30, 9 * 60, 9 * 60))
    lunch = draw.choice((12 * 60, 12 * 60 + 30, 13 * 60))
    hours = _hours(now, starts)
    if not member.is_free:
        hours = [(weekday, starts, OPEN[1]) for weekday, *_ in hours]
    for weekday, begins, ends in hours:
        key = f"{member.staff_id}-{weekday}"
        rows["working_hours"].append(
            {
                "id": f"{key}-works",
                "scope": COUNCIL,
                "staff_id": member.staff_id,
                "weekday": weekday,
                "starts_minute": begins,
                "ends_minute": ends,
            }
        )
        if member.is_free:
            continue
        rows["staff_break"].append(
            {
                "id": f"{key}-lunch",
                "scope": COUNCIL,
                "staff_id": member.staff_id,
                "weekday": weekday,
                "starts_minute": lunch,
                "ends_minute": lunch + 30,
            }
        )
    if member.is_free:
        _away(rows, member, local_date(now) + timedelta(days=draw.randint(1, 10)))


def _away(rows: dict[str, list[Image]], member: Member, from_on: date) -> None:
    begins, ends = day_bounds(from_on)[0], day_bounds(from_on + timedelta(days=2))[1]
    rows["leave"].append(
        {
            "id": f"{member.staff_id}-leave",
            "scope": COUNCIL,
            "staff_id": member.staff_id,
            "starts_at": to_milliseconds(begins),
            "ends_at": to_milliseconds(ends),
        }
    )
