"""Who may act: members of staff, the central service itself, and a device that sets itself up.

What the council's staff list says when a command is decided counts, not what it said when the
command was issued, nor who brings it. Roles will narrow this; today every member of staff may do
what the desk app offers.
"""

from __future__ import annotations

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from sync.command import Context, Envelope
from sync.errors import Refusal
from visits.staff.records import StaffMember

CENTRE = "centre"
"""The name under which the central service itself acts; no device can have it."""
OF_A_DEVICE = frozenset({"offices.join", "offices.relay"})
"""What a device does to itself, before anybody is at work there: its own proof is what counts."""

# Made once: it is asked of every command.
IS_STAFF = select(StaffMember.__table__.c.id).where(
    StaffMember.__table__.c.id == bindparam("actor")
)


def check_actor(session: Session, envelope: Envelope) -> None:
    """Raises Refusal `not_of_the_staff` for who is not on the staff list now."""
    if (envelope.actor, envelope.device) == (CENTRE, CENTRE):
        return
    if envelope.name in OF_A_DEVICE:
        return
    asked = {"actor": envelope.actor}
    if session.connection().execute(IS_STAFF, asked).first() is None:
        raise Refusal("not_of_the_staff")


def check_is_centre(context: Context) -> None:
    """Raises Refusal `not_allowed` for whoever is not the central service."""
    if (context.actor, context.device) != (CENTRE, CENTRE):
        raise Refusal("not_allowed")
