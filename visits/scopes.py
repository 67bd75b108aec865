"""Which scope a row belongs to, and which scopes a device may read.

A scope is the unit of order, of permission and of scale. The council's scope holds what every
desk needs: reference data, people's cards, officers' taken time. An office's scope holds its
queue, bookings, rooms and the details of the people it deals with; a team's holds its home visits.
The archive of each holds what is over: no device may read it.
"""

from __future__ import annotations

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from sync.errors import Withdrawn
from visits.ids import OfficeId, TeamId
from visits.offices.records import Desk, Relay, Withdrawal
from visits.staff.records import StaffMember

COUNCIL = "council"
OFFICES, TEAMS, ARCHIVE = "office:", "team:", "archive:"
"""How the names of scopes begin."""

# Made once: a desk's scopes are asked for at every request.
OFFICE_OF = tuple(
    select(kind.__table__.c.office_id).where(kind.__table__.c.id == bindparam("device"))
    for kind in (Desk, Relay)
)
WITHDRAWN = select(Withdrawal.__table__.c.id).where(
    Withdrawal.__table__.c.id == bindparam("device")
)
RELAY = select(Relay.__table__.c.id).where(Relay.__table__.c.id == bindparam("device"))
TEAMS_OF = (
    select(StaffMember.__table__.c.team_id)
    .where(StaffMember.__table__.c.office_id == bindparam("office"))
    .distinct()
)


def of_office(office_id: OfficeId | str) -> str:
    """The scope of an office."""
    return f"{OFFICES}{office_id}"


def of_team(team_id: TeamId | str) -> str:
    """The scope of a team."""
    return f"{TEAMS}{team_id}"


def of_archive(scope: str) -> str:
    """Where what is over in a scope goes."""
    return f"{ARCHIVE}{scope}"


def is_archive(scope: str) -> bool:
    """Whether a scope holds what is over."""
    return scope.startswith(ARCHIVE)


def allowed(session: Session, device: str) -> frozenset[str]:
    """The scopes a device may read: the council's, its office's, and its office's teams'.

    Raises Withdrawn.
    """
    check_device(session, device)
    office_id = _office_of(session, device)
    if office_id is None:
        return frozenset({COUNCIL})
    teams = session.connection().execute(TEAMS_OF, {"office": office_id}).scalars()
    return frozenset({COUNCIL, of_office(office_id), *map(of_team, teams)})


def check_device(session: Session, device: str) -> None:
    """Raises Withdrawn for a device that is served no more."""
    if session.connection().execute(WITHDRAWN, {"device": device}).first() is not None:
        raise Withdrawn(device)


def carries(session: Session, device: str) -> bool:
    """Whether a device may offer what others have issued: the relay of an office."""
    return session.connection().execute(RELAY, {"device": device}).first() is not None


def _office_of(session: Session, device: str) -> OfficeId | None:
    for office_of in OFFICE_OF:
        found = session.connection().execute(office_of, {"device": device}).scalar_one_or_none()
        if found is not None:
            return OfficeId(found)
    return None
