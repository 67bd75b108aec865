"""Who may act."""

from __future__ import annotations

from sync.command import Context
from sync.errors import Refusal

CENTRE = "centre"
"""The name under which the central service itself acts; no device can have it."""


def check_is_centre(context: Context) -> None:
    """Raises Refusal `not_allowed` for whoever is not the central service."""
    if (context.actor, context.device) != (CENTRE, CENTRE):
        raise Refusal("not_allowed")
