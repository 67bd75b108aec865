"""The central service as an operator meets it: set up, served, stopped, killed, started again."""

from __future__ import annotations

import asyncio
import random
import signal
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from sync.errors import Unavailable
from sync.proof import Audience, shown_to
from sync.upstream.http import HttpUpstream
from tests.databases import postgresql_url
from tests.devices import device_of
from tests.visits.central.desks import a_desk, desk_rows, one_round, undecided, until
from tests.visits.central.processes import run, serving
from visits.central.serving import listen
from visits.ids import OfficeId
from visits.offices.commands import JoinOffice

KILLS = {"sqlite": 10, "postgresql": 5}
OFFICE = OfficeId("sample-office-civic")


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a centre that is set up with a small sample."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'centre.db'}"
        assert run("init", "--database", url, "--sample", "20").returncode == 0
        yield url
        return
    with postgresql_url() as url:
        done = run("init", "--database", url, "--sample", "20")
        assert done.returncode == 0, done.stderr
        yield url


@pytest.mark.parametrize("act", [(), ("init",), ("migrate",), ("serve",)])
def test_help_says_what_it_does_and_shows_it(act: tuple[str, ...]) -> None:
    done = run(*act, "--help")
    assert done.returncode == 0
    assert "usage: reception-central" in done.stdout
    words = {
        (): ["examples:", "sqlite:///", "postgresql://", "Keep a copy of the key"],
        ("init",): ["--sample", "--database"],
        ("migrate",): ["--database"],
        ("serve",): ["--port", "--host", "8620"],
    }
    assert all(word in done.stdout for word in words[act])


def test_what_cannot_be_opened_is_said_in_one_sentence(tmp_path: Path) -> None:
    nowhere = f"sqlite:///{tmp_path / 'no' / 'centre.db'}"
    (tmp_path / "centre.db").write_bytes(b"")
    for arguments, words in (
        (("serve", "--database", "mysql://x"), "sqlite:///FILE or postgresql://USER@HOST/NAME"),
        (("serve", "--database", nowhere), "There is no database at "),
        (("migrate", "--database", f"sqlite:///{tmp_path / 'centre.db'}"), "The key file"),
        (("migrate", "--database", "postgresql://127.0.0.1:9/x"), "cannot be written or reached"),
        (("init", "--database", f"sqlite:///{tmp_path}"), "cannot be"),
    ):
        done = run(*arguments)
        assert done.returncode == 1
        assert words in done.stderr
        assert "Traceback" not in done.stderr
        assert len(done.stderr.strip().splitlines()) == 1


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = run("init", "--database", f"sqlite:///{tmp_path / 'file' / 'centre.db'}")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert str(tmp_path / "file") in done.stderr


def test_a_database_that_is_not_one_is_said_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "centre.db"
    path.write_bytes(b"something else" * 1_000)
    done = run("init", "--database", f"sqlite:///{path}")
    assert (done.returncode, "Traceback" in done.stderr) == (1, False)
    assert "cannot be read" in done.stderr
    assert path.read_bytes() == b"something else" * 1_000


def test_a_port_in_use_is_said_with_a_way_on(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'centre.db'}"
    assert run("init", "--database", url).returncode == 0
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run("serve", "--database", url, "--port", str(port))
    assert done.returncode == 1
    assert f"Port {port} on 127.0.0.1 is in use. Choose another with --port" in done.stderr


def test_setting_up_twice_changes_nothing(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'centre.db'}"
    assert run("init", "--database", url).returncode == 0
    key = (tmp_path / "centre.key").read_text()
    assert run("init", "--database", url).returncode == 0
    assert (tmp_path / "centre.key").read_text() == key
    assert run("migrate", "--database", url).returncode == 0


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_within_seconds_with_streams_open(
    database: str, tmp_path: Path, sign: signal.Signals
) -> None:
    with serving(database, tmp_path) as (process, address):
        upstream = HttpUpstream(
            address,
            device=device_of("desk-1"),
            proof=lambda device: shown_to(Audience.CENTRE, "desk-1"),
        )
        heard = threading.Event()
        ended = threading.Event()

        def listen() -> None:
            try:
                for _ in upstream.pokes():
                    heard.set()
            except Unavailable:
                pass
            ended.set()

        threading.Thread(target=listen, daemon=True).start()
        assert heard.wait(10)
        process.send_signal(sign)
        began = time.monotonic()
        process.wait(10)
        assert time.monotonic() - began < 4
        assert ended.wait(5)
        upstream.close()
    assert "Traceback" not in (tmp_path / "service.log").read_text()


def test_k1_killed_in_mid_write_again_and_again_nothing_acknowledged_is_lost_or_run_twice(
    database: str, tmp_path: Path
) -> None:
    draw = random.Random(7)
    kills = KILLS[database.partition(":")[0]]
    desk = a_desk()
    with serving(database, tmp_path) as (_, address):
        one_round(desk, address)
    for kill in range(kills):
        for number in range(8):
            name = f"Kill {kill}, {number}"
            desk.issue(JoinOffice(office_id=OFFICE, counter_name=name), actor=desk.device)
        with serving(database, tmp_path) as (process, address):
            killer = threading.Timer(draw.uniform(0.0, 0.08), process.kill)
            killer.start()
            one_round(desk, address)
            killer.join()
    with serving(database, tmp_path) as (_, address):
        ends = time.monotonic() + 30
        while undecided(desk) and time.monotonic() < ends:
            one_round(desk, address)
        assert undecided(desk) == 0
        names = [row["counter_name"] for row in desk_rows(address, "desk-1")]
    assert names == [f"Kill {kill}, {number}" for kill in range(kills) for number in range(8)]
    desk.node.database.close()


def test_a_process_that_is_killed_leaves_no_other_behind(database: str, tmp_path: Path) -> None:
    with serving(database, tmp_path) as (process, _):
        process.kill()
        assert process.wait(5) == -signal.SIGKILL
    with serving(database, tmp_path) as (_, address):
        assert httpx.get(f"{address}/v1/health", trust_env=False).status_code == 200


def test_small_answers_are_sent_at_once() -> None:
    options: list[int] = []

    async def scene() -> None:
        listener = listen("127.0.0.1", 0)

        async def accepted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            line = writer.get_extra_info("socket")
            options.append(line.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            writer.close()

        server = await asyncio.start_server(accepted, sock=listener)
        reader, writer = await asyncio.open_connection(*listener.getsockname())
        assert await reader.read() == b""
        writer.close()
        server.close()

    asyncio.run(scene())
    assert options == [1]


def test_a_restored_centre_gets_back_what_desks_had_of_the_lost_days(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'centre.db'}"
    assert run("init", "--database", url, "--sample", "20").returncode == 0
    copy = (tmp_path / "centre.db").read_bytes()
    desk = a_desk()
    with serving(url, tmp_path) as (process, address):
        assert one_round(desk, address)
        desk.issue(JoinOffice(office_id=OFFICE, counter_name="After the copy"), actor=desk.device)
        assert one_round(desk, address)
        process.terminate()
        process.wait(10)
    for beside in tmp_path.glob("centre.db-*"):
        beside.unlink()
    (tmp_path / "centre.db").write_bytes(copy)
    assert "Desks will offer again" in run("renew", "--database", url).stdout
    with serving(url, tmp_path) as (_, address):
        until(lambda: one_round(desk, address) and not undecided(desk))
        names = [row["counter_name"] for row in desk_rows(address, "desk-1")]
    assert names == ["After the copy"]
    desk.node.database.close()
