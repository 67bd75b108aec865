"""Commands that say they need one scope alone, run where the rows of all others are not there.

On PostgreSQL two of them in two scopes are decided at once (decision 008). That is right only if
none asks for a row that the other may be changing: so, whatever history has led there, each must do
the same with nothing but its own scope and what all share.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from sync import authority, decide
from sync.command import Envelope
from sync.errors import SyncError
from sync.node import Node
from sync.numbering import rows_by_scope
from sync.wire import Outcome
from tests.simulation.disk import Disk, Image, disk_of
from visits.registry import node_over, tables
from visits.scopes import COUNCIL


@contextmanager
def each_is_run_blindfolded() -> Iterator[Counter[str]]:
    """Whatever the centre accepts inside of such commands; counts them by name.

    Raises AssertionError where one does something else.
    """
    before, blind = Disk("before"), Disk("blind")
    done = Counter[str]()
    real = decide.decide_turn

    def decided(node: Node, envelopes: Sequence[Envelope], **more: Any) -> list[Outcome]:
        centre = disk_of("centre")
        if node.database.engine is not centre.database().engine:
            return real(node, envelopes, **more)
        there = {row[0] for row in centre.raw.execute("SELECT id FROM node_command")}
        image = centre.image()
        outcomes = real(node, envelopes, **more)
        before.load(image)
        for envelope, outcome in zip(envelopes, outcomes, strict=False):
            if outcome.id in there:
                continue
            at_that_moment = before.image()
            seen = _ran(before, envelope)
            if outcome.state == "accepted" and _is_alone(node, envelope, outcome):
                _load_one_scope(blind, at_that_moment, *outcome.numbers)
                assert _ran(blind, envelope) == seen, f"{envelope.name} needs more than one scope"
                done[envelope.name] += 1
        return outcomes

    with patch.object(authority, "decide_turn", decided):
        yield done


def _is_alone(node: Node, envelope: Envelope, outcome: Outcome) -> bool:
    beginnings = node.registry.alone_in(envelope.name, envelope.version)
    return len(outcome.numbers) == 1 and next(iter(outcome.numbers)).startswith(beginnings)


def _load_one_scope(disk: Disk, image: Image, scope: str) -> None:
    disk.load(image)
    for table in tables().sorted_tables:
        disk.raw.execute(f'DELETE FROM "{table.name}" WHERE scope NOT IN (?, ?)', (COUNCIL, scope))
    disk.raw.commit()


def _ran(disk: Disk, envelope: Envelope) -> list[Any] | str:
    """What a command changes there, or why not; the rows stay changed."""
    node = node_over(disk.database())
    try:
        with node.database.write() as session:
            entries = node.run(session, envelope)
    except SyncError as error:
        return repr(error)
    return sorted(repr(row) for entry in entries for row in rows_by_scope(entry))
