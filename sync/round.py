"""One sync round, with no clock, socket or thread in it.

A generator that yields what to send and is given the answer; the driver may be a thread with
HTTP or a simulated network that loses, repeats and delays. Every step can be cut: what was not
settled is simply tried again, because every request may be repeated.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TypeVar, cast

from sync.desk import Desk, Harvest
from sync.errors import LineDown, OtherVersion, ProtocolError, StaleReplica, Unavailable
from sync.wire import (
    Answer,
    Change,
    ChangesPage,
    Cursor,
    Decided,
    Failure,
    Outcome,
    PullChanges,
    PushCommands,
    Request,
    Snapshot,
    TakeSnapshot,
)

T = TypeVar("T")
Steps = Generator[Request, Answer, T]
SNAPSHOT_WHEN_BEHIND = 20_000
"""Further behind than this many changes in a scope, its snapshot is the shorter way."""


class EpochChanged(ProtocolError):
    """The upstream is another copy than the one last met."""

    def __init__(self, epoch: str) -> None:
        super().__init__(epoch)
        self.epoch = epoch


FAILURES: dict[str, type[Exception]] = {
    "unreadable": ProtocolError,
    "too_large": ProtocolError,
    "unsupported_encoding": ProtocolError,
    "no_such_route": ProtocolError,
    "method_not_allowed": ProtocolError,
    "device_not_allowed": ProtocolError,
    "other_version": OtherVersion,
    "stale_replica": StaleReplica,
    "id_reused": StaleReplica,
    "out_of_order": StaleReplica,
}


def sync_round(desk: Desk) -> Steps[frozenset[str]]:
    """Push, pull, settle; gives the tables that changed.

    Raises LineDown, Unavailable or a ProtocolError; the desk is then as it was.
    """
    try:
        harvest = yield from _harvest(desk)
    except EpochChanged as met:
        desk.meet_epoch(met.epoch)
        harvest = yield from _harvest(desk)
    return desk.settle(harvest)


def _harvest(desk: Desk) -> Steps[Harvest]:
    epoch, cursor = desk.position()
    outcomes = yield from _push(desk, epoch)
    return (yield from _pull(desk, epoch, cursor, outcomes))


def _push(desk: Desk, epoch: str | None) -> Steps[list[Outcome]]:
    outcomes: list[Outcome] = []
    seq = 0
    while batch := desk.undecided(after_seq=seq):
        request = PushCommands(device=desk.device, epoch=epoch, commands=batch)
        decided = cast(Decided, (yield from _asked(request, epoch)))
        outcomes += decided.outcomes
        if len(decided.outcomes) < len(batch):
            break
        seq = batch[-1].seq
    return outcomes


def _pull(desk: Desk, epoch: str | None, cursor: Cursor, outcomes: list[Outcome]) -> Steps[Harvest]:
    changes: list[Change] = []
    snapshots: dict[str, Snapshot] = {}
    while True:
        request = PullChanges(device=desk.device, epoch=epoch, cursor=cursor)
        page = cast(ChangesPage, (yield from _asked(request, epoch)))
        for item in page.changes:
            changes.append(item)
            cursor = cursor | {item.scope: item.number}
        for scope in _to_take(page, cursor):
            wanted = TakeSnapshot(device=desk.device, scope=scope)
            taken = cast(Snapshot, (yield from _asked(wanted, epoch)))
            snapshots[scope] = taken
            changes = [item for item in changes if item.scope != scope]
            cursor = cursor | {scope: taken.number}
        if not page.more:
            return Harvest(
                epoch=page.epoch,
                granted=frozenset(page.heads),
                outcomes=tuple(outcomes),
                changes=tuple(changes),
                snapshots=tuple(snapshots.values()),
            )


def _to_take(page: ChangesPage, cursor: Cursor) -> list[str]:
    return [
        scope
        for scope, head in sorted(page.heads.items())
        if scope not in cursor or head - cursor[scope] > SNAPSHOT_WHEN_BEHIND
    ]


def _asked(request: Request, epoch: str | None) -> Steps[Answer]:
    answer = yield request
    if isinstance(answer, Failure):
        raise _failed(answer)
    if epoch is not None and answer.epoch != epoch:
        raise EpochChanged(answer.epoch)
    return answer


def _failed(failure: Failure) -> Exception:
    if failure.code == "other_epoch" and failure.epoch:
        return EpochChanged(failure.epoch)
    if failure.code == "line_down":
        return LineDown(failure.detail)
    return FAILURES.get(failure.code, Unavailable)(failure.detail or failure.code)
