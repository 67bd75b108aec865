"""A node lets go of what nobody will ask for, and of nothing else."""

from __future__ import annotations

from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from sync import desk as desks
from sync.authority import Authority
from sync.desk import Desk
from sync.pruning import prune_changes, prune_decided
from sync.standing import attention
from sync.storage.sqlite import open_memory
from sync.tables import change, command_log
from tests.sync import shelf
from tests.sync.shelf import Lend, a_book, books, sync

KEPT = 5


@pytest.fixture
def desk(centre: Authority) -> Desk:
    """A desk that keeps few of its decided commands."""
    return shelf.a_desk(open_memory(), "desk-1")


def works(desk: Desk, centre: Authority, times: int) -> None:
    """Acts that the centre accepts, one by one."""
    for _ in range(times):
        place = len(books(desk.node)) + 1
        desk.issue(a_book(f"b{place:03}", place=place), actor="sian")
        sync(desk, centre)


def kept(desk: Desk) -> list[str]:
    with desk.node.database.read() as session:
        ordered = select(command_log.c.state).order_by(command_log.c.position)
        return list(session.scalars(ordered))


def test_a_desks_log_does_not_grow_with_the_years(desk: Desk, centre: Authority) -> None:
    few = lambda session, states: prune_decided(session, states, kept=KEPT)  # noqa: E731
    with patch.object(desks, "prune_decided", few):
        works(desk, centre, 3 * KEPT)
    assert KEPT <= len(kept(desk)) <= KEPT + 1
    assert books(desk.node) == books(centre.node)


def test_k1_what_waits_or_needs_a_decision_is_kept(desk: Desk, centre: Authority) -> None:
    works(desk, centre, 1)
    other = shelf.a_desk(open_memory(), "desk-2")
    sync(other, centre)
    other.issue(Lend(book_id="b001", reader="ben"), actor="tom")
    sync(other, centre)
    desk.issue(Lend(book_id="b001", reader="ann"), actor="sian")
    sync(desk, centre)
    works(desk, centre, KEPT)
    desk.issue(a_book("b099", place=99), actor="sian")
    with desk.node.database.write() as session:
        prune_decided(session, kept=0)
    assert kept(desk) == ["refused", "pending"]
    with desk.node.database.read() as session:
        assert len(attention(desk.node, session)) == 1


def test_a_desk_that_let_go_of_its_log_goes_on_counting(desk: Desk, centre: Authority) -> None:
    works(desk, centre, KEPT)
    with desk.node.database.write() as session:
        prune_decided(session, kept=0)
    works(desk, centre, 2)
    assert books(desk.node) == books(centre.node)
    assert desk.device == "desk-1"


def test_n2_a_desk_behind_what_is_kept_takes_a_snapshot(desk: Desk, centre: Authority) -> None:
    late = shelf.a_desk(open_memory(), "late")
    sync(late, centre)
    works(desk, centre, KEPT)
    with centre.node.database.write() as session:
        prune_changes(session, kept=2)
    with centre.node.database.read() as session:
        per_scope = select(func.count()).select_from(change).group_by(change.c.scope)
        assert max(session.scalars(per_scope)) == 2
    sync(late, centre)
    assert books(late.node) == books(centre.node)


@given(
    steps=st.lists(
        st.one_of(
            st.tuples(st.just("act"), st.integers(0, 2)),
            st.tuples(st.just("sync"), st.integers(0, 2)),
            st.tuples(st.just("let go but for"), st.integers(0, 4)),
        ),
        max_size=25,
    )
)
@settings(max_examples=25, deadline=None)
def test_n3_whatever_is_let_go_of_and_when_every_desk_ends_with_all_there_is(
    steps: list[tuple[str, int]],
) -> None:
    centre = shelf.a_centre(open_memory())
    desks = [shelf.a_desk(open_memory(), f"desk-{number}") for number in range(3)]
    for count, (step, number) in enumerate(steps):
        if step == "act":
            desks[number].issue(a_book(f"b{count}", place=count), actor="sian")
        elif step == "sync":
            sync(desks[number], centre)
        else:
            with centre.node.database.write() as session:
                prune_changes(session, kept=number)
    for desk in (*desks, *desks):
        sync(desk, centre)
    assert len(books(centre.node)) == sum(step == "act" for step, _ in steps)
    assert [books(desk.node) for desk in desks] == [books(centre.node)] * 3
