"""Who was erased: by ids that lead to nobody any more."""

from datetime import datetime

from sqlalchemy.orm import Mapped

from visits.record import Record


class Erasure(Record):
    """A person who was erased; its id is the person's. `row_ids` are the rows that were theirs.

    Every copy of the data forgets the commands that name one of them.
    """

    __tablename__ = "erasure"
    command_id: Mapped[str]
    row_ids: Mapped[list[str]]
    erased_at: Mapped[datetime]
