"""An office of desks, its relay and its centre, all real processes with lines that can be cut."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests import centres
from tests.databases import Server
from tests.end_to_end.centre import Centre, Relay, set_up
from tests.end_to_end.clocks import MovedClock
from tests.faults.processes import DeskAtWork
from tests.faults.proxy import Proxy
from tests.faults.running_again import RunAgain

DESKS = ("desk-1", "desk-2", "desk-3")
CUSTOMERS = 20
OFFICE = "Civic Centre"
SETTLES_WITHIN_S = 120.0


class Office:
    """What faults are done to. The desks reach relay and centre, and the relay the centre, by lines
    of their own."""

    def __init__(self, folder: Path, database: str, server: Server | None) -> None:
        self.server = server
        self.clock = MovedClock(folder / "clock")
        set_up(database, customers=CUSTOMERS, clock=self.clock)
        self.centre = Centre(database, folder, clock=self.clock)
        self.again = self._run_again()
        self.relay = Relay(OFFICE, folder, clock=self.clock)
        self.lines = {name: Proxy(name) for name in ("to centre", "to relay", "relay to centre")}
        self.desks = [self._joined(folder, name) for name in DESKS]

    def _run_again(self) -> RunAgain:
        authority = self.centre.opened()
        try:
            return RunAgain(authority.node)
        finally:
            authority.node.database.close()

    def _joined(self, folder: Path, name: str) -> DeskAtWork:
        authority = self.centre.opened()
        file = folder / f"{name}.db"
        centres.build_desk(file, authority, name=name, is_provable=True)
        authority.node.database.close()
        central = self.lines["to centre"].address
        return DeskAtWork(name, file, central=central, clock=self.clock)

    def start_centre(self) -> None:
        """Start it, and let its lines lead there."""
        port = int(self.centre.start().rpartition(":")[2])
        self.lines["to centre"].port_beyond = port
        self.lines["relay to centre"].port_beyond = port

    def start_relay(self) -> None:
        """Start it, and let its line lead there."""
        address = self.relay.start(
            below=self.lines["relay to centre"].address, reached_at=self.lines["to relay"].address
        )
        self.lines["to relay"].port_beyond = int(address.rpartition(":")[2])

    def open(self) -> None:
        """All at work."""
        self.start_centre()
        self.start_relay()
        for desk in self.desks:
            desk.start()

    def settle(self) -> None:
        """All lines whole, all rest, until nothing waits and all have the same.

        Raises AssertionError.
        """
        for line in self.lines.values():
            line.join()
        for desk in self.desks:
            desk.tell("rest")
        by = time.monotonic() + SETTLES_WITHIN_S
        reached: dict[str, dict[str, int]] = {}
        while True:
            for desk in self.desks:
                try:
                    reached[desk.name] = desk.reached_when_settled(by=by)
                except AssertionError as error:
                    raise AssertionError(f"{error}\nat last had reached: {reached}") from None
            first, *others = reached.values()
            if all(each == first for each in others):
                return

    def close(self) -> None:
        """All end well, but the services, which are killed."""
        for desk in self.desks:
            desk.end()
        self.relay.kill()
        self.centre.kill()

    def kill(self) -> None:
        """Whatever still runs ends."""
        for each in (*self.desks, self.relay, self.centre):
            each.kill()
        for line in self.lines.values():
            line.close()
        self.again.close()

    @property
    def files(self) -> dict[str, Path]:
        """The SQLite files, by whose they are."""
        found = {desk.name: desk.file for desk in self.desks}
        found["relay"] = Path(self.relay.database.removeprefix("sqlite:///"))
        if self.server is None:
            found["centre"] = Path(self.centre.database.removeprefix("sqlite:///"))
        return found


@contextmanager
def an_office(kind: str, folder: Path) -> Iterator[Office]:
    """An office whose centre is over `sqlite` or `postgresql`, all at work."""
    if kind == "sqlite":
        office = Office(folder, f"sqlite:///{folder / 'centre.db'}", None)
        with _at_work(office):
            yield office
        return
    server = Server(folder / "server")
    try:
        with _at_work(Office(folder, server.url, server)) as office:
            yield office
    finally:
        server.stop()


@contextmanager
def _at_work(office: Office) -> Iterator[Office]:
    try:
        office.open()
        yield office
    finally:
        office.kill()
