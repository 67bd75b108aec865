"""Whether a PostgreSQL that came back from its own log holds every row, by whatever index."""

from __future__ import annotations

import psycopg
from psycopg import sql

INDEXES = """
    SELECT i.indrelid::regclass::text, i.indexrelid::regclass::text, array_agg(a.attname::text)
    FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
    JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey)
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND i.indpred IS NULL
    GROUP BY i.indrelid, i.indexrelid ORDER BY i.indrelid::regclass::text
"""
READ_ALL = "SELECT count(*), sum(hashtext(row::text)) FROM (SELECT * FROM {table} {order}) AS row"
BY_INDEX = ("enable_seqscan", "enable_sort", "enable_bitmapscan")


def check_server_sound(url: str) -> int:
    """Every table can be read whole, and each of its indexes leads to the same rows.

    At one moment, whoever works meanwhile. Says how many indexes there were.
    """
    with psycopg.connect(url) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        indexes = connection.execute(INDEXES).fetchall()
        plain = {table: _read(connection, table, []) for table, _, _ in indexes}
        for way in BY_INDEX:
            connection.execute(sql.SQL("SET LOCAL {} = off").format(sql.Identifier(way)))
        for table, index, columns in indexes:
            found = _read(connection, table, columns)
            assert found == plain[table], f"{index} leads to {found}, {table} has {plain[table]}"
    return len(indexes)


def _read(
    connection: psycopg.Connection[tuple[object, ...]], table: str, columns: list[str]
) -> tuple[object, ...] | None:
    by = sql.SQL(", ").join(map(sql.Identifier, columns))
    order = sql.SQL("ORDER BY {}").format(by) if columns else sql.SQL("")
    statement = sql.SQL(READ_ALL).format(table=sql.SQL(table), order=order)  # type: ignore[arg-type]
    return connection.execute(statement).fetchone()
