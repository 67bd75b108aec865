"""Desks and relay as processes: they start, are driven by messages, and end at any moment.

The nodes inside are the shipped ones; nothing here decides what they do.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from sync.desk import Desk
from sync.errors import SyncError, Withdrawn
from sync.held import is_of_rows
from sync.ids import IdSource
from sync.proof import Identity
from sync.relay import REFUSED_HERE, Relay
from sync.round import sync_round
from sync.storage.database import Database
from sync.upstream.choosing import Choosing
from sync.upstream.http import HttpUpstream
from sync.upstream.line import Health, Reached, health_after, is_cut_off
from sync.upstream.pace import Pace
from sync.upstream.wishes import Wishes
from sync.wire import Failure, Request
from tests.simulation import luck, network
from tests.simulation.centre import OK, serve
from tests.simulation.checks import check_never_back
from tests.simulation.clocks import ProcessClock
from tests.simulation.council import RELAY, SMALL_PARTS, device_name
from tests.simulation.disk import PowerCut, disk_of
from tests.simulation.luck import WAKE_MS
from tests.simulation.older import older_node_over
from visits.offices.queries import relay_address
from visits.offices.rejoining import reintroduction
from visits.registry import node_over
from visits.scopes import allowed
from visits.today_first import TodayFirst

if TYPE_CHECKING:
    from tests.simulation.world import World

ANSWER_WITHIN_MS = 2_000
COUNTED_EVERY = timedelta(seconds=20)
"""A history is minutes long."""
PASSED_BY = 0.15
"""So many rounds go to the centre though the office has a relay, as of a desk set up otherwise."""
PROBE_MS = 200
ASKS_UP = 0.5
"""So many acts at a relay wait for its round; the others come in the middle of one, as it seems."""
LISTENING = 0.7
"""So many desks hear pokes, of which half are lost; the others look more often."""
Stood = tuple[str | None, dict[str, int]]
RECENT_IDS = 8
"""Ids of a desk's latest acts: what it has begun it goes on with."""


@dataclass(frozen=True, slots=True)
class Speaking:
    """What a choice opens at an address."""

    url: str
    device: str

    def close(self) -> None:
        """Nothing is held open."""


class DeskProcess:
    """A desk, while its process runs and while it does not."""

    def __init__(self, world: World, index: int) -> None:
        self._world = world
        self.index = index
        self.name = device_name(index)
        self.clock = ProcessClock(world, self.name)
        self.disk = disk_of(self.name)
        self.desk: Desk | None = None
        self.new_id = IdSource(self.clock, world.draw.getrandbits)
        self._steps: Any = None
        self._to = network.CENTRE
        self._choosing: Choosing | None = None
        self._asked = 0
        self.devices: set[str] = set()
        """Every name it has had."""
        self._is_first_start = True
        self.is_behind = False
        """Whether it runs a version that is two behind."""
        self.is_spoilt = False
        """Whether rows of its file may be gone, until they are seen to be there."""
        self.last_error = ""
        self.stood: Stood = (None, {})
        """Epoch and cursor when its last whole round had ended."""
        self._listens = world.draw.random() < LISTENING
        self._pace = Pace()
        self._looks = 0
        self._wishes = Wishes()
        self._reached = Reached()
        self.recent: deque[str] = deque(maxlen=RECENT_IDS)

    @property
    def is_in_a_round(self) -> bool:
        """Whether a round is under way."""
        return self._steps is not None

    def give_up(self) -> None:
        """What is under way is dropped."""
        self._steps = None
        self._asked += 1
        self._world.rights.round_ends(self.name, was_whole=False)

    def centre_position(self) -> tuple[str | None, dict[str, int]]:
        """The epoch and the cursor in the centre's scopes."""
        assert self.desk is not None
        epoch, cursor = self.desk.position()
        return epoch, {s: number for s, number in cursor.items() if is_of_rows(s)}

    def _addresses(self) -> tuple[str, ...]:
        """The relay of its office, where it knows one, then the centre."""
        assert self.desk is not None
        if self._world.relay is None or self._world.draw.random() < PASSED_BY:
            return (network.CENTRE,)
        with self.disk.only_looked_at(), self.desk.node.database.read() as session:
            known = relay_address(session, self.desk.device)
        return (RELAY, network.CENTRE) if known else (network.CENTRE,)

    def _choice(self) -> Choosing:
        """The shipped choice of whom to speak to, new with each start of the process."""

        def device() -> str:
            return self.desk.device if self.desk else ""

        return Choosing(
            self._addresses,
            # Of an upstream it looks at the address and the device alone.
            lambda url: cast(HttpUpstream, Speaking(url, device())),
            device=device,
            answers=lambda url: self._world.serves(url, self),
            monotonic=lambda: self._world.now_ms / 1_000,
            beside=lambda look: self._world.later(PROBE_MS, look),
            found=lambda: self._world.later(WAKE_MS, self.wake),
        )

    def start(self) -> None:
        """The process starts on what the disk holds."""
        database = self._begin()
        node = older_node_over(database) if self.is_behind else node_over(database)
        self.desk = Desk(
            node,
            new_device=self._new_device,
            clock=self.clock,
            new_id=self.new_id,
            introduce=reintroduction,
        )
        self.devices.add(self.desk.device)
        self.desk.checks.every = COUNTED_EVERY
        self._choosing = self._choice()

    def _begin(self) -> Database:
        """What every process does when it starts."""
        self._is_first_start = self._world.is_first_start(self)
        self._pace = Pace()
        self._wishes = Wishes()
        database = self.disk.database()
        self.clock.start(database)
        return database

    def _new_device(self) -> Identity:
        is_unused = self.desk is None and self._is_first_start
        name = self.name if is_unused else self.new_id()
        self.devices.add(name)
        return Identity(name)

    def stop(self) -> None:
        """The power goes."""
        self.desk = None
        self.clock.stop()
        self.give_up()
        self.disk.lose_power()

    def wake(self) -> None:
        """Something waits to be sent or fetched."""
        self._wishes.wake()
        self._begin_if_wished()

    def hear(self, numbers: Mapping[str, int]) -> None:
        """A poke: scopes have reached these numbers."""
        self._wishes.hear(numbers)
        self._begin_if_wished()

    def _begin_if_wished(self) -> None:
        if self._wishes.wait(0):
            self.begin_round()

    def begin_round(self) -> None:
        """Start a round, unless one is under way."""
        if self.desk is None or self.is_in_a_round:
            return
        self._looks += 1
        self._wishes.begin()
        self._reached = Reached()
        if self._choosing is not None:
            self._to = self._choosing.upstream().url
        self._world.rights.round_begins(self.name)
        steps = self._steps = sync_round(self.desk)
        self._go_on(lambda: next(steps))

    def _look_later(self, *, is_reached: bool) -> None:
        """The next round comes when the shipped pace says, unless something wakes it before."""
        wait_s = self._pace.after(
            is_reached=is_reached, listens=self._listens, is_in_doubt=self.clock.is_in_doubt
        )
        wait_ms = WAKE_MS if self._wishes.wait(0) else int(wait_s * 1_000)
        self._looks += 1
        self._world.later(wait_ms, partial(self._look, self._looks))

    def _look(self, number: int) -> None:
        if number == self._looks:
            self.begin_round()

    def _go_on(self, step: Callable[[], Request]) -> None:
        try:
            request = step()
        except StopIteration:
            self._round_done()
            return
        except PowerCut:
            luck.desk_lost_power(self._world, self)
            return
        except SyncError as error:
            self._failed(error)
            return
        self._asked += 1
        self.clock.asks()
        number = self._asked
        listener = self._listener(number, request)
        if self._world.network.carry(self.name, request, listener, to=self._to):
            self._world.rights.told_something_old(self.name)
        self._world.later(ANSWER_WITHIN_MS, lambda: self._too_late(number))

    def _round_done(self) -> None:
        self._steps = None
        self.last_error = ""
        self._world.rights.round_ends(self.name, was_whole=True)
        with self.disk.only_looked_at():
            check_never_back(self)
        if self._wishes.settled(self._reached.cursor) and self._listens:
            # Its stream of pokes begins anew, and tells of nothing that moved before.
            self._world.later(WAKE_MS, partial(self.hear, {}))
        self.met()
        self._world.tally.add("rounds")
        try:
            self.clock.keep()
        except PowerCut:
            luck.desk_lost_power(self._world, self)
            return
        self._look_later(is_reached=True)

    def _listener(self, number: int, request: Request) -> network.Told:
        def on_answer(status: int, body: bytes, stated_at: datetime | None) -> None:
            if number != self._asked or self._steps is None:
                return
            try:
                answer = network.read_answer(body, status, request)
            except SyncError as error:
                self._failed(error)
                return
            if status == OK:
                self.clock.hears(stated_at)
            self._reached.note(request, answer)
            self._asked += 1
            steps = self._steps
            self._go_on(lambda: steps.send(answer))

        return on_answer

    def _too_late(self, number: int) -> None:
        if number == self._asked and self._steps is not None:
            steps = self._steps
            self._go_on(lambda: steps.send(Failure(code="line_down", detail="too late")))

    def met(self) -> None:
        """A round has reached its upstream."""

    def _failed(self, error: SyncError) -> None:
        self.give_up()
        self.last_error = f"{type(error).__name__}: {error}"
        if self._choosing is not None:
            self._choosing.failed()
        self._world.say(f"{self.name} round failed: {type(error).__name__}")
        if isinstance(error, Withdrawn):
            luck.give_out_anew(self._world, self)
        self._look_later(is_reached=False)


class RelayProcess(DeskProcess):
    """The relay of the first office, while its process runs and while it does not."""

    def __init__(self, world: World, index: int) -> None:
        super().__init__(world, index)
        self.name = RELAY
        self.clock = ProcessClock(world, self.name)
        self.disk = disk_of(RELAY)
        self._is_cut_off = False
        self.answers_alone = False
        """Whether it decided alone for its office when it was last asked."""

    def start(self) -> None:
        """The process starts on what the disk holds."""
        self._is_cut_off = False
        database = self._begin()
        self.desk = Relay(
            node_over(database),
            new_device=self._new_device,
            clock=self.clock,
            new_id=self.new_id,
            allowed=allowed,
            is_cut_off=lambda: self._is_cut_off,
            ask_up=self._ask_up,
            moved=lambda: self._world.relay_moved(),
            first=TodayFirst(self.clock),
            part_size=SMALL_PARTS,
        )
        self.desk.checks.every = COUNTED_EVERY

    def _ask_up(self) -> bool:
        """A round that its desk waits for, which ends at once or is not waited for any longer.

        Raises PowerCut where it ended the process.
        """
        if self.is_in_a_round or self._world.draw.random() >= ASKS_UP:
            return False
        with self._world.network.waited_for():
            self.begin_round()
        if self.desk is None:
            raise PowerCut(self.name)
        has_met = not (self.is_in_a_round or self._is_cut_off)
        self._world.tally.add(
            "relay rounds waited for" if has_met else "relay rounds not waited for"
        )
        return has_met

    def serves(self, process: DeskProcess) -> bool:
        """Whether it would serve a desk now."""
        if not isinstance(self.desk, Relay) or process.desk is None:
            return False
        with self.disk.only_looked_at(), self.desk.node.database.read() as session:
            try:
                return bool(self.desk.allowed(session, process.desk.device))
            except SyncError:
                return False

    def heads(self) -> dict[str, int]:
        """How far its scopes have come, as its pokes tell."""
        rows = self.disk.raw.execute("SELECT scope, number FROM node_scope").fetchall()
        return {scope: number for scope, number in rows if number >= 0}

    def refused_alone(self, command_id: str) -> bool:
        """Whether it refused a command itself, which the centre has not seen."""
        asked = "SELECT 1 FROM node_command WHERE id = ? AND state = ?"
        return self.disk.raw.execute(asked, (command_id, REFUSED_HERE)).fetchone() is not None

    def states(self) -> datetime | None:
        """What time its answers state: none while it decides alone."""
        return None if self._is_cut_off else self.clock()

    def met(self) -> None:
        self._is_cut_off = False

    def _failed(self, error: SyncError) -> None:
        self._is_cut_off = is_cut_off(health_after(error) or Health.NOT_UNDERSTOOD)
        super()._failed(error)

    def serve(self, kind: str, body: bytes, reply: network.Reply) -> None:
        """A request of a desk arrives. No answer is given when the process ends before."""
        self.answers_alone = self._is_cut_off
        if isinstance(self.desk, Relay):
            try:
                serve(kind, body, reply, self.desk.answer, told=self._world.observe_relay)
            except PowerCut:
                if self.desk is not None:
                    luck.desk_lost_power(self._world, self)
