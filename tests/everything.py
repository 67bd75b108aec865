"""All that a copy of the data holds, to look for what should not be there any more."""

from __future__ import annotations

from typing import Any

from sqlalchemy import inspect, text

from sync.node import Node
from tests.index_pages import words_in_pages

INDEX = "customer_search_data"


def everything(node: Node) -> str:
    """All that a copy holds, as text: every table, its full-text index and what that is made of."""
    with node.database.read() as session:
        connection = session.connection()
        if connection.dialect.name == "sqlite":
            found = "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE '%vocab%'"
            tables = [name for (name,) in connection.exec_driver_sql(found)]
        else:
            tables = inspect(connection).get_table_names()
        rows: list[Any] = [
            row for table in tables for row in connection.execute(text(f"SELECT * FROM {table}"))
        ]
        if INDEX in tables:
            rows.append(sorted(words_in_pages(connection)))
    return " ".join(_as_text(value) for row in rows for value in row).lower()


def _as_text(value: Any) -> str:
    held = bytes(value) if isinstance(value, bytes | memoryview) else None
    return held.decode("latin-1") if held is not None else str(value)
