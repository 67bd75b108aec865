"""A list of appointments agreed before: each is booked by the rules of the desk, or refused.

Recognised by its reference; one that is here at another time, or with another officer, is moved.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from sync.record import Image, from_milliseconds
from visits.appointments.commands import NOTE_CHARACTERS_MAX, Book, Move
from visits.appointments.records import Appointment
from visits.customers.records import Customer
from visits.ids import AppointmentId, CustomerId, NoticeId, OfficeId, ServiceId, StaffId
from visits.imports import cells
from visits.imports.columns import Column, Entry, Reading, WrongCell
from visits.imports.diary import Diary, why_words
from visits.imports.directory import id_of, images
from visits.imports.plan import Proposal
from visits.imports.seen import Seen


def _officer(text: str, reading: Reading) -> str:
    known = reading.directory
    number, by_reference = text.strip(), known.get("staff_member", id_of("staff", text))
    if by_reference is not None:
        return str(by_reference["id"])
    found = known.where("staff_member", "card_number", number)
    found = found or known.named("staff_member", text)
    if len(found) > 1:
        raise WrongCell("more than one officer has this name; write the reference")
    if not found:
        raise WrongCell("no officer here has this reference or name; take in staff first")
    return str(found[0]["id"])


def _note(text: str, reading: Reading) -> str:
    note = cells.text(text, reading)
    if len(note) > NOTE_CHARACTERS_MAX:
        raise WrongCell(f"must be {NOTE_CHARACTERS_MAX} characters or less")
    return note


COLUMNS = (
    Column(
        "reference",
        "Reference",
        cells.reference,
        also=("appointment reference", "appointment number", "booking reference", "ref", "id"),
        needed=True,
    ),
    Column(
        "customer",
        "Customer",
        cells.reference,
        also=("customer reference", "customer number", "customer id"),
        needed=True,
    ),
    Column(
        "officer",
        "Officer",
        _officer,
        also=("staff", "staff reference", "with", "officer reference", "staff number"),
        needed=True,
    ),
    Column("service_id", "Service", cells.service, also=("service", "service name"), needed=True),
    Column(
        "starts_at",
        "Date and time",
        cells.starts_at,
        also=("starts at", "start", "when", "starts", "start time and date"),
        parts=(("date", "on", "start date", "day"), ("time", "start time", "at")),
        needed=True,
    ),
    Column("office_id", "Office", cells.office, also=("office", "office name")),
    Column("note", "Note", _note, also=("notes", "comment", "comments")),
)


class Appointments:
    """Finds each row's appointment by the reference and says what booking it would meet."""

    def __init__(self, reading: Reading, new_id: Callable[[], str], now: datetime) -> None:
        self._directory = reading.directory
        self._new_id = new_id
        self._now = now
        self._seen = Seen("Reference")
        self._diary = Diary(reading.directory, now)

    def propose(self, session: Session, entries: Sequence[Entry]) -> Iterator[Proposal]:
        """What each row means."""
        people = self._people(session, {entry.values["customer"] for entry in entries})
        known = self._known(session, [entry.values["reference"] for entry in entries])
        for entry in entries:
            proposal = Proposal(entry.lines)
            if self._seen.first_time(entry.values["reference"], proposal):
                customers = people[entry.values["customer"]]
                self._propose(session, proposal, entry.values, customers, known)
            yield proposal

    def _people(self, session: Session, references: set[str]) -> defaultdict[str, list[str]]:
        found: defaultdict[str, list[str]] = defaultdict(list)
        wanted = select(Customer.reference, Customer.id).where(Customer.reference.in_(references))
        for reference, customer_id in session.execute(wanted):
            found[reference].append(customer_id)
        return found

    def _known(self, session: Session, references: list[str]) -> defaultdict[str, list[Image]]:
        found: defaultdict[str, list[Image]] = defaultdict(list)
        where = Appointment.reference.in_(references)
        for image in images(session, self._directory.imaging, Appointment, where):
            found[image["reference"]].append(image)
        return found

    def _propose(
        self,
        session: Session,
        proposal: Proposal,
        given: dict[str, Any],
        customers: list[str],
        known: defaultdict[str, list[Image]],
    ) -> None:
        officer = self._directory.get("staff_member", given["officer"])
        booked = known[given["reference"]]
        if not customers:
            proposal.refuse("Customer", "nobody here has this reference; take in customers first")
        elif len(customers) > 1:
            proposal.refuse("Customer", f"{len(customers)} people here have this reference")
        elif (
            officer is None or given.get("office_id", officer["office_id"]) != officer["office_id"]
        ):
            proposal.refuse("Office", "the officer works at another office")
        elif len(booked) > 1:
            proposal.refuse("Reference", f"{len(booked)} appointments here have it")
        elif booked:
            self._again(session, proposal, given, customers[0], booked[0])
        else:
            self._book(session, proposal, given, customers[0], officer["office_id"])

    def _book(
        self,
        session: Session,
        proposal: Proposal,
        given: dict[str, Any],
        customer_id: str,
        office_id: str,
    ) -> None:
        args = Book(
            appointment_id=AppointmentId(self._new_id()),
            notice_id=NoticeId(self._new_id()),
            reference=given["reference"],
            office_id=OfficeId(office_id),
            service_id=ServiceId(given["service_id"]),
            staff_id=StaffId(given["officer"]),
            customer_id=CustomerId(customer_id),
            starts_at=given["starts_at"],
            booked_at=self._now,
            note=given.get("note", ""),
        )
        problem = self._diary.claim(
            session, args.office_id, args.service_id, args.staff_id, args.starts_at
        )
        if problem is not None:
            return proposal.refuse("Date and time", why_words(problem))
        proposal.is_new = True
        proposal.command = args
        return None

    def _again(
        self,
        session: Session,
        proposal: Proposal,
        given: dict[str, Any],
        customer_id: str,
        known: Image,
    ) -> None:
        if (known["customer_id"], known["service_id"]) != (customer_id, given["service_id"]):
            return proposal.refuse("Reference", "it is another person's or service's here")
        starts_at = from_milliseconds(known["starts_at"])
        same = (known["staff_id"], starts_at) == (given["officer"], given["starts_at"])
        if same or known["state"] != "booked":
            return self._leave(proposal, known, same)
        officer = self._directory.get("staff_member", given["officer"])
        if officer is None or officer["office_id"] != known["office_id"]:
            return proposal.refuse("Officer", "works at another office than the appointment is at")
        ends_at = from_milliseconds(known["ends_at"])
        problem = self._diary.reclaim(
            session,
            OfficeId(known["office_id"]),
            ServiceId(known["service_id"]),
            StaffId(given["officer"]),
            given["starts_at"],
            old=(StaffId(known["staff_id"]), starts_at, ends_at),
        )
        if problem is not None:
            return proposal.refuse("Date and time", why_words(problem))
        proposal.command = Move(
            appointment_id=AppointmentId(known["id"]),
            notice_id=NoticeId(self._new_id()),
            staff_id=StaffId(given["officer"]),
            starts_at=given["starts_at"],
            moved_at=self._now,
            seen_starts_at=starts_at,
        )
        if known["staff_id"] != given["officer"]:
            proposal.fields.add("officer")
        if starts_at != given["starts_at"]:
            proposal.fields.add("starts_at")
        return None

    def _leave(self, proposal: Proposal, known: Image, same: bool) -> None:
        if not same:
            proposal.refuse("Reference", f"the appointment is {known['state']} here already")
