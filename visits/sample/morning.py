"""A morning in progress: eight waiting, some set aside, two at counters, some finished."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from sync.record import to_milliseconds
from visits.calendar.local_time import day_bounds, local_date
from visits.sample.council import SERVICES, service_id
from visits.sample.people import Image
from visits.scopes import of_office

WAITING_MINUTES = (12, 9, 7, 5, 4, 3, 2, 1)
FINISHED = 14
Rows = dict[str, list[Image]]


def morning(seed: int, office: str, *, now: datetime, customers: int) -> Rows:
    """Tickets and stretches of one office as they stand at `now`."""
    draw = random.Random(f"morning {seed} {office}")
    rows: Rows = {"ticket": [], "stretch": []}
    story = _Story(rows, draw, office, now, customers)
    for number in range(FINISHED):
        minutes = 150 - number * 9
        story.add(
            minutes,
            (
                ("waiting", minutes),
                ("serving", minutes - draw.randint(2, 11)),
                ("finished", minutes - 15),
            ),
        )
    story.add(17, (("waiting", 17), ("serving", 6)))
    story.add(16, (("waiting", 16), ("called", 1)))
    story.add(30, (("waiting", 30), ("serving", 24), ("on_hold", 8)))
    for minutes in WAITING_MINUTES:
        story.add(minutes, (("waiting", minutes),))
    return rows


class _Story:
    """Writes tickets one after the other under two desks' letters."""

    def __init__(
        self, rows: Rows, draw: random.Random, office: str, now: datetime, customers: int
    ) -> None:
        self._rows = rows
        self._draw = draw
        self._office = office
        # The morning never begins before the day does, whatever the hour it is looked at.
        self._now = max(now, day_bounds(local_date(now))[0] + timedelta(minutes=160))
        self._customers = customers
        self._counts = {"A": 0, "B": 0}

    def add(self, arrived_minutes: int, life: tuple[tuple[str, int], ...]) -> None:
        """A ticket whose states began so many minutes ago."""
        letter = "AB"[sum(self._counts.values()) % 2]
        self._counts[letter] += 1
        number = f"{letter}{self._counts[letter]:02d}"
        ticket_id = f"{self._office}-ticket-{number.lower()}"
        service = service_id(self._draw.choice(SERVICES)[0])
        desk = f"{self._office}-desk-{letter.lower()}"
        scope = of_office(self._office)
        for index, (state, minutes) in enumerate(life):
            ended = life[index + 1][1] if index + 1 < len(life) else None
            self._rows["stretch"].append(
                {
                    "id": f"{ticket_id}-{index}",
                    "scope": scope,
                    "office_id": self._office,
                    "ticket_id": ticket_id,
                    "state": state,
                    "from_at": self._ago(minutes),
                    "to_at": None if ended is None else self._ago(ended),
                    "before_id": f"{ticket_id}-{index - 1}" if index else None,
                    "service_id": service,
                    "staff_id": None,
                    "desk_id": None if state == "waiting" else desk,
                    "reason": "",
                    "undone": False,
                }
            )
        called = life[1][1] if len(life) > 1 else None
        state = life[-1][0]
        self._rows["ticket"].append(
            {
                "id": ticket_id,
                "scope": scope,
                "office_id": self._office,
                "number": number,
                "number_on": local_date(self._now).isoformat(),
                "source": "walk_in",
                "state": state,
                "customer_id": self._customer(),
                "service_id": service,
                "appointment_id": None,
                "staff_id": None,
                "desk_id": desk if state in ("called", "serving", "finished") else None,
                "priority": False,
                "wants_private": self._draw.random() < 0.15,
                "access_needs": ["hearing_loop"] if self._draw.random() < 0.2 else [],
                "note": "",
                "arrived_at": self._ago(arrived_minutes),
                "clock_from_at": self._ago(arrived_minutes),
                "first_called_at": None if called is None else self._ago(called),
                "stretch_id": f"{ticket_id}-{len(life) - 1}",
            }
        )

    def _ago(self, minutes: int) -> int:
        seconds = minutes * 60 - self._draw.randint(0, 20)
        return to_milliseconds(self._now - timedelta(seconds=max(seconds, 5)))

    def _customer(self) -> str | None:
        if self._draw.random() < 0.1:
            return None
        return f"sample-customer-{self._draw.randrange(self._customers):06d}"
