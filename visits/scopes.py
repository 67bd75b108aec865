"""Which scope a row belongs to, and which scopes a device may read.

A scope is the unit of order, of permission and of scale. The council's scope holds what every
desk needs: reference data, people's cards, officers' taken time. An office's scope holds its
queue, bookings, rooms and the details of the people it deals with; a team's holds its home visits.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from visits.ids import OfficeId, TeamId
from visits.offices.records import Desk
from visits.staff.records import StaffMember

COUNCIL = "council"


def of_office(office_id: OfficeId | str) -> str:
    """The scope of an office."""
    return f"office:{office_id}"


def of_team(team_id: TeamId | str) -> str:
    """The scope of a team."""
    return f"team:{team_id}"


def allowed(session: Session, device: str) -> frozenset[str]:
    """The scopes a device may read: the council's, its office's, and its office's teams'."""
    desk = session.get(Desk, device)
    if desk is None:
        return frozenset({COUNCIL})
    teams = session.scalars(
        select(StaffMember.team_id).where(StaffMember.office_id == desk.office_id).distinct()
    )
    return frozenset({COUNCIL, of_office(desk.office_id), *map(of_team, teams)})
