"""Bugs that others have shipped, as patches in memory: the simulation must find every one.

Each comes from a list of what went wrong in real systems; `breaks` names the promise it breaks.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

import msgspec
from sqlalchemy import delete, select, update
from sqlalchemy.dialects.sqlite import insert as lite_insert

from sync import authority, decide, desk, feed, rebase, round, tables
from sync.command import Registry
from sync.errors import LineDown, Refusal, SyncError, Unavailable
from sync.journal import Entry
from sync.node import Node, unpacked
from sync.wire import Outcome
from tests.simulation.disk import Disk
from visits import registry
from visits.appointments import calendar
from visits.queue import commands as queue_commands
from visits.queue.records import Ticket
from visits.staff import time as staff_time
from visits.staff.records import StaffTime

Planting = Callable[[ExitStack], None]


@dataclass(frozen=True, slots=True)
class Planted:
    """A bug, the promise it breaks, and how it is planted."""

    name: str
    breaks: str
    plant: Planting


PLANTED: list[Planted] = []


def bug(breaks: str) -> Callable[[Planting], Planting]:
    """Register a planting under its name in words."""

    def register(plant: Planting) -> Planting:
        PLANTED.append(Planted(plant.__name__.replace("_", " "), breaks, plant))
        return plant

    return register


@contextmanager
def planted(one: Planted) -> Iterator[None]:
    """While inside, the bug is in the code."""
    with ExitStack() as stack:
        one.plant(stack)
        yield


def _put(stack: ExitStack, owner: Any, name: str, value: Any) -> None:
    stack.enter_context(patch.object(owner, name, value))


def _handled(stack: ExitStack, name: str, handler: Callable[[Any], Any]) -> None:
    """Every node opened inside runs `handler(real)` for the command of this name."""
    real = registry.commands

    def commands() -> Registry:
        changed = Registry()
        for item in real():
            chosen = handler(item.handler) if item.name == name else item.handler
            changed.command(item.name, item.arguments, version=item.version)(chosen)
        return changed

    _put(stack, registry, "commands", commands)


# The desk


@bug("O3")
def the_cursor_is_saved_before_the_rows(stack: ExitStack) -> None:
    settle = desk.Desk.settle

    def ahead(self: desk.Desk, harvest: desk.Harvest) -> frozenset[str]:
        with self.node.database.write() as session:
            for item in harvest.changes:
                rebase.set_cursor(session, item.scope, item.number)
        return settle(self, harvest)

    real = rebase.take_in

    def unchecked(node: Node, session: Any, changes: Any, snapshots: Any) -> set[str]:
        real(node, session, (), snapshots)
        became: dict[Any, dict[str, Any]] = {}
        for item in changes:
            for table, row_id, image in item.rows:
                became.setdefault((table, row_id), {})[item.scope] = image
        rebase._replace(node, session, became)
        return {item.command_id for item in changes}

    _put(stack, desk.Desk, "settle", ahead)
    _put(stack, desk, "take_in", unchecked)


@bug("C7")
def an_error_after_the_commit_counts_as_refused(stack: ExitStack) -> None:
    push = round._push

    def pushed(at: desk.Desk, epoch: str | None) -> Any:
        offered = at.offer()
        try:
            return (yield from push(at, epoch))
        except LineDown:
            commands = offered.commands if offered else ()
            return [Outcome(id=c.id, state="refused", reason="failed") for c in commands]

    _put(stack, round, "_push", pushed)


@bug("R3")
def a_refused_command_is_run_again(stack: ExitStack) -> None:
    run = rebase.run_waiting

    def running(node: Node, session: Any) -> None:
        run(node, session)
        log = tables.command_log
        rows = session.execute(
            select(log.c.position, log.c.envelope).where(log.c.state == "refused")
        )
        for position, body in rows.all():
            try:
                undo = rebase.undo_text(node.run(session, unpacked(body)))
            except SyncError:
                continue
            session.connection().execute(
                update(log).where(log.c.position == position).values(undo=undo)
            )

    _put(stack, desk, "run_waiting", running)


@bug("R2")
def the_undo_image_is_taken_after_the_write(stack: ExitStack) -> None:
    text = rebase.undo_text

    def late(entries: Any) -> str:
        return text(
            Entry(e.table, e.row_id, e.after if e.before and e.after else e.before, e.after)
            for e in entries
        )

    _put(stack, rebase, "undo_text", late)
    _put(stack, desk, "undo_text", late)


@bug("R2")
def undo_runs_in_the_order_of_issue(stack: ExitStack) -> None:
    def forwards(node: Node, session: Any) -> None:
        log = tables.command_log
        undos = session.execute(
            select(log.c.undo).where(log.c.undo.is_not(None)).order_by(log.c.position)
        ).scalars()
        before: dict[Any, Any] = {}
        for undo in undos.all():
            for table, row_id, image in msgspec.json.decode(undo):
                before[table, row_id] = image
        rebase._take_out(node, session, before)
        rebase._put_in(node, session, {p: i for p, i in before.items() if i is not None})
        session.connection().execute(update(log).values(undo=None))

    _put(stack, desk, "undo_waiting", forwards)


@bug("R2")
def acting_alone_runs_out_of_order(stack: ExitStack) -> None:
    def alone(self: desk.Desk, command_id: str) -> bool:
        log = tables.command_log
        with self.node.database.write() as session:
            row = session.execute(
                select(log.c.state, log.c.envelope).where(log.c.id == command_id)
            ).one()
            if row.state != "asked":
                return False
            try:
                undo = rebase.undo_text(self.node.run(session, unpacked(row.envelope)))
            except Refusal:
                undo = None
            session.connection().execute(
                update(log).where(log.c.id == command_id).values(state="pending", undo=undo)
            )
            return True

    _put(stack, desk.Desk, "act_alone", alone)


@bug("C9")
def what_is_issued_during_a_round_is_marked_as_pushed(stack: ExitStack) -> None:
    record = desk.Desk._record

    def recording(self: desk.Desk, session: Any, outcomes: Any) -> None:
        record(self, session, outcomes)
        if outcomes:
            log = tables.command_log
            session.connection().execute(
                update(log).where(log.c.state == "pending").values(state="accepted")
            )

    _put(stack, desk.Desk, "_record", recording)


@bug("S4")
def a_scope_given_again_goes_on_from_its_old_cursor(stack: ExitStack) -> None:
    def dropped(node: Node, session: Any, scope: str) -> None:
        for table in node.metadata.sorted_tables:
            session.connection().execute(delete(table).where(table.c.scope == scope))

    _put(stack, desk, "drop_scope", dropped)


@bug("V4")
def a_wipe_keeps_the_cursors(stack: ExitStack) -> None:
    def met(self: desk.Desk, epoch: str) -> None:
        with self.node.database.write() as session:
            rebase.undo_waiting(self.node, session)
            desk.offer_again(session)
            for table in self.node.metadata.sorted_tables:
                session.connection().execute(delete(table))
            desk.set_fact(session, "epoch", epoch)
            rebase.run_waiting(self.node, session)

    _put(stack, desk.Desk, "meet_epoch", met)


@bug("I1")
def a_restored_centre_is_not_offered_what_it_lost(stack: ExitStack) -> None:
    _put(stack, desk, "offer_again", lambda session: None)


@bug("R1")
def a_row_that_cannot_be_put_in_is_passed_over(stack: ExitStack) -> None:
    def put_in(node: Node, session: Any, images: Any) -> None:
        for (name, _), image in images.items():
            table = rebase.table_of(node, name)
            values = node.imaging.values(name, image)
            new = lite_insert(table).values(**values).on_conflict_do_nothing()
            session.connection().execute(new)

    _put(stack, rebase, "_take_out", lambda node, session, places: None)
    _put(stack, rebase, "_put_in", put_in)


@bug("S1")
def a_scope_taken_away_during_a_pull_stays(stack: ExitStack) -> None:
    harvest = desk.Harvest

    def generous(**given: Any) -> desk.Harvest:
        kept = {taken.scope for taken in given["snapshots"]}
        return harvest(**given | {"granted": frozenset(given["granted"] | kept | SEEN)})

    SEEN: set[str] = set()
    to_take = round._to_take

    def noting(page: Any, cursor: Any) -> list[str]:
        SEEN.update(cursor)
        return to_take(page, cursor)

    _put(stack, round, "_to_take", noting)
    _put(stack, round, "Harvest", generous)


@bug("O6")
def a_round_ends_after_one_page(stack: ExitStack) -> None:
    changes_after = feed.changes_after

    def one_page(session: Any, cursor: Any, allowed: Any, **limit: Any) -> Any:
        page = changes_after(session, cursor, allowed, limit=1)
        return msgspec.structs.replace(page, more=False)

    _put(stack, authority, "changes_after", one_page)


@bug("M2")
def the_search_index_is_not_undone(stack: ExitStack) -> None:
    load = Disk.load

    def loaded(self: Disk, image: Any) -> None:
        load(self, image)
        for table in ("customer", "customer_details"):
            self.raw.execute(f"DROP TRIGGER IF EXISTS {table}_forgotten")

    _put(stack, Disk, "load", loaded)


@bug("K2")
def a_commit_is_not_synced(stack: ExitStack) -> None:
    load = Disk.load
    touched: list[Disk] = []

    def loaded(self: Disk, image: Any) -> None:
        load(self, image)
        self.raw.execute("PRAGMA synchronous = OFF")
        touched.append(self)

    def restored() -> None:
        for each in touched:
            each.raw.execute("PRAGMA synchronous = FULL")

    stack.callback(restored)
    _put(stack, Disk, "load", loaded)


# The centre


@bug("C1")
def a_retry_runs_twice(stack: ExitStack) -> None:
    known = decide._known

    def again(session: Any, envelope: Any, body: bytes) -> Outcome | None:
        outcome = known(session, envelope, body)
        if outcome is not None and outcome.state == "accepted":
            node = registry.node_over(None)  # type: ignore[arg-type]
            try:
                entries = node.run(session, envelope)
                decide._publish(session, envelope.id, entries)
            except SyncError:
                pass
        return outcome

    _put(stack, decide, "_known", again)


@bug("C5")
def a_command_that_is_refused_blocks_those_behind_it(stack: ExitStack) -> None:
    store = decide._store

    def storing(session: Any, envelope: Any, body: bytes, outcome: Outcome, *rest: Any) -> None:
        if outcome.state == "refused":
            raise Unavailable("try again")
        store(session, envelope, body, outcome, *rest)

    _put(stack, decide, "_store", storing)


@bug("S3")
def a_row_that_moves_is_only_told_where_it_goes(stack: ExitStack) -> None:
    real = decide.rows_by_scope

    def only_new(entry: Entry) -> Any:
        rows = real(entry)
        return rows[-1:] if entry.after else rows

    _put(stack, decide, "rows_by_scope", only_new)


@bug("I1")
def a_restored_centre_keeps_its_epoch(stack: ExitStack) -> None:
    _put(stack, authority.Authority, "renew", lambda self, epoch: None)


@bug("S1")
def permission_is_checked_at_the_first_contact_alone(stack: ExitStack) -> None:
    answer = authority.Authority._answer
    first: dict[str, frozenset[str]] = {}

    def remembered(self: authority.Authority, request: Any) -> Any:
        def allowed(session: Any, device: str) -> Any:
            scopes = frozenset(self.allowed(session, device))
            return first.setdefault(device, scopes) if len(scopes) > 1 else scopes

        return answer(authority.Authority(self.node, allowed), request)

    _put(stack, authority.Authority, "_answer", remembered)


@bug("N1")
def a_snapshot_and_its_number_are_of_two_moments(stack: ExitStack) -> None:
    real = feed.snapshot
    before: dict[tuple[str, str], Any] = {}

    def mixed(node: Node, session: Any, scope: str, allowed: Any) -> Any:
        taken = real(node, session, scope, allowed)
        earlier = before.setdefault((taken.epoch, scope), taken)
        return msgspec.structs.replace(taken, tables=earlier.tables)

    _put(stack, authority, "snapshot", mixed)


@bug("O4")
def a_page_cuts_a_command_in_the_middle(stack: ExitStack) -> None:
    real = feed._changes

    def cut(session: Any, scope: str, **bounds: Any) -> Any:
        changes = real(session, scope, **bounds)
        if changes and len(changes[-1].rows) > 2:
            changes[-1] = msgspec.structs.replace(changes[-1], rows=changes[-1].rows[:2])
        return changes

    _put(stack, feed, "_changes", cut)


@bug("I3")
def numbers_of_a_restored_desk_are_not_checked(stack: ExitStack) -> None:
    _put(stack, decide, "_check_order", lambda session, envelope, after: None)


@bug("O2")
def a_number_is_taken_without_its_counter(stack: ExitStack) -> None:
    real = decide._next_number
    given: dict[str, int] = {}

    def sequence(session: Any, scope: str) -> int:
        number = real(session, scope)
        given[scope] = given.get(scope, 0) + 1
        return number + (given[scope] % 7 == 0)

    _put(stack, decide, "_next_number", sequence)


# The handlers


@bug("C8")
def a_handler_reads_the_clock(stack: ExitStack) -> None:
    def handler(real: Any) -> Any:
        def check_in(session: Any, args: Any, context: Any) -> None:
            real(session, args, context)
            session.get(Ticket, args.ticket_id).note = str(time.time_ns())

        return check_in

    _handled(stack, "queue.check_in", handler)


@bug("R6")
def a_handler_has_a_side_effect(stack: ExitStack) -> None:
    def handler(real: Any) -> Any:
        def call(session: Any, args: Any, context: Any) -> None:
            real(session, args, context)
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM).close()

        return call

    _handled(stack, "queue.call", handler)


@bug("I4")
def a_ticket_number_is_the_count_and_one(stack: ExitStack) -> None:
    def counting(act: Any) -> Any:
        def issued(self: desk.Desk, arguments: Any, *, actor: str) -> Any:
            if isinstance(arguments, queue_commands.CheckIn):
                with self.node.database.read() as session:
                    today = session.scalars(
                        select(Ticket.id).where(Ticket.number_on == arguments.number_on)
                    ).all()
                number = f"A{len(today) + 1:02d}"
                arguments = msgspec.structs.replace(arguments, number=number)
            return act(self, arguments, actor=actor)

        return issued

    _put(stack, queue_commands, "_check_number", lambda session, args: None)
    _put(stack, desk.Desk, "issue", counting(desk.Desk.issue))
    _put(stack, desk.Desk, "ask", counting(desk.Desk.ask))


@bug("no slot twice")
def a_slot_is_checked_by_reading_alone(stack: ExitStack) -> None:
    def nothing_taken(session: Any, ids: Any, *rest: Any) -> Any:
        return {staff_id: frozenset() for staff_id in ids}

    def claim_what_is_free(session: Any, staff_id: Any, starts: Any, ends: Any) -> None:
        for at in staff_time.granules(starts, ends):
            row_id = staff_time.claim_id(staff_id, at)
            if session.get(StaffTime, row_id) is None:
                session.add(StaffTime(id=row_id, scope="council", staff_id=staff_id, starts_at=at))

    _put(stack, calendar, "_taken", nothing_taken)
    _put(stack, staff_time, "claim", claim_what_is_free)
