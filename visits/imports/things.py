"""Lists of offices, services, rooms and closures: what an empty centre begins with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct
from sqlalchemy.orm import Session

from sync.record import Image
from visits.imports import cells, hours
from visits.imports.columns import Column, Entry, Reading, WrongCell
from visits.imports.directory import id_of, plain
from visits.imports.plan import Proposal
from visits.imports.seen import Seen
from visits.imports.weeks import DAY_COLUMNS, OPENING, want_week, week_in
from visits.scopes import COUNCIL, of_office

TARGET_MINUTES = 10
"""What a service promises unless its list says otherwise: the council's charter."""
DURATION_MINUTES_MAX = 8 * 60
TARGET_MINUTES_MAX = 4 * 60
NATIONS = {
    "england": "england-and-wales",
    "wales": "england-and-wales",
    "england and wales": "england-and-wales",
    "england-and-wales": "england-and-wales",
    "scotland": "scotland",
    "northern ireland": "northern-ireland",
    "northern-ireland": "northern-ireland",
}


def _nation(text: str, reading: Reading) -> str:
    nation = NATIONS.get(plain(text))
    if nation is None:
        raise WrongCell("write England, Wales, Scotland or Northern Ireland")
    return nation


def _closed_on(text: str, reading: Reading) -> str:
    return cells.on_date(text, reading).isoformat()


def _things_to_bring(text: str, reading: Reading) -> list[str]:
    pieces = [piece.strip() for piece in text.replace("|", ";").replace("\n", ";").split(";")]
    return [cells.line(piece, reading) for piece in pieces if piece]


OFFICE_COLUMNS = (
    Column("name", "Name", cells.line, also=("office", "office name"), needed=True),
    Column("address", "Address", cells.text, also=("full address",), needed=True),
    Column("phone", "Phone", cells.phone, also=("telephone", "phone number")),
    Column("nation", "Nation", _nation, also=("country",), needed=True),
    Column("hours", "Opening hours", hours.week, also=("open", "opening times")),
    *DAY_COLUMNS,
)
SERVICE_COLUMNS = (
    Column("name", "Name", cells.line, also=("service", "service name"), needed=True),
    Column(
        "duration_minutes",
        "Minutes",
        cells.minutes(5, DURATION_MINUTES_MAX),
        also=("duration", "appointment minutes", "length"),
        needed=True,
    ),
    Column(
        "target_minutes",
        "Target minutes",
        cells.minutes(1, TARGET_MINUTES_MAX),
        also=("target", "waiting target"),
    ),
    Column("bring", "Bring", _things_to_bring, also=("what to bring", "things to bring")),
)
ROOM_COLUMNS = (
    Column("office_id", "Office", cells.office, also=("office", "office name"), needed=True),
    Column("name", "Name", cells.line, also=("room", "room name"), needed=True),
    Column("seats", "Seats", cells.seats, also=("capacity", "places"), needed=True),
    Column("wheelchair", "Wheelchair space", cells.yes_or_no, also=("wheelchair access",)),
    Column("hearing_loop", "Hearing loop", cells.yes_or_no, also=("loop",)),
    Column("panic_button", "Panic button", cells.yes_or_no, also=("alarm",)),
    Column("two_exits", "Two exits", cells.yes_or_no, also=("2 exits", "second exit")),
)
CLOSURE_COLUMNS = (
    Column("office_id", "Office", cells.office, also=("office", "office name"), needed=True),
    Column("on_date", "Date", _closed_on, also=("closed on", "day"), needed=True),
    Column("reason", "Reason", cells.line, also=("why",)),
)


class Thing(Struct, frozen=True):
    """A table of reference data: what recognises a row, and what a new one has otherwise."""

    table: str
    keys: tuple[str, ...]
    says: str
    otherwise: Mapping[str, Any]
    of_an_office: bool = False


OFFICES = Thing("office", ("name",), "Name", {"phone": ""})
SERVICES = Thing("service", ("name",), "Name", {"target_minutes": TARGET_MINUTES, "bring": []})
ROOMS = Thing(
    "room",
    ("office_id", "name"),
    "Name",
    dict.fromkeys(("wheelchair", "hearing_loop", "panic_button", "two_exits"), False),
    of_an_office=True,
)
CLOSURES = Thing("closure", ("office_id", "on_date"), "Date", {"reason": ""})


class Things:
    """Finds each row's office, service, room or closure by its name and says what differs."""

    def __init__(self, thing: Thing, reading: Reading) -> None:
        self._thing = thing
        self._directory = reading.directory
        self._seen = Seen(thing.says)

    def propose(self, session: Session, entries: Sequence[Entry]) -> Iterator[Proposal]:
        """What each row means. An empty cell leaves what the centre has."""
        for entry in entries:
            proposal = Proposal(entry.lines)
            keys = [entry.values[key] for key in self._thing.keys]
            if self._seen.first_time("\x1f".join(map(plain, keys)), proposal):
                self._propose(proposal, entry, keys)
            yield proposal

    def _propose(self, proposal: Proposal, entry: Entry, keys: list[str]) -> None:
        found = self._known(keys)
        if len(found) > 1:
            return proposal.refuse(self._thing.says, f"{len(found)} here have the same")
        known = found[0] if found else None
        proposal.is_new = known is None
        row_id = known["id"] if known else id_of(self._thing.table, *keys)
        scope = of_office(keys[0]) if self._thing.of_an_office else COUNCIL
        columns = {
            key: value
            for key, value in entry.values.items()
            if key != "hours" and key not in _DAY_KEYS
        }
        proposal.want(
            self._thing.table,
            row_id,
            columns,
            known=known,
            otherwise={**self._thing.otherwise, "scope": scope},
        )
        week = week_in(entry.values)
        if week is not None:
            want_week(proposal, self._directory, OPENING, row_id, week)
        return proposal.remember_in(self._directory)

    def _known(self, keys: list[str]) -> list[Image]:
        by = self._thing.keys
        if by == ("name",):
            return self._directory.named(self._thing.table, keys[0])
        return [
            row
            for row in self._directory.where(self._thing.table, by[0], keys[0])
            if all(plain(row[key]) == plain(wanted) for key, wanted in zip(by, keys, strict=True))
        ]


_DAY_KEYS = frozenset(column.key for column in DAY_COLUMNS)
