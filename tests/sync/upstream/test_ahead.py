"""The next part of a snapshot is asked for before it is wanted, and nothing else changes by it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future

import msgspec
import pytest
from msgspec.structs import replace

from sync.errors import UnreadableAnswer
from sync.upstream.ahead import Ahead
from sync.wire import (
    Answer,
    ChangesPage,
    Failure,
    PullChanges,
    Request,
    SnapshotPart,
    TakeSnapshot,
    digest_of,
)

HANGS_S = 10.0
NO_ROWS = msgspec.Raw(b"{}")
FIRST = TakeSnapshot(device="desk", scope="council")
SECOND = TakeSnapshot(device="desk", scope="council", after=("person", "5"))
PULL = PullChanges(device="desk", epoch="epoch-1", cursor={})


def a_part(request: TakeSnapshot, *, epoch: str = "epoch-1", last: bool = False) -> SnapshotPart:
    place = None if last or request.after else ("person", "5")
    return SnapshotPart(
        epoch=epoch,
        scope=request.scope,
        number=1,
        after=request.after,
        next=place,
        digest=digest_of(NO_ROWS),
        tables=NO_ROWS,
    )


class Service:
    """Answers, and knows how often it was asked what. `second` answers the second part."""

    def __init__(self, *second: Callable[[], Answer]) -> None:
        self._second = list(second)
        self.asked: list[Request] = []
        self.was_asked = threading.Semaphore(0)
        self.fails = False

    def send(self, request: Request, timeout_s: float) -> Answer:
        self.asked.append(request)
        self.was_asked.release()
        if self.fails:
            return Failure(code="line_down")
        if request == SECOND and self._second:
            return self._second.pop(0)()
        if isinstance(request, TakeSnapshot):
            return a_part(request)
        return ChangesPage(epoch="epoch-1", heads={}, changes=[], more=False)

    def is_asked(self, times: int) -> bool:
        """Whether so many requests come, wherever from."""
        return all(self.was_asked.acquire(timeout=HANGS_S) for _ in range(times))


def test_the_next_part_is_asked_for_before_it_is_wanted() -> None:
    service = Service()
    Ahead(service.send).send(FIRST, HANGS_S)
    assert service.is_asked(2)
    assert service.asked == [FIRST, SECOND]


def test_what_was_asked_for_before_is_given_once() -> None:
    service = Service()
    ahead = Ahead(service.send)
    ahead.send(FIRST, HANGS_S)
    wait_for_it()
    assert ahead.send(PULL, HANGS_S).epoch == "epoch-1"
    assert ahead.send(SECOND, HANGS_S) == a_part(SECOND)
    assert sorted(map(str, service.asked)) == sorted(map(str, [FIRST, SECOND, PULL]))
    ahead.send(SECOND, HANGS_S)
    assert service.asked.count(SECOND) == 2


def test_what_was_asked_for_before_has_been_read_when_it_is_given() -> None:
    service = Service()
    ahead = Ahead(service.send)
    ahead.send(FIRST, HANGS_S)
    wait_for_it()
    assert "rows" in ahead.send(SECOND, HANGS_S).__dict__


def test_what_is_not_as_it_was_sent_is_asked_for_again() -> None:
    service = Service(lambda: replace(a_part(SECOND), digest="another"))
    ahead = Ahead(service.send)
    ahead.send(FIRST, HANGS_S)
    wait_for_it()
    assert ahead.send(SECOND, HANGS_S) == a_part(SECOND)
    assert service.asked.count(SECOND) == 2


def test_nothing_is_asked_for_after_the_last_part() -> None:
    service = Service(lambda: a_part(SECOND, last=True))
    ahead = Ahead(service.send)
    ahead.send(SECOND, HANGS_S)
    ahead.send(PULL, HANGS_S)
    assert service.asked == [SECOND, PULL]


def broken() -> Answer:
    raise UnreadableAnswer("cut in the middle")


@pytest.mark.parametrize(
    "first_answer",
    [lambda: Failure(code="line_down"), broken, lambda: a_part(SECOND, epoch="epoch-0")],
    ids=["no answer", "unreadable", "of another epoch"],
)
def test_a_part_that_did_not_come_well_is_asked_for_when_it_is_wanted(
    first_answer: Callable[[], Answer],
) -> None:
    service = Service(first_answer)
    ahead = Ahead(service.send)
    ahead.send(FIRST, HANGS_S)
    wait_for_it()
    assert ahead.send(SECOND, HANGS_S) == a_part(SECOND)
    assert service.asked == [FIRST, SECOND, SECOND]


def wait_for_it() -> None:
    """Until what was asked for before has been answered."""
    for thread in threading.enumerate():
        if thread.name == "ahead":
            thread.join(HANGS_S)


def test_what_fails_while_it_is_waited_for_is_told_and_not_waited_for_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    is_waited_for = threading.Event()
    result = Future.result

    def waiting(self: Future[Answer], timeout: float | None = None) -> Answer:
        is_waited_for.set()
        return result(self, timeout)

    def late() -> Answer:
        assert is_waited_for.wait(HANGS_S)
        return Failure(code="line_down")

    monkeypatch.setattr(Future, "result", waiting)

    service = Service(late)
    ahead = Ahead(service.send)
    ahead.send(FIRST, HANGS_S)
    assert service.is_asked(2)
    assert ahead.send(SECOND, HANGS_S) == Failure(code="line_down")
    assert service.asked == [FIRST, SECOND]


def test_nothing_that_was_asked_for_before_a_failure_counts_after_it() -> None:
    service = Service()
    ahead = Ahead(service.send)
    ahead.send(FIRST, HANGS_S)
    wait_for_it()
    service.fails = True
    ahead.send(PULL, HANGS_S)
    service.fails = False
    ahead.send(SECOND, HANGS_S)
    assert service.asked == [FIRST, SECOND, PULL, SECOND]


def test_where_no_thread_can_be_had_the_desk_asks_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_thread(self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", no_thread)
    service = Service()
    ahead = Ahead(service.send)
    assert ahead.send(FIRST, HANGS_S) == a_part(FIRST)
    assert ahead.send(SECOND, HANGS_S) == a_part(SECOND)
    assert service.asked == [FIRST, SECOND]
