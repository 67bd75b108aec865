"""An office of shelves: a centre, a relay below it, and desks below the relay."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from sync.authority import Authority
from sync.command import Arguments
from sync.desk import Desk
from sync.ids import IdSource
from sync.relay import Relay
from sync.standing import attention, standing
from sync.storage.database import Database
from sync.storage.sqlite import open_memory
from sync.wire import Outcome
from tests.devices import named
from tests.sync import shelf
from tests.sync.shelf import Ticking, books, node_over, sync


@dataclass
class Office:
    """A centre, a relay below it with a line that can be cut, and desks below the relay."""

    centre: Authority
    relay_file: Database = field(default_factory=open_memory)
    is_cut: bool = False
    starts: int = 0

    def __post_init__(self) -> None:
        self.relay = self.start_relay()
        self.desks = [shelf.a_desk(open_memory(), f"desk-{n}") for n in (1, 2, 3)]
        self.go_round()

    def start_relay(self) -> Relay:
        """The relay's process begins, over the database it has."""
        self.starts += 1
        clock = Ticking()
        new_id = IdSource(clock, random.Random(f"relay {self.starts}").getrandbits)
        return Relay(
            node_over(self.relay_file),
            new_device=named("relay", new_id),
            clock=clock,
            new_id=new_id,
            allowed=lambda session, device: shelf.SHELVES,
            is_cut_off=lambda: self.is_cut,
            ask_up=self.relay_round,
        )

    def relay_round(self) -> bool:
        """The relay and the centre; whether they met."""
        if not self.is_cut:
            sync(self.relay, self.centre)
        return not self.is_cut

    def go_round(self) -> None:
        """Everyone, until all has settled."""
        for _ in range(3):
            self.relay_round()
            for desk in self.desks:
                sync(desk, self.relay)

    def ask(self, desk: Desk, arguments: Arguments) -> Outcome | None:
        """A contended act: asked of the relay; None while it is held."""
        envelope = desk.ask(arguments, actor="sian")
        sync(desk, self.relay)
        return desk.outcome(envelope.id)


def everywhere(office: Office) -> list[list[dict[str, object]]]:
    """The books as each of the centre, the relay and the desks has them."""
    nodes = [office.centre.node, office.relay.node, *(desk.node for desk in office.desks)]
    return [books(node) for node in nodes]


def assert_all_equal(office: Office) -> None:
    first, *others = everywhere(office)
    assert all(there == first for there in others)


def waiting(desk: Desk) -> int:
    with desk.node.database.read() as session:
        return standing(session).waiting


def refused(desk: Desk) -> list[str | None]:
    with desk.node.database.read() as session:
        return [each.outcome.reason for each in attention(desk.node, session)]
