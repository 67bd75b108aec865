"""The shipped list of bank holidays against the rules that it comes from."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from visits.calendar.bank_holidays import (
    NATIONS,
    BankHolidaysNotKnown,
    bank_holiday,
    known_dates,
    published,
    published_on,
)

ENGLAND_AND_WALES, SCOTLAND, NORTHERN_IRELAND = NATIONS
PROCLAIMED_ONCE = {SCOTLAND: {date(2026, 6, 15): "World Cup bank holiday"}}
YEARS = range(known_dates()[0].year, known_dates()[1].year + 1)
MONDAY, SATURDAY = 0, 5


def easter_sunday(year: int) -> date:
    """Gauss and Butcher: the Sunday after the first full moon of spring."""
    century, of_century = divmod(year, 100)
    golden = year % 19
    correction = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - century // 4 - correction + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (of_century // 4) - epact - of_century % 4) % 7
    late = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)


def first_monday(year: int, month: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(MONDAY - first.weekday()) % 7)


def last_monday(year: int, month: int) -> date:
    last = date(year, month, 31)
    return last - timedelta(days=(last.weekday() - MONDAY) % 7)


def fixed_days(nation: str, year: int) -> list[date]:
    days = [date(year, 1, 1), date(year, 12, 25), date(year, 12, 26)]
    if nation == SCOTLAND:
        days += [date(year, 1, 2), date(year, 11, 30)]
    if nation == NORTHERN_IRELAND:
        days += [date(year, 3, 17), date(year, 7, 12)]
    return sorted(days)


def with_substitutes(days: list[date]) -> set[date]:
    """A day at a weekend moves to the next weekday that no other bank holiday has."""
    kept = {day for day in days if day.weekday() < SATURDAY}
    for day in days:
        moved = day
        while moved.weekday() >= SATURDAY or (moved != day and moved in kept):
            moved += timedelta(days=1)
        kept.add(moved)
    return kept


def by_the_rules(nation: str, year: int) -> set[date]:
    easter = easter_sunday(year)
    moving = {
        easter - timedelta(days=2),
        first_monday(year, 5),
        last_monday(year, 5),
        first_monday(year, 8) if nation == SCOTLAND else last_monday(year, 8),
    }
    if nation != SCOTLAND:
        moving.add(easter + timedelta(days=1))
    once = {day for day in PROCLAIMED_ONCE.get(nation, {}) if day.year == year}
    return moving | with_substitutes(fixed_days(nation, year)) | once


@pytest.mark.parametrize("nation", NATIONS)
@pytest.mark.parametrize("year", YEARS)
def test_the_list_of_each_nation_is_what_the_rules_give(nation: str, year: int) -> None:
    listed = {day for day in published(nation) if day.year == year}
    assert listed == by_the_rules(nation, year)


@pytest.mark.parametrize(
    ("nation", "on_date", "title"),
    [
        (ENGLAND_AND_WALES, date(2026, 12, 28), "Boxing Day"),
        (ENGLAND_AND_WALES, date(2026, 4, 6), "Easter Monday"),
        (ENGLAND_AND_WALES, date(2027, 12, 27), "Christmas Day"),
        (ENGLAND_AND_WALES, date(2028, 1, 3), "New Year’s Day"),
        (SCOTLAND, date(2025, 12, 1), "St Andrew’s Day"),
        (SCOTLAND, date(2026, 6, 15), "World Cup bank holiday"),
        (SCOTLAND, date(2027, 1, 4), "2nd January"),
        (NORTHERN_IRELAND, date(2026, 3, 17), "St Patrick’s Day"),
        (NORTHERN_IRELAND, date(2026, 7, 13), "Battle of the Boyne (Orangemen’s Day)"),
    ],
)
def test_a_bank_holiday_has_its_published_title(nation: str, on_date: date, title: str) -> None:
    assert bank_holiday(nation, on_date) == title


def test_one_nations_bank_holiday_is_another_nations_working_day() -> None:
    assert bank_holiday(SCOTLAND, date(2026, 4, 6)) is None
    assert bank_holiday(ENGLAND_AND_WALES, date(2026, 6, 15)) is None


def test_years_outside_the_list_are_refused_in_words_that_say_how_far_it_reaches() -> None:
    with pytest.raises(BankHolidaysNotKnown) as refused:
        bank_holiday(ENGLAND_AND_WALES, date(2029, 1, 1))
    assert "known from 1 January 2025 until 31 December 2028" in str(refused.value)
    with pytest.raises(BankHolidaysNotKnown):
        bank_holiday(SCOTLAND, date(2024, 12, 31))


def test_the_list_says_when_it_was_published() -> None:
    first_on, last_on = known_dates()
    assert first_on < published_on() < last_on


def test_what_is_handed_out_can_be_changed_without_changing_the_list() -> None:
    published(SCOTLAND).clear()
    assert bank_holiday(SCOTLAND, date(2026, 11, 30)) == "St Andrew’s Day"
