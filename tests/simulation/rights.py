"""S1 while a history runs: no copy holds a row of a scope that it could not have been given.

A copy learns of its rights by asking. Until it has, it may hold what it might read when it last
asked; so what it may hold is all that it might read at any moment since its last whole round began.
A round that a proxy answered from its store tells nothing of today.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import msgspec

from sync.errors import Withdrawn
from sync.held import is_of_rows
from sync.wire import Row
from tests.simulation.disk import Disk
from tests.simulation.reference import promise
from visits.registry import node_over
from visits.scopes import allowed

if TYPE_CHECKING:
    from tests.simulation.processes import DeskProcess

SCOPES_OF_PARTS = (
    "SELECT scope FROM node_scope UNION SELECT scope FROM node_loading "
    "UNION SELECT scope FROM node_loading_part UNION SELECT scope FROM node_change"
)
UNDO = (
    "SELECT undo FROM node_command WHERE undo IS NOT NULL UNION SELECT images FROM node_held_undo"
)


class Rights:
    """What each copy has been told of, as far back as matters; copies are known by their names."""

    def __init__(self, below: Iterable[DeskProcess]) -> None:
        self._ever = {each.name: _scopes_in(each.disk) for each in below}
        self._may_hold = {name: set(scopes) for name, scopes in self._ever.items()}
        self._this_round: dict[str, set[str]] = {}

    def told(self, name: str, scopes: Iterable[str]) -> None:
        """Somebody above has answered a copy that might read these scopes at that moment."""
        for known in (self._ever, self._may_hold, self._this_round):
            if name in known:
                known[name] |= set(scopes)

    def told_something_old(self, name: str) -> None:
        """What is put before it, or in its place, is of any moment before."""
        self._this_round.pop(name, None)
        self._may_hold[name] |= self._ever[name]

    def round_begins(self, name: str) -> None:
        """It asks, and will hear how things stand there now."""
        self._this_round[name] = set()

    def round_ends(self, name: str, *, was_whole: bool) -> None:
        """It has heard all, or not."""
        heard = self._this_round.pop(name, None)
        if was_whole and heard is not None:
            self._may_hold[name] = heard

    def check(self, process: DeskProcess) -> None:
        """Look through all that is in its file."""
        foreign = _scopes_in(process.disk) - self._may_hold[process.name]
        promise(not foreign, f"S1: {process.name} holds something of {sorted(foreign)}")


def may_read(disk: Disk, device: str) -> frozenset[str]:
    """The scopes of a device, as who answers it here knows them."""
    with disk.only_looked_at(), node_over(disk.database()).database.read() as session:
        try:
            return allowed(session, device)
        except Withdrawn:
            return frozenset()


def undone_by(disk: Disk) -> list[Row]:
    """How the rows were that waiting commands changed, as it is kept with these."""
    return [
        row
        for (images,) in disk.raw.execute(UNDO)
        for row in msgspec.json.decode(images, type=list[Row])
    ]


def _scopes_in(disk: Disk) -> set[str]:
    """Of its rows but those that its own acts made, of what undoes these, and of what is coming.

    What a relay numbers itself is no scope of the council's.
    """
    undo = undone_by(disk)
    changed = {(table, row_id) for table, row_id, _ in undo}
    made = {(table, row_id) for table, row_id, image in undo if image is None}
    found = {
        image["scope"] for table, row_id, image in undo if image and (table, row_id) not in made
    }
    found |= {scope for (scope,) in disk.raw.execute(SCOPES_OF_PARTS)}
    for table, rows in disk.rows().items():
        found |= {row[1] for row_id, row in rows.items() if (table, row_id) not in changed}
    return {scope for scope in found if is_of_rows(scope)}
