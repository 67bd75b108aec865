"""What a desk remembers of its set-up, and the options of both command lines."""

from __future__ import annotations

import inspect

import msgspec

from reception_app.desk.folder import Settings
from scripts.reference.table import code, table

HEAD = """\
# Settings

A desk keeps these in `settings.json` in its folder; nothing in it is personal. Some are
chosen at the first start, the others in the panel *Settings* (Ctrl+,). A file that cannot be read
counts as empty.
"""


def page() -> str:
    """The page of all settings."""
    rows = [
        (code(field.name), code(field.type.__name__), code(repr(field.default)))
        for field in msgspec.structs.fields(Settings)
    ]
    notes = " ".join((inspect.getdoc(Settings) or "").split())
    return HEAD + "\n" + table(("setting", "type", "default"), rows) + f"\n{notes}\n"
