"""Who has an appointment today and has not arrived: marks for the list of people found."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from reception_app.desk.at_desk import AtDesk
from visits.appointments.queries import Expected, expected_today
from visits.calendar.local_time import local_date
from visits.ids import CustomerId
from visits.words import clock_time

Marks = Mapping[CustomerId, str]
"""What is said of a person beside their name."""


class ExpectedToday:
    """Asked for at most once after a change, however many letters are typed."""

    def __init__(self, at: AtDesk) -> None:
        self._at = at
        self._changes = 0
        self._known_at: tuple[int, date] | None = None
        self._marks: Marks = {}

    def forget(self) -> None:
        """Rows have changed: what is known may be wrong."""
        self._changes += 1

    def ask(self, show: Callable[[Marks], None]) -> None:
        """Give the marks: at once where they are known, else when they are."""
        office, wanted = self._at.office_id, (self._changes, local_date(self._at.now()))
        if wanted == self._known_at:
            show(self._marks)
            return

        def keep(expected: tuple[Expected, ...]) -> None:
            self._known_at = wanted
            self._marks = {
                each.customer_id: f"appointment {clock_time(each.starts_at)}" for each in expected
            }
            show(self._marks)

        self._at.runtime.query(
            lambda session: expected_today(session, office, wanted[1]), keep, self._at.failed
        )
