"""Bugs of the centre: what it decides, numbers, tells and permits.

Each is one that others have shipped.
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

import msgspec
from msgspec.structs import replace

from sync import authority, decide, feed, numbering, snapshots, turns
from sync import desk as desk_module
from sync import node as node_module
from sync.errors import Refusal, SyncError, Unavailable
from sync.journal import Entry
from sync.node import Node
from sync.pruning import prune_changes
from tests.simulation.planting import bug, put


@bug("C1")
def a_retry_runs_twice(stack: ExitStack) -> None:
    begun = decide.begun

    def again(node: Node, session: Any, envelopes: Any) -> Any:
        turn = begun(node, session, envelopes)
        for envelope in envelopes:
            known = turn.outcomes.get(envelope.id)
            if known is None or known.state != "accepted":
                continue
            try:
                made = decide._accepted(envelope, b"", node.run(session, envelope))
            except SyncError:
                continue
            counted, changes = turns.numbered(session, replace(turn, outcomes={}, made=[made]))
            numbering.keep_changes(session, changes)
            for scope, number, moved in counted:
                on = {"of": scope, "to": number, "moved_by": moved}
                session.connection().execute(numbering.COUNT_ON, on)
                turn.numbers[scope] = number
        return turn

    put(stack, decide, "begun", again)


@bug("C5")
def a_command_that_is_refused_blocks_those_behind_it(stack: ExitStack) -> None:
    def refusing(envelope: Any, error: Exception) -> Any:
        raise Unavailable("try again")

    put(stack, decide, "_refused", refusing)


@bug("S3")
def a_row_that_moves_is_only_told_where_it_goes(stack: ExitStack) -> None:
    real = decide.rows_by_scope

    def only_new(entry: Entry) -> Any:
        rows = real(entry)
        return rows[-1:] if entry.after else rows

    put(stack, decide, "rows_by_scope", only_new)


@bug("I1")
def a_restored_centre_keeps_its_epoch(stack: ExitStack) -> None:
    put(stack, authority.Authority, "renew", lambda self, epoch: None)


@bug("S1")
def permission_is_checked_at_the_first_contact_alone(stack: ExitStack) -> None:
    answer = authority.Authority._answer
    first: dict[str, frozenset[str]] = {}

    def remembered(self: authority.Authority, request: Any) -> Any:
        def allowed(session: Any, device: str) -> Any:
            scopes = frozenset(self.allowed(session, device))
            return first.setdefault(device, scopes) if len(scopes) > 1 else scopes

        return answer(authority.Authority(self.node, allowed), request)

    put(stack, authority.Authority, "_answer", remembered)


@bug("S5")
def who_acts_is_taken_on_trust(stack: ExitStack) -> None:
    begun = decide.begun

    def trusting(node: Node, session: Any, envelopes: Any) -> Any:
        turn = begun(node, session, envelopes)
        turn.actors.update(envelope.actor for envelope in envelopes)
        return turn

    put(stack, decide, "begun", trusting)


@bug("W3")
def what_a_withdrawn_desk_did_is_still_taken(stack: ExitStack) -> None:
    answer = authority.Authority._answer

    def unchecked(self: authority.Authority, request: Any) -> Any:
        return answer(replace(self, check_device=authority.any_device), request)

    put(stack, authority.Authority, "_answer", unchecked)


@bug("N1")
def a_snapshot_and_its_number_are_of_two_moments(stack: ExitStack) -> None:
    real = snapshots.snapshot_part
    before: dict[Any, Any] = {}

    def mixed(node: Node, session: Any, request: Any, allowed: Any, **how: Any) -> Any:
        taken = real(node, session, request, allowed, **how)
        earlier = before.setdefault((taken.epoch, request.scope, request.after), taken)
        return msgspec.structs.replace(taken, tables=earlier.tables, digest=earlier.digest)

    put(stack, authority, "snapshot_part", mixed)


@bug("O4")
def a_page_cuts_a_command_in_the_middle(stack: ExitStack) -> None:
    real = feed._changes

    def cut(session: Any, scope: str, **bounds: Any) -> Any:
        changes = real(session, scope, **bounds)
        if changes and len(changes[-1].rows) > 2:
            changes[-1] = msgspec.structs.replace(changes[-1], rows=changes[-1].rows[:2])
        return changes

    put(stack, feed, "_changes", cut)


@bug("I3")
def numbers_of_a_restored_desk_are_not_checked(stack: ExitStack) -> None:
    put(stack, decide, "_check_order", lambda session, turn, envelope, after: None)


@bug("O2")
def a_number_is_taken_without_its_counter(stack: ExitStack) -> None:
    begun = decide.begun
    given: dict[str, int] = {}

    def sequence(node: Node, session: Any, envelopes: Any) -> Any:
        turn = begun(node, session, envelopes)
        for scope in turn.numbers:
            given[scope] = given.get(scope, 0) + 1
            turn.numbers[scope] += given[scope] % 7 == 0
        return turn

    put(stack, decide, "begun", sequence)


@bug("U6")
def what_leaves_a_scope_still_counts_in_its_sum(stack: ExitStack) -> None:
    moved_by = decide.moved_by

    def counting_on(entries: list[Entry]) -> dict[str, int]:
        scopes = {scope: 0 for entry in entries for scope, _ in decide.rows_by_scope(entry)}
        return scopes | moved_by(replace(entry, before=None) for entry in entries)

    put(stack, decide, "moved_by", counting_on)


@bug("C6")
def a_failed_serialisation_counts_as_refused(stack: ExitStack) -> None:
    real = node_module.handler_error

    def meant(error: Any, name: str) -> Exception:
        lost = getattr(error.orig, "sqlstate", None) == "40001"
        return Refusal("conflict") if lost else real(error, name)

    put(stack, node_module, "handler_error", meant)


@bug("N2")
def whoever_is_too_far_behind_is_told_of_nothing(stack: ExitStack) -> None:
    fitting = feed._fitting

    def fits(session: Any, scope: str, *, after: int, **room: int) -> tuple[int, int, int]:
        first, last, size = fitting(session, scope, after=after, **room)
        return (first, last, size) if first == after + 1 else (after + 1, after, 0)

    put(stack, feed, "_fitting", fits)


@bug("O2")
def changes_are_let_go_of_before_their_time(stack: ExitStack) -> None:
    keep = turns.keep_turn

    def kept(session: Any, *made: Any) -> None:
        keep(session, *made)
        prune_changes(session, kept=1)

    put(stack, turns, "keep_turn", kept)


@bug("O1")
def a_later_number_of_a_device_overtakes_an_earlier(stack: ExitStack) -> None:
    offered = desk_module.Desk.offer

    def offer(self: desk_module.Desk, *, after_position: int = 0) -> Any:
        found = offered(self, after_position=after_position)
        if found is None or self.is_relay:
            return found
        return replace(found, commands=found.commands[::-1])

    put(stack, decide, "_check_order", lambda session, turn, envelope, after: None)
    put(stack, desk_module.Desk, "offer", offer)
