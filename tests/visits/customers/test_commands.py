"""Adding a person with the least that is needed, and noting what helps them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from tests.visits.council import OFFICE, Council
from visits.customers.commands import AddCustomer, NoteNeeds, folded_card
from visits.customers.records import Customer, CustomerDetails
from visits.ids import CustomerId


def add(council: Council, **given: Any) -> AddCustomer:
    standard: dict[str, Any] = {
        "customer_id": CustomerId(council.new_id("customer")),
        "details_id": council.new_id("details"),
        "office_id": OFFICE,
        "reference": "C00000007",
        "full_name": "Siobhán O'Brien",
        "on_date": council.today,
    }
    return AddCustomer(**standard | given)


def test_a_name_alone_is_enough(council: Council) -> None:
    command = add(council)
    council.do(command)
    card = council.row(Customer, command.customer_id)
    assert (card.full_name, card.scope) == ("Siobhán O'Brien", "council")
    assert card.name_folded == "siobhan obrien brien c00000007"


def test_a_card_is_the_councils_and_the_details_are_the_offices(council: Council) -> None:
    command = add(council, phone="01632 960 123", address="4 Larch Close", email="s@example.org")
    council.do(command)
    details = council.row(CustomerDetails, command.details_id)
    assert details.scope == f"office:{OFFICE}"
    assert (details.customer_id, details.phone_folded) == (command.customer_id, "01632960123")
    assert not hasattr(council.row(Customer, command.customer_id), "address")


def test_what_was_typed_is_kept_as_it_is_written(council: Council) -> None:
    command = add(council, full_name="  Łukasz Nowak ", known_as=" Luke ", postcode="ab14qt")
    council.do(command)
    card = council.row(Customer, command.customer_id)
    assert (card.full_name, card.known_as) == ("Łukasz Nowak", "Luke")
    assert card.postcode == "AB1 4QT"


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("full_name", ""),
        ("full_name", "\u200b"),
        ("full_name", "two\nlines"),
        ("full_name", "x" * 201),
        ("postcode", "AB1"),
        ("phone", "12"),
        ("phone", "call me"),
        ("born_on", date(2026, 11, 25)),
        ("born_on", date(1850, 1, 1)),
    ],
)
def test_a_field_that_cannot_be_kept_is_named_with_its_problem_in_words(
    council: Council, field: str, typed: Any
) -> None:
    refusal = council.refusal(add(council, **{field: typed}))
    assert (refusal.reason, refusal.data["field"]) == ("wrong_field", field)
    assert len(refusal.data["problem"].split()) > 2


def test_somebody_born_today_is_a_person(council: Council) -> None:
    council.do(add(council, born_on=council.today))
    refusal = council.refusal(add(council, born_on=council.today + timedelta(days=1)))
    assert refusal.data["field"] == "born_on"


def test_an_id_is_used_once(council: Council) -> None:
    first = add(council)
    council.do(first)
    for again in (
        add(council, customer_id=first.customer_id),
        add(council, details_id=first.details_id),
    ):
        assert council.refusal(again).reason == "id_taken"


def test_what_helps_a_person_is_kept_on_their_card(council: Council) -> None:
    customer_id = council.a_customer(access_needs=("hearing_loop",))
    council.do(NoteNeeds(customer_id=customer_id, access_needs=["bsl", "seat"]))
    assert council.row(Customer, customer_id).access_needs == ["bsl", "seat"]


def test_needs_of_nobody_are_refused(council: Council) -> None:
    nobody = NoteNeeds(customer_id=CustomerId("nobody"), access_needs=[])
    assert council.refusal(nobody).reason == "not_found"


def test_a_card_folds_names_postcode_both_ways_and_reference() -> None:
    assert (
        folded_card("Nowak-Hall", "", "AB1 4QT", "C1") == "nowakhall nowak hall ab1 4qt ab14qt c1"
    )
