"""The declarative base of every replicated table of the domain.

Records are annotated with types, not with their text (no `annotations` import): SQLAlchemy reads
them, and would evaluate the text of each at every start.
"""

from __future__ import annotations

from functools import cache
from typing import Any, ClassVar

from sqlalchemy import CompoundSelect, MetaData, bindparam, select, union_all
from sqlalchemy.orm import DeclarativeBase, Session

from sync.errors import Refusal
from sync.held import add_table
from sync.record import RECORD_TYPES, Replicated


class Record(Replicated, DeclarativeBase):
    """A row of the domain: it has an id of its own and belongs to one scope."""

    metadata = MetaData()
    type_annotation_map: ClassVar[dict[Any, Any]] = RECORD_TYPES


add_table(Record.metadata)

Kind = type[Record]


def is_there(session: Session, *rows: tuple[Kind, str]) -> bool:
    """Whether one of these kinds has a row of its id. Takes a third of the time of reading it."""
    kinds = tuple(kind for kind, _ in rows)
    ids = {_of(number): row_id for number, (_, row_id) in enumerate(rows)}
    return session.connection().execute(_there(kinds), ids).first() is not None


def check_new(session: Session, *rows: tuple[Kind, str]) -> None:
    """Refused: `id_taken` where one of these kinds has a row of its id already."""
    if is_there(session, *rows):
        raise Refusal("id_taken")


@cache
def _there(kinds: tuple[Kind, ...]) -> CompoundSelect[Any]:
    """Made once for the same kinds: a statement made anew costs more than running it."""
    ids = [kind.__table__.c.id for kind in kinds]
    return union_all(*(select(c).where(c == bindparam(_of(n))) for n, c in enumerate(ids)))


def _of(number: int) -> str:
    return f"of_{number}"
