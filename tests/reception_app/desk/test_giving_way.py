"""Workers come after the window where the cores are few."""

from __future__ import annotations

import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from reception_app.desk.giving_way import NICE, give_way


def rank() -> int:
    """How far the calling thread stands back; 0 is nothing."""
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a thread's rank cannot be read so")
def test_a_worker_stands_back_and_the_window_does_not() -> None:
    before = rank()
    with ThreadPoolExecutor(1, initializer=give_way) as worker:
        assert worker.submit(rank).result() == NICE
    assert rank() == before


def test_giving_way_twice_or_where_it_cannot_be_is_harmless() -> None:
    with ThreadPoolExecutor(1, initializer=give_way) as worker:
        worker.submit(give_way).result()
