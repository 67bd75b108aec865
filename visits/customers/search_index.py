"""The full-text index of a desk, kept by triggers so that undo and re-run carry it along.

A card and a set of details are one entry each. SQLite only: the centre has no search box.
"""

from __future__ import annotations

from sqlalchemy import Connection

STATEMENTS = (
    """CREATE TABLE customer_search_entry (
        id INTEGER PRIMARY KEY, source_id TEXT NOT NULL UNIQUE, customer_id TEXT NOT NULL)""",
    """CREATE VIRTUAL TABLE customer_search USING fts5(
        words, content='', contentless_delete=1, prefix='1 2 3',
        tokenize='unicode61 remove_diacritics 2')""",
    "CREATE VIRTUAL TABLE customer_word USING fts5vocab(customer_search, 'row')",
)

TRIGGER = """CREATE TRIGGER {table}_{name} AFTER {event} ON {table} BEGIN {acts} END"""

FORGET = """
    DELETE FROM customer_search WHERE rowid =
        (SELECT id FROM customer_search_entry WHERE source_id = old.id);
    DELETE FROM customer_search_entry WHERE source_id = old.id;
"""

LEARN = """
    INSERT INTO customer_search_entry (source_id, customer_id) VALUES (new.id, new.{customer});
    INSERT INTO customer_search (rowid, words) VALUES (
        (SELECT id FROM customer_search_entry WHERE source_id = new.id), new.{words});
"""

SOURCES = (("customer", "id", "name_folded"), ("customer_details", "customer_id", "phone_folded"))


def create(connection: Connection) -> None:
    """Make the index and its triggers on an SQLite database without customers."""
    for statement in (*STATEMENTS, *_triggers()):
        connection.exec_driver_sql(statement)


def _triggers() -> list[str]:
    triggers = []
    for table, customer, words in SOURCES:
        learn = LEARN.format(customer=customer, words=words)
        for name, event, acts in (
            ("learnt", "INSERT", learn),
            ("relearnt", f"UPDATE OF {words}", FORGET + learn),
            ("forgotten", "DELETE", FORGET),
        ):
            triggers.append(TRIGGER.format(table=table, name=name, event=event, acts=acts))
    return triggers
