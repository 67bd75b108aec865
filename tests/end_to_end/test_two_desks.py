"""Two desks of one office see the same queue, and never call one person twice."""

from __future__ import annotations

from tests.end_to_end.conftest import Day
from tests.end_to_end.desk import Desk
from tests.end_to_end.reception import both, call_next, check_in


def test_a_person_checked_in_at_one_desk_appears_at_the_other(day_on_each: Day) -> None:
    first, second = day_on_each.open_desks()
    number = check_in(first, "siobhan")
    seen = second.until(lambda seen: number in seen.waiting)
    assert "Siobh" in seen.waiting[number]
    assert "Housing options" in seen.waiting[number]
    assert first.until(lambda seen: number in seen.waiting).waiting[number] == seen.waiting[number]
    for desk in (first, second):
        desk.close()


def test_two_desks_that_press_call_next_at_once_get_two_different_people(day: Day) -> None:
    first, second = day.open_desks()
    wanted = first.see()["button_call_next"]
    assert second.see()["button_call_next"] == wanted
    both(first, second, "F5")
    called = {}
    for desk in (first, second):
        seen = desk.until(lambda seen: seen["serving_since"].startswith("Called"))
        called[desk.name] = seen["serving_number"]
        assert called[desk.name] not in seen.waiting
    assert len(set(called.values())) == 2
    assert wanted.removeprefix("Call ") in called.values()
    for desk in (first, second):
        desk.until(lambda seen: not set(called.values()) & seen.waiting.keys())
        assert desk.see().sync.startswith("Up to date")


def test_what_one_desk_does_with_a_person_is_seen_at_the_other(day: Day) -> None:
    first, second = day.open_desks()
    number = call_next(first)
    second.until(lambda seen: number not in seen.waiting)
    first.press("F4")
    first.until(lambda seen: seen["serving_since"].startswith("Serving since"))

    first.press("F6")
    second.until(lambda seen: "On hold" in seen.waiting.get(number, ""))
    take_back(second, number)
    first.until(lambda seen: number in seen.waiting and "On hold" not in seen.waiting[number])

    assert call_this(second, number) == number
    first.until(lambda seen: number not in seen.waiting)
    second.press("F7")
    second.choose_in_menu("Council tax")
    first.until(lambda seen: "Council tax" in seen.waiting.get(number, ""))
    second.press("Ctrl+Z")
    first.until(lambda seen: number not in seen.waiting)

    second.press("F10")
    seen = second.until(lambda seen: seen["serving_since"] == "Free")
    assert seen["said"] == f"{number} finished."
    second.press("Ctrl+Z")
    second.until(lambda seen: seen["serving_number"] == number)
    second.press("F11")
    first.until(lambda seen: number in seen.waiting)


def take_back(desk: Desk, number: str) -> None:
    """Put somebody on hold back in the queue."""
    desk.stand_on(list(desk.see().waiting).index(number), of="waiting_list")
    desk.until(lambda seen: seen.can("button_return_to_queue"))
    desk.press("Ctrl+B")


def call_this(desk: Desk, number: str) -> str:
    """Call somebody who may not be the next; the number at the counter then."""
    desk.stand_on(list(desk.see().waiting).index(number), of="waiting_list")
    desk.until(lambda seen: seen.can("button_call_this"))
    desk.press("Ctrl+F5")
    if not desk.see()["button_call_next"].endswith(number):
        desk.choose_in_menu("They need this counter")
    return desk.until(lambda seen: seen["serving_since"].startswith("Called"))["serving_number"]
