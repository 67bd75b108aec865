"""References met so far in one list: the first row that has one counts."""

from __future__ import annotations

from visits.imports.lists import Lines
from visits.imports.plan import Proposal


class Seen:
    """Notices a reference or a name that stands in a list twice."""

    def __init__(self, field: str) -> None:
        self._field = field
        self._lines: dict[str, Lines] = {}

    def first_time(self, key: str, proposal: Proposal) -> bool:
        """Whether this is the first row with a key; refuses the row if it is not."""
        earlier = self._lines.setdefault(key, proposal.lines)
        if earlier is proposal.lines:
            return True
        proposal.refuse(self._field, f"{earlier} has the same")
        return False
