"""Names as people have them: folded for a search, checked without prejudice, shown safely."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from datetime import date
from typing import TypeVar

from rapidfuzz import fuzz

T = TypeVar("T")
NAME_CHARACTERS_MAX = 200
OLDEST_YEARS = 130

LETTERS = str.maketrans(
    {
        "ł": "l",
        "đ": "d",
        "ø": "o",
        "ß": "ss",
        "æ": "ae",
        "œ": "oe",
        "þ": "th",
        "ð": "d",
        "ı": "i",
        "ħ": "h",
        "ŧ": "t",
        "ŋ": "n",
    }
)
"""Letters that no decomposition takes apart, as people type them without the marks."""

JOINERS = re.compile(r"[\u0027\u2018\u2019\u02bc\u02bb\u0060\u00b4\u2010-\u2015-]")
NOT_WORD = re.compile(r"[^\w]+")
POSTCODE = re.compile(r"[A-Z]{1,2}[0-9][A-Z0-9]? ?[0-9][A-Z]{2}")


def fold(text: str) -> str:
    """Lower case, without marks, apostrophes or hyphens; a double name also as its parts.

    `O'Brien` gives `obrien`; `Nowak-Hall` gives `nowakhall nowak hall`.
    """
    plain = _plain(text)
    words = []
    for word in plain.split():
        joined = NOT_WORD.sub(" ", JOINERS.sub("", word)).split()
        words += joined
        parts = NOT_WORD.sub(" ", JOINERS.sub(" ", word)).split()
        if parts != joined:
            words += [part for part in parts if len(part) > 1]
    return " ".join(dict.fromkeys(words))


def _plain(text: str) -> str:
    lowered = unicodedata.normalize("NFKC", text).casefold().translate(LETTERS)
    decomposed = unicodedata.normalize("NFKD", lowered)
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def search_tokens(query: str) -> list[str]:
    """The words of a query as the index has them: joined where the name is joined."""
    return NOT_WORD.sub(" ", JOINERS.sub("", _plain(query))).split()


def phone_digits(text: str) -> str:
    """The digits of a phone number as dialled in the UK: +44 and 0044 become 0."""
    digits = re.sub(r"[^0-9+]", "", text)
    for prefix in ("+44", "0044"):
        if digits.startswith(prefix):
            return "0" + digits.removeprefix(prefix).lstrip("0")
    return digits.replace("+", "")


def rank(query: str, people: Iterable[T], *, name: Callable[[T], str]) -> list[T]:
    """People by how near their name is to what was typed, nearest first; ties by name."""
    wanted = " ".join(search_tokens(query))

    def distance(person: T) -> tuple[float, str]:
        folded = fold(name(person))
        starts = sum(any(w.startswith(t) for w in folded.split()) for t in wanted.split())
        return -(100 * starts + fuzz.token_sort_ratio(wanted, folded)), folded

    return sorted(people, key=distance)


def name_problem(text: str) -> str | None:
    """What is wrong with a full name, in words for the field; None when it can be kept."""
    if not text.strip():
        return "Enter their full name"
    if len(text) > NAME_CHARACTERS_MAX:
        return f"Full name must be {NAME_CHARACTERS_MAX} characters or less"
    if any(unicodedata.category(c) == "Cc" for c in text):
        return "Full name must not include line breaks or control characters"
    return None


def postcode_problem(text: str) -> str | None:
    """What is wrong with a postcode; None when it has the form of a UK postcode."""
    if POSTCODE.fullmatch(text.strip().upper()):
        return None
    return "Enter a full UK postcode, like AB1 4QT"


def phone_problem(text: str) -> str | None:
    """What is wrong with a phone number; None when it can be dialled."""
    digits = phone_digits(text)
    if 10 <= len(digits) <= 15 and not re.search(r"[^0-9+()\s.-]", text):
        return None
    return "Enter a phone number, like 01632 960 001 or 07700 900 982"


def birth_date_problem(born_on: date, *, today: date) -> str | None:
    """What is wrong with a date of birth; None when a living person may have it."""
    if born_on > today:
        return "Date of birth must be in the past"
    if today.year - born_on.year > OLDEST_YEARS:
        return f"Date of birth must be within the last {OLDEST_YEARS} years"
    return None


def shown_name(text: str) -> str:
    """A name set apart from the text around it, whichever way it is written."""
    return f"\u2068{text}\u2069"
