"""The sum of a scope tells whether all who hold it have the same rows."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from sync.authority import Authority
from sync.desk import Desk
from sync.node import Node
from sync.storage.sqlite import open_memory
from sync.sums import CHECK_EVERY, FIRST_CHECK_AFTER, count_missing, sum_of_scope
from sync.tables import scope_counter
from tests.sync import shelf
from tests.sync.offices import Office, assert_all_equal
from tests.sync.shelf import Lend, Move, Remove, Ticking, a_book, books, sync

ALWAYS = timedelta()
SPOIL = "UPDATE book SET title = 'spoilt' WHERE id = 'b1'"


def told(node: Node) -> dict[str, int | None]:
    with node.database.read() as session:
        rows = session.execute(select(scope_counter.c.scope, scope_counter.c.sum))
        return {scope: total for scope, total in rows if scope.startswith("shelf:")}


def counted(node: Node) -> dict[str, int | None]:
    with node.database.read() as session:
        return {scope: sum_of_scope(node, session, scope) for scope in sorted(told(node))}


def damage(node: Node, statement: str) -> None:
    with node.database.write() as session:
        session.connection().execute(text(statement))


def a_desk(*, every: timedelta = ALWAYS) -> Desk:
    desk = shelf.a_desk(open_memory(), "desk-1")
    desk.checks.every = every
    return desk


@pytest.fixture
def desk(centre: Authority) -> Desk:
    """A desk that counts in every round, with two books of three that the centre has."""
    desk = a_desk()
    for number in (1, 2, 3):
        desk.issue(a_book(f"b{number}", place=number), actor="sian")
    desk.issue(Move(book_id="b3", shelf="shelf:b"), actor="sian")
    sync(desk, centre)
    return desk


def test_u6_an_authority_tells_what_its_rows_come_to_whatever_was_done_to_them(
    centre: Authority, desk: Desk
) -> None:
    desk.issue(Lend(book_id="b1", reader="Łukasz"), actor="sian")
    desk.issue(Move(book_id="b2", shelf="shelf:b"), actor="sian")
    desk.issue(Remove(book_id="b1"), actor="sian")
    sync(desk, centre)
    assert told(centre.node) == counted(centre.node) == counted(desk.node) == told(desk.node)
    assert told(centre.node)["shelf:a"] == 0


@pytest.mark.parametrize(
    "statement", [SPOIL, "DELETE FROM book WHERE id = 'b1'", "UPDATE book SET scope = 'shelf:b'"]
)
def test_u6_what_differs_at_a_desk_is_taken_anew_and_what_waits_stays(
    centre: Authority, desk: Desk, statement: str, caplog: pytest.LogCaptureFixture
) -> None:
    damage(desk.node, statement)
    waits = desk.issue(a_book("b9", place=9), actor="sian")
    with caplog.at_level(logging.WARNING):
        for _ in told(centre.node):
            sync(desk, centre)
    assert books(desk.node) == books(centre.node)
    outcome = desk.outcome(waits.id)
    assert outcome is not None
    assert outcome.state == "accepted"
    assert "differs from its upstream" in caplog.text


def test_u6_a_desk_that_differs_shows_its_rows_until_the_others_are_there(
    centre: Authority, desk: Desk
) -> None:
    damage(desk.node, SPOIL)
    before = books(desk.node)
    assert desk.checks.begin_again_what_differs({"shelf:a": told(centre.node)["shelf:a"] or 0})
    assert books(desk.node) == before


def test_u6_what_waits_to_be_decided_is_no_difference(centre: Authority, desk: Desk) -> None:
    desk.issue(Lend(book_id="b1", reader="sian"), actor="sian")
    desk.issue(Remove(book_id="b2"), actor="sian")
    assert counted(desk.node) == told(centre.node)


def test_u6_desks_and_relay_of_an_office_come_to_the_same_and_heal(office: Office) -> None:
    for node in (office.relay, *office.desks):
        node.checks.every = ALWAYS
    office.desks[0].issue(a_book("b5", place=5), actor="sian")
    office.desks[1].issue(a_book("b6", place=6), actor="sian")
    office.go_round()
    for node in (office.relay.node, office.desks[2].node):
        assert told(node)["shelf:a"] == told(office.centre.node)["shelf:a"]
    damage(office.relay.node, SPOIL)
    damage(office.desks[2].node, "DELETE FROM book WHERE id = 'b6'")
    for _ in range(2):
        office.go_round()
    assert_all_equal(office)


def test_a_scope_is_counted_every_six_hours_and_not_while_a_desk_begins(
    centre: Authority, desk: Desk
) -> None:
    now = [shelf.START]
    checks = type(desk.checks)(desk.node, lambda: now[0])
    wrong = {"shelf:a": 1}
    assert not checks.begin_again_what_differs(wrong)
    now[0] += FIRST_CHECK_AFTER
    assert checks.begin_again_what_differs(wrong)
    sync(desk, centre)
    now[0] += CHECK_EVERY - timedelta(seconds=1)
    assert not checks.begin_again_what_differs(wrong)
    now[0] += timedelta(seconds=1)
    assert checks.begin_again_what_differs(wrong)


def test_a_scope_counted_before_the_clock_was_set_back_is_counted_in_its_turn(desk: Desk) -> None:
    now = [shelf.START + FIRST_CHECK_AFTER]
    checks = type(desk.checks)(desk.node, lambda: now[0], every=timedelta(minutes=1))
    sums = told(desk.node)
    right = {scope: number or 0 for scope, number in sums.items()}
    now[0] += timedelta(hours=1)
    for _ in right:
        checks.begin_again_what_differs(right)
    now[0] -= timedelta(days=3)
    looks = 0
    last = max(right)
    assert len(right) > 1
    while not checks.begin_again_what_differs(right | {last: 1}):
        looks += 1
        now[0] += timedelta(seconds=30)
        assert looks < 4 * len(right)


def test_a_centre_whose_own_sum_is_wrong_is_asked_for_its_rows_once_a_time(
    centre: Authority,
) -> None:
    desk = a_desk(every=CHECK_EVERY)
    desk.issue(a_book(), actor="sian")
    sync(desk, centre)
    damage(centre.node, "UPDATE node_scope SET sum = 1")
    desk.checks.clock = lambda: Ticking()() + CHECK_EVERY
    for _ in range(5):
        sync(desk, centre)
    assert desk.checks.different == 1
    assert books(desk.node) == books(centre.node)


def test_a_centre_of_before_there_were_sums_counts_them_when_it_begins(
    centre: Authority, desk: Desk
) -> None:
    before = told(centre.node)
    damage(centre.node, "UPDATE node_scope SET sum = NULL")
    desk.issue(Lend(book_id="b1", reader="sian"), actor="sian")
    desk.issue(Lend(book_id="b1", reader="sian"), actor="sian")
    sync(desk, centre)
    assert told(centre.node)["shelf:a"] is None
    count_missing(centre.node)
    assert told(centre.node) == counted(centre.node) != before
