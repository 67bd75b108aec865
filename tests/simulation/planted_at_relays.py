"""Bugs of an office with a relay: in what it holds, and in what its desks make of that."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

from msgspec.structs import replace
from sqlalchemy import delete

from sync import decide, desk, rebase, relay, round
from sync.errors import StorageFailed
from sync.node import LAST_SEQ
from sync.tables import held_undo
from sync.wire import Outcome
from tests.simulation.planting import bug, put


@bug("R2")
def all_that_is_held_is_thought_to_stand(stack: ExitStack) -> None:
    put(stack, desk, "only_adds_to_held", lambda session, harvest: not harvest.snapshots)


@bug("R2")
def what_comes_to_the_held_is_run_upon_what_waits_here(stack: ExitStack) -> None:
    lift = rebase.lift_waiting

    def lifted(session: Any, *, own_only: bool = False) -> rebase.Before:
        return rebase.NOTHING if own_only else lift(session)

    put(stack, desk, "lift_waiting", lifted)


@bug("R2")
def what_is_held_is_not_undone(stack: ExitStack) -> None:
    lift = rebase.lift_waiting

    def lifted(session: Any, *, own_only: bool = False) -> rebase.Before:
        before = lift(session, own_only=True)
        session.connection().execute(delete(held_undo))
        return before

    put(stack, desk, "lift_waiting", lifted)


@bug("S1")
def a_desk_keeps_what_the_relay_it_left_holds(stack: ExitStack) -> None:
    put(stack, desk, "drop_scope", lambda node, session, scope: None)


@bug("R8")
def a_desk_goes_back_to_where_the_relay_stands(stack: ExitStack) -> None:
    def behind_is_too_old(page: Any, cursor: Any) -> list[str]:
        behind = [scope for scope, head in page.heads.items() if cursor.get(scope, 0) > head]
        return [*to_take(page, cursor), *behind]

    to_take = round._to_take
    put(stack, round, "_check_heads", lambda page, cursor: None)
    put(stack, round, "_check_may_begin", lambda page, cursor, begun: None)
    put(stack, round, "_to_take", behind_is_too_old)


@bug("M8")
def a_relay_that_is_alone_refuses_nothing(stack: ExitStack) -> None:
    hold = relay.Relay._hold

    def held(self: relay.Relay, session: Any, envelope: Any, *, alone: bool, **may: Any) -> None:
        hold(self, session, envelope, alone=alone, may_refuse=False)

    put(stack, relay.Relay, "_hold", held)


@bug("I5")
def a_relay_puts_its_own_name_on_commands(stack: ExitStack) -> None:
    hold = relay.Relay._hold

    def held(self: relay.Relay, session: Any, envelope: Any, **may: Any) -> None:
        last = session.connection().execute(LAST_SEQ, {"of": self.device}).scalar() or 0
        hold(self, session, replace(envelope, device=self.device, seq=last + 1), **may)

    put(stack, relay.Relay, "_hold", held)


@bug("O1")
def a_relay_hands_on_the_last_first(stack: ExitStack) -> None:
    offered = relay.Relay.offer

    def offer(self: relay.Relay, *, after_position: int = 0) -> Any:
        found = offered(self, after_position=after_position)
        return found and replace(found, commands=found.commands[::-1])

    put(stack, decide, "_check_order", lambda session, turn, envelope, after: None)
    put(stack, relay.Relay, "offer", offer)


@bug("M14")
def a_relay_acknowledges_before_it_is_durable(stack: ExitStack) -> None:
    take = relay.Relay._take

    def taken(self: relay.Relay, request: Any) -> list[Outcome]:
        connection = self.node.database.engine.raw_connection()
        connection.execute("PRAGMA synchronous = NORMAL")  # type: ignore[attr-defined]
        try:
            return take(self, request)
        finally:
            connection.execute("PRAGMA synchronous = FULL")  # type: ignore[attr-defined]

    put(stack, relay.Relay, "_take", taken)


@bug("M14")
def a_relay_says_held_when_its_disk_was_full(stack: ExitStack) -> None:
    take = relay.Relay._take

    def taken(self: relay.Relay, request: Any) -> list[Outcome]:
        try:
            return take(self, request)
        except StorageFailed:
            return [Outcome(id=envelope.id, state="held") for envelope in request.commands]

    put(stack, relay.Relay, "_take", taken)
