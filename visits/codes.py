"""The codes on our papers: what they carry, and how a desk reads them back.

A code carries an opaque id, never a name. Capitals, figures and `:-` alone, so that a QR code
stays small. A check at the end notices a misread.
"""

from __future__ import annotations

import zlib
from datetime import date
from enum import StrEnum

from msgspec import Struct

MARK = "RC1"
CHECK_DIGITS = 4


class CodeKind(StrEnum):
    """What a code names."""

    APPOINTMENT = "appointment"
    TICKET = "ticket"
    VISIT = "visit"


LETTERS = {CodeKind.APPOINTMENT: "A", CodeKind.TICKET: "T", CodeKind.VISIT: "V"}
KINDS = {letter: kind for kind, letter in LETTERS.items()}


class NotOurCode(ValueError):
    """The text is not one of our codes, or was misread; the text says what to do."""


class Code(Struct, frozen=True):
    """A code read back. `expires_on` is the last local date on which it means something."""

    kind: CodeKind
    id: str
    expires_on: date | None


def write_code(kind: CodeKind, id: str, *, expires_on: date | None = None) -> str:
    """The text of a code."""
    day = f"{expires_on:%Y%m%d}" if expires_on else ""
    body = f"{MARK}:{LETTERS[kind]}:{id.upper()}:{day}"
    return f"{body}:{_check(body)}"


def looks_like_code(text: str) -> bool:
    """Whether a text was scanned rather than typed."""
    return ":" in text or text.upper().startswith(MARK) or "//" in text


def read_code(text: str) -> Code:
    """A code from its text. Raises NotOurCode."""
    parts = text.strip().upper().split(":")
    if len(parts) != 5 or parts[0] != MARK or parts[1] not in KINDS:
        raise NotOurCode("This is not one of our codes. Choose the person by name instead.")
    body = ":".join(parts[:4])
    if parts[4] != _check(body):
        raise NotOurCode("The code was not read whole. Scan it again.")
    return Code(KINDS[parts[1]], parts[2].lower(), _day(parts[3]))


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError:
        raise NotOurCode("The code was not read whole. Scan it again.") from None


def _check(body: str) -> str:
    return f"{zlib.crc32(body.encode()):08X}"[-CHECK_DIGITS:]
