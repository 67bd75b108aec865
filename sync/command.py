"""The one way to change anything: named, versioned commands with plain arguments.

The issuer makes ids and times once and puts them into the arguments, so a command that runs
twice, or on another node, gives the same rows. A handler reads no clock, no random source, no
network and no setting outside the database.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Struct
from sqlalchemy.orm import Session

from sync.errors import OtherVersion, Refusal


class Arguments(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The arguments of a command: plain values, ids and instants, made by the issuer."""


NAME_CHARACTERS_MAX = 200
BIGGEST_WHOLE = 2**53 - 1
"""The greatest number that JSON readers and both databases take alike."""
Name = Annotated[
    str, msgspec.Meta(min_length=1, max_length=NAME_CHARACTERS_MAX, pattern=r"^[^\u0000]+$")
]
"""An id or a name: short, and without NUL, which PostgreSQL cannot store."""
Counted = Annotated[int, msgspec.Meta(ge=1, le=BIGGEST_WHOLE)]


class Envelope(Struct, frozen=True, kw_only=True):
    """A command as it travels, unchanged from the desk that issued it to the node that decides."""

    id: Name
    device: Name
    seq: Counted
    actor: Name
    name: Name
    version: Counted
    issued_at: Annotated[datetime, msgspec.Meta(tz=True)]
    args: msgspec.Raw


class Context(Struct, frozen=True):
    """What a handler may know beside its arguments: all of it comes from the envelope."""

    command_id: str
    device: str
    actor: str
    issued_at: datetime


A = TypeVar("A", bound=Arguments)
Handler = Callable[[Session, Any, Context], None]


class Definition(Struct, frozen=True):
    """One command at one version.

    `alone_in`: it changes one scope, whose name begins so, and needs no other but those that only
    commands without this word change. Two of them in two scopes may be decided at once.
    """

    name: str
    version: int
    arguments: type[Arguments]
    handler: Handler
    alone_in: tuple[str, ...] = ()


class Registry:
    """Every command a node knows. Built in a composition root; handed to the nodes."""

    def __init__(self) -> None:
        self._by_name: dict[tuple[str, int], Definition] = {}
        self._by_arguments: dict[type[Arguments], Definition] = {}

    def command(
        self, name: str, arguments: type[A], *, version: int = 1, alone_in: tuple[str, ...] = ()
    ) -> Callable[[Callable[[Session, A, Context], None]], Callable[[Session, A, Context], None]]:
        """Register the decorated handler; `alone_in` as in a Definition.

        Raises ValueError when the name is taken.
        """

        def register(
            handler: Callable[[Session, A, Context], None],
        ) -> Callable[[Session, A, Context], None]:
            self._add(Definition(name, version, arguments, handler, alone_in))
            return handler

        return register

    def include(self, others: Iterable[Definition]) -> None:
        """Take in commands as they are defined, such as those of another registry."""
        for definition in others:
            self._add(definition)

    def _add(self, definition: Definition) -> None:
        name, version = definition.name, definition.version
        if (name, version) in self._by_name:
            raise ValueError(f"command {name} version {version} is defined twice")
        self._by_name[name, version] = definition
        self._by_arguments[definition.arguments] = definition

    def __iter__(self) -> Iterator[Definition]:
        return iter(self._by_name.values())

    def __contains__(self, name_and_version: tuple[str, int]) -> bool:
        return name_and_version in self._by_name

    def of(self, name: str, version: int) -> Definition:
        """The definition by name. Raises OtherVersion when this node does not know it."""
        try:
            return self._by_name[name, version]
        except KeyError:
            raise OtherVersion(f"command {name} version {version} is unknown here") from None

    def alone_in(self, name: str, version: int) -> tuple[str, ...]:
        """As its definition says; of a command that is unknown here, nothing."""
        known = self._by_name.get((name, version))
        return known.alone_in if known else ()

    def of_arguments(self, arguments: Arguments) -> Definition:
        """The definition that takes these arguments."""
        return self._by_arguments[type(arguments)]

    def seal(
        self,
        arguments: Arguments,
        *,
        id: str,
        device: str,
        seq: int,
        actor: str,
        issued_at: datetime,
    ) -> Envelope:
        """Put arguments into an envelope."""
        definition = self.of_arguments(arguments)
        return Envelope(
            id=id,
            device=device,
            seq=seq,
            actor=actor,
            name=definition.name,
            version=definition.version,
            issued_at=issued_at,
            args=msgspec.Raw(msgspec.json.encode(arguments)),
        )

    def open(self, envelope: Envelope) -> tuple[Definition, Arguments]:
        """The definition and typed arguments. Raises OtherVersion or a `malformed` Refusal."""
        definition = self.of(envelope.name, envelope.version)
        try:
            arguments = msgspec.json.decode(envelope.args, type=definition.arguments)
            if NUL in bytes(envelope.args) and _has_nul(msgspec.json.decode(envelope.args)):
                raise Refusal("malformed", detail="a text has a character that cannot be stored")
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Refusal("malformed", detail=_where(error)) from error
        return definition, arguments


NUL = b"\\u0000"


def _has_nul(value: Any) -> bool:
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, dict):
        return any(map(_has_nul, value)) or any(map(_has_nul, value.values()))
    return isinstance(value, list) and any(map(_has_nul, value))


def _where(error: Exception) -> str:
    """What is wrong and at which field; other decoders quote what was typed, so they are named."""
    return str(error) if isinstance(error, msgspec.DecodeError) else type(error).__name__
