"""What is decided at once in two scopes needs nothing of the other."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import pytest
from sqlalchemy import func, select

from tests.simulation.blindfold import each_is_run_blindfolded
from tests.simulation.history import History, history
from tests.simulation.mix import mixed
from tests.simulation.planting import handled
from visits.queue.records import Ticket
from visits.registry import commands

SEEDS = 10
SEEDS_FOR_THE_REST = 2_000


def test_commands_that_are_alone_in_a_scope_do_the_same_with_all_others_away() -> None:
    left = {each.name for each in commands() if each.alone_in}
    for seed in range(1, SEEDS + 1):
        left -= _blindfolded(lambda seed=seed: history(seed))  # type: ignore[misc]
    for seed in range(1, SEEDS_FOR_THE_REST + 1):
        if not left:
            break
        # What is seldom accepted is looked for first without, which takes a fraction of the time.
        if not left.isdisjoint(_accepted_in(mixed(seed))):
            left -= _blindfolded(lambda seed=seed: mixed(seed))  # type: ignore[misc]
    assert not left


def _accepted_in(told: History) -> set[str]:
    return {what.removeprefix("accepted ") for what in told.tally.counts}


def _blindfolded(play: Callable[[], History]) -> set[str]:
    """Which commands were run blindfolded in a history."""
    with each_is_run_blindfolded() as done:
        told = play()
        assert not told.broken, told.how_to_replay
        return set(done)


def test_a_command_that_looks_into_another_scope_is_caught() -> None:
    def looking(real: Any) -> Any:
        def check_in(session: Any, args: Any, context: Any) -> None:
            everywhere = session.scalar(select(func.count()).select_from(Ticket))
            real(session, args, context)
            session.get(Ticket, args.ticket_id).note = str(everywhere)

        return check_in

    with ExitStack() as stack:
        handled(stack, "queue.check_in", looking)
        with each_is_run_blindfolded():
            broken = [history(seed).broken for seed in range(1, 6)]
    assert any("queue.check_in needs more than one scope" in each for each in broken)


def test_what_all_share_is_changed_by_no_command_that_is_alone_in_a_scope() -> None:
    words = {word for each in commands() for word in each.alone_in}
    assert words == {"office:", "team:"}


@pytest.mark.parametrize(
    "name", ["queue.check_in", "queue.call", "rooms.hold", "home_visits.arrive"]
)
def test_what_is_done_all_day_is_alone_in_a_scope(name: str) -> None:
    [definition] = [each for each in commands() if each.name == name]
    assert definition.alone_in
