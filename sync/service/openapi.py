"""The OpenAPI description, made from the same types that encode and decode the messages."""

from __future__ import annotations

from typing import Any

import msgspec

from sync.command import NAME_CHARACTERS_MAX
from sync.wire import WIRE_VERSION, ChangesPage, Decided, Failure, PushCommands, SnapshotPart

BODIES = (PushCommands, Decided, ChangesPage, SnapshotPart, Failure)
SCOPES_A_REQUEST_MAX = 100
REF = "#/components/schemas/{name}"


def description(title: str, statuses: dict[str, int]) -> dict[str, Any]:
    """OpenAPI 3.1. `statuses` maps each failure code to its HTTP status."""
    _, components = msgspec.json.schema_components(BODIES, ref_template=REF)
    components["Failure"]["properties"]["code"] = {"enum": sorted(statuses)}
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": str(WIRE_VERSION)},
        "paths": {
            "/v1/commands": {"post": _push(statuses)},
            "/v1/changes": {"get": _get("Changes after a cursor", ChangesPage, CHANGES, statuses)},
            "/v1/snapshot": {
                "get": _get("A scope's rows, in parts", SnapshotPart, SNAPSHOT, statuses)
            },
            "/v1/events": {"get": _events(statuses)},
            "/v1/health": {"get": _health(statuses)},
            "/metrics": {"get": _metrics(statuses)},
            "/v1/openapi.json": {"get": _plain("This description", {"type": "object"})},
        },
        "components": {"schemas": components, "securitySchemes": {"device": PROOF}},
    }


PROOF = {
    "type": "http",
    "scheme": "bearer",
    "description": "What a device shows to this service to prove that it is the one it names",
}
BY_DEVICE: dict[str, Any] = {"security": [{"device": []}]}


def _parameter(name: str, *, needed: bool = False, **schema: Any) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": needed, "schema": schema}


WIRE = _parameter("wire", type="integer", const=WIRE_VERSION)
NAME: dict[str, Any] = {
    "type": "string",
    "minLength": 1,
    "maxLength": NAME_CHARACTERS_MAX,
    "pattern": r"^[^\u0000]+$",
}
DEVICE = _parameter("device", needed=True, **NAME)
CHANGES = [
    WIRE,
    DEVICE,
    _parameter("epoch", **NAME),
    _parameter(
        "after",
        type="array",
        maxItems=SCOPES_A_REQUEST_MAX,
        items={"type": "string", "pattern": r"^[^.]*(\.[^.]*)*\.[0-9]{1,15}$"},
    ),
]
SNAPSHOT = [
    WIRE,
    DEVICE,
    _parameter("scope", needed=True, **NAME),
    _parameter("first", type="integer", minimum=0, maximum=1),
    _parameter("after", **NAME | {"pattern": r"^[^.\u0000]*\.[^\u0000]*$"}),
]
HEALTH = {
    "type": "object",
    "required": ["up", "listening"],
    "properties": {"up": {"const": True}, "listening": {"type": "integer", "minimum": 0}},
}


def _json(kind: type[Any]) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": REF.format(name=kind.__name__)}}}


def _failures(statuses: dict[str, int]) -> dict[str, Any]:
    by_status: dict[int, list[str]] = {}
    for code, status in statuses.items():
        by_status.setdefault(status, []).append(code)
    return {
        str(status): {"description": "Failure: " + ", ".join(codes), "content": _json(Failure)}
        for status, codes in sorted(by_status.items())
    }


def _answers(kind: type[Any], statuses: dict[str, int]) -> dict[str, Any]:
    done = {"200": {"description": kind.__name__, "content": _json(kind)}}
    return done | _failures(statuses)


def _push(statuses: dict[str, int]) -> dict[str, Any]:
    return {
        "summary": "A batch of commands, in order; each is run exactly once",
        "requestBody": {"required": True, "content": _json(PushCommands)},
        "responses": _answers(Decided, statuses),
    } | BY_DEVICE


def _get(
    summary: str, kind: type[Any], parameters: list[dict[str, Any]], statuses: dict[str, int]
) -> dict[str, Any]:
    responses = _answers(kind, statuses)
    return {"summary": summary, "parameters": parameters, "responses": responses} | BY_DEVICE


def _events(statuses: dict[str, int]) -> dict[str, Any]:
    stream = {"text/event-stream": {"schema": {"type": "string"}}}
    return {
        "summary": "Server-sent pokes: which scopes have reached which number",
        "parameters": [DEVICE],
        "responses": {"200": {"description": "A stream", "content": stream}} | _failures(statuses),
    } | BY_DEVICE


def _health(statuses: dict[str, int]) -> dict[str, Any]:
    described = _plain("Whether this process can serve", HEALTH)
    away = {code: status for code, status in statuses.items() if status == 503}
    return described | {"responses": described["responses"] | _failures(away)}


def _metrics(statuses: dict[str, int]) -> dict[str, Any]:
    shown = {"text/plain": {"schema": {"type": "string"}}}
    told = {"200": {"description": "Prometheus' text format", "content": shown}}
    return {
        "summary": "Figures of this process and its database, where it was started to tell them",
        "responses": told | _failures(statuses),
    }


def _plain(summary: str, schema: dict[str, Any]) -> dict[str, Any]:
    content = {"application/json": {"schema": schema}}
    return {"summary": summary, "responses": {"200": {"description": summary, "content": content}}}
