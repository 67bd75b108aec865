"""The time in every process of a run: a Tuesday morning, whatever the hour.

Imports nothing, because the process whose start is measured imports this.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from time import monotonic

TEN_FORTY_TWO = datetime(2026, 11, 24, 10, 42, tzinfo=UTC)
BEGAN_S = "BENCHMARK_MORNING_BEGAN"
"""Environment: the monotonic second at which it was 10:42."""


def begin_the_morning() -> None:
    """It is 10:42 now, here and in every process started from here."""
    os.environ[BEGAN_S] = repr(monotonic())


def clock() -> datetime:
    """The time of the morning, in whole milliseconds of UTC."""
    gone_s = monotonic() - float(os.environ[BEGAN_S])
    return TEN_FORTY_TWO + timedelta(milliseconds=int(gone_s * 1_000))


def keep_the_morning() -> None:
    """Let no clock of this process be put right: the service beside it goes by the real time."""
    from sync.upstream.clocks import RightedClock

    RightedClock.hear = lambda self, stated_at, **when: None  # type: ignore[method-assign]
