"""A council small enough to be simulated thousands of times, its day in progress.

Made once a process by the shipped commands over a perfect line, then copied for every history.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Select, Table

from sync.authority import Authority
from sync.command import Definition, Envelope
from sync.desk import Desk
from sync.errors import Refusal, SyncError
from sync.ids import IdSource
from sync.node import Node
from sync.proof import Identity
from sync.relay import Relay
from sync.snapshots import PartSize
from tests.rounds import drive
from tests.simulation.acts import Draft, Habit, Hand, choices_of_new_ids, ids_of
from tests.simulation.disk import Disk, Image
from visits.access.rules import CENTRE
from visits.calendar.bank_holidays import published
from visits.central.issuing import issue_as_centre
from visits.ids import OfficeId
from visits.imports.commands import TakeIn
from visits.migrations.steps import migrate
from visits.offices.commands import JoinOffice, RelayOffice
from visits.registry import node_over
from visits.scopes import COUNCIL, allowed, check_device, of_office
from visits.today_first import TodayFirst

MORNING = datetime(2026, 11, 24, 10, 42, tzinfo=UTC)
OFFICES = (OfficeId("civic"), OfficeId("northgate"))
DESKS_MAX = 4
RELAY = "relay"
CHANGES_OF_THE_HOUR = (datetime(2027, 3, 28, 1, tzinfo=UTC), datetime(2027, 10, 31, 1, tzinfo=UTC))
"""When clocks go forward and back."""
MIDNIGHT = datetime(2026, 11, 25, tzinfo=UTC)
"""When the first day of every history ends."""
BEFORE_A_CHANGE = timedelta(seconds=4)
"""Short histories last some twenty seconds."""
WARM_UP_MORNINGS = 3
WARM_UP_ACTS = 40
SYNC_EVERY_ACTS = 8
ACCEPTED_ENOUGH = 6
TRIES_A_CHOICE = 4
NEW_IDS_MAX = 3

Habits = dict[tuple[str, int], Habit]
"""By name and version of a command."""

SMALL_PARTS = PartSize(bytes_max=5_000, rows_a_look=8)
"""A history's scopes are small; so that they come in parts at all."""


@dataclass(frozen=True, slots=True)
class Council:
    """The content of the disks from which every history begins."""

    centre: Image
    desks: tuple[Image, ...]
    relay: Image
    unused_desk: Image
    habits: Habits
    centre_habits: Habits


def office_of(index: int) -> OfficeId:
    """Two desks of each three share the first office."""
    return OFFICES[1] if index % 3 == 2 else OFFICES[0]


@cache
def council() -> Council:
    """The council, made at the first call."""
    draw = random.Random("council")
    new_id = IdSource(lambda: MORNING, draw.getrandbits)
    disk = Disk("centre")
    centre = opened_centre(disk)
    centre.found(new_id())
    for rows in (_reference(), _people()):
        outcome = issue_as_centre(centre.node, TakeIn(tables=rows), new_id=new_id, now=MORNING)
        if outcome.state != "accepted":
            raise RuntimeError(f"the council's lists were refused: {outcome}")
    unused = _unused_desk()
    disks = [_joined_desk(centre, unused, index) for index in range(DESKS_MAX)]
    desks = [opened_desk(each, index, clock=lambda: MORNING) for index, each in enumerate(disks)]
    relay_disk = _joined_relay(centre, unused)
    habits = _habits_of(desks[0].node)
    for _ in range(WARM_UP_MORNINGS):
        _learn(desks[0].node, desks[0].device, habits, draw)
        _warm_up(centre, desks[2:], habits, draw)
        # Twice: the others have still to send what they did last.
        for desk in (*desks[2:], desks[0]):
            sync(desk, centre)
    _learn(desks[0].node, desks[0].device, habits, draw)
    centre_habits = _habits_of(centre.node)
    _learn(centre.node, CENTRE, centre_habits, draw)
    relay = opened_relay(relay_disk, clock=lambda: MORNING)
    for desk in (*desks, relay, *desks):
        # The second time they get what the others had still to send: no history need pull it again.
        sync(desk, centre)
    return Council(
        centre=disk.image(),
        desks=tuple(each.image() for each in disks),
        relay=relay_disk.image(),
        unused_desk=unused,
        habits=habits,
        centre_habits={
            name: centre_habits[name] for name, habit in habits.items() if habit.not_allowed
        },
    )


def opened_centre(disk: Disk) -> Authority:
    """The centre's process over its disk."""
    database = disk.database()
    migrate(database)
    return Authority(
        node_over(database),
        allowed,
        check_device,
        first=TodayFirst(lambda: MORNING),
        part_size=SMALL_PARTS,
    )


def device_name(index: int) -> str:
    """The first device id of a desk."""
    return f"desk-{index + 1}"


def opened_desk(disk: Disk, index: int, *, clock: Callable[[], datetime]) -> Desk:
    """A desk's process over its disk."""
    new_id = IdSource(clock, random.Random(f"desk {index}").getrandbits)
    node = node_over(disk.database())
    return Desk(node, new_device=lambda: Identity(device_name(index)), clock=clock, new_id=new_id)


def _unused_desk() -> Image:
    disk = Disk("unused")
    migrate(disk.database())
    return disk.image()


def _joined_desk(centre: Authority, unused: Image, index: int) -> Disk:
    disk = Disk(device_name(index))
    disk.load(unused)
    desk = opened_desk(disk, index, clock=lambda: MORNING)
    sync(desk, centre)
    joining = JoinOffice(office_id=office_of(index), counter_name=f"Counter {index + 1}")
    desk.issue(joining, actor=desk.device)
    for _ in range(2):
        sync(desk, centre)
    return disk


def opened_relay(disk: Disk, *, clock: Callable[[], datetime]) -> Relay:
    """The process of the first office's relay over its disk, with a perfect line."""
    return Relay(
        node_over(disk.database()),
        new_device=lambda: Identity(RELAY),
        clock=clock,
        new_id=IdSource(clock, random.Random(RELAY).getrandbits),
        allowed=allowed,
        is_cut_off=lambda: False,
        ask_up=lambda: False,
    )


def _joined_relay(centre: Authority, unused: Image) -> Disk:
    disk = Disk(RELAY)
    disk.load(unused)
    relay = opened_relay(disk, clock=lambda: MORNING)
    sync(relay, centre)
    relay.issue(RelayOffice(office_id=OFFICES[0], address="http://relay"), actor=relay.device)
    for _ in range(2):
        sync(relay, centre)
    return disk


def sync(desk: Desk, centre: Authority) -> None:
    """One whole round over a perfect line."""
    drive(desk, centre.answer)


def all_images(node: Node, session: Any, table: str) -> list[Any]:
    """A table's rows as images."""
    found = session.connection().execute(_all_of(node.metadata.tables[table]))
    return node.imaging.read(table, found)


@cache
def _all_of(table: Table) -> Select[Any]:
    return table.select()


def looking_in(node: Node, session: Any, heat: Callable[[str], Any]) -> Callable[[str], list[Any]]:
    """Gives a table's rows as images, in the order of `heat` of their ids."""
    found: dict[str, list[Any]] = {}

    def look(table: str) -> list[Any]:
        if not table:
            return []
        if table not in found:
            images = all_images(node, session, table)
            found[table] = sorted(images, key=lambda image: heat(image["id"]))
        return found[table]

    return look


def _warm_up(centre: Authority, desks: list[Desk], habits: Habits, draw: random.Random) -> None:
    """Random acts over a perfect line, so that rows of every kind and state exist."""
    commands = [item for item in desks[0].node.registry if habits[_name(item)].works]
    for count in range(WARM_UP_ACTS):
        desk = desks[count % len(desks)]
        definition = draw.choice(commands)
        with desk.node.database.read() as session:
            look = looking_in(desk.node, session, lambda row_id: row_id)
            hand = _hand(draw, desk.device, look)
            drawn = [hand.draft(definition, habits[_name(definition)]) for _ in range(4)]
        for draft in drawn:
            worked = _issued(desk, draft)
            habits[_name(definition)].learn(draft, worked=worked)
            if worked:
                break
        if count % SYNC_EVERY_ACTS == 0:
            sync(desk, centre)


def _issued(desk: Desk, draft: Draft) -> bool:
    try:
        desk.issue(draft.arguments, actor="amira")
    except SyncError:
        return False
    return True


def _hand(draw: random.Random, device: str, look: Callable[[str], Any]) -> Hand:
    new_id = IdSource(lambda: MORNING, draw.getrandbits)
    return Hand(draw, now=MORNING, device=device, new_id=new_id, look=look)


def _name(definition: Definition) -> tuple[str, int]:
    return definition.name, definition.version


def _habits_of(node: Node) -> Habits:
    return {_name(definition): Habit() for definition in node.registry}


def _learn(node: Node, device: str, habits: Habits, draw: random.Random) -> None:
    """Try commands on this node without keeping anything, and note which new ids work."""
    with node.database.write() as session:
        look = looking_in(node, session, lambda row_id: row_id)
        for definition in node.registry:
            habit = habits[_name(definition)]
            for fresh in choices_of_new_ids(definition.arguments, NEW_IDS_MAX):
                if habit.tried and habit.works and habit.tried >= ACCEPTED_ENOUGH:
                    break
                for _ in range(TRIES_A_CHOICE):
                    hand = _hand(draw, device, look)
                    draft = hand.with_new(definition, habit, fresh)
                    refusal = _refusal(node, session, draft.arguments, device)
                    habit.learn(draft, worked=refusal is None)
                    habit.not_allowed = refusal == "not_allowed"
        session.rollback()
    _borrow(node, habits)


def _borrow(node: Node, habits: Habits) -> None:
    """A command that found nothing to work on goes by one with the same ids, or what is there."""
    known = {ids_of(d.arguments): habits[_name(d)] for d in node.registry if habits[_name(d)].works}
    for definition in node.registry:
        habit = habits[_name(definition)]
        like = known.get(ids_of(definition.arguments))
        if not habit.accepted and like is not None:
            habit.accepted = like.accepted | {frozenset(): sum(like.accepted.values())}
            habit.tried = 2 * sum(habit.accepted.values())


def _refusal(node: Node, session: Any, arguments: Any, device: str) -> str | None:
    trial = session.begin_nested()
    try:
        node.run(session, envelope_of(node, arguments, device))
    except SyncError as error:
        return error.reason if isinstance(error, Refusal) else type(error).__name__
    finally:
        trial.rollback()
        session.expire_all()
    return None


def envelope_of(node: Node, arguments: Any, device: str) -> Envelope:
    """An envelope for a trial."""
    return node.registry.seal(
        arguments,
        id="trial",
        device=device,
        seq=1,
        actor=CENTRE if device == CENTRE else "trial",
        issued_at=MORNING,
    )


def _reference() -> dict[str, list[dict[str, Any]]]:
    days = range(5)
    return {
        "office": [
            _row(office, name=office.title(), address="1 Castle Square", phone="01632 960 100")
            | {"nation": "england-and-wales"}
            for office in OFFICES
        ],
        "service": [
            _row(key, name=key, target_minutes=10, duration_minutes=minutes, bring=["a letter"])
            for key, minutes in (("council-tax", 15), ("housing", 30))
        ],
        "team": [_row(key, name=key, phone="01632 960 310") for key in ("care", "place")],
        "staff_member": [
            _officer("amira", OFFICES[0], "care"),
            _officer("tom", OFFICES[0], "place"),
            _officer("grace", OFFICES[1], "place"),
        ],
        "opening_hours": [
            _row(f"open-{office}-{day}", office_id=office, weekday=day)
            | {"opens_minute": 540, "closes_minute": 1020}
            for office in OFFICES
            for day in days
        ],
        "working_hours": [
            _row(f"works-{who}-{day}", staff_id=who, weekday=day)
            | {"starts_minute": 540, "ends_minute": 1020}
            for who in ("amira", "tom", "grace")
            for day in days
        ],
        "room": [
            _row(f"room-{number}", scope=of_office(office), office_id=office, name=str(number))
            | {"seats": 3, "wheelchair": True, "hearing_loop": False}
            | {"panic_button": True, "two_exits": False}
            for number, office in ((1, OFFICES[0]), (2, OFFICES[0]), (3, OFFICES[1]))
        ],
        "bank_holiday": [
            _row(f"holiday-{on}", nation="england-and-wales", on_date=on.isoformat(), title=title)
            for on, title in sorted(published("england-and-wales").items())
            if on.year == MORNING.year
        ],
    }


def _people() -> dict[str, list[dict[str, Any]]]:
    names = ("Mary O’Brien", "Ali Khan", "Zoë Price", "Jan Nowak", "Efe Okoro")
    return {
        "customer": [
            _row(f"person-{n}", reference=f"P{n}", full_name=name, known_as="", born_on=None)
            | {"postcode": "AB1 1AA", "language": "en", "access_needs": []}
            | {"name_folded": name.lower()}
            for n, name in enumerate(names)
        ],
        "customer_details": [
            _row(f"details-{n}", scope=of_office(OFFICES[n % 2]), customer_id=f"person-{n}")
            | {"address": f"{n} High Street", "phone": f"01632 96000{n}", "email": ""}
            | {"phone_folded": f"0163296000{n}"}
            for n in range(len(names))
        ],
    }


def _officer(key: str, office: OfficeId, team: str) -> dict[str, Any]:
    return _row(key, full_name=key.title(), role="officer", team_id=team, office_id=office) | {
        "phone": "01632 960 111",
        "card_number": f"C-{key}",
        "photo": "",
        "service_ids": ["council-tax", "housing"],
    }


def _row(row_id: str, *, scope: str = COUNCIL, **values: Any) -> dict[str, Any]:
    return {"id": row_id, "scope": scope, **values}
