"""An officer's day of visits, and what planning another needs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

import msgspec
from msgspec import Struct
from sqlalchemy import select
from sqlalchemy.orm import Session

from sync.node import unpacked
from sync.offers import UNDECIDED
from sync.tables import command_log
from visits.appointments.rules import OfficerDay
from visits.calendar.local_time import day_bounds, local_date
from visits.customers.records import Customer, CustomerDetails
from visits.home_visits.commands import Agree
from visits.home_visits.planning import officer_day
from visits.home_visits.records import HomeVisit, VisitStep
from visits.ids import CustomerId, NoticeId, OfficeId, StaffId, VisitId
from visits.notices.records import Notice
from visits.staff.records import StaffMember, Team


class Officer(Struct, frozen=True):
    """An officer with what is on their ID card, and the number that confirms it."""

    staff_id: StaffId
    full_name: str
    role: str
    card_number: str
    photo: str
    team: str
    number_to_ring: str


class NoticeSent(Struct, frozen=True):
    """The latest notice about a visit. Status: recorded (not handed over), printed, saved."""

    notice_id: NoticeId
    kind: str
    status: str
    caused_at: datetime
    delivered_at: datetime | None


class VisitRow(Struct, frozen=True):
    """A visit as the day shows it.

    `phone` is empty where this device does not hold the person's details. It is `provisional`
    while the command that agreed it is not decided upstream.
    """

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
    phone: str
    large_print: bool
    notice: NoticeSent | None
    provisional: bool


class DayOfVisits(Struct, frozen=True):
    """An officer's day: the visits in the order planned, and the officer's other time."""

    officer: Officer
    on_date: date
    visits: tuple[VisitRow, ...]
    hours: OfficerDay


def officer_s_day(session: Session, staff_id: StaffId, on_date: date) -> DayOfVisits | None:
    """An officer's day with all that the Visits place shows of it; None for an unknown officer."""
    found = officer(session, staff_id)
    if found is None:
        return None
    return DayOfVisits(
        officer=found,
        on_date=on_date,
        visits=day_of_visits(session, staff_id, on_date),
        hours=officer_day(session, staff_id, on_date),
    )


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
    ).all()
    phones = _phones(session, [row.HomeVisit.customer_id for row in rows])
    notices = _latest_notices(session, [row.HomeVisit.id for row in rows])
    provisional = _provisional(session)
    return tuple(
        _row(
            visit,
            customer,
            at,
            phones.get(visit.customer_id, ""),
            notices.get(visit.id),
            visit.id in provisional,
        )
        for visit, customer, at in rows
    )


def _phones(session: Session, customer_ids: Sequence[str]) -> dict[str, str]:
    rows = session.execute(
        select(CustomerDetails.customer_id, CustomerDetails.phone).where(
            CustomerDetails.customer_id.in_(customer_ids)
        )
    )
    return {row.customer_id: row.phone for row in rows}


def _latest_notices(session: Session, visit_ids: Sequence[str]) -> dict[str, NoticeSent]:
    rows = session.scalars(
        select(Notice).where(Notice.about_id.in_(visit_ids)).order_by(Notice.caused_at, Notice.id)
    )
    return {
        notice.about_id: NoticeSent(
            NoticeId(notice.id), notice.kind, notice.status, notice.caused_at, notice.delivered_at
        )
        for notice in rows
    }


def _provisional(session: Session) -> frozenset[str]:
    """Visits agreed here of which the centre has not decided yet."""
    bodies = session.scalars(
        select(command_log.c.envelope).where(
            command_log.c.name == "home_visits.agree", command_log.c.state.in_(UNDECIDED)
        )
    )
    agreed = (msgspec.json.decode(unpacked(body).args, type=Agree) for body in bodies)
    return frozenset(args.visit_id for args in agreed)


def _row(
    visit: HomeVisit,
    customer: Customer | None,
    changed_at: datetime | None,
    phone: str,
    notice: NoticeSent | None,
    provisional: bool,
) -> VisitRow:
    needs = tuple(customer.access_needs) if customer else ()
    return VisitRow(
        visit_id=VisitId(visit.id),
        reference=visit.reference,
        customer_id=CustomerId(visit.customer_id),
        who_to_see=visit.who_to_see,
        customer=customer.full_name if customer else visit.who_to_see,
        address=visit.address,
        reason=visit.reason,
        bring=tuple(visit.bring),
        needs=needs,
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
        phone=phone,
        large_print="large_print" in needs,
        notice=notice,
        provisional=provisional,
    )


class PlacedVisit(Struct, frozen=True):
    """In whose day a visit stands, and on which local date."""

    staff_id: StaffId
    on_date: date


def placed_visit(session: Session, visit_id: VisitId) -> PlacedVisit | None:
    """Where a visit stands; None when it is not held here."""
    visit = session.get(HomeVisit, visit_id)
    if visit is None:
        return None
    return PlacedVisit(StaffId(visit.staff_id), local_date(visit.planned_at))


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


class ForAgreeing(Struct, frozen=True):
    """What the panel that agrees a visit needs of a person."""

    customer_id: CustomerId
    full_name: str
    address: str


def for_agreeing(session: Session, customer_id: CustomerId) -> ForAgreeing | None:
    """A person with their address, where this device holds it; None for an unknown one."""
    customer = session.get(Customer, customer_id)
    if customer is None:
        return None
    address = session.scalar(
        select(CustomerDetails.address).where(CustomerDetails.customer_id == customer_id).limit(1)
    )
    return ForAgreeing(customer_id, customer.full_name, address or "")
