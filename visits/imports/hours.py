"""Hours as people write them: `9am-5pm`, `09:00 to 12:30, 1pm-5pm`, `Mon-Fri 9-17; Sat 10-13`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from visits.imports.columns import Reading, WrongCell
from visits.words import WEEKDAYS

Span = tuple[int, int]
Week = dict[int, list[Span]]

SPANS_A_DAY_MAX = 6
DAY_NAMES = {name[:n].lower(): day for day, name in enumerate(WEEKDAYS) for n in (3, len(name))} | {
    "tues": 1,
    "weds": 2,
    "thur": 3,
    "thurs": 3,
}
DAY = "|".join(sorted(DAY_NAMES, key=len, reverse=True))
DAYS = re.compile(rf"({DAY})s?(?:\s*(?:-|–|to)\s*({DAY})s?)?\b", re.IGNORECASE)
TIME = re.compile(r"(\d{1,2})(?:[:.]?(\d\d))?(?::00)?\s*([ap])?\.?\s*(m\b\.?)?", re.IGNORECASE)
WORDS = {"midday": 720, "noon": 720, "12 noon": 720, "midnight": 1440}
TO = re.compile(r"\s*(?:-|–|—|\bto\b|\buntil\b)\s*", re.IGNORECASE)
BETWEEN = re.compile(r"\s*(?:,|;|&|/|\band\b|\n)\s*", re.IGNORECASE)
CLOSED = frozenset({"closed", "off", "none", "no", "-", "–", "not working"})
WANTED = "write hours like 9am-5pm, or 9am-12:30pm, 1:30pm-5pm, or closed"
WEEK_WANTED = "write hours like Mon-Fri 9am-5pm; Sat 10am-1pm"


def minute_of_day(text: str) -> int | None:
    """The minute of a time of day, 0 to 1440; None for what is no time."""
    written = " ".join(text.lower().split())
    if written in WORDS:
        return WORDS[written]
    found = TIME.fullmatch(written)
    if found is None or bool(found[3]) != bool(found[4]):
        return None
    hour, minute = int(found[1]), int(found[2] or 0)
    if found[3]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if found[3] == "p" else 0)
    total = hour * 60 + minute
    return total if minute < 60 and total <= 1440 else None


def spans(text: str, reading: Reading) -> list[Span]:
    """The stretches of a day, in order; none for `closed`."""
    if text.strip().lower() in CLOSED:
        return []
    found = sorted(_span(piece) for piece in BETWEEN.split(text.strip()) if piece)
    if len(found) > SPANS_A_DAY_MAX:
        raise WrongCell(f"has more than {SPANS_A_DAY_MAX} stretches in a day")
    for (_, ends), (starts, _) in zip(found, found[1:], strict=False):
        if starts < ends:
            raise WrongCell("has stretches that overlap")
    return found


def _span(text: str) -> Span:
    ends = TO.split(text)
    if len(ends) != 2:
        raise WrongCell(WANTED)
    first, last = minute_of_day(ends[0]), minute_of_day(ends[1])
    if first is None or last is None:
        raise WrongCell(WANTED)
    if first >= last:
        raise WrongCell("ends before it begins; write 9am-5pm or 09:00-17:00")
    return first, last


def week(text: str, reading: Reading) -> Week:
    """The hours of a whole week in one cell: days that are not named are closed."""
    found: Week = {day: [] for day in range(7)}
    pieces = [piece for piece in re.split(r"[;\n]+", text) if piece.strip()]
    for piece in pieces:
        days, hours = _days_and_hours(piece)
        for day in days:
            if found[day]:
                raise WrongCell(f"names {WEEKDAYS[day]} twice")
            found[day] = spans(hours, reading)
    return found


def _days_and_hours(piece: str) -> tuple[list[int], str]:
    days: list[int] = []
    rest = piece.strip()
    while found := DAYS.match(rest):
        days += _days(found)
        rest = rest[found.end() :].lstrip(" ,&:")
        rest = re.sub(r"^and\s+", "", rest, flags=re.IGNORECASE)
    if not days or not rest:
        raise WrongCell(WEEK_WANTED)
    return days, rest


def _days(found: re.Match[str]) -> Iterator[int]:
    first = DAY_NAMES[found[1].lower()]
    last = DAY_NAMES[found[2].lower()] if found[2] else first
    if last < first:
        raise WrongCell(WEEK_WANTED)
    yield from range(first, last + 1)
