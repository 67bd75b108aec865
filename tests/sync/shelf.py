"""A small domain for the tests of `sync`: books on shelves, each shelf a scope."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from sqlalchemy import MetaData, UniqueConstraint, select, text
from sqlalchemy.orm import DeclarativeBase, Mapped, Session

from sync.authority import Authority
from sync.command import Arguments, Context, Registry
from sync.desk import Desk
from sync.errors import Refusal
from sync.held import add_table
from sync.ids import IdSource
from sync.node import Node
from sync.record import RECORD_TYPES, Replicated
from sync.storage.database import Database
from tests.devices import named
from tests.rounds import drive

START = datetime(2026, 11, 24, 9, tzinfo=UTC)
SHELVES = frozenset({"shelf:a", "shelf:b"})


class Record(Replicated, DeclarativeBase):
    metadata = MetaData()
    type_annotation_map: ClassVar[dict[Any, Any]] = RECORD_TYPES


class Book(Record):
    """One place on a shelf holds one book."""

    __tablename__ = "book"
    __table_args__ = (UniqueConstraint("scope", "place"),)
    place: Mapped[int]
    title: Mapped[str]
    put_at: Mapped[datetime]
    tags: Mapped[list[str]]
    reader: Mapped[str | None]


add_table(Record.metadata)


class Put(Arguments, frozen=True):
    book_id: str
    shelf: str
    place: int
    title: str
    put_at: datetime
    tags: list[str] = []


class Move(Arguments, frozen=True):
    book_id: str
    shelf: str


class Lend(Arguments, frozen=True):
    book_id: str
    reader: str


class Remove(Arguments, frozen=True):
    book_id: str


class Break(Arguments, frozen=True):
    book_id: str


class Burst(Arguments, frozen=True):
    book_id: str


class PutUnchecked(Arguments, frozen=True):
    book_id: str
    shelf: str
    place: int
    title: str
    put_at: datetime


class WriteInBulk(Arguments, frozen=True):
    title: str


def registry() -> Registry:
    """The commands of the shelves."""
    commands = Registry()

    @commands.command("book.put", Put, alone_in=("shelf:",))
    def put(session: Session, args: Put, context: Context) -> None:
        if session.get(Book, args.book_id):
            raise Refusal("id_taken")
        _check_place(session, args.shelf, args.place)
        session.add(
            Book(
                id=args.book_id,
                scope=args.shelf,
                place=args.place,
                title=args.title,
                put_at=args.put_at,
                tags=list(args.tags),
                reader=None,
            )
        )

    @commands.command("book.move", Move)
    def move(session: Session, args: Move, context: Context) -> None:
        book = _book(session, args.book_id)
        _check_place(session, args.shelf, book.place)
        book.scope = args.shelf

    @commands.command("book.lend", Lend, alone_in=("shelf:",))
    def lend(session: Session, args: Lend, context: Context) -> None:
        book = _book(session, args.book_id)
        if book.reader not in (None, args.reader):
            raise Refusal("lent", reader=book.reader)
        book.reader = args.reader

    @commands.command("book.remove", Remove, alone_in=("shelf:",))
    def remove(session: Session, args: Remove, context: Context) -> None:
        session.delete(_book(session, args.book_id))

    @commands.command("book.break", Break)
    def broken(session: Session, args: Break, context: Context) -> None:
        _book(session, args.book_id).title = "half done"
        session.flush()
        raise KeyError("a bug")

    @commands.command("book.burst", Burst)
    def burst(session: Session, args: Burst, context: Context) -> None:
        raise RuntimeError("a bug of another kind")

    @commands.command("book.put_unchecked", PutUnchecked, alone_in=("shelf:",))
    def put_unchecked(session: Session, args: PutUnchecked, context: Context) -> None:
        session.add(
            Book(
                id=args.book_id,
                scope=args.shelf,
                place=args.place,
                title=args.title,
                put_at=args.put_at,
                tags=[],
                reader=None,
            )
        )

    @commands.command("book.write_in_bulk", WriteInBulk)
    def in_bulk(session: Session, args: WriteInBulk, context: Context) -> None:
        session.execute(text("UPDATE book SET title = 'x'"))

    return commands


def _book(session: Session, book_id: str) -> Book:
    book = session.get(Book, book_id)
    if book is None:
        raise Refusal("not_found")
    return book


def _check_place(session: Session, shelf: str, place: int) -> None:
    taken = session.scalar(select(Book.id).where(Book.scope == shelf, Book.place == place))
    if taken is not None:
        raise Refusal("place_taken", by=taken)


class Ticking:
    """A clock that moves on by a second each time it is read."""

    def __init__(self) -> None:
        self._now = START

    def __call__(self) -> datetime:
        self._now += timedelta(seconds=1)
        return self._now


def node_over(database: Database) -> Node:
    """A node of the shelves with its tables made."""
    node = Node.over(database, registry(), Record.metadata)
    node.create_tables()
    return node


def a_centre(database: Database, *, shelves: frozenset[str] = SHELVES) -> Authority:
    """A centre that gives every device these shelves."""
    authority = Authority(node_over(database), lambda session, device: shelves)
    authority.found("epoch-1")
    return authority


def a_desk(database: Database, name: str) -> Desk:
    """A desk of the shelves."""
    clock = Ticking()
    new_id = IdSource(clock, random.Random(name).getrandbits)
    return Desk(node_over(database), new_device=named(name, new_id), clock=clock, new_id=new_id)


def sync(desk: Desk, centre: Authority) -> frozenset[str]:
    """One whole round over a perfect line."""
    return drive(desk, centre.answer)


def books(node: Node) -> list[dict[str, Any]]:
    """Every book as its image, by id."""
    with node.database.read() as session:
        return node.imaging.read("book", session.execute(select(Book.__table__).order_by(Book.id)))


def a_book(book_id: str = "b1", *, shelf: str = "shelf:a", place: int = 1) -> Put:
    """Arguments that put a book."""
    return Put(book_id=book_id, shelf=shelf, place=place, title=f"Book {book_id}", put_at=START)
