"""Cells as people fill them in: each becomes a value, or a reason why it cannot.

A cell that looks like a formula stays the text that it is.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import date, datetime
from typing import TypeVar

from visits.calendar.local_time import TimeDoesNotExist, instant, local_date
from visits.customers.names import (
    birth_date_problem,
    name_problem,
    phone_digits,
    phone_problem,
    postcode_problem,
    postcode_written,
)
from visits.customers.needs import NEEDS
from visits.imports.columns import Reading, WrongCell
from visits.imports.directory import plain
from visits.imports.hours import minute_of_day
from visits.imports.languages import LANGUAGES
from visits.words import MONTHS

T = TypeVar("T")
REFERENCE_CHARACTERS_MAX = 40
LINE_CHARACTERS_MAX = 200
TEXT_CHARACTERS_MAX = 500
EMAIL_CHARACTERS_MAX = 254
SEVERAL_MAX = 100

DAY_FIRST = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")
YEAR_FIRST = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
SHORT_YEAR = re.compile(r"\d{1,2}[/.-]\d{1,2}[/.-]\d{2}")
IN_WORDS = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?[ -]([A-Za-z]{3,9})[ -](\d{4})")
MIDNIGHT = re.compile(r"[ T]00:00(:00(\.0+)?)?$")
DATE_WANTED = "write the date as day/month/year, like 27/3/1985"
DATE_AND_TIME = re.compile(r"(.*?\d{4}|\d{4}-\d{1,2}-\d{1,2})(?:,|T|\s)\s*(\S.*)")
LOST_ITS_ZERO = re.compile("[1-9][0-9]{9}")
EMAIL = re.compile(r"[^\s@]+@[^\s@]+")
YES = frozenset({"yes", "y", "true", "1", "x", "✓"})
NO = frozenset({"no", "n", "false", "0", "-"})
NEED_WORDS = {plain(word): need for need, word in NEEDS.items()} | {need: need for need in NEEDS}
LANGUAGE_WORDS = {plain(word): code for code, word in LANGUAGES.items()} | {
    code: code for code in LANGUAGES
}


def line(text: str, reading: Reading) -> str:
    """One line of text."""
    return _text(text, LINE_CHARACTERS_MAX, allowed="")


def text(text: str, reading: Reading) -> str:
    """Text that may have line breaks, each kept as one character."""
    return _text(re.sub(r"\r\n?", "\n", text), TEXT_CHARACTERS_MAX, allowed="\n\t")


def reference(text: str, reading: Reading) -> str:
    """A reference, kept as it is written: leading zeros too."""
    return _text(text, REFERENCE_CHARACTERS_MAX, allowed="")


def _text(text: str, limit: int, *, allowed: str) -> str:
    shown = text.strip()
    if len(shown) > limit:
        raise WrongCell(f"must be {limit} characters or less")
    for character in shown:
        if character not in allowed and unicodedata.category(character) in ("Cc", "Zl", "Zp"):
            broken = character in "\r\n\u2028\u2029"
            raise WrongCell(
                "must not have line breaks" if broken else "has a character that cannot be kept"
            )
    return shown


def person_name(text: str, reading: Reading) -> str:
    """A full name."""
    return _unless(name_problem(text), text.strip())


def known_as(text: str, reading: Reading) -> str:
    """The name a person goes by."""
    return line(text, reading)


def postcode(text: str, reading: Reading) -> str:
    """A UK postcode, written in the usual way."""
    return _unless(postcode_problem(text), postcode_written(text))


def phone(text: str, reading: Reading) -> str:
    """A phone number, as it is written; with the zero that a spreadsheet took from its front."""
    written = _unless(phone_problem(text), line(text, reading))
    lost_its_zero = LOST_ITS_ZERO.fullmatch(phone_digits(written)) and "+" not in written
    return f"0{written}" if lost_its_zero else written


def email(text: str, reading: Reading) -> str:
    """An email address."""
    if len(text) > EMAIL_CHARACTERS_MAX or not EMAIL.fullmatch(text.strip()):
        raise WrongCell("enter an email address, like name@example.org")
    return line(text, reading)


def _unless(problem: str | None, value: T) -> T:
    if problem:
        raise WrongCell(problem[0].lower() + problem[1:])
    return value


def on_date(text: str, reading: Reading) -> date:
    """A local date: day first as in the UK, or ISO; never month first."""
    written = MIDNIGHT.sub("", text.strip())
    if SHORT_YEAR.fullmatch(written):
        raise WrongCell("write the year with 4 figures, like 27/3/1985")
    if found := DAY_FIRST.fullmatch(written):
        return _date(int(found[3]), int(found[2]), int(found[1]))
    if found := YEAR_FIRST.fullmatch(written):
        return _date(int(found[1]), int(found[2]), int(found[3]))
    if found := IN_WORDS.fullmatch(written):
        return _date(int(found[3]), _month(found[2]), int(found[1]))
    raise WrongCell(DATE_WANTED)


def _month(name: str) -> int:
    for number, month in enumerate(MONTHS, start=1):
        if name.lower() in (month.lower(), month[:3].lower()):
            return number
    raise WrongCell(DATE_WANTED)


def _date(year: int, month: int, day: int) -> date:
    if not 1 <= month <= 12:
        raise WrongCell(f"has no month {month}: {DATE_WANTED}")
    try:
        return date(year, month, day)
    except ValueError:
        raise WrongCell("that day is not in the calendar") from None


def born_on(text: str, reading: Reading) -> str:
    """A date of birth, as an image has it."""
    day = on_date(text, reading)
    problem = birth_date_problem(day, today=reading.today)
    return _unless(problem and problem.removeprefix("Date of birth "), day.isoformat())


def starts_at(text: str, reading: Reading) -> datetime:
    """A local date and time as an instant; with an offset, the instant it says."""
    exact = _instant_written(text.strip())
    if exact is not None:
        return exact
    found = DATE_AND_TIME.fullmatch(text.strip())
    minute = minute_of_day(found[2]) if found else None
    if found is None or minute is None:
        raise WrongCell("write date and time like 27/3/2026 10:30am")
    try:
        return instant(on_date(found[1], reading), minute)
    except TimeDoesNotExist:
        raise WrongCell("the clocks skip that hour; choose another time") from None


def _instant_written(text: str) -> datetime | None:
    if not re.search(r"\d(Z|[+-]\d\d:?\d\d)$", text):
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo and abs((local_date(at) - at.date()).days) <= 1 else None


def number(text: str, *, low: int, high: int) -> int:
    """A whole number within limits."""
    if not text.strip().isascii() or not text.strip().isdigit():
        raise WrongCell(f"enter a whole number from {low} to {high}")
    if not low <= int(text) <= high:
        raise WrongCell(f"must be from {low} to {high}")
    return int(text)


def yes_or_no(text: str, reading: Reading) -> bool:
    """Yes or no."""
    if plain(text) in YES:
        return True
    if plain(text) in NO:
        return False
    raise WrongCell("write yes or no")


def several(text: str, read: Callable[[str], T | None], wrong: str) -> list[T]:
    """Things named in one cell, one a line or with ; or | or commas between.

    A comma may be part of a name, so the longest run that is a name is taken first.
    """
    found: list[T] = []
    for piece in re.split(r"[;|\r\n]+", text):
        words = [word.strip() for word in piece.split(",")]
        while words:
            for count in range(len(words), 0, -1):
                value = read(", ".join(words[:count]))
                if value is not None:
                    found.append(value)
                    break
            else:
                if words[0]:
                    raise WrongCell(wrong)
                count = 1
            words = words[count:]
    if len(found) > SEVERAL_MAX:
        raise WrongCell(f"has more than {SEVERAL_MAX}")
    return list(dict.fromkeys(found))


def needs(text: str, reading: Reading) -> list[str]:
    """What helps a person, in the words of the screen or as their short names."""
    wrong = "use these words with ; between: " + ", ".join(f"“{w}”" for w in NEEDS.values())
    return several(text, lambda word: NEED_WORDS.get(plain(word)), wrong)


def language(text: str, reading: Reading) -> str:
    """A language by its name or its short code."""
    code = LANGUAGE_WORDS.get(plain(text)) or LANGUAGE_WORDS.get(plain(text).partition("-")[0])
    if code is None:
        raise WrongCell("this language is not on the list in docs/import.md")
    return code


def office(text: str, reading: Reading) -> str:
    """The id of an office, by its name."""
    return _named(text, reading, "office", "offices")


def service(text: str, reading: Reading) -> str:
    """The id of a service, by its name."""
    return _named(text, reading, "service", "services")


def services(text: str, reading: Reading) -> list[str]:
    """The ids of services, by their names."""

    def read(name: str) -> str | None:
        found = reading.directory.named("service", name) if name else []
        return found[0]["id"] if found else None

    return several(text, read, "names a service that is not here; take in services first")


def _named(text: str, reading: Reading, table: str, lists: str) -> str:
    found = reading.directory.named(table, text)
    if not found:
        raise WrongCell(f"no {table} here has this name; take in {lists} first")
    row_id: str = found[0]["id"]
    return row_id


def minutes(low: int, high: int) -> Callable[[str, Reading], int]:
    """Reads a number of minutes within limits."""
    return lambda text, reading: number(text.lower().removesuffix("minutes"), low=low, high=high)


def seats(text: str, reading: Reading) -> int:
    """How many people a room seats."""
    return number(text, low=1, high=500)
