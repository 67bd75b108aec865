"""LISTEN and NOTIFY between the processes of one centre: a hint, never needed to be right.

A hint goes out after the commit and on a connection of its own, because NOTIFY inside a transaction
takes a lock on the whole server at its commit. One connection a process listens, because before
PostgreSQL 19 every listener is woken by every NOTIFY.
"""

from __future__ import annotations

import contextlib
import logging
import selectors
import socket
import threading
from collections.abc import Callable
from typing import Any

import msgspec
import psycopg
from sqlalchemy import make_url

CHANNEL = "reception_moved"
PAYLOAD_BYTES_MAX = 7_900
"""PostgreSQL takes less than 8,000; more than this says only that something moved."""
AGAIN_AFTER_S = (1.0, 2.0, 5.0, 10.0)
"""Waits before connecting again; the last one from then on."""
END_WAIT_S = 1.0
LINE: dict[str, Any] = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
}

Numbers = dict[str, int]

log = logging.getLogger(__name__)


class Hints:
    """Two connections of one process: one that listens, in a thread, and one that tells.

    `url` must lead to the server itself, not to a pooler that shares out transactions.
    """

    def __init__(self, url: str) -> None:
        self._url = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        self._teller: psycopg.Connection[Any] | None = None
        self._closing = threading.Event()
        self._waker, self._woken = socket.socketpair()
        self._thread: threading.Thread | None = None

    def listen(self, heard: Callable[[Numbers], None]) -> None:
        """Call `heard` from a thread with what other processes tell, until closed.

        It is called with nothing when hints may have been missed: then look at the counters.
        """
        self._thread = threading.Thread(
            target=self._listen, args=(heard,), name="hints", daemon=True
        )
        self._thread.start()

    def tell(self, numbers: Numbers) -> None:
        """Tell the other processes. Waits for the server; what cannot be told is dropped."""
        payload = msgspec.json.encode(numbers)
        text = payload.decode() if len(payload) <= PAYLOAD_BYTES_MAX else "{}"
        for _ in range(2):
            try:
                self._telling().execute("SELECT pg_notify(%s, %s)", (CHANNEL, text))
                return
            except psycopg.Error:
                # The first may only mean that the server was started again since the last hint.
                self._stop_telling()

    def close(self) -> None:
        """Let go of both connections."""
        self._closing.set()
        self._waker.send(b"x")
        if self._thread is not None:
            self._thread.join(END_WAIT_S)
        self._stop_telling()
        self._waker.close()
        self._woken.close()

    def _telling(self) -> psycopg.Connection[Any]:
        if self._teller is None:
            self._teller = self._connected()
        return self._teller

    def _stop_telling(self) -> None:
        if self._teller is not None:
            self._teller.close()
            self._teller = None

    def _connected(self) -> psycopg.Connection[Any]:
        return psycopg.connect(self._url, autocommit=True, prepare_threshold=None, **LINE)

    def _listen(self, heard: Callable[[Numbers], None]) -> None:
        tries = 0
        while not self._closing.is_set():
            try:
                with contextlib.closing(self._connected()) as connection:
                    connection.execute(f"LISTEN {CHANNEL}")
                    if tries:
                        log.info("listening again")
                    tries = 0
                    heard({})
                    self._hear(connection, heard)
            except (psycopg.Error, OSError) as error:
                if not tries:
                    log.warning("cannot listen", extra={"cause": type(error).__name__})
                self._closing.wait(AGAIN_AFTER_S[min(tries, len(AGAIN_AFTER_S) - 1)])
                tries += 1

    def _hear(self, connection: psycopg.Connection[Any], heard: Callable[[Numbers], None]) -> None:
        line = connection.pgconn
        # Not select(): it takes no descriptor above 1,023, and a busy service has more streams.
        with selectors.DefaultSelector() as either:
            either.register(line.socket, selectors.EVENT_READ)
            either.register(self._woken, selectors.EVENT_READ)
            while not self._closing.is_set():
                either.select()
                line.consume_input()
                while hint := line.notifies():
                    heard(_numbers(hint.extra))


def _numbers(payload: bytes) -> Numbers:
    try:
        return msgspec.json.decode(payload, type=Numbers)
    except msgspec.DecodeError:
        return {}
