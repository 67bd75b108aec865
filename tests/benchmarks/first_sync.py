"""A desk that begins: all rows of its council, against the same rows from one packed file.

The desk asks a real central process over HTTP and ends durable, encrypted and searchable. The floor
unpacks one file of the same rows and puts them by raw SQL into an empty database of that schema,
its full-text index and key included, in one transaction.
"""

from __future__ import annotations

import gc
import secrets
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import msgspec
import sqlcipher3.dbapi2 as driver

from reception_app.desk.collecting import EVERY_MS, YOUNG_MAX
from sync.desk import Desk
from sync.ids import IdSource
from sync.proof import Audience, new_identity, shown_to
from sync.storage.sqlite import open_file
from sync.upstream.http import HttpUpstream
from tests import centres
from tests.benchmarks.check_in import opened_raw
from tests.benchmarks.council import Council, add_people, served
from tests.benchmarks.figures import Figure, beside_its_floor, in_turns, milliseconds
from tests.benchmarks.sizes import Sizes
from tests.devices import device_of
from tests.rounds import drive
from visits.migrations.steps import migrate
from visits.offices.commands import JoinOffice
from visits.record import Record
from visits.registry import node_over

LIMIT = 3.0
Rows = dict[str, list[list[Any]]]


@dataclass(frozen=True, slots=True)
class Begun:
    """A desk's file that has begun, and how another begins: gives its milliseconds."""

    model: Path
    begin: Callable[[], float]


def measure(council: Council, scratch: Path, sizes: Sizes) -> list[Figure]:
    """One figure."""
    empty = _empty(scratch / "empty.db")
    numbers = count()
    with beginning(council, scratch, sizes) as begun:
        packed = _packed(begun.model)
        rows = sum(len(found) for found in _unpacked(packed).values())

        def bare() -> float:
            file = centres.copied(empty, scratch / f"bare-{next(numbers)}")
            return milliseconds(lambda: _put(file, packed))

        pairs = in_turns(begun.begin, bare, pairs=sizes.desks_begun, warm_up=0)
    note = f"{rows:,} rows, {len(packed) / 1e6:.1f} MB packed"
    return [beside_its_floor("first_sync", pairs, unit="ms", limit=LIMIT, note=note)]


@contextmanager
def beginning(council: Council, scratch: Path, sizes: Sizes) -> Iterator[Begun]:
    """A large council that desks begin with."""
    own = council.copy_to(scratch / "council")
    add_people(own.centre / "centre.db", known=sizes.customers, customers=sizes.people_begun_with)
    numbers = count()
    with served(own) as address, _listening(address):

        def begin() -> float:
            return milliseconds(lambda: _begin(scratch, next(numbers), address))

        with _collecting():
            yield Begun(_begin(scratch, next(numbers), address), begin)


@contextmanager
def _collecting() -> Iterator[None]:
    """Garbage is collected as the window's thread of a desk does it."""
    has_ended = threading.Event()

    def collect() -> None:
        while not has_ended.wait(EVERY_MS / 1_000):
            if gc.get_count()[0] > YOUNG_MAX:
                gc.collect(1)

    beside = threading.Thread(target=collect)
    gc.disable()
    gc.freeze()
    beside.start()
    try:
        yield
    finally:
        has_ended.set()
        beside.join()
        gc.unfreeze()
        gc.enable()


@contextmanager
def _listening(address: str) -> Iterator[None]:
    """Somebody listens meanwhile: a service that a desk has started ends when nobody does."""
    upstream = HttpUpstream(
        address,
        device=device_of("listener"),
        proof=lambda device: shown_to(Audience.CENTRE, "listener"),
    )
    pokes = upstream.pokes()
    next(pokes)
    yield
    upstream.close()


def _empty(file: Path) -> Path:
    database = open_file(file, key=centres.KEY)
    migrate(database)
    database.close()
    return file


def _begin(scratch: Path, number: int, address: str) -> Path:
    """A new desk fetches the council, joins the office and fetches that: as a first start does."""
    file = scratch / f"desk-{number}.db"
    clock = centres.SetClock()
    database = open_file(file, key=centres.KEY)
    migrate(database)
    new_id = IdSource(clock, secrets.randbits)
    desk = Desk(
        node_over(database),
        new_device=lambda: new_identity(secrets.randbits),
        clock=clock,
        new_id=new_id,
    )
    upstream = HttpUpstream(
        address, device=desk.device, proof=partial(desk.identities.shown, Audience.CENTRE)
    )
    drive(desk, upstream.send)
    desk.issue(JoinOffice(office_id=centres.OFFICE, counter_name="Counter"), actor=desk.device)
    drive(desk, upstream.send)
    drive(desk, upstream.send)
    upstream.close()
    database.close()
    return file


def _packed(file: Path) -> bytes:
    """Every replicated row of a desk in one file."""
    raw = opened_raw(file)
    rows: Rows = {name: list(map(list, _all_of(raw, name))) for name in Record.metadata.tables}
    raw.close()
    return zlib.compress(msgspec.json.encode(rows))


def _all_of(raw: driver.Connection, table: str) -> Iterator[tuple[Any, ...]]:
    yield from raw.execute(f"SELECT * FROM {table}")


def _unpacked(packed: bytes) -> Rows:
    return msgspec.json.decode(zlib.decompress(packed), type=Rows)


def _put(file: Path, packed: bytes) -> None:
    raw = opened_raw(file)
    raw.execute("BEGIN IMMEDIATE")
    for table, rows in _unpacked(packed).items():
        if rows:
            marks = ",".join("?" * len(rows[0]))
            raw.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)
    raw.execute("COMMIT")
    raw.close()
