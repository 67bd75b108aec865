"""W3: a device that the council has withdrawn is served no more, by real processes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from functools import partial
from pathlib import Path

import httpx
import pytest
from sqlalchemy import func, select

from sync.desk import Desk
from sync.errors import DatabaseUnreadable, Withdrawn
from sync.proof import Audience
from sync.service.seen import Seen
from sync.service.state import desks
from sync.standing import standing
from sync.storage.sqlite import open_file, open_memory
from sync.tables import command_log
from sync.upstream.http import HttpUpstream
from sync.wire import PushCommands, encode
from tests.centres import KEY, OFFICE, PERSON, SetClock, new_ids, open_desk
from tests.databases import postgresql_url
from tests.devices import device_of, proof_of
from tests.everything import everything
from tests.rounds import drive
from tests.visits.central.desks import one_round, undecided
from tests.visits.central.processes import run, serving
from tests.visits.council import DESK, Council
from visits.central.opening import authority_over
from visits.central.withdrawing import withdraw_device
from visits.customers.records import Customer
from visits.ids import StretchId, TicketId
from visits.offices.commands import JoinOffice
from visits.queue.commands import Call
from visits.queue.records import Ticket

SAID = "What was said here once"
LONG = 5
LOST, OTHER = "lost", "other"


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A centre of the sample council, set up."""
    with ExitStack() as stack:
        if request.param == "postgresql":
            url = stack.enter_context(postgresql_url())
        else:
            url = f"sqlite:///{tmp_path / 'centre.db'}"
        assert run("init", "--database", url, "--sample", "20").returncode == 0
        yield url


def joined(file: Path, name: str, address: str) -> Desk:
    """A desk of the office that holds all it may hold."""
    desk = open_desk(file, name=name, is_provable=True)
    assert one_round(desk, address)
    desk.issue(JoinOffice(office_id=OFFICE, counter_name=name), actor=desk.device)
    for _ in range(3):
        assert one_round(desk, address)
    return desk


def rows_held(desk: Desk) -> int:
    with desk.node.database.read() as session:
        tables = desk.node.metadata.sorted_tables
        return sum(session.scalar(select(func.count()).select_from(each)) or 0 for each in tables)


def words_of_people(desk: Desk) -> set[str]:
    """Words of the names of people that a desk knows, but short ones that may be in others."""
    with desk.node.database.read() as session:
        names = session.scalars(select(Customer.name_folded)).all()
    words = {word for name in names for word in name.split() if len(word) > LONG}
    assert words
    return words


def a_round(desk: Desk, address: str) -> None:
    """A round that raises what stands in its way."""
    proof = partial(desk.identities.shown, Audience.CENTRE)
    upstream = HttpUpstream(address, device=desk.device, proof=proof)
    try:
        drive(desk, upstream.send)
    finally:
        upstream.close()


def refusals(address: str, desk: Desk) -> dict[str, tuple[int, str]]:
    """What every route says to a device."""
    about = {"device": desk.device}
    headers = proof_of(LOST)
    push = encode(PushCommands(device=desk.device, epoch=None, commands=desk.undecided()))
    with httpx.Client(base_url=address, headers=headers, trust_env=False) as client:
        answers = {
            "changes": client.get("/v1/changes", params=about),
            "snapshot": client.get("/v1/snapshot", params=about | {"scope": "council"}),
            "events": client.get("/v1/events", params=about),
            "commands": client.post("/v1/commands", content=push),
        }
    return {route: (each.status_code, each.json()["code"]) for route, each in answers.items()}


def test_w3_a_withdrawn_desk_is_refused_at_its_next_request_and_lets_go_of_what_it_held(
    url: str, tmp_path: Path
) -> None:
    with serving(url, tmp_path) as (_, address):
        lost = joined(tmp_path / "lost.db", LOST, address)
        other = joined(tmp_path / "other.db", OTHER, address)
        earlier = lost.issue(JoinOffice(office_id=OFFICE, counter_name=SAID), actor=lost.device)
        assert one_round(lost, address)
        unsent = lost.issue(JoinOffice(office_id=OFFICE, counter_name="Unsent"), actor=lost.device)
        assert rows_held(lost) > 100
        names = words_of_people(lost)
        assert names <= set(everything(lost.node).split())
        done = run("withdraw", f"Civic Centre, {SAID}", "--database", url)
        assert done.returncode == 0, done.stderr
        assert f"Civic Centre, {SAID} ({lost.device}) is withdrawn." in done.stdout
        for route, said in refusals(address, lost).items():
            assert said == (403, "device_withdrawn"), route
        for _ in range(2):
            with pytest.raises(Withdrawn):
                a_round(lost, address)
        # What it shows of the unsent act is all: of the council it has nothing left.
        assert rows_held(lost) == 0
        assert undecided(lost) == 1
        kept = everything(lost.node)
        # The words of the full-text index too.
        assert not [word for word in names if word in kept]
        with lost.node.database.read() as session:
            assert standing(session).has_data is False
            bodies = session.execute(select(command_log.c.id, command_log.c.envelope)).all()
            assert earlier.id in {command_id for command_id, _ in bodies}
            assert not any(SAID.encode() in body for _, body in bodies)
            kept = session.scalar(select(command_log.c.state).where(command_log.c.id == unsent.id))
        assert kept == "pending"
        assert one_round(other, address)
        assert rows_held(other) > 100
        for desk in (lost, other):
            desk.node.database.close()
    told = run("status", "--database", url).stdout
    assert "Desks seen: 1," in told or "Desks seen: 0," in told


def test_w3_the_file_of_a_lost_desk_cannot_be_read_without_its_key(tmp_path: Path) -> None:
    file = tmp_path / "lost.db"
    lost = open_desk(file, name=LOST)
    lost.node.database.close()
    with pytest.raises(DatabaseUnreadable):
        open_file(file, key=bytes(reversed(KEY)))
    assert b"SQLite format" not in file.read_bytes()[:100]
    assert LOST.encode() not in file.read_bytes()


def test_a_device_that_is_not_there_is_not_withdrawn_and_those_that_are_are_named(
    url: str, tmp_path: Path
) -> None:
    nothing = run("withdraw", "Nowhere, Counter 9", "--database", url)
    assert nothing.returncode == 1
    assert "No device is called 'Nowhere, Counter 9'. There are:" in nothing.stderr
    with serving(url, tmp_path) as (_, address):
        for number in (1, 2):
            desk = joined(tmp_path / f"{number}.db", f"twin {number}", address)
            desk.issue(JoinOffice(office_id=OFFICE, counter_name="Twin"), actor=desk.device)
            assert one_round(desk, address)
            desk.node.database.close()
    both = run("withdraw", "civic centre,twin", "--database", url)
    assert both.returncode == 1
    assert "More than one device is called" in both.stderr
    for number in (1, 2):
        twin = f"Civic Centre, Twin ({device_of(f'twin {number}')}), "
        assert twin in both.stderr
    assert "Counter 1" not in both.stderr
    assert run("withdraw", device_of("twin 1"), "--database", url).returncode == 0
    again = run("withdraw", device_of("twin 1"), "--database", url)
    assert again.stdout == f"Civic Centre, Twin ({device_of('twin 1')}) was withdrawn already.\n"
    assert run("withdraw", "Civic Centre, Twin", "--database", url).returncode == 0
    neither = run("withdraw", "Civic Centre, Twin", "--database", url)
    assert "is withdrawn already" in neither.stderr
    assert neither.stderr.count("), withdrawn") == 2


def test_whoever_was_called_to_a_withdrawn_desk_waits_again(url: str, tmp_path: Path) -> None:
    with serving(url, tmp_path) as (_, address):
        lost = joined(tmp_path / "lost.db", LOST, address)
        with lost.node.database.read() as session:
            ticket = session.scalars(select(Ticket).where(Ticket.state == "waiting")).first()
        assert ticket is not None
        call = Call(
            ticket_id=TicketId(ticket.id), stretch_id=StretchId("called-by-lost"), at=SetClock()()
        )
        lost.issue(call, actor=PERSON)
        assert one_round(lost, address)
        done = run("withdraw", lost.device, "--database", url)
        assert done.stdout.splitlines()[-1] == f"Called there and waiting again: {ticket.number}."
        other = joined(tmp_path / "other.db", OTHER, address)
        with other.node.database.read() as session:
            assert session.get_one(Ticket, ticket.id).state == "waiting"
        for desk in (lost, other):
            desk.node.database.close()


def test_a_withdrawn_desk_that_was_seen_a_moment_before_is_not_written_down_again() -> None:
    database = open_memory()
    authority = authority_over(database)
    council = Council(authority.node).found()
    council.do(council.check_in())
    seen = Seen(authority.node, SetClock(), allowed=authority.allowed, every=timedelta(0))
    seen.note(DESK, {})
    withdraw_device(authority.node, DESK, new_id=new_ids("w", SetClock()), now=council.now)
    seen.write_if_due()
    with database.read() as session:
        assert desks(session) == ()
    database.close()
