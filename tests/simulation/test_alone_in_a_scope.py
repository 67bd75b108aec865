"""What is decided at once in two scopes needs nothing of the other."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from typing import Any

import pytest
from sqlalchemy import func, select

from tests.simulation.blindfold import each_is_run_blindfolded
from tests.simulation.history import history
from tests.simulation.planting import handled
from visits.queue.records import Ticket
from visits.registry import commands

SEEDS = 14
SELDOM = 4
"""Commands of this kind that are accepted in none of so few histories."""


def test_commands_that_are_alone_in_a_scope_do_the_same_with_all_others_away() -> None:
    done = Counter[str]()
    with each_is_run_blindfolded() as blindfolded:
        for seed in range(1, SEEDS + 1):
            told = history(seed)
            assert not told.broken, told.how_to_replay
        done.update(blindfolded)
    alone = {each.name for each in commands() if each.alone_in}
    assert len(alone - done.keys()) <= SELDOM, alone - done.keys()


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
