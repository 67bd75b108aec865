"""What has become of each command at its desk, once all faults have ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.refusals import refusals_shown
from tests.simulation.disk import Disk
from tests.simulation.reference import promise

if TYPE_CHECKING:
    from tests.simulation.world import DeskProcess, World


def log_of(disk: Disk) -> dict[str, tuple[str, str | None]]:
    """The state and the outcome of every command in a log, by id."""
    rows = disk.raw.execute("SELECT id, state, outcome FROM node_command").fetchall()
    return {command_id: (state, outcome) for command_id, state, outcome in rows}


def check_every_command(
    world: World, process: DeskProcess, decided: dict[str, tuple[str, str | None]]
) -> None:
    """Every command of a desk is decided once, there as at the centre, and its person knows."""
    assert process.desk is not None
    log, shown = log_of(process.disk), refusals_shown(process.desk.node)
    for command_id in world.told[process.index]:
        promise(command_id in log, f"K1: {process.name} forgot a command that it had acknowledged")
    for command_id, (state, outcome) in log.items():
        _its_person_knows(world, process, command_id, state, outcome, shown)
        said = decided.get(command_id)
        not_offered = state in ("refused", "dealt_with", "erased")
        if said is None and not_offered and len(world.record.epochs) > 1:
            continue  # Decided before the centre was restored: it stays so, and is not offered.
        if said is None and state in ("refused", "dealt_with") and command_id in world.not_sent_up:
            continue  # The relay refused it while the centre was away.
        promise(said is not None, f"I1: the centre does not know a command of {process.name}")
        assert said is not None
        _agrees(world, process, command_id, (state, outcome), said)


def _its_person_knows(
    world: World,
    process: DeskProcess,
    command_id: str,
    state: str,
    outcome: str | None,
    shown: set[str],
) -> None:
    """Whoever decided: a refusal is shown with its reason until somebody has dealt with it."""
    if state not in ("refused", "dealt_with"):
        return
    promise(outcome is not None and "reason" in outcome, "R4: a refusal lost its reason")
    assert outcome is not None
    if state == "refused":
        promise(command_id in shown, f"U4: {process.name} shows no refusal of it")
    elif command_id not in world.dealt_with:
        told = world.told_at_once.get(command_id)
        is_that = told is not None and f'"reason":"{told}"' in outcome
        promise(is_that, "U4: a refusal vanished that nobody dealt with")


def _agrees(
    world: World,
    process: DeskProcess,
    command_id: str,
    here: tuple[Any, Any],
    said: tuple[Any, Any],
) -> None:
    state, outcome = here
    if state == "erased":
        return  # It named somebody whom the centre has erased since.
    if state == "accepted":
        promise(said[0] == "accepted", f"C7: {process.name} says accepted, the centre {said[0]}")
        return
    promise(state in ("refused", "dealt_with"), f"U5: a command of {process.name} is {state}")
    if said[0] == "accepted" and len(world.record.epochs) > 1 and command_id in world.held:
        return  # The relay had not heard that the centre refused it before it was restored.
    promise(said[0] == "refused", f"C4: {process.name} says refused, the centre {said[0]}")
