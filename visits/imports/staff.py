"""A list of the council's people: teams they bring, cards, photos, when they work."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy.orm import Session

from visits.imports import cells, hours
from visits.imports.columns import Column, Entry, Reading
from visits.imports.directory import id_of
from visits.imports.lists import Lines
from visits.imports.photos import photo
from visits.imports.plan import Proposal
from visits.imports.seen import Seen
from visits.imports.weeks import BREAKS, DAY_COLUMNS, WORKING, days_worked, want_week, week_in
from visits.scopes import COUNCIL

COLUMNS = (
    Column(
        "reference",
        "Reference",
        cells.reference,
        also=("staff number", "staff reference", "payroll number", "employee number", "staff id"),
        needed=True,
    ),
    Column(
        "full_name",
        "Full name",
        cells.person_name,
        also=("name", "officer", "staff name", "employee name"),
        parts=(("first name", "forename", "given name"), ("last name", "surname", "family name")),
        needed=True,
    ),
    Column("role", "Role", cells.line, also=("job title", "job", "position", "post"), needed=True),
    Column("team", "Team", cells.line, also=("team name", "department"), needed=True),
    Column("team_phone", "Team phone", cells.phone, also=("number to ring", "team number")),
    Column("office_id", "Office", cells.office, also=("office", "office name"), needed=True),
    Column("service_ids", "Services", cells.services, also=("service", "skills", "gives")),
    Column(
        "card_number",
        "Card number",
        cells.reference,
        also=("id card", "card", "id number"),
        may_say_nothing=True,
    ),
    Column(
        "phone",
        "Phone",
        cells.phone,
        also=("telephone", "work phone", "mobile"),
        may_say_nothing=True,
    ),
    Column("hours", "Working hours", hours.week, also=("hours", "works", "working pattern")),
    *DAY_COLUMNS,
    Column("breaks", "Break", hours.spans, also=("breaks", "lunch", "lunch break")),
    Column(
        "photo",
        "Photo",
        photo,
        also=("photo file", "picture", "photograph", "image"),
        may_say_nothing=True,
    ),
)
ON_CARD = ("full_name", "role", "office_id", "service_ids", "card_number", "phone", "photo")
NEW_MEMBER: dict[str, Any] = {
    "scope": COUNCIL,
    "service_ids": [],
    "card_number": "",
    "phone": "",
    "photo": "",
}


class Staff:
    """Finds each row's officer by the reference and says what would differ."""

    def __init__(self, reading: Reading) -> None:
        self._directory = reading.directory
        self._seen = Seen("Reference")
        self._team_phones: dict[str, tuple[str, Lines]] = {}

    def propose(self, session: Session, entries: Sequence[Entry]) -> Iterator[Proposal]:
        """What each row means. An empty cell leaves what the centre has."""
        for entry in entries:
            proposal = Proposal(entry.lines)
            reference = entry.values["reference"]
            if self._seen.first_time(reference, proposal):
                self._member(proposal, entry.values, id_of("staff", reference))
            if not proposal.problems:
                proposal.remember_in(self._directory)
            yield proposal

    def _member(self, proposal: Proposal, given: dict[str, Any], staff_id: str) -> None:
        known = self._directory.get("staff_member", staff_id)
        proposal.is_new = known is None
        values = {key: given[key] for key in ON_CARD if key in given}
        values["team_id"] = self._team(proposal, given)
        self._check_card(proposal, given, staff_id)
        proposal.want("staff_member", staff_id, values, known=known, otherwise=NEW_MEMBER)
        if "team_id" in proposal.fields:
            proposal.fields.add("team")
        self._hours(proposal, given, staff_id)

    def _team(self, proposal: Proposal, given: dict[str, Any]) -> str:
        found = self._directory.named("team", given["team"])
        team_id: str = found[0]["id"] if found else id_of("team", given["team"])
        phone = given.get("team_phone")
        if phone is not None:
            earlier, lines = self._team_phones.setdefault(team_id, (phone, proposal.lines))
            if earlier != phone:
                proposal.refuse("Team phone", f"{lines} gives another number for this team")
        values = {"phone": phone} if phone is not None else {}
        proposal.want(
            "team",
            team_id,
            values,
            known=found[0] if found else None,
            otherwise={"scope": COUNCIL, "name": given["team"], "phone": ""},
        )
        if "phone" in proposal.fields:
            proposal.fields = {"team_phone"}
        return team_id

    def _check_card(self, proposal: Proposal, given: dict[str, Any], staff_id: str) -> None:
        number = given.get("card_number", "")
        others = self._directory.where("staff_member", "card_number", number) if number else []
        if any(other["id"] != staff_id for other in others):
            proposal.refuse("Card number", "another officer has it")

    def _hours(self, proposal: Proposal, given: dict[str, Any], staff_id: str) -> None:
        week = week_in(given)
        if week is not None:
            want_week(proposal, self._directory, WORKING, staff_id, week)
        if "breaks" not in given:
            return
        worked = days_worked(self._directory, staff_id)
        if week is not None:
            worked = {day for day, spans in week.items() if spans}
        breaks = {day: given["breaks"] if day in worked else [] for day in range(7)}
        want_week(proposal, self._directory, BREAKS, staff_id, breaks)
