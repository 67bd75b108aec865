"""A sample council on disk, as two desks and their centre leave it, ready for real processes."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from sync.desk import Desk
from sync.ids import Clock, IdSource
from sync.proof import Identity
from sync.storage.sqlite import open_file
from visits.migrations.steps import migrate
from visits.registry import node_over

DESKS = ("desk-1", "desk-2")
ROWS_A_STATEMENT = 5_000


@dataclass(frozen=True, slots=True)
class Council:
    """The folder that `reception-app --sample --data` is given."""

    root: Path

    @property
    def folder(self) -> Path:
        """Where the sample of one day lies."""
        return self.root / "2026-11-24"

    @property
    def centre(self) -> Path:
        """The centre's folder."""
        return self.folder / "centre"

    def desk(self, name: str) -> Path:
        """A desk's folder."""
        return self.folder / name

    def copy_to(self, root: Path) -> Council:
        """A copy of its own for one figure."""
        shutil.copytree(self.root, root)
        return Council(root)


def build(root: Path, *, customers: int) -> Council:
    """A centre and two desks that have joined one office, all closed."""
    from reception_app.desk.folder import DeskFolder, Settings
    from tests import centres

    council = Council(root)
    council.centre.mkdir(parents=True)
    file = council.centre / "centre.db"
    file.with_suffix(".key").write_text(centres.KEY.hex(), "ascii")
    centres.build_centre(file, customers=customers)
    authority = centres.open_centre(file)
    for number, name in enumerate(DESKS, start=3):
        folder = DeskFolder(council.desk(name))
        folder.make()
        folder.remember(Settings(sample=True, counter_name=f"Counter {number}"))
        folder.key_file.write_text(centres.KEY.hex(), "ascii")
        centres.build_desk(folder.database, authority, name=name, is_provable=True)
    authority.node.database.close()
    return council


def add_people(desk_file: Path, *, known: int, customers: int) -> None:
    """Put more people of the same council straight into a desk's database."""
    from sqlalchemy import insert

    from tests import centres
    from visits.calendar.local_time import local_date
    from visits.sample.council import OFFICES, office_id
    from visits.sample.people import people

    offices = [office_id(key) for key, *_ in OFFICES]
    today = local_date(centres.MORNING)
    more = islice(people(customers, seed=1, office_ids=offices, today=today), known, None)
    node = open_desk(desk_file).node
    with node.database.write() as session:
        connection = session.connection()
        while batch := list(islice(more, ROWS_A_STATEMENT)):
            for table, images in (
                ("customer", [person.card for person in batch]),
                ("customer_details", [person.details for person in batch]),
            ):
                rows = [node.imaging.values(table, image) for image in images]
                connection.execute(insert(node.imaging.tables[table]), rows)
    node.database.close()


def open_desk(file: Path, clock: Clock | None = None) -> Desk:
    """A desk over its file, with ids that no run has given before."""
    from tests.centres import KEY, SetClock

    clock = clock or SetClock()
    database = open_file(file, key=KEY)
    migrate(database)
    new_id = IdSource(clock, secrets.randbits)
    return Desk(node_over(database), new_device=lambda: Identity(""), clock=clock, new_id=new_id)


@contextmanager
def served(council: Council) -> Iterator[str]:
    """The council's centre as a process of its own, as a desk starts it."""
    from reception_app.desk.embedded import EmbeddedCentre

    centre = EmbeddedCentre(council.centre)
    address = centre.start()
    try:
        yield address
    finally:
        centre.stop()
