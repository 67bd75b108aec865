"""What a downstream node begins a scope with: all its rows, in parts, each read at its own moment.

Every part says at which change number it was read. Rows that change meanwhile come again as changes
after the first part's number: the parts with these changes upon them are the scope as it stands. So
nothing is kept here between two parts, any process can give the next one, and a desk that was cut
off goes on where it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from itertools import dropwhile
from typing import Any

import msgspec
from msgspec import Struct, field
from sqlalchemy import Select, Table, bindparam, func, select
from sqlalchemy.orm import Session

from sync.decide import epoch_of
from sync.errors import OtherVersion, Refusal
from sync.node import Node
from sync.rebase import before_waiting
from sync.record import Image
from sync.tables import scope_counter
from sync.wire import PAGE_BYTES_MAX, Place, SnapshotPart, TakeSnapshot, digest_of

BEGINNING: Place = ("", "")

First = Callable[[Session, str, str], Mapping[str, Sequence[str] | None]]
"""What a device needs of a scope before the rest: row ids by table, None for a whole table."""


def nothing_first(session: Session, device: str, scope: str) -> Mapping[str, Sequence[str] | None]:
    """For a domain whose desks wait for all of it."""
    return {}


class PartSize(Struct, frozen=True):
    """How much a part holds, and how much is read at once to fill it."""

    bytes_max: int = PAGE_BYTES_MAX
    rows_a_look: int = 500


STANDARD_SIZE = PartSize()


class _Rows(Struct):
    """Rows as they travel, and how large they are."""

    tables: dict[str, list[msgspec.Raw]] = field(default_factory=dict)
    size: int = 0

    def add(self, table: str, images: Iterable[Image]) -> None:
        packed = [msgspec.Raw(msgspec.json.encode(image)) for image in images]
        if packed:
            self.tables.setdefault(table, []).extend(packed)
            self.size += sum(map(len, packed))


@cache
def _next_rows(table: Table) -> Select[Any]:
    return (
        select(table)
        .where(table.c.scope == bindparam("of"), table.c.id > bindparam("after"))
        .order_by(table.c.id)
        .limit(bindparam("most"))
    )


@cache
def _how_many(table: Table) -> Select[Any]:
    return select(func.count()).select_from(table).where(table.c.scope == bindparam("of"))


class _Scope(Struct, frozen=True):
    """One scope of a node, read in one session: as the node above has it, without what waits."""

    node: Node
    session: Session
    name: str
    before: Mapping[Place, Image | None]
    size: PartSize

    def look(self, table: Table, after_id: str) -> tuple[list[Image], str | None]:
        """The next rows of a table, and the id to go on from; None when there are no more."""
        place = {"of": self.name, "after": after_id, "most": self.size.rows_a_look}
        found = self.session.connection().execute(_next_rows(table), place).all()
        images = self.node.imaging.read(table.name, found)
        last = images[-1]["id"] if len(images) == self.size.rows_a_look else None
        return self._without_waiting(table.name, images, after_id, last), last

    def _without_waiting(
        self, table: str, images: list[Image], after_id: str, last: str | None
    ) -> list[Image]:
        if not self.before:
            return images
        kept = [image for image in images if (table, image["id"]) not in self.before]
        return kept + [
            image
            for (name, row_id), image in self.before.items()
            if name == table and image is not None and image["scope"] == self.name
            if row_id > after_id and (last is None or row_id <= last)
        ]

    def these(self, table: Table, ids: Sequence[str] | None) -> list[Image]:
        """Some rows of a table, or all."""
        wanted = set(ids) if ids is not None else None
        images: list[Image] = []
        after: str | None = ""
        while wanted is None and after is not None:
            more, after = self.look(table, after)
            images += more
        if wanted:
            found = select(table).where(table.c.scope == self.name, table.c.id.in_(wanted))
            rows = self.session.connection().execute(found.order_by(table.c.id))
            images = self.node.imaging.read(table.name, rows)
            images = [image for image in images if (table.name, image["id"]) not in self.before]
        return images

    def count(self) -> int:
        """How many rows there are."""
        return sum(
            self.session.connection().execute(_how_many(table), {"of": self.name}).scalar_one()
            for table in self.node.metadata.sorted_tables
        )


def snapshot_part(
    node: Node,
    session: Session,
    request: TakeSnapshot,
    allowed: Iterable[str],
    *,
    first: First = nothing_first,
    given_by: str = "",
    size: PartSize = STANDARD_SIZE,
) -> SnapshotPart:
    """The rows of a scope that follow a place, as many as a part of that size holds.

    A scope too large for one part begins with what its device needs `first`; these rows come again
    in their place. `session` must be one consistent read, so that rows and number belong together.
    Raises Refusal for a scope not allowed, OtherVersion for a place in an unknown table.
    """
    if request.scope not in allowed:
        raise Refusal("scope_not_allowed")
    scope = _Scope(node, session, request.scope, before_waiting(session), size)
    expected = 0
    if request.first_only:
        rows, next_place = _these(scope, first(session, request.device, request.scope)), None
    else:
        rows, next_place = _scan(scope, request.after or BEGINNING)
        if request.after is None and next_place is not None:
            expected = scope.count()
            wanted = first(session, request.device, request.scope)
            if wanted:
                rows, next_place = _these(scope, wanted), BEGINNING
    tables = msgspec.json.encode(rows.tables)
    return SnapshotPart(
        epoch=epoch_of(session),
        scope=request.scope,
        number=_number(session, request.scope),
        given_by=given_by,
        after=request.after,
        next=next_place,
        rows_expected=expected,
        digest=digest_of(tables),
        tables=msgspec.Raw(tables),
    )


def _scan(scope: _Scope, after: Place) -> tuple[_Rows, Place | None]:
    rows = _Rows()
    last: str | None = after[1]
    for table in _tables_from(scope.node, after[0]):
        while last is not None:
            if rows.size >= scope.size.bytes_max:
                return rows, (str(table.name), last)
            images, last = scope.look(table, last)
            rows.add(str(table.name), images)
        last = ""
    return rows, None


def _tables_from(node: Node, name: str) -> Iterable[Table]:
    if name and name not in node.imaging.tables:
        raise OtherVersion(f"table {name!r} is unknown to this version")
    tables = node.metadata.sorted_tables
    return dropwhile(lambda table: bool(name) and table.name != name, tables)


def _these(scope: _Scope, wanted: Mapping[str, Sequence[str] | None]) -> _Rows:
    rows = _Rows()
    for name, ids in wanted.items():
        rows.add(name, scope.these(scope.node.imaging.tables[name], ids))
    return rows


def _number(session: Session, scope: str) -> int:
    counted = select(scope_counter.c.number).where(scope_counter.c.scope == scope)
    return session.execute(counted).scalar_one_or_none() or 0
