"""Finding a person from a few letters: misspelt, accented, surname first, by phone or postcode."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from rapidfuzz import process
from rapidfuzz.distance import OSA
from sqlalchemy import func, or_, select
from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from visits.customers.names import phone_digits, rank, search_tokens
from visits.customers.records import Customer, CustomerDetails
from visits.ids import CustomerId

CANDIDATES_MAX = 200
SHOWN_MAX = 12
ENOUGH = 3
"""With fewer exact finds than this, words that are nearly the same are tried too."""
TOKENS_MAX = 8
NEAR_WORDS_MAX = 12
SHORTEST_MISSPELT = 4

MATCH = sql(
    """SELECT DISTINCT entry.customer_id FROM customer_search
       JOIN customer_search_entry AS entry ON entry.id = customer_search.rowid
       WHERE customer_search MATCH :query LIMIT :limit"""
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


class Vocabulary:
    """The words that occur in people's names here, for the misspelt. Loaded off the screen."""

    def __init__(self, words: Sequence[str] = ()) -> None:
        self._words = words

    @classmethod
    def of(cls, session: Session) -> Vocabulary:
        """Every word of the index that can be misspelt: figures are not."""
        found = session.execute(sql("SELECT term FROM customer_word WHERE term >= 'a'"))
        return cls([word for (word,) in found])

    def near(self, token: str) -> list[str]:
        """Words one slip away from a token, two for a long one."""
        if len(token) < SHORTEST_MISSPELT or not token.isalpha():
            return []
        slips = 1 if len(token) < 7 else 2
        found = process.extract(
            token, self._words, scorer=OSA.distance, score_cutoff=slips, limit=NEAR_WORDS_MAX
        )
        return [word for word, _, _ in found]


def find_customers(
    session: Session, query: str, vocabulary: Vocabulary, *, limit: int = SHOWN_MAX
) -> tuple[Found, ...]:
    """The people most likely meant, best first; none for an empty query."""
    tokens = search_tokens(query)[:TOKENS_MAX]
    if not tokens:
        return ()
    ids = _matching(session, query, tokens, [[token] for token in tokens])
    if len(ids) < ENOUGH:
        near = [[token, *vocabulary.near(token)] for token in tokens]
        ids = list(dict.fromkeys([*ids, *_matching(session, query, tokens, near)]))
    people = _people(session, ids)
    return tuple(rank(query, people, name=_names))[:limit]


def person_by_id(session: Session, customer_id: CustomerId) -> Found | None:
    """The person with this id, or None."""
    return next(iter(_people(session, [customer_id])), None)


def _names(person: Found) -> str:
    return f"{person.full_name} {person.known_as}"


def _matching(
    session: Session, query: str, tokens: Sequence[str], choices: Iterable[Sequence[str]]
) -> list[str]:
    if session.get_bind().dialect.name != "sqlite":
        return _matching_by_scan(session, tokens)
    phone = phone_digits(query)
    alternatives = [" OR ".join(f'"{word}"*' for word in words) for words in choices]
    match = " AND ".join(f"({words})" for words in alternatives)
    if len(phone) >= 5:
        match = f'({match}) OR "{phone}"*'
    return list(session.scalars(MATCH, {"query": match, "limit": CANDIDATES_MAX}))


def _matching_by_scan(session: Session, tokens: Sequence[str]) -> list[str]:
    """Where there is no index (the centre): slower, the same words."""
    wanted = select(Customer.id).limit(CANDIDATES_MAX)
    for token in tokens:
        details = select(CustomerDetails.customer_id).where(
            CustomerDetails.phone_folded.startswith(token, autoescape=True)
        )
        word = func.concat(" ", Customer.name_folded).contains(f" {token}", autoescape=True)
        wanted = wanted.where(or_(word, Customer.id.in_(details)))
    return list(session.scalars(wanted))


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
