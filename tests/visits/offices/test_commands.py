"""A desk joins an office and gets a letter of its own; an office has one relay."""

from __future__ import annotations

import pytest

from sync.errors import Withdrawn
from tests.visits.council import DESK, OFFICE, OFFICER, OTHER_DESK, OTHER_OFFICE, Council
from visits.access.rules import CENTRE
from visits.ids import DeskId, OfficeId
from visits.offices.commands import LETTERS, JoinOffice, RelayOffice, Withdraw
from visits.offices.records import Desk, Relay, Withdrawal
from visits.queue.queries import number_for
from visits.scopes import allowed, carries, check_device, of_office


def test_a_new_desk_gets_the_first_letter_that_is_free(council: Council) -> None:
    council.do(JoinOffice(office_id=OFFICE, counter_name="Counter 3"), desk="desk-new")
    desk = council.row(Desk, "desk-new")
    assert (desk.letter, desk.counter_name, desk.scope) == ("C", "Counter 3", "council")


def test_a_desk_that_joins_again_is_renamed_and_keeps_its_letter(council: Council) -> None:
    council.do(JoinOffice(office_id=OFFICE, counter_name="By the door"), desk=DESK)
    desk = council.row(Desk, DESK)
    assert (desk.letter, desk.counter_name) == ("A", "By the door")


def test_a_desk_that_moves_gets_a_letter_of_the_other_office(council: Council) -> None:
    council.do(JoinOffice(office_id=OTHER_OFFICE, counter_name="Counter 2"), desk=DESK)
    assert council.row(Desk, DESK).letter == "B"
    # The letter it had is free for another.
    council.do(JoinOffice(office_id=OFFICE, counter_name="Counter 1"), desk="desk-new")
    assert council.row(Desk, "desk-new").letter == "A"


def test_an_office_that_is_not_there_is_not_joined(council: Council) -> None:
    nowhere = JoinOffice(office_id=OfficeId("office-none"), counter_name="Counter 1")
    assert council.refusal(nowhere, desk="desk-new").reason == "not_found"


def join_until_the_letters_are_taken(council: Council) -> None:
    for number in range(len(LETTERS) - 2):  # two desks are there
        council.do(JoinOffice(office_id=OFFICE, counter_name="Counter"), desk=f"desk-{number}")
    letters = [desk.letter for desk in council.rows(Desk) if desk.office_id == OFFICE]
    assert sorted(letters) == sorted(LETTERS)


def test_when_every_letter_is_taken_a_desk_gets_a_pair(council: Council) -> None:
    join_until_the_letters_are_taken(council)
    for desk, letter in (("desk-late", "AA"), ("desk-last", "AB")):
        council.do(JoinOffice(office_id=OFFICE, counter_name="Counter"), desk=desk)
        assert council.row(Desk, desk).letter == letter


def test_the_numbers_of_a_pair_and_of_its_letter_are_counted_apart(council: Council) -> None:
    join_until_the_letters_are_taken(council)
    council.do(JoinOffice(office_id=OFFICE, counter_name="Counter"), desk="desk-late")
    for number in ("A01", "AA01", "AA02"):
        council.a_ticket(number=number)
    with council.node.database.read() as session:
        assert number_for(session, DESK, council.today) == "A02"
        assert number_for(session, "desk-late", council.today) == "AA03"


@pytest.mark.parametrize("read_wrongly", ["I", "O", "Q"])
def test_no_letter_is_one_that_is_read_as_another(read_wrongly: str) -> None:
    assert read_wrongly not in LETTERS


def test_an_office_has_the_relay_that_posted_itself_last(council: Council) -> None:
    for number in (1, 2):
        post = RelayOffice(office_id=OFFICE, address=f"http://relay-{number}.example")
        council.do(post, desk=f"relay-{number}")
    (relay,) = council.rows(Relay)
    assert (relay.id, relay.address) == ("relay-2", "http://relay-2.example")


@pytest.mark.parametrize(
    ("office", "address", "device", "reason"),
    [
        ("office-none", "http://relay.example", "relay-1", "not_found"),
        (OFFICE, "relay.example:8621", "relay-1", "not_an_address"),
        (OFFICE, "http://relay.example", DESK, "not_a_relay"),
    ],
)
def test_what_cannot_be_a_relay_is_refused(
    council: Council, office: str, address: str, device: str, reason: str
) -> None:
    post = RelayOffice(office_id=OfficeId(office), address=address)
    assert council.refusal(post, desk=device).reason == reason
    assert council.rows(Relay) == []


def test_a_desk_that_is_withdrawn_may_read_nothing_and_keeps_its_letter(council: Council) -> None:
    council.do(Withdraw(device_id=DeskId(DESK)), desk=CENTRE, by=CENTRE)
    council.do(Withdraw(device_id=DeskId(DESK)), desk=CENTRE, by=CENTRE)
    (withdrawal,) = council.rows(Withdrawal)
    assert (withdrawal.id, withdrawal.withdrawn_at) == (DESK, council.now)
    assert council.row(Desk, DESK).letter == "A"
    with council.node.database.read() as session:
        for asked in (allowed, check_device):
            with pytest.raises(Withdrawn):
                asked(session, DESK)
        assert of_office(OFFICE) in allowed(session, OTHER_DESK)


def test_the_desks_of_an_office_leave_a_relay_that_is_withdrawn(council: Council) -> None:
    post = RelayOffice(office_id=OFFICE, address="http://relay.example")
    council.do(post, desk="relay-1")
    with council.node.database.read() as session:
        assert carries(session, "relay-1")
        assert not carries(session, DESK)
    council.do(Withdraw(device_id=DeskId("relay-1")), desk=CENTRE, by=CENTRE)
    assert council.rows(Relay) == []
    with council.node.database.read() as session:
        assert not carries(session, "relay-1")


@pytest.mark.parametrize(
    ("desk", "by", "device", "reason"),
    [
        (DESK, CENTRE, OTHER_DESK, "not_of_the_staff"),
        (CENTRE, OFFICER, OTHER_DESK, "not_allowed"),
        (DESK, OFFICER, DESK, "not_allowed"),
        (CENTRE, CENTRE, "desk-none", "not_found"),
    ],
)
def test_only_the_centre_withdraws_and_only_what_is_there(
    council: Council, desk: str, by: str, device: str, reason: str
) -> None:
    assert council.refusal(Withdraw(device_id=DeskId(device)), desk=desk, by=by).reason == reason
