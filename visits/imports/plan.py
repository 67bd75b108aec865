"""What an import does with each row: added, changed, left as it is, or refused and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from msgspec import Struct, field

from sync.command import Arguments
from sync.record import Image
from visits.imports.columns import Problem
from visits.imports.directory import Directory
from visits.imports.lists import Lines


class Verdict(StrEnum):
    """What becomes of a row."""

    ADDED = "added"
    CHANGED = "changed"
    LEFT = "left"
    REFUSED = "refused"


class Proposal(Struct):
    """What a row of a list means for the rows of the centre.

    Either rows to put and rows to remove, or a command of the domain that does it all.
    """

    lines: Lines
    put: list[tuple[str, Image]] = field(default_factory=list)
    removed: list[tuple[str, str]] = field(default_factory=list)
    command: Arguments | None = None
    is_new: bool = False
    fields: set[str] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """How many rows of the centre it touches."""
        return len(self.put) + len(self.removed)

    @property
    def verdict(self) -> Verdict:
        """What becomes of the row, as things stand."""
        if self.problems:
            return Verdict.REFUSED
        if self.is_new:
            return Verdict.ADDED
        if self.put or self.removed or self.command:
            return Verdict.CHANGED
        return Verdict.LEFT

    def refuse(self, field: str, reason: str) -> None:
        """The row does not go in."""
        self.problems.append(Problem(field, reason))

    def want(
        self,
        table: str,
        row_id: str,
        values: Mapping[str, Any],
        *,
        known: Image | None,
        otherwise: Mapping[str, Any],
    ) -> None:
        """Make a row have these values; one that is new takes the rest from `otherwise`."""
        if known is None:
            self.put.append((table, {"id": row_id, **otherwise, **values}))
            return
        changed = {key: value for key, value in values.items() if known[key] != value}
        if changed:
            self.put.append((table, {"id": row_id, **changed}))
            self.fields |= changed.keys()

    def remove(self, table: str, row_id: str) -> None:
        """Make a row go."""
        self.removed.append((table, row_id))

    def remember_in(self, directory: Directory) -> None:
        """Let later rows of the list see what this one brings."""
        for table, image in self.put:
            directory.put(table, image)
        for table, row_id in self.removed:
            directory.forget(table, row_id)


class Changed(Struct, frozen=True):
    """A row of the centre that differs from the list, and in which columns."""

    lines: Lines
    fields: tuple[str, ...]


class Refused(Struct, frozen=True):
    """A row that does not go in."""

    lines: Lines
    problems: tuple[Problem, ...]


class Plan(Struct):
    """What was, or on a dry run would be, done with a list. Holds no cell of it."""

    kind: str
    dry_run: bool
    refused_whole: str | None = None
    stopped: str | None = None
    encoding: str = ""
    separator: str = ""
    rows: int = 0
    unused: tuple[str, ...] = ()
    counts: Counter[Verdict] = field(default_factory=Counter)
    changed: list[Changed] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)

    def judge(self, proposals: Iterable[Proposal], labels: Mapping[str, str]) -> None:
        """Write down what became of rows."""
        for proposal in proposals:
            verdict = proposal.verdict
            self.counts[verdict] += 1
            if verdict is Verdict.REFUSED:
                self.refused.append(Refused(proposal.lines, tuple(proposal.problems)))
            elif verdict is Verdict.CHANGED:
                named = {labels[key] for key in proposal.fields if key in labels}
                self.changed.append(Changed(proposal.lines, tuple(sorted(named))))
