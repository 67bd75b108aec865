"""A centre or a desk that comes back from an old copy: noticed, and nothing lost or done twice."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from sync.authority import Authority
from sync.command import Arguments
from sync.desk import Desk, no_introduction
from sync.errors import ProtocolError
from sync.ids import IdSource
from sync.offers import Introduce
from sync.proof import Identity
from sync.round import sync_round
from sync.standing import attention, standing
from sync.storage.database import Database
from sync.storage.sqlite import open_file, open_memory
from sync.wire import Decided, Failure, PushCommands
from tests.sync import shelf
from tests.sync.shelf import Lend, Move, a_book, books, sync

KEY = bytes(range(32))


@pytest.fixture
def centre() -> Authority:
    """A centre on SQLite."""
    return shelf.a_centre(open_memory())


def a_desk(name: str) -> Desk:
    """A desk with a database of its own."""
    return shelf.a_desk(open_memory(), name)


def copied(source: Database) -> Database:
    """A copy of a database in memory, as a file would be copied."""
    copy = open_memory()
    with source.engine.connect() as one, copy.engine.connect() as other:
        one.connection.driver_connection.backup(other.connection.driver_connection)
    return copy


def introduce(session: Session, former_device: str) -> Arguments:
    """The first command of a new device of these tests."""
    return a_book(f"seat of {former_device}", place=8)


def reopened(database: Database, name: str, *, introduce: Introduce = no_introduction) -> Desk:
    """The desk's process started on a copy of its file; ids are not drawn again."""
    clock = shelf.Ticking()
    node = shelf.Node.over(database, shelf.registry(), shelf.Record.metadata)
    new_id = IdSource(clock, random.Random(f"{name} again").getrandbits)
    return Desk(
        node, new_device=lambda: Identity(new_id()), clock=clock, new_id=new_id, introduce=introduce
    )


def restored(centre: Authority, copy: Database, epoch: str = "epoch-2") -> Authority:
    """The centre's process started on an old copy, with its new epoch."""
    node = shelf.Node.over(copy, shelf.registry(), shelf.Record.metadata)
    back = Authority(node, centre.allowed)
    back.renew(epoch)
    return back


def test_i1_what_a_restored_centre_lost_is_run_there_again_though_some_was_refused(
    centre: Authority,
) -> None:
    desk, other = a_desk("desk-1"), a_desk("desk-2")
    other.issue(a_book("x", place=9), actor="tom")
    sync(other, centre)
    copy = copied(centre.node.database)
    desk.issue(a_book("b1"), actor="sian")
    desk.issue(a_book("b2", place=9), actor="sian")
    desk.issue(a_book("b3", place=3), actor="sian")
    sync(desk, centre)
    back = restored(centre, copy)
    desk.issue(Lend(book_id="b3", reader="amira"), actor="sian")
    sync(desk, back)
    assert [book["id"] for book in books(back.node)] == ["b1", "b3", "x"]
    assert books(desk.node) == books(back.node)
    with desk.node.database.read() as session:
        assert [item.outcome.reason for item in attention(desk.node, session)] == ["place_taken"]
        assert standing(session).waiting == 0


def test_i1_what_a_restored_centre_still_knows_is_not_run_twice(centre: Authority) -> None:
    desk = a_desk("desk-1")
    desk.issue(a_book("b1"), actor="sian")
    desk.issue(Move(book_id="b1", shelf="shelf:b"), actor="sian")
    sync(desk, centre)
    back = restored(centre, copied(centre.node.database))
    sync(desk, back)
    assert desk.position()[1] == {"shelf:a": 2, "shelf:b": 1}
    assert books(desk.node) == books(back.node)


def test_i1_rows_stay_on_screen_until_the_restored_centre_has_sent_its_own(
    centre: Authority,
) -> None:
    desk = a_desk("desk-1")
    desk.issue(a_book("b1"), actor="sian")
    sync(desk, centre)
    steps = sync_round(desk)
    next(steps)
    steps.send(Failure(code="other_epoch", epoch="epoch-2"))
    assert [book["id"] for book in books(desk.node)] == ["b1"]
    with desk.node.database.read() as session:
        assert standing(session).has_data
    sync(desk, restored(centre, copied(centre.node.database)))
    assert books(desk.node) == books(centre.node)


def test_i1_a_scope_taken_away_in_the_lost_days_goes_with_its_rows(centre: Authority) -> None:
    desk = a_desk("desk-1")
    desk.issue(a_book("b1", shelf="shelf:b"), actor="sian")
    sync(desk, centre)
    back = restored(centre, copied(centre.node.database))
    sync(desk, Authority(back.node, lambda session, device: {"shelf:a"}))
    assert books(desk.node) == []


def test_i1_a_centre_restored_between_push_and_pull_of_a_first_round_loses_nothing(
    centre: Authority,
) -> None:
    copy = copied(centre.node.database)
    desk = a_desk("desk-1")
    desk.issue(a_book("b1"), actor="sian")
    steps = sync_round(desk)
    request, pushed, serving = next(steps), False, centre
    try:
        while True:
            answer = serving.answer(request)
            if isinstance(request, PushCommands) and not pushed:
                pushed, serving = True, restored(centre, copy)
            request = steps.send(answer)
    except StopIteration:
        pass
    sync(desk, serving)
    assert [book["id"] for book in books(serving.node)] == ["b1"]
    assert books(desk.node) == books(serving.node)


def test_i3_a_desk_from_an_old_copy_goes_on_as_another_device_and_loses_nothing(
    centre: Authority,
) -> None:
    desk = a_desk("desk-1")
    desk.issue(a_book("b1"), actor="sian")
    sync(desk, centre)
    copy = copied(desk.node.database)
    desk.issue(a_book("b2", place=2), actor="sian")
    desk.issue(a_book("b3", place=3), actor="sian")
    sync(desk, centre)
    old = reopened(copy, "desk-1")
    issued = old.issue(a_book("b4", place=4), actor="sian")
    sync(old, centre)
    assert old.device != "desk-1"
    assert [book["id"] for book in books(centre.node)] == ["b1", "b2", "b3", "b4"]
    assert books(old.node) == books(centre.node)
    outcome = old.outcome(issued.id)
    assert outcome is not None
    assert outcome.state == "accepted"


def test_i3_what_the_old_copy_had_waiting_and_the_centre_knows_is_not_run_twice(
    centre: Authority,
) -> None:
    desk = a_desk("desk-1")
    sync(desk, centre)
    desk.issue(a_book("b1"), actor="sian")
    copy = copied(desk.node.database)
    desk.issue(a_book("b2", place=2), actor="sian")
    sync(desk, centre)
    old = reopened(copy, "desk-1")
    old.issue(a_book("b3", place=3), actor="sian")
    # The first round settles what the centre knows, the second learns that the number was used.
    for _ in range(2):
        sync(old, centre)
    assert [book["id"] for book in books(centre.node)] == ["b1", "b2", "b3"]
    assert old.position()[1]["shelf:a"] == 3
    assert old.undecided() == []


@pytest.mark.parametrize("is_clone_first", [False, True])
def test_i3_two_computers_with_one_copy_become_two_devices(
    centre: Authority, is_clone_first: bool
) -> None:
    desk = a_desk("desk-1")
    sync(desk, centre)
    clone = reopened(copied(desk.node.database), "desk-1")
    desk.issue(a_book("b1"), actor="sian")
    clone.issue(a_book("b2", place=2), actor="tom")
    first, second = (clone, desk) if is_clone_first else (desk, clone)
    for each in (first, second, first):
        sync(each, centre)
    # Nobody can tell which of them is the copy: who comes first keeps the name.
    assert first.device == "desk-1" != second.device
    assert [book["id"] for book in books(centre.node)] == ["b1", "b2"]
    assert books(desk.node) == books(clone.node) == books(centre.node)


def test_i3_a_new_device_introduces_itself_before_all_else(centre: Authority) -> None:
    desk = a_desk("desk-1")
    sync(desk, centre)
    copy = copied(desk.node.database)
    desk.issue(a_book("b1"), actor="sian")
    sync(desk, centre)
    old = reopened(copy, "desk-1", introduce=introduce)
    old.issue(a_book("b2", place=2), actor="sian")
    old.take_new_identity(old.device)
    offer = old.offer()
    assert offer is not None
    assert [envelope.seq for envelope in offer.commands] == [1, 2]
    assert old.node.registry.open(offer.commands[0])[1] == a_book("seat of desk-1", place=8)
    sync(old, centre)
    assert books(old.node) == books(centre.node)


def test_i3_a_device_introduces_itself_anew_when_it_must_become_another_again(
    centre: Authority,
) -> None:
    file = copied(a_desk("desk-1").node.database)
    desk = reopened(file, "desk-1", introduce=introduce)
    desk.issue(a_book("b2", place=2), actor="sian")
    desk.take_new_identity("desk-1")
    former = desk.undecided()[0]
    desk.take_new_identity(former.device)
    introduction, issued = desk.undecided()
    assert (introduction.actor, issued.actor) == (desk.device, "sian")
    assert desk.device != former.device
    assert introduction.id != former.id
    sync(desk, centre)
    assert books(desk.node) == books(centre.node)


def test_a_number_that_its_relay_kept_is_not_too_late_for_the_centre(centre: Authority) -> None:
    desk = a_desk("desk-1")
    first = desk.issue(a_book("b1"), actor="sian")
    second = desk.issue(a_book("b2", place=2), actor="sian")
    epoch = "epoch-1"
    late = PushCommands(device="desk-1", epoch=epoch, commands=[second], after=1)
    assert isinstance(centre.answer(late), Decided)
    sync(desk, centre)
    assert desk.device == "desk-1"
    assert [book["id"] for book in books(centre.node)] == ["b1", "b2"]
    assert desk.outcome(first.id) is not None


def test_i3_the_new_device_id_outlives_a_restart(tmp_path: Path) -> None:
    database = open_file(tmp_path / "desk.db", key=KEY)
    desk = shelf.a_desk(database, "desk-1")
    desk.take_new_identity(desk.device)
    device = desk.device
    database.close()
    again = reopened(open_file(tmp_path / "desk.db", key=KEY), "desk-1")
    assert again.device == device != "desk-1"
    again.node.database.close()


def test_c4_a_known_id_with_another_content_does_not_make_a_desk_change_its_identity(
    centre: Authority,
) -> None:
    desk = a_desk("desk-1")
    sync(desk, centre)
    desk.issue(a_book(), actor="sian")
    steps = sync_round(desk)
    next(steps)
    with pytest.raises(ProtocolError):
        steps.send(Failure(code="id_reused"))
    assert desk.device == "desk-1"
