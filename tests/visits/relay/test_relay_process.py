"""A relay as who runs it meets it: what stands in its way is a sentence, and then it ends."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.proof import identity_of
from sync.storage.sqlite import open_file
from tests import centres
from visits.migrations.steps import migrate
from visits.relay.running import OfficeRelay, Post, PostRefused

PROGRAM = [sys.executable, "-m", "visits.relay.main"]
ENDS_WITHIN_S = 60.0


@pytest.fixture(scope="module")
def upstream(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a centre of the sample council."""
    file = tmp_path_factory.mktemp("relay") / "centre.db"
    centres.build_centre(file, customers=20)
    centre = centres.open_centre(file)
    with centres.served(centre) as address:
        yield address
    centre.node.database.close()


def command(folder: Path, upstream: str, *more: str, office: str = "Civic Centre") -> list[str]:
    database = f"sqlite:///{folder / 'relay.db'}"
    return [*PROGRAM, "--office", office, "--upstream", upstream, "--database", database, *more]


def ended(arguments: list[str]) -> str:
    """What a relay says that cannot go on, in one sentence."""
    done = subprocess.run(
        arguments, capture_output=True, text=True, timeout=ENDS_WITHIN_S, check=False
    )
    assert done.returncode == 1, done
    assert "Traceback" not in done.stderr
    return done.stderr.splitlines()[-1]


def test_an_office_that_the_centre_does_not_have_is_said_and_the_relay_ends(
    tmp_path: Path, upstream: str
) -> None:
    said = ended(command(tmp_path, upstream, "--port", "0", office="Town Hall"))
    assert said.startswith("There is no office 'Town Hall' at this centre. It has: ")
    assert "Civic Centre" in said


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_a_relay_that_listens_everywhere_must_say_where_desks_reach_it(
    tmp_path: Path, upstream: str, host: str
) -> None:
    said = ended(command(tmp_path, upstream, "--host", host))
    assert said == f"With --host {host}, say by --address where desks reach this relay."


def test_an_address_that_no_desk_can_use_is_said(tmp_path: Path, upstream: str) -> None:
    said = ended(command(tmp_path, upstream, "--address", "relay.example:8621"))
    assert said.startswith("--address begins with http:// or https://")


def test_a_second_relay_over_one_database_ends_and_leaves_it_alone(
    tmp_path: Path, upstream: str
) -> None:
    arguments = command(tmp_path, upstream, "--port", "0")
    with subprocess.Popen(
        arguments, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as first:
        try:
            assert first.stdout is not None
            assert first.stdout.readline().startswith("Serving at http://127.0.0.1:")
            assert ended(arguments).startswith("Another relay is at work with ")
            assert first.poll() is None
        finally:
            first.kill()


def test_a_relay_that_the_centre_does_not_take_ends(tmp_path: Path, upstream: str) -> None:
    database = open_file(tmp_path / "relay.db", key=centres.KEY)
    migrate(database)
    office = OfficeRelay(
        database,
        upstream=upstream,
        clock=centres.SetClock(),
        random_bits=random.Random("relay").getrandbits,
        new_device=lambda: identity_of("relay"),
    )
    lost = threading.Event()
    office.begin(Post("Civic Centre", "ftp://relay.example"), lost=lost.set)
    try:
        assert lost.wait(ENDS_WITHIN_S)
        assert isinstance(office.lost, PostRefused)
        assert "not_an_address" in str(office.lost)
    finally:
        office.end()
        database.close()
