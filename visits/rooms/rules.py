"""Which rooms fit what a person needs."""

from __future__ import annotations

FEATURES = ("wheelchair", "hearing_loop", "panic_button", "two_exits")


def fits(features: frozenset[str], needed: frozenset[str]) -> bool:
    """Whether a room with these features has all that is needed."""
    return needed <= features
