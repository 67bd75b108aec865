"""T3: a desk and the centre find the same times free, on every day that the clocks change."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from sync.desk import Desk
from sync.node import Node
from tests import centres
from tests.centres import SetClock
from tests.visits.council import COUNCIL_TAX, DESK, OFFICE, OFFICER, Council
from visits.appointments.commands import Book
from visits.appointments.queries import week_of
from visits.appointments.rules import FreeTime
from visits.calendar.local_time import MINUTES_A_DAY, day_bounds
from visits.central.opening import authority_over
from visits.ids import AppointmentId, NoticeId
from visits.offices.commands import JoinOffice
from visits.scopes import COUNCIL

SUNDAY = 6
ABROAD = "Pacific/Auckland"
"""Where a desk's computer takes itself to be: it is of no account."""
LONDON = ZoneInfo("Europe/London")
HOUR = timedelta(hours=1)


def clock_changes() -> Iterator[date]:
    """The last Sundays of March and October, 2024 to 2035."""
    for year in range(2024, 2036):
        for month in (3, 10):
            last = date(year, month, 31)
            yield last - timedelta(days=(last.weekday() - SUNDAY) % 7)


@contextmanager
def living_in(zone: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The computer's own time zone."""
    with monkeypatch.context() as patched:
        patched.setenv("TZ", zone)
        time.tzset()
        yield
    time.tzset()


@pytest.fixture
def council(node_on: Callable[[str], Node]) -> Council:
    """An office that never closes on Sundays, at a centre over PostgreSQL."""
    council = Council(node_on("postgresql")).found()
    all_day = {"weekday": SUNDAY, "scope": COUNCIL}
    council.take_in(
        "opening_hours",
        all_day
        | {"id": "open-sundays", "office_id": OFFICE, "opens_minute": 0}
        | {"closes_minute": MINUTES_A_DAY},
    )
    council.take_in(
        "working_hours",
        all_day
        | {"id": "works-sundays", "staff_id": OFFICER, "starts_minute": 0}
        | {"ends_minute": MINUTES_A_DAY},
    )
    return council


@pytest.fixture
def desk(council: Council, tmp_path: Path) -> Iterator[Desk]:
    """A desk of that office, with all its rows in a file of its own."""
    centre = authority_over(council.node.database)
    centre.found("epoch-1")
    desk = centres.open_desk(tmp_path / "desk.db", name="new-desk", clock=SetClock(council.now))
    centres.sync(desk, centre)
    desk.issue(JoinOffice(office_id=OFFICE, counter_name="Counter 9"), actor=OFFICER)
    for _ in range(2):
        centres.sync(desk, centre)
    yield desk
    desk.node.database.close()


def free_at(node: Node, on_date: date) -> tuple[FreeTime, ...]:
    """What is free on a date, as seen two days before."""
    with node.database.read() as session:
        (day,) = week_of(
            session,
            office_id=OFFICE,
            service_id=COUNCIL_TAX,
            monday=on_date,
            days=1,
            now=datetime(on_date.year, on_date.month, on_date.day, 9, tzinfo=UTC)
            - timedelta(days=2),
        )
    return day.free


def test_t3_the_same_times_are_free_at_desk_and_centre_whenever_clocks_change(
    council: Council, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    for on_date in clock_changes():
        here = free_at(council.node, on_date)
        with living_in(ABROAD, monkeypatch):
            assert free_at(desk.node, on_date) == here, on_date
        begins_at, ends_at = day_bounds(on_date)
        assert begins_at.astimezone(LONDON).hour == ends_at.astimezone(LONDON).hour == 0
        hours = {(time.starts_at - begins_at) // HOUR for time in here}
        shown = {time.starts_at.astimezone(LONDON).hour for time in here}
        # Every hour that there is is offered: not the skipped one, and both of the one that comes
        # twice.
        is_spring = ends_at - begins_at == 23 * HOUR
        assert shown == set(range(24)) - ({1} if is_spring else set())
        assert hours == set(range(23 if is_spring else 25))


@pytest.mark.parametrize("on_date", [date(2027, 3, 28), date(2027, 10, 31)])
def test_t3_what_a_desk_shows_as_free_that_day_the_centre_gives_hour_by_hour(
    council: Council, desk: Desk, on_date: date, monkeypatch: pytest.MonkeyPatch
) -> None:
    council.now = datetime(on_date.year, on_date.month, on_date.day, tzinfo=UTC)
    council.now -= timedelta(days=2)
    customer_id = council.a_customer()
    with living_in(ABROAD, monkeypatch):
        shown = free_at(desk.node, on_date)
    by_hour = {time.starts_at.replace(minute=0): time for time in reversed(shown)}
    for number, free in enumerate(by_hour.values()):
        council.do(
            Book(
                appointment_id=AppointmentId(f"appointment-{number}"),
                notice_id=NoticeId(f"notice-{number}"),
                reference=f"AHOUR{number:02d}",
                office_id=OFFICE,
                service_id=COUNCIL_TAX,
                staff_id=free.staff_id,
                customer_id=customer_id,
                starts_at=free.starts_at,
                booked_at=council.now,
            ),
            desk=DESK,
        )
    centres.sync(desk, authority_over(council.node.database))
    with living_in(ABROAD, monkeypatch):
        left = free_at(desk.node, on_date)
    assert left == free_at(council.node, on_date)
    assert not set(by_hour.values()) & set(left)
