"""Bugs that others have shipped, as patches in memory: the simulation must find every one."""

from __future__ import annotations

# Importing them registers them.
from tests.simulation import (
    planted_at_desks,
    planted_at_relays,
    planted_at_the_centre,
    planted_in_clocks,
    planted_in_handlers,
)
from tests.simulation.planting import PLANTED, Planted, planted

__all__ = [
    "PLANTED",
    "Planted",
    "planted",
    "planted_at_desks",
    "planted_at_relays",
    "planted_at_the_centre",
    "planted_in_clocks",
    "planted_in_handlers",
]
