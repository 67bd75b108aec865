"""V2: what an earlier version wrote and has not sent yet is read as it was meant, for ever."""

from __future__ import annotations

import msgspec
import pytest
from msgspec.structs import replace

from sync.command import Envelope
from sync.decide import decide
from tests.databases import centre_database
from tests.simulation.every_command import a_council_in, key_of, written
from visits.registry import commands

WRITTEN = written()
NOT_READ = ("unknown_command", "malformed", "bug", "not_of_the_staff")
GRACE = "grace"
"""Is on the staff list there."""


@pytest.mark.parametrize("envelope", WRITTEN, ids=[f"{e.name}.{e.version}" for e in WRITTEN])
def test_v2_a_command_is_read_as_it_was_written(envelope: Envelope) -> None:
    _, arguments = commands().open(envelope)
    meant = msgspec.json.decode(envelope.args)
    read = msgspec.to_builtins(arguments)
    assert {name: read[name] for name in meant} == meant


def test_v2_every_command_that_was_ever_written_is_decided() -> None:
    said: dict[tuple[str, int], str | None] = {}
    with centre_database("sqlite") as database:
        node = a_council_in(database)
        for seq, envelope in enumerate(WRITTEN, start=1):
            as_sent = replace(envelope, id=f"written-{seq}", device="old", seq=seq, actor=GRACE)
            said[key_of(envelope)] = decide(node, as_sent).reason
    assert not {key: reason for key, reason in said.items() if reason in NOT_READ}
    assert list(said.values()).count(None) > len(said) / 2, "most are accepted"


def test_every_command_and_version_is_written_down() -> None:
    missing = {key_of(each) for each in commands()} - {key_of(each) for each in WRITTEN}
    assert not missing, "python -m tests.simulation.every_command writes them down"
