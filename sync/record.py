"""Rows that every node can hold, and their images.

An image is a row as plain JSON values. Before-images undo a pending command, after-images feed
downstream nodes, so an image must give back exactly the row it was made from.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Date,
    Dialect,
    Index,
    Integer,
    MetaData,
    String,
    Table,
)
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import TypeDecorator, TypeEngine

from sync.errors import OtherVersion, UnreadableAnswer

Image = Mapping[str, Any]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
WHOLE_END = 1 << 63
"""Both databases keep whole numbers of 64 bits."""


def to_milliseconds(at: datetime) -> int:
    """Whole milliseconds since 1970 in UTC. Raises ValueError for a datetime without a zone."""
    if at.tzinfo is None:
        raise ValueError("an instant needs a zone")
    return (at - EPOCH) // MILLISECOND


def from_milliseconds(value: int) -> datetime:
    """The instant in UTC that `to_milliseconds` came from."""
    return EPOCH + value * MILLISECOND


class Instant(TypeDecorator[datetime]):
    """An instant, kept as whole milliseconds so that both databases sort and compare alike."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else to_milliseconds(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        return None if value is None else from_milliseconds(value)


RECORD_TYPES: dict[Any, Any] = {
    datetime: Instant,
    date: Date,
    list[str]: JSON,
    dict[str, Any]: JSON,
}
"""How the annotations of a record's columns are stored."""


class Replicated:
    """Mixed into a domain's declarative base: a row with an id of its own, in one scope.

    A uniqueness beside the id holds within one scope: scopes come and go apart from each other.
    """

    id: Mapped[str] = mapped_column(String, primary_key=True, sort_order=-2)
    scope: Mapped[str] = mapped_column(String, sort_order=-1)

    def __init_subclass__(cls, **given: Any) -> None:
        super().__init_subclass__(**given)
        table = getattr(cls, "__table__", None)
        if table is not None:
            index_by_scope(table)


def index_by_scope(table: Table) -> None:
    """Let the rows of one scope be read in the order of their ids, from anywhere on."""
    Index(f"{table.name}_by_scope", table.c.scope, table.c.id)


def _same(value: Any) -> Any:
    return value


def _encoder(kind: TypeEngine[Any]) -> Any:
    if isinstance(kind, Instant):
        return to_milliseconds
    if isinstance(kind, Date):
        return date.isoformat
    if isinstance(kind, (String, Integer, Boolean, JSON)):
        return _same
    raise TypeError(f"{kind!r} has no image; use text, integers, instants, dates or JSON")


def _check_whole(value: Any) -> None:
    if type(value) is not int or not -WHOLE_END <= value < WHOLE_END:
        raise ValueError


def _check_boolean(value: Any) -> None:
    if type(value) is not bool:
        raise ValueError


def _check(kind: TypeEngine[Any]) -> Any:
    """What raises where a database would keep a value that it cannot give back; None for none."""
    if isinstance(kind, Integer):
        return _check_whole
    if isinstance(kind, Boolean):
        return _check_boolean
    decoder = _decoder(kind)
    return None if decoder is _same else decoder


def _decoder(kind: TypeEngine[Any]) -> Any:
    if isinstance(kind, Instant):
        return from_milliseconds
    if isinstance(kind, Date):
        return date.fromisoformat
    return _same


class Imaging:
    """Turns rows of one set of tables into images and back."""

    def __init__(self, metadata: MetaData) -> None:
        self.tables: Mapping[str, Table] = dict(metadata.tables)
        self._names = {name: [c.name for c in table.columns] for name, table in self.tables.items()}
        self._encoders = {
            name: [(c.name, to) for c in table.columns if (to := _encoder(c.type)) is not _same]
            for name, table in self.tables.items()
        }
        self._decoders = {
            name: {c.name: _decoder(c.type) for c in table.columns}
            for name, table in self.tables.items()
        }

        self._checks = {
            name: {c.name: check for c in table.columns if (check := _check(c.type)) is not None}
            for name, table in self.tables.items()
        }

    def image(self, table: str, values: Mapping[str, Any]) -> dict[str, Any]:
        """The image of a row given by its Python values."""
        (image,) = self._encoded(table, [{name: values[name] for name in self._names[table]}])
        return image

    def read(self, table: str, rows: Iterable[Sequence[Any]]) -> list[Image]:
        """The images of rows read by `select(table)`, their values in the table's order."""
        names = self._names[table]
        found = [dict(zip(names, row, strict=True)) for row in rows]
        return list[Image](self._encoded(table, found))

    def _encoded(self, table: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        for name, encode in self._encoders[table]:
            for values in rows:
                if values[name] is not None:
                    values[name] = encode(values[name])
        return rows

    def values(self, table: str, image: Image) -> dict[str, Any]:
        """The Python values of an image. Raises OtherVersion for an unknown table or column."""
        decoders = self._known(table, image.keys())
        return {
            name: None if value is None else decoders[name](value) for name, value in image.items()
        }

    def columns(self, table: str, images: Iterable[Image]) -> tuple[str, ...]:
        """The columns that these images tell of, in the table's order. Raises as `values`."""
        told: set[str] = set().union(*images)
        return tuple(name for name in self._known(table, told) if name in told)

    def check(self, table: str, images: Sequence[Image]) -> None:
        """Raises UnreadableAnswer where a value of these could be kept and not read again."""
        for name, check in self._checks[table].items():
            try:
                for image in images:
                    value = image.get(name)
                    if value is not None:
                        check(value)
            except (TypeError, ValueError, OverflowError):
                raise UnreadableAnswer(f"{name} of {table} cannot be this") from None

    def _known(self, table: str, columns: Set[str]) -> Mapping[str, Any]:
        decoders = self._decoders.get(table)
        if decoders is None:
            raise OtherVersion(f"table {table!r} is unknown to this version")
        unknown = columns - decoders.keys()
        if unknown:
            raise OtherVersion(f"column {min(unknown)!r} of {table!r} is unknown to this version")
        return decoders
