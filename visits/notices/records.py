"""What the council tells a person in writing, and whether it reached them."""

from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from visits.record import Record


class Notice(Record):
    """A notice written by the command that causes it. Status: recorded, printed, saved."""

    __tablename__ = "notice"
    __table_args__ = (Index("notice_by_about", "about_id"),)
    kind: Mapped[str]
    about_id: Mapped[str]
    customer_id: Mapped[str]
    channel: Mapped[str]
    status: Mapped[str]
    caused_at: Mapped[datetime]
    delivered_at: Mapped[datetime | None]
