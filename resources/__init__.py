"""What ships beside the code: fonts, icons, calendars."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path


def path(*parts: str) -> Path:
    """A shipped file. The package is installed unpacked, so it is a real path on every system."""
    return Path(str(files("resources").joinpath(*parts)))
