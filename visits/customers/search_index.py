"""The full-text index of a desk, kept by triggers so that undo and re-run carry it along.

A card is one entry, under the card's own row number: its folded words and the date of birth as
figures. The words are folded already, so the index takes them apart at spaces alone and keeps no
positions. Beginnings of one and two letters have lists of their own; longer ones are the words from
there on, a thousand at most of years and references. Phone numbers are found by an index of their
own. SQLite only.

SQLite keeps a card's row number as long as its table is neither made anew nor given to VACUUM;
whoever does either calls `rebuild`.
"""

from __future__ import annotations

from sqlalchemy import Connection
from sqlalchemy.orm import Session

STATEMENTS = (
    """CREATE VIRTUAL TABLE customer_search USING fts5(
        words, content='', contentless_delete=1, detail=none, prefix='1 2',
        tokenize="ascii tokenchars '_'")""",
    # Twice as many parts as by itself before they are merged: a third less work while many come.
    "INSERT INTO customer_search (customer_search, rank) VALUES ('automerge', 8)",
    "CREATE VIRTUAL TABLE customer_word USING fts5vocab(customer_search, 'row')",
    "CREATE INDEX IF NOT EXISTS customer_details_by_phone ON customer_details (phone_folded)",
)
FORGOTTEN = (
    *(f"DROP TRIGGER customer_{name}" for name in ("learnt", "relearnt", "forgotten")),
    *(f"DROP TABLE IF EXISTS customer_{name}" for name in ("word", "search", "search_entry")),
)
WORDS = "{row}.name_folded || ' ' || replace(coalesce({row}.born_on, ''), '-', '')"

MERGE = "INSERT INTO customer_search (customer_search) VALUES ('optimize')"
"""A word that no card has any more stays in the index until its parts are merged.

Where a merge is half done, this ends that one alone, and what it had written keeps the word. Once
more merges what came of it; where nothing is left of a card that is gone, it does nothing.
"""
TRIGGER = """CREATE TRIGGER customer_{name} AFTER {event} ON customer BEGIN {acts} END"""
FORGET = "DELETE FROM customer_search WHERE rowid = old.rowid;"
LEARN = f"""
    INSERT INTO customer_search (rowid, words) VALUES (new.rowid, {WORDS.format(row="new")});
"""
LEARN_ALL = f"""INSERT INTO customer_search (rowid, words)
    SELECT rowid, {WORDS.format(row="customer")} FROM customer ORDER BY rowid"""


def create(connection: Connection) -> None:
    """Make the index and its triggers on an SQLite database without customers."""
    for statement in (*STATEMENTS, *_triggers()):
        connection.exec_driver_sql(statement)


def rebuild(connection: Connection) -> None:
    """Make the index anew over the customers that are there."""
    for statement in FORGOTTEN:
        connection.exec_driver_sql(statement)
    create(connection)
    connection.exec_driver_sql(LEARN_ALL)


def forget_words(session: Session) -> None:
    """Take out of the index what it still has of cards that are gone; on PostgreSQL is none."""
    if session.connection().dialect.name == "sqlite":
        for _ in range(2):
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
