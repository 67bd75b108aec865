"""Time as it is booked: in pieces of five minutes."""

from __future__ import annotations

from datetime import datetime, timedelta

GRANULE = timedelta(minutes=5)


def granules(starts_at: datetime, ends_at: datetime) -> tuple[datetime, ...]:
    """The five-minute pieces of time that a booking claims."""
    count = -(-(ends_at - starts_at) // GRANULE)
    return tuple(starts_at + GRANULE * index for index in range(count))
