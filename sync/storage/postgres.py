"""PostgreSQL: the centre in production.

SERIALIZABLE, with a retry when another transaction won, so that a handler may read whatever it
needs and still be right when two processes decide at once. Commands that lose are run again; the
change numbers are taken by the last statements, so that a row lock on a scope is held briefly.
"""

from __future__ import annotations

from sqlalchemy import create_engine, make_url
from sqlalchemy.pool import QueuePool

from sync.storage.database import Database

CONNECTIONS_MAX = 10


def open_url(url: str) -> Database:
    """Open a database by a `postgresql://` URL."""
    engine = create_engine(
        make_url(url).set(drivername="postgresql+psycopg"),
        poolclass=QueuePool,
        pool_size=CONNECTIONS_MAX,
        max_overflow=0,
        pool_pre_ping=True,
        hide_parameters=True,
        isolation_level="SERIALIZABLE",
        # PgBouncer in transaction mode gives each transaction another server.
        connect_args={"prepare_threshold": None},
    )
    return Database(engine)
