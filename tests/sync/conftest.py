"""Centres on both databases, and desks."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy.orm import Session

from sync.authority import Authority
from sync.command import Envelope
from sync.desk import Desk
from sync.journal import Entry
from sync.node import Node
from sync.storage.postgres import open_url
from sync.storage.sqlite import open_memory
from tests.databases import centre_database, postgresql_url
from tests.sync import shelf
from tests.sync.offices import Office
from tests.sync.shelf import a_book


@pytest.fixture(params=["sqlite", "postgresql"])
def centre(request: pytest.FixtureRequest) -> Iterator[Authority]:
    """A centre, once on SQLite and once on PostgreSQL."""
    with centre_database(request.param) as database:
        yield shelf.a_centre(database)


@pytest.fixture
def url() -> Iterator[str]:
    """A centre of the shelves on PostgreSQL."""
    with postgresql_url() as url:
        database = open_url(url)
        shelf.a_centre(database)
        database.close()
        yield url


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Node, str]]:
    """Every command that is run from here on, with the node that ran it."""
    found: list[tuple[Node, str]] = []
    handle = Node._handle

    def noted(self: Node, session: Session, envelope: Envelope) -> list[Entry]:
        found.append((self, envelope.id))
        return handle(self, session, envelope)

    monkeypatch.setattr(Node, "_handle", noted)
    return found


@pytest.fixture
def new_desk() -> Callable[[str], Desk]:
    """Makes desks with a database of their own."""
    return lambda name: shelf.a_desk(open_memory(), name)


@pytest.fixture
def office() -> Office:
    """All up, with one book on a shelf."""
    office = Office(shelf.a_centre(open_memory()))
    office.desks[0].issue(a_book("b1"), actor="sian")
    office.go_round()
    return office
