"""A desk's file is as large after nine months as after four: what is over leaves it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, func, select, text

from sync import desk as desks
from sync.authority import Authority
from sync.desk import Desk
from sync.ids import IdSource
from sync.node import Node
from sync.tables import command_log
from tests import centres
from tests.benchmarks.council import open_desk
from tests.benchmarks.visitors import visitors
from tests.centres import SetClock
from visits.central.tidying import Tidying
from visits.queue.records import Ticket

DAYS_A_STEP = 9
ACTS_A_STEP = 60
FOUR_MONTHS, NINE_MONTHS = 12, 30
"""In steps; old days begin to leave after 7."""
DECIDED_KEPT = 200


@pytest.fixture
def clock() -> SetClock:
    """The clock of all of them."""
    return SetClock()


@pytest.fixture
def office(tmp_path: Path, clock: SetClock) -> Iterator[tuple[Authority, Desk]]:
    """A centre, and a desk over a file of its own."""
    centres.build_centre(tmp_path / "centre.db", customers=20)
    centre = centres.open_centre(tmp_path / "centre.db")
    centres.build_desk(tmp_path / "desk.db", centre, name="desk-1")
    desk = open_desk(tmp_path / "desk.db", clock)
    for node in (centre.node, desk.node):
        # How large they become is looked at, not whether they last.
        event.listen(node.database.engine, "connect", _without_syncing)
        node.database.close()
    yield centre, desk
    for node in (centre.node, desk.node):
        node.database.close()


@pytest.mark.timeout(300)
def test_a_desk_s_file_stays_flat_as_days_pass_and_the_centre_keeps_all(
    office: tuple[Authority, Desk], clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    centre, desk = office
    # A desk keeps months of what it did, which would be an hour of this test.
    kept_less = partial(desks.prune_decided, kept=DECIDED_KEPT)
    monkeypatch.setattr(desks, "prune_decided", kept_less)
    tidying = Tidying(centre.node, new_id=IdSource(clock, secrets.randbits), clock=clock)
    come = visitors(desk, clock)
    bytes_at: list[int] = []
    for _ in range(NINE_MONTHS):
        for act in islice(come, ACTS_A_STEP):
            desk.issue(act, actor=centres.PERSON)
        centres.sync(desk, centre)
        clock.now += timedelta(days=DAYS_A_STEP)
        tidying.tidy()
        centres.sync(desk, centre)
        bytes_at.append(bytes_of(desk.node))
    assert bytes_at[-1] <= 1.05 * bytes_at[FOUR_MONTHS]
    assert count(centre.node, Ticket) > 3 * count(desk.node, Ticket)
    with desk.node.database.read() as session:
        assert session.scalar(select(func.count()).select_from(command_log)) <= 2 * DECIDED_KEPT


def _without_syncing(raw: Any, record: object) -> None:
    raw.execute("PRAGMA synchronous = OFF")


def bytes_of(node: Node) -> int:
    """The size of a file, as SQLite counts it: with pages that are free and will be used again."""
    with node.database.read() as session:
        told = ("PRAGMA page_count", "PRAGMA page_size")
        pages, each = (int(session.execute(text(ask)).scalar_one()) for ask in told)
    return pages * each


def count(node: Node, record: type[Ticket]) -> int:
    with node.database.read() as session:
        return session.scalar(select(func.count()).select_from(record)) or 0
