"""One history: people act at desks, luck is bad, and then all must be well again.

Everything happens in the order of a virtual clock; every choice comes from one random source.
"""

from __future__ import annotations

import heapq
import random
from collections import Counter, deque
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache, partial
from typing import Any
from unittest.mock import patch
from zlib import crc32

import msgspec

from sync import authority
from sync.authority import Authority
from sync.command import Definition
from sync.desk import Desk, attention
from sync.errors import Refusal, StorageFailed, SyncError
from sync.ids import IdSource
from sync.node import Node
from sync.round import sync_round
from sync.wire import CHANGES_A_PAGE_MAX, Answer, Decided, Failure, Request, encode
from tests.simulation import network
from tests.simulation.acts import Draft, Habit, Hand
from tests.simulation.checks import check_centre, check_desk, check_healed
from tests.simulation.council import (
    MORNING,
    Habits,
    council,
    device_name,
    looking_in,
    opened_centre,
)
from tests.simulation.disk import Disk, PowerCut, watched
from tests.simulation.guard import nothing_reaches_out
from tests.simulation.reference import Broken, Record, promise
from visits.central.issuing import issue_as_centre
from visits.imports.commands import CENTRE
from visits.offices.rejoining import reintroduction
from visits.registry import node_over

STEPS = 40
TRIES_AN_ACT = 4
POLL_MS = 5_000
WAKE_MS = 40
RETRY_MS = 1_000
ANSWER_WITHIN_MS = 2_000
ASK_WITHIN_MS = 300
ROUNDS_TO_HEAL = 8
RECENT_IDS = 8
"""Ids of a desk's latest acts: what it has begun it goes on with."""


@dataclass(slots=True)
class Tally:
    """What a history was made of."""

    counts: Counter[str] = field(default_factory=Counter)

    def __getitem__(self, what: str) -> int:
        return self.counts[what]

    def add(self, what: str) -> None:
        """One more."""
        self.counts[what] += 1

    @property
    def trivially_refused(self) -> float:
        """The share of acts that came to nothing at the desk already."""
        acts = self.counts["acts"]
        return self.counts["acts refused here"] / acts if acts else 0.0


@cache
def _disk(name: str) -> Disk:
    # Making an engine and compiling its statements costs more than a history.
    return Disk(name)


class CentreProcess:
    """The centre, while its process runs and while it does not."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.disk = _disk("centre")
        self.disk.load(council().centre)
        self.authority: Authority | None = None
        self.start()

    @property
    def node(self) -> Node:
        """The node over the disk, for looking."""
        return self.authority.node if self.authority else node_over(self.disk.database())

    def start(self) -> None:
        """The process starts on what the disk holds."""
        self.authority = opened_centre(self.disk)

    def stop(self) -> None:
        """The power goes."""
        self.authority = None
        self.disk.lose_power()

    def serve(self, kind: str, body: bytes, reply: network.Reply) -> None:
        """A request arrives. No answer is given when the process ends before it could be."""
        if self.authority is None:
            return None
        try:
            request = network.read_request(kind, body)
        except msgspec.DecodeError:
            return reply(400, encode(Failure(code="unreadable")))
        try:
            answer = self._answered(request)
        except PowerCut:
            return self._world.centre_lost_power()
        self._world.observe(kind, answer)
        return reply(200 if not isinstance(answer, Failure) else 409, encode(answer))

    def _answered(self, request: Request) -> Answer:
        assert self.authority is not None
        try:
            return self.authority.answer(request)
        except StorageFailed as failed:
            return Failure(code="unavailable", detail=failed.cause)
        except SyncError as error:
            raise Broken(f"W1: a request broke the centre: {error!r}") from error


class DeskProcess:
    """A desk, while its process runs and while it does not."""

    def __init__(self, world: World, index: int) -> None:
        self._world = world
        self.index = index
        self.name = device_name(index)
        self.clock_off = timedelta()
        self.disk = _disk(self.name)
        self.desk: Desk | None = None
        self.new_id = IdSource(self.now, world.draw.getrandbits)
        self._steps: Any = None
        self._asked = 0
        self.last_error = ""
        self.rests = False
        self.recent: deque[str] = deque(maxlen=RECENT_IDS)

    @property
    def is_in_a_round(self) -> bool:
        """Whether a round is under way."""
        return self._steps is not None

    def give_up(self) -> None:
        """What is under way is dropped."""
        self._steps = None
        self._asked += 1

    def now(self) -> datetime:
        """What this desk's clock says."""
        return MORNING + timedelta(milliseconds=self._world.now_ms) + self.clock_off

    def start(self) -> None:
        """The process starts on what the disk holds."""
        node = node_over(self.disk.database())
        self.desk = Desk(
            node,
            device=self.name if self._world.is_first_start(self) else self.new_id(),
            clock=self.now,
            new_id=self.new_id,
            introduce=reintroduction,
        )

    def stop(self) -> None:
        """The power goes."""
        self.desk = None
        self.give_up()
        self.disk.lose_power()

    def begin_round(self) -> None:
        """Start a round unless one is under way."""
        if self.desk is None or self.is_in_a_round or self.rests:
            return
        steps = self._steps = sync_round(self.desk)
        self._go_on(lambda: next(steps))

    def _go_on(self, step: Callable[[], Request]) -> None:
        try:
            request = step()
        except StopIteration:
            self._steps = None
            self.last_error = ""
            self._world.tally.add("rounds")
            return
        except PowerCut:
            self._world.desk_lost_power(self)
            return
        except SyncError as error:
            self._failed(error)
            return
        self._asked += 1
        number = self._asked
        self._world.network.carry(self.name, request, self._listener(number, request))
        self._world.later(ANSWER_WITHIN_MS, lambda: self._too_late(number))

    def _listener(self, number: int, request: Request) -> network.Reply:
        def on_answer(status: int, body: bytes) -> None:
            if number != self._asked or self._steps is None:
                return
            try:
                answer = network.read_answer(body, status, request)
            except SyncError as error:
                self._failed(error)
                return
            self._asked += 1
            steps = self._steps
            self._go_on(lambda: steps.send(answer))

        return on_answer

    def _too_late(self, number: int) -> None:
        if number == self._asked and self._steps is not None:
            steps = self._steps
            self._go_on(lambda: steps.send(Failure(code="line_down", detail="too late")))

    def _failed(self, error: SyncError) -> None:
        self.give_up()
        self.last_error = f"{type(error).__name__}: {error}"
        self._world.say(f"{self.name} round failed: {type(error).__name__}")
        self._world.later(RETRY_MS, self.begin_round)


class World:
    """Desks, a centre and their luck. `say` gets every line of the trace."""

    def __init__(
        self, seed: int, *, desks: int = 2, steps: int = STEPS, say: Callable[[str], None]
    ) -> None:
        self.seed = seed
        self.draw = random.Random(seed)
        self.now_ms = 0
        self._say = say
        self._steps = steps
        self._agenda: list[tuple[int, int, Callable[[], None]]] = []
        self._order = 0
        self.tally = Tally()
        self.network = network.Network(self.draw, self.later, self._serve, self.say)
        self.centre = CentreProcess(self)
        self.record = Record(self.centre.disk, self.centre.node)
        self.replay_from, self.replay_after = self.centre.disk.image(), self._last_position()
        self.told: list[set[str]] = [set() for _ in range(desks)]
        self.dealt_with: set[str] = set()
        self._said: dict[tuple[str, str], bytes] = {}
        self._started: set[int] = set()
        self.desks = [self._new_desk(index) for index in range(desks)]
        self._at_work = self.desks[0]
        self._backups: list[Any] = [(each.disk.image(), set()) for each in self.desks]
        self._centre_backup = (self.centre.disk.image(), dict(self._said))
        self._habits = {name: habit.copy() for name, habit in council().habits.items()}
        self._heat = self.draw.randrange(1 << 30)

    def _new_desk(self, index: int) -> DeskProcess:
        process = DeskProcess(self, index)
        is_new = self.draw.random() < 0.1
        process.disk.load(council().unused_desk if is_new else council().desks[index])
        process.start()
        return process

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

    def run(self) -> Tally:
        """The whole history. Raises Broken when a promise is."""
        disks = [self.centre.disk, *(each.disk for each in self.desks)]
        pages = partial(
            authority.changes_after, limit=self.draw.choice((3, 20, CHANGES_A_PAGE_MAX))
        )
        with nothing_reaches_out(), watched(disks), patch.object(authority, "changes_after", pages):
            self.network.weather = network.weather_of(self.draw)
            for process in self.desks:
                self.later(
                    self.draw.randrange(POLL_MS), lambda process=process: self._poll(process)
                )
            for _ in range(self._steps):
                self._until(self.now_ms + self._pause_ms())
                self._step()
            self._heal()
        return self.tally

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

    def _poll(self, process: DeskProcess) -> None:
        process.begin_round()
        self.later(POLL_MS, lambda: self._poll(process))

    def _step(self) -> None:
        draw = self.draw
        if draw.random() < 0.8:
            if draw.random() < 0.4:
                self._at_work = draw.choice(self.desks)
            self._act(self._at_work)
        else:
            names = sorted(FAULTS)
            name = draw.choices(names, [FAULTS[n][0] for n in names])[0]
            FAULTS[name][1](self)
        if draw.random() < 0.06:
            check_desk(self, draw.choice(self.desks))
        if draw.random() < 0.06:
            check_centre(self)

    # People

    def _act(self, process: DeskProcess) -> None:
        if process.desk is None:
            return
        try:
            kind = self.draw.random()
            if kind < 0.07:
                self._deal_with(process, process.desk)
            elif kind < 0.35:
                self._ask(process, process.desk)
            else:
                self._issue(process, process.desk)
        except PowerCut:
            self.desk_lost_power(process)
        except StorageFailed as failed:
            self.say(f"{process.name} could not keep an act: {failed.cause}")

    def _issue(self, process: DeskProcess, desk: Desk) -> None:
        envelope = self._tried(process, lambda a: desk.issue(a, actor=f"at {process.name}"))
        if envelope is not None:
            self.told[process.index].add(envelope.id)
            self.later(WAKE_MS, process.begin_round)

    def _ask(self, process: DeskProcess, desk: Desk) -> None:
        envelope = self._tried(process, lambda a: desk.ask(a, actor=f"at {process.name}"))
        if envelope is None:
            return
        self.told[process.index].add(envelope.id)
        process.begin_round()
        self.later(ASK_WITHIN_MS, lambda: self._waited(process, envelope.id))

    def _waited(self, process: DeskProcess, command_id: str) -> None:
        """The person has waited long enough: told what was decided, or the desk acts alone."""
        desk = process.desk
        if desk is None or command_id not in self.told[process.index]:
            return
        try:
            outcome = desk.outcome(command_id)
            if outcome is None:
                stands = desk.act_alone(command_id)
                self.say(f"{process.name} acts alone: {stands}")
                if stands:
                    check_desk(self, process)
            elif outcome.state == "refused":
                desk.dismiss(command_id)
                self.dealt_with.add(command_id)
        except PowerCut:
            # Whether it was dealt with is not known to the person; both are right.
            self.dealt_with.add(command_id)
            self.desk_lost_power(process)
        except SyncError as error:
            self.say(f"{process.name} could not act alone: {type(error).__name__}")

    def _deal_with(self, process: DeskProcess, desk: Desk) -> None:
        with desk.node.database.read() as session:
            items = attention(desk.node, session)
        if items:
            command_id = self.draw.choice(items).envelope.id
            self.dealt_with.add(command_id)
            desk.dismiss(command_id)
            self.say(f"{process.name} dealt with a refusal")

    def _tried(self, process: DeskProcess, give: Callable[[Any], Any]) -> Any:
        assert process.desk is not None
        node, device = process.desk.node, process.desk.device
        self.tally.add("acts")
        for _ in range(TRIES_AN_ACT):
            definition, habit = self._choose(node, self._habits)
            draft = self._drafted(
                node,
                process.disk,
                device,
                process.now,
                process.new_id,
                definition,
                habit,
                process.recent,
            )
            self.tally.add("tries")
            try:
                envelope = give(draft.arguments)
            except Refusal as refusal:
                habit.learn(draft, worked=False)
                self.tally.add("tries refused here")
                self.say(f"{process.name} {definition.name}: {refusal.reason}")
                continue
            habit.learn(draft, worked=True)
            process.recent.extend(draft.ids)
            self.say(f"{process.name} {definition.name} {envelope.id} done")
            return envelope
        self.tally.add("acts refused here")
        return None

    def _choose(self, node: Node, habits: Habits) -> tuple[Definition, Habit]:
        known = [d for d in node.registry if (d.name, d.version) in habits]
        weights = [0.02 + min(habits[d.name, d.version].works * 3, 1.0) for d in known]
        chosen = self.draw.choices(known, weights)[0]
        return chosen, habits[chosen.name, chosen.version]

    def _drafted(
        self,
        node: Node,
        disk: Disk,
        device: str,
        now: Callable[[], datetime],
        new_id: Callable[[], str],
        definition: Definition,
        habit: Habit,
        recent: Collection[str] = (),
    ) -> Draft:
        def heat(row_id: str) -> tuple[bool, int]:
            return row_id not in recent, crc32(f"{self._heat}{row_id}".encode())

        with disk.only_looked_at(), node.database.read() as session:
            look = looking_in(node, session, heat)
            hand = Hand(self.draw, now=now(), device=device, new_id=new_id, look=look)
            return hand.draft(definition, habit)

    # The centre

    def _serve(self, kind: str, body: bytes, reply: network.Reply) -> None:
        self.centre.serve(kind, body, reply)

    def observe(self, kind: str, answer: Answer) -> None:
        """What the centre says must agree with what it said before, in one epoch."""
        if not isinstance(answer, Decided):
            if isinstance(answer, Failure):
                self.say(f"centre says {answer.code} to {kind}")
            return
        self.record.read()
        for outcome in answer.outcomes:
            body = encode(outcome)
            before = self._said.setdefault((answer.epoch, outcome.id), body)
            promise(before == body, "C2: the outcome of a command changed")
            self.say(f"centre {outcome.state} {outcome.id} {outcome.reason or ''}")
            self.tally.add(f"decided {outcome.state}")
        if any(outcome.numbers for outcome in answer.outcomes):
            for process in self.desks:
                if self.draw.random() < 0.7:
                    self.later(WAKE_MS, process.begin_round)

    def take_in_a_list(self) -> None:
        """The centre takes in rows, as when a list is imported."""
        if self.centre.authority is None:
            return None
        node, new_id = self.centre.node, IdSource(self.centre_now, self.draw.getrandbits)
        definition, habit = self._choose(node, council().centre_habits)
        draft = self._drafted(
            node, self.centre.disk, CENTRE, self.centre_now, new_id, definition, habit
        )
        try:
            outcome = issue_as_centre(node, draft.arguments, new_id=new_id, now=self.centre_now())
        except PowerCut:
            return self.centre_lost_power()
        except StorageFailed:
            return self.say("the centre's disk is full")
        self.record.read()
        return self.say(f"centre {definition.name}: {outcome.state} {outcome.reason or ''}")

    def centre_now(self) -> datetime:
        """The centre's clock, which is right."""
        return MORNING + timedelta(milliseconds=self.now_ms)

    # Bad luck

    def desk_lost_power(self, process: DeskProcess) -> None:
        """A desk ends here and starts again a while later."""
        self.say(f"{process.name} lost power")
        process.stop()
        self.tally.add("power cuts")
        self.later(self.draw.randrange(200, 4_000), lambda: self._start_desk(process))

    def _start_desk(self, process: DeskProcess) -> None:
        if process.desk is not None:
            return None
        try:
            process.start()
        except PowerCut:
            return self.desk_lost_power(process)
        except StorageFailed as failed:
            self.say(f"{process.name} cannot start: {failed.cause}")
            return self.later(RETRY_MS, lambda: self._start_desk(process))
        self.say(f"{process.name} started")
        return self.later(WAKE_MS, process.begin_round)

    def centre_lost_power(self) -> None:
        """The centre ends here and starts again a while later."""
        self.say("centre lost power")
        self.centre.stop()
        self.record.read()
        self.tally.add("power cuts")
        self.later(self.draw.randrange(200, 4_000), self._start_centre)

    def _start_centre(self) -> None:
        if self.centre.authority is None:
            self.centre.start()
            self.say("centre started")

    def cut_a_desk(self) -> None:
        """Power goes at a desk: now, in the middle of a write, or right after one."""
        process = self.draw.choice(self.desks)
        if process.desk is None:
            return
        self._cut(process.disk, lambda: self.desk_lost_power(process))

    def cut_the_centre(self) -> None:
        """Power goes at the centre: now, in the middle of a write, or right after one."""
        if self.centre.authority is not None:
            self._cut(self.centre.disk, self.centre_lost_power)

    def _cut(self, disk: Disk, now: Callable[[], None]) -> None:
        kind = self.draw.random()
        if kind < 0.3:
            now()
        elif kind < 0.75:
            disk.cut_power_after(self.draw.randrange(1, 80))
        else:
            disk.cut_power_after_commit()

    def fill_a_disk(self) -> None:
        """A disk is full for a while."""
        disk = self.draw.choice([self.centre.disk, *(each.disk for each in self.desks)])
        disk.fill_for(self.draw.randrange(1, 12))
        self.say(f"the disk of {disk.name} is full")

    def part_a_desk(self) -> None:
        """A desk has no line for a while."""
        name = self.draw.choice(self.desks).name
        self.network.cut_off.add(name)
        self.say(f"{name} has no line")
        self.later(self.draw.randrange(3_000, 30_000), lambda: self.network.cut_off.discard(name))

    def change_the_weather(self) -> None:
        """Other faults of the network from now on."""
        self.network.weather = network.weather_of(self.draw)

    def set_a_clock(self) -> None:
        """A desk's clock is put wrong, or right."""
        process = self.draw.choice(self.desks)
        minutes = self.draw.choice((0, 0, 3, -3, 55, -55, 24 * 60, -72 * 60))
        process.clock_off = timedelta(minutes=minutes, milliseconds=self.draw.randrange(900))
        self.say(f"{process.name} clock is off by {minutes} minutes")

    def back_up(self) -> None:
        """Copies of a desk's and of the centre's files are put aside."""
        index = self.draw.randrange(len(self.desks))
        if self.draw.random() < 0.5:
            self._backups[index] = (self.desks[index].disk.image(), set(self.told[index]))
        else:
            self._centre_backup = (self.centre.disk.image(), dict(self._said))
        self.say("a copy is put aside")

    def restore_a_desk(self) -> None:
        """A desk comes back from an old copy of its file."""
        index = self.draw.randrange(len(self.desks))
        process = self.desks[index]
        process.stop()
        image, told = self._backups[index]
        process.disk.load(image)
        self.told[index] = set(told)
        self.tally.add("desks restored")
        self.say(f"{process.name} comes back from an old copy")
        self._start_desk(process)

    def restore_the_centre(self) -> None:
        """The centre comes back from an old copy, which gets a new epoch."""
        self.centre.stop()
        image, _ = self._centre_backup
        self.centre.disk.load(image)
        self.centre.start()
        assert self.centre.authority is not None
        self.centre.authority.renew(IdSource(self.centre_now, self.draw.getrandbits)())
        self.record.begin(self.centre.node)
        self.tally.add("centres restored")
        self.say("centre comes back from an old copy")

    # The end

    def _heal(self) -> None:
        self.say("all faults end")
        self.network.calm_down()
        for disk in (self.centre.disk, *(each.disk for each in self.desks)):
            disk.heal()
        self._let_the_late_arrive()
        self._start_centre()
        for process in self.desks:
            self._start_desk(process)
        self._agenda.clear()
        for _ in range(ROUNDS_TO_HEAL):
            for process in self.desks:
                self._whole_round(process)
            if all(self._is_level(process) for process in self.desks):
                break
        else:
            errors = ", ".join(
                f"{each.name}: {each.last_error or 'waiting'}" for each in self.desks
            )
            raise Broken(f"U5: not level after {ROUNDS_TO_HEAL} rounds ({errors})")
        check_healed(self)

    def _let_the_late_arrive(self) -> None:
        """What is still under way arrives; polls and retries are over."""
        for process in self.desks:
            process.rests = True
        agenda, self._agenda = sorted(self._agenda), []
        for moment, _, act in agenda:
            self.now_ms = max(self.now_ms, moment)
            act()
        self._agenda.clear()
        for process in self.desks:
            process.give_up()

    def _whole_round(self, process: DeskProcess) -> None:
        for each in self.desks:
            each.rests = each is not process
        process.begin_round()
        while self._agenda and process.is_in_a_round:
            self.now_ms, _, act = heapq.heappop(self._agenda)
            act()
        self._agenda.clear()

    def _is_level(self, process: DeskProcess) -> bool:
        if process.desk is None or process.desk.undecided():
            return False
        epoch, cursor = process.desk.position()
        counters = self.record.counters()
        return epoch == self.record.now.name and all(
            number == counters.get(scope, 0) for scope, number in cursor.items()
        )


FAULTS: dict[str, tuple[float, Callable[[World], None]]] = {
    "back_up": (2.0, World.back_up),
    "change_the_weather": (1.0, World.change_the_weather),
    "cut_a_desk": (3.0, World.cut_a_desk),
    "cut_the_centre": (2.0, World.cut_the_centre),
    "fill_a_disk": (1.5, World.fill_a_disk),
    "part_a_desk": (4.0, World.part_a_desk),
    "restore_a_desk": (1.0, World.restore_a_desk),
    "restore_the_centre": (1.0, World.restore_the_centre),
    "set_a_clock": (1.5, World.set_a_clock),
    "take_in_a_list": (7.0, World.take_in_a_list),
}
"""What may go wrong, and how often beside the others."""
