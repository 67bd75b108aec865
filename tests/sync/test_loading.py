"""A scope that comes in parts: it goes on where it was cut off, shows early, and ends exact."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import datetime

import msgspec
import pytest
from msgspec.structs import replace
from sqlalchemy import delete, insert, select

from sync.authority import Authority
from sync.command import Arguments
from sync.desk import Desk
from sync.errors import LineDown, Refusal, UnreadableAnswer
from sync.loading import progress
from sync.node import keep_command, packed
from sync.round import sync_round
from sync.snapshots import PartSize
from sync.standing import standing
from sync.storage.database import Database
from sync.storage.sqlite import open_memory
from sync.tables import change
from sync.wire import Answer, Failure, PushCommands, Request, SnapshotPart, TakeSnapshot, digest_of
from tests.rounds import drive
from tests.sync import shelf
from tests.sync.shelf import SHELVES, Lend, Move, Remove, a_book, books, sync

BOOKS = 40
SMALL = PartSize(bytes_max=1, rows_a_look=2)
"""Two books a part."""
LIBRARIAN = "librarian"


@pytest.fixture
def library(centre: Authority) -> Authority:
    """A centre with two shelves of books, which come two by two."""
    shelves = ["shelf:b", "shelf:a"] * (BOOKS // 2)
    act(centre, *(a_book(f"b{n:02}", place=n, shelf=on) for n, on in enumerate(shelves)))
    return replace(centre, part_size=SMALL)


@pytest.fixture
def file() -> Iterator[Database]:
    """The database of a desk."""
    database = open_memory()
    yield database
    database.close()


@pytest.fixture
def librarian(centre: Authority) -> Desk:
    """Somebody else, who works meanwhile."""
    return shelf.a_desk(open_memory(), LIBRARIAN)


def act(centre: Authority, *commands: Arguments) -> None:
    """Let the centre decide commands of a desk that is no more."""
    desk = shelf.a_desk(open_memory(), f"desk-{random.randbytes(6).hex()}")
    sync(desk, centre)
    for command in commands:
        desk.issue(command, actor=LIBRARIAN)
    sync(desk, centre)


class Line:
    """Carries requests to a centre, notes them, and is cut after so many parts."""

    def __init__(self, centre: Authority, *, parts: int | None = None) -> None:
        self.centre = centre
        self.parts = parts
        self.asked: list[Request] = []
        self.between: Callable[[], None] = lambda: None

    def answer(self, request: Request) -> Answer:
        """The centre's answer, or none."""
        if isinstance(request, TakeSnapshot):
            if self.parts == 0:
                return Failure(code="line_down")
            self.parts = None if self.parts is None else self.parts - 1
            self.between()
        self.asked.append(request)
        return self.centre.answer(request)

    @property
    def parts_asked(self) -> list[TakeSnapshot]:
        """The parts that were asked for in their turn, and given."""
        parts = [request for request in self.asked if isinstance(request, TakeSnapshot)]
        return [part for part in parts if not part.first_only]


def cut_after(desk: Desk, centre: Authority, parts: int) -> Line:
    """A round whose line is cut after so many parts."""
    line = Line(centre, parts=parts)
    with pytest.raises(LineDown):
        drive(desk, line.answer)
    return line


def of(desk: Desk) -> list[dict[str, object]]:
    return books(desk.node)


def test_a_scope_in_parts_is_whole_at_the_end(library: Authority, file: Database) -> None:
    desk = shelf.a_desk(file, "desk-1")
    line = Line(library)
    drive(desk, line.answer)
    assert of(desk) == books(library.node)
    assert len(line.parts_asked) >= BOOKS / 2
    assert desk.position()[1].keys() == SHELVES


def test_m11_a_desk_that_is_cut_off_goes_on_where_it_was(
    library: Authority, file: Database
) -> None:
    first = cut_after(shelf.a_desk(file, "desk-1"), library, 5)
    again = shelf.a_desk(file, "desk-1")
    second = Line(library)
    drive(again, second.answer)
    assert of(again) == books(library.node)
    asked = [(part.scope, part.after) for part in (*first.parts_asked, *second.parts_asked)]
    assert len(asked) == len(set(asked)), "no part came twice"


def test_u2_a_desk_is_complete_only_once_the_last_part_has_come(
    library: Authority, file: Database
) -> None:
    desk = shelf.a_desk(file, "desk-1")
    cut_after(desk, library, 5)

    def complete_at() -> datetime | None:
        with file.read() as session:
            return standing(session).complete_at

    steps = sync_round(desk)
    request = next(steps)
    has_ended = False
    while not has_ended:
        assert complete_at() is None, "the rest is on its way still"
        try:
            request = steps.send(library.answer(request))
        except StopIteration:
            has_ended = True
    # What comes in one round of parts is complete when its last one has.
    drive(desk, library.answer)
    assert complete_at() is not None
    assert of(desk) == books(library.node)


def test_rows_show_while_the_rest_is_on_its_way(library: Authority, file: Database) -> None:
    desk = shelf.a_desk(file, "desk-1")
    cut_after(desk, library, 5)
    shown = of(desk)
    assert 4 <= len(shown) < BOOKS
    assert all(book in books(library.node) for book in shown)
    assert desk.position()[1] == {}
    with file.read() as session:
        came, expected = progress(session)
    assert (came, expected) == (len(shown), BOOKS / 2)


def test_what_a_desk_needs_first_comes_first(library: Authority, file: Database) -> None:
    wanted = {"shelf:a": {"book": ["b37", "b39"]}, "shelf:b": {"book": None}}
    ours = replace(library, first=lambda session, device, scope: wanted[scope])
    desk = shelf.a_desk(file, "desk-1")
    cut_after(desk, ours, 1)
    assert [book["id"] for book in of(desk)] == ["b37", "b39"]
    drive(desk, ours.answer)
    assert of(desk) == books(library.node)


def test_n1_what_changes_while_the_parts_come_is_as_it_became(
    library: Authority, file: Database, librarian: Desk
) -> None:
    draw = random.Random(7)
    line = Line(library)
    sync(librarian, library)

    def meanwhile() -> None:
        there = of(librarian)
        one, other = draw.sample(there, 2)
        acts: list[Arguments] = [
            Lend(book_id=str(one["id"]), reader="ann"),
            Move(book_id=str(other["id"]), shelf=draw.choice(sorted(SHELVES))),
            Remove(book_id=str(one["id"])),
            a_book(f"n{draw.random()}", place=100 + draw.randrange(9_999), shelf="shelf:b"),
        ]
        for command in draw.sample(acts, 2):
            try:
                librarian.issue(command, actor=LIBRARIAN)
            except Refusal:
                continue
        sync(librarian, library)

    line.between = meanwhile
    desk = shelf.a_desk(file, "desk-1")
    drive(desk, line.answer)
    assert len(line.parts_asked) > BOOKS / 3
    assert of(desk) == books(library.node)


def test_two_books_that_change_places_while_they_come_do_not_collide(
    library: Authority, file: Database, librarian: Desk
) -> None:
    desk = shelf.a_desk(file, "desk-1")
    cut_after(desk, library, 3)
    act(
        library,
        Remove(book_id="b01"),
        Remove(book_id="b39"),
        a_book("b39", place=1, shelf="shelf:a"),
        a_book("b01", place=39, shelf="shelf:a"),
    )
    drive(desk, library.answer)
    assert of(desk) == books(library.node)


def test_what_a_person_does_meanwhile_is_sent_before_all_has_come(
    library: Authority, file: Database
) -> None:
    desk = shelf.a_desk(file, "desk-1")
    line = Line(library)

    def meanwhile() -> None:
        if len(line.parts_asked) == 2:
            desk.issue(Lend(book_id="b01", reader="ann"), actor="sian")

    line.between = meanwhile
    drive(desk, line.answer)
    pushed = next(n for n, asked in enumerate(line.asked) if isinstance(asked, PushCommands))
    assert any(isinstance(asked, TakeSnapshot) for asked in line.asked[pushed:])
    assert of(desk) == books(library.node)
    assert next(book for book in of(desk) if book["id"] == "b01")["reader"] == "ann"


def test_what_was_accepted_of_a_scope_on_its_way_shows_all_along(
    library: Authority, file: Database
) -> None:
    desk = shelf.a_desk(file, "desk-1")
    cut_after(desk, library, 3)
    command = desk.issue(Lend(book_id="b01", reader="ann"), actor="sian")
    cut_after(desk, library, 9)
    assert next(book for book in of(desk) if book["id"] == "b01")["reader"] == "ann"
    assert desk.outcome(command.id) is None
    drive(desk, library.answer)
    outcome = desk.outcome(command.id)
    assert outcome is not None
    assert outcome.state == "accepted"


@pytest.mark.parametrize("where", ["at the desk", "at its relay"])
def test_what_waits_for_a_book_shows_upon_it_as_soon_as_it_has_come(
    library: Authority, file: Database, where: str
) -> None:
    desk = shelf.a_desk(file, "desk-1")
    lend = shelf.registry().seal(
        Lend(book_id="b09", reader="ann"),
        id="waits",
        device="desk-1",
        seq=1,
        actor="sian",
        issued_at=shelf.START,
    )
    line = Line(library, parts=6)

    def meanwhile() -> None:
        # Once this round has sent what waited before it.
        if len(line.parts_asked) != 1:
            return
        with file.write() as session:
            if where == "at the desk":
                keep_command(session, lend, state="pending")
                return
            row = {"id": lend.id, "scope": "held:relay", "position": 1}
            table = desk.node.imaging.tables["node_held"]
            session.execute(insert(table).values(envelope=packed(lend).decode(), **row))

    line.between = meanwhile
    with pytest.raises(LineDown):
        drive(desk, line.answer)
    assert next(book for book in of(desk) if book["id"] == "b09")["reader"] == "ann"


def altered(line: Line, **changes: object) -> Callable[[Request], Answer]:
    def answer(request: Request) -> Answer:
        given = line.answer(request)
        if isinstance(given, SnapshotPart):
            return msgspec.structs.replace(given, **changes)
        return given

    return answer


def test_w4_a_part_that_is_not_as_it_was_sent_is_refused_whole(
    library: Authority, file: Database
) -> None:
    desk = shelf.a_desk(file, "desk-1")
    cut_after(desk, library, 3)
    before = of(desk)
    for spoilt in (
        {"tables": msgspec.Raw(b'{"book":[]}')},
        {"digest": "0" * 64},
        {"after": ("book", "b99")},
        {"scope": "shelf:c"},
    ):
        with pytest.raises(UnreadableAnswer):
            drive(desk, altered(Line(library), **spoilt))
    assert of(desk) == before
    drive(desk, library.answer)
    assert of(desk) == books(library.node)


@pytest.mark.parametrize(
    ("column", "value"),
    [("put_at", "soon"), ("put_at", 10**18), ("place", 2**63), ("place", "3"), ("place", True)],
)
def test_w4_a_part_with_a_value_that_could_not_be_read_again_is_refused_whole(
    library: Authority, file: Database, column: str, value: object
) -> None:
    desk = shelf.a_desk(file, "desk-1")
    cut_after(desk, library, 3)
    before = of(desk)

    def answer(request: Request) -> Answer:
        given = library.answer(request)
        if not isinstance(given, SnapshotPart):
            return given
        tables = msgspec.json.decode(given.tables)
        for book in tables["book"]:
            book[column] = value
        spoilt = msgspec.json.encode(tables)
        return replace(given, tables=msgspec.Raw(spoilt), digest=digest_of(spoilt))

    with pytest.raises(UnreadableAnswer):
        drive(desk, answer)
    assert of(desk) == before
    drive(desk, library.answer)
    assert of(desk) == books(library.node)


@pytest.mark.parametrize("turn", [0, 1, 3])
def test_w4_an_answer_of_before_that_comes_late_is_not_put_among_newer_parts(
    library: Authority, turn: int
) -> None:
    before: dict[Request, Answer] = {}

    def remembering(request: Request) -> Answer:
        answer = library.answer(request)
        if isinstance(request, TakeSnapshot):
            before.setdefault(request, answer)
        return answer

    drive(shelf.a_desk(open_memory(), "desk-1"), remembering)
    act(library, *(Lend(book_id=f"b{n:02}", reader="late") for n in range(BOOKS)))
    parts = 0

    def replaying(request: Request) -> Answer:
        nonlocal parts
        if not isinstance(request, TakeSnapshot):
            return library.answer(request)
        parts += 1
        return before[request] if parts - 1 == turn else library.answer(request)

    again = shelf.a_desk(open_memory(), "desk-1")
    try:
        drive(again, replaying)
    except UnreadableAnswer:
        assert turn
    drive(again, library.answer)
    drive(again, library.answer)
    assert parts > turn
    assert of(again) == books(library.node)
    assert again.checks.different == 0


def test_parts_of_another_upstream_are_not_put_behind_these(
    library: Authority, file: Database
) -> None:
    desk = shelf.a_desk(file, "desk-1")
    cut_after(desk, library, 3)
    line = Line(library)
    drive(desk, altered(line, given_by="relay"))
    of_first_shelf = [part.after for part in line.parts_asked if part.scope == "shelf:a"]
    assert of_first_shelf[-1] is not None
    assert of_first_shelf.index(("book", "b11")) < len(of_first_shelf) - 10, "from the beginning"
    assert of(desk) == books(library.node)


def test_i1_a_scope_of_a_centre_that_was_restored_is_begun_anew(
    library: Authority, file: Database
) -> None:
    desk = shelf.a_desk(file, "desk-1")
    cut_after(desk, library, 3)
    library.renew("epoch-2")
    act(library, Remove(book_id="b01"))
    drive(desk, library.answer)
    assert of(desk) == books(library.node)
    assert desk.position()[0] == "epoch-2"


def test_s1_a_scope_taken_away_while_it_comes_leaves_nothing(
    library: Authority, file: Database
) -> None:
    desk = shelf.a_desk(file, "desk-1")
    cut_after(desk, library, 3)
    assert of(desk)
    only = replace(library, allowed=lambda session, device: {"shelf:b"})
    drive(desk, only.answer)
    assert of(desk) == [book for book in books(library.node) if book["scope"] == "shelf:b"]


def test_k4_rows_held_from_before_stay_until_all_that_replaces_them_is_here(
    library: Authority, file: Database
) -> None:
    desk = shelf.a_desk(file, "desk-1")
    drive(desk, library.answer)
    before = of(desk)
    library.renew("epoch-2")
    act(library, *(Lend(book_id=f"b{n:02}", reader="ann") for n in range(1, 20, 2)))
    cut_after(desk, library, 4)
    assert of(desk) == before
    drive(desk, library.answer)
    assert of(desk) == books(library.node)


def test_a_desk_further_behind_than_is_kept_begins_the_scope_anew(
    library: Authority, file: Database
) -> None:
    desk = shelf.a_desk(file, "desk-1")
    first = cut_after(desk, library, 4)
    act(library, *(Lend(book_id=f"b{n:02}", reader="ann") for n in range(1, 20, 2)))
    with library.node.database.write() as session:
        session.connection().execute(delete(change))
    second = Line(library)
    drive(desk, second.answer)
    begun = [part for part in (*first.parts_asked, *second.parts_asked) if part.after is None]
    assert [part.scope for part in begun].count("shelf:a") == 2
    assert of(desk) == books(library.node)


def test_parts_of_a_scope_that_another_upstream_brought_up_to_date_are_not_kept(
    library: Authority, file: Database
) -> None:
    desk = shelf.a_desk(file, "desk-1")
    drive(desk, library.answer)
    act(library, *(Lend(book_id=f"b{n:02}", reader="ann") for n in range(1, 20, 2)))
    with library.node.database.write() as session:
        kept = session.execute(select(change)).all()
        session.connection().execute(delete(change))
    cut_after(desk, library, 3)
    with desk.node.database.read() as session:
        assert progress(session) != (0, 0)
    with library.node.database.write() as session:
        session.connection().execute(insert(change), [row._asdict() for row in kept])
    drive(desk, library.answer)
    assert of(desk) == books(library.node)
    with desk.node.database.read() as session:
        assert progress(session) == (0, 0)
