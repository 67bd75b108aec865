"""Runs an import: reads the list, plans row by row, and takes it in a batch at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from sync.command import Arguments
from sync.errors import ProtocolError, StorageFailed, Unavailable
from sync.node import Node, fact
from visits.calendar.local_time import local_date
from visits.imports.columns import Column, Entry, Heading, Problem, Reading, open_sheet, read_row
from visits.imports.commands import ROWS_A_BATCH_MAX, TakeIn
from visits.imports.diary import why_words
from visits.imports.directory import Directory
from visits.imports.issuing import Issuer
from visits.imports.kinds import KINDS, Proposer
from visits.imports.lists import SEPARATORS, NotAList, RawRow, check_rows
from visits.imports.plan import Plan, Proposal

CHUNK_ROWS = 500
"""Rows planned from one read of the centre: small enough that a plan is never long out of date."""

NOT_SET_UP = "This centre is not set up. Run `reception-central init` first."
ANOTHER_RAN = "Another import ran at the same time."
RUN_AGAIN = "What was taken in stays. Run the same import again for the rest."
LABELS_BESIDE = {"hours": "Hours"}
"""Names of what may change beside the columns that have a name of their own."""


def run_import(
    node: Node,
    kind: str,
    data: bytes,
    *,
    dry_run: bool,
    new_id: Callable[[], str],
    now: datetime,
    folder: Path | None = None,
) -> Plan:
    """Take a list in, or on a dry run only say what that would do.

    `kind` is one of `KINDS`; `folder` is where photos are looked for. Raises StorageFailed or
    DatabaseUnreadable when the database cannot be used.
    """
    plan = Plan(kind, dry_run)
    columns = KINDS[kind].columns
    try:
        sheet, heading = open_sheet(data, columns)
        plan.rows = check_rows(sheet)
    except NotAList as error:
        plan.refused_whole = str(error)
        return plan
    plan.encoding, plan.separator = sheet.encoding, SEPARATORS[sheet.separator]
    plan.unused = heading.unused
    with node.database.read() as session:
        if fact(session, "epoch") is None:
            plan.refused_whole = NOT_SET_UP
            return plan
        directory = Directory.of(session, node.imaging)
    reading = Reading(local_date(now), directory, folder)
    proposer = KINDS[kind].proposer(reading, new_id, now)
    taker = _Taker(plan, columns, None if dry_run else Issuer.at(node, new_id=new_id, now=now))
    _take_all(node, proposer, taker, _entries(sheet.rows(), heading, reading))
    return plan


Read = tuple[Entry, list[Problem]]


def _entries(rows: Iterator[RawRow], heading: Heading, reading: Reading) -> Iterator[Read]:
    for row in rows:
        yield read_row(row, heading, reading)


def _take_all(node: Node, proposer: Proposer, taker: _Taker, entries: Iterator[Read]) -> None:
    while chunk := list(islice(entries, CHUNK_ROWS)):
        good = [entry for entry, problems in chunk if not problems]
        with node.database.read() as session:
            proposed = iter(list(proposer.propose(session, good)))
        proposals = [
            Proposal(entry.lines, problems=problems) if problems else next(proposed)
            for entry, problems in chunk
        ]
        if not taker.take(proposals):
            return


class _Taker:
    """Sends what is proposed to the centre, in the order of the list. Sends nothing if dry."""

    def __init__(self, plan: Plan, columns: tuple[Column, ...], issuer: Issuer | None) -> None:
        self._plan = plan
        self._labels = LABELS_BESIDE | {column.key: column.label for column in columns}
        self._issuer = issuer
        self._batch: list[Proposal] = []
        self._batch_rows = 0

    def take(self, proposals: list[Proposal]) -> bool:
        """Take in one chunk; False when nothing more can be taken in."""
        try:
            for proposal in proposals:
                self._take(proposal)
            self._send()
        except _BatchRefused as error:
            self._stop(str(error))
        except ProtocolError:
            self._stop(ANOTHER_RAN)
        except StorageFailed as error:
            self._stop(f"The database cannot be written or reached ({error.cause}).")
        except Unavailable as error:
            self._stop(f"The centre could not take more in ({error}).")
        return self._plan.stopped is None

    def _stop(self, cause: str) -> None:
        self._plan.stopped = f"{cause} {RUN_AGAIN}"

    def _take(self, proposal: Proposal) -> None:
        if proposal.problems:
            return self._judge([proposal])
        if proposal.command is not None:
            return self._issue(proposal, proposal.command)
        if self._batch_rows + proposal.rows > ROWS_A_BATCH_MAX:
            self._send()
        self._batch.append(proposal)
        self._batch_rows += proposal.rows
        return None

    def _issue(self, proposal: Proposal, command: Arguments) -> None:
        if self._issuer is not None:
            outcome = self._issuer.issue(command)
            if outcome.state != "accepted":
                proposal.refuse("The centre’s answer", why_words(outcome.reason or ""))
        self._judge([proposal])

    def _send(self) -> None:
        batch, self._batch, self._batch_rows = self._batch, [], 0
        if self._issuer is not None and any(proposal.rows for proposal in batch):
            outcome = self._issuer.issue(_taking_in(batch))
            if outcome.state != "accepted":
                first, last = batch[0].lines.first, batch[-1].lines.last
                raise _BatchRefused(
                    f"The centre refused the batch of lines {first} to {last}: {outcome.reason}."
                )
        self._judge(batch)

    def _judge(self, proposals: list[Proposal]) -> None:
        self._plan.judge(proposals, self._labels)


class _BatchRefused(Exception):
    """The centre refused a batch; the text says which lines and why."""


def _taking_in(batch: list[Proposal]) -> TakeIn:
    tables: dict[str, list[dict[str, Any]]] = defaultdict(list)
    removed: dict[str, list[str]] = defaultdict(list)
    for proposal in batch:
        for table, image in proposal.put:
            tables[table].append(dict(image))
        for table, row_id in proposal.removed:
            removed[table].append(row_id)
    return TakeIn(tables=tables, removed=removed)
