"""What the window's process and the printing process say to each other, over pipes."""

from __future__ import annotations

import struct
from typing import BinaryIO

import msgspec
from msgspec import Struct

LENGTH = struct.Struct(">I")
MESSAGE_BYTES_MAX = 64 * 1024 * 1024
"""No document of ours is near this; a broken pipe's figures may be."""


class PrintIt(Struct, frozen=True, tag=True):
    """Print a PDF on the printer with this exact name."""

    printer_name: str
    document_name: str
    pdf: bytes


class NamePrinters(Struct, frozen=True, tag=True):
    """Name the printers of this computer."""


class Printed(Struct, frozen=True, tag=True):
    """Sent to the printer."""


class Names(Struct, frozen=True, tag=True):
    """The printers of this computer."""

    names: list[str]


class Problem(Struct, frozen=True, tag=True):
    """It could not be done: the class of `reception_app.printing.errors`, and its words."""

    kind: str
    words: str


Request = PrintIt | NamePrinters
Reply = Printed | Names | Problem


def write(stream: BinaryIO, message: Request | Reply) -> None:
    """Send a message. Raises OSError when the other side is gone."""
    body = msgspec.msgpack.encode(message)
    stream.write(LENGTH.pack(len(body)) + body)
    stream.flush()


def read_request(stream: BinaryIO) -> Request | None:
    """The next request, or None at the end."""
    body = _body(stream)
    return None if body is None else msgspec.msgpack.decode(body, type=Request)


def read_reply(stream: BinaryIO) -> Reply | None:
    """The next reply, or None when the other side is gone."""
    body = _body(stream)
    return None if body is None else msgspec.msgpack.decode(body, type=Reply)


def _body(stream: BinaryIO) -> bytes | None:
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    (length,) = LENGTH.unpack(head)
    if length > MESSAGE_BYTES_MAX:
        return None
    body = stream.read(length)
    return body if len(body) == length else None
