"""Which times are really free, and the reason when one is not."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from visits.appointments.rules import (
    HORIZON_DAYS,
    FreeTime,
    OfficeDay,
    OfficerDay,
    WhyNot,
    free_times,
    nearest,
    starts_of,
    why_not,
)
from visits.calendar.granules import GRANULE, granules
from visits.calendar.local_time import MINUTES_A_DAY, day_bounds, instant, local_minute
from visits.ids import StaffId

TUESDAY = date(2026, 11, 24)
SPRING_ON = date(2027, 3, 28)
AUTUMN_ON = date(2026, 10, 25)
NINE, TEN, NOON, ONE, FIVE = 9 * 60, 10 * 60, 12 * 60, 13 * 60, 17 * 60
Minutes = tuple[tuple[int, int], ...]


def an_office(on_date: date = TUESDAY, open_minutes: Minutes = ((NINE, FIVE),)) -> OfficeDay:
    return OfficeDay(on_date, open_minutes)


def an_officer(
    working_minutes: Minutes = ((NINE, FIVE),),
    break_minutes: Minutes = (),
    taken: frozenset[datetime] = frozenset(),
) -> OfficerDay:
    return OfficerDay(StaffId("amira"), working_minutes, break_minutes, (), taken)


def at(minute: int, on_date: date = TUESDAY) -> datetime:
    return instant(on_date, minute)


def reason(
    starts_at: datetime,
    *,
    office: OfficeDay | None = None,
    officer: OfficerDay | None = None,
    duration_minutes: int = 30,
    now: datetime | None = None,
) -> WhyNot | None:
    return why_not(
        starts_at,
        duration_minutes=duration_minutes,
        office=office or an_office(),
        officer=officer or an_officer(),
        now=now or at(0),
    )


def free(
    *,
    office: OfficeDay | None = None,
    officer: OfficerDay | None = None,
    duration_minutes: int = 30,
    now: datetime | None = None,
) -> list[datetime]:
    office = office or an_office()
    found = free_times(
        duration_minutes=duration_minutes,
        office=office,
        officers=[officer or an_officer()],
        now=now or day_bounds(office.on_date)[0],
    )
    return [time.starts_at for time in found]


def test_a_time_within_all_hours_is_free() -> None:
    assert reason(at(TEN)) is None


@pytest.mark.parametrize("minute", [NINE, FIVE - 30])
def test_the_first_and_the_last_time_of_the_day_can_be_booked(minute: int) -> None:
    assert reason(at(minute)) is None


def test_a_time_that_would_end_after_closing_is_outside_opening_hours() -> None:
    assert reason(at(FIVE - 25)) is WhyNot.OUTSIDE_OPENING_HOURS


def test_now_can_be_booked_and_a_moment_ago_cannot() -> None:
    assert reason(at(TEN), now=at(TEN)) is None
    assert reason(at(TEN), now=at(TEN) + timedelta(seconds=1)) is WhyNot.IN_THE_PAST


def test_a_time_beyond_the_horizon_is_too_far_ahead() -> None:
    now = at(TEN) - timedelta(days=HORIZON_DAYS)
    assert reason(at(TEN), now=now) is None
    assert reason(at(TEN), now=now - timedelta(minutes=1)) is WhyNot.TOO_FAR_AHEAD


@pytest.mark.parametrize(
    "off", [timedelta(minutes=1), timedelta(seconds=1), timedelta(microseconds=1)]
)
def test_a_time_between_the_pieces_of_five_minutes_is_refused(off: timedelta) -> None:
    assert reason(at(TEN) + off) is WhyNot.NOT_ON_THE_GRID


def test_a_time_a_hair_off_the_grid_does_not_slip_past_a_booking() -> None:
    taken = frozenset(granules(at(TEN), at(TEN + 30)))
    starts_at = at(TEN) + timedelta(microseconds=1)
    assert reason(starts_at, officer=an_officer(taken=taken)) is not None


def test_a_bank_holiday_is_named_before_a_closure() -> None:
    office = replace(an_office(), bank_holiday="Boxing Day", closed_because="Stocktaking")
    assert reason(at(TEN), office=office) is WhyNot.BANK_HOLIDAY
    assert reason(at(TEN), office=replace(office, bank_holiday=None)) is WhyNot.OFFICE_CLOSED


def test_an_officer_who_does_not_give_the_service_is_not_booked_for_it() -> None:
    officer = replace(an_officer(), gives_service=False)
    assert reason(at(TEN), officer=officer) is WhyNot.WRONG_SERVICE


def test_a_time_outside_the_officers_own_hours_says_so() -> None:
    officer = an_officer(working_minutes=((TEN, FIVE),))
    assert reason(at(NINE), officer=officer) is WhyNot.OUTSIDE_OFFICER_HOURS


@pytest.mark.parametrize(
    ("minute", "why"),
    [
        (NOON - 30, None),
        (NOON - 25, WhyNot.IN_BREAK),
        (NOON, WhyNot.IN_BREAK),
        (ONE - 5, WhyNot.IN_BREAK),
        (ONE, None),
    ],
)
def test_a_break_ends_what_is_free_at_its_begin_and_frees_it_at_its_end(
    minute: int, why: WhyNot | None
) -> None:
    assert reason(at(minute), officer=an_officer(break_minutes=((NOON, ONE),))) is why


def test_leave_of_part_of_a_day_takes_that_part_only() -> None:
    officer = replace(an_officer(), leave=((at(NOON), at(MINUTES_A_DAY)),))
    assert reason(at(NOON - 30), officer=officer) is None
    assert reason(at(NOON), officer=officer) is WhyNot.ON_LEAVE


def test_a_taken_time_is_refused_for_every_start_that_would_overlap_it() -> None:
    officer = an_officer(taken=frozenset(granules(at(TEN), at(TEN + 30))))
    taken = [m for m in range(NINE, ONE, 5) if reason(at(m), officer=officer) is WhyNot.SLOT_TAKEN]
    assert taken == list(range(TEN - 25, TEN + 30, 5))


def test_hours_written_in_two_touching_parts_are_one_stretch() -> None:
    parts: Minutes = ((NINE, NOON), (NOON, FIVE))
    office, officer = an_office(open_minutes=parts), an_officer(working_minutes=parts)
    assert reason(at(NOON - 15), office=office, officer=officer) is None


def test_overlapping_opening_hours_offer_each_time_once() -> None:
    office = an_office(open_minutes=((NINE, NOON), (TEN, FIVE)))
    starts = free(office=office)
    assert len(starts) == len(set(starts)) == len(free())


def test_a_whole_day_offers_every_quarter_of_an_hour() -> None:
    starts = free()
    assert starts[0] == at(NINE)
    assert starts[-1] == at(FIVE - 30)
    assert len(starts) == 8 * 4 - 1


def test_nothing_is_free_on_a_day_without_opening_hours() -> None:
    assert free(office=an_office(open_minutes=())) == []


def test_nothing_is_offered_in_the_hour_that_the_clocks_skip() -> None:
    night: Minutes = ((0, 4 * 60),)
    office, officer = an_office(SPRING_ON, night), an_officer(night)
    shown = [local_minute(start) for start in free(office=office, officer=officer)]
    assert not [minute for minute in shown if 60 <= minute < 120]
    assert len(shown) == 3 * 4 - 1


def test_both_of_the_hours_that_come_twice_are_offered() -> None:
    night: Minutes = ((0, 4 * 60),)
    office, officer = an_office(AUTUMN_ON, night), an_officer(night)
    starts = free(office=office, officer=officer)
    assert len(starts) == len(set(starts)) == 5 * 4 - 1


def test_office_hours_are_the_clocks_on_the_days_around_both_changes() -> None:
    for changes_on in (SPRING_ON, AUTUMN_ON):
        for days in (-1, 0, 1):
            on_date = changes_on + timedelta(days=days)
            shown = [local_minute(start) for start in free(office=an_office(on_date))]
            assert (shown[0], shown[-1], len(shown)) == (NINE, FIVE - 30, 31)


def test_a_break_that_the_clocks_skip_takes_no_time() -> None:
    night: Minutes = ((0, 4 * 60),)
    officer = an_officer(night, break_minutes=((60, 120),))
    office = an_office(SPRING_ON, night)
    starts_at = instant(SPRING_ON, 45)
    assert reason(starts_at, office=office, officer=officer, now=starts_at) is None


def test_free_times_come_by_start_and_then_in_the_order_of_the_officers() -> None:
    officers = [replace(an_officer(), staff_id=StaffId(name)) for name in ("zoe", "adam")]
    found = free_times(duration_minutes=30, office=an_office(), officers=officers, now=at(0))
    assert [f.staff_id for f in found[:4]] == ["zoe", "adam", "zoe", "adam"]
    assert [f.starts_at for f in found] == sorted(f.starts_at for f in found)


def test_the_nearest_times_are_nearest_first_and_each_start_once() -> None:
    minutes = (NINE, TEN, TEN, NOON, ONE)
    offered = [FreeTime(at(m), at(m + 30), StaffId(f"officer {n}")) for n, m in enumerate(minutes)]
    found = nearest(offered, at(TEN + 30), count=3)
    assert [f.starts_at for f in found] == [at(TEN), at(NINE), at(NOON)]


spans_of_day = st.lists(
    st.tuples(st.integers(0, 287), st.integers(1, 96)).map(
        lambda span: (span[0] * 5, min(MINUTES_A_DAY, (span[0] + span[1]) * 5))
    ),
    max_size=3,
).map(tuple)
work_hours = st.one_of(st.just(((NINE, FIVE),)), spans_of_day)
days = st.sampled_from([TUESDAY, SPRING_ON, AUTUMN_ON])


@st.composite
def instants_of(draw: st.DrawFn, on_date: date) -> datetime:
    begins_at, ends_at = day_bounds(on_date)
    pieces = (ends_at - begins_at) // GRANULE
    return begins_at + GRANULE * draw(st.integers(0, pieces - 1))


@st.composite
def officers_on(draw: st.DrawFn, on_date: date, staff_id: str) -> OfficerDay:
    booked = draw(st.lists(st.tuples(instants_of(on_date), st.integers(1, 12)), max_size=6))
    away = draw(st.lists(st.tuples(instants_of(on_date), st.integers(0, 600)), max_size=2))
    return OfficerDay(
        staff_id=StaffId(staff_id),
        working_minutes=draw(work_hours),
        break_minutes=draw(spans_of_day),
        leave=tuple((from_at, from_at + timedelta(minutes=m)) for from_at, m in away),
        taken=frozenset(g for b, n in booked for g in granules(b, b + GRANULE * n)),
        gives_service=draw(st.sampled_from([True, True, True, False])),
    )


@st.composite
def plans(draw: st.DrawFn) -> tuple[OfficeDay, list[OfficerDay], int, datetime]:
    on_date = draw(days)
    office = OfficeDay(
        on_date,
        draw(work_hours),
        bank_holiday=draw(st.sampled_from([None] * 9 + ["Boxing Day"])),
        closed_because=draw(st.sampled_from([None] * 9 + ["Training"])),
    )
    officers = [draw(officers_on(on_date, name)) for name in ("amira", "ben")]
    now = draw(st.one_of(st.just(day_bounds(on_date)[0]), instants_of(on_date)))
    return office, officers, draw(st.integers(1, 18)) * 5, now


@settings(max_examples=150, deadline=None)
@given(plans(), st.sampled_from([5, 10, 15, 20, 30, 60]))
def test_a_time_is_offered_exactly_when_there_is_no_reason_against_it(
    plan: tuple[OfficeDay, list[OfficerDay], int, datetime], step_minutes: int
) -> None:
    office, officers, duration_minutes, now = plan
    offered = free_times(
        duration_minutes=duration_minutes,
        office=office,
        officers=officers,
        now=now,
        step_minutes=step_minutes,
    )
    assert [(f.starts_at, f.staff_id) for f in offered] == [
        (start, officer.staff_id)
        for start in starts_of(office.on_date, step_minutes=step_minutes)
        for officer in officers
        if why_not(
            start, duration_minutes=duration_minutes, office=office, officer=officer, now=now
        )
        is None
    ]


@settings(max_examples=150, deadline=None)
@given(plans())
def test_what_is_offered_lies_within_hours_and_touches_nothing_else(
    plan: tuple[OfficeDay, list[OfficerDay], int, datetime],
) -> None:
    """Piece by piece, with none of the arithmetic of the rules."""
    office, officers, duration_minutes, now = plan
    by_id = {officer.staff_id: officer for officer in officers}
    offered = free_times(
        duration_minutes=duration_minutes, office=office, officers=officers, now=now
    )
    for time in offered:
        officer = by_id[time.staff_id]
        assert time.starts_at >= now
        for piece in granules(time.starts_at, time.ends_at):
            assert piece not in officer.taken
            assert not any(begins <= piece < ends for begins, ends in officer.leave)
            assert covers(office.open_minutes, piece, office.on_date)
            assert covers(officer.working_minutes, piece, office.on_date)
            assert not covers(officer.break_minutes, piece, office.on_date)


def covers(spans: Minutes, piece: datetime, on_date: date) -> bool:
    """Whether the wall clock stands within a span; on a day of a change, past both its ends."""
    return any(
        first_instant(on_date, starts) <= piece < first_instant(on_date, ends)
        for starts, ends in spans
    )


def first_instant(on_date: date, minute: int) -> datetime:
    """The first instant at which the wall clock shows a minute or a later one."""
    begins_at, ends_at = day_bounds(on_date)
    shown = begins_at
    while shown < ends_at and local_minute(shown) < minute:
        shown += GRANULE
    return shown


def test_a_free_time_is_in_utc() -> None:
    assert all(start.tzinfo is UTC for start in free())
