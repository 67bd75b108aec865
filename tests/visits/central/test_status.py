"""What those who run a centre are told: by a command, and by figures for Prometheus."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from sync.authority import Authority
from sync.command import Arguments
from sync.decide import IdReused, OutOfOrder, decide
from sync.errors import StorageFailed, Unavailable
from sync.service import state
from sync.service.metrics import Durations, of_database, of_process, text
from sync.service.seen import DEVICES_WAITING_MAX, Seen
from sync.storage.sqlite import open_memory
from sync.tables import command_log, device
from sync.wire import Answer, PushCommands, Request, encode
from tests.centres import MORNING, SetClock, served
from tests.centres import OFFICE as SAMPLE_OFFICE
from tests.databases import centre_database, postgresql_url
from tests.visits.central.desks import a_desk, one_round
from tests.visits.central.processes import run, serving
from tests.visits.council import OFFICE, OFFICER, Council
from visits.central.opening import authority_over
from visits.central.status import status
from visits.ids import OfficeId
from visits.offices.commands import JoinOffice

DAY = timedelta(hours=24)
PLANTED = "Gwendolyn Planted"


@pytest.fixture(params=["sqlite", "postgresql"])
def council(request: pytest.FixtureRequest) -> Iterator[tuple[Authority, SetClock]]:
    """A centre whose day began with three accepted and two refused commands of a desk."""
    clock = SetClock()
    with centre_database(request.param) as database:
        authority = authority_over(database, clock=clock)
        authority.found("epoch-1")
        council = Council(authority.node).found()
        for seq in range(1, 6):
            args = (
                council.check_in(note=PLANTED)
                if seq < 4
                else JoinOffice(office_id=OfficeId("nowhere"), counter_name="x")
            )
            envelope = authority.node.registry.seal(
                args, id=f"c{seq}", device="desk-a", seq=seq, actor=OFFICER, issued_at=MORNING
            )
            decide(authority.node, envelope, decided_at=clock())
        yield authority, clock


def lines(authority: Authority, clock: SetClock) -> str:
    return "\n".join(status(authority.node.database, now=clock(), unseen_after=DAY))


def noting(authority: Authority, clock: SetClock) -> Seen:
    """What one process notes of desks, written down whenever it is asked."""
    return Seen(authority.node, clock, allowed=authority.allowed, every=timedelta(0))


def one_desk_two_changes_behind(
    authority: Authority, clock: SetClock
) -> tuple[Seen, dict[str, int], str]:
    """Note desk-a so; gives who noted it, where the centre stands, and the scope."""
    seen = noting(authority, clock)
    with authority.node.database.read() as session:
        heads = state.scopes(session)
    scope = f"office:{OFFICE}"
    seen.note("desk-a", {scope: heads[scope] - 2, "council": heads["council"]})
    seen.write_if_due()
    return seen, heads, scope


def test_status_counts_todays_commands_and_names_why_they_were_refused(
    council: tuple[Authority, SetClock],
) -> None:
    authority, clock = council
    told = lines(authority, clock)
    assert "Commands today: 3 accepted, 2 refused" in told
    assert "  2  not_found" in told
    assert "Commands a minute over the last hour: 0.1" in told
    assert f"office:{OFFICE}" in told
    assert PLANTED not in told
    clock.now += timedelta(days=1)
    assert "Commands today: 0 accepted, 0 refused" in lines(authority, clock)


def test_a_desk_that_fell_silent_is_named_with_what_it_lacks(
    council: tuple[Authority, SetClock],
) -> None:
    authority, clock = council
    seen, heads, scope = one_desk_two_changes_behind(authority, clock)
    assert "of them not for 24 hours: 0" in lines(authority, clock)
    clock.now += timedelta(hours=25)
    told = lines(authority, clock)
    assert "of them not for 24 hours: 1" in told
    assert "Civic Centre" in told and "(desk-a), last seen 10:42am on 24 Nov 2026" in told
    assert f"(desk-a): 2 in {scope}" in told
    seen.note("desk-a", heads)
    seen.note("desk-a")
    seen.write_if_due()
    assert "Desks behind when last seen: 0" in lines(authority, clock)


def test_figures_tell_lag_desks_unseen_and_why_commands_were_refused(
    council: tuple[Authority, SetClock],
) -> None:
    authority, clock = council
    _, heads, scope = one_desk_two_changes_behind(authority, clock)
    clock.now += timedelta(hours=25)
    nowhere = JoinOffice(office_id=OfficeId("nowhere"), counter_name=PLANTED)
    for seq in (6, 7):
        authority.answer(offer(authority, nowhere, seq))
    told = figures(authority, clock)
    assert told[f'reception_scope_number{{scope="{scope}"}}'] == heads[scope]
    assert told[f'reception_scope_lag_changes{{scope="{scope}"}}'] == 2
    assert told['reception_scope_lag_changes{scope="council"}'] == 0
    assert told[f'reception_desks_behind{{scope="{scope}"}}'] == 1
    assert (told["reception_desks"], told["reception_desks_unseen"]) == (1, 1)
    assert told["reception_desk_longest_unseen_seconds"] == 25 * 3600
    assert told['reception_decisions_total{state="refused",reason="not_found"}'] == 2


def test_a_desk_whose_command_cannot_be_decided_is_told_of_until_it_is(
    council: tuple[Authority, SetClock],
) -> None:
    authority, clock = council
    here, there = (noting(authority, clock) for _ in range(2))

    def note(process: Seen, *, waits: bool) -> str:
        process.note("desk-a", waits=waits)
        clock.now += timedelta(seconds=90)
        process.write_if_due()
        return lines(authority, clock)

    assert "cannot be decided here: 0" in note(here, waits=False)
    told = note(here, waits=True)
    assert "cannot be decided here: 1" in told
    assert "(desk-a): since 10:43am on 24 Nov 2026" in told
    note(there, waits=True)
    assert figures(authority, clock)["reception_oldest_pending_seconds"] == 2 * 90
    assert "cannot be decided here: 0" in note(there, waits=False)
    assert figures(authority, clock)["reception_oldest_pending_seconds"] == 0
    note(here, waits=True)
    clock.now += timedelta(minutes=15)
    assert "cannot be decided here: 0" in lines(authority, clock), "it does not try any more"


def test_what_a_process_could_not_write_of_desks_it_writes_the_next_time(
    council: tuple[Authority, SetClock], monkeypatch: pytest.MonkeyPatch
) -> None:
    authority, clock = council
    seen = noting(authority, clock)
    seen.note("desk-a", {"council": 1})
    seen.note("desk-a", waits=True)
    with monkeypatch.context() as full:
        full.setattr("sync.service.seen._write", fails_to_write)
        with pytest.raises(StorageFailed):
            seen.write_if_due()
    clock.now += timedelta(seconds=5)
    seen.write_if_due()
    told = lines(authority, clock)
    assert "cannot be decided here: 1" in told
    assert "in council" in told


def fails_to_write(*given: object) -> None:
    raise StorageFailed("disk_full")


@pytest.mark.parametrize(
    "failure",
    [StorageFailed("full"), Unavailable("busy"), KeyError("bug"), OutOfOrder(1), IdReused("c6")],
    ids=lambda failure: type(failure).__name__,
)
def test_what_a_centre_fails_to_decide_waits_and_what_it_decides_does_not(
    council: tuple[Authority, SetClock], failure: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority, clock = council
    noted: list[bool] = []
    monkeypatch.setattr(
        Seen, "note", lambda self, name, cursor=None, *, waits=False: noted.append(waits)
    )
    request = offer(authority, JoinOffice(office_id=OFFICE, counter_name="x"), 6)

    def fails(self: Authority, request: Request) -> Answer:
        raise failure

    with served(authority, clock=clock, is_watching=True) as address:
        with monkeypatch.context() as broken:
            broken.setattr(Authority, "_answer", fails)
            assert posted(address, request).status_code >= 400
        assert posted(address, request).status_code == 200
    assert noted == [True, False]


def posted(address: str, request: PushCommands) -> httpx.Response:
    return httpx.post(f"{address}/v1/commands", content=encode(request), trust_env=False)


def offer(authority: Authority, args: Arguments, seq: int) -> PushCommands:
    """What desk-a offers next."""
    envelope = authority.node.registry.seal(
        args, id=f"c{seq}", device="desk-a", seq=seq, actor=OFFICER, issued_at=MORNING
    )
    return PushCommands(device="desk-a", epoch="epoch-1", commands=[envelope])


def figures(authority: Authority, clock: SetClock) -> dict[str, float]:
    """What Prometheus reads of a centre, without what is of the process' own requests."""
    with authority.node.database.read() as session:
        shared = of_database(
            state.scopes(session),
            state.desks(session),
            waiting_since=state.waiting_since(session, clock()),
            bytes_held=state.size_bytes(session),
            now=clock(),
        )
    return read(text([*shared, *of_process(authority.tally, streams=0)]))


def test_w1_names_that_a_caller_invents_are_never_kept(council: tuple[Authority, SetClock]) -> None:
    authority, clock = council
    seen = noting(authority, clock)
    for number in range(DEVICES_WAITING_MAX + 500):
        seen.note(f"invented-{number}", {})
    assert len(seen._waiting) == DEVICES_WAITING_MAX
    seen._waiting = dict(list(seen._waiting.items())[:50])
    seen.note("desk-a", {})
    seen.write_if_due()
    with authority.node.database.read() as session:
        assert list(session.scalars(select(device.c.device))) == ["desk-a"]


def test_a_desk_that_asks_every_second_is_written_down_once_a_minute() -> None:
    clock = SetClock()
    database = open_memory()
    authority = authority_over(database)
    envelope = authority.node.registry.seal(
        JoinOffice(office_id=OFFICE, counter_name="x"),
        id="c1",
        device="desk-a",
        seq=1,
        actor="desk-a",
        issued_at=MORNING,
    )
    decide(authority.node, envelope)
    seen = Seen(authority.node, clock, allowed=authority.allowed)
    kept = set()
    for _ in range(150):
        clock.now += timedelta(seconds=1)
        seen.note("desk-a", {})
        seen.write_if_due()
        with database.read() as session:
            kept.add(session.scalar(select(device.c.seen_at)))
    assert len(kept - {None}) == 2
    database.close()


def test_figures_are_told_only_where_asked_for(tmp_path: Path) -> None:
    with postgresql_url() as url:
        assert run("init", "--database", url, "--sample", "20").returncode == 0
        with serving(url, tmp_path) as (_, address):
            closed = httpx.get(f"{address}/metrics", trust_env=False)
            assert (closed.status_code, closed.json()["code"]) == (404, "no_such_route")
        with serving(url, tmp_path, "--metrics", "--log-level", "info") as (_, address):
            desk = a_desk("desk-of-figures")
            assert one_round(desk, address)
            desk.issue(JoinOffice(office_id=SAMPLE_OFFICE, counter_name=PLANTED), actor=PLANTED)
            assert one_round(desk, address)
            told = httpx.get(f"{address}/metrics", trust_env=False)
        assert told.headers["content-type"].startswith("text/plain; version=0.0.4")
        figures = read(told.text)
        assert figures['reception_request_seconds_count{route="commands",status="200"}'] == 1
        assert sum(n for name, n in figures.items() if "decisions_total" in name) == 1
        assert figures['reception_scope_number{scope="council"}'] > 0
        assert figures["reception_retries_total"] == 0
        assert figures["reception_oldest_pending_seconds"] == 0
        assert figures["reception_database_bytes"] > 1_000_000
        assert PLANTED not in told.text and "desk-of-figures" not in told.text
        log = [
            json.loads(line)
            for line in (tmp_path / "service.log").read_text().splitlines()
            if line.startswith("{")
        ]
        [decided] = [line for line in log if line["event"] == "command decided"]
        with desk.node.database.read() as session:
            [command_id] = session.scalars(select(command_log.c.id))
        assert decided["command"] == command_id
        assert decided["act"] == "offices.join"
        assert PLANTED not in (tmp_path / "service.log").read_text()
        done = run("status", "--database", url)
        assert done.returncode == 0 and "Scopes, with the number" in done.stdout
        desk.node.database.close()


SAMPLE = re.compile(r'([a-z_]+(?:\{[a-z]+="[^"]*"(?:,[a-z]+="[^"]*")*\})?) ([0-9.e+-]+)')


def read(text: str) -> dict[str, float]:
    """The samples of Prometheus' text format, read strictly."""
    found = {}
    for line in text.splitlines():
        if line.startswith(("# HELP ", "# TYPE ")):
            continue
        match = SAMPLE.fullmatch(line)
        assert match, line
        assert match[1] not in found
        found[match[1]] = float(match[2])
    return found


def test_status_of_a_database_that_is_not_up_to_date_says_what_to_do(tmp_path: Path) -> None:
    with postgresql_url() as url:
        done = run("status", "--database", url)
    assert done.returncode == 1
    assert "Run `reception-central migrate`" in done.stderr
    assert "Traceback" not in done.stderr


def test_buckets_of_durations_only_grow() -> None:
    durations = Durations()
    for took_s in (0.001, 0.02, 0.02, 3.0, 60.0):
        durations.note("changes", 200, took_s)
    figures = list(read(text([durations.family()])).values())
    buckets = figures[:-2]
    assert buckets == sorted(buckets) and buckets[-1] == figures[-1] == 5
    assert figures[-2] == pytest.approx(63.041)
