"""Bugs of an office with a relay: in what it holds, and in what its desks make of that."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

from sqlalchemy import delete

from sync import desk, rebase
from sync.tables import held_undo
from tests.simulation.planting import bug, put


@bug("R2", relay=True)
def all_that_is_held_is_thought_to_stand(stack: ExitStack) -> None:
    put(stack, desk, "only_adds_to_held", lambda session, harvest: not harvest.snapshots)


@bug("R2", relay=True)
def what_comes_to_the_held_is_run_upon_what_waits_here(stack: ExitStack) -> None:
    lift = rebase.lift_waiting

    def lifted(session: Any, *, own_only: bool = False) -> rebase.Before:
        return rebase.NOTHING if own_only else lift(session)

    put(stack, desk, "lift_waiting", lifted)


@bug("R2", relay=True)
def what_is_held_is_not_undone(stack: ExitStack) -> None:
    lift = rebase.lift_waiting

    def lifted(session: Any, *, own_only: bool = False) -> rebase.Before:
        before = lift(session, own_only=True)
        session.connection().execute(delete(held_undo))
        return before

    put(stack, desk, "lift_waiting", lifted)


@bug("S1", relay=True)
def a_desk_keeps_what_the_relay_it_left_holds(stack: ExitStack) -> None:
    put(stack, desk, "drop_scope", lambda node, session, scope: None)
