"""What was typed into the search, taken apart: names, a date of birth, a postcode, a phone number.

Whatever people type is harmless: a term is folded words alone, never an operator of the index.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from msgspec import Struct

from visits.customers.names import phone_digits, search_tokens

CHARACTERS_MAX = 120
TERMS_MAX = 8
PHONE_DIGITS_MIN = 5

DAY_FIRST = re.compile(r"(?<!\d)(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}|\d{2})(?!\d)")
YEAR_FIRST = re.compile(r"(?<!\d)(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)")
IN_WORDS = re.compile(
    r"(?<!\d)(\d{1,2})(?:st|nd|rd|th)?[ -]+"
    r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?[ -]+(\d{4}|\d{2})(?!\d)",
    re.IGNORECASE,
)
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
PHONE = re.compile(r"(?<!\w)(?:\+|0)[\d ().+-]*\d(?!\w)")
OUTWARD = re.compile(r"[a-z]{1,2}\d[a-z\d]?")
INWARD = re.compile(r"\d[a-z]{0,2}")
CENTURIES = (1900, 2000)


class Term(Struct, frozen=True):
    """One thing typed, as any of these words; `whole` when it is no beginning of a longer one."""

    words: tuple[str, ...]
    whole: bool = False


class Typed(Struct, frozen=True):
    """A query: every term must fit, and the phone number when there is one."""

    terms: tuple[Term, ...]
    phone: str
    born_on: tuple[date, ...]


def understood(query: str) -> Typed:
    """A query taken apart. Nothing in it is an error."""
    rest, born_on = _dates(query[:CHARACTERS_MAX])
    rest, phone = _phone(rest)
    terms = [Term(tuple(born_word(day) for day in born_on), whole=True)] if born_on else []
    terms += dict.fromkeys(Term((word,)) for word in _joined(search_tokens(rest)))
    return Typed(tuple(terms[:TERMS_MAX]), phone, born_on)


def born_word(born_on: date) -> str:
    """A date of birth as the index has it: 19880314."""
    return f"{born_on:%Y%m%d}"


def _dates(text: str) -> tuple[str, tuple[date, ...]]:
    for form, order in ((YEAR_FIRST, (2, 1, 0)), (DAY_FIRST, (0, 1, 2)), (IN_WORDS, (0, 1, 2))):
        found = form.search(text)
        if found is None:
            continue
        day, month, year = (found.groups()[place] for place in order)
        days = tuple(_days(day, month, year))
        if days:
            return text[: found.start()] + " " + text[found.end() :], days
    return text, ()


def _days(day: str, month: str, year: str) -> Iterator[date]:
    number = int(month) if month.isdecimal() else MONTHS.index(month.lower()) + 1
    years = [int(year)] if len(year) == 4 else [century + int(year) for century in CENTURIES]
    for each in years:
        try:
            yield date(each, number, int(day))
        except ValueError:
            continue


def _phone(text: str) -> tuple[str, str]:
    found = PHONE.search(text)
    digits = phone_digits(found.group()) if found else ""
    if found is None or len(digits) < PHONE_DIGITS_MIN:
        return text, ""
    return text[: found.start()] + " " + text[found.end() :], digits


def _joined(words: list[str]) -> Iterator[str]:
    """The words, the two halves of a postcode as one: it narrows a hundred times better."""
    waiting = iter([*words, ""])
    word = next(waiting)
    for following in waiting:
        if OUTWARD.fullmatch(word) and INWARD.fullmatch(following):
            yield word + following
            word = next(waiting, "")
            continue
        if word:
            yield word
        word = following
