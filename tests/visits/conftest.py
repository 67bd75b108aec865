"""Nodes of the domain on both databases, and a small council upon them.

A database of each kind serves a whole run and is emptied for every test: to make one takes longer
than most tests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from sync.node import Node
from sync.tables import node_metadata
from tests.databases import centre_database
from tests.visits.council import Council
from visits.migrations.steps import migrate
from visits.registry import node_over


@pytest.fixture(scope="session")
def node_on() -> Iterator[Callable[[str], Node]]:
    """Gives the node on `sqlite` or `postgresql`, emptied."""
    nodes: dict[str, Node] = {}
    with ExitStack() as stack:

        def give(kind: str) -> Node:
            if kind not in nodes:
                database = stack.enter_context(centre_database(kind))
                migrate(database)
                nodes[kind] = node_over(database)
            _empty(nodes[kind])
            return nodes[kind]

        yield give


def _empty(node: Node) -> None:
    with node.database.write() as session:
        for metadata in (node.metadata, node_metadata):
            for table in metadata.sorted_tables:
                session.connection().execute(table.delete())


@pytest.fixture(params=["sqlite", "postgresql"])
def node(request: pytest.FixtureRequest, node_on: Callable[[str], Node]) -> Node:
    """An empty node, once on SQLite and once on PostgreSQL."""
    return node_on(request.param)


@pytest.fixture
def council(node: Node) -> Council:
    """A small council, on both databases."""
    return Council(node).found()


@pytest.fixture
def desk_council(node_on: Callable[[str], Node]) -> Council:
    """A small council on SQLite alone: for what only a desk has, such as its search."""
    return Council(node_on("sqlite")).found()
