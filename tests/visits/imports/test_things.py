"""Offices, services, rooms and closures: an empty centre begins with files alone."""

from __future__ import annotations

from datetime import date

import pytest

from sync.proof import Identity
from tests.visits.imports.conftest import EmptyCentre
from visits.offices.records import Closure, Office, OpeningHours, Service
from visits.rooms.records import Room

OFFICES = "Name,Address,Phone,Nation,Opening hours\n"
HOURS = "Name,Address,Nation,Monday,Tuesday,Saturday\n"


def opening(centre: EmptyCentre) -> set[tuple[int, int, int]]:
    return {(row.weekday, row.opens_minute, row.closes_minute) for row in centre.rows(OpeningHours)}


def test_the_examples_furnish_an_empty_centre_and_again_change_nothing(empty: EmptyCentre) -> None:
    kinds = ("offices", "services", "rooms", "closures")
    tables = (Office, OpeningHours, Service, Room, Closure)
    empty.examples(*kinds)
    before = [empty.rows(table) for table in tables]
    assert [len(rows) for rows in before] == [2, 9, 4, 3, 1]
    for kind in kinds:
        said = empty.take(kind, _example(kind))
        assert "0 added" in said and "0 changed" in said and "0 refused" in said
    assert [empty.rows(table) for table in tables] == before


def _example(kind: str) -> bytes:
    from tests.visits.imports.conftest import EXAMPLES

    return (EXAMPLES / f"{kind}.csv").read_bytes()


def test_an_office_has_the_hours_of_its_list_no_more_and_no_less(empty: EmptyCentre) -> None:
    row = "Town Hall,1 High Street,Wales,"
    empty.take("offices", HOURS + row + "9am-5pm,,\n")
    assert opening(empty) == {(0, 540, 1020)}
    said = empty.take("offices", HOURS + row + '"9am-midday, 1pm-5pm",10am-4pm,closed\n')
    assert "line 2: Hours" in said or "line 2: Opening hours" in said
    assert opening(empty) == {(0, 540, 720), (0, 780, 1020), (1, 600, 960)}
    empty.take("offices", HOURS + row + ",9am-5pm,\n")
    assert opening(empty) == {(1, 540, 1020)}
    said = empty.take("offices", HOURS + row + ",,\n")
    assert "1 left as is" in said
    assert opening(empty) == {(1, 540, 1020)}


def test_a_desk_that_follows_the_centre_sees_hours_come_and_go(lite: EmptyCentre) -> None:
    from sqlalchemy import select

    from sync.desk import Desk
    from sync.storage.sqlite import open_memory
    from tests.centres import SetClock, new_ids, sync
    from visits.central.opening import authority_over, open_database
    from visits.migrations.steps import migrate
    from visits.registry import node_over

    row = "Town Hall,1 High Street,Wales,"
    lite.take("offices", HOURS + row + '"9am-midday, 1pm-5pm",,\n')
    clock = SetClock()
    memory = open_memory()
    migrate(memory)
    desk = Desk(
        node_over(memory),
        new_device=lambda: Identity("d1"),
        clock=clock,
        new_id=new_ids("d1", clock),
    )
    centre = authority_over(open_database(lite.url, key_file=None))
    sync(desk, centre)
    lite.take("offices", HOURS + row + "9am-5pm,,\n")
    sync(desk, centre)
    with memory.read() as session:
        found = session.execute(select(OpeningHours.opens_minute, OpeningHours.closes_minute))
        assert [tuple(hours) for hours in found] == [(540, 1020)]
    centre.node.database.close()
    memory.close()


@pytest.mark.parametrize(
    ("kind", "content", "line"),
    [
        ("offices", OFFICES + "Hall,1 High St,,France,\n", "line 2: Nation: write England"),
        ("offices", OFFICES + "Hall,,,Wales,\n", "line 2: Address: is empty"),
        ("offices", OFFICES + "Hall,1 High St,,Wales,9-5\n", "line 2: Opening hours: write hours"),
        ("services", "Name,Minutes\nTax,soon\n", "line 2: Minutes: enter a whole number from 5"),
        ("services", "Name,Minutes\nTax,0\n", "line 2: Minutes: must be from 5 to 480"),
        ("services", "Name,Minutes\nTax,10\ntax,20\n", "line 3: Name: line 2 has the same"),
        ("rooms", "Office,Name,Seats\nMoon,Room 1,4\n", "no office here has this name"),
        ("rooms", "Office,Name,Seats\nHarbour House,R,many\n", "line 2: Seats: enter a whole"),
        (
            "rooms",
            "Office,Name,Seats,Hearing loop\nHarbour House,R,4,maybe\n",
            "line 2: Hearing loop: write yes or no",
        ),
        ("closures", "Office,Date\nHarbour House,tomorrow\n", "line 2: Date: write the date"),
    ],
)
def test_a_row_that_means_nothing_is_named_with_its_reason(
    with_offices: EmptyCentre, kind: str, content: str, line: str
) -> None:
    assert line in with_offices.take(kind, content)


def test_a_service_takes_the_target_of_the_charter_unless_it_has_its_own(lite: EmptyCentre) -> None:
    lite.take("services", "Name,Minutes,Target minutes,Bring\nTax,20,,A; B|C\nPlanning,30,15,\n")
    found = {row.name: row for row in lite.rows(Service)}
    assert found["Tax"].target_minutes == 10
    assert found["Tax"].bring == ["A", "B", "C"]
    assert found["Planning"].target_minutes == 15


def test_a_room_is_the_same_room_when_its_list_changes(with_offices: EmptyCentre) -> None:
    header = "Office,Name,Seats,Two exits\n"
    with_offices.take("rooms", header + "Harbour House,Room 1,4,no\nHillside Hub,Room 1,2,no\n")
    before = {row.id for row in with_offices.rows(Room)}
    said = with_offices.take("rooms", header + "harbour house,ROOM 1,6,yes\n")
    assert "1 changed" in said
    after = with_offices.rows(Room)
    assert {row.id for row in after} == before
    assert {(row.seats, row.two_exits) for row in after} == {(6, True), (2, False)}
    assert {row.scope for row in after} == {f"office:{row.office_id}" for row in after}


def test_a_closure_stands_in_the_calendar_of_its_office(with_offices: EmptyCentre) -> None:
    with_offices.take("closures", "Office,Date,Reason\nHarbour House,24/12/2026,Stock take\n")
    [closure] = with_offices.rows(Closure)
    assert (closure.on_date, closure.reason) == (date(2026, 12, 24), "Stock take")
