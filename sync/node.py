"""A node: a database, a command registry and the tables it replicates.

Running a handler with its journal is the same act at a desk, a relay and the centre; what differs
is who decides, and that is a matter of `decide` and `desk`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Set
from contextlib import contextmanager

import msgspec
from msgspec import Struct, field
from sqlalchemy import MetaData, Select, bindparam, func, insert, select, update
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import Session

from sync.command import Context, Envelope, Registry
from sync.errors import HandlerBroke, Refusal, SyncError
from sync.journal import Entry, recording
from sync.record import Imaging
from sync.storage.database import Database, handler_error
from sync.tables import about, command_log, node_metadata
from sync.wire import COMMAND_BYTES_MAX

POSITION_STEP = 1
DEVICES_REMEMBERED_MAX = 10_000
LAST_POSITION = select(func.max(command_log.c.position))
LAST_SEQ = select(func.max(command_log.c.seq)).where(command_log.c.device == bindparam("of"))
"""The last number of a device."""
KEEP_COMMAND = (
    insert(command_log)
    .values(position=func.coalesce(LAST_POSITION.scalar_subquery(), 0) + POSITION_STEP)
    .returning(command_log.c.position)
)
FACT = select(about.c.value).where(about.c.name == bindparam("of"))
CHANGE_FACT = update(about).where(about.c.name == bindparam("of")).values(value=bindparam("to"))


class Actors(Struct, frozen=True):
    """Who acts, as the node that decides asks it in the turn that decides, and no other node.

    `known` selects which of the ids `actors` may act at all; `check` raises a Refusal where who
    acts may not, given those. Who brought the command, and what they know, does not count.
    """

    known: Select[tuple[str]]
    check: Callable[[Envelope, Set[str]], None]


class Erasures(Struct, frozen=True):
    """What a domain has erased: the table whose rows say so, and the ids of what was theirs.

    `forget` is for what else the domain keeps of rows that are gone.
    """

    table: str
    ids: Callable[[Session], frozenset[str]]
    forget: Callable[[Session], None]


class Node(Struct):
    """What every copy of the data has. `metadata` holds the replicated tables."""

    database: Database
    registry: Registry
    metadata: MetaData
    imaging: Imaging
    actors: Actors | None = None
    erasures: Erasures | None = None
    moved_before: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """The scopes that the last turn of a device changed."""

    @staticmethod
    def over(
        database: Database,
        registry: Registry,
        metadata: MetaData,
        *,
        actors: Actors | None = None,
        erasures: Erasures | None = None,
    ) -> Node:
        """A node over an opened database."""
        return Node(database, registry, metadata, Imaging(metadata), actors, erasures)

    def note_moved(self, device: str, scopes: tuple[str, ...]) -> None:
        """A turn of this device has changed these scopes; its next one probably will."""
        if len(self.moved_before) >= DEVICES_REMEMBERED_MAX:
            self.moved_before.clear()
        self.moved_before[device] = scopes

    def create_tables(self) -> None:
        """Make every table in an empty database: for tests; shipped nodes use migrations."""
        with self.database.write() as session:
            node_metadata.create_all(session.connection())
            self.metadata.create_all(session.connection())

    def run(self, session: Session, envelope: Envelope) -> list[Entry]:
        """Run a command inside a savepoint of this session and say what it changed.

        Raises Refusal when a rule says no and HandlerBroke for a bug, both with nothing changed.
        """
        with _told_apart(envelope.name), session.begin_nested():
            return self._handle(session, envelope)

    def run_at_stake(self, session: Session, envelope: Envelope) -> list[Entry]:
        """As `run`, with no savepoint: where it raises, the caller gives up the transaction."""
        with _told_apart(envelope.name):
            return self._handle(session, envelope)

    def _handle(self, session: Session, envelope: Envelope) -> list[Entry]:
        definition, arguments = self.registry.open(envelope)
        context = Context(envelope.id, envelope.device, envelope.actor, envelope.issued_at)
        with recording(session, self.imaging) as record:
            definition.handler(session, arguments, context)
        return record.entries()


@contextmanager
def _told_apart(name: str) -> Iterator[None]:
    """Refusals go on as they are; what else a handler raises is its bug or the database's."""
    try:
        yield
    except (SyncError, MemoryError):
        # Too little memory is the machine's trouble, and over with the next try.
        raise
    except StatementError as error:
        raise handler_error(error, name) from error
    except Exception as bug:
        raise HandlerBroke(f"{name}: {type(bug).__name__}") from bug


def fact(session: Session, name: str) -> str | None:
    """A fact about this copy, or None."""
    found = session.connection().execute(FACT, {"of": name})
    value: str | None = found.scalar_one_or_none()
    return value


def set_fact(session: Session, name: str, value: str) -> None:
    """Write a fact about this copy."""
    changed = session.connection().execute(CHANGE_FACT, {"of": name, "to": value})
    if not changed.rowcount:
        session.connection().execute(insert(about).values(name=name, value=value))


def keep_command(
    session: Session,
    envelope: Envelope,
    *,
    state: str,
    undo: str | None = None,
    outcome: str | None = None,
) -> int:
    """Put a command at the end of this node's log; says its position there.

    Refused: `too_large` where it could not be sent.
    """
    body = packed(envelope)
    if len(body) > COMMAND_BYTES_MAX:
        raise Refusal("too_large")
    kept = {
        "id": envelope.id,
        "device": envelope.device,
        "seq": envelope.seq,
        "name": envelope.name,
        "state": state,
        "envelope": body,
        "undo": undo,
        "outcome": outcome,
    }
    position: int = session.connection().execute(KEEP_COMMAND, kept).scalar_one()
    return position


def packed(envelope: Envelope) -> bytes:
    """An envelope as it is stored: the same bytes for the same command."""
    return msgspec.json.encode(envelope)


def unpacked(body: bytes) -> Envelope:
    """The stored envelope."""
    return msgspec.json.decode(body, type=Envelope)
