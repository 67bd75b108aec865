"""A list of customers: a card for every desk, and details for the office that keeps them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from sqlalchemy.orm import Session

from sync.record import Image
from visits.customers.commands import folded_card
from visits.customers.names import phone_digits
from visits.customers.records import Customer, CustomerDetails
from visits.imports import cells
from visits.imports.columns import Column, Entry, Reading
from visits.imports.directory import images
from visits.imports.plan import Proposal
from visits.imports.seen import Seen
from visits.scopes import COUNCIL, of_office

COLUMNS = (
    Column(
        "reference",
        "Reference",
        cells.reference,
        also=("customer reference", "customer number", "customer id", "ref", "id", "crm reference"),
        needed=True,
    ),
    Column(
        "full_name",
        "Full name",
        cells.person_name,
        also=("name", "customer name", "customer"),
        parts=(
            ("first name", "forename", "given name", "first names", "forenames"),
            ("middle name", "middle names"),
            ("last name", "surname", "family name"),
        ),
        needed=True,
    ),
    Column("known_as", "Known as", cells.known_as, also=("preferred name", "nickname")),
    Column(
        "born_on",
        "Date of birth",
        cells.born_on,
        also=("dob", "birth date", "born", "d o b"),
        may_say_nothing=True,
    ),
    Column(
        "postcode",
        "Postcode",
        cells.postcode,
        also=("post code", "postal code"),
        may_say_nothing=True,
    ),
    Column(
        "phone",
        "Phone",
        cells.phone,
        also=("telephone", "phone number", "mobile", "tel", "telephone number", "contact number"),
        may_say_nothing=True,
    ),
    Column(
        "email",
        "Email",
        cells.email,
        also=("e mail", "email address", "e mail address"),
        may_say_nothing=True,
    ),
    Column(
        "address",
        "Address",
        cells.text,
        also=("full address", "home address"),
        parts=(
            ("address line 1", "address 1", "line 1", "street"),
            ("address line 2", "address 2", "line 2"),
            ("address line 3", "address 3", "line 3"),
            ("town", "city", "post town"),
            ("county",),
        ),
        joiner=", ",
    ),
    Column(
        "language",
        "Language",
        cells.language,
        also=("preferred language", "first language"),
        may_say_nothing=True,
    ),
    Column(
        "access_needs",
        "Access needs",
        cells.needs,
        also=("needs", "access requirements", "reasonable adjustments"),
        may_say_nothing=True,
    ),
    Column("office", "Office", cells.office, also=("office name", "home office", "site")),
)
CARD = ("reference", "full_name", "known_as", "born_on", "postcode", "language")
DETAILS = ("address", "phone", "email")
NEW_CARD: dict[str, Any] = {
    "scope": COUNCIL,
    "known_as": "",
    "born_on": None,
    "postcode": "",
    "language": "en",
    "access_needs": [],
}
NEW_DETAILS: dict[str, Any] = {"address": "", "phone": "", "email": "", "phone_folded": ""}


class Customers:
    """Finds each row's person by the reference and says what would differ."""

    def __init__(self, reading: Reading, new_id: Callable[[], str]) -> None:
        self._reading = reading
        self._new_id = new_id
        self._seen = Seen("Reference")
        offices = list(reading.directory.rows["office"])
        self._only_office: str | None = offices[0] if len(offices) == 1 else None

    def propose(self, session: Session, entries: Sequence[Entry]) -> Iterator[Proposal]:
        """What each row means. An empty cell leaves what the centre has."""
        wanted = [entry.values["reference"] for entry in entries]
        imaging = self._reading.directory.imaging
        cards: dict[str, list[Image]] = defaultdict(list)
        for card in images(session, imaging, Customer, Customer.reference.in_(wanted)):
            cards[card["reference"]].append(card)
        ids = [card["id"] for found in cards.values() for card in found]
        details: dict[str, list[Image]] = defaultdict(list)
        of_these = CustomerDetails.customer_id.in_(ids)
        for detail in images(session, imaging, CustomerDetails, of_these):
            details[detail["customer_id"]].append(detail)
        for entry in entries:
            proposal = Proposal(entry.lines)
            found = cards[entry.values["reference"]]
            if len(found) > 1:
                proposal.refuse("Reference", f"{len(found)} people here have this reference")
            elif self._seen.first_time(entry.values["reference"], proposal):
                self._card(proposal, entry, found[0] if found else None, details)
            yield proposal

    def _card(
        self, proposal: Proposal, entry: Entry, known: Image | None, details: dict[str, list[Image]]
    ) -> None:
        proposal.is_new = known is None
        customer_id = known["id"] if known else self._new_id()
        values = {key: entry.values[key] for key in CARD if key in entry.values}
        self._add_needs(values, entry, known)
        whole = {**NEW_CARD, **(known or {}), **values}
        values["name_folded"] = folded_card(
            whole["full_name"], whole["known_as"], whole["postcode"], whole["reference"]
        )
        proposal.want("customer", customer_id, values, known=known, otherwise=NEW_CARD)
        self._details(proposal, entry, customer_id, details[customer_id])

    def _add_needs(self, values: dict[str, Any], entry: Entry, known: Image | None) -> None:
        """A list adds to what people at the desks have noted; it never takes a need away."""
        if "access_needs" in entry.values:
            noted = known["access_needs"] if known else []
            values["access_needs"] = list(dict.fromkeys([*noted, *entry.values["access_needs"]]))

    def _details(
        self, proposal: Proposal, entry: Entry, customer_id: str, known: list[Image]
    ) -> None:
        values = {key: entry.values[key] for key in DETAILS if key in entry.values}
        office_id = entry.values.get("office") or self._only_office
        if office_id is None and known:
            scope = min(detail["scope"] for detail in known)
        elif office_id is not None:
            scope = of_office(office_id)
        else:
            if values:
                proposal.refuse("Office", "is needed to keep an address, a phone or an email")
            return
        if "phone" in values:
            values["phone_folded"] = phone_digits(values["phone"])
        kept = next((detail for detail in known if detail["scope"] == scope), None)
        if kept is None and not values and not proposal.is_new:
            return
        proposal.want(
            "customer_details",
            kept["id"] if kept else self._new_id(),
            values,
            known=kept,
            otherwise={**NEW_DETAILS, "scope": scope, "customer_id": customer_id},
        )
        if kept is None and not proposal.is_new:
            proposal.fields |= values.keys() | {"office"}
