"""Every command: what it is for, what it takes, what it may be refused for."""

from __future__ import annotations

import inspect
import re

import msgspec

from scripts.reference.reasons import reasons_of
from scripts.reference.table import code, table
from sync.command import Arguments, Definition
from visits.registry import commands

HEAD = """\
# Commands

Everything that changes anything, by the idea it belongs to. What each refusal says to a person is
in [refusals](refusals.md). An argument with a default may be left out.
"""
REFUSED = re.compile(r"\bRefused\b.*|\bSee `.*")


def page() -> str:
    """The page of all commands."""
    parts = [HEAD]
    idea = ""
    for definition in sorted(commands(), key=lambda found: (found.name, found.version)):
        if definition.name.partition(".")[0] != idea:
            idea = definition.name.partition(".")[0]
            parts.append(f"## {idea}\n")
        parts.append(_section(definition))
    return "\n".join(parts)


def _section(definition: Definition) -> str:
    refusals = ", ".join(map(code, sorted(reasons_of(definition.handler))))
    lines = [
        f"### {definition.name}, version {definition.version}\n",
        f"{opening(definition.arguments)} {opening(definition.handler)}\n",
        f"May be refused: {refusals or 'never'}.\n",
        table(("argument", "type", "default"), _rows(definition.arguments)),
    ]
    return "\n".join(lines)


def opening(documented: object) -> str:
    """The first paragraph of a docstring, without the refusals."""
    told = " ".join((inspect.getdoc(documented) or "").partition("\n\n")[0].split())
    return REFUSED.sub("", told).strip()


def _rows(arguments: type[Arguments]) -> list[tuple[str, str, str]]:
    types = _written_types(arguments)
    return [
        (code(field.name), code(types[field.name]), code(_default(field)))
        for field in msgspec.structs.fields(arguments)
    ]


def _written_types(arguments: type[Arguments]) -> dict[str, str]:
    """The types as the source names them: `TicketId`, not the `str` it is at run time."""
    types: dict[str, str] = {}
    for kind in reversed(arguments.__mro__):
        types |= {name: str(kind_) for name, kind_ in vars(kind).get("__annotations__", {}).items()}
    return types


def _default(field: msgspec.structs.FieldInfo) -> str:
    if field.default is not msgspec.NODEFAULT:
        return repr(field.default)
    if field.default_factory is not msgspec.NODEFAULT:
        return repr(field.default_factory())
    return ""
