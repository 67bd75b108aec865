"""Between instants in UTC and the clock on the office wall, on both changes of the clocks too."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

ZONE_NAME = "Europe/London"
MINUTES_A_DAY = 24 * 60


class TimeDoesNotExist(ValueError):
    """The clocks skip this local time: it is in the hour that is left out in spring."""


@lru_cache(maxsize=1)
def _zone() -> ZoneInfo:
    return ZoneInfo(ZONE_NAME)


def local(at: datetime) -> datetime:
    """The instant as the local clock shows it."""
    return at.astimezone(_zone())


def local_date(at: datetime) -> date:
    """The local date of an instant."""
    return local(at).date()


def local_minute(at: datetime) -> int:
    """Minutes since local midnight as the clock shows them, 0 to 1439."""
    shown = local(at)
    return shown.hour * 60 + shown.minute


@lru_cache(maxsize=4096)
def _midnight(on_date: date) -> datetime:
    return datetime.combine(on_date, time(), _zone()).astimezone(UTC)


@lru_cache(maxsize=4096)
def _changes_clocks(on_date: date) -> bool:
    return _midnight(on_date + timedelta(days=1)) - _midnight(on_date) != timedelta(days=1)


def instant(on_date: date, minute: int) -> datetime:
    """When the local clock shows `minute` of a date; the first of the two in autumn.

    `minute` may be 1440 for the midnight that ends the day. Raises TimeDoesNotExist.
    """
    if not _changes_clocks(on_date):
        return _midnight(on_date) + timedelta(minutes=minute)
    days, minute_of_day = divmod(minute, MINUTES_A_DAY)
    shown = time(*divmod(minute_of_day, 60))
    wall = datetime.combine(on_date + timedelta(days=days), shown, _zone())
    at = wall.astimezone(UTC)
    if at.astimezone(_zone()).replace(tzinfo=None) != wall.replace(tzinfo=None):
        raise TimeDoesNotExist(f"{wall:%H:%M} on {on_date} does not exist")
    return at


def day_bounds(on_date: date) -> tuple[datetime, datetime]:
    """The instants at which a local day begins and ends: 23, 24 or 25 hours apart."""
    return _midnight(on_date), _midnight(on_date + timedelta(days=1))
