"""Old days leave the desks by themselves and stay at the centre."""

from __future__ import annotations

import secrets
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from sync.authority import Authority
from sync.desk import Desk
from sync.ids import IdSource
from sync.tables import change
from sync.wire import PushCommands
from tests import centres
from tests.benchmarks.council import open_desk
from tests.centres import MORNING, SetClock
from visits.appointments.records import Appointment
from visits.archive.rules import KEPT_DAYS
from visits.central.tidying import Tidying, put_away_old_days
from visits.customers.commands import AddCustomer
from visits.customers.records import Customer
from visits.ids import CustomerId, OfficeId
from visits.queue.records import Ticket
from visits.sample.council import office_id

LATER = MORNING + timedelta(days=KEPT_DAYS + 3)


@pytest.fixture
def centre(tmp_path: Path) -> Authority:
    """The sample's centre: a morning, and appointments of four weeks."""
    centres.build_centre(tmp_path / "centre.db")
    return centres.open_centre(tmp_path / "centre.db")


@pytest.fixture
def desk(centre: Authority, tmp_path: Path) -> Desk:
    """A desk that holds all of its office."""
    centres.build_desk(tmp_path / "desk.db", centre, name="desk-1")
    return open_desk(tmp_path / "desk.db")


def new_id() -> IdSource:
    return IdSource(SetClock(LATER), secrets.randbits)


def count(node: object, record: type) -> int:
    with node.database.read() as session:  # type: ignore[attr-defined]
        return session.scalar(select(func.count()).select_from(record)) or 0


def a_person() -> AddCustomer:
    return AddCustomer(
        customer_id=CustomerId("somebody"),
        details_id="their details",
        office_id=OfficeId(office_id("civic")),
        reference="P9001",
        full_name="Dorothy Hughes",
        on_date=MORNING.date(),
    )


def test_old_days_leave_the_desk_and_the_centre_keeps_them(centre: Authority, desk: Desk) -> None:
    whole = {kind: count(centre.node, kind) for kind in (Ticket, Appointment)}
    before = {kind: count(desk.node, kind) for kind in (Ticket, Appointment)}
    put_away_old_days(centre.node, new_id=new_id(), now=LATER)
    centres.sync(desk, centre)
    assert {kind: count(centre.node, kind) for kind in whole} == whole
    assert count(desk.node, Appointment) < before[Appointment]
    assert 0 < count(desk.node, Ticket) < before[Ticket], "those who are still open stay"


def test_with_nothing_old_nothing_is_issued(centre: Authority) -> None:
    assert put_away_old_days(centre.node, new_id=new_id(), now=MORNING) == 0
    put_away_old_days(centre.node, new_id=new_id(), now=LATER)
    assert put_away_old_days(centre.node, new_id=new_id(), now=LATER) == 0


def test_a_service_tidies_by_itself_and_keeps_no_changes_of_archives(centre: Authority) -> None:
    tidying = Tidying(centre.node, new_id=new_id(), clock=SetClock(LATER))
    tidying.tidy()
    with centre.node.database.read() as session:
        archived = session.scalar(select(func.count()).where(Appointment.scope.like("archive:%")))
        changes = session.scalar(select(func.count()).where(change.c.scope.like("archive:%")))
    assert archived
    assert not changes


def test_tidying_ends_when_the_service_does(centre: Authority) -> None:
    tidying = Tidying(centre.node, new_id=new_id(), clock=SetClock(LATER))
    tidying.begin()
    tidying.end()
    assert count(centre.node, Ticket)


def test_n4_a_push_whose_answer_was_lost_is_not_run_again_after_months(
    centre: Authority, desk: Desk
) -> None:
    desk.issue(a_person(), actor=centres.PERSON)
    push = PushCommands(device=desk.device, epoch=None, commands=desk.undecided())
    answered = centre.answer(push)
    people = count(centre.node, Customer)
    Tidying(centre.node, new_id=new_id(), clock=SetClock(LATER)).tidy()
    assert centre.answer(push) == answered
    centres.sync(desk, centre)
    assert (count(centre.node, Customer), count(desk.node, Customer)) == (people, people)
    assert desk.undecided() == []
