"""A council's central service and two desks of one office, each a process of its own.

What takes long to make, a centre in the middle of its morning and desks that have joined it, is
made once a run and copied.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from reception_app.desk.folder import DeskFolder, Settings
from reception_app.desk.keys import PassphraseKeys
from reception_app.desk.runtime import open_node
from sync.authority import Authority
from sync.desk import Desk as DeskNode
from tests import centres
from tests.databases import postgresql_url
from tests.devices import provable
from tests.end_to_end.centre import Centre, set_up
from tests.end_to_end.clocks import MovedClock
from tests.end_to_end.desk import PASSPHRASE, Desk
from visits.offices.commands import JoinOffice

CUSTOMERS = 300
PERSON = "sample-staff-04"
JOINED = {"desk-1": "Counter 3", "desk-2": "Counter 4", "desk-3": "Counter 5"}


@dataclass
class Day:
    """The processes of a day, and the clock they go by."""

    folder: Path
    made: Path
    clock: MovedClock
    centre: Centre
    desks: list[Desk] = field(default_factory=list)

    def new_desk(self, name: str, *, clock: MovedClock | None = None) -> Desk:
        """A desk: desk-1 to desk-3 have joined the office, any other begins from nothing."""
        folder = self.folder / name
        if name in JOINED:
            shutil.copytree(self.made / name, folder)
        desk = Desk(name, folder, clock=clock or self.clock, home=self.folder)
        self.desks.append(desk)
        return desk

    def open_desks(self) -> tuple[Desk, Desk]:
        """The centre and two desks, at work and up to date."""
        first, second = self.open_all("desk-1", "desk-2")
        return first, second

    def open_all(self, *names: str) -> list[Desk]:
        """The centre and these desks, at work and up to date."""
        central = self.centre.start()
        desks = [self.new_desk(name) for name in names]
        for desk in desks:
            desk.start("--central", central)
        for desk in desks:
            desk.give_passphrase()
        for desk in desks:
            desk.until(lambda seen: seen.sync.startswith("Up to date") and seen.waiting)
        return desks

    def end(self) -> None:
        """End whatever still runs."""
        for desk in self.desks:
            desk.kill()
        self.centre.kill()


def make(database: str, folder: Path) -> Path:
    """A centre of the sample council and the folders of the desks that have joined it."""
    clock = MovedClock(folder / "clock")
    set_up(database, customers=CUSTOMERS, clock=clock)
    authority = Centre(database, folder, clock=clock).opened()
    for name, counter in JOINED.items():
        join(DeskFolder(folder / name), name, counter, authority)
    authority.node.database.close()
    return folder


def join(folder: DeskFolder, name: str, counter: str, authority: Authority) -> None:
    """Make the folder of a desk that has joined the office and is closed."""
    folder.make()
    node = open_node(folder.database, PassphraseKeys(PASSPHRASE).key(folder.path, is_new=True))
    clock = centres.SetClock()
    new_id = centres.new_ids(name, clock)
    desk = DeskNode(node, new_device=provable(name, new_id), clock=clock, new_id=new_id)
    centres.sync(desk, authority)
    desk.issue(JoinOffice(office_id=centres.OFFICE, counter_name=counter), actor=PERSON)
    centres.sync(desk, authority)
    centres.sync(desk, authority)
    node.database.close()
    folder.remember(Settings(counter_name=counter, staff_id=PERSON))


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a centre over SQLite and of its desks, all closed."""
    folder = tmp_path_factory.mktemp("made")
    return make(f"sqlite:///{folder / 'centre.db'}", folder)


@pytest.fixture
def day(made: Path, tmp_path: Path) -> Iterator[Day]:
    """A day with its central service over SQLite."""
    with over_sqlite(made, tmp_path) as day:
        yield day


@pytest.fixture(params=["sqlite", "postgresql"])
def day_on_each(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Day]:
    """A day with its central service over SQLite, and one over PostgreSQL."""
    if request.param == "sqlite":
        with over_sqlite(request.getfixturevalue("made"), tmp_path) as day:
            yield day
    else:
        with over_postgresql(tmp_path) as day:
            yield day


@contextmanager
def over_sqlite(made: Path, folder: Path) -> Iterator[Day]:
    """A day over a copy of what was made."""
    for name in ("centre.db", "centre.key"):
        shutil.copy(made / name, folder / name)
    with a_day(f"sqlite:///{folder / 'centre.db'}", made, folder) as day:
        yield day


@contextmanager
def over_postgresql(folder: Path) -> Iterator[Day]:
    """A day over a PostgreSQL database of its own."""
    with postgresql_url() as url:
        (folder / "made").mkdir()
        with a_day(url, make(url, folder / "made"), folder) as day:
            yield day


@contextmanager
def a_day(database: str, made: Path, folder: Path) -> Iterator[Day]:
    """A day whose processes are all ended afterwards."""
    clock = MovedClock(folder / "clock")
    day = Day(folder, made, clock, Centre(database, folder, clock=clock))
    try:
        yield day
    finally:
        day.end()
