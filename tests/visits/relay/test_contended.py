"""With the line to the centre cut, what two desks of an office want alike is given to one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from sync.authority import Authority
from sync.command import Arguments
from sync.desk import Desk
from sync.relay import Relay
from sync.storage.sqlite import open_memory
from tests.centres import SetClock, new_ids
from tests.databases import centre_database
from tests.devices import named
from tests.rounds import drive
from tests.visits.appointments.test_commands import a_booking
from tests.visits.council import OFFICE, OFFICER, Council
from visits.central.opening import authority_over
from visits.migrations.steps import migrate
from visits.offices.commands import JoinOffice, RelayOffice
from visits.registry import node_over
from visits.scopes import allowed

CLOCK = SetClock()


@dataclass
class Office:
    """A centre, the relay of an office whose line may be cut, and two desks that go through it."""

    centre: Authority
    council: Council
    is_cut: bool = False

    def __post_init__(self) -> None:
        new_id = new_ids("relay", CLOCK)
        database = open_memory()
        migrate(database)
        self.relay = Relay(
            node_over(database),
            new_device=named("relay", new_id),
            clock=CLOCK,
            new_id=new_id,
            allowed=allowed,
            is_cut_off=lambda: self.is_cut,
            ask_up=lambda: False,
        )
        self._join(self.relay, RelayOffice(office_id=OFFICE, address="http://relay"))
        self.desks = [self._a_desk(name) for name in ("desk-1", "desk-2")]
        for one in (self.relay, *self.desks):
            drive(one, self.centre.answer)

    def _a_desk(self, name: str) -> Desk:
        new_id = new_ids(name, CLOCK)
        database = open_memory()
        migrate(database)
        desk = Desk(node_over(database), new_device=named(name, new_id), clock=CLOCK, new_id=new_id)
        self._join(desk, JoinOffice(office_id=OFFICE, counter_name=name))
        return desk

    def _join(self, desk: Desk, command: Arguments) -> None:
        drive(desk, self.centre.answer)
        desk.issue(command, actor=desk.device)
        for _ in range(2):
            drive(desk, self.centre.answer)


@pytest.fixture
def office() -> Iterator[Office]:
    with centre_database("sqlite") as database:
        centre = authority_over(database)
        centre.found("epoch-1")
        yield Office(centre, Council(centre.node).found())


def test_with_the_line_cut_one_time_of_an_officer_is_given_to_one_desk(office: Office) -> None:
    wanted = [a_booking(office.council), a_booking(office.council)]
    for one in (office.relay, *office.desks):
        drive(one, office.centre.answer)
    office.is_cut = True
    first, second = office.desks
    asked = [
        desk.ask(booking, actor=OFFICER) for desk, booking in zip(office.desks, wanted, strict=True)
    ]
    drive(first, office.relay.answer)
    drive(second, office.relay.answer)
    assert first.outcome(asked[0].id) is None
    outcome = second.outcome(asked[1].id)
    assert outcome is not None
    assert (outcome.state, outcome.reason) == ("refused", "slot_taken")
    office.is_cut = False
    for one in (office.relay, first, second):
        drive(one, office.centre.answer)
    decided = first.outcome(asked[0].id)
    assert decided is not None
    assert decided.state == "accepted"
