"""A node between the desks of an office and the centre: to the centre a desk, to desks an upstream.

It passes the centre's changes on under the centre's own numbers. What its desks issue it takes in
one order, runs, holds, and offers upwards; every desk of the office gets what is held (see `held`).
So with the line to the centre cut the office goes on sharing one queue, and when it is joined
again nobody needs to begin anew: epoch, numbers and ids are the centre's and the desks' own.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

import msgspec
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from sync.authority import Allowed, answered
from sync.command import Arguments, Envelope
from sync.decide import Tally, check_number_is_new
from sync.desk import Desk, no_introduction
from sync.erasure import forget_commands, last_named
from sync.errors import HandlerBroke, OtherVersion, Refusal, StaleReplica, Unavailable, Withdrawn
from sync.feed import changes_after
from sync.harvest import Harvest
from sync.held import IDS, SCOPE, TABLE, held, held_ids, is_of_rows, scope_of
from sync.ids import Clock
from sync.journal import Entry
from sync.node import Node, fact, keep_command, packed, unpacked
from sync.numbering import keep_changes, next_number
from sync.offers import UNDECIDED, Introduce, seal_anew
from sync.proof import NewDevice
from sync.pruning import DECIDED, forget_changes, prune_changes
from sync.rebase import NOT_OF_THIS_EPOCH, keep_held_undo, run_waiting, undo_waiting
from sync.rebase import held as scopes_held
from sync.snapshots import STANDARD_SIZE, First, PartSize, nothing_first, snapshot_part
from sync.tables import change, command_log, scope_counter
from sync.wire import (
    Answer,
    Change,
    Decided,
    Failure,
    Outcome,
    PullChanges,
    PushCommands,
    Request,
    Row,
    TakeSnapshot,
)

log = logging.getLogger(__name__)

KNOWN = select(command_log.c.state, command_log.c.outcome, command_log.c.device, command_log.c.seq)
HOLD = insert(held)
COUNT_HELD = select(func.count()).select_from(held)
OFFERS_BEFORE_SETTLING = 20
"""Its desks take turns, so runs are short; the office must not wait for the last to see the first.
"""
HELD_BEFORE_SETTLING = 0.25
"""Or so much of what is held: each settling runs the rest again, here and at every desk, which
then comes to some three times what is held and not to its square."""
STALE = "stale"
"""The state of a command that the centre will not take from its device; nothing comes of it."""
REFUSED_HERE = "refused_here"
"""The state of a command that was refused while nobody else could decide, and never went up."""


class Relay(Desk):
    """Answers the requests of desks as an authority does, and drives rounds upwards as a desk does.

    `is_cut_off` says whether the centre is known not to answer; `ask_up` runs a round and comes
    back when it ended or a person should not wait longer, and says whether it reached the centre.
    Several threads may call `answer`.
    """

    is_relay = True
    lets_go_of = (*DECIDED, "refused", REFUSED_HERE, STALE)
    forgets = (*DECIDED, "refused")

    def __init__(
        self,
        node: Node,
        *,
        new_device: NewDevice,
        clock: Clock,
        new_id: Callable[[], str],
        allowed: Allowed,
        is_cut_off: Callable[[], bool],
        ask_up: Callable[[], bool],
        moved: Callable[[], None] = lambda: None,
        introduce: Introduce = no_introduction,
        first: First = nothing_first,
        part_size: PartSize = STANDARD_SIZE,
    ) -> None:
        super().__init__(
            node, new_device=new_device, clock=clock, new_id=new_id, introduce=introduce
        )
        self.tally = Tally()
        self.name = new_id()
        """New at each start: what desks know of an older copy of this relay is void."""
        self._allowed = allowed
        self._is_cut_off = is_cut_off
        self._ask_up = ask_up
        self._moved = moved
        self._first = first
        self._part_size = part_size
        with node.database.write() as session:
            self._hold_anew(session)

    def _hold_anew(self, session: Session) -> None:
        """Put what is held under this start's name."""
        undo_waiting(self.node, session)
        connection = session.connection()
        connection.execute(delete(change).where(change.c.scope.startswith(SCOPE, autoescape=True)))
        numbered = scope_counter.c.scope.startswith(SCOPE, autoescape=True)
        connection.execute(delete(scope_counter).where(numbered))
        connection.execute(update(held).values(scope=scope_of(self.name)))
        self._publish(session, "begun", [])
        run_waiting(self.node, session)

    def offers_before_settling(self) -> int:
        """Some, or a part of what is held where that is much."""
        with self.node.database.read() as session:
            count = session.execute(COUNT_HELD).scalar_one()
        return max(OFFERS_BEFORE_SETTLING, round(count * HELD_BEFORE_SETTLING))

    # Downwards

    def allowed(self, session: Session, device: str) -> frozenset[str]:
        """The scopes a device may read here: those of the relay, or Refusal.

        A desk that has no seat here, or one elsewhere, is better served by the centre.
        """
        wanted = frozenset(self._allowed(session, device))
        mine = self._allowed_here(session)
        here = scopes_held(session)
        if NOT_OF_THIS_EPOCH in here.values():
            raise Unavailable("the relay is taking its copy anew")
        if wanted != mine or not wanted <= here.keys():
            raise Refusal("not_this_office")
        return wanted | {scope_of(self.name)}

    def _allowed_here(self, session: Session) -> frozenset[str]:
        try:
            return frozenset(self._allowed(session, self.device))
        except Withdrawn:
            # Its desks are not: they are served elsewhere.
            return frozenset()

    def answer(self, request: Request) -> Answer:
        """The answer to a request; failures are answers too, each with a stable code."""
        return answered(request, self._answer, by="relay")

    def _answer(self, request: Request) -> Answer:
        """What is said of a request; of its epoch nothing before the centre has been heard.

        A desk of another epoch may have met the centre later than this relay did.
        """
        answer = self._answer_as_it_stands(request)
        if not (isinstance(answer, Failure) and answer.code == "other_epoch"):
            return answer
        if self._is_cut_off() or not self._ask_up():
            raise Unavailable("the relay does not know whether the centre was restored")
        return self._answer_as_it_stands(request)

    def _answer_as_it_stands(self, request: Request) -> Answer:
        with self.node.database.read() as session:
            epoch = fact(session, "epoch")
            if epoch is None:
                raise Unavailable("the relay has not met its centre yet")
            allowed = self.allowed(session, request.device)
            if isinstance(request, TakeSnapshot):
                return snapshot_part(
                    self.node,
                    session,
                    request,
                    allowed,
                    first=self._first,
                    given_by=self.name,
                    size=self._part_size,
                )
            if request.epoch is not None and request.epoch != epoch:
                return Failure(code="other_epoch", epoch=epoch)
            if isinstance(request, PullChanges):
                page = changes_after(session, request.cursor, allowed)
                return msgspec.structs.replace(page, relay=self.name, is_cut_off=self._is_cut_off())
            if request.relay not in (None, self.name):
                return Failure(code="other_relay")
        return Decided(epoch=epoch, outcomes=self._take(request))

    def _take(self, request: PushCommands) -> list[Outcome]:
        alone = self._is_cut_off()
        with self.node.database.write() as session:
            again = frozenset(request.again)
            new = [e for e in request.commands if self._known(session, e, again) is None]
            for envelope in new:
                may_refuse = alone and envelope.id not in request.again
                self._hold(session, envelope, alone=alone, may_refuse=may_refuse)
        if new:
            self._moved()
        if new and not alone:
            self._ask_up()
        with self.node.database.read() as session:
            outcomes = [self._known(session, envelope) for envelope in request.commands]
        return [outcome for outcome in outcomes if outcome is not None]

    def _known(
        self, session: Session, envelope: Envelope, again: frozenset[str] = frozenset()
    ) -> Outcome | None:
        """What has become of a command here; None for one that is to be held.

        So is what was refused here and has gone to the centre by another way since: it decides.
        """
        row = session.execute(KNOWN.where(command_log.c.id == envelope.id)).one_or_none()
        if row is None:
            return None
        if row.state == STALE:
            if (row.device, row.seq) == (envelope.device, envelope.seq):
                raise StaleReplica("the centre knows other commands of this device")
            # Its desk has sealed it anew.
            return None
        if row.state == REFUSED_HERE and envelope.id in again:
            return None
        if row.state in UNDECIDED:
            return Outcome(id=envelope.id, state="held")
        if row.outcome is None:
            return Outcome(id=envelope.id, state="accepted")
        return msgspec.json.decode(row.outcome, type=Outcome)

    def _hold(self, session: Session, envelope: Envelope, *, alone: bool, may_refuse: bool) -> None:
        """Take a command into the office's order, or refuse it while nobody else can decide.

        What does not work here is left for the centre to decide while that is there, or where it
        may have had the command already.
        """
        void = (command_log.c.id == envelope.id) & command_log.c.state.in_((STALE, REFUSED_HERE))
        session.connection().execute(delete(command_log).where(void))
        check_number_is_new(session, envelope)
        if alone and self._has_come(session, envelope):
            keep_command(session, envelope, state="accepted")
            return
        entries: list[Entry] = []
        try:
            entries = self.node.run(session, envelope)
        except Refusal as refusal:
            if may_refuse:
                self._refuse(session, envelope, refusal)
                return
        except (OtherVersion, HandlerBroke):
            log.info("a command waits without effect", extra={"command": envelope.id})
        position = keep_command(session, envelope, state="pending")
        self._put_among_held(session, envelope, position)
        if entries:
            keep_held_undo(session, position, entries)
        log.info("command held", extra={"command": envelope.id})

    def _put_among_held(self, session: Session, envelope: Envelope, position: int) -> None:
        row = {
            "id": envelope.id,
            "scope": scope_of(self.name),
            "position": position,
            "envelope": packed(envelope).decode(),
        }
        session.connection().execute(HOLD, row)
        self._publish(session, envelope.id, [(TABLE, envelope.id, row)])

    def _has_come(self, session: Session, envelope: Envelope) -> bool:
        """Whether the centre has accepted it already: its desk never heard the answer."""
        came = (change.c.command_id == envelope.id) & (change.c.scope != scope_of(self.name))
        return session.execute(select(change.c.number).where(came).limit(1)).first() is not None

    def _refuse(self, session: Session, envelope: Envelope, refusal: Refusal) -> None:
        outcome = Outcome(
            id=envelope.id, state="refused", reason=refusal.reason, data=dict(refusal.data)
        )
        told = msgspec.json.encode(outcome).decode()
        keep_command(session, envelope, state=REFUSED_HERE, outcome=told)
        self.tally.decided["refused", refusal.reason] += 1
        fields = {"command": envelope.id, "state": "refused", "reason": refusal.reason}
        log.info("command decided", extra=fields)

    def _publish(self, session: Session, command_id: str, rows: list[Row]) -> None:
        """Number a change of what is held here."""
        scope = scope_of(self.name)
        number = next_number(session, scope)
        made = Change(scope=scope, number=number, command_id=command_id, rows=rows)
        keep_changes(session, [made])

    # Upwards

    def issue(self, arguments: Arguments, *, actor: str) -> Envelope:
        """Take a command of the relay itself into the order. It waits for its outcome like all."""
        with self.node.database.write() as session:
            envelope = self._seal(session, arguments, actor)
            self._hold(session, envelope, alone=False, may_refuse=False)
            return envelope

    def settle(self, harvest: Harvest) -> frozenset[str]:
        """As a desk; then the desks below are told that something moved."""
        changed = super().settle(harvest)
        self._moved()
        return changed

    def _from_upstream(self, session: Session) -> dict[str, int]:
        here = super()._from_upstream(session)
        return {scope: number for scope, number in here.items() if is_of_rows(scope)}

    def _pass_on(self, session: Session, harvest: Harvest) -> None:
        """Keep the centre's changes for the desks, and let go of what is decided."""
        begun = {taken.scope for taken in harvest.snapshots}
        mine = scope_of(self.name)
        gone = change.c.scope.not_in(harvest.granted | {mine}) | change.c.scope.in_(begun)
        session.connection().execute(delete(change).where(gone))
        keep_changes(session, harvest.changes)
        prune_changes(session)
        self._let_go(session)
        self._hold_again(session)

    def _erased(self, session: Session) -> None:
        """Nobody deals with what was refused here, and what was held stands in changes too.

        A desk that has not come so far yet takes these scopes as they are now.
        """
        assert self.node.erasures is not None
        ids = self.node.erasures.ids(session)
        forget_commands(session, ids, command_log.c.state.in_((REFUSED_HERE, STALE)))
        upto = last_named(session, self.node.erasures.table, ids)
        forget_changes(session, upto=upto)

    def _forget_passed_on(self, session: Session) -> None:
        mine = change.c.scope == scope_of(self.name)
        session.connection().execute(delete(change).where(~mine))

    def _hold_again(self, session: Session) -> None:
        """Whatever waits and is not held, by a restore or a new identity, is held like all."""
        lost = (command_log.c.state == "pending") & command_log.c.id.not_in(IDS)
        rows = session.execute(
            select(command_log.c.position, command_log.c.envelope)
            .where(lost)
            .order_by(command_log.c.position)
        )
        for position, body in rows.all():
            self._put_among_held(session, unpacked(body), position)

    def _let_go(self, session: Session) -> None:
        undecided = select(command_log.c.id).where(command_log.c.state.in_(UNDECIDED))
        decided = held_ids(session) - set(session.connection().execute(undecided).scalars())
        for command_id in sorted(decided):
            session.connection().execute(delete(held).where(held.c.id == command_id))
            self._publish(session, command_id, [(TABLE, command_id, None)])

    def take_new_identity(self, stale: str) -> None:
        """The centre knows other commands of a device. When a desk's, that desk is told so."""
        if stale == self.device:
            super().take_new_identity(stale)
            return
        with self.node.database.write() as session:
            undo_waiting(self.node, session)
            session.connection().execute(
                update(command_log)
                .where(command_log.c.device == stale, command_log.c.state.in_(UNDECIDED))
                .values(state=STALE)
            )
            self._let_go(session)
            run_waiting(self.node, session)

    def _seal_anew(self, session: Session, stale: str, device: str, *, first_seq: int) -> None:
        """Its own commands alone: those of its desks are theirs."""
        seal_anew(session, device, first_seq=first_seq, only_of=stale)
        mine = select(command_log.c.id).where(command_log.c.device == device)
        session.connection().execute(delete(held).where(held.c.id.in_(mine)))
        self._hold_again(session)
