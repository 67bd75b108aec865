"""W4: whatever answers in the centre's place, the desk's data stands and its work goes on."""

from __future__ import annotations

import socket
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from sync.authority import Authority
from sync.desk import Desk
from sync.errors import LineDown, OtherVersion, ProtocolError, SyncError, UnreadableAnswer
from sync.standing import standing
from sync.upstream import http as upstream_http
from sync.upstream.http import HttpUpstream
from sync.wire import Failure, PullChanges
from tests.centres import served
from tests.rounds import drive
from tests.sync.shelf import a_book, books, sync
from tests.sync.upstream.answering import Talk, answering, http, saying

NewDesk = Callable[[str], Desk]
PULL = PullChanges(device="desk-1", epoch="epoch-1", cursor={"shelf:a": 0})
GOOD_PAGE = b'{"wire":2,"epoch":"epoch-1","heads":{"shelf:a":0},"changes":[],"more":false}'
HTML = b"<html><body><h1>Welcome to the network</h1></body></html>"


def cut_short(line: socket.socket, asked: bytes) -> None:
    line.sendall(http(GOOD_PAGE)[:-10])


def longer_than_it_says(line: socket.socket, asked: bytes) -> None:
    line.sendall(http(GOOD_PAGE + b"{}", content_length=str(len(GOOD_PAGE) - 5)))


def nothing(line: socket.socket, asked: bytes) -> None:
    line.shutdown(socket.SHUT_RDWR)


BAD: dict[str, tuple[Talk, type[SyncError]]] = {
    "cut short": (cut_short, LineDown),
    "longer than it says": (longer_than_it_says, UnreadableAnswer),
    "nothing": (nothing, LineDown),
    "not HTTP": (saying(b"SSH-2.0-OpenSSH_9.2\r\n"), LineDown),
    "a sign-in page": (saying(http(HTML, kind="text/html")), UnreadableAnswer),
    "an empty body": (saying(http(b"")), UnreadableAnswer),
    "half of the JSON": (saying(http(GOOD_PAGE[:40])), UnreadableAnswer),
    "JSON of another shape": (saying(http(b'{"wire":2,"epoch":3}')), UnreadableAnswer),
    "a list": (saying(http(b"[]")), UnreadableAnswer),
    "deep nesting": (saying(http(b"[" * 500_000)), UnreadableAnswer),
    "not UTF-8": (saying(http(GOOD_PAGE.replace(b"epoch-1", b"\xff\xfe"))), UnreadableAnswer),
    "a later wire": (saying(http(GOOD_PAGE.replace(b'"wire":2', b'"wire":3'))), OtherVersion),
    "a later wire of another shape": (saying(http(b'{"wire":7,"pages":[]}')), OtherVersion),
    "a proxy whose service is away": (
        saying(http(HTML, status="502 Bad Gateway", kind="text/html")),
        LineDown,
    ),
    "a page that is not found": (
        saying(http(HTML, status="404 Not Found", kind="text/html")),
        UnreadableAnswer,
    ),
    "a way elsewhere": (
        saying(http(b"", status="302 Found", location="http://127.0.0.1:9/")),
        UnreadableAnswer,
    ),
    "packed nonsense": (saying(http(b"nonsense", content_encoding="deflate")), UnreadableAnswer),
    "packed and cut short": (
        saying(http(zlib.compress(GOOD_PAGE)[:-12], content_encoding="deflate")),
        UnreadableAnswer,
    ),
}


def rounds_with(desk: Desk, upstream: HttpUpstream) -> None:
    """One whole round. Raises what the round raises."""
    drive(desk, lambda request: upstream.send(request, timeout_s=5))


@pytest.mark.parametrize("bad", BAD)
def test_w4_a_bad_answer_is_named_changes_nothing_and_the_next_good_one_heals(
    new_desk: NewDesk, lite_centre: Authority, bad: str
) -> None:
    desk, other = new_desk("desk-1"), new_desk("desk-2")
    other.issue(a_book("b1"), actor="tom")
    sync(other, lite_centre)
    sync(desk, lite_centre)
    desk.issue(a_book("b2", place=2), actor="sian")
    before = books(desk.node)
    talk, error = BAD[bad]
    with answering(talk) as url:
        upstream = HttpUpstream(url, device="desk-1")
        with pytest.raises(error):
            rounds_with(desk, upstream)
        upstream.close()
    assert books(desk.node) == before
    desk.issue(a_book("b3", place=3), actor="sian")
    with served(lite_centre) as url:
        upstream = HttpUpstream(url, device="desk-1")
        rounds_with(desk, upstream)
        upstream.close()
    assert books(desk.node) == books(lite_centre.node)
    assert len(books(desk.node)) == 3
    with desk.node.database.read() as session:
        assert standing(session).waiting == 0


def test_an_endless_answer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upstream_http, "ANSWER_BYTES_MAX", 1_000_000)

    def endless(line: socket.socket, asked: bytes) -> None:
        line.sendall(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n")
        while True:
            line.sendall(b" " * 65_536)

    with answering(endless) as url:
        upstream = HttpUpstream(url, device="desk-1")
        with pytest.raises(UnreadableAnswer):
            upstream.send(PULL)
        upstream.close()


def test_a_packed_bomb_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upstream_http, "ANSWER_BYTES_MAX", 1_000_000)
    bomb = zlib.compress(b" " * 100_000_000, 9)
    with answering(saying(http(bomb, content_encoding="deflate"))) as url:
        upstream = HttpUpstream(url, device="desk-1")
        with pytest.raises(UnreadableAnswer):
            upstream.send(PULL)
        upstream.close()


def test_an_answer_that_drips_for_ever_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upstream_http, "ANSWER_TIME_MAX_S", 0.2)
    ended = threading.Event()

    def drip(line: socket.socket, asked: bytes) -> None:
        line.sendall(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n")
        while not ended.wait(0.02):
            line.sendall(b" ")

    with answering(drip) as url:
        upstream = HttpUpstream(url, device="desk-1")
        with pytest.raises(UnreadableAnswer):
            upstream.send(PULL)
        ended.set()
        upstream.close()


@contextmanager
def being_read(ends: list[object]) -> Iterator[tuple[HttpUpstream, list[threading.Thread]]]:
    """An upstream of which two threads await something, and how each of them `ends`."""
    asked = threading.Semaphore(0)
    ended = threading.Event()

    def silent(line: socket.socket, request: bytes) -> None:
        if b"/v1/events" in request:
            line.sendall(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n: here\n\n")
        asked.release()
        ended.wait(10)

    def listen(upstream: HttpUpstream) -> None:
        try:
            ends.extend(upstream.pokes())
        except LineDown as error:
            ends.append(error)

    with answering(silent) as url:
        upstream = HttpUpstream(url, device="desk-1")
        threads = [
            threading.Thread(target=lambda: ends.append(upstream.send(PULL))),
            threading.Thread(target=listen, args=(upstream,)),
        ]
        for thread in threads:
            thread.start()
        assert asked.acquire(timeout=5)
        assert asked.acquire(timeout=5)
        yield upstream, threads
        ended.set()


def test_closing_ends_a_request_and_a_stream_that_are_being_read() -> None:
    ends: list[object] = []
    with being_read(ends) as (upstream, threads):
        began = time.monotonic()
        upstream.close()
        for thread in threads:
            thread.join(5)
        took_s = time.monotonic() - began
    assert not any(thread.is_alive() for thread in threads)
    assert took_s < 1
    assert any(isinstance(end, Failure) and end.code == "line_down" for end in ends)
    assert isinstance(upstream.send(PULL), Failure)


def test_sockets_are_closed_by_the_last_thread_that_reads_and_not_under_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    closed_by: list[threading.Thread] = []
    with being_read([]) as (upstream, threads):
        close = upstream._client.close

        def closing() -> None:
            closed_by.append(threading.current_thread())
            close()

        monkeypatch.setattr(upstream._client, "close", closing)
        upstream.close()
        for thread in threads:
            thread.join(5)
    assert len(closed_by) == 1
    assert closed_by[0] in threads


@pytest.mark.parametrize(
    "stream",
    [
        http(HTML, kind="text/html"),
        http(b"data: nonsense\n\n", kind="text/event-stream"),
        http(b'data: {"shelf:a": "x"}\n\n', kind="text/event-stream"),
        http(b"x" * 200_000, kind="text/event-stream"),
        http(b"", status="503 Service Unavailable"),
    ],
)
def test_w5_pokes_that_make_no_sense_end_as_a_line_that_is_down(stream: bytes) -> None:
    with answering(saying(stream)) as url:
        upstream = HttpUpstream(url, device="desk-1")
        with pytest.raises(LineDown):
            list(upstream.pokes())
        upstream.close()


def test_what_the_centre_cannot_read_of_ours_is_not_taken_for_a_line_that_is_down(
    new_desk: NewDesk,
) -> None:
    desk = new_desk("desk-1")
    desk.issue(a_book(), actor="sian")
    refusal = http(b'{"wire":2,"code":"unreadable"}', status="400 Bad Request")
    with answering(saying(refusal)) as url:
        upstream = HttpUpstream(url, device="desk-1")
        with pytest.raises(ProtocolError):
            rounds_with(desk, upstream)
        upstream.close()
    assert len(books(desk.node)) == 1
