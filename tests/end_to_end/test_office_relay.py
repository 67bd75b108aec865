"""Three desks of an office with a relay: the outer line is cut, the relay dies, then both."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.end_to_end.centre import Relay
from tests.end_to_end.conftest import Day
from tests.end_to_end.desk import Desk, Screen
from tests.end_to_end.reception import book, both, check_in, choose_time
from tests.end_to_end.rows import check_equal
from tests.end_to_end.test_the_line_cut import has_met_the_centre, is_offline
from visits.customers.records import Customer, CustomerDetails

OFFICE = "Civic Centre"
FALLS_BACK_WITHIN_S = 40.0


@pytest.fixture
def relay(day: Day) -> Iterator[Relay]:
    """The relay of the office, not started."""
    relay = Relay(OFFICE, day.folder, clock=day.clock)
    yield relay
    relay.kill()


def open_office(day: Day, relay: Relay) -> list[Desk]:
    """The centre, its relay, and three desks that go through it."""
    desks = day.open_all("desk-1", "desk-2", "desk-3")
    relay.start(below=day.centre.address)
    relay.until_used_by(len(desks), within_s=FALLS_BACK_WITHIN_S)
    for desk in desks:
        desk.until(lambda seen: seen.sync.startswith("Up to date"))
    return desks


def cut_the_outer_line(day: Day, desks: list[Desk]) -> None:
    """The centre can be reached from nowhere in the office."""
    day.centre.kill()
    for desk in desks:
        desk.until(is_office_only, within_s=FALLS_BACK_WITHIN_S)


def is_office_only(seen: Screen) -> bool:
    return seen.sync.startswith("This office only since")


def called(desk: Desk) -> str:
    """Who was called to this counter."""
    return desk.until(lambda seen: seen["serving_since"].startswith("Called"))["serving_number"]


@pytest.mark.timeout(400)
def test_with_the_outer_line_cut_an_office_shares_one_queue(day: Day, relay: Relay) -> None:
    desks = open_office(day, relay)
    first, second, third = desks
    cut_the_outer_line(day, desks)

    numbers = [check_in(first, "siobhan"), check_in(second, "lukasz")]
    third.until(lambda seen: set(numbers) <= seen.waiting.keys())

    wanted = first.see()["button_call_next"]
    assert second.see()["button_call_next"] == wanted
    both(first, second, "F5")
    there = [called(first), called(second)]
    assert len(set(there)) == 2
    third.until(lambda seen: not set(there) & seen.waiting.keys())

    for desk, letters in ((first, "siobhan"), (second, "wood")):
        choose_time(desk, letters)
        assert book(desk)["sheet_state"] == "▲ Provisional"
        desk.press("Alt+1")

    day.centre.start()
    for desk in desks:
        seen = desk.until(has_met_the_centre, within_s=FALLS_BACK_WITHIN_S)
        assert "your decision" not in seen.sync
    for desk in desks:
        desk.close()
    relay.kill()
    day.centre.kill()
    check_equal(day.centre, *desks)
    check_logged_throughout(day, relay, [first, second])
    check_nobody_is_named(day, relay, desks)


def check_logged_throughout(day: Day, relay: Relay, desks: list[Desk]) -> None:
    """The id of a command is in the logs of its desk, of the relay and of the centre."""
    held = logged(relay.log, "command held", "command decided")
    decided = logged(day.centre.log, "command decided")
    for desk in desks:
        here = logged(desk.folder / "desk.log", "command held", "command settled")
        assert here & held & decided
        assert here <= held | decided


def check_nobody_is_named(day: Day, relay: Relay, desks: list[Desk]) -> None:
    """M10: no log of a day names anybody of the council's people, or tells where they are."""
    logs = [relay.log, day.centre.log, *(desk.log for desk in desks)]
    logs += [desk.folder / "desk.log" for desk in desks]
    told = "\n".join(log.read_text() for log in logs)
    centre = day.centre.opened()
    with centre.node.database.read() as session:
        people = session.execute(
            select(Customer.full_name, Customer.postcode, CustomerDetails.phone).join(
                CustomerDetails, CustomerDetails.customer_id == Customer.id
            )
        )
        said = {word for person in people for word in person if word}
    centre.node.database.close()
    assert len(said) > len(logs)
    assert not {word for word in said if word in told}


def logged(log: Path, *events: str) -> set[str]:
    """The commands of which a log says this."""
    lines = [line for line in log.read_text().splitlines() if line.startswith("{")]
    return {line["command"] for line in map(json.loads, lines) if line["event"] in events}


@pytest.mark.timeout(400)
def test_when_the_relay_dies_and_then_all_is_gone_desks_go_on_and_come_back(
    day: Day, relay: Relay
) -> None:
    desks = open_office(day, relay)
    first, second, third = desks
    relay.kill()
    numbers = [check_in(first, "siobhan")]
    for desk in (second, third):
        desk.until(lambda seen: numbers[0] in seen.waiting, within_s=FALLS_BACK_WITHIN_S)

    day.centre.kill()
    for desk in desks:
        desk.until(is_offline, within_s=FALLS_BACK_WITHIN_S)
    numbers.append(check_in(second, "lukasz"))

    relay.start(below=day.centre.address)
    for desk in desks:
        desk.until(is_office_only, within_s=FALLS_BACK_WITHIN_S)
    third.until(lambda seen: set(numbers) <= seen.waiting.keys())
    numbers.append(check_in(third, "obrien"))
    first.until(lambda seen: numbers[2] in seen.waiting)

    day.centre.start()
    for desk in desks:
        desk.until(has_met_the_centre, within_s=FALLS_BACK_WITHIN_S)
        desk.until(lambda seen: set(numbers) <= seen.waiting.keys())
        desk.close()
    relay.kill()
    day.centre.kill()
    check_equal(day.centre, *desks)


@pytest.mark.timeout(200)
def test_t1_a_relay_whose_clock_is_wrong_states_the_time_of_the_centre_or_none(day: Day) -> None:
    wrong = day.clock.off_by(day.folder / "wrong-clock", hours=3)
    relay = Relay(OFFICE, day.folder, clock=wrong)
    day.centre.start()
    try:
        relay.start(below=day.centre.address)
        relay.until_it_states(day.clock, within_s=FALLS_BACK_WITHIN_S)
        # While it is cut off it states none: nobody knows whether its clock was mended meanwhile.
        day.centre.kill()
        relay.until_it_states(None, within_s=FALLS_BACK_WITHIN_S)
    finally:
        relay.kill()
