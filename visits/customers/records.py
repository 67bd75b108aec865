"""The people the council serves: a card that any desk may find, details for those who deal."""

from datetime import date

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from visits.record import Record


class Customer(Record):
    """A person's card, in the council's scope. `name_folded` is what a search compares."""

    __tablename__ = "customer"
    __table_args__ = (Index("customer_by_reference", "reference"),)
    reference: Mapped[str]
    full_name: Mapped[str]
    known_as: Mapped[str]
    born_on: Mapped[date | None]
    postcode: Mapped[str]
    language: Mapped[str]
    access_needs: Mapped[list[str]]
    name_folded: Mapped[str]


class CustomerDetails(Record):
    """Where and how to reach a person, in the scope of an office that deals with them."""

    __tablename__ = "customer_details"
    __table_args__ = (Index("customer_details_by_customer", "customer_id"),)
    customer_id: Mapped[str]
    address: Mapped[str]
    phone: Mapped[str]
    email: Mapped[str]
    phone_folded: Mapped[str]
