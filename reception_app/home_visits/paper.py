"""An officer's day and the notice to a resident, from what the screen shows to paper."""

from __future__ import annotations

from typing import TYPE_CHECKING

from visits.calendar.local_time import local_date
from visits.codes import CodeKind, write_code
from visits.customers.needs import words
from visits.home_visits.queries import DayOfVisits, Officer, VisitRow

if TYPE_CHECKING:
    from visits.documents.day_schedule import OfficerCard


def day_pdf(day: DayOfVisits, *, council: str) -> bytes:
    """The schedule of a day, to take along."""
    from visits.documents.day_schedule import DaySchedule, Stop, day_schedule

    stops = tuple(
        Stop(
            planned_at=visit.planned_at,
            window_starts_at=visit.window_starts_at,
            window_ends_at=visit.window_ends_at,
            customer=visit.customer,
            who_to_see=visit.who_to_see,
            address=visit.address,
            reason=visit.reason,
            bring=visit.bring,
            needs=tuple(words(need) for need in visit.needs),
            reference=visit.reference,
            phone=visit.phone,
            delay_minutes=visit.delay_minutes,
            provisional=visit.provisional,
            state=visit.state,
            changed_at=visit.changed_at,
        )
        for visit in day.visits
    )
    return day_schedule(
        DaySchedule(council=council, on_date=day.on_date, officer=_card(day.officer), stops=stops)
    )


def notice_pdf(visit: VisitRow, officer: Officer, *, council: str) -> bytes:
    """The notice of a visit, as the resident is to have it."""
    from visits.documents.visit_notice import VisitNotice, visit_notice

    return visit_notice(
        VisitNotice(
            council=council,
            customer=visit.customer,
            address=visit.address,
            reason=visit.reason,
            window_starts_at=visit.window_starts_at,
            window_ends_at=visit.window_ends_at,
            officer=_card(officer),
            details_withheld=visit.details_withheld,
            reference=visit.reference,
            code=write_code(
                CodeKind.VISIT, visit.visit_id, expires_on=local_date(visit.window_ends_at)
            ),
            large_print=visit.large_print,
            delay_minutes=visit.delay_minutes,
            planned_at=visit.planned_at,
            provisional=visit.provisional,
            called_at=visit.changed_at if visit.state == "no_answer" else None,
        )
    )


def _card(officer: Officer) -> OfficerCard:
    from visits.documents.day_schedule import OfficerCard

    return OfficerCard(
        full_name=officer.full_name,
        role=officer.role,
        card_number=officer.card_number,
        photo=officer.photo,
        team=officer.team,
        number_to_ring=officer.number_to_ring,
    )
