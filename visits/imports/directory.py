"""What the council has already, by the names its own lists use: read once an import."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from uuid import UUID, uuid5

from msgspec import Struct, field
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from sync.record import Image, Imaging
from visits.offices.records import Closure, Office, OpeningHours, Service
from visits.record import Record
from visits.rooms.records import Room
from visits.staff.records import StaffBreak, StaffMember, Team, WorkingHours

LISTS = UUID("8f1f3a52-6d0e-4a5b-9d55-0b7f4c6e2a10")
"""Ids made from names begin here, so that the same name gives the same row on every import."""

NAME = "name"
ALL_READ = (
    Office,
    OpeningHours,
    Closure,
    Service,
    Team,
    StaffMember,
    WorkingHours,
    StaffBreak,
    Room,
)
KEYS = {
    "office": ("name",),
    "opening_hours": ("office_id",),
    "closure": ("office_id",),
    "service": ("name",),
    "team": ("name",),
    "staff_member": ("full_name", "card_number"),
    "working_hours": ("staff_id",),
    "staff_break": ("staff_id",),
    "room": ("name", "office_id"),
}
"""What rows are looked up by."""


def id_of(kind: str, *names: str) -> str:
    """The id of something recognised by a name or a reference of the council's own."""
    return str(uuid5(LISTS, "\x1f".join((kind, *map(plain, names)))))


def plain(name: str) -> str:
    """A name as it is compared: without regard to capitals and spacing."""
    return " ".join(name.casefold().split())


def images(
    session: Session, imaging: Imaging, kind: type[Record], where: ColumnElement[bool] | None = None
) -> list[Image]:
    """Rows as images."""
    wanted = select(kind.__table__)
    if where is not None:
        wanted = wanted.where(where)
    return imaging.read(kind.__tablename__, session.execute(wanted))


class Directory(Struct):
    """The council's reference data, kept up to date with what the list at hand adds to it."""

    imaging: Imaging
    rows: dict[str, dict[str, Image]] = field(default_factory=lambda: defaultdict(dict))
    _by_key: dict[tuple[str, str, str], set[str]] = field(default_factory=lambda: defaultdict(set))

    @classmethod
    def of(cls, session: Session, imaging: Imaging) -> Directory:
        """Everything but customers and appointments: some thousands of rows at most."""
        directory = cls(imaging)
        for kind in ALL_READ:
            for row in images(session, imaging, kind):
                directory.put(kind.__tablename__, row)
        return directory

    def get(self, table: str, row_id: str) -> Image | None:
        """A row by its id."""
        return self.rows[table].get(row_id)

    def where(self, table: str, key: str, value: str) -> list[Image]:
        """The rows of a table by one of the keys in `KEYS`, in the order of their ids."""
        return [self.rows[table][row_id] for row_id in sorted(self._by_key[table, key, value])]

    def named(self, table: str, name: str) -> list[Image]:
        """The rows of a table with a name, whatever its capitals and spacing."""
        return self.where(table, NAME, plain(name))

    def put(self, table: str, image: Image) -> None:
        """Remember a row that is there, or that the list adds or changes."""
        row_id = image["id"]
        whole = {**self.rows[table].get(row_id, {}), **image}
        self.forget(table, row_id)
        self.rows[table][row_id] = whole
        for key, value in _keys(table, whole):
            self._by_key[table, key, value].add(row_id)

    def forget(self, table: str, row_id: str) -> None:
        """Remember that a row goes."""
        row = self.rows[table].pop(row_id, None)
        for key, value in _keys(table, row) if row else ():
            self._by_key[table, key, value].discard(row_id)


def _keys(table: str, row: Image) -> Iterator[tuple[str, str]]:
    for key in KEYS[table]:
        yield (NAME, plain(row[key])) if key in ("name", "full_name") else (key, row[key])
