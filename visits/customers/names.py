"""Names as people have them: folded for a search, checked without prejudice, shown safely."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from datetime import date
from typing import TypeVar

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

SPACING_ACCENTS = str.maketrans(dict.fromkeys("\u00b4\u1fbd\u1fbf\u1ffd", "'"))
"""Typed as apostrophes, and taken apart into a space and a mark if they are not replaced first."""

APOSTROPHES = "\u0027\u0060\u02b9\u02bb\u02bc\u02be\u02bf\u055a\u05f3\u2018\u2019\u201b\u2032"
JOINERS = re.compile(rf"[{APOSTROPHES}\u2010-\u2015-]")
NOT_WORD = re.compile(r"[^\w]+")
POSTCODE = re.compile(r"[A-Z]{1,2}[0-9][A-Z0-9]?[0-9][A-Z]{2}")
INWARD_CHARACTERS = 3

UNSEEN = frozenset({"Cc", "Cf", "Zl", "Zp", "Zs"})
"""Unicode categories that leave nothing on the screen."""
NOT_IN_A_LINE = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Unicode categories that break a line, steer a device or cannot be stored."""
TURNING = str.maketrans(dict.fromkeys("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"))
"""Marks that turn the direction of what follows, beyond the end of a name too."""


def fold(text: str) -> str:
    """Lower case, without marks, apostrophes or hyphens; a double name also as its parts.

    `O'Brien` gives `obrien brien`; `Nowak-Hall` gives `nowakhall nowak hall`.
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
    if text.isascii():
        return text.lower()
    one_form = unicodedata.normalize("NFKC", text.translate(SPACING_ACCENTS)).casefold()
    taken_apart = unicodedata.normalize("NFKD", one_form)
    # After the marks: a letter such as ǿ shows its ø only when its accent is gone.
    return "".join(c for c in taken_apart if not _is_mark(c)).translate(LETTERS)


def _is_mark(character: str) -> bool:
    return unicodedata.combining(character) > 0 or unicodedata.category(character) == "Cf"


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


def rank(query: str, people: Iterable[T], *, folded: Callable[[T], str]) -> list[T]:
    """People by how near what was typed is to their `folded` words, nearest first; ties by those.

    Words that begin as typed count first, then words typed as a whole, then likeness.
    """
    # Loaded with the first search: a start has no use for it.
    from rapidfuzz import fuzz

    tokens = search_tokens(query)
    wanted = " ".join(tokens)
    begun = [f" {token}" for token in tokens]
    whole = [f" {token} " for token in tokens]

    def distance(person: T) -> tuple[int, int, float, str]:
        words = folded(person)
        apart = f" {words} "
        return (
            -sum(word in apart for word in begun),
            -sum(word in apart for word in whole),
            -fuzz.token_sort_ratio(wanted, words),
            words,
        )

    return sorted(people, key=distance)


def name_problem(text: str) -> str | None:
    """What is wrong with a full name, in words for the field; None when it can be kept."""
    categories = {unicodedata.category(c) for c in text}
    if categories <= UNSEEN:
        return "Enter their full name"
    if len(text) > NAME_CHARACTERS_MAX:
        return f"Full name must be {NAME_CHARACTERS_MAX} characters or less"
    if categories & NOT_IN_A_LINE:
        return "Full name must not include line breaks or control characters"
    return None


def postcode_problem(text: str) -> str | None:
    """What is wrong with a postcode; None when it has the form of a UK postcode."""
    if POSTCODE.fullmatch(_compact(text)):
        return None
    return "Enter a full UK postcode, like AB1 4QT"


def postcode_written(text: str) -> str:
    """A postcode as it is written, `AB1 4QT`, however it was typed; other text in capitals."""
    compact = _compact(text)
    if not POSTCODE.fullmatch(compact):
        return text.strip().upper()
    return f"{compact[:-INWARD_CHARACTERS]} {compact[-INWARD_CHARACTERS:]}"


def _compact(text: str) -> str:
    return "".join(text.split()).upper()


def phone_problem(text: str) -> str | None:
    """What is wrong with a phone number; None when it can be dialled."""
    digits = phone_digits(text)
    if 10 <= len(digits) <= 15 and not re.search(r"[^0-9+()\s.-]", text):
        return None
    return "Enter a phone number, like 01632 960 001 or 07700 900 982"


def birth_date_problem(born_on: date, *, today: date) -> str | None:
    """What is wrong with a date of birth; None when a living person may have it."""
    if born_on > today:
        return "Date of birth must be today or in the past"
    birthday = (born_on.year + OLDEST_YEARS, born_on.month, born_on.day)
    if birthday < (today.year, today.month, today.day):
        return f"Date of birth must be within the last {OLDEST_YEARS} years"
    return None


def shown_name(text: str) -> str:
    """A name set apart from the text around it, whichever way it is written.

    Marks inside it that would turn the text around it are left out.
    """
    return f"\u2068{text.translate(TURNING)}\u2069"
