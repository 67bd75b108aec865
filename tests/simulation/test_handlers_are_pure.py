"""A handler gives the same rows wherever and whenever it runs: it is told all that it may know."""

from __future__ import annotations

import gc
import os
import random
import secrets
import socket
import time
import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

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
from tests.simulation.guard import ReachedOut
from tests.simulation.purity import Impure, no_clock_no_chance_no_outside
from tests.simulation.reference import images_of
from visits.access.rules import CENTRE
from visits.migrations.steps import migrate
from visits.registry import commands, node_over

TRIES_MAX = 4_000
DEVICES = ("desk-1", CENTRE)

IMPURE: dict[str, Callable[[], Any]] = {
    "the time": time.time,
    "a counter": time.monotonic,
    "now": lambda: datetime.now(UTC),
    "today": date.today,  # noqa: DTZ011 - this is what must be caught
    "chance": random.random,
    "a choice": lambda: random.choice("ab"),
    "random bytes": lambda: os.urandom(4),
    "a secret": secrets.token_hex,
    "a new id": uuid.uuid4,
    "a socket": lambda: socket.socket().close(),
}


@pytest.mark.parametrize("what", IMPURE)
def test_c8_whatever_a_handler_could_ask_the_world_for_is_caught(what: str) -> None:
    with pytest.raises((Impure, ReachedOut)):
        with no_clock_no_chance_no_outside():
            IMPURE[what]()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_c8_every_command_runs_without_clock_chance_or_network(kind: str) -> None:
    with centre_database(kind) as database:
        node = a_council_in(database)
        ran = acts_until_all_ran(node)
    assert ran == {definition.name for definition in commands()}


def a_council_in(database: Database) -> Node:
    """The council's rows in an empty database of either kind."""
    disk = Disk("source")
    disk.load(council().centre)
    migrate(database)
    node = node_over(database)
    with database.write() as session:
        for (table, _), image in images_of(opened_centre(disk).node).items():
            values = node.imaging.values(table, image)
            session.connection().execute(node.metadata.tables[table].insert(), values)
    return node


def acts_until_all_ran(node: Node) -> set[str]:
    """Act upon act, each on what the last one left, until every command was accepted once."""
    draw, ran = random.Random("pure"), set[str]()
    habits = {device: _fresh_habits(device) for device in DEVICES}
    missing = list(node.registry)
    for tried in range(TRIES_MAX):
        missing = [definition for definition in missing if definition.name not in ran]
        if not missing:
            break
        wanted = missing if tried % 4 else list(node.registry)
        device = DEVICES[tried % 7 == 0]
        ran |= _act(node, draw, draw.choice(wanted), device, habits[device])
    return ran


def _fresh_habits(device: str) -> Habits:
    known = council().habits | (council().centre_habits if device == CENTRE else {})
    return {name: habit.copy() for name, habit in known.items()}


def _act(node: Node, draw: random.Random, definition: Any, device: str, habits: Habits) -> set[str]:
    habit = habits[definition.name, definition.version]
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
            return set()
        habit.learn(draft, worked=True)
        return {definition.name}


def test_what_a_collection_of_garbage_asks_is_no_handler_s_doing() -> None:
    asked: list[float] = []

    def of_another(phase: str, info: dict[str, int]) -> None:
        asked.append(time.perf_counter())

    gc.callbacks.append(of_another)
    try:
        with no_clock_no_chance_no_outside():
            kept = [[number] for number in range(100_000)]
            during = len(asked)
        gc.collect()
    finally:
        gc.callbacks.remove(of_another)
    assert kept
    assert (during, bool(asked)) == (0, True)
