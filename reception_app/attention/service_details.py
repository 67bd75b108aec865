"""What the service desk needs to know of this desk, as text to copy: no personal data."""

from __future__ import annotations

import platform
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version

from PySide6.QtCore import qVersion

from sync.standing import Attention, Standing
from sync.upstream.line import LineState
from sync.wire import WIRE_VERSION

DISTRIBUTION = "council-reception"
TOLD = ("what", "field", "state", "limit", "report")
"""Of a refusal's data these alone are told: names of our own, never what was typed."""


def service_details(
    *, device: str, standing: Standing, line: LineState, items: Iterable[Attention]
) -> str:
    """Versions, how the line is, counts, and each refusal by names and ids. Times are UTC."""
    complete = standing.complete_at.isoformat() if standing.complete_at else "never"
    refusals = [_refusal(item) for item in items]
    return "\n".join(
        [
            f"Device: {device}",
            f"App: {_app_version()}, wire {WIRE_VERSION}",
            f"Python {platform.python_version()}, Qt {qVersion()}, {platform.platform()}",
            f"Line: {line.health.value} since {line.since_at.isoformat()}",
            f"Last whole round: {complete}",
            *(
                [f"Loaded: {standing.loaded_percent} %"]
                if standing.loaded_percent is not None
                else []
            ),
            f"Waiting to be sent: {standing.waiting}",
            f"Needing a decision: {standing.needs_decision}",
            *refusals,
        ]
    )


def _app_version() -> str:
    try:
        return version(DISTRIBUTION)
    except PackageNotFoundError:
        return "not installed, run from its folder"


def _refusal(item: Attention) -> str:
    envelope, outcome = item.envelope, item.outcome
    told = "".join(f", {name} {outcome.data[name]}" for name in TOLD if name in outcome.data)
    return (
        f"Refused: {envelope.name} version {envelope.version}, {outcome.reason}{told}, "
        f"number {envelope.seq}, {envelope.issued_at.isoformat()}, id {envelope.id}"
    )
