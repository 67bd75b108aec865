"""The pages of docs/reference and what makes each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from scripts.reference import commands, keys, refusals, settings, wire

FOLDER = Path(__file__).parents[2] / "docs" / "reference"
PAGES: dict[str, Callable[[], str]] = {
    "commands": commands.page,
    "refusals": refusals.page,
    "keys": keys.page,
    "settings": settings.page,
    "wire": wire.page,
}
