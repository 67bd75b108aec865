"""What a handler changed is known to the row, whatever way it went about it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from sync.command import Arguments, Context
from sync.node import Node
from sync.proof import Identity
from sync.storage.sqlite import open_memory
from tests.sync import shelf
from tests.sync.shelf import START, Book


class Rebind(Arguments, frozen=True):
    """Take a book out and put another in under its id, in one flush."""

    book_id: str
    title: str
    put_at: datetime


def a_node_that_rebinds() -> Node:
    """A node of the shelves that knows one command more."""
    node = shelf.node_over(open_memory())

    @node.registry.command("book.rebind", Rebind)
    def rebind(session: Session, args: Rebind, context: Context) -> None:
        old = session.get(Book, args.book_id)
        assert old is not None
        scope, place = old.scope, old.place
        session.delete(old)
        session.add(
            Book(
                id=args.book_id,
                scope=scope,
                place=place,
                title=args.title,
                put_at=args.put_at,
                tags=[],
                reader=None,
            )
        )

    return node


def test_r2_a_row_removed_and_added_again_is_one_entry_with_what_it_was_and_is() -> None:
    node = a_node_that_rebinds()
    desk = shelf.Desk(
        node,
        new_device=lambda: Identity("desk-1"),
        clock=shelf.Ticking(),
        new_id=iter("abc").__next__,
    )
    desk.issue(shelf.a_book(), actor="sian")
    with node.database.write() as session:
        envelope = node.registry.seal(
            Rebind(book_id="b1", title="Rebound", put_at=START),
            id="r",
            device="desk-1",
            seq=9,
            actor="sian",
            issued_at=START,
        )
        (entry,) = node.run(session, envelope)
    assert entry.before is not None
    assert entry.after is not None
    assert (entry.before["title"], entry.after["title"]) == ("Book b1", "Rebound")
