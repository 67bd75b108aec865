"""What is offered to who has no wish: the first free time, and the officer who has most room."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from tests.visits.council import COUNCIL_TAX, HOUSING, OFFICE, OFFICER, OTHER_OFFICER, Council
from visits.appointments.queries import first_free, officers_for
from visits.appointments.rules import FreeTime, one_officer_each
from visits.calendar.local_time import instant
from visits.ids import OfficeId, ServiceId, StaffId
from visits.staff.time import claim

WEDNESDAY = date(2026, 11, 25)
AMIRA, TOM = StaffId("amira"), StaffId("tom")


def free(minute: int, staff_id: StaffId, on_date: date = WEDNESDAY) -> FreeTime:
    at = instant(on_date, minute)
    return FreeTime(at, at + timedelta(minutes=30), staff_id)


def busy(council: Council, staff_id: StaffId, starts_at: datetime, ends_at: datetime) -> None:
    with council.node.database.write() as session:
        claim(session, staff_id, starts_at, ends_at)


def test_each_start_is_offered_once_with_the_officer_freest_that_day() -> None:
    times = [free(600, AMIRA), free(600, TOM), free(615, TOM), free(630, AMIRA), free(645, TOM)]
    assert [(f.starts_at, f.staff_id) for f in one_officer_each(times)] == [
        (instant(WEDNESDAY, 600), TOM),
        (instant(WEDNESDAY, 615), TOM),
        (instant(WEDNESDAY, 630), AMIRA),
        (instant(WEDNESDAY, 645), TOM),
    ]


def test_who_is_freest_is_asked_day_by_day() -> None:
    thursday = WEDNESDAY + timedelta(days=1)
    times = [
        free(600, AMIRA), free(600, TOM), free(615, TOM),
        free(600, AMIRA, thursday), free(600, TOM, thursday), free(615, AMIRA, thursday),
    ]  # fmt: skip
    assert [f.staff_id for f in one_officer_each(times)] == [TOM, TOM, AMIRA, AMIRA]


def test_the_first_free_time_is_the_next_quarter_hour_that_somebody_has(council: Council) -> None:
    ten_forty_five = instant(council.today, 10 * 60 + 45)
    busy(council, OFFICER, ten_forty_five, ten_forty_five + timedelta(minutes=60))
    with council.node.database.read() as session:
        anyone = first_free(session, office_id=OFFICE, service_id=HOUSING, now=council.now)
        amira = first_free(
            session, office_id=OFFICE, service_id=HOUSING, now=council.now, staff_id=OFFICER
        )
    assert anyone is not None
    assert amira is not None
    assert (anyone.starts_at, anyone.staff_id) == (ten_forty_five, OTHER_OFFICER)
    assert amira.starts_at == ten_forty_five + timedelta(minutes=60)


def test_nothing_is_free_where_nobody_gives_the_service(council: Council) -> None:
    nobody_s = council.a_service(ServiceId("service-nobody-s"))
    with council.node.database.read() as session:
        assert first_free(session, office_id=OFFICE, service_id=nobody_s, now=council.now) is None


def test_only_the_officers_of_the_office_who_give_the_service_can_be_asked_for(
    council: Council,
) -> None:
    council.an_officer(full_name="Elsewhere", office_id=OfficeId("office-northgate"))
    council.an_officer(full_name="Beth Walker", service_ids=(HOUSING,))
    with council.node.database.read() as session:
        housing = officers_for(session, office_id=OFFICE, service_id=HOUSING)
        tax = officers_for(session, office_id=OFFICE, service_id=COUNCIL_TAX)
    assert [o.full_name for o in housing] == ["Amira Hassan", "Beth Walker", "Tom Reid"]
    assert [o.full_name for o in tax] == ["Amira Hassan", "Tom Reid"]
