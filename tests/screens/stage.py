"""A desk's window on the sample council at a fixed morning, for pictures of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication, QWidget

from reception_app.desk.at_desk import AtDesk
from reception_app.desk.folder import DeskFolder, Settings
from reception_app.desk.keys import SampleKeys
from reception_app.desk.runtime import Runtime, open_node
from reception_app.desk_window import DeskWindow
from reception_app.printing.paper import Paper
from reception_app.start.where import Place
from reception_app.theme.applying import apply_theme
from reception_app.theme.tokens import Theme
from sync.authority import Authority
from sync.proof import Identity
from sync.relay import Relay
from tests import centres
from visits.appointments.commands import Book
from visits.appointments.queries import AppointmentSheet
from visits.calendar.local_time import instant, local_date
from visits.home_visits.commands import Agree
from visits.ids import AppointmentId, CustomerId, NoticeId, StaffId, VisitId
from visits.offices.commands import RelayOffice
from visits.scopes import allowed

PERSON = StaffId("sample-staff-04")
WAIT_MAX_S = 20.0


class NeverCame(AssertionError):
    """What a scene waits for did not come about."""


@dataclass(slots=True)
class Stage:
    """A desk with its window, its clock, its centre's address and a second desk beside it."""

    desk: DeskWindow
    other: AtDesk
    clock: centres.SetClock
    theme: Theme
    cut: Callable[[], None]
    join: Callable[[], None]
    authority: Authority
    folder: Path
    relays: ExitStack

    @property
    def window(self) -> QWidget:
        """The window to picture."""
        return self.desk.window

    def wait(self, until: Callable[[], object]) -> None:
        """Let the app work until something is so."""
        deadline = time.monotonic() + WAIT_MAX_S
        while not until():
            if time.monotonic() > deadline:
                raise NeverCame(until)
            self.settle(20)

    def book_elsewhere(self, taken: AppointmentSheet) -> None:
        """Another desk has booked the same time with the same officer, and the centre knows."""
        command = Book(
            appointment_id=AppointmentId("booked-elsewhere"),
            notice_id=NoticeId("told-elsewhere"),
            reference="AELSEWHERE",
            office_id=taken.office_id,
            service_id=taken.service_id,
            staff_id=taken.staff_id,
            customer_id=CustomerId("sample-customer-000011"),
            starts_at=taken.starts_at,
            booked_at=self.clock(),
        )
        self.other.runtime.desk.issue(command, actor=PERSON)
        centres.sync(self.other.runtime.desk, self.authority)

    def agree_twice(self) -> None:
        """This desk agreed a visit with its line cut; another took the officer's time meanwhile."""
        mine, theirs = self._agreement("mine"), self._agreement("theirs")
        self.desk.at.runtime.run(mine, lambda _: None, self.desk.at.failed)
        self.other.runtime.desk.issue(theirs, actor=PERSON)
        centres.sync(self.other.runtime.desk, self.authority)

    def _agreement(self, name: str) -> Agree:
        at = instant(local_date(self.clock()) + timedelta(days=2), 14 * 60)
        return Agree(
            visit_id=VisitId(f"visit-{name}"),
            notice_id=NoticeId(f"notice-{name}"),
            reference=f"V{name.upper()}",
            staff_id=PERSON,
            customer_id=CustomerId("sample-customer-000011"),
            who_to_see="Iwona Wójcik",
            address="27 Mill Lane, AB1 2PW",
            reason="Damp inspection",
            window_starts_at=at,
            window_ends_at=at + timedelta(hours=2),
            planned_at=at,
            duration_minutes=45,
            agreed_at=self.clock(),
        )

    def share_the_office(self) -> None:
        """The office's relay is there, the centre is not."""
        node = open_node(self.folder / "relay.db", centres.KEY)
        self.relays.callback(node.database.close)
        relay = Relay(
            node,
            new_device=lambda: Identity("relay"),
            clock=self.clock,
            new_id=centres.new_ids("relay", self.clock),
            allowed=allowed,
            is_cut_off=lambda: True,
            ask_up=lambda: False,
        )
        centres.sync(relay, self.authority)
        address = self.relays.enter_context(centres.served(relay, clock=self.clock))
        relay.issue(RelayOffice(office_id=centres.OFFICE, address=address), actor=relay.device)
        for _ in range(2):
            centres.sync(relay, self.authority)

        def is_shared() -> bool:
            self.desk.at.runtime.line.wake()
            return "This office only" in self.desk.window.foot.sync_words

        self.wait(is_shared)

    def settle(self, ms: int = 150) -> None:
        """Let what is under way come to the screen."""
        loop = QEventLoop()
        QTimer.singleShot(ms, loop.quit)
        loop.exec()


def an_at(
    name: str, source: Path, folder: Path, address: str, clock: centres.SetClock, theme: Theme
) -> AtDesk:
    """A desk with someone at it, over a copy of a desk's database."""
    node = open_node(centres.copied(source, folder), centres.KEY)
    runtime = Runtime(node, central=lambda: address, actor=lambda: PERSON, clock=clock)
    return AtDesk(
        runtime=runtime,
        office_id=centres.OFFICE,
        office_name="Civic Centre",
        counter_name=name,
        staff_id=PERSON,
        theme=theme,
        say=lambda words, undo: None,
        paper=Paper(runtime, folder / "documents"),
    )


@contextmanager
def a_stage(
    app: QApplication, folder: Path, files: dict[str, Path], theme: Theme
) -> Iterator[Stage]:
    """A fresh window in a theme, with a running centre; all gone afterwards."""
    apply_theme(app, theme)
    clock = centres.SetClock()
    authority = centres.open_centre(centres.copied(files["centre"], folder))
    serving, relays = ExitStack(), ExitStack()
    address = serving.enter_context(centres.served(authority, clock=clock))

    def join() -> None:
        port = int(address.rpartition(":")[2])
        serving.enter_context(centres.served(authority, port=port, clock=clock))

    at = an_at("Counter 3", files["desk-1"], folder / "desk-1", address, clock, theme)
    other = an_at("Counter 4", files["desk-2"], folder / "desk-2", address, clock, theme)
    settings = Settings(sample=True, counter_name="Counter 3", theme=theme.name)
    place = Place(DeskFolder(folder), None, SampleKeys(), settings, None)  # type: ignore[arg-type]
    desk = DeskWindow(at, place)
    stage = Stage(desk, other, clock, theme, serving.close, join, authority, folder, relays)
    try:
        desk.window.show()
        desk.on_shown()
        stage.wait(lambda: "Up to date" in desk.window.foot.sync_words)
        stage.wait(lambda: desk.reception.arrive.service.count() > 0)
        yield stage
    finally:
        desk.window.close()
        at.runtime.close()
        other.runtime.close()
        desk.window.deleteLater()
        serving.close()
        relays.close()
        authority.node.database.close()
        stage.settle(10)


def build_files(folder: Path) -> dict[str, Path]:
    """The databases that every stage copies."""
    files = {name: folder / f"{name}.db" for name in ("centre", "desk-1", "desk-2")}
    centres.build_centre(files["centre"])
    authority = centres.open_centre(files["centre"])
    for number, name in ((3, "desk-1"), (4, "desk-2")):
        centres.build_desk(files[name], authority, name=name, counter=f"Counter {number}")
    authority.node.database.close()
    return files
