"""Two desks of one office, a centre, and the line of the second desk, which can be cut."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar, cast

import pytest
from pytestqt.qtbot import QtBot
from sqlalchemy import select
from sqlalchemy.orm import Session

from reception_app.attention.view import AttentionPanel
from reception_app.desk.at_desk import AtDesk
from sync.authority import Authority
from sync.command import Arguments
from sync.upstream.line import Health
from tests import centres
from tests.centres import MORNING, OFFICE
from visits.appointments.commands import Book
from visits.appointments.queries import first_free
from visits.appointments.records import Appointment
from visits.appointments.rules import FreeTime
from visits.calendar.local_time import local_date
from visits.customers.commands import AddCustomer
from visits.customers.records import Customer
from visits.ids import AppointmentId, CustomerId, NoticeId, ServiceId

HOUSING = ServiceId("sample-service-housing")
LINE_TIMEOUT_MS = 20_000
T = TypeVar("T")


class Line:
    """A line to the centre that can be cut and joined."""

    def __init__(self, centre: Authority) -> None:
        self._centre = centre
        self._up = ExitStack()
        self.address = self._up.enter_context(centres.served(centre))

    def cut(self) -> None:
        self._up.close()

    def join(self) -> None:
        port = int(self.address.rpartition(":")[2])
        self._up.enter_context(centres.served(self._centre, port=port))


class TwoDesks:
    """The first desk's line stays up; the second's is `line`."""

    def __init__(
        self, new_at: Callable[..., AtDesk], centre: Authority, address: str, qtbot: QtBot
    ) -> None:
        self.line = Line(centre)
        self.centre = centre
        self._qtbot = qtbot
        self.first = new_at("desk-1", central=address)
        self.second = new_at("desk-2", central=self.line.address)
        self.mine = a_new_person(self.first, "Łukasz Nowak-Test", "01632 960 777")
        self.theirs = a_new_person(self.first, "Dorothy Hughes-Test", "01632 960 778")
        self.another = a_new_person(self.first, "Wei Zhang-Test", "01632 960 779")
        for at in (self.first, self.second):
            at.runtime.start()
            self.wait_for(at, Health.UP)
        self.sent(self.first)
        self.until(self.second, lambda: self._knows_them(self.second))

    def wait_for(self, at: AtDesk, health: Health) -> None:
        self._qtbot.waitUntil(
            lambda: at.runtime.line_state.health is health, timeout=LINE_TIMEOUT_MS
        )

    def _knows_them(self, at: AtDesk) -> bool:
        return (
            asked(at, lambda session: session.get(Customer, self.another.customer_id)) is not None
        )

    def cut(self) -> None:
        self.line.cut()
        self.second.runtime.line.wake()
        self.wait_for(self.second, Health.DOWN)

    def run(self, at: AtDesk, command: Arguments) -> None:
        """Run a command at a desk and wait until it is kept."""
        kept: list[object] = []
        at.runtime.run(command, kept.append, kept.append)
        self._qtbot.waitUntil(lambda: bool(kept))
        assert not isinstance(kept[0], Exception), kept[0]

    def sent(self, at: AtDesk) -> None:
        """Wait until nothing of a desk waits to be sent."""
        at.runtime.line.wake()
        self._qtbot.waitUntil(lambda: not at.runtime.desk.undecided(), timeout=LINE_TIMEOUT_MS)

    def until(self, at: AtDesk, holds: Callable[[], bool]) -> None:
        """Wait until something holds at a desk after it has fetched what is at the centre."""
        at.runtime.line.wake()
        self._qtbot.waitUntil(holds, timeout=LINE_TIMEOUT_MS)


@pytest.fixture
def two_desks(
    new_at: Callable[..., AtDesk], sample_files: dict[str, Path], tmp_path: Path, qtbot: QtBot
) -> Iterator[TwoDesks]:
    centre = centres.open_centre(centres.copied(sample_files["centre"], tmp_path / "centre"))
    with centres.served(centre) as address:
        desks = TwoDesks(new_at, centre, address, qtbot)
        yield desks
        desks.line.cut()
    centre.node.database.close()


@pytest.fixture
def open_panel(qtbot: QtBot) -> Callable[[AtDesk], AttentionPanel]:
    """Opens the panel at a desk and waits until it shows."""

    def make(at: AtDesk) -> AttentionPanel:
        panel = AttentionPanel(at)
        qtbot.addWidget(panel)
        panel.show()
        qtbot.waitUntil(lambda: panel.shown is not None)
        return panel

    return make


def asked(at: AtDesk, ask: Callable[[Session], T]) -> T:
    """What a query finds at a desk."""
    with at.runtime.node.database.read() as session:
        return ask(session)


@dataclass(frozen=True)
class Person:
    """Someone who has no appointment."""

    customer_id: CustomerId
    name: str
    phone: str


def a_new_person(at: AtDesk, name: str, phone: str) -> Person:
    """Someone who is added at a desk."""
    customer_id = CustomerId(at.new_id())
    at.runtime.desk.issue(
        AddCustomer(
            customer_id=customer_id,
            details_id=at.new_id(),
            office_id=OFFICE,
            reference=f"C{phone[-3:]:0>8}",
            full_name=name,
            on_date=local_date(at.now()),
            phone=phone,
        ),
        actor=at.staff_id,
    )
    return Person(customer_id, name, phone)


def the_first_free(at: AtDesk) -> FreeTime:
    """The first free time of Housing options."""
    found = asked(at, lambda s: first_free(s, office_id=OFFICE, service_id=HOUSING, now=MORNING))
    return cast(FreeTime, found)


def a_booking(
    at: AtDesk, time: FreeTime, customer_id: CustomerId, *, note: str = "", key: str = ""
) -> Book:
    """The command that books a time for a person at a desk."""
    return Book(
        appointment_id=AppointmentId(at.new_id()),
        notice_id=NoticeId(at.new_id()),
        reference=f"A{key or 'BCDFGHJK'}",
        office_id=OFFICE,
        service_id=HOUSING,
        staff_id=time.staff_id,
        customer_id=customer_id,
        starts_at=time.starts_at,
        booked_at=at.now(),
        note=note,
    )


def appointments_of(at: AtDesk, customer_id: CustomerId) -> list[Appointment]:
    """A person's booked appointments as a desk knows them."""
    return asked(
        at,
        lambda session: list(
            session.scalars(
                select(Appointment).where(
                    Appointment.customer_id == customer_id, Appointment.state == "booked"
                )
            )
        ),
    )
