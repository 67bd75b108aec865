"""PostgreSQL: the centre in production.

A transaction takes one lock as the first thing it does, and the others queue for it, whichever
process they come from: that of a scope where it needs one alone, or else that of the council. A
handler may therefore read what it needs and be right, and nobody loses work to another (decision
008). Locks are taken in one order, the council's (shared by those of a scope) before a scope's.
Nothing but prepared statements is kept in a session, and those only where no pooler stands between
that gives each transaction another one.
"""

from __future__ import annotations

import selectors
from typing import Any
from zlib import crc32

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import QueuePool

from sync.storage.database import ALONE_IN, READ_ONLY, Database

CONNECTIONS_MAX = 10
TURN_MAX_S = 5.0
"""How long a transaction waits for its turn before its sender must try again."""
STALLED_MAX_S = 10.0
"""A process that stops in the middle of its turn has it taken away after this long."""
PREPARED_AFTER = 5
"""A statement that ran so often on a connection is kept there, read and planned."""
PREPARED_MAX = 500
TURN = 0x5265_6365_7074_696F
"""The council's lock; a database holds one, so one number is enough."""
TURN_IN_A_SCOPE = 0x5265_6365
"""With a number made of its name, the lock of a scope. Two scopes may share one."""

CRC_MIDDLE = 1 << 31
"""The numbers of such locks are signed."""

BEGIN_READING = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
BEGIN_WRITING = (
    "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; "
    "SET LOCAL lock_timeout = {turn_ms}; "
    "SET LOCAL idle_in_transaction_session_timeout = {stalled_ms}; "
)
ALL_MINE = f"SELECT pg_advisory_xact_lock({TURN})"
ONE_MINE = (
    f"SELECT pg_advisory_xact_lock_shared({TURN}); "
    f"SELECT pg_advisory_xact_lock({TURN_IN_A_SCOPE}, {{scope}})"
)
"""One message, so that the queue moves on without waiting for the network in between."""


def open_url(
    url: str,
    *,
    prepares: bool = False,
    turn_max_s: float = TURN_MAX_S,
    stalled_max_s: float = STALLED_MAX_S,
) -> Database:
    """Open a database by a `postgresql://` URL.

    `prepares`: keep statements prepared at the server; it must be the server itself, no pooler.
    """
    engine = create_engine(
        make_url(url).set(drivername="postgresql+psycopg"),
        poolclass=QueuePool,
        pool_size=CONNECTIONS_MAX,
        max_overflow=0,
        hide_parameters=True,
        # Transactions are begun below, as they are on SQLite.
        isolation_level="AUTOCOMMIT",
        connect_args={"prepare_threshold": PREPARED_AFTER if prepares else None},
    )
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "checkout", _on_checkout)
    begin = BEGIN_WRITING.format(
        turn_ms=round(turn_max_s * 1000), stalled_ms=round(stalled_max_s * 1000)
    )
    return Database(_begun_by_hand(engine, begin), wait_max_s=turn_max_s)


def _begun_by_hand(engine: Engine, begin_writing: str) -> Engine:
    def on_begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        if options.get(READ_ONLY):
            connection.exec_driver_sql(BEGIN_READING)
        else:
            connection.exec_driver_sql(begin_writing + _lock(options.get(ALONE_IN)))

    event.listen(engine, "begin", on_begin)
    return engine


def _lock(scope: str | None) -> str:
    if scope is None:
        return ALL_MINE
    return ONE_MINE.format(scope=crc32(scope.encode()) - CRC_MIDDLE)


def _on_connect(connection: Any, record: object) -> None:
    connection.prepared_max = PREPARED_MAX


def _on_checkout(connection: Any, record: object, proxy: object) -> None:
    """An idle connection says nothing, unless its server has ended: then another is made.

    To ask the server, as `pool_pre_ping` does, costs every transaction a way there and back.
    """
    if connection.closed or _says_something(connection):
        raise DisconnectionError("the server has ended this connection")


def _says_something(connection: Any) -> bool:
    with selectors.DefaultSelector() as idle:
        idle.register(connection.fileno(), selectors.EVENT_READ)
        return bool(idle.select(0))
