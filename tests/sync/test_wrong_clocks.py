"""T1: no order, no conflict and no refusal goes by the clock of a desk."""

from __future__ import annotations

import contextlib
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from sync.errors import Refusal
from sync.storage.sqlite import open_memory
from sync.tables import command_log
from tests.sync import shelf
from tests.sync.shelf import START, Lend, a_book, books, sync

OFF_MAX_S = 3 * 24 * 3_600
Act = tuple[int, int, bool]
"""At which desk, upon which book, and whether that desk syncs after it."""


@given(
    acts=st.lists(st.tuples(st.integers(0, 1), st.integers(0, 3), st.booleans()), max_size=12),
    off=st.tuples(st.integers(-OFF_MAX_S, OFF_MAX_S), st.integers(-OFF_MAX_S, OFF_MAX_S)),
)
@settings(max_examples=40, deadline=None)
def test_t1_the_same_acts_end_the_same_whatever_the_clocks_of_their_desks_say(
    acts: list[Act], off: tuple[int, int]
) -> None:
    right, wrong = _ends_at(acts, (0, 0)), _ends_at(acts, off)
    assert right == wrong


def _ends_at(acts: list[Act], off: tuple[int, int]) -> list[tuple[Any, ...]]:
    """What the centre has and has said when two desks with such clocks have done so."""
    centre = shelf.a_centre(open_memory())
    desks = [shelf.a_desk(open_memory(), name) for name in ("desk-1", "desk-2")]
    for desk, seconds in zip(desks, off, strict=True):
        desk._clock = lambda seconds=seconds: START + timedelta(seconds=seconds)  # type: ignore[misc]
    for number, (index, book, goes_up) in enumerate(acts):
        desk = desks[index]
        lend = Lend(book_id=f"b{book}", reader=f"r{index}")
        with contextlib.suppress(Refusal):
            desk.issue(lend if number % 2 else a_book(f"b{book}", place=book), actor="sian")
        if goes_up:
            sync(desk, centre)
    for desk in (*desks, *desks):
        sync(desk, centre)
    assert books(desks[0].node) == books(desks[1].node) == books(centre.node)
    with centre.node.database.read() as session:
        log = session.execute(
            select(command_log.c.device, command_log.c.seq, command_log.c.state).order_by(
                command_log.c.position
            )
        ).all()
    return [*map(tuple, log), *((book["id"], book["reader"]) for book in books(centre.node))]
