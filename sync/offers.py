"""What a desk has to offer its upstream: commands that are not decided, in runs of one device.

A command here is `pending` (its effects stand here), `asked` (the upstream is asked first, nothing
stands here yet) or `reoffered` (it was accepted before the upstream was restored; its effects
stand in the rows held from before). Any other state is decided.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from msgspec import Struct
from sqlalchemy import bindparam, delete, func, select, update
from sqlalchemy.orm import Session

from sync.command import Arguments, Envelope
from sync.erasure import ERASED
from sync.held import IDS
from sync.node import packed, unpacked
from sync.tables import command_log
from sync.wire import BATCH_BYTES_MAX, COMMANDS_A_BATCH_MAX

UNDECIDED = ("pending", "asked", "reoffered")

NEXT = (
    select(command_log.c.position, command_log.c.envelope)
    .where(command_log.c.state.in_(UNDECIDED), command_log.c.position > bindparam("after"))
    .order_by(command_log.c.position)
    .limit(COMMANDS_A_BATCH_MAX)
)
NEXT_NOT_HELD = NEXT.where(command_log.c.id.not_in(IDS))

VOID_NUMBERS = (
    update(command_log)
    .where(command_log.c.state == ERASED, command_log.c.outcome.contains('"state":"accepted"'))
    .values(outcome=None)
)

Introduce = Callable[[Session, str], Arguments | None]
"""Makes the first command of a copy under its new device id; it is given the former one."""


class Offer(Struct, frozen=True):
    """Commands of one device with numbers that follow each other, to be sent as one batch."""

    commands: tuple[Envelope, ...]
    positions: tuple[int, ...]
    """Where each stands in the local order."""

    @property
    def device(self) -> str:
        """Under which device they were issued."""
        return self.commands[0].device

    @property
    def after(self) -> int:
        """Every number of this device up to this one was decided."""
        return self.commands[0].seq - 1


def next_offer(session: Session, *, after_position: int, is_relay: bool = False) -> Offer | None:
    """The next run of undecided commands; None when there is none.

    What its relay holds already is not offered again by a desk; by the relay it is.
    """
    wanted = NEXT if is_relay else NEXT_NOT_HELD
    rows = session.connection().execute(wanted, {"after": after_position})
    run: list[Envelope] = []
    positions: list[int] = []
    size = 0
    for position, body in rows:
        envelope = unpacked(body)
        size += len(body)
        follows = run and (envelope.device, envelope.seq) == (run[-1].device, run[-1].seq + 1)
        if run and not (follows and size <= BATCH_BYTES_MAX):
            break
        run.append(envelope)
        positions.append(position)
    return Offer(tuple(run), tuple(positions)) if run else None


def offer_again(session: Session) -> None:
    """What an upstream that was restored has accepted is to be offered again.

    What it refused stays refused: its person was told. What is forgotten cannot be offered: it was
    accepted, but the numbers that it had then are nobody's now.
    """
    session.connection().execute(VOID_NUMBERS)
    session.connection().execute(
        update(command_log)
        .where(command_log.c.state == "accepted")
        .values(state="reoffered", outcome=None)
    )


def settle_reoffered(session: Session) -> None:
    """Rows of the new epoch have come: what is still undecided stands upon them like any other."""
    session.connection().execute(
        update(command_log).where(command_log.c.state == "reoffered").values(state="pending")
    )


def forget_introductions(session: Session, *, but_of: str) -> None:
    """Of a desk that introduces itself anew: what introduced a former device of it is void.

    No person issued it: its actor is its device. Sealed anew it would be known by its id, and
    nothing would come of it for the new device.
    """
    rows = session.execute(
        select(command_log.c.position, command_log.c.envelope).where(
            command_log.c.state.in_(UNDECIDED)
        )
    ).all()
    for position, body in rows:
        envelope = unpacked(body)
        if envelope.actor == envelope.device != but_of:
            session.connection().execute(
                delete(command_log).where(command_log.c.position == position)
            )


def seal_anew(session: Session, device: str, *, first_seq: int, only_of: str | None = None) -> None:
    """Number every undecided command anew under another device, at the end of the log.

    Ids and arguments stay, so the upstream knows again what it has already decided. With
    `only_of`, only those of that device.
    """
    theirs = command_log.c.device == only_of if only_of else command_log.c.device != device
    rows = session.execute(
        select(command_log.c.position, command_log.c.envelope)
        .where(command_log.c.state.in_(UNDECIDED), theirs)
        .order_by(command_log.c.position)
    ).all()
    position = session.scalar(select(func.max(command_log.c.position))) or 0
    for number, row in enumerate(rows):
        envelope = msgspec.structs.replace(
            unpacked(row.envelope), device=device, seq=first_seq + number
        )
        session.connection().execute(
            update(command_log)
            .where(command_log.c.position == row.position)
            .values(
                position=position + 1 + number,
                device=device,
                seq=envelope.seq,
                envelope=packed(envelope),
            )
        )
