"""The full-text index of a desk, kept by triggers so that undo and re-run carry it along.

A card is one entry: its folded words and the date of birth as figures. The words are folded
already, so the index takes them apart at spaces alone and keeps no positions. The entry has them
too: of a hundred people who fit, ranking reads a hundred short rows and no card. Phone numbers are
found by an index of their own. SQLite only: the centre has no search box.
"""

from __future__ import annotations

from sqlalchemy import Connection
from sqlalchemy.orm import Session

STATEMENTS = (
    """CREATE TABLE customer_search_entry (
        id INTEGER PRIMARY KEY, customer_id TEXT NOT NULL UNIQUE, words TEXT NOT NULL)""",
    """CREATE VIRTUAL TABLE customer_search USING fts5(
        words, content='', contentless_delete=1, detail=none, prefix='1 2 3',
        tokenize="ascii tokenchars '_'")""",
    "CREATE VIRTUAL TABLE customer_word USING fts5vocab(customer_search, 'row')",
    "CREATE INDEX IF NOT EXISTS customer_details_by_phone ON customer_details (phone_folded)",
)
FORGOTTEN = (
    *(f"DROP TRIGGER customer_{name}" for name in ("learnt", "relearnt", "forgotten")),
    *(f"DROP TABLE customer_{name}" for name in ("word", "search", "search_entry")),
)
ENTRY = "customer_search_entry (customer_id, words)"
WORDS = "{row}.name_folded || ' ' || replace(coalesce({row}.born_on, ''), '-', '')"

MERGE = "INSERT INTO customer_search (customer_search) VALUES ('optimize')"
"""A word that no card has any more stays in the index until its parts are merged."""
TRIGGER = """CREATE TRIGGER customer_{name} AFTER {event} ON customer BEGIN {acts} END"""

FORGET = """
    DELETE FROM customer_search WHERE rowid =
        (SELECT id FROM customer_search_entry WHERE customer_id = old.id);
    DELETE FROM customer_search_entry WHERE customer_id = old.id;
"""

LEARN = f"""
    INSERT INTO {ENTRY} VALUES (new.id, new.name_folded);
    INSERT INTO customer_search (rowid, words) VALUES (
        (SELECT id FROM customer_search_entry WHERE customer_id = new.id),
        {WORDS.format(row="new")});
"""
LEARN_ALL = (
    f"INSERT INTO {ENTRY} SELECT id, name_folded FROM customer ORDER BY id",
    f"""INSERT INTO customer_search (rowid, words)
        SELECT entry.id, {WORDS.format(row="customer")} FROM customer_search_entry AS entry
        JOIN customer ON customer.id = entry.customer_id ORDER BY entry.id""",
)


def create(connection: Connection) -> None:
    """Make the index and its triggers on an SQLite database without customers."""
    for statement in (*STATEMENTS, *_triggers()):
        connection.exec_driver_sql(statement)


def rebuild(connection: Connection) -> None:
    """Make the index anew over the customers that are there."""
    for statement in FORGOTTEN:
        connection.exec_driver_sql(statement)
    create(connection)
    for statement in LEARN_ALL:
        connection.exec_driver_sql(statement)


def forget_words(session: Session) -> None:
    """Take out of the index what it still has of cards that are gone; the centre may have none."""
    if session.connection().dialect.name == "sqlite":
        session.connection().exec_driver_sql(MERGE)


def _triggers() -> list[str]:
    return [
        TRIGGER.format(name=name, event=event, acts=acts)
        for name, event, acts in (
            ("learnt", "INSERT", LEARN),
            ("relearnt", "UPDATE OF name_folded, born_on", FORGET + LEARN),
            ("forgotten", "DELETE", FORGET),
        )
    ]
