"""Which lock each way of writing to a centre on PostgreSQL takes, and when (decision 008)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from msgspec import Struct, field
from sqlalchemy import Connection, event

from sync.node import Node
from sync.service.seen import Seen
from tests.centres import SetClock
from tests.visits.council import DESK, Council
from visits.archive.rules import KEPT_DAYS
from visits.central.erasing import forget_the_erased
from visits.central.issuing import issue_as_centre
from visits.central.tidying import every_scope, let_go_of_old_changes, put_away_old_days
from visits.central.withdrawing import withdraw_device
from visits.erasure.commands import Erase
from visits.queue.commands import Leave

COUNCIL, SCOPE = "the council's", "a scope's"
WRITTEN = re.compile(r"(?:INSERT INTO|UPDATE|DELETE FROM) (?!SET)(\w+)")


class Written(Struct):
    """A writing transaction: the locks it took, and the tables it wrote to, in order."""

    locks: list[str] = field(default_factory=list)
    tables: list[str] = field(default_factory=list)


class Watched(Struct):
    """What is written to a database, transaction by transaction."""

    written: list[Written] = field(default_factory=list)

    def note(self, conn: Connection, cursor: Any, statement: str, *rest: Any) -> None:
        if "READ WRITE" in statement:
            self.written.append(Written())
        if "pg_advisory" in statement:
            # In the message of the BEGIN: nothing has been read or written before.
            assert statement.startswith("BEGIN")
            is_shared = statement.index("xact_lock_shared") if "shared" in statement else None
            assert is_shared is None or is_shared < statement.rindex("xact_lock(")
            self.written[-1].locks.append(COUNCIL if is_shared is None else SCOPE)
        for table in WRITTEN.findall(statement):
            self.written[-1].tables.append(table)

    def of(self, act: Callable[[], object]) -> list[Written]:
        """What an act writes."""
        self.written.clear()
        act()
        return list(self.written)

    def locks_of(self, act: Callable[[], object]) -> list[str]:
        """The lock of each transaction of an act; every transaction takes one and no more."""
        written = self.of(act)
        assert all(len(each.locks) == 1 for each in written)
        return [each.locks[0] for each in written]


@pytest.fixture
def council(node_on: Callable[[str], Node]) -> Council:
    """A small council on PostgreSQL, whose desk has worked in its office already."""
    council = Council(node_on("postgresql")).found()
    council.a_ticket()
    return council


@pytest.fixture
def watched(council: Council) -> Iterator[Watched]:
    watched = Watched()
    engine = council.node.database.engine
    event.listen(engine, "before_cursor_execute", watched.note)
    yield watched
    event.remove(engine, "before_cursor_execute", watched.note)


def leaves(council: Council, ticket_id: Any) -> Leave:
    return Leave(ticket_id=ticket_id, stretch_id=council.stretch_id(), at=council.now)


def test_an_act_of_the_queue_takes_its_office_s_lock_and_writes_counters_and_log_last(
    council: Council, watched: Watched
) -> None:
    ticket = council.a_ticket()
    [written] = watched.of(lambda: council.do(leaves(council, ticket)))
    assert written.locks == [SCOPE]
    assert set(written.tables[:-3]) == {"ticket", "stretch"}
    assert written.tables[-3:] == ["node_scope", "node_change", "node_command"]


def test_what_belongs_to_the_council_takes_its_lock(council: Council, watched: Watched) -> None:
    assert watched.locks_of(council.a_customer) == [COUNCIL]


def test_noting_which_desks_were_seen_holds_up_no_office(
    council: Council, watched: Watched
) -> None:
    clock = SetClock(council.now)
    seen = Seen(
        council.node, clock, allowed=lambda session, device: frozenset(), every=timedelta(0)
    )
    seen.note(DESK)
    [written] = watched.of(seen.write_if_due)
    assert (written.locks, written.tables) == ([SCOPE], ["node_device"])


def test_old_changes_are_let_go_of_one_scope_after_the_other(
    council: Council, watched: Watched
) -> None:
    scopes = every_scope(council.node)
    assert len(scopes) > 1
    for scope in scopes:
        act = partial(let_go_of_old_changes, council.node, scope)
        assert watched.locks_of(act) == [SCOPE]


def test_what_crosses_scopes_takes_the_council_s_lock(council: Council, watched: Watched) -> None:
    ticket = council.a_ticket(customer_id=(person := council.a_customer()))
    council.do(leaves(council, ticket))
    late = council.now + timedelta(days=KEPT_DAYS + 3)
    ways: tuple[Callable[[], object], ...] = (
        lambda: put_away_old_days(council.node, new_id=lambda: council.new_id("away"), now=late),
        lambda: issue_as_centre(
            council.node, Erase(customer_id=person), new_id=lambda: "erase", now=council.now
        ),
        lambda: forget_the_erased(council.node),
        lambda: withdraw_device(
            council.node, DESK, new_id=lambda: council.new_id("gone"), now=council.now
        ),
    )
    for way in ways:
        assert set(watched.locks_of(way)) == {COUNCIL}
