"""A node with an upstream: acts at once, asks the upstream, and never drops what a person did.

A command here is undecided (see `offers`), `accepted` or `refused`. A refused one is kept with all
that was typed until a person has dealt with it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

import msgspec
from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.orm import Session

from sync.command import Arguments, Envelope
from sync.errors import UnreadableAnswer
from sync.ids import Clock
from sync.node import Node, fact, next_position, packed, set_fact, unpacked
from sync.offers import (
    UNDECIDED,
    Introduce,
    Offer,
    next_offer,
    offer_again,
    seal_anew,
    settle_reoffered,
)
from sync.rebase import (
    NOT_OF_THIS_EPOCH,
    cursor_of,
    drop_scope,
    held,
    run_waiting,
    set_cursor,
    take_in,
    undo_text,
    undo_waiting,
)
from sync.record import from_milliseconds, to_milliseconds
from sync.tables import command_log, scope_counter
from sync.wire import COMMANDS_A_BATCH_MAX, Change, Cursor, Outcome, Snapshot

log = logging.getLogger(__name__)

# Made once, because a statement made anew costs several times what it takes to run.
KEEP = insert(command_log)
LAST_SEQ = select(func.max(command_log.c.seq)).where(command_log.c.device == bindparam("of"))


@dataclass(frozen=True, slots=True)
class Attention:
    """A refused command as a person sees it: what was typed, why not, what the ways out need."""

    envelope: Envelope
    arguments: Arguments
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Standing:
    """Where this desk stands: how much waits, since when, and when it last was complete."""

    waiting: int
    waiting_since_at: datetime | None
    needs_decision: int
    complete_at: datetime | None
    has_data: bool


@dataclass(frozen=True, slots=True)
class Harvest:
    """What one sync round brought home, to be settled in one transaction."""

    epoch: str
    granted: frozenset[str]
    outcomes: tuple[Outcome, ...] = ()
    changes: tuple[Change, ...] = ()
    snapshots: tuple[Snapshot, ...] = ()


def no_introduction(session: Session, former_device: str) -> None:
    """For a domain whose upstream need not be told of a new device."""


class Desk:
    """The writing side of a desk. One thread at a time may call it."""

    def __init__(
        self,
        node: Node,
        *,
        device: str,
        clock: Clock,
        new_id: Callable[[], str],
        introduce: Introduce = no_introduction,
    ) -> None:
        self.node = node
        self._clock = clock
        self._new_id = new_id
        self._introduce = introduce
        with node.database.write() as session:
            known = fact(session, "device")
            if known is None:
                set_fact(session, "device", device)
            self.device = known or device
            self._recover(session)

    def _recover(self, session: Session) -> None:
        """What was being asked when the process ended now stands here until decided."""
        asked = command_log.c.state == "asked"
        if session.scalar(select(func.count()).select_from(command_log).where(asked)):
            undo_waiting(self.node, session)
            session.connection().execute(update(command_log).where(asked).values(state="pending"))
            run_waiting(self.node, session)

    def issue(self, arguments: Arguments, *, actor: str) -> Envelope:
        """Run a command here and keep it for the upstream, in one durable transaction.

        Raises Refusal or HandlerBroke with nothing changed, StorageFailed when it cannot be kept.
        """
        with self.node.database.write() as session:
            envelope = self._seal(session, arguments, actor)
            entries = self.node.run_at_stake(session, envelope)
            self._keep(session, envelope, state="pending", undo=undo_text(entries))
            return envelope

    def ask(self, arguments: Arguments, *, actor: str) -> Envelope:
        """Keep a command to be decided upstream before it shows here.

        Raises Refusal when it would not even work on what this desk knows.
        """
        with self.node.database.write() as session:
            envelope = self._seal(session, arguments, actor)
            trial = session.begin_nested()
            try:
                self.node.run(session, envelope)
            finally:
                trial.rollback()
            self._keep(session, envelope, state="asked", undo=None)
            return envelope

    def act_alone(self, command_id: str) -> bool:
        """The upstream did not answer in time: let an asked command stand here meanwhile.

        Says False when it was decided in between.
        """
        with self.node.database.write() as session:
            row = session.execute(
                select(command_log.c.state).where(command_log.c.id == command_id)
            ).one()
            if row.state != "asked":
                return False
            # What was issued meanwhile ran without it: all is run again in the order of issue.
            undo_waiting(self.node, session)
            session.connection().execute(
                update(command_log).where(command_log.c.id == command_id).values(state="pending")
            )
            run_waiting(self.node, session)
            return True

    def _seal(
        self, session: Session, arguments: Arguments, actor: str, *, device: str = ""
    ) -> Envelope:
        device = device or self.device
        last = session.connection().execute(LAST_SEQ, {"of": device}).scalar_one()
        return self.node.registry.seal(
            arguments,
            id=self._new_id(),
            device=device,
            seq=(last or 0) + 1,
            actor=actor,
            issued_at=from_milliseconds(to_milliseconds(self._clock())),
        )

    def _keep(self, session: Session, envelope: Envelope, *, state: str, undo: str | None) -> None:
        kept = {
            "position": next_position(session),
            "id": envelope.id,
            "device": envelope.device,
            "seq": envelope.seq,
            "name": envelope.name,
            "state": state,
            "envelope": packed(envelope),
            "undo": undo,
        }
        session.connection().execute(KEEP, kept)

    def offer(self, *, after_position: int = 0) -> Offer | None:
        """What to send next; None when all is decided."""
        with self.node.database.read() as session:
            return next_offer(session, after_position=after_position)

    def undecided(self, *, after_seq: int = 0) -> list[Envelope]:
        """The next batch to offer upstream, in order."""
        with self.node.database.read() as session:
            rows = session.execute(
                select(command_log.c.envelope)
                .where(command_log.c.state.in_(UNDECIDED), command_log.c.seq > after_seq)
                .order_by(command_log.c.seq)
                .limit(COMMANDS_A_BATCH_MAX)
            )
            return [unpacked(body) for (body,) in rows]

    def position(self) -> tuple[str | None, Cursor]:
        """The epoch this copy belongs to, and its cursor."""
        with self.node.database.read() as session:
            return fact(session, "epoch"), cursor_of(session)

    def settle(self, harvest: Harvest) -> frozenset[str]:
        """Take in a round in one transaction; says which tables changed.

        Raises UnreadableAnswer or OtherVersion, with nothing changed, when it does not fit.
        """
        with self.node.database.write() as session:
            set_fact(session, "complete_at", str(to_milliseconds(self._clock())))
            if self._brings_nothing(session, harvest):
                return frozenset()
            undo_waiting(self.node, session)
            set_fact(session, "epoch", harvest.epoch)
            for scope in sorted(held(session).keys() - harvest.granted):
                drop_scope(self.node, session, scope)
            arrived = take_in(self.node, session, harvest.changes, harvest.snapshots)
            self._record(session, harvest.outcomes)
            self._accept(session, arrived - {o.id for o in harvest.outcomes})
            self._check_covered(session, harvest.outcomes)
            settle_reoffered(session)
            run_waiting(self.node, session)
        changed = {row[0] for item in harvest.changes for row in item.rows}
        return frozenset(changed.union(*(taken.tables for taken in harvest.snapshots)))

    def _brings_nothing(self, session: Session, harvest: Harvest) -> bool:
        return (
            not (harvest.outcomes or harvest.changes or harvest.snapshots)
            and fact(session, "epoch") == harvest.epoch
            and held(session).keys() == harvest.granted
        )

    def _record(self, session: Session, outcomes: Iterable[Outcome]) -> None:
        for outcome in outcomes:
            fields = {"command": outcome.id, "state": outcome.state, "reason": outcome.reason}
            log.info("command settled", extra=fields)
            session.connection().execute(
                update(command_log)
                .where(command_log.c.id == outcome.id, command_log.c.state.in_(UNDECIDED))
                .values(state=outcome.state, outcome=msgspec.json.encode(outcome).decode())
            )

    def _accept(self, session: Session, arrived: set[str]) -> None:
        """A command whose effects came down was accepted, though its answer was lost."""
        for command_id in sorted(arrived):
            session.connection().execute(
                update(command_log)
                .where(command_log.c.id == command_id, command_log.c.state.in_(UNDECIDED))
                .values(state="accepted")
            )

    def _check_covered(self, session: Session, outcomes: Iterable[Outcome]) -> None:
        cursor = cursor_of(session)
        for outcome in outcomes:
            for scope, number in outcome.numbers.items():
                if scope in cursor and cursor[scope] < number:
                    raise UnreadableAnswer("an accepted command's changes did not come with it")

    def meet_epoch(self, epoch: str) -> None:
        """The upstream was restored or replaced: offer everything again, and take new snapshots.

        What it still knows gets its stored outcome, what it lost is run there anew. Rows held from
        before stay on screen until the snapshots are there.
        """
        with self.node.database.write() as session:
            if fact(session, "epoch") == epoch:
                return
            undo_waiting(self.node, session)
            offer_again(session)
            for scope in held(session):
                set_cursor(session, scope, NOT_OF_THIS_EPOCH)
            set_fact(session, "epoch", epoch)
            run_waiting(self.node, session)

    def take_new_identity(self) -> None:
        """The upstream has seen commands of this device that this copy does not know.

        This file is an old copy, or another computer has one: from here on it is another device.
        What it has to offer is sealed anew under the new id, behind its introduction.
        """
        with self.node.database.write() as session:
            undo_waiting(self.node, session)
            device = self._new_id()
            arguments = self._introduce(session, self.device)
            set_fact(session, "device", device)
            if arguments is not None:
                introduction = self._seal(session, arguments, device, device=device)
                self._keep(session, introduction, state="pending", undo=None)
            seal_anew(session, device, first_seq=2 if arguments else 1)
            run_waiting(self.node, session)
        self.device = device

    def outcome(self, command_id: str) -> Outcome | None:
        """What was decided of a command of this desk; None while undecided."""
        with self.node.database.read() as session:
            row = session.execute(
                select(command_log.c.state, command_log.c.outcome).where(
                    command_log.c.id == command_id
                )
            ).one()
        if row.state in UNDECIDED:
            return None
        if row.outcome is None:
            return Outcome(id=command_id, state="accepted")
        return msgspec.json.decode(row.outcome, type=Outcome)

    def dismiss(self, command_id: str) -> None:
        """A person has dealt with a refused command. It stays in the log."""
        with self.node.database.write() as session:
            session.connection().execute(
                update(command_log)
                .where(command_log.c.id == command_id, command_log.c.state == "refused")
                .values(state="dealt_with")
            )

    def undo_dismiss(self, command_id: str) -> None:
        """It was not dealt with after all: it needs a decision again."""
        with self.node.database.write() as session:
            session.connection().execute(
                update(command_log)
                .where(command_log.c.id == command_id, command_log.c.state == "dealt_with")
                .values(state="refused")
            )


def attention(node: Node, session: Session) -> tuple[Attention, ...]:
    """Refused commands that nobody has dealt with, oldest first."""
    rows = session.execute(
        select(command_log.c.envelope, command_log.c.outcome)
        .where(command_log.c.state == "refused")
        .order_by(command_log.c.position)
    )
    return tuple(
        Attention(
            envelope := unpacked(body),
            node.registry.open(envelope)[1],
            msgspec.json.decode(outcome, type=Outcome),
        )
        for body, outcome in rows
    )


def waiting(session: Session, *, limit: int) -> tuple[Envelope, ...]:
    """Commands that the upstream has not decided, oldest first, at most `limit`."""
    rows = session.execute(
        select(command_log.c.envelope)
        .where(command_log.c.state.in_(UNDECIDED))
        .order_by(command_log.c.position)
        .limit(limit)
    )
    return tuple(unpacked(body) for (body,) in rows)


def undecided_ids(session: Session) -> frozenset[str]:
    """Ids of commands the upstream has not decided: what they made is provisional."""
    return frozenset(
        session.scalars(select(command_log.c.id).where(command_log.c.state.in_(UNDECIDED)))
    )


def standing(session: Session) -> Standing:
    """Where this desk stands, for the sync line."""
    waiting = session.execute(
        select(func.count(), func.min(command_log.c.position)).where(
            command_log.c.state.in_(UNDECIDED)
        )
    ).one()
    refused = session.scalar(
        select(func.count()).select_from(command_log).where(command_log.c.state == "refused")
    )
    complete = fact(session, "complete_at")
    return Standing(
        waiting=waiting[0],
        waiting_since_at=_issued_at(session, waiting[1]),
        needs_decision=refused or 0,
        complete_at=from_milliseconds(int(complete)) if complete else None,
        has_data=session.scalar(select(func.count()).select_from(scope_counter)) != 0,
    )


def _issued_at(session: Session, position: int | None) -> datetime | None:
    if position is None:
        return None
    body = session.scalar(select(command_log.c.envelope).where(command_log.c.position == position))
    return unpacked(body).issued_at if body else None
