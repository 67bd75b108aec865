"""The promises, checked while a history runs and when it has healed."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import select

from sync.errors import Withdrawn
from sync.held import is_of_rows
from sync.node import unpacked
from sync.record import from_milliseconds, to_milliseconds
from sync.sums import sum_of_scope
from sync.tables import scope_counter
from sync.wire import Decided, PushCommands
from tests.simulation.disk import Disk, Rows
from tests.simulation.older import COMMANDS_SINCE, TABLES_SINCE
from tests.simulation.reference import (
    Broken,
    Epoch,
    difference,
    promise,
    rebuilt,
    refusal_of,
    replayed,
)
from tests.simulation.settled import check_every_command, log_of
from tests.simulation.travelled import check_as_issued
from visits.access.rules import OF_A_DEVICE
from visits.calendar.granules import granules
from visits.ids import StaffId
from visits.scopes import allowed
from visits.staff.time import claim_id

if TYPE_CHECKING:
    from tests.simulation.processes import RelayProcess
    from tests.simulation.world import DeskProcess, World

STRANGER = "a stranger"
"""Acts at a desk, and is on no list."""
OPEN_STATES = ("waiting", "on_hold", "called", "serving")


def check_centre(world: World) -> None:
    """Nobody is given what another has, and the record is without gap and without change."""
    world.record.check()
    _no_slot_twice(world.centre.disk)
    _nobody_at_two_counters(world.centre.disk)
    _no_number_twice(world.centre.disk)
    _nothing_needed_is_put_away(world)
    _each_device_in_its_order(world)
    bugs = world.centre.disk.raw.execute(
        "SELECT name, outcome FROM node_command WHERE state = 'refused' "
        'AND outcome LIKE \'%"reason":"bug"%\''
    ).fetchall()
    promise(not bugs, f"C5: the centre met a bug of a handler: {bugs}")


def _each_device_in_its_order(world: World) -> None:
    """O1: what one device numbered is in the log by those numbers.

    What a relay holds, or refused alone and nobody heard, comes later where its desk has gone on by
    another way, and may come before what the desk offers a centre again that was restored
    (decision 009). A desk that came back from an old copy may take a number again that was passed
    over; at the next that was given it is told so.
    """
    if world.relay is not None and len(world.record.epochs) > 1:
        return
    last: dict[str, int] = {}
    log = "SELECT id, device, seq FROM node_command ORDER BY position"
    for command_id, device, seq in world.centre.disk.raw.execute(log):
        before = last.get(device, -1)
        is_of_a_copy = device in world.come_back and seq > world.come_back[device]
        is_late = command_id in world.held | world.not_sent_up or is_of_a_copy
        promise(seq > before or is_late, f"O1: {seq} of {device} comes after {before}")
        last[device] = max(seq, before)


def check_in_order(request: PushCommands) -> None:
    """O1, I7: what is offered at once, by its desk or by a relay, is in the order of its device."""
    numbers = [envelope.seq for envelope in request.commands]
    promise(numbers == sorted(set(numbers)), f"O1: {numbers} of a device are offered in this order")


def _no_slot_twice(disk: Disk) -> None:
    booked = disk.raw.execute(
        "SELECT staff_id, starts_at, ends_at FROM appointment WHERE state != 'cancelled'"
    ).fetchall()
    claims = Counter(
        claim_id(StaffId(staff_id), at)
        for staff_id, starts, ends in booked
        for at in granules(from_milliseconds(starts), from_milliseconds(ends))
    )
    twice = [claim for claim, count in claims.items() if count > 1]
    promise(not twice, f"a slot is given twice: {sorted(twice)[:3]}")
    taken = {row[0] for row in disk.raw.execute("SELECT id FROM staff_time")}
    promise(claims.keys() <= taken, "a booking's time is not marked as taken")


def _nobody_at_two_counters(disk: Disk) -> None:
    open_stretches = disk.raw.execute(
        "SELECT ticket_id, count(*) FROM stretch WHERE to_at IS NULL AND NOT undone "
        "GROUP BY ticket_id HAVING count(*) > 1"
    ).fetchall()
    promise(not open_stretches, f"a ticket is in two states at once: {open_stretches[:3]}")
    taken_over = disk.raw.execute(
        "SELECT s.id FROM stretch s JOIN stretch b ON s.before_id = b.id WHERE s.state = 'called' "
        "AND b.state IN ('called', 'serving') AND s.desk_id != b.desk_id AND NOT s.undone"
    ).fetchall()
    promise(not taken_over, f"somebody is called to two counters: {taken_over[:3]}")
    two_at_one = disk.raw.execute(
        "SELECT desk_id FROM ticket WHERE state IN ('called', 'serving') AND desk_id IS NOT NULL "
        "GROUP BY office_id, desk_id HAVING count(*) > 1"
    ).fetchall()
    promise(not two_at_one, f"two people are at one counter: {two_at_one[:3]}")
    held = disk.raw.execute(
        "SELECT room_id FROM room_use WHERE to_at IS NULL GROUP BY room_id HAVING count(*) > 1"
    ).fetchall()
    promise(not held, f"a room is held twice: {held}")


def _no_number_twice(disk: Disk) -> None:
    twice = disk.raw.execute(
        "SELECT office_id, number_on, number FROM ticket "
        "GROUP BY office_id, number_on, number HAVING count(*) > 1"
    ).fetchall()
    promise(not twice, f"I4: a ticket number is given twice: {twice}")


def _nothing_needed_is_put_away(world: World) -> None:
    """An open ticket, an appointment that is still to come and a room that is held stay where desks
    see them."""
    now = to_milliseconds(world.centre_now())
    needed = {
        "ticket": f"state IN {OPEN_STATES}",
        "appointment": f"ends_at > {now}",
        "room_use": "to_at IS NULL",
    }
    for what, is_needed in needed.items():
        gone = world.centre.disk.raw.execute(
            f"SELECT id FROM {what} WHERE scope LIKE 'archive:%' AND {is_needed}"
        ).fetchall()
        promise(not gone, f"M12: a {what} that is needed is put away: {gone[:3]}")


def check_desk(world: World, process: DeskProcess) -> None:
    """A desk is its upstream's rows at its cursor and what waits, run in order.

    What a relay holds waits too, but for what this desk knows to be decided.
    """
    if process.desk is None:
        return
    world.rights.check(process)
    if process.is_behind:
        _has_passed_over_nothing(world, process)
    if not is_whole(world, process):
        return
    different = process.desk.checks.different
    promise(not different, f"U6: {process.name} came to another sum than its upstream told")
    if _is_shown_as_it_comes(process.disk):
        return  # Some rows of a scope show already, and what waits runs upon them.
    with process.disk.only_looked_at():
        name, cursor = process.centre_position()
    epoch = world.record.epochs.get(name or "")
    if epoch is None or not cursor:
        return
    world.record.read()
    for scope, number in cursor.items():
        if number > epoch.numbers.get(scope, 0) + len(epoch.changes[scope]):
            return  # The centre was restored; the desk will hear of it.
    upstream = epoch.disk_at(cursor)
    if upstream is None:
        return
    _commands_are_whole(process, epoch, cursor)
    held = process.disk.raw.execute(
        "SELECT envelope FROM node_held WHERE id NOT IN "
        "(SELECT id FROM node_command WHERE state NOT IN ('pending', 'asked', 'reoffered')) "
        "ORDER BY position"
    ).fetchall()
    own = process.disk.raw.execute(
        "SELECT envelope FROM node_command WHERE state = 'pending' "
        "AND id NOT IN (SELECT id FROM node_held) ORDER BY position"
    ).fetchall()
    waiting = [body.encode() for (body,) in held] + [bytes(body) for (body,) in own]
    if process.is_behind:
        # What a relay holds of later versions is not run here, and changes nothing that is known.
        waiting = [body for body in waiting if unpacked(body).name not in COMMANDS_SINCE]
    whole = rebuilt(upstream, waiting)
    same(process.disk, whole, f"R1: {process.name} is not its upstream's rows and what waits")


def _has_passed_over_nothing(world: World, process: DeskProcess) -> None:
    """A desk that is behind stands before whatever it does not know."""
    with process.disk.only_looked_at():
        name, cursor = process.centre_position()
    world.record.read()
    epoch = world.record.epochs.get(name or "")
    for scope, number in cursor.items() if epoch else ():
        for n, (_, rows) in epoch.changes[scope].items():
            passed = n <= number and any(table in TABLES_SINCE for table, *_ in rows)
            promise(not passed, f"V1: {process.name} has passed over rows that it does not know")


def check_relay_decides(
    world: World, relay: RelayProcess, request: PushCommands, answer: Decided
) -> None:
    """While the centre is away a relay refuses what cannot stand, as the centre would.

    What may have reached the centre before is left to it; nobody is told that it stands. Of what
    was held in one answer the last is looked at: what came after another may stand in its way.
    """
    held = [each.id for each in answer.outcomes if each.state == "held"]
    if not (relay.answers_alone and held) or held[-1] in world.held or held[-1] in request.again:
        return
    waits = relay.disk.raw.execute(
        "SELECT h.envelope FROM node_held h LEFT JOIN node_held_undo u ON u.position = h.position "
        "WHERE h.id = ? AND u.position IS NULL",
        (held[-1],),
    ).fetchall()
    for (body,) in waits:
        refused = refusal_of(relay.disk, body.encode())
        promise(not refused, f"M8: the relay holds what cannot stand: {refused}")


def check_never_back(process: DeskProcess) -> None:
    """R8: in one epoch a copy never stands before where it stood, whomever it has spoken to."""
    epoch, cursor = process.centre_position()
    before_epoch, before = process.stood
    process.stood = (epoch, cursor)
    if epoch == before_epoch:
        back = {s: (n, cursor[s]) for s, n in before.items() if cursor.get(s, n) < n}
        promise(not back, f"R8: {process.name} stands before where it stood: {back}")


def _commands_are_whole(process: DeskProcess, epoch: Epoch, cursor: dict[str, int]) -> None:
    """What one command changed in several scopes shows in all of them or in none."""
    parts: dict[str, set[bool]] = {}
    for scope, number in cursor.items():
        for n, (command_id, _) in epoch.changes[scope].items():
            parts.setdefault(command_id, set()).add(n <= number)
    torn = [command_id for command_id, shown in parts.items() if len(shown) > 1]
    promise(not torn, f"O6: {process.name} shows a command in one scope and not in another")


def is_whole(world: World, process: DeskProcess) -> bool:
    """U6: whether a copy that may have lost rows has them, as the sums that it was told say.

    What takes its rows from a relay that lacks some may lack them again.
    """
    if not process.is_spoilt:
        return True
    above = world.relay if process is not world.relay else None
    if above is not None and not is_whole(world, above):
        return False
    # Of a scope on its way no sum is told yet.
    if process.desk is None or _is_shown_as_it_comes(process.disk):
        return False
    if not _comes_to_its_sums(process):
        return False
    process.is_spoilt = False
    process.desk.checks.different = 0
    return True


def _is_shown_as_it_comes(disk: Disk) -> bool:
    return disk.raw.execute("SELECT 1 FROM node_loading WHERE is_shown").fetchone() is not None


def holds_any(disk: Disk) -> bool:
    """Whether something is here that a relay holds, or held when it was last heard."""
    return disk.raw.execute("SELECT 1 FROM node_held LIMIT 1").fetchone() is not None


def _comes_to_its_sums(process: DeskProcess) -> bool:
    assert process.desk is not None
    node = process.desk.node
    with process.disk.only_looked_at(), node.database.read() as session:
        for scope, told in session.execute(select(scope_counter.c.scope, scope_counter.c.sum)):
            # Of a scope that is to be taken anew no sum is told.
            if is_of_rows(scope) and told != sum_of_scope(node, session, scope):
                return False
    return True


def same(one: Disk, other: Disk, text: str) -> None:
    """Two desks hold the same rows and the same words to search for."""
    differs = difference(one.rows(), other.rows())
    promise(not differs, f"{text}: {differs}")
    promise(one.words() == other.words(), f"M2: the search index differs; {text}")


def check_healed(world: World) -> None:
    """All are equal to the reference, every command ran once, and every refusal is shown."""
    check_centre(world)
    whole = replayed(world.replay_from, world.centre.disk, world.replay_after)
    differs = difference(world.centre.disk.rows(), whole)
    promise(not differs, f"C8: the centre's log, run in order, gives other rows: {differs}")
    centre_rows = world.centre.disk.rows()
    _sums_are_right(world)
    _nothing_is_taken_of_the_withdrawn(world.centre.disk)
    _strangers_do_nothing(world.centre.disk)
    decided = log_of(world.centre.disk)
    for process in world.desks:
        _holds_what_it_may(world, process, centre_rows)
        check_every_command(world, process, decided)
        check_as_issued(world, process)
    if world.relay is not None:
        check_desk(world, world.relay)
        held = world.relay.disk.raw.execute("SELECT id FROM node_held").fetchall()
        promise(not held, f"U5: the relay still holds {held[:3]}")


def _sums_are_right(world: World) -> None:
    node = world.centre.node
    with node.database.read() as session:
        for scope, told in session.execute(select(scope_counter.c.scope, scope_counter.c.sum)):
            counted = sum_of_scope(node, session, scope)
            promise(told == counted, f"U6: the centre tells another sum of {scope} than its rows")


def _nothing_is_taken_of_the_withdrawn(disk: Disk) -> None:
    """What such a desk issued is decided before it was withdrawn, or never."""
    rows = disk.raw.execute(
        "SELECT name, state, device, envelope FROM node_command ORDER BY position"
    )
    withdrawn: set[str] = set()
    for name, state, device, body in rows:
        promise(device not in withdrawn, f"W3: {device} was withdrawn and {name} was taken")
        if (name, state) == ("offices.withdraw", "accepted"):
            withdrawn.add(msgspec.json.decode(body)["args"]["device_id"])


def _strangers_do_nothing(disk: Disk) -> None:
    """Who is not of the staff does nothing, whichever desk or relay brings it."""
    done = [
        name
        for name, body in disk.raw.execute(
            "SELECT name, envelope FROM node_command WHERE state = 'accepted'"
        )
        if msgspec.json.decode(body)["actor"] == STRANGER and name not in OF_A_DEVICE
    ]
    promise(not done, f"S5: somebody who is not of the staff has done {done[:3]}")


def _holds_what_it_may(world: World, process: DeskProcess, centre_rows: Rows) -> None:
    assert process.desk is not None
    with world.centre.node.database.read() as session:
        try:
            scopes = set(allowed(session, process.desk.device))
        except Withdrawn:
            raise Broken(f"W3: {process.name} is served and withdrawn") from None
    own = {
        table: {row_id: row for row_id, row in rows.items() if row[1] in scopes}
        for table, rows in centre_rows.items()
    }
    held = process.disk.rows()
    foreign = {row[1] for rows in held.values() for row in rows.values()} - scopes
    promise(not foreign, f"S1: {process.name} holds rows of {sorted(foreign)}")
    differs = difference(held, own)
    promise(not differs, f"U5: {process.name} is not equal to the centre: {differs}")
    loading = process.disk.raw.execute("SELECT scope FROM node_loading").fetchall()
    promise(not loading, f"U5: {process.name} is still loading {loading}")
    check_desk(world, process)
