"""A line that is told to end ends, wherever its threads are at that moment."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from sync.upstream.clocks import RightedClock
from sync.upstream.http import HttpUpstream
from sync.upstream.line import Line
from sync.upstream.wishes import Wishes
from tests import centres
from tests.centres import SetClock

LONG_S = 600.0
"""Longer than a test may last: whoever waits for its end has failed."""


@pytest.fixture
def writer() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1, thread_name_prefix="test writer") as pool:
        yield pool


def test_a_line_told_to_end_while_it_connects_leaves_no_thread_and_no_stream(
    sample_files: dict[str, Path],
    tmp_path: Path,
    centre_address: str,
    writer: ThreadPoolExecutor,
    qtbot: QtBot,
) -> None:
    desk = centres.open_desk(centres.copied(sample_files["desk-1"], tmp_path), name="desk-1")
    connecting, may_connect = threading.Event(), threading.Event()
    made: list[HttpUpstream] = []

    def connect() -> HttpUpstream:
        connecting.set()
        may_connect.wait()
        made.append(HttpUpstream(centre_address, device="desk-1"))
        return made[0]

    line = Line(
        desk, connect, writer, RightedClock(SetClock()), told=lambda _: None, settled=lambda: None
    )
    line.start()
    qtbot.waitUntil(connecting.is_set)
    assert not line.stop(timeout_s=0)
    may_connect.set()
    qtbot.waitUntil(lambda: line.stop(timeout_s=0))
    desk.node.database.close()


@pytest.mark.parametrize("begun_after", [False, True])
def test_whoever_waits_for_a_wish_is_let_go_at_the_end(begun_after: bool) -> None:
    wishes = Wishes()
    wishes.end()
    if begun_after:
        # A round that was just beginning forgets what was wanted before it.
        wishes.begin()
    wishes.wait(LONG_S)
