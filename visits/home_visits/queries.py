"""An officer's day of visits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from visits.calendar.local_time import day_bounds
from visits.customers.records import Customer
from visits.home_visits.records import HomeVisit, VisitStep
from visits.ids import CustomerId, OfficeId, StaffId, VisitId
from visits.staff.records import StaffMember, Team


@dataclass(frozen=True, slots=True)
class Officer:
    """An officer with what is on their ID card, and the number that confirms it."""

    staff_id: StaffId
    full_name: str
    role: str
    card_number: str
    photo: str
    team: str
    number_to_ring: str


@dataclass(frozen=True, slots=True)
class VisitRow:
    """A visit as the day shows it."""

    visit_id: VisitId
    reference: str
    customer_id: CustomerId
    who_to_see: str
    customer: str
    address: str
    reason: str
    bring: tuple[str, ...]
    needs: tuple[str, ...]
    window_starts_at: datetime
    window_ends_at: datetime
    planned_at: datetime
    duration_minutes: int
    state: str
    delay_minutes: int
    id_shown: bool
    details_withheld: bool
    step_id: str | None
    changed_at: datetime | None


def day_of_visits(session: Session, staff_id: StaffId, on_date: date) -> tuple[VisitRow, ...]:
    """An officer's visits on a local date, in the order planned."""
    begins, ends = day_bounds(on_date)
    rows = session.execute(
        select(HomeVisit, Customer, VisitStep.at)
        .outerjoin(Customer, Customer.id == HomeVisit.customer_id)
        .outerjoin(VisitStep, VisitStep.id == HomeVisit.step_id)
        .where(HomeVisit.staff_id == staff_id)
        .where(HomeVisit.planned_at >= begins, HomeVisit.planned_at < ends)
        .order_by(HomeVisit.planned_at, HomeVisit.id)
    )
    return tuple(_row(visit, customer, at) for visit, customer, at in rows)


def _row(visit: HomeVisit, customer: Customer | None, changed_at: datetime | None) -> VisitRow:
    return VisitRow(
        visit_id=VisitId(visit.id),
        reference=visit.reference,
        customer_id=CustomerId(visit.customer_id),
        who_to_see=visit.who_to_see,
        customer=customer.full_name if customer else visit.who_to_see,
        address=visit.address,
        reason=visit.reason,
        bring=tuple(visit.bring),
        needs=tuple(customer.access_needs) if customer else (),
        window_starts_at=visit.window_starts_at,
        window_ends_at=visit.window_ends_at,
        planned_at=visit.planned_at,
        duration_minutes=visit.duration_minutes,
        state=visit.state,
        delay_minutes=visit.delay_minutes,
        id_shown=visit.id_shown,
        details_withheld=visit.details_withheld,
        step_id=visit.step_id,
        changed_at=changed_at,
    )


def officers_of(session: Session, office_id: OfficeId) -> tuple[Officer, ...]:
    """The officers of an office, by name."""
    rows = session.execute(
        select(StaffMember, Team)
        .join(Team, Team.id == StaffMember.team_id)
        .where(StaffMember.office_id == office_id)
        .order_by(StaffMember.full_name)
    )
    return tuple(_officer(member, team) for member, team in rows)


def officer(session: Session, staff_id: StaffId) -> Officer | None:
    """One officer, or None."""
    row = session.execute(
        select(StaffMember, Team)
        .join(Team, Team.id == StaffMember.team_id)
        .where(StaffMember.id == staff_id)
    ).one_or_none()
    return _officer(row[0], row[1]) if row else None


def _officer(member: StaffMember, team: Team) -> Officer:
    return Officer(
        staff_id=StaffId(member.id),
        full_name=member.full_name,
        role=member.role,
        card_number=member.card_number,
        photo=member.photo,
        team=team.name,
        number_to_ring=team.phone,
    )


def visiting_today(session: Session, office_id: OfficeId, on_date: date) -> frozenset[StaffId]:
    """The officers of an office who have visits on a date."""
    begins, ends = day_bounds(on_date)
    found = session.scalars(
        select(HomeVisit.staff_id)
        .join(StaffMember, StaffMember.id == HomeVisit.staff_id)
        .where(StaffMember.office_id == office_id)
        .where(HomeVisit.planned_at >= begins, HomeVisit.planned_at < ends)
        .distinct()
    )
    return frozenset(map(StaffId, found))
