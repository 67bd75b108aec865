"""N5: after an erasure no copy says anything of the person: no row, change, log or index."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace
from sqlalchemy import delete, select

from sync.authority import Authority
from sync.command import Arguments, Envelope
from sync.decide import decide
from sync.desk import Desk
from sync.ids import IdSource
from sync.node import Node
from sync.relay import Relay
from sync.standing import attention
from sync.storage.sqlite import open_memory
from sync.tables import change, command_log, scope_counter
from sync.wire import Decided, Failure, PullChanges, PushCommands
from tests.centres import SetClock, new_ids
from tests.databases import centre_database
from tests.devices import named
from tests.everything import everything
from tests.rounds import drive
from tests.visits.council import OFFICE, OFFICER, Council
from visits.central.erasing import CannotErase, erase_again, erase_person, forget_the_erased
from visits.central.opening import authority_over
from visits.customers.commands import AddCustomer, NoteNeeds
from visits.customers.records import Customer
from visits.home_visits.commands import Agree
from visits.ids import CustomerId, NoticeId, StretchId, VisitId
from visits.migrations.steps import migrate
from visits.offices.commands import JoinOffice, RelayOffice
from visits.queue.commands import CheckIn, Leave
from visits.registry import node_over
from visits.scopes import allowed

CANARIES = ("canarywing", "960987", "ca19ry", "ca1 9ry")
REFERENCE = "CANARYWING-1"
PERSON = CustomerId("person-to-forget")


@dataclass
class Places:
    """A centre, a relay, a desk behind it and a desk at the centre."""

    centre: Authority
    council: Council
    relay: Relay
    behind: Desk
    desk: Desk

    @property
    def nodes(self) -> dict[str, Node]:
        """Every copy, by what it is."""
        nodes = {"centre": self.centre.node, "relay": self.relay.node}
        return nodes | {"behind a relay": self.behind.node, "desk": self.desk.node}

    def go_round(self) -> None:
        """Everybody, until all has settled."""
        for _ in range(3):
            drive(self.relay, self.centre.answer)
            drive(self.behind, self.relay.answer)
            drive(self.desk, self.centre.answer)


@pytest.fixture(params=["sqlite", "postgresql"])
def places(request: pytest.FixtureRequest) -> Iterator[Places]:
    with centre_database(request.param) as database:
        clock = SetClock()
        centre = authority_over(database, clock=clock)
        centre.found("epoch-1")
        council = Council(centre.node).found()
        made = Places(
            centre, council, a_relay(clock, centre), a_desk("behind", clock), a_desk("at", clock)
        )
        drive(made.relay, centre.answer)
        made.relay.issue(RelayOffice(office_id=OFFICE, address="http://relay"), actor="relay")
        for desk in (made.behind, made.desk):
            drive(desk, centre.answer)
            desk.issue(JoinOffice(office_id=OFFICE, counter_name="Counter"), actor="setting up")
            drive(desk, centre.answer)
        made.go_round()
        yield made
        for node in (made.relay.node, made.behind.node, made.desk.node):
            node.database.close()


def a_desk(name: str, clock: SetClock) -> Desk:
    database = open_memory()
    migrate(database)
    new_id = new_ids(name, clock)
    return Desk(node_over(database), new_device=named(name, new_id), clock=clock, new_id=new_id)


def a_relay(clock: SetClock, centre: Authority) -> Relay:
    database = open_memory()
    migrate(database)
    new_id = IdSource(clock, random.Random("relay").getrandbits)

    def ask_up() -> bool:
        drive(relay, centre.answer)
        return True

    relay = Relay(
        node_over(database),
        new_device=named("relay", new_id),
        clock=clock,
        new_id=new_id,
        allowed=allowed,
        is_cut_off=lambda: False,
        ask_up=ask_up,
    )
    return relay


def said_of_them(node: Node) -> list[str]:
    held = everything(node)
    return [canary for canary in CANARIES if canary in held]


def card(details: str = "details-1", **given: Any) -> AddCustomer:
    standard: dict[str, Any] = {
        "customer_id": PERSON,
        "details_id": details,
        "office_id": OFFICE,
        "reference": REFERENCE,
        "full_name": "Wanda Canarywing",
        "known_as": "Canarywing",
        "postcode": "CA1 9RY",
        "phone": "01632 960 987",
        "email": "canarywing@example.org",
        "address": "1 Canarywing Close",
        "access_needs": ["canarywing"],
    }
    return AddCustomer(**standard | given)


def visit(places: Places) -> Agree:
    starts = places.council.now + timedelta(minutes=18)
    return Agree(
        visit_id=VisitId("visit-1"),
        notice_id=NoticeId("notice-1"),
        reference="Canarywing-V",
        staff_id=OFFICER,
        customer_id=PERSON,
        who_to_see="Wanda Canarywing",
        address="1 Canarywing Close",
        reason="Canarywing reason",
        bring=["canarywing"],
        window_starts_at=starts,
        window_ends_at=starts + timedelta(hours=2),
        planned_at=starts,
        duration_minutes=45,
        agreed_at=places.council.now,
    )


def check_in(places: Places, ticket: str = "ticket-1", number: str = "Z01") -> CheckIn:
    return places.council.check_in(
        ticket_id=ticket,
        stretch_id=StretchId(f"first-{ticket}"),
        number=number,
        customer_id=PERSON,
        note="canarywing note",
        access_needs=["canarywing"],
    )


def leave(places: Places, ticket: str = "ticket-1") -> Leave:
    return Leave(
        ticket_id=ticket,  # type: ignore[arg-type]
        stretch_id=StretchId(f"last-{ticket}"),
        at=places.council.now,
    )


def lived(places: Places) -> Envelope:
    """A person's life with the council, all of it over; gives a command that was refused."""
    behind = places.behind
    acts: list[Arguments] = [
        card(on_date=places.council.today),
        NoteNeeds(customer_id=PERSON, access_needs=["canarywing", "loop"]),
        check_in(places),
        leave(places),
        visit(places),
    ]
    for act in acts:
        behind.issue(act, actor=OFFICER)
        places.go_round()
    # Both give the number that this desk has not seen given yet.
    places.desk.issue(check_in(places, "ticket-2", "Z02"), actor=OFFICER)
    places.desk.issue(leave(places, "ticket-2"), actor=OFFICER)
    refused = behind.issue(check_in(places, "ticket-3", "Z02"), actor=OFFICER)
    drive(places.desk, places.centre.answer)
    places.go_round()
    for node in places.nodes.values():
        assert said_of_them(node) == list(CANARIES)
    with behind.node.database.read() as session:
        assert [each.envelope.id for each in attention(behind.node, session)] == [refused.id]
    return refused


def erase(places: Places) -> None:
    """A day later, when all of it is over."""
    places.council.now += timedelta(days=1)
    erase_person(
        places.centre.node, REFERENCE, new_id=new_ids("erasing", SetClock()), now=places.council.now
    )


def test_n5_after_an_erasure_no_copy_says_anything_of_the_person(places: Places) -> None:
    refused = lived(places)
    erase(places)
    assert said_of_them(places.centre.node) == []
    places.go_round()
    for name in ("relay", "desk"):
        assert said_of_them(places.nodes[name]) == [], name
    # What was refused waits for the person who did it; then it goes too.
    assert said_of_them(places.behind.node)
    places.behind.dismiss(refused.id)
    assert said_of_them(places.behind.node) == []
    assert places.behind.outcome(refused.id).state == "refused"  # type: ignore[union-attr]
    places.go_round()
    for desk in (places.behind, places.desk, places.relay):
        assert desk.checks.different == 0


def test_n5_a_desk_that_comes_late_takes_its_scopes_without_the_person(places: Places) -> None:
    lived(places)
    late = a_desk("late", SetClock())
    drive(late, places.centre.answer)
    late.issue(JoinOffice(office_id=OFFICE, counter_name="Late"), actor="setting up")
    for _ in range(2):
        drive(late, places.centre.answer)
    assert said_of_them(late.node)
    places.desk.issue(places.council.check_in(), actor=OFFICER)
    drive(places.desk, places.centre.answer)
    epoch, cursor = late.position()
    erase(places)
    told = places.centre.answer(PullChanges(device=late.device, epoch=epoch, cursor=cursor))
    assert "canarywing" not in repr(told).lower()
    drive(late, places.centre.answer)
    assert said_of_them(late.node) == []


def test_n5_what_a_desk_did_for_them_meanwhile_goes_once_it_is_over(places: Places) -> None:
    lived(places)
    places.desk.issue(check_in(places, "ticket-9", "Z09"), actor=OFFICER)
    places.desk.issue(leave(places, "ticket-9"), actor=OFFICER)
    erase(places)
    places.go_round()
    assert said_of_them(places.centre.node)
    new_id, now = new_ids("again", SetClock()), places.council.now + timedelta(hours=1)
    erase_again(places.centre.node, new_id=new_id, now=now)
    forget_the_erased(places.centre.node)
    assert said_of_them(places.centre.node) == []
    places.go_round()
    assert said_of_them(places.desk.node) == said_of_them(places.relay.node) == []


def test_n5_a_forgotten_command_that_is_offered_again_has_the_outcome_it_had(
    places: Places,
) -> None:
    lived(places)
    with places.centre.node.database.read() as session:
        rows = session.execute(
            select(command_log.c.envelope, command_log.c.outcome).where(
                command_log.c.device == places.desk.device
            )
        ).all()
    before = [(bytes(body), outcome) for body, outcome in rows]
    erase(places)
    for body, outcome in before:
        envelope = msgspec.json.decode(body, type=Envelope)
        push = PushCommands(
            device=envelope.device, epoch=None, commands=[envelope], after=envelope.seq - 1
        )
        told = places.centre.answer(push)
        assert isinstance(told, Decided)
        assert msgspec.json.encode(told.outcomes[0]).decode() == outcome
        other = replace(envelope, actor="somebody else")
        refused = places.centre.answer(replace(push, commands=[other]))
        assert isinstance(refused, Failure)
        assert refused.code == "id_reused"
    assert said_of_them(places.centre.node) == []


def test_n5_a_command_that_nobody_can_read_stands_in_no_erasure_s_way(places: Places) -> None:
    lived(places)
    unreadable = Envelope(
        id="unreadable",
        device="anybody",
        seq=1,
        actor=OFFICER,
        name="customers.add",
        version=1,
        issued_at=places.council.now,
        args=msgspec.Raw(b'{"note": "\\ud800", "full_name": "\xff\xfe canary"}'),
    )
    assert decide(places.centre.node, unreadable).reason == "malformed"
    erase(places)
    assert said_of_them(places.centre.node) == []


def test_a_relay_keeps_its_changes_when_a_scope_is_new_to_it_and_nobody_was_erased(
    places: Places,
) -> None:
    lived(places)
    erase(places)
    places.go_round()
    places.desk.issue(places.council.check_in(number="Z50"), actor=OFFICER)
    places.go_round()
    before = changes_of(places.relay.node)
    assert before
    places.relay.checks.different = 0
    with places.relay.node.database.write() as session:
        session.connection().execute(
            delete(scope_counter).where(scope_counter.c.scope == "team:team-housing")
        )
    drive(places.relay, places.centre.answer)
    kept = {each for each in before if each[0] != "team:team-housing"}
    assert kept <= changes_of(places.relay.node)


def changes_of(node: Node) -> set[tuple[str, int]]:
    with node.database.read() as session:
        return {(row.scope, row.number) for row in session.execute(select(change))}


def test_an_erasure_that_was_cut_short_is_finished_by_the_next_tidying(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    lived(places)
    monkeypatch.setattr("visits.central.erasing.forget_the_erased", lambda node: None)
    erase(places)
    assert said_of_them(places.centre.node)
    monkeypatch.undo()
    for _ in range(2):
        forget_the_erased(places.centre.node)
        assert said_of_them(places.centre.node) == []


def test_nobody_is_erased_by_a_reference_that_nobody_has(places: Places) -> None:
    a_try(places, "none")


def test_nobody_is_erased_by_a_reference_that_two_have(places: Places) -> None:
    for _ in range(2):
        person = places.council.a_customer()
        with places.centre.node.database.write() as session:
            card = session.get(Customer, person)
            assert card is not None
            card.reference = "TWICE"
    a_try(places, "TWICE")


def a_try(places: Places, reference: str) -> None:
    new_id = new_ids("x", SetClock())
    with pytest.raises(CannotErase):
        erase_person(places.centre.node, reference, new_id=new_id, now=places.council.now)
