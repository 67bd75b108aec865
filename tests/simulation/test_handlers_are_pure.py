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

from tests.databases import centre_database
from tests.simulation.every_command import a_council_in, acts_until_all_ran, key_of
from tests.simulation.guard import ReachedOut
from tests.simulation.purity import Impure, no_clock_no_chance_no_outside
from visits.registry import commands

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
    assert ran.keys() == {key_of(definition) for definition in commands()}


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
