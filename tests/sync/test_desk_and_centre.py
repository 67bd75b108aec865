"""A desk acts at once, the centre decides, and both end equal."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from sync.authority import Authority
from sync.desk import Desk
from sync.errors import HandlerBroke, Refusal, UnreadableAnswer
from sync.journal import NotJournalled
from sync.node import Node
from sync.round import sync_round
from sync.standing import attention, standing, waiting
from sync.storage.sqlite import open_memory
from sync.wire import ChangesPage, Decided, PushCommands
from tests.everything import everything
from tests.refusals import refusals_shown
from tests.sync import shelf
from tests.sync.shelf import Break, Lend, Move, Remove, WriteInBulk, a_book, books, sync

NewDesk = Callable[[str], Desk]
CANARY = "A title that only one shelf knows"
KEPT = "A title of a shelf that stays"


def test_a_command_shows_at_the_desk_before_the_centre_knows(new_desk: NewDesk) -> None:
    desk = new_desk("desk-1")
    desk.issue(a_book(), actor="sian")
    assert [book["title"] for book in books(desk.node)] == ["Book b1"]
    with desk.node.database.read() as session:
        assert standing(session).waiting == 1


def test_after_a_round_desk_and_centre_hold_the_same(centre: Authority, new_desk: NewDesk) -> None:
    desk = new_desk("desk-1")
    sync(desk, centre)
    desk.issue(a_book(), actor="sian")
    desk.issue(Lend(book_id="b1", reader="amira"), actor="sian")
    sync(desk, centre)
    assert books(desk.node) == books(centre.node)
    with desk.node.database.read() as session:
        assert standing(session).waiting == 0


def test_a_second_desk_sees_what_the_first_did(centre: Authority, new_desk: NewDesk) -> None:
    first, second = new_desk("desk-1"), new_desk("desk-2")
    sync(second, centre)
    first.issue(a_book(), actor="sian")
    sync(first, centre)
    sync(second, centre)
    assert books(second.node) == books(centre.node) != []


def test_c1_a_command_sent_twice_has_its_effect_once(centre: Authority, new_desk: NewDesk) -> None:
    desk = new_desk("desk-1")
    desk.issue(a_book(), actor="sian")
    push = PushCommands(device=desk.device, epoch=None, commands=desk.undecided())
    first = centre.answer(push)
    assert centre.answer(push) == first
    assert isinstance(first, Decided)
    assert first.outcomes[0].state == "accepted"
    assert first.outcomes[0].numbers == {"shelf:a": 1}


def test_c4_a_known_id_with_another_content_is_refused_loudly(
    centre: Authority, new_desk: NewDesk
) -> None:
    desk = new_desk("desk-1")
    envelope = desk.issue(a_book(), actor="sian")
    sync(desk, centre)
    import msgspec

    forged = msgspec.structs.replace(envelope, actor="someone else")
    answer = centre.answer(PushCommands(device="desk-1", epoch=None, commands=[forged]))
    assert answer.code == "id_reused"  # type: ignore[union-attr]


def test_r4_what_the_centre_refuses_leaves_no_trace_but_is_shown_with_all_that_was_typed(
    centre: Authority, new_desk: NewDesk
) -> None:
    first, second = new_desk("desk-1"), new_desk("desk-2")
    sync(first, centre)
    sync(second, centre)
    first.issue(a_book("b1"), actor="sian")
    second.issue(a_book("b2"), actor="tom")
    sync(first, centre)
    sync(second, centre)
    assert [book["id"] for book in books(second.node)] == ["b1"]
    with second.node.database.read() as session:
        (item,) = attention(second.node, session)
    assert item.outcome.reason == "place_taken"
    assert item.outcome.data == {"by": "b1"}
    assert item.arguments == a_book("b2")


def test_m3_a_refused_command_takes_no_change_number(centre: Authority, new_desk: NewDesk) -> None:
    desk, other = new_desk("desk-1"), new_desk("desk-2")
    desk.issue(a_book("b1"), actor="sian")
    sync(desk, centre)
    other.issue(a_book("b2"), actor="tom")
    sync(other, centre)
    desk.issue(a_book("b3", place=3), actor="sian")
    sync(desk, centre)
    assert desk.position()[1] == {"shelf:a": 2, "shelf:b": 0}


def test_r5_what_built_upon_a_refused_command_is_refused_too_and_shown(
    centre: Authority, new_desk: NewDesk
) -> None:
    first, second = new_desk("desk-1"), new_desk("desk-2")
    first.issue(a_book("b1"), actor="sian")
    sync(first, centre)
    second.issue(a_book("b2"), actor="tom")
    second.issue(Lend(book_id="b2", reader="amira"), actor="tom")
    sync(second, centre)
    with second.node.database.read() as session:
        reasons = [item.outcome.reason for item in attention(second.node, session)]
    assert reasons == ["place_taken", "not_found"]


def test_s3_a_row_that_moves_leaves_one_scope_and_enters_the_other(
    centre: Authority, new_desk: NewDesk
) -> None:
    both = new_desk("desk-1")
    only_a = new_desk("desk-2")
    centre_for_a = Authority(centre.node, lambda session, device: {"shelf:a"})
    both.issue(a_book(), actor="sian")
    sync(both, centre)
    sync(only_a, centre_for_a)
    both.issue(Move(book_id="b1", shelf="shelf:b"), actor="sian")
    sync(both, centre)
    sync(only_a, centre_for_a)
    assert books(only_a.node) == []
    assert books(both.node) == books(centre.node)


def test_r2_undo_gives_back_rows_that_waiting_commands_removed_and_changed(
    centre: Authority, new_desk: NewDesk
) -> None:
    desk, other = new_desk("desk-1"), new_desk("desk-2")
    desk.issue(a_book("b1"), actor="sian")
    desk.issue(a_book("b2", place=2), actor="sian")
    sync(desk, centre)
    sync(other, centre)
    other.issue(Lend(book_id="b1", reader="tom"), actor="tom")
    other.issue(Remove(book_id="b1"), actor="tom")
    other.issue(Lend(book_id="b2", reader="tom"), actor="tom")
    desk.issue(Lend(book_id="b1", reader="amira"), actor="sian")
    desk.issue(Lend(book_id="b2", reader="amira"), actor="sian")
    sync(desk, centre)
    sync(other, centre)
    assert books(other.node) == books(centre.node)
    with other.node.database.read() as session:
        assert [i.outcome.reason for i in attention(other.node, session)] == ["lent", "lent"]


def test_s2_a_scope_that_is_taken_away_leaves_nothing_behind(
    centre: Authority, new_desk: NewDesk
) -> None:
    desk, other = new_desk("desk-1"), new_desk("desk-2")
    secret = replace(a_book("b1", shelf="shelf:b"), title=CANARY)
    other.issue(secret, actor="tom")
    sync(other, centre)
    desk.issue(replace(a_book("b2", place=7), title=KEPT), actor="sian")
    sync(desk, centre)
    gone = desk.issue(Lend(book_id="b1", reader="ann"), actor="sian")
    works = desk.issue(a_book("b3", shelf="shelf:b", place=8), actor="sian")
    other.issue(Remove(book_id="b1"), actor="tom")
    sync(other, centre)
    assert CANARY.lower() in everything(desk.node), "a row, and what undoes the loan"
    sync(desk, Authority(centre.node, lambda session, device: {"shelf:a"}))
    assert [book["title"] for book in books(desk.node)] == [KEPT]
    assert desk.position()[1] == {"shelf:a": 1}
    assert CANARY.lower() not in everything(desk.node)
    # What waited is decided by who acts (S5), as anybody's: where it fails, its person is told.
    with desk.node.database.read() as session:
        [refused] = attention(desk.node, session)
    assert refused.envelope.id == gone.id
    told = desk.outcome(works.id)
    assert told is not None
    assert told.state == "accepted"


def test_i1_a_restored_centre_is_offered_again_what_it_lost(new_desk: NewDesk) -> None:
    kept = shelf.a_centre(open_memory())
    desk = new_desk("desk-1")
    desk.issue(a_book("b1"), actor="sian")
    sync(desk, kept)
    restored = shelf.a_centre(open_memory())
    with restored.node.database.write() as session:
        from sync.node import set_fact

        set_fact(session, "epoch", "epoch-2")
    desk.issue(a_book("b2", place=2), actor="sian")
    sync(desk, restored)
    assert books(desk.node) == books(restored.node)
    assert [book["id"] for book in books(restored.node)] == ["b1", "b2"]


def test_c7_an_answer_lost_after_the_commit_is_settled_by_the_next_pull(
    centre: Authority, new_desk: NewDesk
) -> None:
    desk = new_desk("desk-1")
    sync(desk, centre)
    desk.issue(a_book(), actor="sian")
    centre.answer(PushCommands(device=desk.device, epoch=None, commands=desk.undecided()))
    sync(desk, centre)
    assert books(desk.node) == books(centre.node)
    with desk.node.database.read() as session:
        assert standing(session).waiting == 0


def test_an_asked_command_shows_only_when_decided(centre: Authority, new_desk: NewDesk) -> None:
    desk = new_desk("desk-1")
    sync(desk, centre)
    asked = desk.ask(a_book(), actor="sian")
    assert books(desk.node) == []
    sync(desk, centre)
    assert books(desk.node) == books(centre.node) != []
    outcome = desk.outcome(asked.id)
    assert outcome is not None
    assert outcome.state == "accepted"


def test_an_asked_command_stands_alone_when_the_line_is_down(new_desk: NewDesk) -> None:
    desk = new_desk("desk-1")
    asked = desk.ask(a_book(), actor="sian")
    assert desk.act_alone(asked.id)
    assert len(books(desk.node)) == 1


def test_a_handler_with_a_bug_changes_nothing_and_is_named(new_desk: NewDesk) -> None:
    desk = new_desk("desk-1")
    desk.issue(a_book(), actor="sian")
    before = books(desk.node)
    with pytest.raises(HandlerBroke, match=r"book\.break"):
        desk.issue(Break(book_id="b1"), actor="sian")
    assert books(desk.node) == before


def test_a_handler_that_writes_past_the_journal_is_stopped(new_desk: NewDesk) -> None:
    desk = new_desk("desk-1")
    with pytest.raises(NotJournalled):
        desk.issue(WriteInBulk(title="x"), actor="sian")


def test_a_local_refusal_keeps_nothing(new_desk: NewDesk) -> None:
    desk = new_desk("desk-1")
    desk.issue(a_book("b1"), actor="sian")
    with pytest.raises(Refusal, match="place_taken"):
        desk.issue(a_book("b2"), actor="sian")
    with desk.node.database.read() as session:
        assert standing(session).waiting == 1


def test_o5_a_page_that_skips_a_number_is_refused_whole(
    centre: Authority, new_desk: NewDesk
) -> None:
    first, second = new_desk("desk-1"), new_desk("desk-2")
    sync(second, centre)
    for place in (1, 2, 3):
        first.issue(a_book(f"b{place}", place=place), actor="sian")
    sync(first, centre)
    steps = sync_round(second)
    page = centre.answer(next(steps))
    assert isinstance(page, ChangesPage)
    import msgspec

    with pytest.raises(UnreadableAnswer):
        steps.send(msgspec.structs.replace(page, changes=page.changes[1:]))
    assert books(second.node) == []


def test_what_waits_is_listed_oldest_first_up_to_a_limit(new_desk: NewDesk) -> None:
    desk = new_desk("desk-1")
    issued = [desk.issue(a_book(f"b{n}", place=n), actor="sian") for n in range(1, 4)]
    with desk.node.database.read() as session:
        assert waiting(session, limit=2) == tuple(issued[:2])


def test_a_refused_command_that_was_dealt_with_can_be_taken_up_again(
    centre: Authority, new_desk: NewDesk
) -> None:
    first, second = new_desk("desk-1"), new_desk("desk-2")
    first.issue(a_book("b1"), actor="sian")
    refused = second.issue(a_book("b2"), actor="tom")
    sync(first, centre)
    sync(second, centre)
    second.dismiss(refused.id)
    with second.node.database.read() as session:
        assert attention(second.node, session) == ()
    second.undo_dismiss(refused.id)
    with second.node.database.read() as session:
        (item,) = attention(second.node, session)
    assert item.envelope == refused


def hears_what_others_did(desk: Desk, centre: Authority) -> None:
    """What others did comes, and the answer to what was asked does not."""
    with pytest.MonkeyPatch.context() as lost:
        lost.setattr(desk, "offer", lambda **_: None)
        sync(desk, centre)


def test_u4_a_refusal_for_another_reason_than_was_told_at_once_is_shown(
    centre: Authority, new_desk: NewDesk
) -> None:
    desk, other = new_desk("desk-1"), new_desk("desk-2")
    sync(desk, centre)
    asked = desk.ask(a_book("mine"), actor="sian")
    taken = other.issue(a_book("theirs"), actor="tom")
    sync(other, centre)
    hears_what_others_did(desk, centre)
    with pytest.raises(Refusal, match="place_taken"):
        desk.act_alone(asked.id)
    # Before it is decided, what was in the way goes, and something else has its id.
    other.issue(Remove(book_id="theirs"), actor="tom")
    other.issue(a_book("mine", place=2), actor="tom")
    sync(other, centre)
    sync(desk, centre)
    assert taken.id != asked.id
    with desk.node.database.read() as session:
        assert [i.outcome.reason for i in attention(desk.node, session)] == ["id_taken"]


@pytest.mark.parametrize("waits", [1, 60])
def test_m9_to_act_alone_runs_one_command_however_many_wait(
    new_desk: NewDesk, waits: int, ran: list[tuple[Node, str]]
) -> None:
    desk = new_desk("desk-1")
    for number in range(waits):
        desk.issue(a_book(f"b{number}", place=number), actor="sian")
    asked = desk.ask(a_book("asked", place=waits), actor="sian")
    ran.clear()
    assert desk.act_alone(asked.id)
    assert [command_id for _, command_id in ran] == [asked.id]
    assert len(books(desk.node)) == waits + 1


def test_what_does_not_work_when_it_acts_alone_says_why_and_waits(
    centre: Authority, new_desk: NewDesk
) -> None:
    desk, other = new_desk("desk-1"), new_desk("desk-2")
    sync(desk, centre)
    asked = desk.ask(a_book("mine"), actor="sian")
    other.issue(a_book("theirs"), actor="tom")
    sync(other, centre)
    hears_what_others_did(desk, centre)
    with pytest.raises(Refusal, match="place_taken"):
        desk.act_alone(asked.id)
    assert [envelope.id for envelope in desk.undecided()] == [asked.id]
    sync(desk, centre)
    assert books(desk.node) == books(centre.node)
    assert desk.undecided() == []
    assert refusals_shown(desk.node) == set()
