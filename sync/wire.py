"""What travels between nodes, as typed structs; JSON on the wire, described by OpenAPI."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from sync.command import Envelope
from sync.errors import OtherVersion, UnreadableAnswer
from sync.record import Image

WIRE_VERSION = 1
COMMANDS_A_BATCH_MAX = 100
CHANGES_A_PAGE_MAX = 500
PAGE_BYTES_MAX = 512 * 1024
"""Of rows in a page of changes, before compression. A command that is larger travels alone."""
BATCH_BYTES_MAX = 512 * 1024
"""Of commands in a batch; a service takes more, so that one larger command gets through."""

Cursor = dict[str, int]
Row = tuple[str, str, Image | None]
"""Table, row id, after-image; None where the row is gone from this scope."""


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """Every body says which version of the wire it speaks. Unknown fields are let pass."""

    wire: int = WIRE_VERSION


class Outcome(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the deciding node said of a command; it never changes once given."""

    id: str
    state: Literal["accepted", "refused"]
    reason: str | None = None
    data: dict[str, Any] = {}
    numbers: dict[str, int] = {}


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What one command changed in one scope."""

    scope: str
    number: int
    command_id: str
    rows: list[Row]


class PushCommands(Message, frozen=True, kw_only=True):
    """A desk offers commands of one device, oldest first.

    Numbers up to `after` are not to be waited for: they were decided, here or before a restore.
    """

    device: str
    epoch: str | None
    commands: list[Envelope]
    after: int = 0


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
    """Changes in order by scope, the scopes this device may read, and where they stand now."""

    epoch: str
    heads: Cursor
    changes: list[Change]
    more: bool


class TakeSnapshot(Message, frozen=True, kw_only=True):
    """A desk asks for all rows of one scope."""

    device: str
    scope: str


class Snapshot(Message, frozen=True, kw_only=True):
    """Every row of a scope as it stood at one change number."""

    epoch: str
    scope: str
    number: int
    tables: dict[str, list[Image]]


class Failure(Message, frozen=True, kw_only=True):
    """A stable code and a sentence for the log. `epoch` is given with `other_epoch`."""

    code: str
    detail: str = ""
    epoch: str | None = None
    expected: int | None = None


Request = PushCommands | PullChanges | TakeSnapshot
Answer = Decided | ChangesPage | Snapshot | Failure

NOT_READABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What decoding raises for bytes that are not as described."""
ANSWERS: dict[type[Request], type[Any]] = {
    PushCommands: Decided,
    PullChanges: ChangesPage,
    TakeSnapshot: Snapshot,
}


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
