"""The sync line in words, for every way the line and this computer can be."""

from __future__ import annotations

from datetime import timedelta

import pytest

from reception_app.desk.saying import error_words, standing_lines, sync_words
from reception_app.shell.foot import SyncState
from sync.errors import StorageFailed
from sync.standing import Standing
from sync.upstream.line import Health, LineState
from tests.centres import MORNING


def words(
    health: Health = Health.UP,
    *,
    waiting: int = 0,
    behind: timedelta = timedelta(0),
    loaded_percent: int | None = None,
) -> tuple[SyncState, str]:
    stands = Standing(
        waiting=waiting,
        waiting_since_at=None,
        needs_decision=0,
        complete_at=MORNING,
        has_data=True,
        loaded_percent=loaded_percent,
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


@pytest.mark.parametrize("health", [Health.STARTING, Health.UP])
def test_how_much_has_come_is_said_while_the_rest_comes(health: Health) -> None:
    state, said = words(health, waiting=1, loaded_percent=40)
    assert (state, said) == (SyncState.SENDING, "Loading people and records: 40 %")


def test_with_the_line_cut_it_is_said_that_not_all_has_come() -> None:
    _, said = words(Health.DOWN, waiting=1, loaded_percent=40)
    assert said == "Working offline since 10:42am, 1 change waiting, 40 % loaded"


def test_a_line_that_is_cut_matters_more_than_a_clock() -> None:
    state, said = words(Health.DOWN, waiting=2, behind=timedelta(hours=3))
    assert (state, said) == (SyncState.OFFLINE, "Working offline since 10:42am, 2 changes waiting")


@pytest.mark.parametrize("health", [h for h in Health if h not in (Health.UP, Health.STARTING)])
def test_u7_every_way_the_line_can_be_is_said_and_never_as_up_to_date(health: Health) -> None:
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


def test_an_office_on_its_own_is_told_what_its_queue_holds_however_long_it_lasts() -> None:
    stands = Standing(
        waiting=0, waiting_since_at=None, needs_decision=0, complete_at=MORNING, has_data=True
    )
    line = LineState(Health.OFFICE, MORNING, timedelta(0))
    for later in (timedelta(0), timedelta(hours=3)):
        assert standing_lines(stands, line, now=MORNING + later) == (
            "Last in touch with the centre at 10:42am.",
            "The desks of this office share one queue meanwhile. "
            "What other offices did since is not shown.",
        )
