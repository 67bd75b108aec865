"""A visit that is agreed, in the words of the tests of home visits."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from tests.visits.council import OFFICER, Council
from visits.calendar.local_time import instant
from visits.home_visits.commands import Agree
from visits.ids import NoticeId, VisitId


def at(council: Council, minute: int, *, days: int = 0) -> datetime:
    """An instant of today, or of a day that many days on, by the local minute."""
    return instant(council.today + timedelta(days=days), minute)


def an_agreement(council: Council, *, minute: int = 14 * 60, days: int = 0, **given: Any) -> Agree:
    """A visit at 2pm today for 45 minutes with a window of two hours, but for what is given."""
    planned_at = at(council, minute, days=days)
    standard: dict[str, Any] = {
        "visit_id": VisitId(council.new_id("visit")),
        "notice_id": NoticeId(council.new_id("notice")),
        "reference": "V112401",
        "staff_id": OFFICER,
        "who_to_see": "Iwona Wójcik",
        "address": "27 Mill Lane, AB1 2PW",
        "reason": "Damp inspection",
        "bring": ["Damp meter", "Form HS4"],
        "window_starts_at": planned_at,
        "window_ends_at": planned_at + timedelta(hours=2),
        "planned_at": planned_at,
        "duration_minutes": 45,
        "agreed_at": council.now,
    }
    if "customer_id" not in given:
        standard["customer_id"] = council.a_customer("Iwona Wójcik", access_needs=("large_print",))
    return Agree(**standard | given)


def a_visit(council: Council, **given: Any) -> VisitId:
    """A visit that was agreed."""
    agreement = an_agreement(council, **given)
    council.do(agreement)
    return agreement.visit_id
