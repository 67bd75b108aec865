"""V2: what an earlier version wrote and has not sent yet is read as it was meant, for ever."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from sync.command import Envelope
from sync.decide import decide
from tests.simulation.every_command import written
from tests.visits.council import Council
from visits.registry import commands

WRITTEN = written()
NOT_READ = ("unknown_command", "malformed", "bug")


@pytest.mark.parametrize("envelope", WRITTEN, ids=[f"{e.name}.{e.version}" for e in WRITTEN])
def test_v2_a_command_is_read_as_it_was_written(envelope: Envelope) -> None:
    _, arguments = commands().open(envelope)
    meant = msgspec.json.decode(envelope.args)
    read = msgspec.to_builtins(arguments)
    assert {name: read[name] for name in meant} == meant


def test_v2_every_command_that_was_ever_written_is_decided(desk_council: Council) -> None:
    said: dict[str, Any] = {}
    for seq, envelope in enumerate(WRITTEN, start=1):
        as_sent = msgspec.structs.replace(envelope, id=f"written-{seq}", device="old", seq=seq)
        said[envelope.name] = decide(desk_council.node, as_sent).reason
    assert not [name for name, reason in said.items() if reason in NOT_READ], said


def test_every_command_and_version_is_written_down() -> None:
    kept = {(each.name, each.version) for each in WRITTEN}
    missing = {(each.name, each.version) for each in commands()} - kept
    assert not missing, "python -m tests.simulation.every_command writes them down"
