"""The full-text index of a desk, kept by triggers so that undo and re-run carry it along.

A card is one entry: its folded words and the date of birth as figures. The words are folded
already, so the index takes them apart at spaces alone and keeps no positions. Phone numbers are
found by an index of their own. SQLite only: the centre has no search box.
"""

from __future__ import annotations

from sqlalchemy import Connection

STATEMENTS = (
    """CREATE TABLE customer_search_entry (
        id INTEGER PRIMARY KEY, customer_id TEXT NOT NULL UNIQUE)""",
    """CREATE VIRTUAL TABLE customer_search USING fts5(
        words, content='', contentless_delete=1, detail=none, prefix='1 2 3',
        tokenize="ascii tokenchars '_'")""",
    "CREATE VIRTUAL TABLE customer_word USING fts5vocab(customer_search, 'row')",
    "CREATE INDEX customer_details_by_phone ON customer_details (phone_folded)",
)

TRIGGER = """CREATE TRIGGER customer_{name} AFTER {event} ON customer BEGIN {acts} END"""

FORGET = """
    DELETE FROM customer_search WHERE rowid =
        (SELECT id FROM customer_search_entry WHERE customer_id = old.id);
    DELETE FROM customer_search_entry WHERE customer_id = old.id;
"""

LEARN = """
    INSERT INTO customer_search_entry (customer_id) VALUES (new.id);
    INSERT INTO customer_search (rowid, words) VALUES (
        (SELECT id FROM customer_search_entry WHERE customer_id = new.id),
        new.name_folded || ' ' || replace(coalesce(new.born_on, ''), '-', ''));
"""


def create(connection: Connection) -> None:
    """Make the index and its triggers on an SQLite database without customers."""
    for statement in (*STATEMENTS, *_triggers()):
        connection.exec_driver_sql(statement)


def _triggers() -> list[str]:
    return [
        TRIGGER.format(name=name, event=event, acts=acts)
        for name, event, acts in (
            ("learnt", "INSERT", LEARN),
            ("relearnt", "UPDATE OF name_folded, born_on", FORGET + LEARN),
            ("forgotten", "DELETE", FORGET),
        )
    ]
