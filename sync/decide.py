"""The deciding node: runs each command exactly once and numbers what it changed.

The command's record, its effects, its changes and the counters commit in one transaction. A
command id is looked up inside that transaction, so a retry gets the stored outcome, byte for byte.
A writing transaction has the database to itself, or all that its commands need
(`Database.write`): what a handler read stays so.
"""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime

from msgspec import Struct, field
from msgspec.structs import replace
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from sync.command import Envelope
from sync.erasure import is_forgotten, is_forgotten_form_of
from sync.errors import (
    HandlerBroke,
    OtherVersion,
    Refusal,
    StaleReplica,
    StorageFailed,
    Unavailable,
)
from sync.journal import Entry
from sync.node import LAST_SEQ, Node, fact, packed, unpacked
from sync.numbering import rows_by_scope
from sync.storage.database import Contended
from sync.sums import moved_by
from sync.tables import POSITIONS_A_TURN, command_log
from sync.turns import Made, NotAloneThere, Turn, alone_in, begun, kept
from sync.wire import Outcome, Row

ATTEMPTS_MAX = 8
"""How often a transaction that lost to another is run again before the sender must retry."""
COMMANDS_A_TURN_MAX = POSITIONS_A_TURN
"""So many commands of a batch share a transaction; more would make other desks wait for them."""


log = logging.getLogger(__name__)

Run = Callable[[Session, Envelope], list[Entry]]

# Made once, because a statement made anew costs as much as running it.
OF_NUMBER = select(command_log.c.id).where(
    command_log.c.device == bindparam("of"), command_log.c.seq == bindparam("number")
)


class Tally(Struct):
    """What one process has decided since it began, for its figures."""

    decided: Counter[tuple[str, str | None]] = field(default_factory=Counter)
    retries: int = 0


class OutOfOrder(Unavailable):
    """A command arrived before its predecessor. `expected` is the next number of its device."""

    def __init__(self, expected: int) -> None:
        super().__init__(f"number {expected} is expected")
        self.expected = expected


class IdReused(StaleReplica):
    """A known command id arrived with another content or from another sender."""


class _Spoilt(Exception):
    """A command that was run without a savepoint changed something and then failed."""


def decide(
    node: Node, envelope: Envelope, *, after: int = 0, decided_at: datetime | None = None
) -> Outcome:
    """Run a command once, or give the outcome it already has.

    `after`: the number of its device up to which its sender waits for no outcome.
    `decided_at`: the time by the authority's own clock, for its operators alone.
    Raises OutOfOrder, IdReused, StaleReplica or Unavailable; then nothing is decided.
    """
    [outcome] = decide_turn(node, [envelope], after=after, decided_at=decided_at)
    return outcome


def decide_turn(
    node: Node,
    envelopes: Sequence[Envelope],
    *,
    after: int = 0,
    decided_at: datetime | None = None,
    tally: Tally | None = None,
) -> list[Outcome]:
    """Decide the first of these commands in order, at least one, in one transaction.

    One of them that cannot be decided ends the turn before it. Raises what `decide` raises for
    the first; then nothing is decided.
    """
    envelopes = envelopes[:COMMANDS_A_TURN_MAX]
    run = node.run_at_stake
    alone = alone_in(node, envelopes)
    tally = tally or Tally()
    for _ in range(ATTEMPTS_MAX):
        try:
            with node.database.write(alone_in=alone) as session:
                turn = begun(node, session, envelopes)
                decided = _decide_each(node, session, turn, envelopes, run, after=after)
                kept(node, session, turn, decided_at, alone_in=alone)
        except NotAloneThere:
            alone = None
        except _Spoilt:
            # Most commands are accepted, so savepoints are made only once one is not; and what
            # stands in its way may be in a scope that was another's meanwhile.
            run, alone = node.run, None
        except Contended:
            tally.retries += 1
        except StorageFailed:
            if len(envelopes) == 1:
                raise
            # If one of them is what the database cannot bear, those before it must get through.
            envelopes = envelopes[:1]
            tally.retries += 1
        else:
            for made in turn.made:
                tally.decided[made.outcome.state, made.outcome.reason] += 1
                _log(node, made.envelope, made.outcome)
            return [turn.outcomes[envelope.id] for envelope in decided]
    raise Unavailable("too many others at once")


def _decide_each(
    node: Node, session: Session, turn: Turn, envelopes: Sequence[Envelope], run: Run, *, after: int
) -> list[Envelope]:
    decided: list[Envelope] = []
    for envelope in envelopes:
        try:
            _decide(node, session, turn, envelope, run, after=after)
        except (OutOfOrder, StaleReplica):
            if not decided:
                raise
            break
        decided.append(envelope)
        after = envelope.seq
    return decided


def _decide(
    node: Node, session: Session, turn: Turn, envelope: Envelope, run: Run, *, after: int
) -> None:
    body = packed(envelope)
    if _is_known(turn, envelope, body):
        return
    _check_order(session, turn, envelope, after)
    try:
        if node.actors is not None:
            node.actors.check(envelope, turn.actors)
        made = _accepted(envelope, body, run(session, envelope))
    except (Refusal, OtherVersion, HandlerBroke) as error:
        if run == node.run_at_stake:
            raise _Spoilt from error
        made = Made(envelope, body, _refused(envelope, error))
    turn.made.append(made)
    turn.bodies[envelope.id] = body
    turn.last[envelope.device] = max(turn.last[envelope.device], envelope.seq)


def _log(node: Node, envelope: Envelope, outcome: Outcome) -> None:
    known = (envelope.name, envelope.version) in node.registry
    fields = {"command": envelope.id, "state": outcome.state, "reason": outcome.reason}
    log.info("command decided", extra=fields | {"act": envelope.name if known else None})


def _accepted(envelope: Envelope, body: bytes, entries: Sequence[Entry]) -> Made:
    by_scope: dict[str, list[Row]] = defaultdict(list)
    for entry in entries:
        for scope, row in rows_by_scope(entry):
            by_scope[scope].append(row)
    outcome = Outcome(id=envelope.id, state="accepted")
    return Made(envelope, body, outcome, by_scope, moved_by(entries))


def _refused(envelope: Envelope, error: Refusal | OtherVersion | HandlerBroke) -> Outcome:
    if isinstance(error, Refusal):
        reason, data = error.reason, dict(error.data)
    elif isinstance(error, OtherVersion):
        reason, data = "unknown_command", {}
    else:
        # Nobody else writes meanwhile, so a row that cannot stand is a bug of its handler too.
        reason, data = "bug", {"report": str(error)}
    return Outcome(id=envelope.id, state="refused", reason=reason, data=data)


def _is_known(turn: Turn, envelope: Envelope, body: bytes) -> bool:
    stored = turn.bodies.get(envelope.id)
    if stored is None:
        return False
    if not _is_the_same(stored, envelope, body):
        raise IdReused(envelope.id)
    return True


def _is_the_same(stored: bytes, envelope: Envelope, body: bytes) -> bool:
    """A desk that came back from an old copy offers what it had under a new device and number."""
    if stored == body:
        return True
    before = unpacked(stored)
    if is_forgotten(before):
        return is_forgotten_form_of(before, envelope)
    under = replace(before, device=envelope.device, seq=envelope.seq)
    return packed(under) == body


def _check_order(session: Session, turn: Turn, envelope: Envelope, after: int) -> None:
    """A number that was passed over is not too late: a relay may have kept or refused it.

    Its desk did not hear of that, or the relay was away while the desk went on by another way.
    """
    last = _last_seq(session, turn, envelope.device)
    expected = max(last, after) + 1
    if envelope.seq > expected:
        raise OutOfOrder(expected)
    if envelope.seq <= last:
        _check_number_is_new_in(turn, envelope)
        check_number_is_new(session, envelope)


def _last_seq(session: Session, turn: Turn, device: str) -> int:
    if device not in turn.last:
        last = session.connection().execute(LAST_SEQ, {"of": device}).scalar_one()
        turn.last[device] = last or 0
    return turn.last[device]


def _check_number_is_new_in(turn: Turn, envelope: Envelope) -> None:
    given = {(made.envelope.device, made.envelope.seq) for made in turn.made}
    if (envelope.device, envelope.seq) in given:
        raise _number_was_given(envelope)


def check_number_is_new(session: Session, envelope: Envelope) -> None:
    """Raises StaleReplica when another command of this device has come under its number."""
    wanted = {"of": envelope.device, "number": envelope.seq}
    if session.connection().execute(OF_NUMBER, wanted).first() is not None:
        raise _number_was_given(envelope)


def _number_was_given(envelope: Envelope) -> StaleReplica:
    return StaleReplica(f"number {envelope.seq} of this device was another command")


def epoch_of(session: Session) -> str:
    """The epoch of this authority. A restored copy gets another one."""
    epoch = fact(session, "epoch")
    if epoch is None:
        raise Unavailable("this centre is not set up: run `reception-central init`")
    return epoch
