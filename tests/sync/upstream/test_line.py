"""The line's thread outlives whoever it tells."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sync.authority import Authority
from sync.errors import LineDown
from sync.service.pokes import Pokes
from sync.storage.sqlite import open_file, open_memory
from sync.upstream import pace
from sync.upstream.clocks import RightedClock
from sync.upstream.http import HttpUpstream
from sync.upstream.line import Health, Line, LineState
from tests.centres import served
from tests.sync import shelf

TOLD_WITHIN_S = 20.0
POLL_S = 0.2


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
            desk,
            lambda: upstream,
            writer,
            RightedClock(shelf.Ticking()),
            told=listen_badly,
            settled=lambda: None,
        )
        line.start()
        assert again.wait(TOLD_WITHIN_S)
        assert line.stop()
    assert told[:2] == [Health.UP, Health.UP]


@pytest.mark.parametrize("stream", ["open and silent", "none"])
def test_w5_with_every_poke_lost_a_desk_has_all_with_its_next_poll(
    stream: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    centre = shelf.a_centre(open_file(tmp_path / "centre.db", key=bytes(32)))
    monkeypatch.setattr(pace, "POLL_LISTENING_S", POLL_S)
    monkeypatch.setattr(pace, "POLL_DEAF_S", POLL_S)
    monkeypatch.setattr(Pokes, "tell", lambda self, numbers: None)
    if stream == "none":
        monkeypatch.setattr(HttpUpstream, "pokes", no_stream)
    # Its rows are looked at while its line works.
    desk = shelf.a_desk(open_file(tmp_path / "desk.db", key=bytes(32)), "desk-1")
    other = shelf.a_desk(open_memory(), "desk-2")
    came = threading.Semaphore(0)
    with served(centre) as address, ThreadPoolExecutor(1) as writer:
        upstream = HttpUpstream(address, device="desk-1")
        line = Line(
            desk,
            lambda: upstream,
            writer,
            RightedClock(shelf.Ticking()),
            told=lambda state: None,
            settled=came.release,
        )
        line.start()
        assert came.acquire(timeout=TOLD_WITHIN_S), "what is there when it begins"
        for number in range(3):
            other.issue(shelf.a_book(f"b{number}", place=number), actor="tom")
            shelf.sync(other, centre)
            while len(shelf.books(desk.node)) <= number:
                assert came.acquire(timeout=TOLD_WITHIN_S), f"book {number} never came"
        if stream == "open and silent":
            assert line.hears()
        assert line.stop()
    assert shelf.books(desk.node) == shelf.books(centre.node)
    centre.node.database.close()


def no_stream(self: HttpUpstream) -> Iterator[dict[str, int]]:
    raise LineDown("this proxy lets no stream through")


def test_t1_a_clock_in_doubt_is_put_right_at_once_and_since_when_with_it(
    lite_centre: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    for poll in ("POLL_LISTENING_S", "POLL_DEAF_S"):
        monkeypatch.setattr(pace, poll, 3_600.0)
    monkeypatch.setattr(HttpUpstream, "pokes", no_stream)
    fast = timedelta(hours=3)
    clock = RightedClock(lambda: datetime.now(UTC) + fast)
    desk = shelf.a_desk(open_memory(), "desk-1")
    is_right = threading.Event()
    states: list[LineState] = []

    def told(state: LineState) -> None:
        states.append(state)
        if state.clock_behind:
            is_right.set()

    with (
        served(lite_centre, clock=lambda: datetime.now(UTC)) as address,
        ThreadPoolExecutor(1) as writer,
    ):
        upstream = HttpUpstream(address, device="desk-1", clock=clock)
        line = Line(desk, lambda: upstream, writer, clock, told=told, settled=lambda: None)
        line.start()
        assert is_right.wait(TOLD_WITHIN_S)
        assert line.stop()
    assert {state.health for state in states} == {Health.UP}
    assert abs(states[-1].since_at - datetime.now(UTC)) < timedelta(minutes=1)
