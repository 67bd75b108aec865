"""The check-in command, durable, against the same rows in one raw SQLCipher transaction."""

from __future__ import annotations

import gc
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sqlcipher3.dbapi2 as driver

from sync.command import Envelope
from sync.desk import Desk
from sync.ids import IdSource
from sync.storage.sqlite import WAL_PAGES_BEFORE_CHECKPOINT
from tests import centres
from tests.benchmarks.council import Council, open_desk
from tests.benchmarks.figures import Figure, beside_its_floor, in_turns, milliseconds
from tests.benchmarks.sizes import Sizes
from visits.calendar.local_time import local_date
from visits.ids import CustomerId, ServiceId, StretchId, TicketId
from visits.queue.commands import CheckIn

LIMIT = 3.0
WRITTEN = (("ticket", "id"), ("stretch", "ticket_id"), ("node_command", "id"))
"""The tables a check-in writes, and the column that finds its rows in them."""

Rows = dict[str, list[tuple[Any, ...]]]


def measure(council: Council, scratch: Path, sizes: Sizes) -> list[Figure]:
    """One figure. Both sides write the very same rows into copies of the same database."""
    file = council.desk("desk-1") / "desk.db"
    desk = open_desk(centres.copied(file, scratch / "ours"))
    raw = opened_raw(centres.copied(file, scratch / "raw"))
    check_ins = _check_ins(desk)
    waiting: list[Rows] = []

    def ours() -> float:
        command = next(check_ins)
        issued: list[Envelope] = []
        took = milliseconds(lambda: issued.append(desk.issue(command, actor=centres.PERSON)))
        waiting.append(_rows_of(desk, command, issued[0]))
        return took

    def bare() -> float:
        # When it is the floor's turn first, the rows come from a check-in that is not measured.
        if not waiting:
            ours()
        rows = waiting.pop(0)
        return milliseconds(lambda: _write(raw, rows))

    gc.collect()
    gc.disable()
    pairs = in_turns(ours, bare, pairs=sizes.check_ins, warm_up=sizes.check_ins // 10)
    gc.enable()
    raw.close()
    desk.node.database.close()
    return [beside_its_floor("check_in", pairs, unit="ms", limit=LIMIT, note="p50, durable")]


def _check_ins(desk: Desk) -> Iterator[CheckIn]:
    new_id = IdSource(centres.SetClock(), secrets.randbits)
    with desk.node.database.read() as session:
        connection = session.connection()
        services = connection.exec_driver_sql("SELECT id FROM service").scalars().all()
        people = connection.exec_driver_sql("SELECT id FROM customer LIMIT 500").scalars().all()
    number = 100
    while True:
        number += 1
        yield CheckIn(
            ticket_id=TicketId(new_id()),
            stretch_id=StretchId(new_id()),
            office_id=centres.OFFICE,
            number=f"B{number}",
            number_on=local_date(centres.MORNING),
            service_id=ServiceId(services[number % len(services)]),
            arrived_at=centres.MORNING,
            customer_id=CustomerId(people[number % len(people)]),
            access_needs=["hearing_loop"],
        )


def _rows_of(desk: Desk, command: CheckIn, issued: Envelope) -> Rows:
    keys = {"ticket": command.ticket_id, "stretch": command.ticket_id, "node_command": issued.id}
    with desk.node.database.read() as session:
        connection = session.connection()
        return {
            table: [
                tuple(row)
                for row in connection.exec_driver_sql(
                    f"SELECT * FROM {table} WHERE {column} = ?", (keys[table],)
                )
            ]
            for table, column in WRITTEN
        }


def opened_raw(path: Path) -> driver.Connection:
    """With the pragmas of a desk, and nothing else of ours."""
    raw = driver.connect(str(path), isolation_level=None)
    for pragma in (
        f"key = \"x'{centres.KEY.hex()}'\"",
        "journal_mode = WAL",
        "synchronous = FULL",
        f"wal_autocheckpoint = {WAL_PAGES_BEFORE_CHECKPOINT}",
    ):
        raw.execute(f"PRAGMA {pragma}")
    return raw


def _write(raw: driver.Connection, rows: Rows) -> None:
    raw.execute("BEGIN IMMEDIATE")
    for table, values in rows.items():
        for row in values:
            raw.execute(f"INSERT INTO {table} VALUES ({','.join('?' * len(row))})", row)
    raw.execute("COMMIT")
