"""Desks that speak to a central process over a real line."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import httpx

from sync.desk import Desk
from sync.errors import LineDown, ProtocolError, Unavailable
from sync.proof import Audience, shown_to
from sync.standing import standing
from sync.storage.sqlite import open_memory
from sync.upstream.http import HttpUpstream
from tests.centres import SetClock, new_ids
from tests.devices import device_of, proof_of, provable
from tests.rounds import drive
from visits.migrations.steps import migrate
from visits.registry import node_over


def a_desk(name: str = "desk-1") -> Desk:
    """A desk that has met no centre yet."""
    database = open_memory()
    migrate(database)
    clock = SetClock()
    new_id = new_ids(name, clock)
    return Desk(node_over(database), new_device=provable(name, new_id), clock=clock, new_id=new_id)


def one_round(desk: Desk, address: str) -> bool:
    """A whole round, or as much as came through. Says whether it was whole."""
    upstream = HttpUpstream(
        address, device=desk.device, proof=partial(desk.identities.shown, Audience.CENTRE)
    )
    try:
        drive(desk, lambda request: upstream.send(request, timeout_s=10))
        return True
    except (Unavailable, ProtocolError):
        return False
    finally:
        upstream.close()


def undecided(desk: Desk) -> int:
    """How many commands of a desk wait for a decision."""
    with desk.node.database.read() as session:
        return standing(session).waiting


def until(condition: Callable[[], bool], *, within_s: float = 30) -> None:
    """Wait for a condition."""
    ends = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < ends, "it did not happen in time"
        time.sleep(0.01)


class Ear:
    """What one desk hears of a service, with the moment of each."""

    def __init__(self, address: str, name: str) -> None:
        self.heard: list[tuple[float, dict[str, int]]] = []
        self.is_open = threading.Event()
        self.ended = threading.Event()
        device = device_of(name)
        self.upstream = HttpUpstream(
            address, device=device, proof=lambda device: shown_to(Audience.CENTRE, name)
        )
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()
        assert self.is_open.wait(20)

    def _listen(self) -> None:
        try:
            for numbers in self.upstream.pokes():
                self.is_open.set()
                self.heard.append((time.monotonic(), numbers))
        except LineDown:
            pass
        self.ended.set()

    def has_heard(self, scope: str, number: int) -> bool:
        """Whether a poke said that the scope has reached the number."""
        return any(numbers.get(scope, 0) >= number for _, numbers in self.heard)

    def close(self) -> None:
        """Stop listening."""
        self.upstream.close()
        self._thread.join(5)


@contextmanager
def listening(address: str, name: str) -> Iterator[Ear]:
    """A desk that listens meanwhile."""
    ear = Ear(address, name)
    try:
        yield ear
    finally:
        ear.close()


def desk_rows(address: str, name: str) -> list[dict[str, Any]]:
    """Every row that the centre tells of a device's own desk, oldest first."""
    rows = []
    device = device_of(name)
    number, more = 0, True
    while more:
        asked = {"device": device, "after": f"council.{number}"}
        page = httpx.get(
            f"{address}/v1/changes", params=asked, headers=proof_of(name), trust_env=False
        ).json()
        for change in page["changes"]:
            number = change["number"]
            rows += [row for *of, row in change["rows"] if of == ["desk", device] and row]
        more = page["more"]
    return rows
