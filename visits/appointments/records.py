"""Appointments at an office with an officer."""

from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from visits.record import Record


class Appointment(Record):
    """A time agreed. State: booked, arrived, finished, cancelled. `id` is in its QR code."""

    __tablename__ = "appointment"
    __table_args__ = (
        Index("appointment_by_start", "office_id", "starts_at"),
        Index("appointment_by_reference", "reference"),
        Index("appointment_by_customer", "customer_id"),
    )
    reference: Mapped[str]
    office_id: Mapped[str]
    service_id: Mapped[str]
    staff_id: Mapped[str]
    customer_id: Mapped[str]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    state: Mapped[str]
    note: Mapped[str]
    booked_at: Mapped[datetime]
    command_id: Mapped[str]
