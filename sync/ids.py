"""Identifiers made where they are needed, with no one to ask.

UUIDv7 (RFC 9562): 48 bits of milliseconds, then random bits; sorted by the time they were made.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime

RandomBits = Callable[[int], int]
Clock = Callable[[], datetime]


def uuid7(at: datetime, random_bits: RandomBits) -> str:
    """A UUIDv7 for the instant `at`, its 74 free bits drawn from `random_bits(count)`."""
    milliseconds = int(at.timestamp() * 1000) & (1 << 48) - 1
    value = milliseconds << 80 | 0x7 << 76 | random_bits(12) << 64 | 0x2 << 62 | random_bits(62)
    return str(uuid.UUID(int=value))


class IdSource:
    """Makes ids from the clock and the random source it was given."""

    def __init__(self, clock: Clock, random_bits: RandomBits) -> None:
        self._clock = clock
        self._random_bits = random_bits

    def __call__(self) -> str:
        return uuid7(self._clock(), self._random_bits)
