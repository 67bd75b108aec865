"""Logs as lines of JSON: what happened, never about whom.

An exception is written as its class and the places it passed, without its text, because drivers
and decoders put values into their texts.
"""

from __future__ import annotations

import logging
import traceback
from datetime import UTC, datetime
from typing import IO

import msgspec

OURS = frozenset({"kind", "cause", "count", "command", "act", "state", "reason"})
"""Fields that our own calls give with `extra`; nothing else is written."""
LOUD = ("uvicorn", "sqlalchemy", "alembic", "httpx", "httpcore")
"""Libraries that log requests or statements at a lower level than this."""

CAUSES_MAX = 5
PLACES_MAX = 8


class JsonLines(logging.Formatter):
    """One event a line."""

    def format(self, record: logging.LogRecord) -> str:
        """The event as JSON."""
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            # The words of the call, without what it would put into them.
            "event": str(record.msg),
        }
        line |= {name: vars(record)[name] for name in OURS if name in vars(record)}
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = list(_chain(record.exc_info[1]))
        return msgspec.json.encode(line, enc_hook=str).decode()


def _chain(error: BaseException) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    seen: BaseException | None = error
    while seen is not None and len(found) < CAUSES_MAX:
        frames = traceback.extract_tb(seen.__traceback__)[-PLACES_MAX:]
        places = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
        found.append({"kind": type(seen).__name__, "places": places})
        seen = seen.__cause__ or seen.__context__
    return found


def log_to(stream: IO[str], level: int = logging.INFO) -> logging.Handler:
    """Send every log of this process to a stream. Gives the handler."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(level)
    for name in LOUD:
        logging.getLogger(name).setLevel(logging.WARNING)
    return handler
