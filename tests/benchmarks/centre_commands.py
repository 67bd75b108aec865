"""Commands decided by one central process on PostgreSQL, against the same writes in bare psycopg.

The floor writes the same rows, a row a statement, into another database of the same schema: one
transaction and one commit a command, and nothing read.
"""

from __future__ import annotations

import gc
import math
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import event

from sync.command import Envelope
from sync.decide import COMMANDS_A_TURN_MAX, decide_turn
from sync.numbering import LOGGED
from sync.storage.database import Database
from sync.storage.postgres import open_url
from sync.sums import SUM_MODULUS
from tests.benchmarks.council import Council
from tests.benchmarks.figures import Figure, Pair, beside_its_floor, in_turns, milliseconds
from tests.benchmarks.sizes import Sizes
from tests.databases import postgresql_url
from tests.visits import council as small
from visits.central.opening import authority_over
from visits.migrations.steps import migrate

LIMIT = 2.5
"""0.4 times as many commands a second as the floor."""
DEVICE = "desk-of-the-benchmark"
WRITES = ("INSERT", "UPDATE", "DELETE", "WITH")
IN_ONE = "INSERT INTO node_command"
COUNT_ON = f"""INSERT INTO node_scope (scope, number, sum) VALUES (%s, %s, %s)
    ON CONFLICT (scope) DO UPDATE SET
        number = excluded.number, sum = (node_scope.sum + excluded.sum) %% {SUM_MODULUS}"""
KEEP_CHANGE = "INSERT INTO node_change (scope, number, command_id, rows) VALUES (%s, %s, %s, %s)"
KEEP_COMMAND = (
    f"INSERT INTO node_command ({', '.join(LOGGED)}) VALUES ({', '.join(['%s'] * len(LOGGED))})"
)

BEFORE_ANALYZE = 500
"""Commands before the server looks at its tables, as it does by itself within a minute: until then
it keeps to the plans that it made for nearly empty ones, and reads every row."""

Writes = list[tuple[str, Any]]


def measure(council: Council, scratch: Path, sizes: Sizes) -> list[Figure]:
    """Check-ins one a transaction, and as many a transaction as a desk with a backlog gets."""
    with postgresql_url() as url, postgresql_url() as bare_url:
        bare = open_url(bare_url)
        migrate(bare)
        bare.close()
        with psycopg.connect(bare_url) as floor:
            gc.collect()
            gc.disable()
            figures = [
                _figure("centre_commands", url, floor, pairs=sizes.check_ins, a_turn=1),
                _figure(
                    "centre_commands, in tens",
                    url,
                    floor,
                    pairs=math.ceil(sizes.check_ins / COMMANDS_A_TURN_MAX),
                    a_turn=COMMANDS_A_TURN_MAX,
                ),
            ]
            gc.enable()
    return figures


def _figure(
    name: str, url: str, floor: psycopg.Connection[Any], *, pairs: int, a_turn: int
) -> Figure:
    database = open_url(url, prepares=True)
    node = authority_over(database).node
    check_ins = _check_ins(small.Council(node), f"{DEVICE}-{a_turn}", is_new=a_turn == 1)
    waiting: list[list[Writes]] = []

    def ours() -> float:
        turn = list(islice(check_ins, a_turn))
        with _writes(database) as written:
            took = milliseconds(lambda: decide_turn(node, turn, after=turn[0].seq - 1))
        waiting.append(_by_command(written, a_turn))
        return took

    def bare() -> float:
        if not waiting:
            ours()
        commands = waiting.pop(0)
        return milliseconds(lambda: _replay(floor, commands))

    for _ in range(BEFORE_ANALYZE // a_turn):
        ours()
    with psycopg.connect(url, autocommit=True) as server:
        server.execute("ANALYZE")
    taken = in_turns(ours, bare, pairs=pairs, warm_up=max(1, pairs // 10))
    database.close()
    each = [Pair(pair.ours / a_turn, pair.bare / a_turn) for pair in taken]
    return beside_its_floor(name, each, unit="ms", limit=LIMIT, note="p50 a command, PostgreSQL")


def _check_ins(council: small.Council, device: str, *, is_new: bool) -> Iterator[Envelope]:
    if is_new:
        council.found()
    seq = 0
    while True:
        seq += 1
        command = council.check_in(
            ticket_id=f"{device}-t{seq}", stretch_id=f"{device}-s{seq}", number=f"{device}{seq}"
        )
        yield council.node.registry.seal(
            command,
            id=f"{device}-{seq}",
            device=device,
            seq=seq,
            actor=small.OFFICER,
            issued_at=council.now,
        )


@contextmanager
def _writes(database: Database) -> Iterator[list[tuple[str, Any]]]:
    """Collects what a turn writes, a statement at a time."""
    written: list[tuple[str, Any]] = []

    def note(
        conn: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool
    ) -> None:
        if statement.lstrip().startswith(WRITES):
            written.append((statement, parameters))

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield written
    finally:
        event.remove(database.engine, "before_cursor_execute", note)


def _by_command(written: list[tuple[str, Any]], a_turn: int) -> list[Writes]:
    """What each command of a turn would write alone, in the plainest words: a row a statement."""
    alone: list[Writes] = [[] for _ in range(a_turn)]
    for statement, parameters in written:
        if IN_ONE in statement:
            for number, writes in enumerate(_taken_apart(parameters, a_turn)):
                alone[number] += writes
        else:
            rows = parameters if isinstance(parameters, list) else [parameters]
            for number, row in enumerate(rows):
                alone[number].append((statement, row))
    return alone


def _taken_apart(parameters: tuple[Any, ...], a_turn: int) -> Iterator[Writes]:
    """A check-in changes one scope: its counter, then the changes, then the log."""
    scope, _, moved = parameters[:3]
    changes = [parameters[3 + 4 * n : 7 + 4 * n] for n in range(a_turn)]
    log = parameters[3 + 4 * a_turn :]
    columns = len(LOGGED)
    for number, change in enumerate(changes):
        yield [
            (COUNT_ON, (scope, change[1], moved)),
            (KEEP_CHANGE, change),
            (KEEP_COMMAND, log[columns * number : columns * (number + 1)]),
        ]


def _replay(floor: psycopg.Connection[Any], commands: list[Writes]) -> None:
    for writes in commands:
        for statement, parameters in writes:
            floor.execute(statement, parameters)
        floor.commit()
