"""What a desk did, in its own folder, for the service desk: lines of JSON, never about whom."""

from __future__ import annotations

import faulthandler
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from sync.logs import log_to

LOG_BYTES_MAX = 2_000_000
"""Some weeks of a desk. What is larger at a start is set aside, in place of what was before."""


@contextmanager
def log_kept_in(file: Path) -> Iterator[IO[str] | None]:
    """Keep the log of this process in a file while the block runs; gives the open file.

    A desk works on where the file cannot be written: then None.
    """
    stream = _opened(file)
    if stream is None:
        yield None
        return
    with stream:
        handler = log_to(stream)
        try:
            yield stream
        finally:
            logging.getLogger().removeHandler(handler)


@contextmanager
def crash_told_in(log: IO[str] | None) -> Iterator[None]:
    """Let a crash below Python write into the log where each thread was: lines of code alone."""
    if log is None:
        yield
        return
    was_told = faulthandler.is_enabled()
    faulthandler.enable(log)
    try:
        yield
    finally:
        faulthandler.disable()
        if was_told:
            faulthandler.enable()


def _opened(file: Path) -> IO[str] | None:
    try:
        _set_aside_if_large(file)
        return file.open("a", encoding="utf-8")
    except OSError:
        return None


def _set_aside_if_large(file: Path) -> None:
    if file.exists() and file.stat().st_size > LOG_BYTES_MAX:
        file.replace(file.with_suffix(".log.before"))
