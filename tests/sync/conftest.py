"""Centres on both databases, and desks."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from sync.authority import Authority
from sync.desk import Desk
from sync.storage.sqlite import open_memory
from tests.databases import centre_database
from tests.sync import shelf


@pytest.fixture(params=["sqlite", "postgresql"])
def centre(request: pytest.FixtureRequest) -> Iterator[Authority]:
    """A centre, once on SQLite and once on PostgreSQL."""
    with centre_database(request.param) as database:
        yield shelf.a_centre(database)


@pytest.fixture
def new_desk() -> Callable[[str], Desk]:
    """Makes desks with a database of their own."""
    return lambda name: shelf.a_desk(open_memory(), name)
