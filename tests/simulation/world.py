"""One history: people act at desks, luck is bad, and then all must be well again.

Everything happens in the order of a virtual clock; every choice comes from one random source.
"""

from __future__ import annotations

import heapq
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from unittest.mock import patch

from sync import authority
from sync import relay as relaying
from sync.wire import CHANGES_A_PAGE_MAX, Answer, Decided, Failure, PushCommands, Request, encode
from tests.simulation import network
from tests.simulation.centre import CentreProcess
from tests.simulation.checks import (
    check_centre,
    check_desk,
    check_healed,
    check_in_order,
    check_relay_decides,
    holds_any,
    is_whole,
)
from tests.simulation.council import (
    BEFORE_A_CHANGE,
    CHANGES_OF_THE_HOUR,
    MIDNIGHT,
    MORNING,
    RELAY,
    council,
)
from tests.simulation.disk import Disk, watched
from tests.simulation.guard import nothing_reaches_out
from tests.simulation.luck import (
    FAULTS,
    RELAY_FAULTS,
    WAKE_MS,
    start_centre,
    start_desk,
    update_desk,
)
from tests.simulation.people import People
from tests.simulation.processes import DeskProcess, RelayProcess
from tests.simulation.reference import Broken, Record, images_at_first, promise
from tests.simulation.rights import Rights, may_read
from tests.simulation.travelled import check_acknowledged

STEPS = 34
BEGINS_WITHIN_MS = 8_000
LEVEL_WITHIN_MS = 120_000
"""A command goes up by one look of 15 seconds, its effect comes by another, and a relay between
doubles that."""
LOOKED_AT_EVERY_MS = 1_000
LOOKED_AT, LOOKED_AT_IN_FEW, FEW_STEPS = 0.1, 0.6, 10
"""After so many steps a desk, and the centre, is compared with the model; in short histories after
more of them, or many would be looked at in the end alone."""


ACROSS_A_CHANGE = 0.12
"""So many histories begin shortly before clocks go forward or back, most others in a morning."""
ACROSS_MIDNIGHT = 0.06
"""So many begin shortly before a day ends."""
DESKS_BEHIND = 0.1
"""So many desks begin two versions behind."""


def _begins(draw: random.Random) -> datetime:
    if draw.random() < ACROSS_A_CHANGE:
        return draw.choice(CHANGES_OF_THE_HOUR) - BEFORE_A_CHANGE
    return MIDNIGHT - BEFORE_A_CHANGE if draw.random() < ACROSS_MIDNIGHT else MORNING


@dataclass(slots=True)
class Tally:
    """What a history was made of."""

    counts: Counter[str] = field(default_factory=Counter)

    def __getitem__(self, what: str) -> int:
        return self.counts[what]

    def add(self, what: str) -> None:
        """One more."""
        self.counts[what] += 1


class World:
    """Desks, a centre and their luck. `say` gets every line of the trace.

    Steps whose numbers are in `without` are left out.
    """

    def __init__(
        self,
        seed: int,
        *,
        desks: int = 2,
        steps: int = STEPS,
        relay: bool = False,
        without: frozenset[int] = frozenset(),
        say: Callable[[str], None],
    ) -> None:
        self.seed = seed
        self.draw = random.Random(seed)
        self.began = _begins(self.draw)
        self.now_ms = 0
        self._say = say
        self._steps = steps
        self._without = without
        self._agenda: list[tuple[int, int, Callable[[], None]]] = []
        self._order = 0
        self._last_arrival_ms = 0
        self.tally = Tally()
        self.network = network.Network(
            self.draw, self._on_its_way, self._serve, self._states, self.say
        )
        self.centre = CentreProcess(self)
        self.record = Record(self.centre.disk, images_at_first())
        self.replay_from, self.replay_after = self.centre.disk.image(), self._last_position()
        self.told: list[set[str]] = [set() for _ in range(desks)]
        self.not_sent_up: set[str] = set()
        """What the relay refused while it was cut off."""
        self.come_back: dict[str, int] = {}
        """Devices whose desk came back from an old copy, with the last number that it knew."""
        self.held: set[str] = set()
        """What the relay has held."""
        self.dealt_with: set[str] = set()
        self.told_at_once: dict[str, str] = {}
        """Why a command would be refused, where whoever asked was told that."""
        self._said: dict[tuple[str, str], bytes] = {}
        self._started: set[int] = set()
        self.desks = [self._new_desk(index) for index in range(desks)]
        self.relay = self._new_relay(desks) if relay else None
        self.rights = Rights(self.below)
        self._faults = FAULTS | (RELAY_FAULTS if relay else {})
        self._at_work = self.desks[0]
        self.backups = [(each.disk.image(), set[str]()) for each in self.desks]
        self.centre_backup = self.centre.disk.image()
        self.people = People(self)

    def _new_desk(self, index: int) -> DeskProcess:
        process = DeskProcess(self, index)
        process.is_behind = self.draw.random() < DESKS_BEHIND
        is_new = self.draw.random() < 0.1
        process.disk.load(council().unused_desk if is_new else council().desks[index])
        process.start()
        return process

    def _new_relay(self, index: int) -> RelayProcess:
        process = RelayProcess(self, index)
        process.disk.load(council().relay)
        self.relay_backup = process.disk.image()
        process.start()
        return process

    @property
    def below(self) -> list[DeskProcess]:
        """Everyone that drives rounds: the relay, then the desks."""
        return [*([self.relay] if self.relay else []), *self.desks]

    def serves(self, address: str, process: DeskProcess) -> bool:
        """Whether who stands at an address would serve a desk now."""
        if self.network.cut_off.intersection((address, process.name)):
            return False
        if address == RELAY:
            return self.relay is not None and self.relay.serves(process)
        return self.centre.authority is not None

    def relay_moved(self) -> None:
        """Pokes of the relay, which looks up itself too; some are lost."""
        assert self.relay is not None
        heads = self.relay.heads()
        for process in self.below:
            if self.draw.random() < 0.5:
                self.later(WAKE_MS, partial(process.hear, {} if process is self.relay else heads))

    def is_first_start(self, process: DeskProcess) -> bool:
        """Whether this desk has never run in this history."""
        first = process.index not in self._started
        self._started.add(process.index)
        return first

    def _last_position(self) -> int:
        row = self.centre.disk.raw.execute("SELECT max(position) FROM node_command").fetchone()
        return int(row[0])

    def say(self, text: str) -> None:
        """A line of the trace."""
        self._say(f"{self.now_ms:>7} {text}")

    def later(self, delay_ms: int, act: Callable[[], None]) -> None:
        """Do something so many milliseconds from now."""
        self._order += 1
        heapq.heappush(self._agenda, (self.now_ms + delay_ms, self._order, act))

    def _on_its_way(self, delay_ms: int, act: Callable[[], None]) -> None:
        """A message arrives so many milliseconds from now."""
        self._last_arrival_ms = max(self._last_arrival_ms, self.now_ms + delay_ms)
        self.later(delay_ms, act)

    def run(self) -> Tally:
        """The whole history. Raises Broken when a promise is."""
        disks = [self.centre.disk, *(each.disk for each in self.below)]
        pages = partial(
            authority.changes_after, limit=self.draw.choice((3, 20, CHANGES_A_PAGE_MAX))
        )
        with (
            nothing_reaches_out(),
            watched(disks),
            patch.object(authority, "changes_after", pages),
            patch.object(relaying, "changes_after", pages),
        ):
            self.network.weather = network.weather_of(self.draw)
            for process in self.below:
                self.later(self.draw.randrange(BEGINS_WITHIN_MS), process.begin_round)
            for number in range(self._steps):
                # Each step has luck of its own, so that one that is left out changes no other.
                self.draw.seed(f"{self.seed} {number}")
                self._until(self.now_ms + self._pause_ms())
                if number not in self._without:
                    self._step()
            self._heal()
        self._count_accepted()
        return self.tally

    def _count_accepted(self) -> None:
        since = "SELECT name FROM node_command WHERE state = 'accepted' AND position > ?"
        for (name,) in self.centre.disk.raw.execute(since, (self.replay_after,)):
            self.tally.add(f"accepted {name}")

    @property
    def is_past_a_change_of_the_hour(self) -> bool:
        """Whether clocks have gone forward or back since this history began."""
        return any(self.began < change <= self.centre_now() for change in CHANGES_OF_THE_HOUR)

    def _pause_ms(self) -> int:
        """People act in bursts: several things at once, then nothing for a while."""
        if self.draw.random() < 0.4:
            return self.draw.randrange(10, 120)
        return int(self.draw.expovariate(1 / 2_000)) + 20

    def _until(self, moment_ms: int) -> None:
        while self._agenda and self._agenda[0][0] <= moment_ms:
            self.now_ms, _, act = heapq.heappop(self._agenda)
            act()
        self.now_ms = moment_ms

    def _step(self) -> None:
        draw = self.draw
        if draw.random() < 0.8:
            if draw.random() < 0.4:
                self._at_work = draw.choice(self.desks)
            self.people.act(self._at_work)
        else:
            names = sorted(self._faults)
            name = draw.choices(names, [self._faults[n][0] for n in names])[0]
            self._faults[name][1](self)
        looked_at = LOOKED_AT if self._steps > FEW_STEPS else LOOKED_AT_IN_FEW
        if draw.random() < looked_at:
            check_desk(self, draw.choice(self.below))
        if draw.random() < looked_at:
            check_centre(self)

    # The centre

    def _serve(self, to: str, kind: str, body: bytes, reply: network.Reply) -> None:
        if to == RELAY and self.relay is not None:
            self.relay.serve(kind, body, reply)
        else:
            self.centre.serve(kind, body, reply)

    def _states(self, address: str) -> datetime | None:
        if address == RELAY and self.relay is not None:
            return self.relay.states()
        return self.centre_now()

    def observe_relay(self, request: Request, answer: Answer) -> None:
        """What the relay says: of what it refuses alone the centre will never hear."""
        assert self.relay is not None
        self._note_rights(self.relay.disk, request)
        if isinstance(request, PushCommands) and isinstance(answer, Decided):
            check_acknowledged(self.relay.disk, answer)
            check_relay_decides(self, self.relay, request, answer)
        if isinstance(answer, Failure):
            self.say(f"relay says {answer.code} to {network.kind_of(request)}")
        if isinstance(answer, Decided):
            for outcome in answer.outcomes:
                self.say(f"relay {outcome.state} {outcome.id} {outcome.reason or ''}")
                self.tally.add(f"relay {outcome.state}")
                if outcome.state == "refused" and self.relay.refused_alone(outcome.id):
                    self.not_sent_up.add(outcome.id)
                if outcome.state == "held":
                    self.held.add(outcome.id)

    def observe(self, request: Request, answer: Answer) -> None:
        """What the centre says must agree with what it said before, in one epoch."""
        self._note_rights(self.centre.disk, request)
        if isinstance(request, PushCommands):
            check_in_order(request)
        if not isinstance(answer, Decided):
            if isinstance(answer, Failure):
                self.say(f"centre says {answer.code} to {network.kind_of(request)}")
            return
        self.record.read()
        check_acknowledged(self.centre.disk, answer)
        for outcome in answer.outcomes:
            body = encode(outcome)
            before = self._said.setdefault((answer.epoch, outcome.id), body)
            promise(before == body, "C2: the outcome of a command changed")
            self.say(f"centre {outcome.state} {outcome.id} {outcome.reason or ''}")
            self.tally.add(f"decided {outcome.state}")
        numbers = {
            scope: number
            for outcome in answer.outcomes
            for scope, number in outcome.numbers.items()
        }
        if numbers:
            for process in self.desks:
                if self.draw.random() < 0.5:
                    self.later(WAKE_MS, partial(process.hear, numbers))

    def _note_rights(self, disk: Disk, request: Request) -> None:
        for process in self.below:
            if process.desk is not None and process.desk.device == request.device:
                self.rights.told(process.name, may_read(disk, request.device))

    def centre_now(self) -> datetime:
        """The centre's clock, which is right."""
        return self.began + timedelta(milliseconds=self.now_ms)

    # The end

    def _heal(self) -> None:
        self.say("all faults end")
        self.network.calm_down()
        for disk in (self.centre.disk, *(each.disk for each in self.below)):
            disk.heal()
        start_centre(self)
        for process in self.below:
            update_desk(self, process)
            start_desk(self, process)
        self._until(max(self.now_ms, self._last_arrival_ms))
        ends = self.now_ms + LEVEL_WITHIN_MS
        while not all(self._is_level(process) for process in self.below):
            if self.now_ms > ends:
                errors = ", ".join(
                    f"{each.name}: {each.last_error or 'waiting'}" for each in self.below
                )
                raise Broken(f"U5: not level within {LEVEL_WITHIN_MS} ms ({errors})")
            self._until(self.now_ms + LOOKED_AT_EVERY_MS)
        check_healed(self)

    def _is_level(self, process: DeskProcess) -> bool:
        if process.desk is None or process.is_in_a_round or process.desk.undecided():
            return False
        if not is_whole(self, process) or holds_any(process.disk) or not process.clock.is_right:
            return False
        epoch, cursor = process.centre_position()
        counters = self.record.counters()
        may = may_read(self.centre.disk, process.desk.device)
        return epoch == self.record.now.name and cursor == {
            scope: counters.get(scope, 0) for scope in may
        }
