"""Catches a handler that asks for what is not in its arguments or its database.

Python tells a profile function of every built-in function before it runs, so it matters not
through how many layers a handler reaches for the time, for chance or for the outside.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from tests.simulation.guard import nothing_reaches_out

CLOCKS = (
    "now",
    "utcnow",
    "today",
    "time",
    "time_ns",
    "monotonic",
    "monotonic_ns",
    "perf_counter",
    "localtime",
    "gmtime",
    "ctime",
)
CHANCE = ("random", "getrandbits", "urandom", "getrandom", "uuid1", "generate_time_safe")
MODULES = ("datetime", "time", "random", "_random", "posix", "nt", "_uuid", "os")
SQLALCHEMY = f"{os.sep}sqlalchemy{os.sep}"


class Impure(AssertionError):
    """A handler asked for something that is not the same on every node."""


def _told(frame: FrameType, event: str, function: Any) -> None:
    if event != "c_call" or function.__name__ not in (*CLOCKS, *CHANCE):
        return
    # What compiles statements times itself; nothing of that is in a row.
    if SQLALCHEMY in frame.f_code.co_filename:
        return
    owner = getattr(function, "__self__", None)
    module = function.__module__ or getattr(owner, "__module__", "") or type(owner).__module__
    if module in MODULES or getattr(owner, "__name__", "") in MODULES:
        raise Impure(f"C8: a handler asks {module} for {function.__name__}")


@contextmanager
def no_clock_no_chance_no_outside() -> Iterator[None]:
    """Raises Impure at the call, or ReachedOut at the end, when anything inside is not pure."""
    before = sys.getprofile()
    with nothing_reaches_out(), _nothing_collected():
        sys.setprofile(_told)
        try:
            yield
        finally:
            sys.setprofile(before)


@contextmanager
def _nothing_collected() -> Iterator[None]:
    """A collection of garbage calls what others have hung onto it, in the midst of a handler."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()
