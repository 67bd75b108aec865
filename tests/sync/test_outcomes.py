"""What was once said of a command is said of it for ever."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sync.command import Arguments
from sync.storage.sqlite import open_memory
from sync.wire import Decided, Failure, PushCommands, encode
from tests.sync import shelf
from tests.sync.shelf import START, Break, Lend, Move, Remove, a_book, books, registry

BOOKS = ("b1", "b2")
ACTS: st.SearchStrategy[Arguments] = st.one_of(
    st.builds(a_book, st.sampled_from(BOOKS), place=st.integers(1, 2)),
    st.builds(Lend, book_id=st.sampled_from(BOOKS), reader=st.sampled_from(("ann", "ben"))),
    st.builds(Move, book_id=st.sampled_from(BOOKS), shelf=st.sampled_from(sorted(shelf.SHELVES))),
    st.builds(Remove, book_id=st.sampled_from(BOOKS)),
    st.builds(Break, book_id=st.sampled_from(BOOKS)),
)


@settings(max_examples=40, deadline=None)
@given(st.lists(ACTS, min_size=2, max_size=12), st.data())
def test_c2_an_outcome_is_the_same_to_the_byte_whenever_it_is_asked_for_again(
    acts: list[Arguments], data: st.DataObject
) -> None:
    centre = shelf.a_centre(open_memory())
    said: list[bytes] = []
    for seq, act in enumerate(acts, start=1):
        envelope = registry().seal(
            act, id=f"c{seq}", device="desk-1", seq=seq, actor="sian", issued_at=START
        )
        offer = PushCommands(device="desk-1", epoch="epoch-1", commands=[envelope])
        said.append(encode(centre.answer(offer)))
        again = data.draw(st.integers(1, seq), label="asked again")
        known = registry().seal(
            acts[again - 1],
            id=f"c{again}",
            device="desk-1",
            seq=again,
            actor="sian",
            issued_at=START,
        )
        offer = PushCommands(device="desk-1", epoch="epoch-1", commands=[known])
        assert encode(centre.answer(offer)) == said[again - 1]
    centre.node.database.close()


CHANGED = st.sampled_from(
    (
        {"actor": "somebody else"},
        {"name": "book.lend"},
        {"version": 2},
        {"issued_at": START + timedelta(seconds=1)},
        {"args": msgspec.Raw(b"{}")},
        {"args": msgspec.Raw(b'{"book_id":"b2"}')},
    )
)
"""Device and number may be others: a desk that becomes another device offers again as that."""


@settings(max_examples=60, deadline=None)
@given(ACTS, st.lists(CHANGED, min_size=1, max_size=3))
def test_c4_a_known_id_with_anything_changed_never_gets_the_answer_of_the_first(
    act: Arguments, changes: list[dict[str, Any]]
) -> None:
    centre = shelf.a_centre(open_memory())
    known = registry().seal(act, id="c1", device="desk-1", seq=1, actor="sian", issued_at=START)
    first = centre.answer(PushCommands(device="desk-1", epoch="epoch-1", commands=[known]))
    before = books(centre.node)
    forged = known
    for change in changes:
        forged = msgspec.structs.replace(forged, **change)
    assume(encode(forged) != encode(known))
    said = centre.answer(PushCommands(device="desk-1", epoch="epoch-1", commands=[forged]))
    assert isinstance(first, Decided)
    assert isinstance(said, Failure)
    assert said.code == "id_reused"
    assert books(centre.node) == before
    centre.node.database.close()
