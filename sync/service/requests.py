"""Requests of the wire as they come over HTTP: read strictly, refused with the field's name."""

from __future__ import annotations

import msgspec
from starlette.requests import Request as HttpRequest

from sync.command import NAME_CHARACTERS_MAX
from sync.service.openapi import SCOPES_A_REQUEST_MAX
from sync.wire import NOT_READABLE, WIRE_VERSION, PullChanges, PushCommands, TakeSnapshot, wire_of


class Unreadable(Exception):
    """A request that is not as described; the text names the field, never what it held."""


def push(body: bytes) -> PushCommands:
    """A batch of commands. Raises Unreadable."""
    try:
        return msgspec.json.decode(body, type=PushCommands)
    except NOT_READABLE as error:
        spoken = wire_of(body)
        if spoken not in (None, WIRE_VERSION):
            # An empty batch of that version, so that it is answered as such.
            return PushCommands(wire=spoken, device="", epoch=None, commands=[])
        text = str(error) if isinstance(error, msgspec.DecodeError) else type(error).__name__
        raise Unreadable(text) from error


def pull(http: HttpRequest) -> PullChanges:
    """What came after a cursor. Raises Unreadable."""
    return PullChanges(
        wire=_whole(http.query_params.get("wire", str(WIRE_VERSION)), "wire"),
        device=needed(http, "device"),
        epoch=needed(http, "epoch") if "epoch" in http.query_params else None,
        cursor=_cursor(http.query_params.getlist("after")),
    )


def take(http: HttpRequest) -> TakeSnapshot:
    """A part of a snapshot; `after` is TABLE.ID. Raises Unreadable."""
    place = needed(http, "after") if "after" in http.query_params else None
    table, dot, row_id = (place or ".").partition(".")
    if not dot:
        raise Unreadable("after is a table and an id")
    first = http.query_params.get("first", "0")
    if first not in ("0", "1"):
        raise Unreadable("first is 0 or 1")
    return TakeSnapshot(
        wire=_whole(http.query_params.get("wire", str(WIRE_VERSION)), "wire"),
        device=needed(http, "device"),
        scope=needed(http, "scope"),
        after=None if place is None else (table, row_id),
        first_only=first == "1",
    )


def needed(http: HttpRequest, name: str) -> str:
    """A short text that must be there. Raises Unreadable."""
    value = http.query_params.get(name)
    if not value:
        raise Unreadable(f"{name} is needed")
    if len(value) > NAME_CHARACTERS_MAX:
        raise Unreadable(f"{name} has at most {NAME_CHARACTERS_MAX} characters")
    if "\0" in value:
        raise Unreadable(f"{name} has a character that cannot be stored")
    return value


def _whole(text: str, name: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 15):
        raise Unreadable(f"{name} is a whole number of at most 15 figures")
    return int(text)


def _cursor(after: list[str]) -> dict[str, int]:
    if len(after) > SCOPES_A_REQUEST_MAX:
        raise Unreadable(f"at most {SCOPES_A_REQUEST_MAX} scopes")
    cursor = {}
    for item in after:
        scope, _, number = item.rpartition(".")
        cursor[scope] = _whole(number, "after")
    return cursor
