"""What can go wrong in a node, split by whose turn it is to act.

SyncError
├── Refusal             a rule says no; the person is told why and what else is possible
├── Unavailable         nothing is decided; the same request may be tried again
│   ├── LineDown        the upstream did not answer
│   └── StorageFailed   the disk is full, read-only or locked
├── ProtocolError       the other side said what cannot be accepted; nothing was changed
│   ├── OtherVersion    it speaks a version this node does not
│   ├── UnreadableAnswer
│   ├── StaleReplica    this copy is older than what the upstream has already seen of it
│   └── Withdrawn       the council has withdrawn this device; it holds nothing any more
├── DatabaseUnreadable  wrong key or damaged file; the file is left as it is
└── HandlerBroke        a bug: the command is refused as a whole and reported
    ├── NotJournalled   it changed rows past the journal
    └── Collided        it wrote a row that cannot stand beside what is there
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class SyncError(Exception):
    """Root of the errors that a node raises."""


class Refusal(SyncError):
    """A rule says no. `reason` is a stable name, `data` what the ways out are made from."""

    def __init__(self, reason: str, **data: Any) -> None:
        super().__init__(reason)
        self.reason = reason
        self.data: Mapping[str, Any] = data


class Unavailable(SyncError):
    """Nothing is decided yet; trying again later is safe."""


class LineDown(Unavailable):
    """The upstream did not answer. What was sent may or may not have arrived."""


class StorageFailed(Unavailable):
    """The database could not be written: disk full, read-only, or held by another program."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause


class ProtocolError(SyncError):
    """The other side said what cannot be accepted. Nothing was changed."""


class OtherVersion(ProtocolError):
    """The other side speaks a version of the wire, a table or a command unknown here."""


class UnreadableAnswer(ProtocolError):
    """The answer is cut short or is not what the wire describes."""


class StaleReplica(ProtocolError):
    """The upstream has seen commands of this device that this copy does not know."""


class Withdrawn(ProtocolError):
    """The council has withdrawn this device: nothing is given to it, and nothing taken from it."""


class DatabaseUnreadable(SyncError):
    """The file is damaged or the key is not its key. The file is left untouched."""


class HandlerBroke(SyncError):
    """A handler failed with a bug. Its changes are rolled back and the command refused."""


class NotJournalled(HandlerBroke):
    """A handler tried to change rows past the journal."""


class Collided(HandlerBroke):
    """A row breaks a constraint. A bug, unless another transaction wrote in between."""
