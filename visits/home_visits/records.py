"""Visits to people's homes."""

from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from visits.record import Record


class HomeVisit(Record):
    """A visit agreed with a resident: the window is the promise, `planned_at` the plan,
    `step_id` the latest step.

    State: planned, on_the_way, with_resident, finished, no_answer.
    """

    __tablename__ = "home_visit"
    __table_args__ = (Index("home_visit_by_officer", "staff_id", "planned_at"),)
    reference: Mapped[str]
    team_id: Mapped[str]
    staff_id: Mapped[str]
    customer_id: Mapped[str]
    who_to_see: Mapped[str]
    address: Mapped[str]
    reason: Mapped[str]
    bring: Mapped[list[str]]
    window_starts_at: Mapped[datetime]
    window_ends_at: Mapped[datetime]
    planned_at: Mapped[datetime]
    duration_minutes: Mapped[int]
    state: Mapped[str]
    delay_minutes: Mapped[int]
    id_shown: Mapped[bool]
    details_withheld: Mapped[bool]
    step_id: Mapped[str | None]


class VisitStep(Record):
    """One thing that happened on a visit, in the order it happened. Undone ones are kept."""

    __tablename__ = "visit_step"
    __table_args__ = (Index("visit_step_by_visit", "visit_id", "at"),)
    visit_id: Mapped[str]
    act: Mapped[str]
    state_before: Mapped[str]
    at: Mapped[datetime]
    staff_id: Mapped[str]
    delay_minutes: Mapped[int]
    delay_before_minutes: Mapped[int]
    id_shown: Mapped[bool]
    undone: Mapped[bool]
    before_id: Mapped[str | None]
