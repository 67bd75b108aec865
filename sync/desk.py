"""A node with an upstream: acts at once, asks the upstream, and never drops what a person did.

A command here is undecided (see `offers`), `accepted` or `refused`. A refused one is kept with all
that was typed until a person has dealt with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from sync.alone import let_stand
from sync.command import Arguments, Envelope
from sync.decided import record_accepted, record_outcomes
from sync.erasure import erase_traces, forget_beside_rows, forget_decided, forget_if_erased
from sync.errors import UnreadableAnswer
from sync.harvest import Harvest, only_adds_to_held
from sync.held import NONE_HELD, held_ids, is_of_rows, last_held, relay_among, scope_of
from sync.identity import Identities
from sync.ids import Clock
from sync.loading import coming
from sync.loads import Loads
from sync.node import LAST_SEQ, Node, fact, keep_command, set_fact, unpacked
from sync.offers import (
    UNDECIDED,
    Introduce,
    Offer,
    forget_introductions,
    next_offer,
    offer_again,
    seal_anew,
    settle_reoffered,
)
from sync.proof import NewDevice
from sync.pruning import DECIDED, prune_decided
from sync.rebase import (
    NOT_OF_THIS_EPOCH,
    NOTHING,
    cursor_of,
    drop_scope,
    held,
    lift_waiting,
    put,
    run_waiting,
    set_cursor,
    take_in,
    undo_text,
    undo_waiting,
)
from sync.record import from_milliseconds, to_milliseconds
from sync.sent import Sent
from sync.sums import Checks
from sync.tables import command_log
from sync.wire import COMMANDS_A_BATCH_MAX, Cursor, Outcome


def _settled_here(session: Session, outcomes: Iterable[Outcome]) -> list[Outcome]:
    """Those whose effects have come: of a scope that is still coming, rows have not."""
    return [outcome for outcome in outcomes if coming(session).isdisjoint(outcome.numbers)]


def no_introduction(session: Session, former_device: str) -> None:
    """For a domain whose upstream need not be told of a new device."""


class Desk:
    """The writing side of a desk. One thread at a time may call it."""

    is_relay = False
    lets_go_of: tuple[str, ...] = DECIDED
    """The states of commands that are not kept for ever."""
    forgets: tuple[str, ...] = DECIDED
    """The states of commands that are forgotten with who is erased. What was refused stays until a
    person has dealt with it."""

    def __init__(
        self,
        node: Node,
        *,
        new_device: NewDevice,
        clock: Clock,
        new_id: Callable[[], str],
        introduce: Introduce = no_introduction,
    ) -> None:
        self.node = node
        self.loads = Loads(node)
        self.checks = Checks(node, clock)
        self._clock = clock
        self._new_id = new_id
        self._introduce = introduce
        self._told_at_once: dict[str, str] = {}
        with node.database.write() as session:
            self.identities = Identities(session, new_device)
            self._recover(session)
            self._sent = Sent.at_start(session)

    @property
    def device(self) -> str:
        """Which device this is to its upstreams."""
        return self.identities.device

    def _recover(self, session: Session) -> None:
        """What was being asked when the process ended now stands here until decided."""
        asked = command_log.c.state == "asked"
        if session.scalar(select(func.count()).select_from(command_log).where(asked)):
            undo_waiting(self.node, session)
            session.connection().execute(update(command_log).where(asked).values(state="pending"))
            run_waiting(self.node, session)

    def issue(self, arguments: Arguments, *, actor: str) -> Envelope:
        """Run a command here and keep it for the upstream, in one durable transaction.

        Raises Refusal (`too_large` among them) or HandlerBroke with nothing changed, StorageFailed
        when it cannot be kept.
        """
        with self.node.database.write() as session:
            envelope = self._seal(session, arguments, actor)
            entries = self.node.run_at_stake(session, envelope)
            keep_command(session, envelope, state="pending", undo=undo_text(entries))
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
            keep_command(session, envelope, state="asked")
            return envelope

    def act_alone(self, command_id: str) -> bool:
        """The upstream did not answer in time: let an asked command stand here meanwhile.

        Says False when it was decided in between. Raises Refusal where it does not work upon what
        has come meanwhile; it then waits to be decided, without effect here. Whoever asked is told
        so now: where it is refused for that very reason, it is dealt with.
        """
        with self.node.database.write() as session:
            was_asked, refusal = let_stand(self.node, session, command_id)
        if refusal is not None:
            self._told_at_once[command_id] = refusal.reason
            raise refusal
        return was_asked

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

    def offer(self, *, after_position: int = 0) -> Offer | None:
        """What to send next; None when all is decided."""
        with self.node.database.read() as session:
            return next_offer(session, after_position=after_position, is_relay=self.is_relay)

    def offers_before_settling(self) -> int | None:
        """After how many offers a round settles before it goes on; None for all."""
        return None

    def sending(self, offer: Offer) -> list[str]:
        """Note what goes out now; says which of it may have gone to another upstream before.

        One that did not answer may have taken it, and so may one that holds it.
        """
        return self._sent.note(offer, self.relay())

    def relay(self) -> str | None:
        """The relay above whose held commands stand here."""
        with self.node.database.read() as session:
            return relay_among(self._from_upstream(session))

    def leave_relay(self) -> None:
        """The upstream is not the relay of before: what that holds for others goes from here.

        What it holds of this desk stays, and is offered again.
        """
        with self.node.database.write() as session:
            relay = relay_among(held(session))
            if relay is not None:
                undo_waiting(self.node, session)
                drop_scope(self.node, session, scope_of(relay))
                run_waiting(self.node, session)

    def is_held(self, command_id: str) -> bool:
        """Whether the relay holds this command: it stands in the office's order meanwhile."""
        with self.node.database.read() as session:
            return command_id in held_ids(session)

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
            here = self._from_upstream(session)
            return fact(session, "epoch"), {s: n for s, n in here.items() if n >= 0}

    def _from_upstream(self, session: Session) -> dict[str, int]:
        """The scopes that the upstream numbers, with the cursors here or NOT_OF_THIS_EPOCH."""
        return held(session)

    def settle(self, harvest: Harvest) -> frozenset[str]:
        """Take in a round in one transaction; says which tables changed.

        Raises UnreadableAnswer or OtherVersion, with nothing changed, when it does not fit.
        """
        with self.node.database.write() as session:
            if not (harvest.is_cut_off or harvest.has_more):
                set_fact(session, "complete_at", str(to_milliseconds(self._clock())))
            if self._brings_nothing(session, harvest):
                return frozenset()
            stands = self._is_where_it_was(session, harvest) and only_adds_to_held(session, harvest)
            after_held = last_held(session) if stands else NONE_HELD
            before = lift_waiting(session, own_only=stands)
            set_fact(session, "epoch", harvest.epoch)
            here = self._from_upstream(session).keys() | coming(session)
            if harvest.snapshots or here - harvest.granted:
                put(self.node, session, before)
                before = NOTHING
            taken_away = sorted(here - harvest.granted)
            for scope in taken_away:
                drop_scope(self.node, session, scope)
            arrived = take_in(
                self.node, session, harvest.changes, harvest.snapshots, before, harvest.sums
            )
            self.loads.forget_needless(session)
            outcomes = _settled_here(session, harvest.outcomes)
            self._record(session, outcomes)
            told = {outcome.id for outcome in outcomes if outcome.state != "held"}
            self._accept(session, arrived - told)
            if any(map(is_of_rows, taken_away)):
                forget_beside_rows(self.node, session)
            self._check_covered(session, outcomes)
            settle_reoffered(session)
            self._pass_on(session, harvest)
            prune_decided(session, self.lets_go_of)
            run_waiting(self.node, session, after_held=after_held)
            if erase_traces(self.node, session, told | arrived, states=self.forgets):
                self._erased(session)
        changed = {row[0] for item in harvest.changes for row in item.rows}
        return frozenset(
            changed | (self.node.imaging.tables.keys() if harvest.snapshots else set())
        )

    def _pass_on(self, session: Session, harvest: Harvest) -> None:
        """A relay gives what came to its office; a desk has nobody below it."""

    def _brings_nothing(self, session: Session, harvest: Harvest) -> bool:
        brought = harvest.outcomes or harvest.changes or harvest.snapshots
        return not brought and self._is_where_it_was(session, harvest)

    def _is_where_it_was(self, session: Session, harvest: Harvest) -> bool:
        return (
            fact(session, "epoch") == harvest.epoch
            and self._from_upstream(session).keys() == harvest.granted
        )

    def _record(self, session: Session, outcomes: Iterable[Outcome]) -> None:
        for decided in record_outcomes(session, outcomes, told_at_once=self._told_at_once):
            self._sent.forget(decided)

    def _accept(self, session: Session, arrived: set[str]) -> None:
        """A command whose effects came down was accepted, though its answer was lost.

        Also one that a relay refused, which could not know that it had gone up by another way.
        """
        for command_id in arrived:
            self._sent.forget(command_id)
        record_accepted(session, arrived)

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
            self.loads.forget_all(session)
            undo_waiting(self.node, session)
            offer_again(session)
            for scope in self._from_upstream(session):
                set_cursor(session, scope, NOT_OF_THIS_EPOCH)
            set_fact(session, "epoch", epoch)
            run_waiting(self.node, session)

    def let_go(self) -> None:
        """This device was withdrawn: it holds no rows any more, nor what decided commands said.

        What was done here and is not decided is kept, and what was refused.
        """
        with self.node.database.write() as session:
            scopes = self._from_upstream(session).keys() | coming(session)
            if not scopes:
                return
            self.loads.forget_all(session)
            undo_waiting(self.node, session)
            for scope in sorted(self._from_upstream(session)):
                drop_scope(self.node, session, scope)
            self._forget_passed_on(session)
            forget_decided(session)
            forget_beside_rows(self.node, session)
            run_waiting(self.node, session)

    def _erased(self, session: Session) -> None:
        """What a desk has of somebody who was erased is in its rows and its log."""

    def _forget_passed_on(self, session: Session) -> None:
        """A desk has nobody below it."""

    def take_new_identity(self, stale: str) -> None:
        """The upstream has seen commands of the device `stale` that this copy does not know.

        This file is an old copy, or another computer has one: from here on it is another device.
        What it has to offer is sealed anew under the new id, behind its introduction.
        """
        with self.node.database.write() as session:
            # Asked while what waits stands here: the former introduction may be among it.
            arguments = self._introduce(session, self.device)
            undo_waiting(self.node, session)
            new = self.identities.make(session)
            device = new.device
            if arguments is not None:
                introduction = self._seal(session, arguments, device, device=device)
                keep_command(session, introduction, state="pending")
            self._seal_anew(session, stale, device, first_seq=2 if arguments else 1)
            run_waiting(self.node, session)
        self.identities.become(new)

    def _seal_anew(self, session: Session, stale: str, device: str, *, first_seq: int) -> None:
        forget_introductions(session, but_of=device)
        seal_anew(session, device, first_seq=first_seq)

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
            forget_if_erased(self.node, session, command_id)

    def undo_dismiss(self, command_id: str) -> None:
        """It was not dealt with after all: it needs a decision again."""
        with self.node.database.write() as session:
            session.connection().execute(
                update(command_log)
                .where(command_log.c.id == command_id, command_log.c.state == "dealt_with")
                .values(state="refused")
            )
