"""PostgreSQL is stopped under a centre and started again: a wait for desks, and nothing else."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.centres import OFFICE
from tests.databases import Server
from tests.devices import proof_of
from tests.visits.central.desks import a_desk, listening, one_round, undecided, until
from tests.visits.central.processes import run, serving
from visits.offices.commands import JoinOffice
from visits.scopes import COUNCIL


@pytest.fixture
def server() -> Iterator[Server]:
    with tempfile.TemporaryDirectory(prefix="reception-restart-") as folder:
        own = Server(Path(folder))
        yield own
        own.stop()


def test_a_desk_waits_while_the_server_is_away_and_then_goes_on(
    server: Server, tmp_path: Path
) -> None:
    assert run("init", "--database", server.url, "--sample", "20").returncode == 0
    with serving(server.url, tmp_path) as (process, address):
        desk = a_desk()
        assert one_round(desk, address)
        with listening(address, "desk-1") as ear:
            desk.issue(JoinOffice(office_id=OFFICE, counter_name="Before"), actor=desk.device)
            assert one_round(desk, address)
            server.stop()
            away = desk.issue(JoinOffice(office_id=OFFICE, counter_name="Away"), actor=desk.device)
            assert not one_round(desk, address)
            assert undecided(desk) == 1
            refused = httpx.get(
                f"{address}/v1/changes?device={desk.device}",
                headers=proof_of("desk-1"),
                trust_env=False,
            )
            assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
            server.start()
            until(lambda: one_round(desk, address) and not undecided(desk))
            outcome = desk.outcome(away.id)
            assert outcome is not None and outcome.state == "accepted"
            until(lambda: ear.has_heard(COUNCIL, outcome.numbers[COUNCIL]))
        assert process.poll() is None
        desk.node.database.close()
    assert "Traceback" not in (tmp_path / "service.log").read_text()
