"""Requests drawn from a service's own OpenAPI description, right, nearly right and wild.

A route or command added later is drawn from the day it is described.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
import msgspec
from hypothesis import strategies as st

from sync.command import Registry
from tests.devices import device_of, proof_of

JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
NASTY = st.sampled_from(
    ["", "\0", "\ud800", "a" * 201, "../..", "';--", "9" * 30, "1e999", "NaN", "\u202e", "ﷺ" * 50]
)
INSTANTS = st.datetimes().map(lambda at: at.isoformat() + "Z") | st.sampled_from(
    ["2026-11-24T10:42:00Z", "2026-03-29T01:30:00+00:00", "0001-01-01T00:00:00+23:59", "now"]
)
DAYS = st.dates().map(str) | st.just("2026-02-30")
DEEP = 60_000
CALLERS = {device_of(name): proof_of(name) for name in ("flood-1", "flood-2")}
"""Devices that requests are drawn of, and how each proves itself."""
HERE, _ = CALLERS
OPEN_ROUTES = ("/v1/events",)
"""A stream does not end by itself; it has tests of its own."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request."""

    method: str
    path: str
    query: list[tuple[str, str]] | str = field(default_factory=list)
    body: bytes = b""
    headers: dict[str, Any] = field(default_factory=dict)
    judge: Callable[[httpx.Response], None] = lambda answer: None
    """Says what else is promised of the answer. Raises AssertionError."""


def value_of(schema: dict[str, Any], components: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Values that fit a JSON schema."""
    if "$ref" in schema:
        return value_of(components[schema["$ref"].rpartition("/")[2]], components)
    if "anyOf" in schema:
        return st.one_of([value_of(each, components) for each in schema["anyOf"]])
    if "enum" in schema or "const" in schema:
        return st.sampled_from(schema.get("enum") or [schema["const"]])
    return KINDS.get(schema.get("type", ""), _any)(schema, components)


def _any(schema: dict[str, Any], components: dict[str, Any]) -> st.SearchStrategy[Any]:
    return JSON


def _text(schema: dict[str, Any], components: dict[str, Any]) -> st.SearchStrategy[Any]:
    if schema.get("format") == "date-time":
        return INSTANTS
    if schema.get("format") == "date":
        return DAYS
    longest = min(schema.get("maxLength", 30), 30)
    return st.text(min_size=schema.get("minLength", 0), max_size=longest)


def _whole(schema: dict[str, Any], components: dict[str, Any]) -> st.SearchStrategy[Any]:
    return st.integers(schema.get("minimum"), schema.get("maximum"))


def _list(schema: dict[str, Any], components: dict[str, Any]) -> st.SearchStrategy[Any]:
    return st.lists(value_of(schema.get("items") or {}, components), max_size=3)


def _object(schema: dict[str, Any], components: dict[str, Any]) -> st.SearchStrategy[Any]:
    fields = {
        name: value_of(each, components) for name, each in schema.get("properties", {}).items()
    }
    needed = {name: fields.pop(name) for name in schema.get("required", ())}
    if not needed and not fields:
        more = schema.get("additionalProperties")
        inner = value_of(more, components) if isinstance(more, dict) else JSON
        return st.dictionaries(st.text(max_size=8), inner, max_size=3)
    return st.fixed_dictionaries(needed, optional=fields)


KINDS = {
    "string": _text,
    "integer": _whole,
    "number": lambda schema, components: st.floats(allow_nan=False, allow_infinity=False),
    "boolean": lambda schema, components: st.booleans(),
    "null": lambda schema, components: st.none(),
    "array": _list,
    "object": _object,
}


def arguments_of(registry: Registry) -> st.SearchStrategy[tuple[str, int, Any]]:
    """A command's name and version with arguments as it declares them."""
    definitions = list(registry)
    _, components = msgspec.json.schema_components([each.arguments for each in definitions])
    return st.one_of(
        [
            st.tuples(
                st.just(each.name),
                st.just(each.version),
                value_of(components[each.arguments.__name__], components),
            )
            for each in definitions
        ]
    )


@st.composite
def nearly(draw: st.DrawFn, right: st.SearchStrategy[Any]) -> Any:
    """Something right with one thing in it made wrong, or nothing."""
    value = draw(right)
    place = value
    while isinstance(place, dict | list) and place and draw(st.booleans()):
        key = draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
        if draw(st.booleans()):
            place[key] = draw(NASTY | JSON)
            return value
        place = place[key]
    return value


@st.composite
def batches(draw: st.DrawFn, registry: Registry) -> Any:
    """A push of commands that this service knows, under few devices, so that numbers meet."""
    name = draw(st.sampled_from(list(CALLERS)))
    first = draw(st.integers(1, 40))
    commands = []
    for number in range(draw(st.integers(1, 3))):
        act, version, args = draw(arguments_of(registry))
        commands.append(
            {
                "id": f"{name[:8]}-{draw(st.integers(1, 60))}",
                "device": name,
                "seq": first + number,
                "actor": "somebody",
                "name": draw(st.just(act) | st.just("no.such_act")),
                "version": draw(st.just(version) | st.integers(0, 9)),
                "issued_at": "2026-11-24T10:42:00Z",
                "args": args,
            }
        )
    epoch = draw(st.sampled_from([None, "epoch-1", "epoch-of-another"]))
    after = draw(st.just(first - 1) | st.integers(0, 50))
    return {"wire": 2, "device": name, "epoch": epoch, "commands": commands, "after": after}


def requests(description: dict[str, Any], registry: Registry) -> st.SearchStrategy[Asked]:
    """Requests of every kind to every route."""
    components = description["components"]["schemas"]
    described = value_of(components["PushCommands"], components)
    bodies = st.one_of(nearly(batches(registry)), nearly(described), JSON).map(_encoded)
    wild = st.binary(max_size=300) | st.sampled_from(
        [b"[" * DEEP, b'{"a":' * DEEP, b'{"commands":' + b"[" * DEEP, b"\xff\xfe", b"null"]
    )
    packings = st.sampled_from(["", "deflate", "gzip", "deflate, deflate", "br", "\x7f"])
    posts = st.builds(_post, bodies | wild, packings, st.booleans())
    routes = [path for path in description["paths"] if path not in OPEN_ROUTES]
    gets = st.one_of([_gets(path, description["paths"][path]) for path in routes])
    astray = st.builds(
        Asked,
        st.sampled_from(["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"]),
        st.sampled_from([*routes, "/", "/v1", "/v2/changes", "/v1/changes/", "/%00", "/v1/%2e%2e"]),
    )
    return st.one_of(posts, gets, astray).flatmap(_proven)


def _proven(asked: Asked) -> st.SearchStrategy[Asked]:
    """Mostly as the device that is named proves itself; else as another, as nobody or wildly."""
    named = [proof for device, proof in CALLERS.items() if device in str(asked)]
    right = named[0] if named else CALLERS[HERE]
    wild = st.text(st.characters(max_codepoint=255), max_size=150).filter(str.isprintable)
    wrong = st.sampled_from([{}, *CALLERS.values()]) | st.builds(
        lambda text: {"authorization": text.strip().encode("latin-1")}, wild
    )
    shown = st.sampled_from(range(10)).flatmap(lambda n: wrong if n == 0 else st.just(right))
    return shown.map(lambda headers: replace(asked, headers=asked.headers | headers))


def _encoded(value: Any) -> bytes:
    return json.dumps(value).encode("utf-8", "surrogatepass")


def _post(body: bytes, packing: str, is_packed: bool) -> Asked:
    headers = {"content-encoding": packing} if packing else {}
    return Asked("POST", "/v1/commands", [], zlib.compress(body, 1) if is_packed else body, headers)


def _gets(path: str, route: dict[str, Any]) -> st.SearchStrategy[Asked]:
    if "get" not in route:
        return st.just(Asked("GET", path))
    names = [each["name"] for each in route["get"].get("parameters", ())] or ["device"]
    values = st.sampled_from(
        ["1", "2", HERE, "council", "council.0", "council.5", "epoch-1", "office:x.1", "x.-1"]
    )
    pair = st.tuples(st.sampled_from(names), values | NASTY | st.text(max_size=20))
    return st.lists(pair, max_size=5).map(lambda query: Asked("GET", path, list(query)))
