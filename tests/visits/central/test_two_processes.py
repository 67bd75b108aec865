"""Two central processes over one PostgreSQL, with desks at both: as one centre to everybody."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import select

from sync.desk import Desk
from sync.node import unpacked
from sync.storage.postgres import open_url
from sync.tables import change, command_log
from tests.centres import MORNING
from tests.databases import postgresql_url
from tests.visits.central.desks import a_desk, listening, one_round, undecided, until
from tests.visits.central.processes import serving
from tests.visits.council import COUNCIL_TAX, OFFICE, OFFICER, Council
from visits.appointments.commands import Book
from visits.calendar.local_time import instant
from visits.central.opening import authority_over
from visits.ids import AppointmentId, CustomerId, NoticeId
from visits.offices.commands import JoinOffice
from visits.scopes import COUNCIL

TOMORROW = MORNING.date().replace(day=25)
SLOTS = 5
KILLS = 2
COMMANDS_A_KILL = 25


@dataclass(frozen=True, slots=True)
class Pair:
    """The addresses of two processes, and the database beneath them."""

    addresses: tuple[str, str]
    url: str
    customer: CustomerId


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    folders = [tmp_path_factory.mktemp(name) for name in ("one", "other")]
    with postgresql_url() as url:
        customer = found(url)
        with serving(url, folders[0]) as (_, one), serving(url, folders[1]) as (_, other):
            yield Pair((one, other), url, customer)


def found(url: str) -> CustomerId:
    """Set up a small council."""
    database = open_url(url)
    authority = authority_over(database)
    authority.found("epoch-1")
    customer = Council(authority.node).found().a_customer()
    database.close()
    return customer


def joined(name: str, address: str) -> Desk:
    """A desk of the office that holds all it may hold."""
    desk = a_desk(name)
    for _ in range(2):
        assert one_round(desk, address)
        desk.issue(JoinOffice(office_id=OFFICE, counter_name=name), actor=desk.device)
    assert one_round(desk, address)
    assert one_round(desk, address)
    return desk


def a_booking(desk: Desk, slot: int, customer: CustomerId) -> Book:
    return Book(
        appointment_id=AppointmentId(f"{desk.device}-{slot}"),
        notice_id=NoticeId(f"notice-{desk.device}-{slot}"),
        reference=f"{desk.device}-{slot}",
        office_id=OFFICE,
        service_id=COUNCIL_TAX,
        staff_id=OFFICER,
        customer_id=customer,
        starts_at=instant(TOMORROW, 10 * 60 + 30 * slot),
        booked_at=MORNING,
    )


def test_a_slot_asked_for_at_both_processes_at_once_is_given_once(pair: Pair) -> None:
    desks = [joined(f"asks-{number}", address) for number, address in enumerate(pair.addresses)]
    ids = []
    for slot in range(SLOTS):
        booked = [desk.issue(a_booking(desk, slot, pair.customer), actor=OFFICER) for desk in desks]
        ids.append([envelope.id for envelope in booked])
        together = threading.Barrier(2)

        def push(number: int, together: threading.Barrier = together) -> None:
            together.wait(10)
            one_round(desks[number], pair.addresses[number])

        threads = [threading.Thread(target=push, args=(number,)) for number in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    for desk, address in zip(desks, pair.addresses, strict=True):
        until(lambda desk=desk, address=address: one_round(desk, address) and not undecided(desk))
    for pair_of_ids in ids:
        outcomes = [desk.outcome(id) for desk, id in zip(desks, pair_of_ids, strict=True)]
        states = sorted(outcome.state for outcome in outcomes if outcome)
        assert states == ["accepted", "refused"]
    assert_numbers_have_no_gap(pair.url)
    for desk in desks:
        desk.node.database.close()


def assert_numbers_have_no_gap(url: str) -> None:
    database = open_url(url)
    with database.read() as session:
        rows = session.execute(select(change.c.scope, change.c.number)).all()
    database.close()
    for scope in {row.scope for row in rows}:
        numbers = sorted(row.number for row in rows if row.scope == scope)
        assert numbers == list(range(1, len(numbers) + 1))


def test_what_one_process_decides_reaches_a_desk_that_listens_at_the_other(pair: Pair) -> None:
    here, there = pair.addresses
    desk = joined("pushes", here)
    with listening(there, "pushes") as ear:
        for number in range(3):
            name = JoinOffice(office_id=OFFICE, counter_name=f"Poke {number}")
            command = desk.issue(name, actor=desk.device).id
            assert one_round(desk, here)
            outcome = desk.outcome(command)
            assert outcome is not None
            reached = outcome.numbers[COUNCIL]
            until(lambda reached=reached: ear.has_heard(COUNCIL, reached), within_s=10)
    desk.node.database.close()


def test_a_desk_whose_process_is_killed_in_mid_request_goes_on_at_the_other(
    pair: Pair, tmp_path: Path
) -> None:
    draw = random.Random(11)
    desk = joined("goes-on", pair.addresses[0])
    names = []
    for kill in range(KILLS):
        for number in range(COMMANDS_A_KILL):
            names.append(f"Kill {kill}, {number}")
            desk.issue(JoinOffice(office_id=OFFICE, counter_name=names[-1]), actor=desk.device)
        with serving(pair.url, tmp_path) as (process, address):
            killer = threading.Timer(draw.uniform(0.02, 0.2), process.kill)
            killer.start()
            one_round(desk, address)
            killer.join()
        until(lambda: one_round(desk, pair.addresses[1]) and not undecided(desk))
    database = open_url(pair.url)
    with database.read() as session:
        rows = session.execute(
            select(command_log.c.seq, command_log.c.state, command_log.c.envelope)
            .where(command_log.c.device == desk.device)
            .order_by(command_log.c.position)
        ).all()
    told = [msgspec.json.decode(unpacked(row.envelope).args)["counter_name"] for row in rows]
    database.close()
    assert told[-len(names) :] == names
    assert [row.seq for row in rows] == list(range(1, len(rows) + 1))
    assert {row.state for row in rows} == {"accepted"}
    assert_numbers_have_no_gap(pair.url)
    desk.node.database.close()
