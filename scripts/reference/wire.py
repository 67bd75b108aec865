"""Every code with which a service says that it cannot answer."""

from __future__ import annotations

from http import HTTPStatus

from scripts.reference.table import code, table
from sync.service.routes import STATUS
from sync.wire import WIRE_VERSION

HEAD = f"""\
# Failures on the wire

Version {WIRE_VERSION} of the wire. A service that cannot answer says so with a `Failure` that has
one of these codes. A command that a rule refused is no failure but an outcome (see
[refusals](refusals.md)). The whole description is served at `/v1/openapi.json`.
"""


def page() -> str:
    """The page of all codes."""
    rows = [
        (code(name), f"{status} {HTTPStatus(status).phrase}")
        for name, status in sorted(STATUS.items())
    ]
    return HEAD + "\n" + table(("code", "HTTP status"), rows)
