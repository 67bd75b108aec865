"""Columns of a list: what they are called, what a cell of them means, and whose they are."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from msgspec import Struct

from visits.imports.directory import Directory
from visits.imports.lists import Lines, NotAList, RawRow, Sheet, first_row, separators_of, text_of

NOT_A_LETTER = re.compile(r"[\W_]+")
HEADER_SHOWN_CHARACTERS_MAX = 40
NOTHING = frozenset({"n/a", "none", "null", "nil", "-", "--", "unknown", "not known", "not given"})
"""How lists say that they know nothing. Never looked for in names: some are named so."""


class WrongCell(ValueError):
    """A cell cannot be taken in; the text says why and never repeats the cell."""


class Reading(Struct, frozen=True):
    """What reading a cell may need: today's local date, what the council has, the folder."""

    today: date
    directory: Directory
    folder: Path | None


class Column(Struct, frozen=True):
    """A column. Its label is also the heading it is best given.

    `parts`: headings of columns that together make a cell, when no column has it whole.
    `may_say_nothing`: a cell such as `n/a` is as good as empty.
    """

    key: str
    label: str
    read: Callable[[str, Reading], Any]
    also: tuple[str, ...] = ()
    parts: tuple[tuple[str, ...], ...] = ()
    joiner: str = " "
    needed: bool = False
    may_say_nothing: bool = False


class Heading(Struct, frozen=True):
    """Which cells make up each column, and the headings that mean nothing here."""

    places: tuple[tuple[Column, tuple[int, ...]], ...]
    unused: tuple[str, ...]
    width: int


class Problem(Struct, frozen=True):
    """Why a row is refused: the field in words, and a plain reason."""

    field: str
    reason: str


class Entry(Struct, frozen=True):
    """A row as values by column key; a column whose cell is empty has none."""

    lines: Lines
    values: dict[str, Any]


def open_sheet(data: bytes, columns: Sequence[Column]) -> tuple[Sheet, Heading]:
    """The list in a file, its separator found by what its header says. Raises NotAList."""
    text, encoding = text_of(data)
    best: tuple[int, Sheet] | None = None
    for separator in separators_of(text):
        row = first_row(text, separator)
        if row is None:
            raise NotAList("The file is empty.")
        known = len(_matched(row.cells, columns))
        if best is None or known > best[0]:
            best = known, Sheet(text, encoding, separator, row.cells, row.lines.last)
    if best is None or best[0] == 0:
        raise NotAList(
            "The first row does not name the columns. Put a row of headings above the list: "
            + ", ".join(column.label for column in columns if column.needed)
            + "."
        )
    return best[1], _heading(best[1].header, columns)


def plain_heading(heading: str) -> str:
    """A heading without case and marks, as headings are compared."""
    return NOT_A_LETTER.sub(" ", heading.casefold()).strip()


def headings(columns: Sequence[Column]) -> dict[str, tuple[Column, int]]:
    """Every heading that is understood: its column and which part it is, 0 for the whole."""
    names: dict[str, tuple[Column, int]] = {}
    for column in columns:
        for name in (column.label, column.key, *column.also):
            names.setdefault(plain_heading(name), (column, 0))
    for column in columns:
        for number, part in enumerate(column.parts, start=1):
            for name in part:
                names.setdefault(plain_heading(name), (column, number))
    return names


def _matched(header: Sequence[str], columns: Sequence[Column]) -> dict[int, tuple[Column, int]]:
    names = headings(columns)
    return {
        place: names[plain_heading(heading)]
        for place, heading in enumerate(header)
        if plain_heading(heading) in names
    }


def _heading(header: Sequence[str], columns: Sequence[Column]) -> Heading:
    matched = _matched(header, columns)
    places: list[tuple[Column, tuple[int, ...]]] = []
    missing: list[str] = []
    for column in columns:
        found = _places_of(column, matched)
        if found:
            places.append((column, found))
        elif column.needed:
            missing.append(column.label)
    if missing:
        raise NotAList(
            f"The list has no column for: {', '.join(missing)}. Add it, with that heading."
            + _not_understood(header, matched)
        )
    unused = [
        f"column {place + 1}" + (f" “{shown}”" if (shown := _shown(heading)) else "")
        for place, heading in enumerate(header)
        if place not in matched and plain_heading(heading)
    ]
    return Heading(tuple(places), tuple(unused), len(header))


def _places_of(column: Column, matched: dict[int, tuple[Column, int]]) -> tuple[int, ...]:
    by_part: dict[int, int] = {}
    for place, (found, part) in matched.items():
        if found is not column:
            continue
        if part in by_part:
            raise NotAList(
                f"Columns {by_part[part] + 1} and {place + 1} both give: {column.label}. "
                "Keep one of them."
            )
        by_part[part] = place
    if 0 in by_part:
        return (by_part[0],)
    return tuple(by_part[part] for part in sorted(by_part))


def _not_understood(header: Sequence[str], matched: dict[int, tuple[Column, int]]) -> str:
    """By number alone: without its needed columns, a header may be somebody's row."""
    others = [str(place + 1) for place in range(len(header)) if place not in matched]
    return f" Headings not understood: column {', '.join(others)}." if others else ""


def _shown(heading: str) -> str:
    return "".join(c for c in heading.strip() if c.isprintable())[:HEADER_SHOWN_CHARACTERS_MAX]


def read_row(row: RawRow, heading: Heading, reading: Reading) -> tuple[Entry, list[Problem]]:
    """A row's values, and what is wrong with them."""
    entry = Entry(row.lines, {})
    cells = row.cells
    if len(cells) < heading.width or any(cell.strip() for cell in cells[heading.width :]):
        reason = f"it has {len(cells)} cells and the header has {heading.width}; check the quotes"
        return entry, [Problem("The row", reason)]
    problems = []
    for column, places in heading.places:
        given = [cell for place in places if (cell := cells[place].strip())]
        if column.may_say_nothing and given and given[0].lower() in NOTHING:
            given = []
        if not given:
            if column.needed:
                problems.append(Problem(column.label, "is empty"))
            continue
        try:
            entry.values[column.key] = column.read(column.joiner.join(given), reading)
        except WrongCell as wrong:
            problems.append(Problem(column.label, str(wrong)))
    return entry, problems
