"""The centre's log, run again from where it began: what was accepted has had its effect once."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from sync.command import Envelope
from sync.errors import SyncError
from sync.node import Node, unpacked
from sync.storage.sqlite import open_memory
from sync.tables import command_log
from tests.simulation.reference import Images, images_of
from visits.migrations.steps import migrate
from visits.registry import node_over


@dataclass(frozen=True)
class Beginning:
    """A centre before anybody worked: its rows, and how far its log had come."""

    rows: Images
    position: int


def beginning(centre: Node) -> Beginning:
    """How a centre stands now."""
    with centre.database.read() as session:
        position = session.scalar(select(func.max(command_log.c.position))) or 0
    return Beginning(images_of(centre), position)


def check_run_again(centre: Node, begun: Beginning) -> None:
    """Every command since then, run once in the log's order, comes to the rows that there are.

    Raises AssertionError.
    """
    with centre.database.read() as session:
        log = session.execute(
            select(command_log.c.envelope, command_log.c.state)
            .where(command_log.c.position > begun.position)
            .order_by(command_log.c.position)
        ).all()
    node = _node_with(begun.rows)
    with node.database.write() as session:
        for body, state in log:
            envelope = unpacked(bytes(body))
            became = _ran(node, session, envelope)
            assert became == state, f"{envelope.name} {envelope.id} was {state}, now {became}"
    again, there = images_of(node), images_of(centre)
    node.database.close()
    wrong = [place for place in again.keys() | there.keys() if again.get(place) != there.get(place)]
    assert not wrong, f"run again, {sorted(wrong)[:3]} of {len(wrong)} are not as they are there"


def _node_with(rows: Images) -> Node:
    database = open_memory()
    migrate(database)
    node = node_over(database)
    with database.write() as session:
        for (table, _), image in rows.items():
            values = node.imaging.values(table, image)
            session.connection().execute(node.metadata.tables[table].insert(), values)
    return node


def _ran(node: Node, session: Session, envelope: Envelope) -> str:
    try:
        node.run(session, envelope)
    except SyncError:
        return "refused"
    finally:
        session.expire_all()
    return "accepted"
