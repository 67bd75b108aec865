"""The faults: what each does, how often beside the others, and how it is over again."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from random import Random

from tests.end_to_end.centre import Centre, Relay
from tests.faults.checkpointing import under_checkpoints
from tests.faults.checks import check_knows, check_sound
from tests.faults.office import Office
from tests.faults.processes import DeskAtWork, fill_its_disk, frozen
from tests.faults.server_checks import check_server_sound
from tests.faults.small_disk import SmallDisk

BREAKS_A_FAULT = 6
BROKEN_WITHIN_S = 1.0
FROZEN_S = (0.5, 3.0)
FROZEN_LONG_S = 60.0
CUT_S = (0.3, 2.5)
FULL_S = (0.2, 1.0)
MID_CHECKPOINT_S = 0.01


@dataclass
class Trouble:
    """One run of faults: where it happens, its chance, and which byte is the next to be last."""

    office: Office
    draw: Random
    disk: SmallDisk | None = None
    """The one that all of them share, where this machine lets us make one."""
    bytes_in_turn: count[int] = field(default_factory=lambda: count(1))

    def between(self, span: tuple[float, float]) -> float:
        """A time within a span, in seconds."""
        return self.draw.uniform(*span)


def kill_a_desk(trouble: Trouble) -> None:
    """Wherever it is: in a write, a round, or between."""
    _lose_power(trouble.draw.choice(trouble.office.desks))


def kill_a_desk_in_a_checkpoint(trouble: Trouble) -> None:
    """While what its log holds moves into its file."""
    desk = trouble.draw.choice(trouble.office.desks)
    desk.tell("checkpoint")
    time.sleep(trouble.draw.uniform(0, MID_CHECKPOINT_S))
    _lose_power(desk)


def _lose_power(desk: DeskAtWork) -> None:
    desk.kill()
    check_sound(desk.name, desk.file)
    desk.start()


def kill_the_relay(trouble: Trouble) -> None:
    """It is away for a while."""
    office = trouble.office
    office.relay.kill()
    _be_away(trouble, "relay", office.start_relay)


def kill_the_centre(trouble: Trouble) -> None:
    """It is away for a while."""
    office = trouble.office
    office.centre.kill()
    _be_away(trouble, "centre", office.start_centre)


def _be_away(trouble: Trouble, name: str, start: Callable[[], None]) -> None:
    """Its file is whole, and a while later it starts."""
    _check_file(trouble.office, name)
    time.sleep(trouble.between(CUT_S))
    start()


def _check_file(office: Office, name: str) -> None:
    file = office.files.get(name)
    if file is not None:
        check_sound(name, file)


def kill_a_service_in_a_checkpoint(trouble: Trouble) -> None:
    """The relay, or a centre over SQLite, while what its log holds moves into its file."""
    office = trouble.office
    services = {"relay": (office.relay, office.start_relay)}
    if "centre" in office.files:
        services["centre"] = (office.centre, office.start_centre)
    name = trouble.draw.choice(sorted(services))
    service, start = services[name]
    with under_checkpoints(office.files[name]) as checkpointing:
        time.sleep(trouble.draw.uniform(0, MID_CHECKPOINT_S))
        checkpointing.kill()
        service.kill()
    _be_away(trouble, name, start)


def kill_both(trouble: Trouble) -> None:
    """Relay and centre are gone together."""
    office = trouble.office
    office.relay.kill()
    office.centre.kill()
    for name in ("relay", "centre"):
        _check_file(office, name)
    time.sleep(trouble.between(CUT_S))
    office.start_centre()
    office.start_relay()


def freeze_one(trouble: Trouble) -> None:
    """It does nothing for a while, and knows nothing of it."""
    one = _one_of(trouble)
    with frozen(one.pid):
        time.sleep(trouble.between(FROZEN_S))
        _check_file(trouble.office, _name_of(trouble.office, one))


def freeze_one_for_a_minute(trouble: Trouble) -> None:
    """For longer than anybody waits: the desks must know by its end."""
    freeze_for_a_minute(trouble.office, _one_of(trouble))


def freeze_for_a_minute(office: Office, one: DeskAtWork | Centre | Relay) -> None:
    """Hold this one still. Raises AssertionError when a desk says that it is up to date."""
    with frozen(one.pid):
        time.sleep(FROZEN_LONG_S)
        for desk in office.desks:
            if desk is not one:
                check_knows(desk, is_centre_away=one is office.centre)
        _check_file(office, _name_of(office, one))


def _check_at_work(office: Office, one: DeskAtWork | Centre | Relay) -> None:
    """Its file is whole as it stands now: held still, it is as a kill would leave it."""
    with frozen(one.pid):
        _check_file(office, _name_of(office, one))


def _check_all_at_work(office: Office) -> None:
    for one in (*office.desks, office.relay, office.centre):
        _check_at_work(office, one)


def _name_of(office: Office, one: DeskAtWork | Centre | Relay) -> str:
    """What its file is called among the files of an office."""
    names = {id(office.relay): "relay", id(office.centre): "centre"}
    return names.get(id(one)) or next(desk.name for desk in office.desks if desk is one)


def _one_of(trouble: Trouble) -> DeskAtWork | Centre | Relay:
    office = trouble.office
    return trouble.draw.choice([*office.desks, office.relay, office.centre])


def fill_a_disk(trouble: Trouble) -> None:
    """No file of one of them grows for a while."""
    room = trouble.draw.choice((0, 4_096, 200_000))
    one = _one_of(trouble)
    fill_its_disk(one.pid, trouble.between(FULL_S), room=room)
    _check_at_work(trouble.office, one)


def fill_the_disk_of_all(trouble: Trouble) -> None:
    """What all of them share has no room for a while; a server may end over it."""
    assert trouble.disk is not None
    trouble.disk.fill(trouble.between(FULL_S), room=trouble.draw.choice((0, 4_096, 200_000)))
    office = trouble.office
    if office.server is not None:
        office.server.go_on()
        check_server_sound(office.server.url)
    _check_all_at_work(office)


def cut_a_line(trouble: Trouble) -> None:
    """Nothing gets through, and what was under way ends."""
    line = trouble.draw.choice(list(trouble.office.lines.values()))
    line.cut()
    time.sleep(trouble.between(CUT_S))
    line.join()
    _check_all_at_work(trouble.office)


def break_at_each_byte(trouble: Trouble) -> None:
    """The line breaks off after so many bytes, one byte later each time."""
    for _ in range(BREAKS_A_FAULT):
        line = trouble.draw.choice(list(trouble.office.lines.values()))
        line.break_after(next(trouble.bytes_in_turn), towards=trouble.draw.choice(("up", "down")))
        line.broken.wait(BROKEN_WITHIN_S)
        line.join()
    _check_all_at_work(trouble.office)


def restart_the_server(trouble: Trouble) -> None:
    """PostgreSQL is stopped and started."""
    server = trouble.office.server
    assert server is not None
    server.stop()
    time.sleep(trouble.between(CUT_S))
    server.start()
    check_server_sound(server.url)


def kill_the_server(trouble: Trouble) -> None:
    """PostgreSQL is killed and started: it must recover from its own log."""
    server = trouble.office.server
    assert server is not None
    server.kill()
    time.sleep(trouble.between(CUT_S))
    server.start()
    check_server_sound(server.url)


Fault = Callable[[Trouble], None]

FAULTS: dict[Fault, float] = {
    kill_a_desk: 4,
    kill_a_desk_in_a_checkpoint: 2,
    kill_the_relay: 2,
    kill_the_centre: 2,
    kill_a_service_in_a_checkpoint: 1,
    kill_both: 1,
    freeze_one: 2,
    freeze_one_for_a_minute: 0.4,
    fill_a_disk: 3,
    cut_a_line: 4,
    break_at_each_byte: 6,
}
"""Each with its weight."""
FAULTS_OF_A_SERVER: dict[Fault, float] = {restart_the_server: 2, kill_the_server: 2}
"""Beside, where the centre is over PostgreSQL."""
FAULTS_OF_A_DISK: dict[Fault, float] = {fill_the_disk_of_all: 2}
"""Beside, where a file system can be mounted."""
