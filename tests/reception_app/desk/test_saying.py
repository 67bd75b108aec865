"""The sync line in words, for every way the line and this computer can be."""

from __future__ import annotations

from datetime import timedelta

import pytest

from reception_app.desk.line import Health, LineState
from reception_app.desk.saying import error_words, sync_words
from reception_app.shell.foot import SyncState
from sync.desk import Standing
from sync.errors import StorageFailed
from tests.centres import MORNING


def words(
    health: Health = Health.UP, *, waiting: int = 0, behind: timedelta = timedelta(0)
) -> tuple[SyncState, str]:
    stands = Standing(
        waiting=waiting, waiting_since_at=None, needs_decision=0, complete_at=MORNING, has_data=True
    )
    return sync_words(stands, LineState(health, MORNING, behind))


@pytest.mark.parametrize(
    ("behind", "said"),
    [
        (timedelta(hours=3), "3 hours slow"),
        (timedelta(hours=-3), "3 hours fast"),
        (timedelta(minutes=59), "59 minutes slow"),
        (timedelta(minutes=-61), "1 hour fast"),
        (timedelta(minutes=2), "2 minutes slow"),
    ],
)
def test_a_clock_that_is_off_is_said_with_what_to_do(behind: timedelta, said: str) -> None:
    assert words(behind=behind)[1] == f"This computer's clock is {said}: tell the service desk"


def test_a_clock_that_is_nearly_right_is_not_mentioned() -> None:
    assert words(behind=timedelta(minutes=1)) == (SyncState.UP_TO_DATE, "Up to date, 10:42am")


def test_a_line_that_is_cut_matters_more_than_a_clock() -> None:
    state, said = words(Health.DOWN, waiting=2, behind=timedelta(hours=3))
    assert (state, said) == (SyncState.OFFLINE, "Working offline since 10:42am, 2 changes waiting")


@pytest.mark.parametrize("health", [h for h in Health if h not in (Health.UP, Health.STARTING)])
def test_every_way_the_line_can_be_is_said_and_never_as_up_to_date(health: Health) -> None:
    state, said = words(health)
    assert state is not SyncState.UP_TO_DATE
    assert "Up to date" not in said


def test_what_waits_is_said_to_be_kept_while_an_update_is_needed() -> None:
    assert words(Health.UPDATE_NEEDED, waiting=3)[1] == (
        "Update needed: tell the service desk, 3 changes kept"
    )


@pytest.mark.parametrize("cause", ["disk_full", "read_only", "disk_failed", "locked"])
def test_what_was_not_kept_is_said_to_be_still_there(cause: str) -> None:
    said = error_words(StorageFailed(cause))
    assert "What you typed is still here." in said
