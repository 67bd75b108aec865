"""M5: a desk whose database is damaged begins anew, and what its person did is saved."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from reception_app.desk.rescue import offer_rescued, set_aside
from sync.authority import Authority
from sync.desk import Desk
from sync.errors import DatabaseUnreadable
from sync.rescue import read_unsettled
from sync.standing import attention, standing
from sync.wire import PushCommands
from tests import centres
from tests.centres import KEY, OFFICE, open_desk, sync
from visits.ids import ServiceId, StretchId, TicketId
from visits.offices.records import Service
from visits.queue.commands import CheckIn
from visits.queue.records import Ticket

NOW = datetime(2026, 11, 24, 10, 42, tzinfo=UTC)
ACTS = 60


@pytest.fixture
def centre(sample_files: dict[str, Path], tmp_path: Path) -> Iterator[Authority]:
    centre = centres.open_centre(centres.copied(sample_files["centre"], tmp_path / "centre"))
    yield centre
    centre.node.database.close()


def check_in(desk: Desk, number: int) -> None:
    at = centres.MORNING
    with desk.node.database.read() as session:
        service_id = session.scalars(select(Service.id).order_by(Service.id)).first()
    assert service_id is not None
    desk.issue(
        CheckIn(
            ticket_id=TicketId(f"rescued-{number}"),
            stretch_id=StretchId(f"rescued-stretch-{number}"),
            office_id=OFFICE,
            number=f"Y{number:02}",
            number_on=at.date(),
            service_id=ServiceId(service_id),
            arrived_at=at,
            note="Words that a person typed. " * 15,
        ),
        actor="sample-staff-00",
    )


@pytest.fixture
def worked_on(sample_files: dict[str, Path], tmp_path: Path) -> Path:
    """A closed desk with sixty check-ins that the centre has not seen."""
    path = centres.copied(sample_files["desk-1"], tmp_path / "desk")
    desk = open_desk(path, name="desk-1, at work")
    for number in range(ACTS):
        check_in(desk, number)
    desk.node.database.close()
    return path


def rescued(path: Path, key: bytes | None = KEY) -> tuple[Desk, str]:
    rescue = set_aside(path, key=key, now=NOW)
    fresh = open_desk(path, name="desk-1-again")
    return fresh, offer_rescued(fresh, rescue)


def tickets(centre: Authority) -> set[str]:
    with centre.node.database.read() as session:
        return set(session.scalars(select(Ticket.id).where(Ticket.id.startswith("rescued-"))))


def cut(path: Path) -> None:
    """Damage the first page: no key opens it any more."""
    with path.open("r+b") as file:
        file.write(b"\xff" * 64)


def pages_of(path: Path) -> int:
    return path.stat().st_size // 4_096


def scramble(path: Path, page: int) -> None:
    with path.open("r+b") as file:
        file.seek(page * 4_096 + 200)
        file.write(b"\0" * 100)


def test_a_damaged_database_is_kept_whole_under_a_name_that_says_when(worked_on: Path) -> None:
    cut(worked_on)
    before = worked_on.read_bytes()
    with pytest.raises(DatabaseUnreadable):
        open_desk(worked_on, name="desk-1")
    rescue = set_aside(worked_on, key=KEY, now=NOW)
    assert rescue.kept_at.name == "desk-1.damaged-20261124-104200.db"
    assert rescue.kept_at.read_bytes() == before
    assert not worked_on.exists()
    worked_on.write_bytes(b"damaged again in the same second")
    assert set_aside(worked_on, key=KEY, now=NOW).kept_at.name.endswith("104200-2.db")


def test_what_waited_is_sent_by_the_fresh_desk_once_and_no_more(
    worked_on: Path, centre: Authority
) -> None:
    before = open_desk(worked_on, name="desk-1")
    some = before.undecided()[:7]
    before.node.database.close()
    # The centre decided seven, and the answer never came back.
    centre.answer(PushCommands(device="desk-1", epoch=None, commands=some, after=some[0].seq - 1))
    fresh, words = rescued(worked_on)
    assert f"{ACTS} changes that were not settled with the centre are saved." in words
    for _ in range(3):
        sync(fresh, centre)
    with fresh.node.database.read() as session:
        assert standing(session).waiting == 0
        assert attention(fresh.node, session) == ()
    assert tickets(centre) == {f"rescued-{number}" for number in range(ACTS)}
    fresh.node.database.close()


@pytest.mark.parametrize("seed", range(8))
def test_with_pages_gone_all_that_can_be_read_is_saved_and_reaches_the_centre(
    worked_on: Path, centre: Authority, seed: int
) -> None:
    draw = random.Random(seed)
    for page in draw.sample(range(1, pages_of(worked_on)), k=3 + 10 * (seed % 3)):
        scramble(worked_on, page)
    readable = read_unsettled(worked_on, key=KEY)
    fresh, words = rescued(worked_on)
    for _ in range(3):
        sync(fresh, centre)
    with fresh.node.database.read() as session:
        assert standing(session).waiting == 0
    assert len(tickets(centre)) == len(readable)
    assert ("No unsent changes" in words) == (not readable)
    fresh.node.database.close()


def test_one_page_gone_costs_no_more_than_what_stood_on_it(worked_on: Path) -> None:
    whole = worked_on.read_bytes()
    counts = []
    for page in range(1, pages_of(worked_on), 7):
        worked_on.write_bytes(whole)
        scramble(worked_on, page)
        counts.append(len(read_unsettled(worked_on, key=KEY)))
    # A page near the root of a tree takes what hangs below it along; most take a few rows or none.
    assert sum(count >= ACTS - 8 for count in counts) >= len(counts) * 0.9
    assert sum(count == ACTS for count in counts) >= len(counts) * 0.5


def test_a_key_that_is_gone_is_said_and_the_file_is_kept(worked_on: Path) -> None:
    fresh, words = rescued(worked_on, key=None)
    assert "has lost its key" in words
    assert "cannot be read" in words
    assert "desk-1.damaged-20261124-104200.db" in words
    assert len(list(worked_on.parent.glob("desk-1.damaged-*.db"))) == 1
    fresh.node.database.close()


def test_what_needed_a_decision_still_does(
    worked_on: Path, sample_files: dict[str, Path], centre: Authority, tmp_path: Path
) -> None:
    other = open_desk(
        centres.copied(sample_files["desk-2"], tmp_path / "other"), name="desk-2, at work"
    )
    check_in(other, 1)
    sync(other, centre)
    desk = open_desk(worked_on, name="desk-1")
    sync(desk, centre)
    with desk.node.database.read() as session:
        (before,) = attention(desk.node, session)
    desk.node.database.close()
    fresh, words = rescued(worked_on)
    assert "1 change that was not settled with the centre is saved." in words
    with fresh.node.database.read() as session:
        assert attention(fresh.node, session) == (before,)
    for database in (fresh.node.database, other.node.database):
        database.close()


def test_nothing_of_the_copy_that_is_read_stays_behind(worked_on: Path) -> None:
    rescue = set_aside(worked_on, key=KEY, now=NOW)
    assert {file.name for file in worked_on.parent.iterdir()} == {rescue.kept_at.name}
