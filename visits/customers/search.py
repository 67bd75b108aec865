"""Finding a person from a few letters: misspelt, accented, surname first, by phone or postcode."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, func, or_, select
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
BY_PHONE = sql(f"SELECT DISTINCT customer_id FROM ({OF_PHONE} LIMIT :limit)")
BY_WORDS = sql(
    """SELECT entry.customer_id FROM customer_search
       JOIN customer_search_entry AS entry ON entry.id = customer_search.rowid
       WHERE customer_search MATCH :query LIMIT :limit"""
)
# The plus keeps the words in the lead: led by the rows, each would search all words again.
BY_BOTH = sql(
    f"""SELECT entry.customer_id FROM customer_search
        JOIN customer_search_entry AS entry ON entry.id = customer_search.rowid
        WHERE customer_search MATCH :query AND +customer_search.rowid IN
            (SELECT id FROM customer_search_entry WHERE customer_id IN ({OF_PHONE}))
        LIMIT :limit"""
)


@dataclass(frozen=True, slots=True)
class Found:
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
        ids = _by_index(session, typed, vocabulary)
    else:
        ids = _by_scan(session, typed)
    return tuple(rank(query, _people(session, ids), name=_names))[:limit]


def person_by_id(session: Session, customer_id: CustomerId) -> Found | None:
    """The person with this id, or None."""
    return next(iter(_people(session, [customer_id])), None)


def _names(person: Found) -> str:
    return f"{person.full_name} {person.known_as}"


def _by_index(session: Session, typed: Typed, vocabulary: Vocabulary) -> list[str]:
    """Words as typed in full, then words that begin so, then words that nearly do.

    In this order, because of the thousands who fit a few letters only some are looked at.
    """
    if not typed.terms:
        return _matching(session, "", typed.phone)
    found = _matching(session, _in_full(typed.terms), typed.phone)
    if len(found) < SHOWN_MAX:
        found += _matching(session, _begun(typed.terms), typed.phone)
    if len(set(found)) < ENOUGH:
        some, rest = typed.terms[:MISSPELT_TERMS_MAX], typed.terms[MISSPELT_TERMS_MAX:]
        near = [*(_near(term, vocabulary) for term in some), *rest]
        if near != list(typed.terms):
            found += _matching(session, _begun(near), typed.phone)
    return list(dict.fromkeys(found))


def _matching(session: Session, query: str, phone: str) -> list[str]:
    statement = BY_BOTH if query and phone else BY_WORDS if query else BY_PHONE
    given = {"query": query, "phone": phone, "limit": CANDIDATES_MAX}
    wanted = {name: given[name] for name in statement.compile().params}
    return list(session.scalars(statement, wanted))


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


def _by_scan(session: Session, typed: Typed) -> list[str]:
    """Where there is no index (the centre): slower, the same words."""
    wanted = select(Customer.id).limit(CANDIDATES_MAX)
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
    return list(session.scalars(wanted))


def _begins(word: str) -> ColumnElement[bool]:
    return func.concat(" ", Customer.name_folded).contains(f" {word}", autoescape=True)


def _people(session: Session, ids: Sequence[str]) -> list[Found]:
    rows = session.execute(select(Customer.__table__).where(Customer.id.in_(ids)))
    return [
        Found(
            customer_id=CustomerId(row.id),
            reference=row.reference,
            full_name=row.full_name,
            known_as=row.known_as,
            born_on=row.born_on,
            postcode=row.postcode,
            language=row.language,
            access_needs=tuple(row.access_needs),
        )
        for row in rows
    ]
