"""Lets the window's thread have a core before the workers of the same desk.

A desk of two cores runs a writer, readers and the line beside its window. Python's own lock changes
hands within a painting a hundred times, and at equal rank the window then waits each time until the
system gives it a core again: most of the longest waits in a busy hour were for that.
"""

from __future__ import annotations

import os
import sys
import threading

NICE = 10
BELOW_NORMAL = -1
"""Windows' own word for it: THREAD_PRIORITY_BELOW_NORMAL."""


def give_way() -> None:
    """Let the thread that calls this come after the window's. Where that cannot be, nothing is."""
    if sys.platform == "win32":
        import ctypes

        kernel = ctypes.windll.kernel32
        kernel.SetThreadPriority(kernel.GetCurrentThread(), BELOW_NORMAL)
    elif sys.platform == "linux":
        # To Linux each thread is a process of its own; elsewhere this would slow the window too.
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)
