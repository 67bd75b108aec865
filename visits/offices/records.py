"""Offices, their desks, the services they give and when they are open."""

from datetime import date, datetime

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from visits.record import Record


class Office(Record):
    """A place with a front door. `nation` picks the bank holidays."""

    __tablename__ = "office"
    name: Mapped[str]
    address: Mapped[str]
    phone: Mapped[str]
    nation: Mapped[str]


class Desk(Record):
    """A computer at a counter; its id is the device's. Its ticket numbers begin with `letter`."""

    __tablename__ = "desk"
    __table_args__ = (UniqueConstraint("office_id", "letter"),)
    office_id: Mapped[str]
    letter: Mapped[str]
    counter_name: Mapped[str]


class Relay(Record):
    """The relay of an office, and where its desks reach it; its id is the device's."""

    __tablename__ = "relay"
    office_id: Mapped[str]
    address: Mapped[str]


class Withdrawal(Record):
    """A device that the council has withdrawn; its id is the device's. It is served no more."""

    __tablename__ = "withdrawal"
    withdrawn_at: Mapped[datetime]


class Service(Record):
    """What people come for. `target_minutes`: wait to the first call; `bring`: what to bring."""

    __tablename__ = "service"
    name: Mapped[str]
    target_minutes: Mapped[int]
    duration_minutes: Mapped[int]
    bring: Mapped[list[str]]


class OpeningHours(Record):
    """When an office is open on a weekday (Monday is 0), in minutes of the local day."""

    __tablename__ = "opening_hours"
    office_id: Mapped[str]
    weekday: Mapped[int]
    opens_minute: Mapped[int]
    closes_minute: Mapped[int]


class Closure(Record):
    """A local date on which an office is closed beside the bank holidays."""

    __tablename__ = "closure"
    office_id: Mapped[str]
    on_date: Mapped[date]
    reason: Mapped[str] = mapped_column(default="")


class BankHoliday(Record):
    """A bank holiday of a nation, from its published list. Its id is nation and date."""

    __tablename__ = "bank_holiday"
    nation: Mapped[str]
    on_date: Mapped[date]
    title: Mapped[str]
