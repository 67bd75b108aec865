"""What the copies of a council hold, compared scope by scope once all have ended."""

from __future__ import annotations

from collections.abc import Iterable

from sync.desk import standing
from sync.feed import snapshot
from sync.node import Node
from sync.record import Image
from sync.tables import scope_counter
from tests.end_to_end.centre import Centre
from tests.end_to_end.desk import Desk
from visits.scopes import COUNCIL, of_office

Rows = dict[str, dict[str, list[Image]]]


def check_equal(centre: Centre, *desks: Desk) -> None:
    """Nothing waits, and every scope a desk holds is as the centre has it. All must have ended."""
    authority = centre.opened()
    try:
        for desk in desks:
            node = desk.opened()
            try:
                check_settled(node)
                held = rows_of(node, scopes_of(node))
            finally:
                node.database.close()
            for scope, tables in rows_of(authority.node, held.keys()).items():
                for table in tables.keys() | held[scope].keys():
                    assert held[scope].get(table) == tables.get(table), (desk.name, scope, table)
    finally:
        authority.node.database.close()


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
        return {scope: snapshot(node, session, scope, wanted).tables for scope in wanted}
