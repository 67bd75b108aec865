"""Commands on their way: what is acknowledged is on a disk, what arrives is what was issued."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from sync.command import Envelope
from sync.erasure import is_forgotten
from sync.node import unpacked
from sync.wire import Decided
from tests.simulation.disk import Disk
from tests.simulation.reference import promise

if TYPE_CHECKING:
    from tests.simulation.processes import DeskProcess
    from tests.simulation.world import World


def check_acknowledged(disk: Disk, answer: Decided) -> None:
    """M14: whoever says what has become of a command would say so after losing power, too."""
    promise(disk.is_durable, f"M14: {disk.name} acknowledges what its disk may lose")
    told = {outcome.id for outcome in answer.outcomes}
    forgotten = told - _log(disk).keys()
    promise(not forgotten, f"M14: {disk.name} acknowledges what it has not kept: {forgotten}")


def check_as_issued(world: World, process: DeskProcess) -> None:
    """I5: the centre has a desk's commands as that desk issued them, whoever brought them.

    A desk that gets a new name seals what waits anew, under that name.
    """
    decided = _log(world.centre.disk)
    for command_id, here in _log(process.disk).items():
        there = decided.get(command_id)
        if there is None or is_forgotten(here) or is_forgotten(there):
            continue
        promise(there.device in process.devices, f"I5: it has {there.device} for {process.name}")
        is_sealed_anew = there.device != here.device
        as_here = replace(there, device=here.device, seq=here.seq) if is_sealed_anew else there
        promise(as_here == here, f"I5: a command of {process.name} is another at the centre")


def _log(disk: Disk) -> dict[str, Envelope]:
    rows = disk.raw.execute("SELECT id, envelope FROM node_command").fetchall()
    return {command_id: unpacked(bytes(body)) for command_id, body in rows}
