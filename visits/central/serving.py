"""Running the service: one process, one address, a clean end."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import uvicorn

from sync.ids import Clock
from sync.logs import log_to
from sync.proof import Audience
from sync.service.answering import Answering, Heard
from sync.service.pokes import Pokes
from sync.service.routes import Service, always, application
from sync.service.senders import nobody_carries, proven
from visits.access.rules import CENTRE
from visits.scopes import carries

TITLE = "Council reception: central service"
GRACEFUL_S = 3
BACKLOG = 256
CONCURRENT_MAX = 2_000
"""Requests and streams of one process; beyond it the answer is 503 at once."""
IDLE_PROBE_S = 1.0
CARRIES = {Audience.CENTRE: carries, Audience.RELAY: nobody_carries}


Listening = Callable[[str, Callable[[], None]], None]
"""Called with the address, and with what ends the service."""


class AddressTaken(Exception):
    """Another program listens at this address."""


class _Server(uvicorn.Server):
    """Ends the streams of pokes at once when asked to stop; they would never end by themselves."""

    def __init__(self, config: uvicorn.Config, pokes: Pokes) -> None:
        super().__init__(config)
        self._pokes = pokes

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._pokes.close()
        await super().shutdown(sockets)

    def stop(self) -> None:
        """As Ctrl+C does, from any thread."""
        self.should_exit = True


def serve(
    authority: Answering,
    *,
    audience: Audience,
    clock: Clock,
    knows_the_time: Callable[[], bool] = always,
    host: str,
    port: int,
    address_file: Path | None,
    until_idle_s: float | None = None,
    hints: Heard | None = None,
    tells_metrics: bool = False,
    log_level: int = logging.INFO,
    title: str = TITLE,
    on_listening: Listening = lambda address, stop: None,
) -> None:
    """Serve until told to stop. Port 0 takes a free one; the address is printed and kept.

    With `until_idle_s` it also ends by itself once no desk has listened for so many seconds.
    By `clock` every answer says the time while it `knows_the_time`. `on_listening` is called once
    with the address and with what ends the service, from any thread. `hints` come from whoever else
    writes to the same database. Raises AddressTaken.
    """
    log_to(sys.stderr, log_level)
    listener = listen(host, port)
    service = Service(
        authority,
        title,
        may_speak=proven(authority.node.database, audience, CARRIES[audience]),
        reserved=frozenset({CENTRE}),
        clock=clock,
        knows_the_time=knows_the_time,
        hints=hints,
        is_watching=True,
        tells_metrics=tells_metrics,
    )
    config = uvicorn.Config(
        application(service),
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=GRACEFUL_S,
        backlog=BACKLOG,
        limit_concurrency=CONCURRENT_MAX,
        date_header=False,
        server_header=False,
        lifespan="on",
    )
    # What the start has made lives as long as the process: looking it all through again, whenever
    # enough is new, keeps every desk waiting for a tenth of a second.
    gc.collect()
    gc.freeze()
    address = f"http://{host}:{listener.getsockname()[1]}"
    if address_file is not None:
        address_file.write_text(address, "ascii")
    print(f"Serving at {address}. Ctrl+C stops.", flush=True)
    server = _Server(config, service.pokes)
    on_listening(address, server.stop)
    # uvicorn ends well at Ctrl+C and raises it again afterwards.
    with contextlib.suppress(KeyboardInterrupt), asyncio.Runner() as runner:
        runner.run(_run(server, service.pokes, listener, until_idle_s))


async def _run(
    server: uvicorn.Server, pokes: Pokes, listener: socket.socket, until_idle_s: float | None
) -> None:
    watch = None
    if until_idle_s is not None:
        watch = asyncio.create_task(_end_when_idle(server, pokes, until_idle_s))
    await server.serve(sockets=[listener])
    if watch is not None:
        watch.cancel()


async def _end_when_idle(server: uvicorn.Server, pokes: Pokes, until_idle_s: float) -> None:
    idle_s = 0.0
    while idle_s < until_idle_s:
        await asyncio.sleep(IDLE_PROBE_S)
        idle_s = 0.0 if pokes.listening else idle_s + IDLE_PROBE_S
    server.should_exit = True


def listen(host: str, port: int) -> socket.socket:
    """A socket bound to an address. Raises AddressTaken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named so that asyncio sends small answers at once (TCP_NODELAY): unnamed,
    # the second part of each waits some 40 ms for the client to acknowledge the first.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    if not _is_windows():
        # On Windows this option would let two programs share the address.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise AddressTaken(
            f"Port {port} on {host} is in use. Choose another with --port, or stop what uses it."
        ) from error
    return listener


def _is_windows() -> bool:
    return hasattr(socket, "SO_EXCLUSIVEADDRUSE")
