"""A small council on a real database, in the field's words: the ground of every domain test.

Everything happens by real commands decided by a real node. The moment is fixed, a Tuesday morning.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import select

from sync.command import Arguments
from sync.decide import decide
from sync.errors import Refusal
from sync.node import Node
from sync.wire import Outcome
from tests.centres import MORNING
from visits.access.rules import CENTRE
from visits.calendar.local_time import local_date
from visits.customers.commands import AddCustomer
from visits.ids import (
    AppointmentId,
    CustomerId,
    OfficeId,
    RoomId,
    ServiceId,
    StaffId,
    StretchId,
    TicketId,
)
from visits.imports.commands import TakeIn
from visits.queue.commands import CheckIn
from visits.record import Record
from visits.scopes import COUNCIL, of_office
from visits.staff.time import claim

OFFICE = OfficeId("office-civic")
OTHER_OFFICE = OfficeId("office-northgate")
COUNCIL_TAX = ServiceId("service-council-tax")
HOUSING = ServiceId("service-housing")
TEAM = "team-housing"
OFFICER = StaffId("officer-amira")
OTHER_OFFICER = StaffId("officer-tom")
DESK, OTHER_DESK, DESK_ELSEWHERE = "desk-a", "desk-b", "desk-elsewhere"
OPENS, CLOSES = 9 * 60, 17 * 60

R = TypeVar("R", bound=Record)


@dataclass(slots=True)
class Council:
    """Two offices, three desks, two services, two officers; more is added by what it builds."""

    node: Node
    now: datetime = MORNING
    _counts: Counter[str] = field(default_factory=Counter)
    _seqs: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def found(self) -> Council:
        """Take in what stands from the start."""
        self._take_in("office", _office(OFFICE, "Civic Centre"), _office(OTHER_OFFICE, "Northgate"))
        self.a_service(COUNCIL_TAX, name="Council tax", duration_minutes=20)
        self.a_service(HOUSING, name="Housing options", duration_minutes=45)
        for desk, office, letter in (
            (DESK, OFFICE, "A"),
            (OTHER_DESK, OFFICE, "B"),
            (DESK_ELSEWHERE, OTHER_OFFICE, "A"),
        ):
            self._take_in("desk", _desk(desk, office, letter))
        self._take_in("team", _council(TEAM, name="Housing team", phone="01632 960 310"))
        for office in (OFFICE, OTHER_OFFICE):
            self._take_in("opening_hours", *_opening_hours(office))
        self.an_officer(OFFICER, full_name="Amira Hassan")
        self.an_officer(OTHER_OFFICER, full_name="Tom Reid")
        return self

    def later(self, *, minutes: float) -> datetime:
        """Let time pass; gives the instant it is then."""
        self.now += timedelta(minutes=minutes)
        return self.now

    def ago(self, minutes: float) -> datetime:
        """So many minutes ago; fewer than none are still to come."""
        return self.now - timedelta(minutes=minutes)

    @property
    def today(self) -> date:
        """The local date."""
        return local_date(self.now)

    def new_id(self, kind: str) -> str:
        """An id that nothing has yet."""
        self._counts[kind] += 1
        return f"{kind}-{self._counts[kind]}"

    def stretch_id(self) -> StretchId:
        """The id of a stretch to be opened."""
        return StretchId(self.new_id("stretch"))

    def do(self, arguments: Arguments, *, desk: str = DESK, by: str = OFFICER) -> Outcome:
        """Issue a command from a desk and have it decided. Raises Refusal when a rule says no."""
        outcome = self.decided(arguments, desk=desk, by=by)
        if outcome.state != "accepted":
            raise Refusal(outcome.reason or "", **outcome.data)
        return outcome

    def decided(self, arguments: Arguments, *, desk: str = DESK, by: str = OFFICER) -> Outcome:
        """Issue a command from a desk; what became of it."""
        self._seqs[desk] += 1
        envelope = self.node.registry.seal(
            arguments,
            id=self.new_id("command"),
            device=desk,
            seq=self._seqs[desk],
            actor=by,
            issued_at=self.now,
        )
        return decide(self.node, envelope)

    def refusal(self, arguments: Arguments, *, desk: str = DESK, by: str = OFFICER) -> Refusal:
        """The refusal a command meets. Fails when it is accepted, or when it changed any row."""
        before = self.everything()
        outcome = self.decided(arguments, desk=desk, by=by)
        assert outcome.state == "refused", f"{arguments} was accepted"
        assert self.everything() == before, f"{outcome.reason}, and yet rows changed"
        return Refusal(outcome.reason or "", **outcome.data)

    def everything(self) -> dict[str, list[dict[str, Any]]]:
        """Every row of the domain, as images by table."""
        found = {}
        with self.node.database.read() as session:
            for table in self.node.metadata.sorted_tables:
                rows = session.execute(select(table).order_by(table.c.id))
                found[table.name] = self.node.imaging.read(table.name, rows)
        return found

    def row(self, kind: type[R], id: str) -> R:
        """A row, set loose from its session. Fails when there is none."""
        with self.node.database.read() as session:
            row = session.get(kind, id)
            assert row is not None, f"no {kind.__tablename__} {id}"
            session.expunge(row)
            return row

    def rows(self, kind: type[R]) -> list[R]:
        """Every row of a kind, by id."""
        with self.node.database.read() as session:
            found = list(session.scalars(select(kind).order_by(kind.id)))
            session.expunge_all()
            return found

    def a_service(
        self,
        service_id: ServiceId | None = None,
        *,
        name: str = "Parking permit",
        target_minutes: int = 10,
        duration_minutes: int = 15,
    ) -> ServiceId:
        """A service that people come for."""
        service_id = service_id or ServiceId(self.new_id("service"))
        self._take_in(
            "service",
            _council(
                service_id,
                name=name,
                target_minutes=target_minutes,
                duration_minutes=duration_minutes,
                bring=["Proof of who you are"],
            ),
        )
        return service_id

    def an_officer(
        self,
        staff_id: StaffId | None = None,
        *,
        full_name: str = "Grace Adeyemi",
        office_id: OfficeId = OFFICE,
        team_id: str = TEAM,
        service_ids: tuple[ServiceId, ...] = (COUNCIL_TAX, HOUSING),
        lunch_minute: int | None = None,
    ) -> StaffId:
        """An officer who works 9am to 5pm from Monday to Friday, with lunch when it is given."""
        staff_id = staff_id or StaffId(self.new_id("officer"))
        self._take_in(
            "staff_member",
            _council(
                staff_id,
                full_name=full_name,
                role="Housing officer",
                team_id=team_id,
                office_id=office_id,
                phone="01632 960 400",
                card_number="40213",
                photo="",
                service_ids=list(service_ids),
            ),
        )
        self._take_in("working_hours", *_week(staff_id, "works", OPENS, CLOSES))
        if lunch_minute is not None:
            self._take_in("staff_break", *_week(staff_id, "lunch", lunch_minute, lunch_minute + 30))
        return staff_id

    def a_customer(
        self,
        full_name: str = "Dorothy Hughes",
        *,
        known_as: str = "",
        born_on: date | None = None,
        postcode: str = "AB1 4QT",
        phone: str = "01632 960 123",
        access_needs: tuple[str, ...] = (),
    ) -> CustomerId:
        """A person with a card and details."""
        customer_id = CustomerId(self.new_id("customer"))
        self.do(
            AddCustomer(
                customer_id=customer_id,
                details_id=self.new_id("details"),
                office_id=OFFICE,
                reference=f"C{len(self._counts):03d}{self._counts['customer']:05d}",
                full_name=full_name,
                known_as=known_as,
                born_on=born_on,
                postcode=postcode,
                phone=phone,
                access_needs=list(access_needs),
                on_date=self.today,
            )
        )
        return customer_id

    def an_appointment(
        self,
        *,
        in_minutes: float = 0,
        customer_id: CustomerId | None = None,
        service_id: ServiceId = COUNCIL_TAX,
        staff_id: StaffId = OFFICER,
        office_id: OfficeId = OFFICE,
        state: str = "booked",
    ) -> AppointmentId:
        """An appointment that begins in so many minutes (before now when negative)."""
        appointment_id = AppointmentId(self.new_id("appointment"))
        starts_at = self.ago(-in_minutes)
        image = {
            "id": appointment_id,
            "scope": of_office(office_id),
            "reference": f"A{self._counts['appointment']:05d}",
            "office_id": office_id,
            "service_id": service_id,
            "staff_id": staff_id,
            "customer_id": customer_id or self.a_customer(),
            "starts_at": starts_at,
            "ends_at": starts_at + timedelta(minutes=20),
            "state": state,
            "note": "",
            "booked_at": self.now - timedelta(days=9),
            "command_id": "",
        }
        self._take_in("appointment", self.node.imaging.image("appointment", image))
        with self.node.database.write() as session:
            claim(session, staff_id, starts_at, starts_at + timedelta(minutes=20))
        return appointment_id

    def check_in(self, **given: Any) -> CheckIn:
        """The command that checks somebody in now, for what is not given otherwise."""
        number = self.new_id("number").rpartition("-")[2]
        standard: dict[str, Any] = {
            "ticket_id": TicketId(self.new_id("ticket")),
            "stretch_id": self.stretch_id(),
            "office_id": OFFICE,
            "number": f"A{int(number):02d}",
            "number_on": self.today,
            "service_id": COUNCIL_TAX,
            "arrived_at": self.now,
        }
        return CheckIn(**standard | given)

    def a_ticket(self, *, waiting_minutes: float = 0, desk: str = DESK, **given: Any) -> TicketId:
        """Somebody who checked in so many minutes ago, and waits."""
        command = self.check_in(**{"arrived_at": self.ago(waiting_minutes)} | given)
        self.do(command, desk=desk)
        return command.ticket_id

    def a_room(self, *, name: str = "Room 1", office_id: OfficeId = OFFICE, **has: bool) -> RoomId:
        """A private room; `wheelchair`, `hearing_loop`, `panic_button`, `two_exits` as given."""
        room_id = RoomId(self.new_id("room"))
        features = dict.fromkeys(("wheelchair", "hearing_loop", "panic_button", "two_exits"), False)
        self._take_in(
            "room",
            {
                "id": room_id,
                "scope": of_office(office_id),
                "office_id": office_id,
                "name": name,
                "seats": 4,
            }
            | features
            | has,
        )
        return room_id

    def take_in(self, table: str, *images: dict[str, Any]) -> None:
        """Rows as images, by the command that takes in a council's lists."""
        self._take_in(table, *images)

    def _take_in(self, table: str, *images: dict[str, Any]) -> None:
        self.do(TakeIn(tables={table: list(images)}), desk=CENTRE, by=CENTRE)


def _council(id: str, **values: Any) -> dict[str, Any]:
    return {"id": id, "scope": COUNCIL, **values}


def _office(office_id: OfficeId, name: str) -> dict[str, Any]:
    return _council(
        office_id,
        name=name,
        address="1 Castle Square, AB1 1AA",
        phone="01632 960 100",
        nation="england-and-wales",
    )


def _desk(desk: str, office_id: OfficeId, letter: str) -> dict[str, Any]:
    return _council(desk, office_id=office_id, letter=letter, counter_name=f"Counter {letter}")


def _opening_hours(office_id: OfficeId) -> list[dict[str, Any]]:
    return [
        _council(
            f"{office_id}-{weekday}",
            office_id=office_id,
            weekday=weekday,
            opens_minute=OPENS,
            closes_minute=CLOSES,
        )
        for weekday in range(5)
    ]


def _week(staff_id: StaffId, what: str, starts: int, ends: int) -> list[dict[str, Any]]:
    return [
        _council(
            f"{staff_id}-{what}-{weekday}",
            staff_id=staff_id,
            weekday=weekday,
            starts_minute=starts,
            ends_minute=ends,
        )
        for weekday in range(5)
    ]
