"""A line between two processes that can be cut, and broken off after any byte.

Or one address before several processes, as a load balancer gives it.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator, Sequence

PIECE = 65_536


class Proxy:
    """Passes bytes on from an address of its own to another, while its line is whole."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.port_beyond = 0
        self._is_cut = False
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._breaks_after: dict[str, int] = {}
        self.broken = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Nothing gets through, and what was under way ends."""
        self._is_cut = True
        self._drop()

    def join(self) -> None:
        """The line is whole again."""
        self._is_cut = False
        self._breaks_after.clear()

    def break_after(self, size: int, *, towards: str) -> None:
        """Break off all there is once so many bytes more have gone `up` or `down`."""
        with self._lock:
            self.broken.clear()
            self._breaks_after[towards] = size

    def close(self) -> None:
        """No more."""
        self._listener.close()
        self.cut()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            if self._is_cut:
                near.close()
                continue
            threading.Thread(target=self._carry, args=(near,), daemon=True).start()

    def _carry(self, near: socket.socket) -> None:
        with near:
            far = self._connected()
            if far is None:
                return
            far.settimeout(None)
            with far, self._among_open(near, far):
                down = threading.Thread(target=self._pass_on, args=(far, near, "down"), daemon=True)
                down.start()
                self._pass_on(near, far, "up")
                down.join()

    def _connected(self) -> socket.socket | None:
        for port in self.ports_beyond():
            with contextlib.suppress(OSError):
                return socket.create_connection(("127.0.0.1", port), timeout=10)
        return None

    def ports_beyond(self) -> tuple[int, ...]:
        """Where a connection leads: to the first that takes it."""
        return (self.port_beyond,)

    @contextlib.contextmanager
    def _among_open(self, *sockets: socket.socket) -> Iterator[None]:
        with self._lock:
            self._open.update(sockets)
        try:
            yield
        finally:
            with self._lock:
                self._open.difference_update(sockets)

    def _pass_on(self, source: socket.socket, target: socket.socket, towards: str) -> None:
        with contextlib.suppress(OSError):
            while piece := source.recv(PIECE):
                room = self._room(len(piece), towards)
                target.sendall(piece[:room])
                if room < len(piece):
                    self._drop()
                    self.broken.set()
                    break
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _room(self, size: int, towards: str) -> int:
        """How many of so many bytes get through."""
        with self._lock:
            left = self._breaks_after.get(towards)
            if left is None:
                return size
            if left >= size:
                self._breaks_after[towards] = left - size
                return size
            del self._breaks_after[towards]
            return left

    def _drop(self) -> None:
        with self._lock:
            there = list(self._open)
        for end in there:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


class Balancer(Proxy):
    """Leads each connection to the next of several ports, or on where that one is shut."""

    def __init__(self, name: str, ports: Sequence[int]) -> None:
        self._ports = list(ports)
        super().__init__(name)

    def leads_to(self, port: int) -> bool:
        """Whether a connection to this port is open."""
        with self._lock, contextlib.suppress(OSError):
            return any(end.getpeername()[1] == port for end in self._open)
        return False

    def ports_beyond(self) -> tuple[int, ...]:
        """The next, then the others."""
        with self._lock:
            self._ports.append(self._ports.pop(0))
            return tuple(self._ports)
