"""A desk that was closed or whose clock is wrong goes on with its work."""

from __future__ import annotations

from datetime import timedelta

from tests.end_to_end.conftest import Day
from tests.end_to_end.reception import check_in
from tests.end_to_end.rows import check_equal


def test_a_desk_opened_again_shows_the_same_queue_before_it_has_any_line(day: Day) -> None:
    first, _ = day.open_desks()
    number = check_in(first, "siobhan")
    before = first.until(lambda seen: number in seen.waiting).waiting
    first.until(lambda seen: seen.sync.startswith("Up to date"))
    first.close()
    day.centre.kill()

    seen = first.open(day.centre.address)
    assert seen.waiting.keys() == before.keys()
    seen = first.until(lambda seen: seen.sync.startswith("Working offline since"))
    assert seen.waiting.keys() == before.keys()
    assert check_in(first, "lukasz") not in {number, ""}
    first.until(lambda seen: seen.sync.endswith("1 change waiting"))


def test_a_clock_three_hours_fast_is_said_and_work_goes_on(day: Day) -> None:
    wrong = day.clock.off_by(day.folder / "wrong-clock", hours=3)
    central = day.centre.start()
    first, second = day.new_desk("desk-1", clock=wrong), day.new_desk("desk-2")
    first.open(central)
    second.open(central)
    said = "This computer's clock is 3 hours fast: tell the service desk"
    first.until(lambda seen: seen.sync == said)
    second.until(lambda seen: seen.sync.startswith("Up to date"))

    number = check_in(first, "siobhan")
    second.until(lambda seen: number in seen.waiting)
    for clock in (day.clock, wrong):
        # It is put right to the second, as the answers state it.
        clock.pass_(seconds=5)
    other = check_in(second, "lukasz")
    first.until(lambda seen: other in seen.waiting)
    assert first.see().sync == said
    assert timedelta(hours=2.9) < wrong() - day.clock() < timedelta(hours=3.1)
    for desk in (first, second):
        # Who came first is told by one clock: neither is behind, nor hours ahead of, the other.
        seen = desk.until(lambda seen: {number, other} <= seen.waiting.keys())
        order = [each for each in seen.waiting if each in (number, other)]
        assert order == [number, other]
        assert "hour" not in seen.waiting[number] + seen.waiting[other]

    # Started with its line cut, it acts by what it knows of its clock.
    first.close()
    day.centre.kill()
    first.open(central)
    third = check_in(first, "lukasz")
    seen = first.until(lambda seen: third in seen.waiting)
    order = [each for each in seen.waiting if each in (number, other, third)]
    assert order == [number, other, third]
    assert "hour" not in seen.waiting[third]
    day.centre.start()
    second.until(lambda seen: third in seen.waiting)
    first.until(lambda seen: seen.sync == said)

    for desk in (first, second):
        desk.close()
    day.centre.kill()
    check_equal(day.centre, first, second)
