"""A file of comma separated values as a council's office programs write it: bytes in, rows out.

Knows nothing of customers or officers. What cannot be read as a list is refused as a whole, in
words that never repeat what the file holds.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from itertools import chain

from msgspec import Struct

FILE_BYTES_MAX = 256 * 1024 * 1024
ROWS_MAX = 500_000
COLUMNS_MAX = 200
CELL_CHARACTERS_MAX = 100_000
"""More than any cell holds: a quote that was opened and never closed swallows whole rows."""

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs"}
SEPARATOR_LINE = re.compile(r"\ufeff?\"?sep=(.)\"?\s*", re.IGNORECASE)
"""A first line that a spreadsheet program writes for itself."""

OTHER_FILES = (
    (b"PK\x03\x04", "a spreadsheet or another packed file"),
    (b"\xd0\xcf\x11\xe0", "a spreadsheet or document of an older office program"),
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"\x1f\x8b", "a packed file"),
    (b"{\\rtf", "a document"),
    (b"SQLite format 3", "a database"),
)
UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")
UTF_8_MARK = b"\xef\xbb\xbf"
SAVE_AS = "Save it as “CSV UTF-8” and try again."
UTF_8_LETTERS = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
)
HIGH_BYTES = re.compile(rb"[\x80-\xff]")
CONTROLS = bytes({*range(32)} - {*b"\t\n\v\f\r\x1a\x1e"})
CONTROL_SHARE_MAX = 0.05
"""Above this share of control bytes a file is not text."""

END = "\x1eend of the list\x1e"
"""Stands behind the last row: a quote that is still open then swallows it, which shows."""


class NotAList(Exception):
    """The file cannot be read as a list; the text says why and what to do."""


class Lines(Struct, frozen=True):
    """Where a row stands in its file; a cell with line breaks makes it span several lines."""

    first: int
    last: int

    def __str__(self) -> str:
        if self.first == self.last:
            return f"line {self.first}"
        return f"lines {self.first} to {self.last}"


class RawRow(Struct, frozen=True):
    """A row as its cells."""

    lines: Lines
    cells: list[str]


class Sheet(Struct, frozen=True):
    """A list that can be read: each call of `rows` reads it from the top, below its header."""

    text: str
    encoding: str
    separator: str
    header: list[str]
    header_line: int

    def rows(self) -> Iterator[RawRow]:
        """Every row below the header that holds anything."""
        found = _records(self.text, self.separator)
        return (row for row in found if row.lines.first > self.header_line)


def text_of(data: bytes) -> tuple[str, str]:
    """The text of a file and the name of its encoding. Raises NotAList."""
    _check_kind(data)
    try:
        return data.decode("utf-8-sig"), "UTF-8"
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
    if data.startswith(UTF_8_MARK) or _mostly_utf_8(data):
        raise NotAList(f"The file is UTF-8 but is damaged at line {line}. {SAVE_AS}")
    try:
        return data.decode("windows-1252"), "Windows-1252"
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise NotAList(
            f"The file is neither UTF-8 nor Windows-1252: see line {line}. {SAVE_AS}"
        ) from None


def _check_kind(data: bytes) -> None:
    if len(data) > FILE_BYTES_MAX:
        raise NotAList(f"The file is larger than {FILE_BYTES_MAX >> 20} MB. Split it in parts.")
    if not data.strip(b"\r\n\t ;,\x00"):
        raise NotAList("The file is empty.")
    for mark, what in OTHER_FILES:
        if data.startswith(mark):
            raise NotAList(f"The file is {what}, not a list. {SAVE_AS}")
    if data.startswith(UTF_16_MARKS):
        raise NotAList(f"The file is UTF-16 text. {SAVE_AS}")
    if len(data) - len(data.translate(None, CONTROLS)) > len(data) * CONTROL_SHARE_MAX:
        raise NotAList(f"The file is not text. {SAVE_AS}")


def _mostly_utf_8(data: bytes) -> bool:
    whole = sum(len(letter) for letter in UTF_8_LETTERS.findall(data))
    return whole * 2 > len(HIGH_BYTES.findall(data))


def separators_of(text: str) -> tuple[str, ...]:
    """The separators to try: the one a spreadsheet program names itself, or all."""
    named = SEPARATOR_LINE.fullmatch(text.partition("\n")[0])
    return (named[1],) if named and named[1] in SEPARATORS else tuple(SEPARATORS)


def first_row(text: str, separator: str) -> RawRow | None:
    """The row that should be the header. Raises NotAList."""
    return next(_records(text, separator), None)


def check_rows(sheet: Sheet) -> int:
    """Read the list to its end and say how many rows it has. Raises NotAList."""
    count = sum(1 for _ in sheet.rows())
    if count > ROWS_MAX:
        raise NotAList(f"The list has more than {ROWS_MAX:,} rows. Split it in parts.")
    if count == 0:
        raise NotAList("The list has no rows below its header.")
    return count


def _records(text: str, separator: str) -> Iterator[RawRow]:
    lines = io.StringIO(text, newline="")
    skipped = 0
    if SEPARATOR_LINE.fullmatch(text.partition("\n")[0]):
        lines.readline()
        skipped = 1
    reader = csv.reader(chain(lines, [END]), delimiter=separator)
    last = skipped
    while True:
        first = last + 1
        cells = _next_cells(reader, first)
        last = reader.line_num + skipped
        if cells == [END]:
            return
        if cells and cells[-1].endswith(END):
            raise _open_quote(first)
        if len(cells) > COLUMNS_MAX:
            raise NotAList(f"Line {first} has more than {COLUMNS_MAX} cells.")
        if any(cell.strip() for cell in cells):
            yield RawRow(Lines(first, last), cells)


def _next_cells(reader: Iterator[list[str]], line: int) -> list[str]:
    try:
        cells = next(reader)
    except csv.Error as error:
        raise _open_quote(line) from error
    if any(len(cell) > CELL_CHARACTERS_MAX for cell in cells):
        raise _open_quote(line)
    return cells


def _open_quote(line: int) -> NotAList:
    return NotAList(f'A quote (") is opened at or after line {line} and never closed. Close it.')
