"""People at desks, who do something again and again, and those at the centre who take in lists."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zlib import crc32

from sync.command import Definition
from sync.desk import Desk
from sync.errors import Refusal, StorageFailed, SyncError
from sync.node import Node
from sync.standing import attention
from tests.simulation import luck
from tests.simulation.acts import Draft, Habit, Hand
from tests.simulation.checks import STRANGER, check_desk
from tests.simulation.council import Habits, council, looking_in
from tests.simulation.disk import Disk, PowerCut
from tests.simulation.luck import WAKE_MS
from tests.simulation.processes import DeskProcess

if TYPE_CHECKING:
    from tests.simulation.world import World

TRIES_AN_ACT = 4
THOUGHTS_AN_ACT = 10
THOUGHTLESS = 0.05
CONTENTION = (
    "slot_taken",
    "room_taken",
    "number_taken",
    "already_called",
    "counter_busy",
    "time_changed",
    "built_upon",
)
"""Reasons that say that somebody else was first, which is what is looked for: not trivial ones."""
ASK_WITHIN_MS = 300
WANTED = ("appointments.book", "queue.call", "queue.check_in", "rooms.hold")
"""What is asked for when people want what there is one of: a time, the next, a number, a room."""
FAVOURING, FAVOURED = 0.6, 6.0
"""In so many histories people do one thing so much more than others: all want the same then."""
FORGED = 0.03
"""So many of the acts are in the name of somebody who is not of the staff."""


class People:
    """Everyone who acts in one history."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._habits = {name: habit.copy() for name, habit in council().habits.items()}
        self._heat = world.draw.randrange(1 << 30)
        self._favours = world.draw.choice(WANTED) if world.draw.random() < FAVOURING else ""

    def act(self, process: DeskProcess) -> None:
        """Someone at a desk does something."""
        if process.desk is None or not self._shows_anything(process):
            return
        try:
            kind = self._world.draw.random()
            if kind < 0.07:
                self._deal_with(process, process.desk)
            elif kind < 0.35:
                self._ask(process, process.desk)
            else:
                self._issue(process, process.desk)
        except PowerCut:
            luck.desk_lost_power(self._world, process)
        except StorageFailed as failed:
            self._world.say(f"{process.name} could not keep an act: {failed.cause}")

    def _shows_anything(self, process: DeskProcess) -> bool:
        """At a desk that has no office yet there is nothing to press."""
        return process.disk.raw.execute("SELECT 1 FROM office LIMIT 1").fetchone() is not None

    def _issue(self, process: DeskProcess, desk: Desk) -> None:
        envelope = self._tried(process, lambda a: desk.issue(a, actor=self._somebody(process)))
        if envelope is not None:
            self._world.told[process.index].add(envelope.id)
            self._world.later(WAKE_MS, process.wake)

    def _ask(self, process: DeskProcess, desk: Desk) -> None:
        envelope = self._tried(process, lambda a: desk.ask(a, actor=self._somebody(process)))
        if envelope is None:
            return
        self._world.told[process.index].add(envelope.id)
        process.wake()
        self._world.later(ASK_WITHIN_MS, lambda: self._waited(process, envelope.id))

    def _somebody(self, process: DeskProcess) -> str:
        """One of the staff that the desk knows; now and then nobody of them."""
        rows = process.disk.raw.execute("SELECT id FROM staff_member ORDER BY id").fetchall()
        if not rows:
            return "setting up"
        is_forged = self._world.draw.random() < FORGED
        return STRANGER if is_forged else str(self._world.draw.choice(rows)[0])

    def _waited(self, process: DeskProcess, command_id: str) -> None:
        """The person has waited long enough: told what was decided, or the desk acts alone."""
        desk = process.desk
        if desk is None or command_id not in self._world.told[process.index]:
            return
        try:
            outcome = desk.outcome(command_id)
            if outcome is None:
                stands = desk.act_alone(command_id)
                self._world.say(f"{process.name} acts alone: {stands}")
                if stands and len(desk.undecided()) > 1:
                    check_desk(self._world, process)
            elif outcome.state == "refused":
                desk.dismiss(command_id)
                self._world.dealt_with.add(command_id)
        except PowerCut:
            # Whether it was dealt with is not known to the person; both are right.
            self._world.dealt_with.add(command_id)
            luck.desk_lost_power(self._world, process)
        except SyncError as error:
            if isinstance(error, Refusal):
                self._world.told_at_once[command_id] = error.reason
            self._world.say(f"{process.name} could not act alone: {type(error).__name__}")

    def _deal_with(self, process: DeskProcess, desk: Desk) -> None:
        with desk.node.database.read() as session:
            items = attention(desk.node, session)
        if items:
            command_id = self._world.draw.choice(items).envelope.id
            self._world.dealt_with.add(command_id)
            desk.dismiss(command_id)
            self._world.say(f"{process.name} dealt with a refusal")

    def _tried(self, process: DeskProcess, give: Callable[[Any], Any]) -> Any:
        assert process.desk is not None
        node, device = process.desk.node, process.desk.device
        self._world.tally.add("acts")
        if self._world.is_past_a_change_of_the_hour:
            self._world.tally.add("acts past a change of the hour")
        for _ in range(TRIES_AN_ACT):
            definition, habit, draft = self._thought_of(process, node, device)
            self._world.tally.add("tries")
            try:
                envelope = give(draft.arguments)
            except Refusal as refusal:
                habit.learn(draft, worked=False)
                is_contention = refusal.reason in CONTENTION
                self._world.tally.add("tries lost here" if is_contention else "tries refused here")
                self._world.say(f"{process.name} {definition.name}: {refusal.reason}")
                continue
            habit.learn(draft, worked=True)
            process.recent.extend(draft.ids)
            self._world.say(f"{process.name} {definition.name} {envelope.id} done")
            return envelope
        self._world.tally.add("acts refused here")
        return None

    def _thought_of(
        self, process: DeskProcess, node: Node, device: str
    ) -> tuple[Definition, Habit, Draft]:
        """An act that may work with what the desk shows; now and then one that cannot."""
        for _ in range(THOUGHTS_AN_ACT):
            definition, habit = self.choose(node, self._habits)
            draft = self.drafted(
                node,
                process.disk,
                device,
                process.clock,
                process.new_id,
                definition,
                habit,
                process.recent,
            )
            if draft.is_promising or self._world.draw.random() < THOUGHTLESS:
                break
        return definition, habit, draft

    def choose(self, node: Node, habits: Habits) -> tuple[Definition, Habit]:
        """A command of a node, mostly one that mostly works."""
        known = [d for d in node.registry if (d.name, d.version) in habits]
        weights = [self._weight(d.name, habits[d.name, d.version]) for d in known]
        chosen = self._world.draw.choices(known, weights)[0]
        return chosen, habits[chosen.name, chosen.version]

    def _weight(self, name: str, habit: Habit) -> float:
        favoured = FAVOURED if name == self._favours else 1.0
        return favoured * (0.02 + min(habit.works * 3, 1.0))

    def drafted(
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
        """Arguments for a command, from what the node holds."""

        def heat(row_id: str) -> tuple[bool, int]:
            return row_id not in recent, crc32(f"{self._heat}{row_id}".encode())

        with disk.only_looked_at(), node.database.read() as session:
            look = looking_in(node, session, heat)
            hand = Hand(self._world.draw, now=now(), device=device, new_id=new_id, look=look)
            return hand.draft(definition, habit)
