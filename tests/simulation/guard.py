"""Notices when anything under simulation reaches out of the process: a handler must not.

Python tells an audit hook of every file, socket and child process before it is made.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

FORBIDDEN = ("socket.", "subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.remove")

_reached: list[str] = []
_watching = False
_installed = False


class ReachedOut(AssertionError):
    """Something under simulation touched the world outside."""


def _hook(event: str, args: tuple[Any, ...]) -> None:
    if not _watching:
        return
    if event.startswith(FORBIDDEN) or (event == "open" and _is_writing(args)):
        _reached.append(event)


def _is_writing(args: tuple[Any, ...]) -> bool:
    mode = args[1] if len(args) > 1 else None
    return isinstance(mode, str) and any(letter in mode for letter in "wax+")


@contextmanager
def nothing_reaches_out() -> Iterator[None]:
    """Raises ReachedOut at the end when anything inside did; a hook itself may not raise safely."""
    global _watching, _installed
    if not _installed:
        sys.addaudithook(_hook)
        _installed = True
    _reached.clear()
    _watching = True
    try:
        yield
        reached = sorted(set(_reached))
    finally:
        _watching = False
    if reached:
        raise ReachedOut(f"R6: something under simulation reached out: {', '.join(reached)}")
