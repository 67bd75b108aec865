"""Turns in two scopes go on at once; a turn that needs more than one has the database to itself."""

from __future__ import annotations

import random
import threading
from contextlib import ExitStack

import pytest
from sqlalchemy import event, select

from sync.command import Arguments, Envelope
from sync.decide import decide
from sync.errors import StorageFailed, SyncError
from sync.node import Node, unpacked
from sync.storage.database import Database
from sync.storage.postgres import open_url
from sync.storage.sqlite import open_memory
from sync.tables import change, command_log
from tests.sync import shelf
from tests.sync.shelf import Lend, Move, Remove, a_book, books
from tests.sync.storage.test_deciding_at_once import deciding, sealed

PROCESSES = 4
WORKERS = 8
COMMANDS_A_WORKER = 40
SOON_S = 0.2


def a_process(url: str, stack: ExitStack, *, turn_max_s: float = 20.0) -> Node:
    """What one process has of it."""
    database = open_url(url, turn_max_s=turn_max_s)
    stack.callback(database.close)
    return shelf.node_over(database)


def put(device: str, where: str, *, seq: int) -> Envelope:
    envelope: Envelope = sealed(
        a_book(f"{device}-{seq}", shelf=where, place=1_000 * sum(map(ord, device)) + seq),
        device=device,
        seq=seq,
    )
    return envelope


def test_a_turn_in_one_scope_waits_for_no_turn_in_another(url: str) -> None:
    with ExitStack() as stack:
        here, there = (a_process(url, stack, turn_max_s=SOON_S) for _ in range(2))
        for seq, node in enumerate((here, there), start=1):
            # Where a device goes on is known once it has changed something.
            decide(node, put(f"d{seq}", "shelf:b", seq=1))
        with here.database.write(alone_in="shelf:a"):
            assert decide(there, put("d2", "shelf:b", seq=2)).state == "accepted"
            with (
                pytest.raises(StorageFailed, match="locked"),
                there.database.write(alone_in="shelf:a"),
            ):
                pass
            with pytest.raises(StorageFailed, match="locked"), there.database.write():
                pass
        with here.database.write():
            with pytest.raises(StorageFailed, match="locked"):
                decide(there, put("d2", "shelf:b", seq=3))
        assert decide(there, put("d2", "shelf:b", seq=3)).state == "accepted"


def test_a_turn_that_needs_another_scope_than_it_was_given_is_run_again_with_all(url: str) -> None:
    with ExitStack() as stack:
        node = a_process(url, stack)
        given: list[str] = []

        def note(conn: object, cursor: object, statement: str, *more: object) -> None:
            if "pg_advisory" in statement:
                given.append("one" if "shared" in statement else "all")

        event.listen(node.database.engine, "before_cursor_execute", note)
        decide(node, put("d", "shelf:a", seq=1))
        decide(node, put("d", "shelf:a", seq=2))
        decide(node, put("d", "shelf:b", seq=3))
        decide(node, put("d", "shelf:b", seq=4))
        decide(node, sealed(Lend(book_id="nowhere", reader="ann"), device="d", seq=5))
        decide(node, sealed(Move(book_id="d-1", shelf="shelf:b"), device="d", seq=6))
        assert given == ["all", "one", "one", "all", "one", "one", "all", "all"]
        assert numbers_of(node.database, "shelf:a") == [1, 2, 3]
        assert numbers_of(node.database, "shelf:b") == [1, 2, 3]


def test_m7_turns_in_scopes_and_turns_with_all_never_stop_each_other_and_their_log_is_their_order(
    url: str,
) -> None:
    with ExitStack() as stack:
        nodes = [a_process(url, stack) for _ in range(PROCESSES)]
        wrong: list[BaseException] = []

        def works(worker: int) -> None:
            try:
                draw = random.Random(worker)
                for seq in range(1, COMMANDS_A_WORKER + 1):
                    act = _act(draw, worker, seq)
                    deciding(nodes[worker % PROCESSES], sealed(act, device=f"w{worker}", seq=seq))
            except BaseException as error:  # noqa: BLE001 - shown by the test
                wrong.append(error)

        threads = [threading.Thread(target=works, args=(n,)) for n in range(WORKERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not wrong
        for scope in sorted(shelf.SHELVES):
            numbers = numbers_of(nodes[0].database, scope)
            assert numbers == list(range(1, len(numbers) + 1))
            assert len(numbers) > COMMANDS_A_WORKER
        assert books(nodes[0]) == run_again(nodes[0])


def _act(draw: random.Random, worker: int, seq: int) -> Arguments:
    """Mostly in the worker's own shelf, upon books and places that others want too."""
    shelves = sorted(shelf.SHELVES)
    where = shelves[worker % 2] if draw.random() < 0.8 else draw.choice(shelves)
    book_id = f"b{draw.randrange(30)}"
    chance = draw.random()
    if chance < 0.5:
        return a_book(f"w{worker}-{seq}", shelf=where, place=draw.randrange(400))
    if chance < 0.65:
        return a_book(book_id, shelf=where, place=draw.randrange(400))
    if chance < 0.8:
        return Lend(book_id=book_id, reader=f"w{worker}")
    return Move(book_id=book_id, shelf=where) if chance < 0.9 else Remove(book_id=book_id)


def numbers_of(database: Database, scope: str) -> list[int]:
    with database.read() as session:
        asked = select(change.c.number).where(change.c.scope == scope)
        return sorted(session.scalars(asked))


def run_again(node: Node) -> list[dict[str, object]]:
    """The books that the log gives when it is run in its order, each outcome as it was."""
    again = shelf.a_centre(open_memory()).node
    with node.database.read() as session:
        log = session.execute(
            select(command_log.c.envelope, command_log.c.state).order_by(command_log.c.position)
        ).all()
    with again.database.write() as session:
        for body, state in log:
            try:
                again.run(session, unpacked(bytes(body)))
                ran = "accepted"
            except SyncError:
                ran = "refused"
            session.expire_all()
            assert ran == state
    return books(again)
