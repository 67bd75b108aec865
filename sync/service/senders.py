"""Whether a caller may speak as the devices that its request names."""

from __future__ import annotations

from collections.abc import Callable, Set

from sqlalchemy.orm import Session
from starlette.requests import Request as HttpRequest

from sync.proof import Audience, shown_by
from sync.storage.database import Database
from sync.wire import PushCommands, Request

SCHEME = "bearer "

Carries = Callable[[Session, str], bool]
"""Whether a device may bring what others have issued: the relay of an office may."""
MaySpeak = Callable[[str, Set[str], bool], str | None]
"""With what was shown, the devices that are named and whether commands are offered: the code of a
failure, or None."""


def nobody_carries(session: Session, device: str) -> bool:
    """At a relay each desk speaks for itself."""
    return False


def proven(database: Database, audience: Audience, carries: Carries) -> MaySpeak:
    """Each device speaks for itself, by its proof; one that `carries` may offer what one other
    device has issued."""

    def may_speak(shown: str, devices: Set[str], offers: bool) -> str | None:
        sender = shown_by(audience, shown)
        if sender is None:
            return "device_not_proven"
        if devices == {sender}:
            return None
        if not (offers and len(devices) == 1):
            return "device_not_allowed"
        with database.read() as session:
            return None if carries(session, sender) else "device_not_allowed"

    return may_speak


def shown(http: HttpRequest) -> str:
    """What a caller shows to prove itself; empty when nothing."""
    header = http.headers.get("authorization", "")
    return header[len(SCHEME) :] if header.lower().startswith(SCHEME) else ""


def named(request: Request) -> frozenset[str]:
    """The devices that a request speaks as."""
    if isinstance(request, PushCommands):
        return frozenset({request.device, *(envelope.device for envelope in request.commands)})
    return frozenset({request.device})
