"""What travels between nodes, as typed structs; JSON on the wire, described by OpenAPI."""

from __future__ import annotations

import hashlib
from functools import cached_property
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Struct

from sync.command import BIGGEST_WHOLE, Envelope, Name
from sync.errors import OtherVersion, UnreadableAnswer
from sync.record import Image

WIRE_VERSION = 2
COMMANDS_A_BATCH_MAX = 100
A_BATCH = msgspec.Meta(max_length=COMMANDS_A_BATCH_MAX)
COMMAND_BYTES_MAX = 3 * 1024 * 1024
"""Of one command; a service takes a body of 4 MiB. A larger one would hold up those behind it."""
CHANGES_A_PAGE_MAX = 500
PAGE_BYTES_MAX = 512 * 1024
"""Of rows in a page of changes or a part of a snapshot, before compression. What is larger travels
alone."""
BATCH_BYTES_MAX = 512 * 1024
"""Of commands in a batch; a service takes more, so that one larger command gets through."""

Spoken = Annotated[int, msgspec.Meta(extra_json_schema={"const": WIRE_VERSION})]
"""Any number is read, so that who speaks another version is told so."""
Cursor = dict[str, int]
Place = tuple[str, str]
"""Table and row id."""
Row = tuple[str, str, Image | None]
"""Table, row id, after-image; None where the row is gone from this scope."""
Tables = dict[str, list[Image]]
"""Rows as images, by table."""
TABLES_SCHEMA = {
    "type": "object",
    "additionalProperties": {"type": "array", "items": {"type": "object"}},
}


class Message(Struct, frozen=True, kw_only=True):
    """Every body says which version of the wire it speaks. Unknown fields are let pass."""

    wire: Spoken = WIRE_VERSION


REASON = msgspec.Meta(
    description="Why it was refused: unknown_command, malformed, too_large, bug, "
    "or a reason of that command"
)


class Outcome(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the deciding node said of a command; it never changes once given.

    `held` is no decision: a relay has it in its order, and the node above will decide.
    """

    id: str
    state: Literal["accepted", "refused", "held"]
    reason: Annotated[str | None, REASON] = None
    data: dict[str, Any] = {}
    numbers: dict[str, int] = {}


class Change(Struct, frozen=True, kw_only=True):
    """What one command changed in one scope."""

    scope: str
    number: int
    command_id: str
    rows: list[Row]


class PushCommands(Message, frozen=True, kw_only=True):
    """A desk offers commands of one device, oldest first.

    Numbers up to `after` are not to be waited for: they were decided, here or before a restore, or
    `relay` holds them. What is among `again` may have reached another upstream before.
    """

    device: Name
    epoch: Name | None
    commands: Annotated[list[Envelope], A_BATCH]
    after: Annotated[int, msgspec.Meta(ge=0, le=BIGGEST_WHOLE)] = 0
    relay: Name | None = None
    again: Annotated[list[Name], A_BATCH] = []


class Decided(Message, frozen=True, kw_only=True):
    """Outcomes in the order offered; fewer than offered when the rest must be tried again."""

    epoch: str
    outcomes: list[Outcome]


class PullChanges(Message, frozen=True, kw_only=True):
    """A desk asks for what came after its cursor."""

    device: str
    epoch: str | None
    cursor: Cursor


class ChangesPage(Message, frozen=True, kw_only=True):
    """Changes in order by scope, the scopes this device may read, and where they stand now.

    `sums` says what the rows of a scope come to where it stands now (see `sync/sums.py`).
    Of the scopes `too_old`, what follows the cursor is not kept any more: they are begun anew by a
    snapshot. A relay says its name, and whether it is cut off from the node above.
    """

    epoch: str
    heads: Cursor
    changes: list[Change]
    more: bool
    sums: dict[str, int] = {}
    too_old: list[str] = []
    relay: str | None = None
    is_cut_off: bool = False


class TakeSnapshot(Message, frozen=True, kw_only=True):
    """A desk asks for the rows of one scope, for what follows a place in them, or again for those
    that it needs before the rest."""

    device: str
    scope: str
    after: Place | None = None
    first_only: bool = False


class SnapshotPart(Message, frozen=True, kw_only=True, dict=True):
    """Rows of a scope as they stood at one change number; `next` asks for the rest, None ends it.

    Parts are read at different moments: changes after the first one's number belong upon them all.
    Only by who gave the first may the others be given. `digest` is the SHA-256 of `tables` as they
    travel. `rows_expected` is told with the first part, of them all.
    """

    epoch: str
    scope: str
    number: int
    given_by: str = ""
    after: Place | None = None
    next: Place | None = None
    rows_expected: int = 0
    digest: str
    tables: Annotated[msgspec.Raw, msgspec.Meta(extra_json_schema=TABLES_SCHEMA)]

    @cached_property
    def rows(self) -> Tables:
        """The rows of `tables`, read once and by whichever thread asks first.

        Raises UnreadableAnswer when they are not as they were sent.
        """
        if digest_of(self.tables) != self.digest:
            raise UnreadableAnswer("a part of a snapshot is not as it was sent")
        return read_tables(bytes(self.tables))


class Failure(Message, frozen=True, kw_only=True):
    """A stable code and a sentence for the log. `epoch` is given with `other_epoch`."""

    code: str
    detail: str = ""
    epoch: str | None = None
    expected: int | None = None


Request = PushCommands | PullChanges | TakeSnapshot
Answer = Decided | ChangesPage | SnapshotPart | Failure

NOT_READABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What decoding raises for bytes that are not as described."""
ANSWERS: dict[type[Request], type[Any]] = {
    PushCommands: Decided,
    PullChanges: ChangesPage,
    TakeSnapshot: SnapshotPart,
}


def read_tables(tables: bytes) -> Tables:
    """Rows from the JSON they travel as. Raises UnreadableAnswer."""
    try:
        return msgspec.json.decode(tables, type=Tables)
    except NOT_READABLE as error:
        raise UnreadableAnswer(str(error)) from error


def digest_of(tables: bytes | msgspec.Raw) -> str:
    """The SHA-256 of rows as they travel."""
    return hashlib.sha256(bytes(tables)).hexdigest()


def encode(message: object) -> bytes:
    """A message as JSON bytes."""
    return msgspec.json.encode(message)


def decode_answer(body: bytes, request: Request) -> Answer:
    """The answer to a request.

    Raises OtherVersion for an answer of another wire, UnreadableAnswer for anything else than is
    described.
    """
    try:
        answer: Answer = msgspec.json.decode(body, type=ANSWERS[type(request)])
    except NOT_READABLE as error:
        spoken = wire_of(body)
        if spoken in (None, WIRE_VERSION):
            text = str(error) if isinstance(error, msgspec.DecodeError) else type(error).__name__
            raise UnreadableAnswer(text) from error
    else:
        spoken = answer.wire
    if spoken != WIRE_VERSION:
        raise OtherVersion(f"the answer speaks wire {spoken}, this version knows {WIRE_VERSION}")
    return answer


def wire_of(body: bytes) -> int | None:
    """Which version of the wire a body speaks; None when even that cannot be read."""
    try:
        return msgspec.json.decode(body, type=Message).wire
    except NOT_READABLE:
        return None
