"""Finding a person from a few letters: misspelt, accented, surname first, by phone or postcode."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from operator import itemgetter
from typing import Any

from msgspec import Struct
from sqlalchemy import ColumnElement, Row, bindparam, func, or_, select
from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from visits.customers.names import rank
from visits.customers.records import Customer, CustomerDetails
from visits.customers.typed import Term, Typed, understood
from visits.customers.vocabulary import Vocabulary
from visits.ids import CustomerId

__all__ = ["Found", "Vocabulary", "find_customers", "person_by_id"]

CANDIDATES_MAX = 100
SHOWN_MAX = 12
ENOUGH = 3
"""With fewer exact finds than this, words that are nearly the same are tried too."""
MISSPELT_TERMS_MAX = 4

OF_PHONE = """SELECT customer_id FROM customer_details
    WHERE phone_folded >= :phone AND phone_folded < :phone || ':'"""
BY_PHONE = sql(
    f"""SELECT id, name_folded FROM customer
        WHERE id IN (SELECT DISTINCT customer_id FROM ({OF_PHONE} LIMIT :limit))"""
)
FITTING = """SELECT customer.id, customer.name_folded FROM customer_search
    JOIN customer ON customer.rowid = customer_search.rowid
    WHERE customer_search MATCH :query"""
BY_WORDS = sql(f"{FITTING} LIMIT :limit")
# The plus keeps the words in the lead: led by the rows, each would search all words again.
BY_BOTH = sql(
    f"""{FITTING} AND +customer_search.rowid IN
            (SELECT rowid FROM customer WHERE id IN ({OF_PHONE}))
        LIMIT :limit"""
)
CARDS = select(Customer.__table__).where(Customer.id.in_(bindparam("ids", expanding=True)))
GIVEN = {
    BY_PHONE: ("phone", "limit"),
    BY_WORDS: ("query", "limit"),
    BY_BOTH: ("query", "phone", "limit"),
}


class Found(Struct, frozen=True):
    """A person as the search shows them."""

    customer_id: CustomerId
    reference: str
    full_name: str
    known_as: str
    born_on: date | None
    postcode: str
    language: str
    access_needs: tuple[str, ...]


def find_customers(
    session: Session, query: str, vocabulary: Vocabulary, *, limit: int = SHOWN_MAX
) -> tuple[Found, ...]:
    """The people most likely meant, best first; none for an empty query."""
    typed = understood(query)
    if not typed.terms and not typed.phone:
        return ()
    if session.get_bind().dialect.name == "sqlite":
        found = _by_index(session, typed, vocabulary)
    else:
        found = _by_scan(session, typed)
    nearest = rank(query, found.items(), folded=itemgetter(1))[:limit]
    return _people(session, [customer_id for customer_id, _ in nearest])


def person_by_id(session: Session, customer_id: CustomerId) -> Found | None:
    """The person with this id, or None."""
    return next(iter(_people(session, [customer_id])), None)


def _by_index(session: Session, typed: Typed, vocabulary: Vocabulary) -> dict[str, str]:
    """Words as typed in full, then words that begin so, then words that nearly do.

    In this order, because of the thousands who fit a few letters only some are looked at.
    """
    if not typed.terms:
        return _matching(session, "", typed.phone)
    found = _matching(session, _in_full(typed.terms), typed.phone)
    if len(found) < SHOWN_MAX:
        found |= _matching(session, _begun(typed.terms), typed.phone)
    if len(found) < ENOUGH:
        some, rest = typed.terms[:MISSPELT_TERMS_MAX], typed.terms[MISSPELT_TERMS_MAX:]
        near = [*(_near(term, vocabulary) for term in some), *rest]
        if near != list(typed.terms):
            found |= _matching(session, _begun(near), typed.phone)
    return found


def _matching(session: Session, query: str, phone: str) -> dict[str, str]:
    """Ids with the folded words of the card: all that ranking needs of the many."""
    statement = BY_BOTH if query and phone else BY_WORDS if query else BY_PHONE
    given = {"query": query, "phone": phone, "limit": CANDIDATES_MAX}
    wanted = {name: given[name] for name in GIVEN[statement]}
    return {row[0]: row[1] for row in session.connection().execute(statement, wanted)}


def _in_full(terms: Sequence[Term]) -> str:
    return _all([f'"{word}"' for word in term.words] for term in terms)


def _begun(terms: Sequence[Term]) -> str:
    return _all(
        [f'"{word}"' if term.whole else f'"{word}"*' for word in term.words] for term in terms
    )


def _all(choices: Iterable[list[str]]) -> str:
    return " AND ".join(f"({' OR '.join(words)})" for words in choices)


def _near(term: Term, vocabulary: Vocabulary) -> Term:
    if term.whole:
        return term
    words = dict.fromkeys((*term.words, *(w for word in term.words for w in vocabulary.near(word))))
    return Term(tuple(words))


def _by_scan(session: Session, typed: Typed) -> dict[str, str]:
    """Where there is no index (the centre): slower, the same words."""
    wanted = select(Customer.id, Customer.name_folded).limit(CANDIDATES_MAX)
    if typed.phone:
        details = select(CustomerDetails.customer_id).where(
            CustomerDetails.phone_folded.startswith(typed.phone, autoescape=True)
        )
        wanted = wanted.where(Customer.id.in_(details))
    if typed.born_on:
        wanted = wanted.where(Customer.born_on.in_(typed.born_on))
    for term in typed.terms:
        if not term.whole:
            wanted = wanted.where(or_(*map(_begins, term.words)))
    return {row.id: row.name_folded for row in session.execute(wanted)}


def _begins(word: str) -> ColumnElement[bool]:
    return func.concat(" ", Customer.name_folded).contains(f" {word}", autoescape=True)


def _people(session: Session, ids: Sequence[str]) -> tuple[Found, ...]:
    """The people with these ids, in this order."""
    rows = session.connection().execute(CARDS, {"ids": list(ids)})
    found = {row.id: row for row in rows}
    return tuple(_shown(found[each]) for each in ids if each in found)


def _shown(row: Row[Any]) -> Found:
    return Found(
        customer_id=CustomerId(row.id),
        reference=row.reference,
        full_name=row.full_name,
        known_as=row.known_as,
        born_on=row.born_on,
        postcode=row.postcode,
        language=row.language,
        access_needs=tuple(row.access_needs),
    )
