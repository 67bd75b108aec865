"""One sync round, with no clock, socket or thread in it.

A generator that yields what to send and is given the answer; the driver may be a thread with
HTTP or a simulated network that loses, repeats and delays. Every step can be cut: what was not
settled is simply tried again, because every request may be repeated.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TypeVar, cast

from sync.desk import Desk, Harvest
from sync.errors import (
    LineDown,
    OtherVersion,
    ProtocolError,
    StaleReplica,
    Unavailable,
    UnreadableAnswer,
)
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


AMENDS_MAX = 2
"""A round may find the upstream restored, then itself an old copy; anything more is the line's."""


class UpstreamBehind(ProtocolError):
    """The upstream stands before where it stood: an old answer, or a copy without a new epoch."""


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
    "id_reused": ProtocolError,
    "out_of_order": ProtocolError,
}


def sync_round(desk: Desk) -> Steps[frozenset[str]]:
    """Push, pull, settle; gives the tables that changed.

    Raises LineDown, Unavailable or a ProtocolError; the desk then has lost nothing.
    """
    for _ in range(AMENDS_MAX):
        try:
            return desk.settle((yield from _harvest(desk)))
        except EpochChanged as met:
            desk.meet_epoch(met.epoch)
        except StaleReplica:
            desk.take_new_identity()
    return desk.settle((yield from _harvest(desk)))


def _harvest(desk: Desk) -> Steps[Harvest]:
    epoch, cursor = desk.position()
    if epoch is None:
        # What is pushed must be known by the epoch it was pushed to.
        hello = PullChanges(device=desk.device, epoch=None, cursor={})
        epoch = (yield from _asked(hello, None)).epoch
    outcomes = yield from _push(desk, epoch)
    return (yield from _pull(desk, epoch, cursor, outcomes))


def _push(desk: Desk, epoch: str | None) -> Steps[list[Outcome]]:
    outcomes: list[Outcome] = []
    position = 0
    while offer := desk.offer(after_position=position):
        commands = list(offer.commands)
        request = PushCommands(
            device=offer.device, epoch=epoch, commands=commands, after=offer.after
        )
        decided = cast(Decided, (yield from _asked(request, epoch)))
        _check_outcomes(decided, request)
        outcomes += decided.outcomes
        if len(decided.outcomes) < len(commands):
            break
        position = offer.last_position
    return outcomes


def _check_outcomes(decided: Decided, request: PushCommands) -> None:
    offered = [envelope.id for envelope in request.commands[: len(decided.outcomes)]]
    if [outcome.id for outcome in decided.outcomes] != offered:
        raise UnreadableAnswer("the outcomes are of other commands")


def _pull(desk: Desk, epoch: str | None, cursor: Cursor, outcomes: list[Outcome]) -> Steps[Harvest]:
    """Pull until one page brings every scope to where all of them stand at one moment."""
    changes: list[Change] = []
    snapshots: dict[str, Snapshot] = {}
    while True:
        request = PullChanges(device=desk.device, epoch=epoch, cursor=cursor)
        page = cast(ChangesPage, (yield from _asked(request, epoch)))
        _check_heads(page, cursor)
        for item in page.changes:
            changes.append(item)
            cursor = cursor | {item.scope: item.number}
        begun = _to_take(page, cursor)
        for scope in begun:
            wanted = TakeSnapshot(device=desk.device, scope=scope)
            taken = cast(Snapshot, (yield from _asked(wanted, epoch)))
            snapshots[scope] = taken
            changes = [item for item in changes if item.scope != scope]
            cursor = cursor | {scope: taken.number}
        if not (page.more or begun):
            return Harvest(
                epoch=page.epoch,
                granted=frozenset(page.heads),
                outcomes=tuple(outcomes),
                changes=tuple(item for item in changes if item.scope in page.heads),
                snapshots=tuple(snapshots[s] for s in sorted(snapshots.keys() & page.heads)),
            )


def _check_heads(page: ChangesPage, cursor: Cursor) -> None:
    for scope, head in page.heads.items():
        if cursor.get(scope, 0) > head:
            raise UpstreamBehind("the upstream knows less than it has told: was it restored?")


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
