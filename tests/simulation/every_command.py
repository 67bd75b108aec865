"""Every command there is, accepted once each, one upon what the others left.

`python -m tests.simulation.every_command` writes down those that are not yet in
`tests/visits/written_commands.jsonl`: what waits at a desk of today must be read by every version
after it.
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import msgspec

from sync.command import Definition, Envelope
from sync.errors import SyncError
from sync.ids import IdSource
from sync.node import Node
from sync.storage.database import Database
from tests.databases import centre_database
from tests.simulation.acts import Hand
from tests.simulation.council import (
    MORNING,
    Habits,
    council,
    envelope_of,
    looking_in,
    opened_centre,
)
from tests.simulation.disk import Disk
from tests.simulation.purity import Impure, no_clock_no_chance_no_outside
from tests.simulation.reference import images_of, node_of
from visits.access.rules import CENTRE

WRITTEN = Path(__file__).parents[1] / "visits" / "written_commands.jsonl"
NameAndVersion = tuple[str, int]
TRIES_MAX = 4_000
DEVICES = ("desk-1", CENTRE)


def key_of(command: Definition | Envelope) -> NameAndVersion:
    """What tells it from all others."""
    return command.name, command.version


def a_council_in(database: Database) -> Node:
    """The council's rows in an empty database of either kind."""
    disk = Disk("source")
    disk.load(council().centre)
    return node_of(images_of(opened_centre(disk).node), database)


def acts_until_all_ran(node: Node) -> dict[NameAndVersion, Envelope]:
    """Act upon act, each on what the last one left, until every command was accepted once.

    Gives the first that was, by name and version.
    """
    draw, ran = random.Random("pure"), dict[NameAndVersion, Envelope]()
    habits = {device: _fresh_habits(device) for device in DEVICES}
    missing = list(node.registry)
    for tried in range(TRIES_MAX):
        missing = [definition for definition in missing if key_of(definition) not in ran]
        if not missing:
            break
        wanted = missing if tried % 4 else list(node.registry)
        device = DEVICES[tried % 7 == 0]
        ran = _act(node, draw, draw.choice(wanted), device, habits[device]) | ran
    return ran


def _fresh_habits(device: str) -> Habits:
    known = council().habits | (council().centre_habits if device == CENTRE else {})
    return {name: habit.copy() for name, habit in known.items()}


def _act(
    node: Node, draw: random.Random, definition: Any, device: str, habits: Habits
) -> dict[NameAndVersion, Envelope]:
    habit = habits[key_of(definition)]
    new_id = IdSource(lambda: MORNING, draw.getrandbits)
    with node.database.write() as session:
        look = looking_in(node, session, lambda row_id: row_id)
        hand = Hand(draw, now=MORNING, device=device, new_id=new_id, look=look)
        draft = hand.draft(definition, habit)
        envelope = envelope_of(node, draft.arguments, device)
        try:
            with no_clock_no_chance_no_outside():
                node.run(session, envelope)
        except SyncError as error:
            assert not isinstance(error.__cause__, Impure), error.__cause__
            habit.learn(draft, worked=False)
            return {}
        habit.learn(draft, worked=True)
        return {key_of(definition): envelope}


def main() -> None:
    """Add what is not written down."""
    known = {key_of(each) for each in written()}
    with centre_database("sqlite") as database:
        ran = acts_until_all_ran(a_council_in(database))
    with WRITTEN.open("ab") as file:
        for envelope in ran.values():
            if key_of(envelope) not in known:
                file.write(msgspec.json.encode(envelope) + b"\n")


def written() -> list[Envelope]:
    """Commands as they were written when each was new."""
    lines = WRITTEN.read_bytes().splitlines() if WRITTEN.exists() else []
    return [msgspec.json.decode(line, type=Envelope) for line in lines]


if __name__ == "__main__":
    main()
