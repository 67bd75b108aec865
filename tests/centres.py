"""Centres and desks of the sample council, ready to copy: built once a run, used by every test.

The moment is fixed, a Tuesday morning, so that a test means the same at midnight and at weekends.
"""

from __future__ import annotations

import random
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sync.authority import Authority
from sync.desk import Desk
from sync.ids import IdSource
from sync.service.senders import MaySpeak
from sync.storage.sqlite import open_file
from tests.devices import anybody, named, provable
from tests.rounds import drive
from visits.central.opening import authority_over
from visits.central.sample import fill_with_sample
from visits.central.setting_up import take_in_bank_holidays
from visits.ids import OfficeId, StaffId
from visits.migrations.steps import migrate
from visits.offices.commands import JoinOffice
from visits.registry import node_over

MORNING = datetime(2026, 11, 24, 10, 42, tzinfo=UTC)
KEY = bytes(range(32))
CUSTOMERS = 300
PERSON = StaffId("sample-staff-00")
OFFICE = OfficeId("sample-office-civic")
OTHER_OFFICE = OfficeId("sample-office-northgate")


class SetClock:
    """A clock that stands until it is moved."""

    def __init__(self, now: datetime = MORNING) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def pass_minutes(self, minutes: float) -> None:
        """Move on."""
        self.now += timedelta(minutes=minutes)


def new_ids(seed: str, clock: SetClock) -> IdSource:
    """Ids that are the same for the same seed."""
    return IdSource(clock, random.Random(seed).getrandbits)


def open_centre(path: Path) -> Authority:
    """The authority over a centre's file."""
    return authority_over(open_file(path, key=KEY))


def build_centre(path: Path, *, customers: int = CUSTOMERS) -> None:
    """A centre of the sample council, its morning in progress."""
    centre = open_centre(path)
    ids = new_ids("centre", SetClock())
    centre.found("epoch-1")
    take_in_bank_holidays(centre.node, new_id=ids, now=MORNING)
    fill_with_sample(centre.node, customers=customers, seed=1, new_id=ids, now=MORNING)
    centre.node.database.close()


def build_desk(
    path: Path,
    centre: Authority,
    *,
    name: str,
    office: OfficeId = OFFICE,
    counter: str = "",
    is_provable: bool = False,
) -> None:
    """A desk that has joined an office and holds all it may hold."""
    desk = open_desk(path, name=name, is_provable=is_provable)
    sync(desk, centre)
    desk.issue(JoinOffice(office_id=office, counter_name=counter or name), actor=desk.device)
    sync(desk, centre)
    sync(desk, centre)
    desk.node.database.close()


def open_desk(
    path: Path, *, name: str, clock: SetClock | None = None, is_provable: bool = False
) -> Desk:
    """A desk over its file."""
    clock = clock or SetClock()
    database = open_file(path, key=KEY)
    migrate(database)
    new_id = new_ids(name, clock)
    new_device = provable(name, new_id) if is_provable else named(name, new_id)
    return Desk(node_over(database), new_device=new_device, clock=clock, new_id=new_id)


def sync(desk: Desk, centre: Authority) -> None:
    """One whole round over a perfect line."""
    drive(desk, centre.answer)


def copied(source: Path, folder: Path) -> Path:
    """A copy of a closed database in another folder."""
    folder.mkdir(parents=True, exist_ok=True)
    return Path(shutil.copy(source, folder / source.name))


@contextmanager
def served(
    centre: Authority,
    *,
    port: int = 0,
    may_speak: MaySpeak = anybody,
    reserved: frozenset[str] = frozenset(),
    clock: Callable[[], datetime] | None = None,
    knows_the_time: Callable[[], bool] = lambda: True,
    is_watching: bool = False,
    tells_metrics: bool = False,
) -> Iterator[str]:
    """Serve a centre over HTTP from a thread; gives its address."""
    import asyncio

    import uvicorn

    from sync.service.routes import Service, application
    from visits.central.serving import listen

    listener = listen("127.0.0.1", port)
    # Whoever comes before the thread has begun waits for it.
    listener.listen()
    service = Service(
        centre,
        "Test centre",
        may_speak=may_speak,
        reserved=reserved,
        clock=clock or SetClock(),
        knows_the_time=knows_the_time,
        is_watching=is_watching,
        tells_metrics=tells_metrics,
    )
    config = uvicorn.Config(
        application(service),
        log_level="warning",
        access_log=False,
        date_header=False,
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]

    async def serve() -> None:
        await server.serve(sockets=[listener])
        # A desk that came while the service was ending is still there.
        for connection in list(server.server_state.connections):
            connection.transport.abort()
        await asyncio.sleep(0)

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        service.pokes.close()
        server.should_exit = True
        thread.join()
