"""T4: a ticket is of the day that it is at the office, in summer too, with or without a line."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import count

import pytest

from reception_app.queue.arrival import Arrival, check_in, new_customer
from tests.centres import OFFICE

NOBODY = Arrival(
    person=None,
    is_new=True,
    full_name="Somebody New",
    postcode="",
    phone="",
    service_id="service",
    appointment_id=None,
    needs=(),
    wants_private=False,
    priority=False,
)
BEFORE_AND_AFTER = [
    # What a clock in London shows is an hour later in summer; clocks go back on 25 October.
    (datetime(2026, 6, 10, 22, 59, tzinfo=UTC), date(2026, 6, 10)),
    (datetime(2026, 6, 10, 23, 0, tzinfo=UTC), date(2026, 6, 11)),
    (datetime(2026, 10, 24, 22, 59, tzinfo=UTC), date(2026, 10, 24)),
    (datetime(2026, 10, 24, 23, 0, tzinfo=UTC), date(2026, 10, 25)),
    (datetime(2026, 10, 25, 23, 59, tzinfo=UTC), date(2026, 10, 25)),
    (datetime(2026, 10, 26, 0, 0, tzinfo=UTC), date(2026, 10, 26)),
]


@pytest.mark.parametrize(("now", "on_date"), BEFORE_AND_AFTER)
def test_t4_who_comes_before_and_after_midnight_is_of_the_office_s_date(
    now: datetime, on_date: date
) -> None:
    ids = map(str, count(0x10**12))
    ticket = check_in(
        NOBODY, office_id=OFFICE, customer_id=None, number="A01", now=now, new_id=lambda: next(ids)
    )
    added = new_customer(NOBODY, office_id=OFFICE, now=now, new_id=lambda: next(ids))
    assert (ticket.number_on, added.on_date) == (on_date, on_date)
