"""Writers of PostgreSQL take turns: what happens to a turn that is not given back, or is shared."""

from __future__ import annotations

import threading
import time
from typing import Any

import psycopg
import pytest
from msgspec.structs import replace
from sqlalchemy import Connection, event, select, text

from sync.authority import Authority
from sync.decide import COMMANDS_A_TURN_MAX, decide, decide_turn
from sync.errors import StaleReplica, StorageFailed, Unavailable
from sync.storage.database import READ_ONLY
from sync.storage.postgres import PREPARED_AFTER, open_url
from sync.storage.sqlite import open_memory
from sync.tables import command_log
from sync.wire import Decided, PushCommands
from tests.sync import shelf
from tests.sync.shelf import Break, Lend, Move, a_book, books
from tests.sync.statements import at_statement
from tests.sync.storage.test_deciding_at_once import sealed, statements_of


def test_u5_a_process_that_stands_still_in_its_turn_has_it_taken_away(url: str) -> None:
    still = open_url(url, stalled_max_s=0.5)
    other = open_url(url, turn_max_s=0.1)
    node = shelf.node_over(other)
    with pytest.raises(StorageFailed), still.write() as session:
        session.execute(text("SELECT 1"))
        with pytest.raises(StorageFailed) as waited:
            decide(node, sealed(a_book("b1"), seq=1))
        assert waited.value.cause == "locked"
        ends = time.monotonic() + 20
        while True:
            try:
                assert decide(node, sealed(a_book("b1"), seq=1)).state == "accepted"
                break
            except Unavailable:
                assert time.monotonic() < ends
        session.execute(text("SELECT 1"))
    still.close()
    other.close()


def test_nothing_is_kept_in_a_session_that_a_pooler_may_hand_to_another(url: str) -> None:
    database = open_url(url)
    authority = Authority(shelf.node_over(database), lambda session, device: shelf.SHELVES)
    prepared: list[int] = []

    def wipe(connection: Any, record: object) -> None:
        cursor = connection.cursor()
        cursor.execute("SELECT count(*) FROM pg_prepared_statements")
        prepared.append(cursor.fetchone()[0])
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"
        )
        prepared.append(cursor.fetchone()[0])
        cursor.execute("DISCARD ALL")

    event.listen(database.engine, "checkin", wipe)
    desks = [shelf.a_desk(open_memory(), name) for name in ("d1", "d2")]
    for number, desk in enumerate(desks):
        desk.issue(a_book(f"b{number}", place=number), actor="sian")
        shelf.sync(desk, authority)
    for desk in desks:
        shelf.sync(desk, authority)
        assert books(desk.node) == books(authority.node)
    assert set(prepared) == {0}
    database.close()


def run_of(*arguments: Any) -> list[Any]:
    return [sealed(args, seq=number) for number, args in enumerate(arguments, 1)]


def test_a_refusal_in_a_shared_turn_is_of_that_command_alone(url: str) -> None:
    database = open_url(url)
    node = shelf.node_over(database)
    turn = run_of(
        a_book("b1"),
        a_book("b2", place=1),
        Break(book_id="b1"),
        Lend(book_id="b1", reader="r"),
        Lend(book_id="b9", reader="r"),
        Move(book_id="b1", shelf="shelf:b"),
    )
    outcomes = decide_turn(node, turn)
    assert [(o.state, o.reason) for o in outcomes] == [
        ("accepted", None),
        ("refused", "place_taken"),
        ("refused", "bug"),
        ("accepted", None),
        ("refused", "not_found"),
        ("accepted", None),
    ]
    assert [o.numbers for o in outcomes if o.numbers] == [
        {"shelf:a": 1},
        {"shelf:a": 2},
        {"shelf:a": 3, "shelf:b": 1},
    ]
    assert decide_turn(node, turn) == outcomes
    assert [(b["id"], b["scope"], b["reader"]) for b in books(node)] == [("b1", "shelf:b", "r")]
    database.close()


def test_o1_a_gap_ends_a_turn_before_it_and_keeps_what_came_before(url: str) -> None:
    database = open_url(url)
    node = shelf.node_over(database)
    turn = [sealed(a_book(f"b{n}", place=n), seq=n) for n in (1, 2, 4)]
    assert [o.state for o in decide_turn(node, turn)] == ["accepted", "accepted"]
    assert len(books(node)) == 2
    database.close()


def test_a_batch_takes_several_turns_so_that_others_come_in_between(url: str) -> None:
    database = open_url(url)
    node = shelf.node_over(database)
    authority = Authority(node, lambda session, device: shelf.SHELVES)
    commits: list[object] = []
    batch = run_of(*(a_book(f"b{n}", place=n) for n in range(25)))

    def note(connection: Connection) -> None:
        if not connection.get_execution_options().get(READ_ONLY):
            commits.append(connection)

    event.listen(database.engine, "commit", note)
    answer = authority.answer(PushCommands(device="desk-1", epoch="epoch-1", commands=batch))
    assert isinstance(answer, Decided)
    assert [o.state for o in answer.outcomes] == ["accepted"] * 25
    assert len(commits) == -(-25 // COMMANDS_A_TURN_MAX)
    database.close()


def test_c5_a_command_that_ends_the_connection_does_not_hold_up_those_before_it(url: str) -> None:
    database = open_url(url)
    node = shelf.node_over(database)
    one = statements_of(node, sealed(a_book("b0", place=9), device="warm-up"))
    batch = run_of(*(a_book(f"b{n}", place=n) for n in range(1, 4)))

    def end(statement: str, parameters: Any) -> tuple[str, Any]:
        return "SELECT pg_terminate_backend(pg_backend_pid())", ()

    with at_statement(node.database, one + 2, end):
        outcomes = decide_turn(node, batch)
    assert [o.id for o in outcomes] == [batch[0].id]
    assert [o.state for o in decide_turn(node, batch)] == ["accepted"] * 3
    with database.read() as session:
        ids = session.scalars(select(command_log.c.id).order_by(command_log.c.position)).all()
    assert ids == ["warm-up-1", *(envelope.id for envelope in batch)]
    database.close()


def test_writers_of_one_process_wait_no_longer_than_their_turn_allows(url: str) -> None:
    database = open_url(url, turn_max_s=0.1)
    failed: list[str] = []

    def write() -> None:
        try:
            with database.write():
                raise AssertionError("two writers at once")
        except StorageFailed as error:
            failed.append(error.cause)

    with database.write():
        thread = threading.Thread(target=write)
        thread.start()
        thread.join()
    assert failed == ["locked"]
    database.close()


def test_c1_a_command_that_comes_twice_in_one_turn_is_run_once(url: str) -> None:
    database = open_url(url)
    node = shelf.node_over(database)
    first, second = run_of(a_book("b1"), a_book("b2", place=2))
    outcomes = decide_turn(node, [first, second, first])
    assert outcomes == [outcomes[0], outcomes[1], outcomes[0]]
    assert [o.numbers for o in outcomes[:2]] == [{"shelf:a": 1}, {"shelf:a": 2}]
    assert len(books(node)) == 2
    database.close()


def test_i3_another_command_under_a_number_of_the_same_turn_ends_it(url: str) -> None:
    database = open_url(url)
    node = shelf.node_over(database)
    first = sealed(a_book("b1"), seq=1)
    other = replace(sealed(a_book("b2", place=1), seq=1), id="another")
    assert len(decide_turn(node, [first, other])) == 1
    with pytest.raises(StaleReplica):
        decide_turn(node, [other])
    database.close()


def test_an_idle_connection_that_the_server_ended_costs_nobody_an_answer(url: str) -> None:
    database = open_url(url)
    node = shelf.node_over(database)
    decide(node, sealed(a_book("b1"), seq=1))
    with psycopg.connect(url, autocommit=True) as beside:
        idle = "FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle'"
        assert beside.execute(f"SELECT count(pg_terminate_backend(pid)) {idle}").fetchone() == (1,)
        await_none(beside, idle)
    assert decide(node, sealed(a_book("b2", place=2), seq=2)).state == "accepted"
    database.close()


def await_none(connection: psycopg.Connection[Any], rows: str) -> None:
    ends = time.monotonic() + 20
    while connection.execute(f"SELECT count(*) {rows}").fetchone() != (0,):
        assert time.monotonic() < ends


@pytest.mark.parametrize("prepares", [True, False])
def test_statements_stay_prepared_only_where_the_server_itself_is_spoken_to(
    url: str, prepares: bool
) -> None:
    database = open_url(url, prepares=prepares)
    node = shelf.node_over(database)
    for number in range(1, 2 * PREPARED_AFTER):
        decide(node, sealed(a_book(f"b{number}", place=number), seq=number))
    with database.read() as session:
        kept = session.scalar(text("SELECT count(*) FROM pg_prepared_statements"))
    assert (kept > 0) is prepares
    database.close()
