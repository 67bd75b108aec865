"""Every table and every command of the domain: the one place that knows all its ideas."""

from __future__ import annotations

from sqlalchemy import MetaData

from sync.command import Registry
from sync.node import Erasures, Node
from sync.storage.database import Database
from visits.access.rules import ACTORS
from visits.appointments import commands as appointments
from visits.archive import commands as archive
from visits.customers import commands as customers
from visits.customers import search_index
from visits.erasure import commands as erasure
from visits.erasure.queries import erased_ids
from visits.erasure.records import Erasure
from visits.home_visits import commands as home_visits
from visits.imports import commands as imports
from visits.notices import commands as notices
from visits.offices import commands as offices
from visits.queue import commands as queue
from visits.record import Record
from visits.rooms import commands as rooms

IDEAS = (
    offices,
    customers,
    queue,
    appointments,
    rooms,
    home_visits,
    notices,
    imports,
    archive,
    erasure,
)
ERASURES = Erasures(Erasure.__tablename__, erased_ids, search_index.forget_words)


def commands() -> Registry:
    """A registry of every command."""
    registry = Registry()
    for idea in IDEAS:
        registry.include(idea.COMMANDS)
    return registry


def tables() -> MetaData:
    """Every replicated table."""
    return Record.metadata


def node_over(database: Database) -> Node:
    """A node of this domain over an opened database."""
    return Node.over(database, commands(), tables(), actors=ACTORS, erasures=ERASURES)
