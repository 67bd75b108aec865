"""A desk two versions behind: it knows neither the tables nor the commands that came since."""

from __future__ import annotations

from functools import cache

from sqlalchemy import MetaData

from sync.command import Registry
from sync.node import Node
from sync.storage.database import Database
from visits.registry import commands, tables

TABLES_SINCE = frozenset({"withdrawal", "erasure"})
COMMANDS_SINCE = frozenset({"offices.withdraw", "erasure.erase"})


def older_node_over(database: Database) -> Node:
    """The node as that version has it, over a database that has the tables, left empty."""
    return Node.over(database, _older_commands(), _older_tables())


@cache
def _older_commands() -> Registry:
    registry = Registry()
    registry.include(each for each in commands() if each.name not in COMMANDS_SINCE)
    return registry


@cache
def _older_tables() -> MetaData:
    older = MetaData()
    for table in tables().sorted_tables:
        if table.name not in TABLES_SINCE:
            table.to_metadata(older)
    return older
