"""The central service is killed in the middle of the morning, and so is a desk."""

from __future__ import annotations

import pytest

from tests.end_to_end.conftest import Day
from tests.end_to_end.desk import Desk, Screen
from tests.end_to_end.paper import words_of
from tests.end_to_end.reception import book, call_next, check_in, choose_time, save_confirmation
from tests.end_to_end.rows import check_equal

NOTICED_WITHIN_S = 15.0
NOTE = "Bring the landlord’s letter of 3 November"


@pytest.mark.timeout(300)
def test_a_morning_in_which_the_centre_and_a_desk_are_killed_loses_nothing(
    day_on_each: Day,
) -> None:
    day = day_on_each
    first, second = day.open_desks()
    central = day.centre.address
    numbers = [check_in(first, "siobhan")]
    second.until(lambda seen: numbers[0] in seen.waiting)

    day.centre.kill()
    for desk in (first, second):
        desk.until(is_offline, within_s=NOTICED_WITHIN_S)

    numbers += [check_in(first, "lukasz"), check_in(second, "obrien"), check_in(second, "lukasz")]
    called = call_next(first)
    papers = {
        first.name: book_offline(first, "siobhan"),
        second.name: book_offline(second, "lukasz", note=NOTE),
    }
    same = [papers[desk.name]["sheet_when"] for desk in (first, second)]
    assert same[0] == same[1]

    second.kill()
    numbers.append(check_in(first, "begum"))
    seen = second.open(central)
    assert {numbers[0], numbers[2], numbers[3]} <= seen.waiting.keys()
    second.until(lambda seen: is_offline(seen) and "waiting" in seen.sync)
    numbers.append(check_in(second, "wood"))
    assert len(set(numbers)) == len(numbers)

    day.centre.start()
    ends = {desk.name: desk.until(has_met_the_centre) for desk in (first, second)}
    (refused,) = [desk for desk in (first, second) if "your decision" in ends[desk.name].sync]
    (kept,) = [desk for desk in (first, second) if desk is not refused]
    is_confirmed(kept, papers[kept.name]["sheet_reference"])
    decide(refused, papers[refused.name], note=NOTE if refused is second else "")
    for desk in (first, second):
        desk.press("Alt+1")
        desk.until(lambda seen: seen.sync.startswith("Up to date"))
        desk.until(lambda seen: set(numbers) - {called} <= seen.waiting.keys())
        assert called not in desk.see().waiting
    for desk in (first, second):
        desk.close()
    day.centre.kill()
    check_equal(day.centre, first, second)


@pytest.mark.timeout(300)
def test_u4_a_refusal_waits_for_the_person_at_a_desk_that_was_killed_and_opened_again(
    day: Day,
) -> None:
    first, second = day.open_desks()
    day.centre.kill()
    for desk in (first, second):
        desk.until(is_offline, within_s=NOTICED_WITHIN_S)
    papers = {
        first.name: book_offline(first, "siobhan"),
        second.name: book_offline(second, "lukasz", note=NOTE),
    }
    central = day.centre.start()
    ends = {desk.name: desk.until(has_met_the_centre) for desk in (first, second)}
    (refused,) = [desk for desk in (first, second) if "your decision" in ends[desk.name].sync]
    refused.kill()
    refused.open(central)
    refused.until(lambda seen: "your decision" in seen.sync)
    decide(refused, papers[refused.name], note=NOTE if refused is second else "")


def book_offline(desk: Desk, letters: str, *, note: str = "") -> Screen:
    """Book the first free time with the line cut; the appointment as it stood on the screen."""
    choose_time(desk, letters)
    desk.type(note, into="book_note")
    booked = book(desk)
    assert booked["sheet_state"] == "▲ Provisional"
    assert "provisional" in words_of(save_confirmation(desk))
    desk.press("Alt+1")
    desk.until(lambda seen: seen.has("search"))
    return booked


def is_confirmed(desk: Desk, reference: str) -> None:
    """Find an appointment by its reference: the centre has confirmed it."""
    desk.press("Alt+2")
    desk.press("F4")
    desk.until(lambda seen: seen.has("find_reference"))
    desk.type(reference, into="find_reference")
    desk.press("Enter")
    desk.until(lambda seen: seen["sheet_reference"] == reference)
    desk.until(lambda seen: seen["sheet_state"] == "● Confirmed")


def decide(desk: Desk, refused: Screen, *, note: str) -> None:
    """Under Needs attention: what was typed, why not, the nearest times; one press books."""
    desk.press("F2")
    seen = desk.until(lambda seen: seen["card_headline"] and seen.has("offer_0"))
    (headline,) = seen.all("card_headline")
    on_date = refused["sheet_when"].split("\n")[0]
    assert headline.startswith("Book ")
    assert refused["sheet_person"] in headline
    assert on_date in headline
    assert f"Reference: {refused['sheet_reference']}" in seen.all("card_typed")
    assert not note or f"Note: {note}" in seen.all("card_typed")
    assert seen["card_why"] == "Somebody else has just taken that time."
    assert seen["card_offers"].startswith("Nearest free times.")
    desk.click("offer_0")
    desk.until(lambda seen: "Booked" in seen["said"])
    desk.until(lambda seen: not seen["card_headline"])


def is_offline(seen: Screen) -> bool:
    return seen.sync.startswith("Working offline since")


def has_met_the_centre(seen: Screen) -> bool:
    return seen.sync.startswith("Up to date") or "your decision" in seen.sync
