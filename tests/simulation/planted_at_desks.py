"""Bugs of a desk: what it undoes, takes in, offers and forgets.

Each is one that others have shipped.
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

import msgspec
from sqlalchemy import delete, select, update
from sqlalchemy.dialects.sqlite import insert as lite_insert

from sync import authority, desk, feed, loading, rebase, round, sums, tables
from sync.errors import LineDown, Refusal, SyncError
from sync.harvest import Harvest
from sync.journal import Entry
from sync.node import Node, unpacked
from sync.upstream import pace
from sync.wire import Outcome
from tests.simulation.disk import Disk
from tests.simulation.planting import bug, put


@bug("O3")
def the_cursor_is_saved_before_the_rows(stack: ExitStack) -> None:
    settle = desk.Desk.settle

    def ahead(self: desk.Desk, harvest: Harvest) -> frozenset[str]:
        with self.node.database.write() as session:
            for item in harvest.changes:
                rebase.set_cursor(session, item.scope, item.number)
        return settle(self, harvest)

    real = rebase.take_in

    def unchecked(
        node: Node, session: Any, changes: Any, snapshots: Any, before: Any, sums: Any
    ) -> set[str]:
        real(node, session, (), snapshots, before, sums)
        became: dict[Any, dict[str, Any]] = {}
        for item in changes:
            for table, row_id, image in item.rows:
                became.setdefault((table, row_id), {})[item.scope] = image
        rebase._replace(node, session, became, before)
        return {item.command_id for item in changes}

    put(stack, desk.Desk, "settle", ahead)
    put(stack, desk, "take_in", unchecked)


@bug("C7")
def an_error_after_the_commit_counts_as_refused(stack: ExitStack) -> None:
    push = round._push

    def pushed(at: desk.Desk, epoch: str | None) -> Any:
        offered = at.offer()
        try:
            return (yield from push(at, epoch))
        except LineDown:
            commands = offered.commands if offered else ()
            refused = [Outcome(id=c.id, state="refused", reason="failed") for c in commands]
            return refused, False

    put(stack, round, "_push", pushed)


@bug("R3")
def a_refused_command_is_run_again(stack: ExitStack) -> None:
    run = rebase.run_waiting

    def running(node: Node, session: Any, **which: Any) -> None:
        run(node, session, **which)
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

    put(stack, desk, "run_waiting", running)


@bug("R2")
def the_undo_image_is_taken_after_the_write(stack: ExitStack) -> None:
    text = rebase.undo_text

    def late(entries: Any) -> str:
        return text(
            Entry(e.table, e.row_id, e.after if e.before and e.after else e.before, e.after)
            for e in entries
        )

    put(stack, rebase, "undo_text", late)
    put(stack, desk, "undo_text", late)


@bug("R2")
def undo_runs_in_the_order_of_issue(stack: ExitStack) -> None:
    def forwards(session: Any, *newest_first: Any) -> dict[Any, Any]:
        before: dict[Any, Any] = {}
        for undos in newest_first:
            for (undo,) in reversed(session.connection().execute(undos).all()):
                for table, row_id, image in msgspec.json.decode(undo):
                    before[table, row_id] = image
        return before

    put(stack, rebase, "_before", forwards)


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

    put(stack, desk.Desk, "act_alone", alone)


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

    put(stack, desk.Desk, "_record", recording)


@bug("S4")
def a_scope_given_again_goes_on_from_its_old_cursor(stack: ExitStack) -> None:
    def dropped(node: Node, session: Any, scope: str) -> None:
        for table in node.metadata.sorted_tables:
            session.connection().execute(delete(table).where(table.c.scope == scope))

    put(stack, desk, "drop_scope", dropped)


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

    put(stack, desk.Desk, "meet_epoch", met)


@bug("I1")
def a_restored_centre_is_not_offered_what_it_lost(stack: ExitStack) -> None:
    put(stack, desk, "offer_again", lambda session: None)


@bug("R1")
def a_row_that_cannot_be_put_in_is_passed_over(stack: ExitStack) -> None:
    def put_in(node: Node, session: Any, images: Any) -> None:
        for (name, _), image in images.items():
            table = rebase.table_of(node, name)
            values = node.imaging.values(name, image)
            new = lite_insert(table).values(**values).on_conflict_do_nothing()
            session.connection().execute(new)

    put(stack, rebase, "_take_out", lambda node, session, places: None)
    put(stack, rebase, "_put_in", put_in)


@bug("S1")
def a_scope_taken_away_during_a_pull_stays(stack: ExitStack) -> None:
    def generous(**given: Any) -> Harvest:
        kept = {taken.scope for taken in given["snapshots"]}
        return Harvest(**given | {"granted": frozenset(given["granted"] | kept | SEEN)})

    SEEN: set[str] = set()
    to_take = round._to_take

    def noting(page: Any, cursor: Any) -> list[str]:
        SEEN.update(cursor)
        return to_take(page, cursor)

    put(stack, round, "_to_take", noting)
    put(stack, round, "Harvest", generous)


@bug("S1")
def a_scope_taken_away_stays_until_the_round_after(stack: ExitStack) -> None:
    dropped = desk.drop_scope
    once: set[tuple[int, str]] = set()

    def later(node: Node, session: Any, scope: str) -> None:
        first = (id(node), scope) not in once
        once.add((id(node), scope))
        if not first:
            dropped(node, session, scope)

    put(stack, desk, "drop_scope", later)


@bug("O6")
def a_round_ends_after_one_page(stack: ExitStack) -> None:
    changes_after = feed.changes_after

    def one_page(session: Any, cursor: Any, allowed: Any, **limit: Any) -> Any:
        page = changes_after(session, cursor, allowed, limit=1)
        return msgspec.structs.replace(page, more=False)

    put(stack, authority, "changes_after", one_page)


@bug("M2")
def the_search_index_is_not_undone(stack: ExitStack) -> None:
    load = Disk.load

    def loaded(self: Disk, image: Any) -> None:
        load(self, image)
        for table in ("customer", "customer_details"):
            self.raw.execute(f"DROP TRIGGER IF EXISTS {table}_forgotten")

    put(stack, Disk, "load", loaded)


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
    put(stack, Disk, "load", loaded)


@bug("W3")
def a_withdrawn_desk_keeps_what_it_holds(stack: ExitStack) -> None:
    put(stack, desk.Desk, "let_go", lambda self: None)


@bug("V1")
def a_desk_that_is_behind_passes_over_what_it_does_not_know(stack: ExitStack) -> None:
    real = desk.take_in

    def without(node: Node, session: Any, changes: Any, *more: Any) -> Any:
        known = node.imaging.tables.keys()
        fitting = [
            msgspec.structs.replace(item, rows=[row for row in item.rows if row[0] in known])
            for item in changes
        ]
        return real(node, session, fitting, *more)

    put(stack, desk, "take_in", without)
    # Or the sum of the scope would tell.
    put(stack, sums.Checks, "begin_again_what_differs", lambda self, told: False)


@bug("R1")
def a_row_that_changed_and_went_in_one_round_is_folded_to_nothing(stack: ExitStack) -> None:
    real = rebase.take_in

    def folding(node: Node, session: Any, changes: Any, *more: Any) -> set[str]:
        became: dict[Any, list[Any]] = {}
        for item in changes:
            for table, row_id, image in item.rows:
                became.setdefault((item.scope, table, row_id), []).append(image)
        folded = {place for place, images in became.items() if images[0] and images[-1] is None}
        kept = [
            msgspec.structs.replace(
                item, rows=[row for row in item.rows if (item.scope, *row[:2]) not in folded]
            )
            for item in changes
        ]
        return real(node, session, kept, *more)

    put(stack, desk, "take_in", folding)


@bug("U5")
def a_poke_that_is_lost_is_never_made_good(stack: ExitStack) -> None:
    for poll in ("POLL_LISTENING_S", "POLL_DEAF_S"):
        put(stack, pace, poll, 3_600.0)


@bug("U6")
def what_differs_from_upstream_is_left_as_it_is(stack: ExitStack) -> None:
    put(stack, sums.Checks, "begin_again_what_differs", lambda self, sums: False)


@bug("N1")
def what_stands_in_the_way_of_a_load_is_not_kept(stack: ExitStack) -> None:
    real = loading._show
    put(stack, loading, "_show", lambda *given: real(*given) and {})
