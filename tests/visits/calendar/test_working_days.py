"""Working days, over weekends and the bank holidays of each nation."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visits.calendar.bank_holidays import NATIONS, BankHolidaysNotKnown
from visits.calendar.working_days import add_working_days, is_working_day, working_days_between

ENGLAND_AND_WALES, SCOTLAND, NORTHERN_IRELAND = NATIONS
DATES = st.dates(min_value=date(2025, 1, 1), max_value=date(2028, 6, 30))
COUNTS = st.integers(min_value=0, max_value=40)
nations = st.sampled_from(NATIONS)


def test_five_working_days_from_a_friday_is_the_next_friday() -> None:
    due_on = add_working_days(date(2026, 11, 20), 5, nation=ENGLAND_AND_WALES)
    assert due_on == date(2026, 11, 27)


def test_a_bank_holiday_puts_the_day_off_in_its_own_nation_only() -> None:
    friday = date(2026, 6, 12)
    assert add_working_days(friday, 1, nation=SCOTLAND) == date(2026, 6, 16)
    assert add_working_days(friday, 1, nation=ENGLAND_AND_WALES) == date(2026, 6, 15)


def test_christmas_at_a_weekend_takes_the_monday_and_the_tuesday_after() -> None:
    christmas_eve = date(2027, 12, 24)
    assert add_working_days(christmas_eve, 1, nation=NORTHERN_IRELAND) == date(2027, 12, 29)


def test_no_working_days_from_a_saturday_is_the_monday() -> None:
    assert add_working_days(date(2026, 11, 21), 0, nation=SCOTLAND) == date(2026, 11, 23)


def test_a_negative_count_is_refused() -> None:
    with pytest.raises(ValueError, match="0 or more"):
        add_working_days(date(2026, 11, 24), -1, nation=SCOTLAND)


def test_a_day_beyond_the_published_list_is_refused_rather_than_guessed() -> None:
    with pytest.raises(BankHolidaysNotKnown):
        add_working_days(date(2028, 12, 20), 20, nation=ENGLAND_AND_WALES)


@given(DATES, COUNTS, nations)
def test_the_day_found_is_a_working_day_and_that_many_lie_between(
    from_on: date, count: int, nation: str
) -> None:
    found_on = add_working_days(from_on, count, nation=nation)
    assert is_working_day(found_on, nation=nation)
    if count:
        assert working_days_between(from_on, found_on, nation=nation) == count


@given(DATES, COUNTS, COUNTS, nations)
def test_adding_in_two_steps_comes_to_the_same_day(
    from_on: date, first: int, then: int, nation: str
) -> None:
    stepped = add_working_days(add_working_days(from_on, first, nation=nation), then, nation=nation)
    if first:
        assert stepped == add_working_days(from_on, first + then, nation=nation)
