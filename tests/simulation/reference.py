"""What the nodes must agree with: models that are simpler than the code they judge."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import msgspec

from sync.errors import Refusal, SyncError
from sync.held import TABLE as HELD
from sync.node import Node
from sync.record import Image
from sync.storage.database import Database
from sync.wire import Row
from tests.simulation.council import all_images, council
from tests.simulation.disk import Disk, Rows
from tests.simulation.disk import Image as Content
from visits.migrations.steps import migrate
from visits.registry import node_over

Images = dict[tuple[str, str], Image]
"""Rows as images, by table and id."""


class Broken(AssertionError):
    """A promise was broken; the text begins with its number in the list of invariants."""


def promise(holds: bool, text: str) -> None:
    """Raise Broken unless it holds."""
    if not holds:
        raise Broken(text)


@dataclass(slots=True)
class Epoch:
    """What the centre said in one epoch: where it began, and every change since."""

    name: str
    began: Images
    numbers: dict[str, int]
    changes: dict[str, dict[int, tuple[str, list[Row]]]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    _disks: dict[frozenset[tuple[str, int]], Content | None] = field(default_factory=dict)

    def disk_at(self, cursor: Mapping[str, int]) -> Content | None:
        """A desk's disk at this cursor, where nothing waits; None when that was before the epoch.

        Desks are at the same cursor again and again, above all when they have healed.
        """
        place = frozenset(cursor.items())
        if place not in self._disks:
            images = self._rows_at(cursor)
            self._disks[place] = None if images is None else _holding(images)
        return self._disks[place]

    def _rows_at(self, cursor: Mapping[str, int]) -> Images | None:
        images: Images = {}
        for scope, number in cursor.items():
            rows = self.rows_at(scope, number)
            if rows is None:
                return None
            images |= rows
        return images

    def rows_at(self, scope: str, number: int) -> Images | None:
        """The rows of a scope at a change number; None when that was before the epoch began."""
        begins = self.numbers.get(scope, 0)
        if number < begins:
            return None
        rows = {place: image for place, image in self.began.items() if image["scope"] == scope}
        for n in range(begins + 1, number + 1):
            for table, row_id, image in self.changes[scope][n][1]:
                if image is None:
                    rows.pop((table, row_id), None)
                else:
                    rows[table, row_id] = image
        return rows


class Record:
    """Reads the centre's own record as it grows, and holds it to what it said before."""

    def __init__(self, disk: Disk, began: Images) -> None:
        self._disk = disk
        self._last = 0
        self.epochs: dict[str, Epoch] = {}
        self.begin(began)

    def begin(self, began: Images) -> None:
        """A new epoch begins with these rows, which the centre now holds."""
        raw = self._disk.raw
        self._changed: set[tuple[str, str]] = set()
        self._let_go_upto: dict[str, int] = {}
        name = raw.execute("SELECT value FROM node_about WHERE name = 'epoch'").fetchone()[0]
        self.now = self.epochs[name] = Epoch(name, began, self.counters())
        self._read_on()

    def let_go(self, upto: Mapping[str, int]) -> None:
        """The centre was told to let go of changes up to these numbers; it may have lost power.

        All that stands there now is known: rows that are gone leave their places free.
        """
        for scope, number in upto.items():
            count = "SELECT count(*) FROM node_change WHERE scope = ? AND number <= ?"
            if not self._disk.raw.execute(count, (scope, number)).fetchone()[0]:
                self._let_go_upto[scope] = max(number, self._let_go_upto.get(scope, 0))
        self._read_on()

    def _read_on(self) -> None:
        last = self._disk.raw.execute("SELECT coalesce(max(rowid), 0) FROM node_change")
        self._last = last.fetchone()[0]

    def counters(self) -> dict[str, int]:
        """The centre's change number in every scope."""
        return dict(self._disk.raw.execute("SELECT scope, number FROM node_scope").fetchall())

    def read(self) -> None:
        """Take in what was committed since; every scope counts without a gap."""
        rows = self._disk.raw.execute(
            "SELECT rowid, scope, number, command_id, rows FROM node_change WHERE rowid > ? "
            "ORDER BY rowid",
            (self._last,),
        ).fetchall()
        for self._last, scope, number, command_id, body in rows:
            known = self.now.changes[scope]
            expected = self.now.numbers.get(scope, 0) + len(known) + 1
            promise(number == expected, f"O2: {scope} counts {number} after {expected - 1}")
            once = (scope, command_id) not in self._changed
            promise(once, f"C1: a command has changed {scope} twice")
            self._changed.add((scope, command_id))
            known[number] = (command_id, msgspec.json.decode(body, type=list[Row]))

    def check(self) -> None:
        """What was once said of a number still stands, and the counters are where they must be."""
        self.read()
        for scope, number in self.counters().items():
            last = self.now.numbers.get(scope, 0) + len(self.now.changes[scope])
            promise(number == last, f"O2: the counter of {scope} is {number}, its changes {last}")
        for scope, known in self.now.changes.items():
            stored = self._disk.raw.execute(
                "SELECT number, command_id, rows FROM node_change WHERE scope = ? AND number > ?",
                (scope, self.now.numbers.get(scope, 0)),
            ).fetchall()
            said = {n: (c, msgspec.json.decode(b, type=list[Row])) for n, c, b in stored}
            upto = self._let_go_upto.get(scope, 0)
            kept = {n: change for n, change in known.items() if n > upto}
            promise(said == kept, f"O2: a change of {scope} is not what it was")


def images_of(node: Node) -> Images:
    """Every replicated row of a node, as images."""
    found: Images = {}
    with node.database.read() as session:
        for table in node.metadata.sorted_tables:
            if table.name == HELD:
                continue
            for image in all_images(node, session, table.name):
                found[table.name, image["id"]] = image
    return found


def node_of(images: Images, database: Database) -> Node:
    """A node over an empty database of either kind, with these rows."""
    migrate(database)
    node = node_over(database)
    with database.write() as session:
        for (table, _), image in images.items():
            values = node.imaging.values(table, image)
            session.connection().execute(node.metadata.tables[table].insert(), values)
    return node


@cache
def images_at_first() -> Images:
    """Every row of the centre as every history begins."""
    disk = _scratch()
    disk.load(council().centre)
    return images_of(node_over(disk.database()))


@cache
def _scratch() -> Disk:
    return Disk("scratch")


def replayed(base: Content, centre: Disk, after: int) -> Rows:
    """The rows that the centre's log gives when it is run in order on `base`."""
    disk = _scratch()
    disk.load(base)
    node = node_over(disk.database())
    log = centre.raw.execute(
        "SELECT envelope, state FROM node_command WHERE position > ? ORDER BY position", (after,)
    ).fetchall()
    with node.database.write() as session:
        for body, state in log:
            done = _may(node, session, bytes(body)) and _run(node, session, bytes(body))
            promise(
                done or state == "refused",
                "C8: a command that the centre accepted is refused when its log is run again",
            )
            promise(
                not done or state != "refused",
                "C6: a command that the centre refused works when its log is run again",
            )
    return disk.rows()


def _may(node: Node, session: Any, body: bytes) -> bool:
    from sync.node import unpacked

    assert node.actors is not None
    envelope = unpacked(body)
    staff = set(session.execute(node.actors.known, {"actors": [envelope.actor]}).scalars())
    try:
        node.actors.check(envelope, staff)
    except Refusal:
        return False
    return True


def _run(node: Node, session: Any, body: bytes) -> bool:
    from sync.node import unpacked

    try:
        node.run(session, unpacked(body))
    except SyncError:
        return False
    finally:
        session.expire_all()
    return True


def rebuilt(upstream: Content, waiting: list[bytes]) -> Disk:
    """A desk made anew: upstream's rows, then what waits, run in order."""
    disk = _scratch()
    disk.load(upstream)
    node = node_over(disk.database())
    with node.database.write() as session:
        for body in waiting:
            _run(node, session, body)
    return disk


def refusal_of(there: Disk, body: bytes) -> str:
    """Why a command would be refused on a copy of this disk; "" where it would not."""
    from sync.node import unpacked

    disk = _scratch()
    disk.load(there.image())
    node = node_over(disk.database())
    with node.database.write() as session:
        try:
            node.run(session, unpacked(body))
        except Refusal as refusal:
            return refusal.reason
    return ""


def _holding(images: Images) -> Content:
    """A disk of a desk that holds these rows and nothing else."""
    disk = _scratch()
    disk.load(council().unused_desk)
    node = node_over(disk.database())
    by_table: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for (table, _), image in images.items():
        by_table[table].append(node.imaging.values(table, image))
    with node.database.write() as session:
        for table, values in by_table.items():
            session.connection().execute(node.metadata.tables[table].insert(), values)
    return disk.image()


def difference(one: Rows, other: Rows) -> str:
    """The first rows that differ, without what is in them."""
    for table in one:
        for row_id in sorted(one[table].keys() | other[table].keys()):
            here, there = one[table].get(row_id), other[table].get(row_id)
            if here != there:
                return f"{table} {row_id}: {here} against {there}"
    return ""
