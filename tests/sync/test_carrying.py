"""W2 from below: what a relay and a desk do where the centre does not take them as they meant."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest

from sync.desk import Desk
from sync.errors import Withdrawn
from sync.node import Node
from sync.relay import OFFERS_BEFORE_SETTLING
from sync.round import NotTakenFor
from sync.service.metrics import of_database
from sync.service.state import waiting_since
from sync.storage.sqlite import open_memory
from sync.wire import Answer, Failure, PushCommands, Request
from tests.rounds import drive
from tests.sync import shelf
from tests.sync.offices import Office, assert_all_equal, refused, waiting
from tests.sync.shelf import a_book, books

REFUSED = Failure(code="device_not_allowed")
LATER = shelf.START + timedelta(hours=3)
ROUNDS_OF_TWO_DESKS = OFFERS_BEFORE_SETTLING
RUN_AGAIN_MAX = 4


class Gate:
    """A centre that lets a relay carry once it has its introduction, and counts what was asked."""

    def __init__(self, office: Office, *, is_posted: bool) -> None:
        self.office = office
        self.is_posted = is_posted
        self.asked: Counter[str] = Counter()

    def answer(self, request: Request) -> Answer:
        self.asked[type(request).__name__] += 1
        if isinstance(request, PushCommands) and request.device != self.office.relay.device:
            if not self.is_posted:
                return REFUSED
        elif isinstance(request, PushCommands):
            self.is_posted = True
        return self.office.centre.answer(request)


def held_in_turns(office: Office, *, rounds: int = ROUNDS_OF_TWO_DESKS) -> None:
    """While cut off, two desks take turns, so that each run that goes up has one command."""
    office.is_cut = True
    for number in range(rounds):
        for place, desk in enumerate(office.desks[:2]):
            book = a_book(f"b{number}-{place}", place=100 + 2 * number + place)
            desk.issue(book, actor="sian")
            drive(desk, office.relay.answer)
    office.is_cut = False


def test_a_relay_whose_introduction_is_behind_what_it_holds_gets_all_of_it_through(
    office: Office,
) -> None:
    held_in_turns(office)
    office.relay.issue(a_book("introduction", place=9), actor="relay")
    gate = Gate(office, is_posted=False)
    drive(office.relay, gate.answer)
    assert gate.asked["PushCommands"] < 3 * ROUNDS_OF_TWO_DESKS
    office.go_round()
    assert_all_equal(office)
    assert len(books(office.centre.node)) == 2 + 2 * ROUNDS_OF_TWO_DESKS


def test_a_relay_that_has_lost_its_post_asks_once_a_round_and_hears_the_centre(
    office: Office,
) -> None:
    held_in_turns(office)
    shelf.sync(office.desks[2], office.centre)
    office.desks[2].issue(a_book("elsewhere", place=7), actor="sian")
    shelf.sync(office.desks[2], office.centre)
    gate = Gate(office, is_posted=False)
    drive(office.relay, gate.answer)
    assert gate.asked["PushCommands"] == 1
    assert "elsewhere" in {book["id"] for book in books(office.relay.node)}
    for desk in office.desks[:2]:
        desk.leave_relay()
        shelf.sync(desk, office.centre)
        assert waiting(desk) == 0
        assert refused(desk) == []


def test_a_desk_that_is_not_taken_for_itself_stays_itself_and_loses_nothing(
    new_desk: Callable[[str], Desk],
) -> None:
    desk = new_desk("desk-1")
    desk.issue(a_book(), actor="sian")
    centre = shelf.a_centre(open_memory())
    before = desk.device

    def answer(request: Request) -> Answer:
        return REFUSED if isinstance(request, PushCommands) else centre.answer(request)

    for _ in range(3):
        with pytest.raises(NotTakenFor):
            drive(desk, answer)
    assert desk.device == before
    assert waiting(desk) == 1


def test_what_a_relay_holds_of_a_withdrawn_desk_comes_to_nothing_and_the_relay_goes_on(
    office: Office,
) -> None:
    held_in_turns(office)
    withdrawn = office.desks[0].device

    def answer(request: Request) -> Answer:
        if isinstance(request, PushCommands) and request.device == withdrawn:
            return Failure(code="device_withdrawn")
        return office.centre.answer(request)

    for _ in range(2):
        drive(office.relay, answer)
    there = {str(book["id"]) for book in books(office.centre.node)}
    assert {f"b{number}-1" for number in range(ROUNDS_OF_TWO_DESKS)} <= there
    assert not {f"b{number}-0" for number in range(ROUNDS_OF_TWO_DESKS)} & there
    assert books(office.relay.node) == books(office.centre.node)


def test_w3_a_withdrawn_relay_lets_go_of_rows_and_changes(office: Office) -> None:
    def answer(request: Request) -> Answer:
        return Failure(code="device_withdrawn")

    with pytest.raises(Withdrawn):
        drive(office.relay, answer)
    assert books(office.relay.node) == []
    assert office.relay.position()[1] == {}


def test_a_relay_tells_since_when_the_oldest_of_what_it_holds_waits(office: Office) -> None:
    def told() -> float:
        node = office.relay.node
        with node.database.read() as session:
            families = of_database(
                {}, (), waiting_since=waiting_since(session, LATER), bytes_held=0, now=LATER
            )
        [family] = [each for each in families if each.name == "reception_oldest_pending_seconds"]
        return family.samples[0][2]

    assert told() == 0
    office.is_cut = True
    first = office.desks[0].issue(a_book("b7", place=7), actor="sian")
    office.desks[1].issue(a_book("b8", place=8), actor="sian")
    for desk in office.desks[:2]:
        drive(desk, office.relay.answer)
    assert told() == (LATER - first.issued_at).total_seconds() > 0
    office.is_cut = False
    office.go_round()
    assert told() == 0


@pytest.mark.parametrize("rounds", [40, 120])
def test_m9_what_desks_did_in_turns_is_run_again_a_few_times_and_not_by_its_square(
    office: Office, rounds: int, ran: list[tuple[Node, str]]
) -> None:
    held_in_turns(office, rounds=rounds)
    ran.clear()
    office.relay_round()
    assert not waiting(office.relay)
    times = Counter(id(node) for node, _ in ran)
    assert times[id(office.centre.node)] == 2 * rounds
    assert times[id(office.relay.node)] < RUN_AGAIN_MAX * 2 * rounds
