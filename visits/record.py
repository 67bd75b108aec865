"""The declarative base of every replicated table of the domain.

Records are annotated with types, not with their text (no `annotations` import): SQLAlchemy reads
them, and would evaluate the text of each at every start.
"""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase

from sync.held import add_table
from sync.record import RECORD_TYPES, Replicated


class Record(Replicated, DeclarativeBase):
    """A row of the domain: it has an id of its own and belongs to one scope."""

    metadata = MetaData()
    type_annotation_map: ClassVar[dict[Any, Any]] = RECORD_TYPES


add_table(Record.metadata)
