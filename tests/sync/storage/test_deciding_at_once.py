"""What PostgreSQL must give when many processes decide at once, on a real server."""

from __future__ import annotations

import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import event, func, select

from sync.authority import Authority
from sync.decide import decide
from sync.errors import StorageFailed, Unavailable
from sync.feed import changes_after
from sync.node import Node
from sync.storage.postgres import open_url
from sync.storage.sqlite import open_file
from sync.tables import change, command_log, scope_counter
from sync.wire import Outcome
from tests.databases import centre_database, postgresql_url
from tests.sync import shelf
from tests.sync.shelf import Book, Break, Move, a_book, books, registry
from tests.sync.statements import Cut, Sent, at_statement, cut

PROCESSES = 5
DESKS = 50
COMMANDS_A_DESK = 4
ROLLED_BACK_EACH = 10
"""One of so many commands meets a bug after it wrote something, and leaves no number."""


@pytest.fixture(params=["sqlite", "postgresql"])
def centre(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Authority]:
    """A centre whose data outlives a connection that is cut."""
    if request.param == "sqlite":
        lite = open_file(tmp_path / "centre.db", key=bytes(32))
        yield shelf.a_centre(lite)
        lite.close()
        return
    with centre_database(request.param) as database:
        yield shelf.a_centre(database)


def sealed(arguments: Any, *, seq: int = 1, device: str = "desk-1") -> Any:
    return registry().seal(
        arguments, id=f"{device}-{seq}", device=device, seq=seq, actor="sian", issued_at=shelf.START
    )


def counts(node: Node) -> tuple[int, ...]:
    with node.database.read() as session:
        return tuple(
            session.scalar(select(func.count()).select_from(table)) or 0
            for table in (Book.__table__, command_log, change, scope_counter)
        )


def statements_of(node: Node, envelope: Any) -> int:
    with at_statement(node.database, -1, cut) as seen:
        decide(node, envelope)
    return seen[0]


def test_c3_cut_at_any_statement_all_of_a_command_is_there_or_nothing(centre: Authority) -> None:
    decide(centre.node, sealed(a_book("b1"), seq=1))
    total = statements_of(centre.node, sealed(a_book("b2", place=2), seq=2))
    assert total > 3
    before = counts(centre.node)
    envelope = sealed(a_book("b3", place=3), seq=3)
    for number in range(1, total + 1):
        with at_statement(centre.node.database, number, cut), pytest.raises(Cut):
            decide(centre.node, envelope)
        assert counts(centre.node) == before
    assert decide(centre.node, envelope).numbers == {"shelf:a": 3}
    assert [book["id"] for book in books(centre.node)] == ["b1", "b2", "b3"]


def failing_with(code: str) -> Callable[[str, Any], Sent]:
    """Has the server answer a statement with this error."""
    return lambda statement, parameters: (
        f"DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{code}'; END $$",
        (),
    )


@pytest.mark.parametrize("code", ["40001", "40P01"])
def test_c6_a_conflict_at_any_statement_is_tried_again_and_never_a_refusal(code: str) -> None:
    with centre_database("postgresql") as database:
        node = shelf.a_centre(database).node
        decide(node, sealed(a_book("first", place=100), seq=1))
        total = statements_of(node, sealed(a_book("b0"), seq=2))
        for number in range(1, total + 1):
            envelope = sealed(a_book(f"b{number}", place=number + 1), seq=number + 2)
            with at_statement(node.database, number, failing_with(code)) as seen:
                outcome = decide(node, envelope)
            assert seen[0] > number
            assert (outcome.state, outcome.numbers) == ("accepted", {"shelf:a": number + 2})
        assert len(books(node)) == total + 2


@pytest.mark.parametrize("code", ["53100", "53200", "57014", "55P03"])
def test_c6_a_server_without_room_or_time_decides_nothing_at_any_statement(code: str) -> None:
    """Disk full, out of memory, cancelled, lock not to be had."""
    with centre_database("postgresql") as database:
        node = shelf.a_centre(database).node
        decide(node, sealed(a_book("first", place=100), seq=1))
        total = statements_of(node, sealed(a_book("b0"), seq=2))
        envelope = sealed(a_book("b1", place=7), seq=3)
        before = counts(node)
        for number in range(1, total + 1):
            with (
                at_statement(node.database, number, failing_with(code)),
                pytest.raises(StorageFailed),
            ):
                decide(node, envelope)
            assert counts(node) == before
        assert decide(node, envelope).state == "accepted"


def test_c6_a_handler_that_finds_no_memory_is_no_bug_of_it(centre: Authority) -> None:
    def no_memory(session: Any, args: Any, context: Any) -> None:
        raise MemoryError

    node = centre.node
    put = node.registry.of("book.put", 1)
    node.registry._by_name["book.put", 1] = msgspec.structs.replace(put, handler=no_memory)
    with pytest.raises(StorageFailed):
        decide(node, sealed(a_book("b1"), seq=1))
    node.registry._by_name["book.put", 1] = put
    assert decide(node, sealed(a_book("b1"), seq=1)).state == "accepted"


def test_c6_a_server_that_ends_the_connection_decides_nothing_and_serves_again() -> None:
    def end(statement: str, parameters: Any) -> tuple[str, Any]:
        return "SELECT pg_terminate_backend(pg_backend_pid())", ()

    with centre_database("postgresql") as database:
        node = shelf.a_centre(database).node
        decide(node, sealed(a_book("b1"), seq=1))
        total = statements_of(node, sealed(a_book("b2", place=2), seq=2))
        envelope = sealed(a_book("b3", place=3), seq=3)
        for number in range(1, total + 1):
            with at_statement(node.database, number, end), pytest.raises(Unavailable):
                decide(node, envelope)
        assert decide(node, envelope).state == "accepted"
        assert len(books(node)) == 3


def deciding(node: Node, envelope: Any) -> Outcome:
    """As a desk does: try again until it is decided."""
    ends = time.monotonic() + 60
    while True:
        try:
            return decide(node, envelope)
        except Unavailable:
            if time.monotonic() > ends:
                raise


def is_to_be_rolled_back(desk: int, seq: int) -> bool:
    """It changes the book of the command before it, and then meets a bug."""
    return seq > 1 and (desk + seq) % ROLLED_BACK_EACH == 0


def test_o2_with_fifty_desks_numbers_have_no_gap_and_no_reader_finds_one_late() -> None:
    with postgresql_url() as url:
        databases = [open_url(url) for _ in range(PROCESSES + 1)]
        nodes = [shelf.node_over(database) for database in databases]
        authority = Authority(nodes[0], lambda session, device: shelf.SHELVES)
        authority.found("epoch-1")
        is_over = threading.Event()
        failures: list[BaseException] = []
        read: list[int] = []

        def write(desk: int) -> None:
            try:
                for seq in range(1, COMMANDS_A_DESK + 1):
                    book = a_book(f"b{desk}-{seq}", place=desk * 100 + seq)
                    is_rolled_back = is_to_be_rolled_back(desk, seq)
                    act = Break(book_id=f"b{desk}-{seq - 1}") if is_rolled_back else book
                    deciding(nodes[desk % PROCESSES], sealed(act, seq=seq, device=f"d{desk}"))
            except BaseException as error:  # noqa: BLE001 - shown by the test
                failures.append(error)

        def follow() -> None:
            node = nodes[PROCESSES]
            cursor = {"shelf:a": 0}
            while True:
                last = is_over.is_set()
                with node.database.read() as session:
                    page = changes_after(session, cursor, {"shelf:a"}, limit=7)
                for item in page.changes:
                    read.append(item.number)
                    cursor["shelf:a"] = item.number
                if last and not page.changes:
                    return

        began = time.monotonic()
        reader = threading.Thread(target=follow)
        writers = [threading.Thread(target=write, args=(desk,)) for desk in range(DESKS)]
        for thread in (reader, *writers):
            thread.start()
        for thread in writers:
            thread.join()
        took_s = time.monotonic() - began
        is_over.set()
        reader.join()
        with databases[0].read() as session:
            states = Counter(session.scalars(select(command_log.c.state)))
        total = states["accepted"]
        both = [(desk, seq) for desk in range(DESKS) for seq in range(1, COMMANDS_A_DESK + 1)]
        assert states["refused"] == sum(is_to_be_rolled_back(desk, seq) for desk, seq in both) >= 15
        assert states.total() == DESKS * COMMANDS_A_DESK
        print(f"{total} commands of {DESKS} desks by {PROCESSES} processes: {total / took_s:.0f}/s")
        assert not failures
        assert read == list(range(1, total + 1))
        for database in databases:
            database.close()


def test_m7_commands_that_cross_two_scopes_never_lock_each_other_out() -> None:
    with postgresql_url() as url:
        databases = [open_url(url) for _ in range(4)]
        nodes = [shelf.node_over(database) for database in databases]
        Authority(nodes[0], lambda session, device: shelf.SHELVES).found("epoch-1")
        for place in range(4):
            shelf_name = "shelf:a" if place % 2 else "shelf:b"
            put = a_book(f"b{place}", shelf=shelf_name, place=place)
            decide(nodes[0], sealed(put, device="setup", seq=place + 1))
        errors: list[str] = []

        def note(context: Any) -> None:
            errors.append(getattr(context.original_exception, "sqlstate", "") or "")

        for database in databases:
            event.listen(database.engine, "handle_error", note)

        def cross(worker: int) -> None:
            for seq in range(1, 13):
                there = "shelf:a" if (seq + worker) % 2 == 0 else "shelf:b"
                move = Move(book_id=f"b{worker}", shelf=there)
                deciding(nodes[worker], sealed(move, device=f"w{worker}", seq=seq))

        threads = [threading.Thread(target=cross, args=(worker,)) for worker in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert "40P01" not in errors
        with nodes[0].database.read() as session:
            found = session.execute(select(change.c.scope, change.c.number)).all()
        for scope in shelf.SHELVES:
            numbers = sorted(row.number for row in found if row.scope == scope)
            assert numbers == list(range(1, len(numbers) + 1))
        for database in databases:
            database.close()


def test_o7_counters_are_taken_in_order_of_their_scopes_and_after_the_rows(
    centre: Authority,
) -> None:
    decide(centre.node, sealed(a_book("b1", shelf="shelf:b"), seq=1))
    written: list[str] = []

    def note(
        conn: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool
    ) -> None:
        for table in INTO.findall(statement):
            scopes = _scopes(parameters) if table == "node_scope" else [""]
            written.extend(f"{table} {scope}".strip() for scope in scopes)

    event.listen(centre.node.database.engine, "before_cursor_execute", note)
    decide(centre.node, sealed(Move(book_id="b1", shelf="shelf:a"), seq=2))
    event.remove(centre.node.database.engine, "before_cursor_execute", note)
    assert written == [
        "book",
        "node_scope shelf:a",
        "node_scope shelf:b",
        "node_change",
        "node_command",
    ]


INTO = re.compile(r"(?:INSERT INTO|UPDATE) (?!SET)(\w+)")


def _scopes(parameters: Any) -> list[Any]:
    """The scopes that are counted on, in the order in which the database is given them."""
    if all(isinstance(row, tuple) for row in parameters):
        return [row[0] for row in parameters]
    return [each for each in parameters[:6] if str(each).startswith("shelf:")]
