"""Who may act: members of staff, the central service itself, and a device that sets itself up.

What the council's staff list says when a command is decided counts, not what it said when the
command was issued, nor who brings it. Roles will narrow this; today every member of staff may do
what the desk app offers.
"""

from __future__ import annotations

from collections.abc import Set

from sqlalchemy import bindparam, select

from sync.command import Context, Envelope
from sync.errors import Refusal
from sync.node import Actors
from visits.staff.records import StaffMember

CENTRE = "centre"
"""The name under which the central service itself acts; no device can have it."""
OF_A_DEVICE = frozenset({"offices.join", "offices.relay"})
"""What a device does to itself, before anybody is at work there: its own proof is what counts."""

IS_STAFF = select(StaffMember.__table__.c.id).where(
    StaffMember.__table__.c.id.in_(bindparam("actors", expanding=True))
)


def check_actor(envelope: Envelope, staff: Set[str]) -> None:
    """Raises Refusal `not_of_the_staff` for who is not among the staff now."""
    is_centre = (envelope.actor, envelope.device) == (CENTRE, CENTRE)
    if not (is_centre or envelope.name in OF_A_DEVICE or envelope.actor in staff):
        raise Refusal("not_of_the_staff")


ACTORS = Actors(IS_STAFF, check_actor)


def check_is_centre(context: Context) -> None:
    """Raises Refusal `not_allowed` for whoever is not the central service."""
    if (context.actor, context.device) != (CENTRE, CENTRE):
        raise Refusal("not_allowed")
