"""The line's thread outlives whoever it tells."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from sync.authority import Authority
from sync.storage.sqlite import open_memory
from sync.upstream.http import HttpUpstream
from sync.upstream.line import Health, Line, LineState
from tests.centres import served
from tests.sync import shelf

TOLD_WITHIN_S = 20.0


def test_a_fault_of_whoever_is_told_does_not_end_the_line(lite_centre: Authority) -> None:
    desk = shelf.a_desk(open_memory(), "desk-1")
    told: list[Health] = []
    again = threading.Event()

    def listen_badly(state: LineState) -> None:
        told.append(state.health)
        if len(told) == 1:
            line.wake()
            raise OSError("whoever is told cannot read a file")
        again.set()

    with served(lite_centre) as address, ThreadPoolExecutor(1) as writer:
        upstream = HttpUpstream(address, device="desk-1")
        line = Line(
            desk, lambda: upstream, writer, shelf.Ticking(), told=listen_badly, settled=lambda: None
        )
        line.start()
        assert again.wait(TOLD_WITHIN_S)
        assert line.stop()
    assert told[:2] == [Health.UP, Health.UP]
