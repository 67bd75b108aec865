"""T1: whose stated times a desk's clock is put right by, and whose not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from sync.authority import Authority
from sync.errors import SyncError
from sync.upstream.clocks import STATED_TO, RightedClock
from sync.upstream.http import HttpUpstream
from sync.wire import Failure, PullChanges
from tests.centres import served
from tests.sync.upstream.answering import answering, http, saying

PULL = PullChanges(device="desk-1", epoch="epoch-1", cursor={"shelf:a": 0})
GOOD_PAGE = b'{"wire":2,"epoch":"epoch-1","heads":{"shelf:a":0},"changes":[],"more":false}'
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def ticking(begins_at: datetime, *, step: timedelta) -> Iterator[datetime]:
    """What a clock says, each time it is asked."""
    while True:
        yield begins_at
        begins_at += step


def a_clock(begins_at: datetime, *, step: timedelta = timedelta(seconds=1)) -> RightedClock:
    return RightedClock(ticking(begins_at, step=step).__next__)


def asked_of(url: str, clock: RightedClock, *, times: int = 3) -> None:
    upstream = HttpUpstream(url, device="desk-1", clock=clock)
    for _ in range(times):
        try:
            upstream.send(PULL)
        except SyncError:
            continue
    upstream.close()


@pytest.mark.parametrize("hours", [3, -3, 0])
def test_a_clock_that_is_wrong_is_put_right_by_the_centre_s(
    lite_centre: Authority, hours: int
) -> None:
    clock = a_clock(NOON - hours * HOUR)
    with served(lite_centre, clock=a_clock(NOON)) as url:
        asked_of(url, clock)
    assert abs(clock.behind - hours * HOUR) <= 10 * STATED_TO


def test_an_answer_that_took_an_hour_says_nothing_of_a_clock_that_is_right(
    lite_centre: Authority,
) -> None:
    clock = a_clock(NOON, step=HOUR)
    with served(lite_centre, clock=a_clock(NOON + HOUR / 2)) as url:
        asked_of(url, clock, times=1)
    assert not clock.is_in_doubt


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"<html>Sign in</html>", "200 OK"),
        (GOOD_PAGE[:30], "200 OK"),
        (b"<html>away</html>", "503 Service Unavailable"),
        (b'{"code":"withdrawn"}', "403 Forbidden"),
    ],
)
def test_the_time_of_what_is_no_answer_is_not_listened_to(body: bytes, status: str) -> None:
    clock = a_clock(NOON)
    wrong = format_datetime(NOON - HOUR, usegmt=True)
    with answering(saying(http(body, status=status, date=wrong))) as url:
        asked_of(url, clock)
    assert not clock.is_in_doubt
    assert clock.behind == timedelta(0)


@pytest.mark.parametrize("stated", ["yesterday", "", "Tue, 99 Nov 2026 10:42:00 GMT"])
def test_a_time_that_cannot_be_read_says_nothing_of_the_clock(stated: str) -> None:
    with answering(saying(http(GOOD_PAGE, date=stated))) as url:
        clock = a_clock(NOON)
        upstream = HttpUpstream(url, device="desk-1", clock=clock)
        assert not isinstance(upstream.send(PULL), Failure)
        upstream.close()
    assert not clock.is_in_doubt


def test_a_service_that_does_not_know_the_time_states_none(lite_centre: Authority) -> None:
    clock = a_clock(NOON)
    with served(lite_centre, clock=a_clock(NOON + HOUR), knows_the_time=lambda: False) as url:
        asked_of(url, clock)
    assert not clock.is_in_doubt
