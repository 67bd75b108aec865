"""What a sync round brought home, and what of it can be told before it is taken in."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field
from sqlalchemy.orm import Session

from sync.held import TABLE, held_ids, last_held
from sync.loading import Taken
from sync.record import Image
from sync.wire import Change, Outcome


class Harvest(Struct, frozen=True):
    """What one sync round brought home, to be settled in one transaction."""

    epoch: str
    granted: frozenset[str]
    outcomes: tuple[Outcome, ...] = ()
    changes: tuple[Change, ...] = ()
    snapshots: tuple[Taken, ...] = ()
    sums: Mapping[str, int] = field(default_factory=dict)
    """What the scopes come to upstream, of those that will be here as they are there."""
    is_cut_off: bool = False
    """By a relay that does not reach the centre: all of the office, not all there is."""
    has_more: bool = False
    """To offer, or to load: the next round follows at once."""


def only_adds_to_held(session: Session, harvest: Harvest) -> bool:
    """Whether all that is held stands as it ran, and more comes behind it.

    With hundreds held it takes long to run them all again; so an office that is cut off goes on as
    fast after hours as in its first minutes.
    """
    known, last = held_ids(session), last_held(session)
    decided = {outcome.id for outcome in harvest.outcomes if outcome.state != "held"}
    added = _added_to_held(harvest.changes)
    return (
        not harvest.snapshots
        and known.isdisjoint(decided)
        and added is not None
        and all(row["position"] > last and row["id"] not in known for row in added)
    )


def _added_to_held(changes: tuple[Change, ...]) -> list[Image] | None:
    """The rows of held commands that these changes add; None where they do anything else."""
    added = []
    for item in changes:
        for name, _, row in item.rows:
            if name != TABLE or row is None:
                return None
            added.append(row)
    return added
