"""A desk speaks to its relay while that answers, else to the centre, and comes back."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sync.errors import LineDown
from sync.storage.sqlite import open_memory
from sync.upstream.choosing import LOOK_AGAIN_S, Choosing, serves
from sync.upstream.http import HttpUpstream
from tests.centres import served
from tests.sync import shelf
from tests.sync.offices import Office as Shelves

RELAY, CENTRE = "http://relay.example", "http://centre.example"


class Office:
    """Two addresses, what answers there, and a clock."""

    def __init__(self) -> None:
        self.now = 0.0
        self.up = {RELAY, CENTRE}
        self.device = "desk-1"
        self.addresses = [RELAY, CENTRE]
        self.looks: list[Callable[[], None]] = []
        self.found: list[str] = []
        self.choosing = Choosing(
            lambda: self.addresses,
            lambda url: HttpUpstream(url, device=self.device),
            device=lambda: self.device,
            answers=lambda url: url in self.up,
            monotonic=lambda: self.now,
            beside=self.looks.append,
            found=lambda: self.found.append("better"),
        )

    def chosen(self) -> str:
        """Where the next round goes."""
        return self.choosing.upstream().url

    def look(self) -> None:
        """Whatever is looked for beside the rounds comes to its end."""
        while self.looks:
            self.looks.pop()()


@pytest.fixture
def office() -> Office:
    return Office()


def test_the_relay_comes_before_the_centre(office: Office) -> None:
    assert office.chosen() == RELAY
    assert office.choosing.upstream() is office.choosing.upstream()


def test_a_relay_that_fails_is_left_at_once_and_let_be_for_a_while(office: Office) -> None:
    office.chosen()
    office.choosing.failed()
    assert office.chosen() == CENTRE
    office.now = LOOK_AGAIN_S - 1
    assert office.chosen() == CENTRE
    assert office.looks == []


def test_a_relay_that_is_back_is_taken_again(office: Office) -> None:
    office.chosen()
    office.choosing.failed()
    office.chosen()
    office.now = LOOK_AGAIN_S
    assert office.chosen() == CENTRE
    assert office.found == []
    office.look()
    assert office.found == ["better"]
    assert office.chosen() == RELAY


def test_no_round_waits_for_a_look_at_a_relay_that_is_gone(office: Office) -> None:
    office.chosen()
    office.choosing.failed()
    office.chosen()
    office.up.discard(RELAY)
    asked = []
    for second in range(60):
        office.now = float(second)
        assert office.chosen() == CENTRE
        asked.append(len(office.looks))
        office.look()
    assert sum(asked) == 60 // LOOK_AGAIN_S - 1


def test_with_nothing_answering_each_address_is_tried_in_turn(office: Office) -> None:
    tried = []
    for _ in range(4):
        tried.append(office.chosen())
        office.choosing.failed()
    assert tried[:2] == [RELAY, CENTRE]
    assert set(tried) == {RELAY, CENTRE}


def test_a_relay_that_refuses_a_desk_is_left_for_the_centre_though_that_failed_just_before(
    office: Office,
) -> None:
    office.addresses = [CENTRE]
    office.chosen()
    office.choosing.failed()
    office.addresses = [RELAY, CENTRE]
    office.now = LOOK_AGAIN_S / 4
    assert office.chosen() == RELAY
    office.choosing.failed()
    office.now = LOOK_AGAIN_S / 2
    assert office.chosen() == CENTRE


def test_an_address_that_is_no_longer_given_is_left(office: Office) -> None:
    office.chosen()
    office.addresses = [CENTRE]
    assert office.chosen() == CENTRE


def test_a_desk_that_is_another_device_speaks_as_that(office: Office) -> None:
    first = office.choosing.upstream()
    office.device = "desk-1-anew"
    second = office.choosing.upstream()
    assert second is not first
    assert second.device == "desk-1-anew"


def test_without_any_address_the_line_is_down(office: Office) -> None:
    office.addresses = ["", ""]
    with pytest.raises(LineDown):
        office.chosen()


def test_a_relay_that_would_not_serve_a_desk_is_not_moved_to() -> None:
    shelves = Shelves(shelf.a_centre(open_memory()))
    shelves.relay._allowed = lambda session, device: (
        frozenset({"shelf:a"}) if device == "far" else shelf.SHELVES
    )
    with served(shelves.relay) as address:
        assert serves(address, "desk-1", "")
        assert not serves(address, "far", "")
    assert not serves(address, "desk-1", "")
