"""Desks of four versions and a centre of another: each syncs or stops, and no column is ever lost.

Every version adds a column that its handlers fill, as a later release does.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any, ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import MetaData, inspect, select, text
from sqlalchemy.orm import DeclarativeBase, Mapped, Session

from sync.authority import Authority
from sync.command import Arguments, Context, Registry
from sync.desk import Desk
from sync.errors import OtherVersion, Refusal
from sync.held import add_table
from sync.ids import IdSource
from sync.node import Node
from sync.record import RECORD_TYPES, Replicated
from sync.standing import standing
from sync.storage.database import Database
from sync.storage.sqlite import open_memory
from sync.tables import command_log
from tests.devices import named
from tests.rounds import drive
from tests.sync.shelf import Ticking

LAST = 3
DESKS = 2
SCOPE = "notes"
Rows = dict[str, dict[str, Any]]


class Write(Arguments, frozen=True):
    note_id: str
    words: str


class Reword(Arguments, frozen=True):
    note_id: str
    words: str


@dataclass(frozen=True)
class Version:
    """What a release of this number knows."""

    number: int
    metadata: MetaData
    note: Any
    registry: Registry


@cache
def version(number: int) -> Version:
    """The release that has the columns `added_1` to `added_number`."""

    class Record(Replicated, DeclarativeBase):
        metadata = MetaData()
        type_annotation_map: ClassVar[dict[Any, Any]] = RECORD_TYPES

    columns = {f"added_{n}": Mapped[str | None] for n in range(1, number + 1)}
    about = {"__tablename__": "note", "__annotations__": {"words": Mapped[str]} | columns}
    note: Any = type("Note", (Record,), about)
    add_table(Record.metadata)
    registry = Registry()

    @registry.command("note.write", Write)
    def write(session: Session, args: Write, context: Context) -> None:
        if session.get(note, args.note_id):
            raise Refusal("id_taken")
        filled = dict.fromkeys(columns, f"{args.words} by {number}")
        session.add(note(id=args.note_id, scope=SCOPE, words=args.words, **filled))

    @registry.command("note.reword", Reword)
    def reword(session: Session, args: Reword, context: Context) -> None:
        if (found := session.get(note, args.note_id)) is None:
            raise Refusal("not_found")
        found.words = args.words

    return Version(number, Record.metadata, note, registry)


def node_at(number: int, database: Database) -> Node:
    """A node of this release over a database of this or an earlier one, which is brought up."""
    node = Node.over(database, version(number).registry, version(number).metadata)
    node.create_tables()
    with database.write() as session:
        there = {each["name"] for each in inspect(session.connection()).get_columns("note")}
        for column in version(number).note.__table__.columns:
            if column.name not in there:
                session.execute(text(f"ALTER TABLE note ADD COLUMN {column.name} VARCHAR"))
    return node


@dataclass
class AtDesk:
    """A desk, its release and its file."""

    name: str
    number: int
    database: Database = field(default_factory=open_memory)
    clock: Ticking = field(default_factory=Ticking)
    issued: list[str] = field(default_factory=list)
    starts: int = 0
    desk: Desk = field(init=False)

    def __post_init__(self) -> None:
        self.start()

    def start(self) -> None:
        """On the same file, as this release."""
        self.starts += 1
        seed = f"{self.name} {self.starts}"
        new_id = IdSource(self.clock, random.Random(seed).getrandbits)
        self.desk = Desk(
            node_at(self.number, self.database),
            new_device=named(self.name, new_id),
            clock=self.clock,
            new_id=new_id,
        )


class Council:
    """A centre that is updated when it will, and desks of other releases."""

    def __init__(self, centre: int, desks: list[int]) -> None:
        self.number = centre
        self.database = open_memory()
        self.desks = [AtDesk(f"desk-{n}", number) for n, number in enumerate(desks)]
        self.stopped = 0
        self._start()

    def _start(self) -> None:
        node = node_at(self.number, self.database)
        self.authority = Authority(node, lambda session, device: {SCOPE})
        self.authority.found("epoch-1")

    def update(self) -> None:
        """The centre becomes one release newer."""
        with self._keeping_columns():
            self.number = min(LAST, self.number + 1)
            self._start()

    def sync(self, at: AtDesk) -> None:
        """A round. One that stops has changed none of the desk's rows."""
        before = rows_of(at.desk.node)
        with self._keeping_columns():
            try:
                drive(at.desk, self.authority.answer)
            except OtherVersion:
                self.stopped += 1
                assert at.number < self.number, "only a desk that is older may stop"
                assert rows_of(at.desk.node) == before

    @contextmanager
    def _keeping_columns(self) -> Iterator[None]:
        before = rows_of(self.authority.node)
        yield
        after = rows_of(self.authority.node)
        for note_id, row in before.items():
            for column, value in row.items():
                if column.startswith("added_"):
                    assert after[note_id][column] == value, f"{column} of {note_id} was lost"


def rows_of(node: Node) -> Rows:
    """Every note as its image."""
    with node.database.read() as session:
        rows = session.execute(select(node.metadata.tables["note"]))
        return {image["id"]: dict(image) for image in node.imaging.read("note", rows)}


STEPS = st.lists(
    st.tuples(
        st.sampled_from(("write", "write", "reword", "sync", "sync", "update", "update centre")),
        st.integers(0, DESKS - 1),
    ),
    max_size=25,
)


@given(
    centre=st.integers(0, LAST),
    behind=st.lists(st.integers(-1, 2), min_size=DESKS, max_size=DESKS),
    steps=STEPS,
)
@settings(max_examples=60, deadline=None)
def test_v1_m13_a_desk_of_another_version_syncs_or_stops_and_no_column_is_lost(
    centre: int, behind: list[int], steps: list[tuple[str, int]]
) -> None:
    council = Council(centre, [min(LAST, max(0, centre - each)) for each in behind])
    for count, (step, index) in enumerate(steps):
        take(council, council.desks[index], step, count)
    finish(council)


def take(council: Council, at: AtDesk, step: str, count: int) -> None:
    """One step of a history."""
    if step == "sync":
        council.sync(at)
    elif step == "update":
        at.number = min(LAST, at.number + 1)
        at.start()
    elif step == "update centre":
        council.update()
    else:
        known = sorted(rows_of(at.desk.node))
        act: Arguments = Write(note_id=f"n{count}", words=f"w{count}")
        if step == "reword" and known:
            act = Reword(note_id=known[count % len(known)], words=f"w{count}")
        at.issued.append(at.desk.issue(act, actor="sian").id)


def finish(council: Council) -> None:
    """All are updated and sync: nothing waits, each command ran once, and all are the same."""
    while council.number < LAST:
        council.update()
    for at in council.desks:
        at.number = LAST
        at.start()
    for _ in range(2):
        for at in council.desks:
            council.sync(at)
    with council.database.read() as session:
        decided = list(session.scalars(select(command_log.c.id)))
    assert sorted(decided) == sorted(each for at in council.desks for each in at.issued)
    for at in council.desks:
        with at.database.read() as session:
            assert standing(session).waiting == 0
        assert rows_of(at.desk.node) == rows_of(council.authority.node)


@pytest.mark.parametrize("behind", [-1, 0, 1, 2])
def test_v1_what_a_desk_of_each_version_does_at_once(behind: int) -> None:
    council = Council(2, [2 - behind, 2])
    older, same = council.desks
    take(council, same, "write", 1)
    council.sync(same)
    take(council, older, "write", 2)
    council.sync(older)
    assert council.stopped == (1 if behind > 0 else 0)
    # Stopped or not, what was done there is decided.
    assert rows_of(council.authority.node).keys() == {"n1", "n2"}
    finish(council)
