"""The search index holds the words of the cards that are there, and none of those that are gone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from sync.storage.database import Database
from sync.storage.sqlite import open_memory
from tests.index_pages import words_in_pages
from visits.customers.records import Customer
from visits.customers.search_index import forget_words
from visits.migrations.steps import migrate

PARTS, CARDS_A_PART = 3, 400
BEGIN_A_MERGE = "INSERT INTO customer_search (customer_search, rank) VALUES ('merge', -1)"
"""Of all parts into one; a page of it is written, the rest is for later."""


def a_card(number: int) -> dict[str, object]:
    surname = f"person{number:05d}"
    return {
        "id": f"customer-{number}",
        "scope": "council",
        "reference": f"C{number:06d}",
        "full_name": surname.title(),
        "known_as": "",
        "postcode": "AB1 4QT",
        "language": "en",
        "access_needs": [],
        "name_folded": f"{surname} ab1 4qt c{number:06d}",
    }


@pytest.fixture
def people() -> Iterator[Database]:
    """People who came in parts, as at the first start of a desk."""
    database = open_memory()
    migrate(database)
    for part in range(PARTS):
        cards = [a_card(part * CARDS_A_PART + n) for n in range(CARDS_A_PART)]
        with database.write() as session:
            session.execute(insert(Customer), cards)
    yield database
    database.close()


def words(session: Session) -> set[str]:
    return words_in_pages(session.connection())


def words_of_cards(session: Session) -> set[str]:
    return {
        word for folded in session.scalars(select(Customer.name_folded)) for word in folded.split()
    }


def test_every_word_of_every_card_stands_in_the_pages(people: Database) -> None:
    with people.read() as session:
        assert words(session) == words_of_cards(session)
        assert len(words(session)) > 2 * PARTS * CARDS_A_PART


def test_a_word_of_a_card_that_is_gone_stands_there_until_it_is_forgotten(people: Database) -> None:
    with people.write() as session:
        session.execute(delete(Customer).where(Customer.id == "customer-0"))
        assert "person00000" in words(session)
        forget_words(session)
        assert words(session) == words_of_cards(session)


@pytest.mark.parametrize("renamed", [0, 1, 5])
def test_words_are_forgotten_while_parts_are_being_merged(people: Database, renamed: int) -> None:
    with people.write() as session:
        session.connection().exec_driver_sql(BEGIN_A_MERGE)
    for number in range(renamed):
        with people.write() as session:
            of = update(Customer).where(Customer.id == f"customer-{900 + number}")
            session.execute(of.values(name_folded=f"renamed{number}"))
    with people.write() as session:
        session.execute(delete(Customer).where(Customer.id == "customer-0"))
        forget_words(session)
    with people.read() as session:
        assert words(session) == words_of_cards(session)
