"""The node with no upstream, as its service sees it: requests in, answers out, no socket.

The HTTP service and the simulation both call `answer`, so what is proved of one holds for both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from msgspec import Struct, field
from sqlalchemy.orm import Session

from sync.decide import IdReused, OutOfOrder, Tally, decide_turn, epoch_of
from sync.errors import OtherVersion, Refusal, StaleReplica, Unavailable, Withdrawn
from sync.feed import changes_after
from sync.ids import Clock
from sync.node import Node, fact, set_fact
from sync.snapshots import STANDARD_SIZE, First, PartSize, nothing_first, snapshot_part
from sync.wire import (
    WIRE_VERSION,
    Answer,
    Decided,
    Failure,
    Outcome,
    PullChanges,
    PushCommands,
    Request,
    TakeSnapshot,
)

Allowed = Callable[[Session, str], Iterable[str]]
"""The scopes a device may read now; raises Withdrawn. Asked at every request to read."""
CheckDevice = Callable[[Session, str], None]
"""Raises Withdrawn for a device whose commands are not taken any more. Asked at every batch."""


WITHDRAWN = Failure(code="device_withdrawn")


def any_device(session: Session, device: str) -> None:
    """For a domain that takes commands of every device."""


class Authority(Struct, frozen=True):
    """Answers requests from the node's database. With a `clock` it keeps when it decided."""

    node: Node
    allowed: Allowed
    check_device: CheckDevice = any_device
    clock: Clock | None = None
    first: First = nothing_first
    part_size: PartSize = STANDARD_SIZE
    tally: Tally = field(default_factory=Tally)

    def found(self, epoch: str) -> bool:
        """Give a new database its epoch; leaves one that has an epoch as it is. Whether it did."""
        with self.node.database.write() as session:
            is_new = fact(session, "epoch") is None
            if is_new:
                set_fact(session, "epoch", epoch)
        return is_new

    def renew(self, epoch: str) -> None:
        """Give a database that was restored from a copy another epoch, before it serves again.

        Desks that met the lost days then offer again what they had of them.
        """
        with self.node.database.write() as session:
            set_fact(session, "epoch", epoch)

    def answer(self, request: Request) -> Answer:
        """The answer to a request; failures are answers too, each with a stable code."""
        return answered(request, self._answer, by="centre")

    def _answer(self, request: Request) -> Answer:
        with self.node.database.read() as session:
            epoch = epoch_of(session)
            if isinstance(request, TakeSnapshot):
                allowed = set(self.allowed(session, request.device))
                return snapshot_part(
                    self.node, session, request, allowed, first=self.first, size=self.part_size
                )
            if request.epoch is not None and request.epoch != epoch:
                return Failure(code="other_epoch", epoch=epoch)
            if isinstance(request, PushCommands) and request.relay is not None:
                return Failure(code="other_relay")
            if isinstance(request, PullChanges):
                return changes_after(session, request.cursor, self.allowed(session, request.device))
            self.check_device(session, request.device)
        return self._decide(request, epoch)

    def _decide(self, request: PushCommands, epoch: str) -> Decided:
        outcomes: list[Outcome] = []
        waiting = request.commands
        after = request.after
        while waiting:
            try:
                outcomes += decide_turn(
                    self.node,
                    waiting,
                    after=after,
                    decided_at=self.clock() if self.clock else None,
                    tally=self.tally,
                )
            except (Unavailable, StaleReplica):
                # What was decided is told as such; the rest is answered when it comes first.
                if not outcomes:
                    raise
                break
            waiting = request.commands[len(outcomes) :]
            after = request.commands[len(outcomes) - 1].seq
        return Decided(epoch=epoch, outcomes=outcomes)


def answered(request: Request, answer: Callable[[Request], Answer], *, by: str) -> Answer:
    """What `answer` says to a request, or a Failure with the stable code of what it raises."""
    if request.wire != WIRE_VERSION:
        return Failure(code="other_version", detail=f"this {by} speaks {WIRE_VERSION}")
    try:
        return answer(request)
    except Refusal as refusal:
        return Failure(code=refusal.reason)
    except OtherVersion as other:
        return Failure(code="other_version", detail=str(other))
    except OutOfOrder as gap:
        return Failure(code="out_of_order", expected=gap.expected)
    except IdReused:
        return Failure(code="id_reused")
    except StaleReplica as stale:
        return Failure(code="stale_replica", detail=str(stale))
    except Withdrawn:
        return WITHDRAWN
    except Unavailable as unavailable:
        return Failure(code="unavailable", detail=str(unavailable))
