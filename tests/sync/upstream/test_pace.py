"""When a node looks again: W5 rests on it, and so does a clock that is in doubt."""

from __future__ import annotations

from sync.upstream.pace import POLL_DEAF_S, POLL_LISTENING_S, RETRY_FIRST_S, RETRY_LONGEST_S, Pace


def test_w5_u5_nobody_waits_longer_for_a_look_than_people_are_told() -> None:
    """docs/reliability.md and the panel speak of seconds: changing them is a decision."""
    assert (POLL_DEAF_S, POLL_LISTENING_S, RETRY_LONGEST_S) == (5, 15, 5)


def test_a_node_that_hears_pokes_looks_less_often_than_a_deaf_one() -> None:
    pace = Pace()
    assert pace.after(is_reached=True, listens=True) == POLL_LISTENING_S
    assert pace.after(is_reached=True, listens=False) == POLL_DEAF_S < POLL_LISTENING_S


def test_the_longer_nobody_answers_the_less_it_asks_and_then_begins_again() -> None:
    pace = Pace()
    waits = [pace.after(is_reached=False, listens=False) for _ in range(8)]
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (RETRY_FIRST_S, RETRY_LONGEST_S)
    pace.after(is_reached=True, listens=True)
    assert pace.after(is_reached=False, listens=True) == RETRY_FIRST_S


def test_what_is_in_doubt_is_asked_again_at_once() -> None:
    pace = Pace()
    assert pace.after(is_reached=True, listens=True, is_in_doubt=True) == RETRY_FIRST_S
