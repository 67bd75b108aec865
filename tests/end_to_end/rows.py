"""What the copies of a council hold, compared scope by scope once all have ended."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from sqlalchemy.orm import Session

from sync.node import Node
from sync.record import Image
from sync.snapshots import PartSize, snapshot_part
from sync.standing import standing
from sync.tables import scope_counter
from sync.wire import TakeSnapshot
from tests.end_to_end.centre import Centre
from tests.end_to_end.desk import Desk
from visits.scopes import COUNCIL, of_office

ALL_IN_ONE = PartSize(bytes_max=sys.maxsize)
Rows = dict[str, dict[str, list[Image]]]


def check_equal(centre: Centre, *desks: Desk) -> None:
    """Nothing waits, and every scope a desk holds is as the centre has it. All must have ended."""
    authority = centre.opened()
    try:
        for desk in desks:
            node = desk.opened()
            try:
                check_settled(node)
                check_same(desk.name, authority.node, node, scopes_of(node))
            finally:
                node.database.close()
    finally:
        authority.node.database.close()


def check_same(name: str, centre: Node, desk: Node, scopes: Iterable[str]) -> None:
    """A desk has the rows of some scopes as the centre has them."""
    held = rows_of(desk, scopes)
    for scope, tables in rows_of(centre, held.keys()).items():
        for table in tables.keys() | held[scope].keys():
            assert held[scope].get(table) == tables.get(table), (name, scope, table)


def check_settled(node: Node) -> None:
    """Nothing waits for the centre or for a person."""
    with node.database.read() as session:
        stands = standing(session)
    assert (stands.waiting, stands.needs_decision) == (0, 0)


def scopes_of(node: Node) -> list[str]:
    """The scopes that a desk holds."""
    with node.database.read() as session:
        found = sorted(session.execute(scope_counter.select()).scalars())
    assert {COUNCIL, of_office("sample-office-civic")} < set(found)
    return found


def rows_of(node: Node, scopes: Iterable[str]) -> Rows:
    """Every row of some scopes, at one moment."""
    wanted = sorted(scopes)
    with node.database.read() as session:
        return {scope: whole_scope(node, session, scope) for scope in wanted}


def whole_scope(node: Node, session: Session, scope: str) -> dict[str, list[Image]]:
    """Every row of a scope, as its snapshot in one part has them."""
    wanted = TakeSnapshot(device="", scope=scope)
    return snapshot_part(node, session, wanted, [scope], size=ALL_IN_ONE).rows
