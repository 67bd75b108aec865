"""Something that answers at the centre's address and is not the centre."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Talk = Callable[[socket.socket, bytes], None]


def http(
    body: bytes, *, status: str = "200 OK", kind: str = "application/json", **headers: str
) -> bytes:
    """An HTTP answer as bytes."""
    lines = {"content-type": kind, "content-length": str(len(body)), "connection": "close"}
    lines |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + body


def saying(answer: bytes) -> Talk:
    """Say these bytes, then hang up."""
    return lambda line, asked: line.sendall(answer)


@contextmanager
def answering(talk: Talk, *, port: int = 0) -> Iterator[str]:
    """Listen and treat every request so; gives the address."""
    listener = socket.create_server(("127.0.0.1", port))
    ended = threading.Event()
    threads: list[threading.Thread] = []

    def treat(line: socket.socket) -> None:
        with line, contextlib.suppress(OSError):
            asked = line.recv(65_536)
            if asked:
                talk(line, asked)
                # Hanging up on what was not read yet would take the answer back.
                line.shutdown(socket.SHUT_WR)
                while line.recv(65_536):
                    pass

    def accept() -> None:
        while not ended.is_set():
            try:
                line, _ = listener.accept()
            except OSError:
                return
            line.settimeout(10)
            threads.append(threading.Thread(target=treat, args=(line,), daemon=True))
            threads[-1].start()

    accepting = threading.Thread(target=accept, daemon=True)
    accepting.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        ended.set()
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        accepting.join(5)
        for thread in threads:
            thread.join(5)
