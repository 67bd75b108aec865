"""Bad luck: what may happen to a desk, the centre, the line and the clocks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from sync.errors import StorageFailed, SyncError, Unavailable
from sync.ids import IdSource
from sync.pruning import prune_changes
from tests.simulation import network
from tests.simulation.checks import check_desk
from tests.simulation.council import council
from tests.simulation.disk import Disk, PowerCut
from tests.simulation.reference import Broken, images_of, promise
from tests.simulation.rights import undone_by
from visits.access.rules import CENTRE
from visits.central.issuing import issue_as_centre
from visits.ids import DeskId
from visits.offices.commands import Withdraw

if TYPE_CHECKING:
    from tests.simulation.processes import DeskProcess
    from tests.simulation.world import World

WAKE_MS = 40
RETRY_MS = 1_000


def desk_lost_power(world: World, process: DeskProcess) -> None:
    """A desk ends here and starts again a while later."""
    world.say(f"{process.name} lost power")
    process.stop()
    world.tally.add("power cuts")
    world.later(world.draw.randrange(200, 4_000), lambda: start_desk(world, process))


def start_desk(world: World, process: DeskProcess) -> None:
    """A desk starts, unless it runs."""
    if process.desk is not None:
        return None
    try:
        process.start()
    except PowerCut:
        return desk_lost_power(world, process)
    except StorageFailed as failed:
        world.say(f"{process.name} cannot start: {failed.cause}")
        return world.later(RETRY_MS, lambda: start_desk(world, process))
    world.say(f"{process.name} started")
    return world.later(WAKE_MS, process.begin_round)


def update_desk(world: World, process: DeskProcess) -> None:
    """A desk that is behind is updated: it ends and starts, on the same file."""
    if not process.is_behind:
        return
    check_desk(world, process)
    process.stop()
    process.is_behind = False
    world.tally.add("desks updated")
    world.say(f"{process.name} is updated")
    start_desk(world, process)


def update_a_desk(world: World) -> None:
    """One of the desks, if it is behind."""
    update_desk(world, world.draw.choice(world.desks))


def centre_lost_power(world: World) -> None:
    """The centre ends here and starts again a while later."""
    world.say("centre lost power")
    world.centre.stop()
    world.record.read()
    world.tally.add("power cuts")
    world.later(world.draw.randrange(200, 4_000), lambda: start_centre(world))


def start_centre(world: World) -> None:
    """The centre starts, unless it runs."""
    if world.centre.authority is None:
        world.centre.start()
        world.say("centre started")


def cut_a_desk(world: World) -> None:
    """Power goes at a desk: now, in the middle of a write, or right after one."""
    process = world.draw.choice(world.desks)
    if process.desk is None:
        return
    _cut(world, process.disk, lambda: desk_lost_power(world, process))


def cut_the_centre(world: World) -> None:
    """Power goes at the centre: now, in the middle of a write, or right after one."""
    if world.centre.authority is not None:
        _cut(world, world.centre.disk, lambda: centre_lost_power(world))


def _cut(world: World, disk: Disk, now: Callable[[], None]) -> None:
    kind = world.draw.random()
    if kind < 0.3:
        now()
    elif kind < 0.75:
        disk.cut_power_after(world.draw.randrange(1, 80))
    else:
        disk.cut_power_after_commit()


def fill_a_disk(world: World) -> None:
    """A disk is full for a while."""
    disk = world.draw.choice([world.centre.disk, *(each.disk for each in world.below)])
    disk.fill_for(world.draw.randrange(1, 12))
    world.say(f"the disk of {disk.name} is full")


def collide_at_the_centre(world: World) -> None:
    """What the centre writes loses to another process of it, as on PostgreSQL, once or again."""
    world.centre.disk.collide_for(world.draw.randrange(1, 4))
    world.say("another process of the centre is in the way")


def part_a_desk(world: World) -> None:
    """A desk has no line for a while."""
    name = world.draw.choice(world.desks).name
    world.network.cut_off.add(name)
    world.say(f"{name} has no line")
    world.later(world.draw.randrange(3_000, 30_000), lambda: world.network.cut_off.discard(name))


def change_the_weather(world: World) -> None:
    """Other faults of the network from now on."""
    world.network.weather = network.weather_of(world.draw)


def set_a_clock(world: World) -> None:
    """A desk's or the relay's clock is put wrong, or right."""
    process = world.draw.choice(world.below)
    minutes = world.draw.choice((0, 0, 3, -3, 55, -55, 24 * 60, -72 * 60))
    process.clock.off = timedelta(minutes=minutes, milliseconds=world.draw.randrange(900))
    world.say(f"{process.name} clock is off by {minutes} minutes")


def back_up(world: World) -> None:
    """Copies of a desk's and of the centre's files are put aside."""
    index = world.draw.randrange(len(world.desks))
    if world.draw.random() < 0.5:
        world.backups[index] = (world.desks[index].disk.image(), set(world.told[index]))
    else:
        world.centre_backup = world.centre.disk.image()
    world.say("a copy is put aside")


def _is_of_before(world: World, process: DeskProcess) -> None:
    """It may hold what it once might, and stand before where it stood."""
    world.rights.told_something_old(process.name)
    process.stood = (None, {})


def restore_a_desk(world: World) -> None:
    """A desk comes back from an old copy of its file."""
    index = world.draw.randrange(len(world.desks))
    process = world.desks[index]
    process.stop()
    image, told = world.backups[index]
    process.disk.load(image)
    _is_of_before(world, process)
    world.told[index] = set(told)
    knew = "SELECT coalesce(max(seq), 0) FROM node_command WHERE device = ?"
    for device in sorted(process.devices):
        (last,) = process.disk.raw.execute(knew, (device,)).fetchone()
        world.come_back[device] = min(last, world.come_back.get(device, last))
    world.tally.add("desks restored")
    world.say(f"{process.name} comes back from an old copy")
    start_desk(world, process)


def restore_the_centre(world: World) -> None:
    """The centre comes back from an old copy, which gets a new epoch."""
    world.centre.stop()
    world.centre.disk.load(world.centre_backup)
    world.centre.start()
    assert world.centre.authority is not None
    world.centre.authority.renew(IdSource(world.centre_now, world.draw.getrandbits)())
    world.record.begin(images_of(world.centre.node))
    world.tally.add("centres restored")
    world.say("centre comes back from an old copy")


def take_in_a_list(world: World) -> None:
    """The centre takes in rows, as when a list is imported."""
    if world.centre.authority is None:
        return None
    node, new_id = world.centre.node, IdSource(world.centre_now, world.draw.getrandbits)
    lists = {
        each: habit for each, habit in council().centre_habits.items() if each not in OF_ITS_OWN
    }
    definition, habit = world.people.choose(node, lists)
    draft = world.people.drafted(
        node, world.centre.disk, CENTRE, world.centre_now, new_id, definition, habit
    )
    try:
        outcome = issue_as_centre(node, draft.arguments, new_id=new_id, now=world.centre_now())
    except PowerCut:
        return centre_lost_power(world)
    except StorageFailed:
        return world.say("the centre's disk is full")
    except Unavailable as error:
        raise Broken(f"C5: the centre cannot decide its own {definition.name}") from error
    world.record.read()
    return world.say(f"centre {definition.name}: {outcome.state} {outcome.reason or ''}")


def let_go_of_changes(world: World) -> None:
    """The centre keeps the last changes of each scope alone: whoever is behind takes it anew."""
    if world.centre.authority is None:
        return None
    world.record.read()
    kept = world.draw.randrange(6)
    upto = {scope: number - kept for scope, number in world.record.counters().items()}
    try:
        with world.centre.node.database.write() as session:
            prune_changes(session, kept=kept)
    except PowerCut:
        centre_lost_power(world)
    except SyncError as error:
        world.say(f"tidying is put off: {type(error).__name__}")
    world.record.let_go(upto)
    world.tally.add("changes let go of")
    return world.say(f"the centre keeps the last {kept} changes of each scope")


def lose_a_row(world: World) -> None:
    """A row of a desk or the relay is gone without a noise, as by a damaged file."""
    process = world.draw.choice(world.below)
    # What waits knows how the rows were that it changed: their sum is right, and they come again.
    changed = {(table, row_id) for table, row_id, _ in undone_by(process.disk)}
    held = [(table, row_id) for table, rows in process.disk.rows().items() for row_id in rows]
    rows = [place for place in held if place not in changed]
    if not rows:
        return
    table, row_id = world.draw.choice(rows)
    process.disk.raw.execute(f'DELETE FROM "{table}" WHERE id = ?', (row_id,))
    process.disk.raw.commit()
    # Whoever takes its rows from the relay lacks it too.
    for each in world.below if process is world.relay else [process]:
        each.is_spoilt = True
    world.tally.add("rows lost")
    world.say(f"{process.name} has lost {table} {row_id}")


def withdraw_a_desk(world: World) -> None:
    """The council withdraws a desk; it hears of that when it next asks."""
    if world.centre.authority is None:
        return None
    process = world.draw.choice(world.desks)
    if process.desk is None:
        return None
    act = Withdraw(device_id=DeskId(process.desk.device))
    new_id = IdSource(world.centre_now, world.draw.getrandbits)
    try:
        outcome = issue_as_centre(world.centre.node, act, new_id=new_id, now=world.centre_now())
    except PowerCut:
        return centre_lost_power(world)
    except StorageFailed:
        return world.say("the centre's disk is full")
    world.record.read()
    world.tally.add("desks withdrawn")
    return world.say(f"centre withdraws {process.name}: {outcome.state}")


def give_out_anew(world: World, process: DeskProcess) -> None:
    """A computer that was withdrawn holds nothing of the council; it becomes a new desk."""
    left = process.disk.raw.execute(
        "SELECT scope FROM node_scope UNION SELECT scope FROM node_loading"
    ).fetchall()
    promise(not left, f"W3: {process.name} was withdrawn and still holds {left}")
    process.stop()
    process.disk.load(council().unused_desk)
    process.stood = (None, {})
    process.is_spoilt = False
    world.told[process.index] = set()
    world.backups[process.index] = (process.disk.image(), set())
    world.tally.add("desks given out anew")
    world.say(f"{process.name} is set up anew")
    start_desk(world, process)


OF_ITS_OWN = {("offices.withdraw", 1)}
"""Commands of the centre that are a stroke of luck of their own."""
FAULTS: dict[str, tuple[float, Callable[[World], None]]] = {
    "back_up": (2.0, back_up),
    "change_the_weather": (1.0, change_the_weather),
    "collide_at_the_centre": (1.5, collide_at_the_centre),
    "cut_a_desk": (3.0, cut_a_desk),
    "cut_the_centre": (2.0, cut_the_centre),
    "fill_a_disk": (1.5, fill_a_disk),
    "let_go_of_changes": (1.5, let_go_of_changes),
    "lose_a_row": (0.6, lose_a_row),
    "part_a_desk": (4.0, part_a_desk),
    "restore_a_desk": (1.0, restore_a_desk),
    "restore_the_centre": (1.0, restore_the_centre),
    "set_a_clock": (1.5, set_a_clock),
    "take_in_a_list": (7.0, take_in_a_list),
    "update_a_desk": (1.5, update_a_desk),
    "withdraw_a_desk": (0.7, withdraw_a_desk),
}
"""What may go wrong, and how often beside the others."""


def cut_the_relay(world: World) -> None:
    """Power goes at the relay: now, in the middle of a write, or right after one."""
    relay = world.relay
    if relay is not None and relay.desk is not None:
        _cut(world, relay.disk, lambda: desk_lost_power(world, relay))


def cut_the_outer_line(world: World) -> None:
    """From the office nobody reaches the centre for a while."""
    world.network.cut_off.add(network.CENTRE)
    world.say("the centre cannot be reached")
    until = world.draw.randrange(5_000, 40_000)
    world.later(until, lambda: world.network.cut_off.discard(network.CENTRE))


def fill_the_relay_s_disk(world: World) -> None:
    """The relay's disk is full for a while."""
    if world.relay is not None:
        world.relay.disk.fill_for(world.draw.randrange(1, 30))
        world.say("the disk of the relay is full")


def copy_the_relay(world: World) -> None:
    """A copy of the relay's file is put aside."""
    if world.relay is not None:
        world.relay_backup = world.relay.disk.image()


def restore_the_relay(world: World) -> None:
    """The relay comes back from an old copy of its file."""
    if world.relay is None:
        return
    world.relay.stop()
    world.relay.disk.load(world.relay_backup)
    _is_of_before(world, world.relay)
    world.tally.add("relays restored")
    world.say("relay comes back from an old copy")
    start_desk(world, world.relay)


RELAY_FAULTS: dict[str, tuple[float, Callable[[World], None]]] = {
    "copy_the_relay": (1.0, copy_the_relay),
    "cut_the_outer_line": (8.0, cut_the_outer_line),
    "cut_the_relay": (3.0, cut_the_relay),
    "fill_the_relay_s_disk": (2.0, fill_the_relay_s_disk),
    "restore_the_relay": (1.0, restore_the_relay),
}
"""What may go wrong beside, where an office has a relay."""
