"""Two central processes over one PostgreSQL behind one address: desks know of one centre."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from subprocess import Popen

import pytest
from sqlalchemy import select

from sync.desk import Desk
from sync.node import unpacked
from sync.proof import Audience
from sync.storage.postgres import open_url
from sync.tables import command_log
from sync.upstream import line as lines
from sync.upstream import pace
from sync.upstream.clocks import RightedClock
from sync.upstream.http import HttpUpstream
from sync.upstream.line import Line
from tests.databases import postgresql_url
from tests.faults.processes import frozen
from tests.faults.proxy import Balancer
from tests.visits.central.desks import listening, one_round, undecided, until
from tests.visits.central.processes import serving
from tests.visits.central.test_two_processes import assert_numbers_have_no_gap, found, joined
from tests.visits.council import OFFICE
from visits.offices.commands import JoinOffice
from visits.offices.records import Desk as Counter
from visits.scopes import COUNCIL

DESKS = 4
ROUNDS = 6
COMMANDS_A_ROUND = 3
KILLS_MAX = 8
ENDS_WITHIN_S = 10.0


@dataclass(frozen=True, slots=True)
class OneAddress:
    """Where desks find a centre, and the database beneath it."""

    address: str
    url: str
    ports: tuple[int, int]
    folder: Path
    processes: tuple[int, int]
    """Their ids."""


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[OneAddress]:
    """Two processes, each behind the one address for every other connection."""
    folders = [tmp_path / name for name in ("one", "other")]
    for folder in folders:
        folder.mkdir()
    with postgresql_url() as url:
        found(url)
        with serving(url, folders[0]) as (first, one), serving(url, folders[1]) as (second, other):
            ports = (_port(one), _port(other))
            processes = (first.pid, second.pid)
            balancer = Balancer("one address", ports)
            try:
                yield OneAddress(balancer.address, url, ports, tmp_path, processes)
            finally:
                balancer.close()


def _port(address: str) -> int:
    return int(address.rpartition(":")[2])


def test_commands_that_come_to_both_by_one_address_are_decided_once_and_in_order(
    centre: OneAddress,
) -> None:
    desks = [joined(f"desk-{number}", centre.address) for number in range(DESKS)]
    with listening(centre.address, "desk-0") as one, listening(centre.address, "desk-1") as other:
        threads = [threading.Thread(target=works, args=(desk, centre.address)) for desk in desks]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        last = last_number(desks)
        for ear in (one, other):
            until(lambda ear=ear: ear.has_heard(COUNCIL, last), within_s=10)
    for name in ("one", "other"):
        assert '"command decided"' in (centre.folder / name / "service.log").read_text("utf-8")
    assert_decided_once(centre.url, {desk.device for desk in desks})
    assert_numbers_have_no_gap(centre.url)
    for desk in desks:
        desk.node.database.close()


def test_a_process_that_is_killed_in_mid_request_costs_a_retry_and_nothing_else(
    centre: OneAddress,
) -> None:
    desks: list[Desk] = []
    rounds_lost = 0
    for number in range(KILLS_MAX):
        folder = centre.folder / f"third-{number}"
        folder.mkdir()
        with serving(centre.url, folder) as (process, address):
            balancer = Balancer("one address", (_port(address), *centre.ports))
            try:
                desks = desks or [joined(f"on-{n}", balancer.address) for n in range(DESKS)]
                rounds_lost += _kill_while_they_work(process, _port(address), balancer, desks)
            finally:
                balancer.close()
        if rounds_lost:
            break
    assert rounds_lost, "no kill was in the middle of a request: this shows nothing"
    assert_decided_once(centre.url, {desk.device for desk in desks})
    assert_numbers_have_no_gap(centre.url)
    for desk in desks:
        desk.node.database.close()


def test_u7_while_one_of_two_processes_is_frozen_all_goes_on_by_the_other(
    centre: OneAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "ASKED_TIMEOUT_S", 1.0)
    for poll in ("POLL_LISTENING_S", "POLL_DEAF_S"):
        monkeypatch.setattr(pace, poll, 0.3)
    desks = [joined(f"desk-{number}", centre.address) for number in range(DESKS)]
    with ExitStack() as stack:
        writers = [stack.enter_context(on_line(desk, centre.address)) for desk in desks]
        at_work = list(zip(desks, writers, strict=True))
        for pid in centre.processes:
            name = f"While {pid} is frozen"
            with frozen(pid):
                act = JoinOffice(office_id=OFFICE, counter_name=name)
                writers[0].submit(desks[0].issue, act, actor="tom").result()
                until(
                    lambda name=name: all(
                        name in writer.submit(counters, desk).result() for desk, writer in at_work
                    )
                )
    assert_decided_once(centre.url, {desk.device for desk in desks}, at_least=1)
    for desk in desks:
        desk.node.database.close()


@contextmanager
def on_line(desk: Desk, address: str) -> Iterator[ThreadPoolExecutor]:
    """A desk's own line, working by itself; what is issued goes up with the next look.

    Gives the one thread that may use the desk meanwhile.
    """
    shown = desk.identities.shown(Audience.CENTRE, desk.device)
    upstream = HttpUpstream(address, device=desk.device, proof=lambda device: shown)
    with ThreadPoolExecutor(1) as writer:
        line = Line(
            desk,
            lambda: upstream,
            writer,
            RightedClock(lambda: datetime.now(UTC)),
            told=lambda state: None,
            settled=lambda: None,
        )
        line.start()
        try:
            yield writer
        finally:
            assert line.stop(timeout_s=ENDS_WITHIN_S)


def counters(desk: Desk) -> set[str]:
    """What the counters of a desk's office are called."""
    with desk.node.database.read() as session:
        return set(session.scalars(select(Counter.counter_name)))


def _kill_while_they_work(
    process: Popen[str], port: int, balancer: Balancer, desks: list[Desk]
) -> int:
    """Kill it while a desk's request is with it; says how many rounds came to nothing."""
    with ThreadPoolExecutor(DESKS) as at_work:
        lost = [at_work.submit(works, desk, balancer.address) for desk in desks]
        until(lambda: balancer.leads_to(port) or all(each.done() for each in lost))
        process.kill()
        return sum(each.result() for each in lost)


def works(desk: Desk, address: str) -> int:
    """Some commands, a round, some more; each round by a connection of its own.

    Gives how many rounds came to nothing.
    """
    lost = 0
    for number in range(ROUNDS):
        for nth in range(COMMANDS_A_ROUND):
            name = JoinOffice(office_id=OFFICE, counter_name=f"{desk.device} {number} {nth}")
            desk.issue(name, actor=desk.device)
        lost += not one_round(desk, address)
    until(lambda: one_round(desk, address) and not undecided(desk))
    return lost


def last_number(desks: list[Desk]) -> int:
    """How far the council's scope was at the desk that got furthest."""
    return max(desk.position()[1][COUNCIL] for desk in desks)


def assert_decided_once(
    url: str, devices: set[str], *, at_least: int = ROUNDS * COMMANDS_A_ROUND
) -> None:
    """Every command of every desk, accepted, in the order that desk gave them."""
    database = open_url(url)
    with database.read() as session:
        rows = session.execute(
            select(
                command_log.c.device, command_log.c.seq, command_log.c.state, command_log.c.envelope
            )
            .where(command_log.c.device.in_(devices))
            .order_by(command_log.c.position)
        ).all()
    database.close()
    assert {row.state for row in rows} == {"accepted"}
    assert len({unpacked(row.envelope).id for row in rows}) == len(rows)
    for device in devices:
        numbers = [row.seq for row in rows if row.device == device]
        assert len(numbers) >= at_least
        assert numbers == list(range(1, len(numbers) + 1))
