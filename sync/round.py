"""One sync round, with no clock, socket or thread in it.

A generator that yields what to send and is given the answer; the driver may be a thread with
HTTP or a simulated network that loses, repeats and delays. Every step can be cut: what was not
settled is simply tried again, because every request may be repeated.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Set
from typing import TypeVar, cast

from msgspec import Struct, field
from msgspec.structs import replace

from sync.desk import Desk
from sync.errors import (
    LineDown,
    OtherVersion,
    ProtocolError,
    StaleReplica,
    Unavailable,
    UnreadableAnswer,
    Withdrawn,
)
from sync.harvest import Harvest
from sync.held import scope_of
from sync.loading import Taken
from sync.offers import Offer
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
    SnapshotPart,
    TakeSnapshot,
)

T = TypeVar("T")
Steps = Generator[Request, Answer, T]
SNAPSHOT_WHEN_BEHIND = 20_000
"""Further behind than this many changes in a scope, its snapshot is the shorter way."""


PARTS_A_ROUND = 8
"""Of a scope that is new here; then what was done meanwhile, here and elsewhere, has its turn."""
AMENDS_MAX = 3
"""A round may find another upstream, one restored, then itself an old copy; more is the line's."""


class UpstreamBehind(ProtocolError):
    """The upstream stands before where it stood: an old answer, or a copy without a new epoch."""


class OtherRelay(ProtocolError):
    """The upstream is not the relay whose held commands stand here."""


class NotTakenFor(ProtocolError):
    """The upstream does not take this copy for the device that it spoke as."""


class StaleDevice(StaleReplica):
    """As StaleReplica, of the device whose commands were offered."""

    def __init__(self, device: str) -> None:
        super().__init__(device)
        self.device = device


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
    "device_not_proven": ProtocolError,
    "device_not_allowed": NotTakenFor,
    "device_withdrawn": Withdrawn,
    "other_version": OtherVersion,
    "stale_replica": StaleReplica,
    "other_relay": OtherRelay,
    "id_reused": ProtocolError,
    "out_of_order": ProtocolError,
}


def sync_round(desk: Desk) -> Steps[frozenset[str]]:
    """Push, pull, settle; gives the tables that changed.

    Raises LineDown, Unavailable or a ProtocolError; the desk then has lost nothing that was done
    at it. One that was withdrawn has let go of what it held.
    """
    changed: frozenset[str] = frozenset()
    while True:
        try:
            harvest = yield from _amending(desk)
        except Withdrawn:
            desk.let_go()
            raise
        changed |= desk.settle(harvest)
        if not (harvest.has_more or desk.checks.begin_again_what_differs(harvest.sums)):
            return changed


def _amending(desk: Desk) -> Steps[Harvest]:
    if not desk.identities.can_prove(desk.device):
        desk.take_new_identity(desk.device)
    for _ in range(AMENDS_MAX):
        try:
            return (yield from _harvest(desk))
        except EpochChanged as met:
            desk.meet_epoch(met.epoch)
        except OtherRelay:
            desk.leave_relay()
        except StaleDevice as stale:
            desk.take_new_identity(stale.device)
    return (yield from _harvest(desk))


def _harvest(desk: Desk) -> Steps[Harvest]:
    epoch, cursor = desk.position()
    if epoch is None:
        # What is pushed must be known by the epoch it was pushed to.
        hello = PullChanges(device=desk.device, epoch=None, cursor={})
        epoch = (yield from _asked(hello, None)).epoch
    outcomes, has_more = yield from _push(desk, epoch)
    harvest = yield from _pull(desk, epoch, cursor, outcomes)
    return replace(harvest, has_more=has_more or harvest.has_more)


def _push(desk: Desk, epoch: str | None) -> Steps[tuple[list[Outcome], bool]]:
    """What was decided, and whether there is more that may be offered once that is settled."""
    outcomes: list[Outcome] = []
    position = offers = 0
    settles_after = desk.offers_before_settling()
    carries_nothing = False
    while offer := desk.offer(after_position=position):
        if offers == settles_after:
            return outcomes, True
        try:
            if carries_nothing and offer.device != desk.device:
                raise NotTakenFor
            decided = yield from _offered(desk, offer, epoch)
        except NotTakenFor:
            if not desk.is_relay or offer.device == desk.device:
                _give_up_as(desk, offer.device)
            # A relay may carry nothing before the centre has its introduction, which comes behind.
            position, carries_nothing = offer.positions[-1], True
            continue
        offers += 1
        outcomes += decided
        if not decided:
            break
        # An upstream that is busy decides a part. What waits is run again by whatever comes down,
        # so with thousands waiting the rest is offered first.
        position = offer.positions[len(decided) - 1]
    return outcomes, carries_nothing and bool(outcomes)


def _give_up_as(desk: Desk, device: str) -> None:
    """What was issued under a name that this copy cannot prove is issued under another.

    Where it can, something is set up wrongly, and another name would fare as ill.
    """
    if desk.identities.can_prove(device):
        raise NotTakenFor
    raise StaleDevice(device)


def _offered(desk: Desk, offer: Offer, epoch: str | None) -> Steps[list[Outcome]]:
    request = PushCommands(
        device=offer.device,
        epoch=epoch,
        commands=list(offer.commands),
        after=offer.after,
        relay=desk.relay(),
        again=desk.sending(offer),
    )
    try:
        decided = cast(Decided, (yield from _asked(request, epoch)))
    except StaleReplica as stale:
        raise StaleDevice(offer.device) from stale
    except Withdrawn as withdrawn:
        if offer.device == desk.device:
            raise
        # Another that this copy was, or carries for.
        raise StaleDevice(offer.device) from withdrawn
    _check_outcomes(decided, request)
    return decided.outcomes


def _check_outcomes(decided: Decided, request: PushCommands) -> None:
    offered = [envelope.id for envelope in request.commands[: len(decided.outcomes)]]
    if [outcome.id for outcome in decided.outcomes] != offered:
        raise UnreadableAnswer("the outcomes are of other commands")


class _Gathered(Struct):
    """What a round has pulled so far. Scopes `apart` come in parts, and go on in the next round."""

    cursor: Cursor
    changes: list[Change] = field(default_factory=list)
    snapshots: dict[str, Taken] = field(default_factory=dict)
    apart: set[str] = field(default_factory=set)

    def note(self, page: ChangesPage) -> None:
        """Changes have come."""
        self.changes += page.changes
        self.cursor = self.cursor | {item.scope: item.number for item in page.changes}

    def begin(self, scope: str) -> bool:
        """A scope is to be taken from its beginning; says whether it had been taken already."""
        self.changes = [item for item in self.changes if item.scope != scope]
        self.cursor = {known: number for known, number in self.cursor.items() if known != scope}
        return self.snapshots.pop(scope, None) is not None

    def take(self, scope: str, taken: Taken | None) -> None:
        """It is here as a whole, or as far as it comes in this round."""
        if taken is None:
            self.apart.add(scope)
            return
        self.snapshots[scope] = taken
        self.cursor = self.cursor | {scope: taken.number}

    def harvest(self, page: ChangesPage, outcomes: list[Outcome]) -> Harvest:
        """All of it, in the scopes of the last page."""
        return Harvest(
            epoch=page.epoch,
            granted=frozenset(page.heads),
            outcomes=tuple(outcomes),
            changes=tuple(item for item in self.changes if item.scope in page.heads),
            snapshots=tuple(self.snapshots[s] for s in sorted(self.snapshots.keys() & page.heads)),
            sums={s: n for s, n in page.sums.items() if self.cursor.get(s) == page.heads.get(s)},
            is_cut_off=page.is_cut_off,
            has_more=bool(self.apart),
        )


def _pull(desk: Desk, epoch: str | None, cursor: Cursor, outcomes: list[Outcome]) -> Steps[Harvest]:
    """Pull until one page brings every scope to where all of them stand at one moment.

    But for those that are new here and too large for one round.
    """
    gathered = _Gathered(cursor)
    while True:
        request = PullChanges(device=desk.device, epoch=epoch, cursor=gathered.cursor)
        page = cast(ChangesPage, (yield from _asked(request, epoch)))
        _check_heads(page, gathered.cursor)
        gathered.note(page)
        begun = [s for s in _to_take(page, gathered.cursor) if s not in gathered.apart]
        _check_may_begin(page, gathered.cursor, begun)
        # What is new comes before what is on its way: it begins with what is needed first.
        for scope in sorted(begun, key=lambda scope: desk.loads.of(scope) is not None):
            if gathered.begin(scope):
                # What follows what was taken is not kept any more.
                desk.loads.begin_again(scope)
            taken = yield from _load(desk, scope, epoch, page.heads.keys())
            gathered.take(scope, taken)
        if not (page.more or begun):
            _check_read(page, gathered.snapshots.values())
            return gathered.harvest(page, outcomes)


def _load(desk: Desk, scope: str, epoch: str | None, granted: Set[str]) -> Steps[Taken | None]:
    """All rows of a scope; None when it is new here and the rest may come in the next round."""
    is_new = desk.loads.is_new(scope)
    load = desk.loads.of(scope)
    if load and load.epoch != epoch:
        desk.loads.begin_again(scope)
        load = None
    asked = 0
    while load is None or load.taken is None:
        if is_new and asked == PARTS_A_ROUND:
            return None
        asked += 1
        after = load.next if load else None
        wanted = TakeSnapshot(device=desk.device, scope=scope, after=after)
        part = cast(SnapshotPart, (yield from _asked(wanted, epoch)))
        if (part.scope, part.after) != (scope, after):
            raise UnreadableAnswer("the part is of another place")
        if load and (load.epoch, load.given_by) != (part.epoch, part.given_by):
            # Each keeps its rows in an order of its own.
            desk.loads.begin_again(scope)
            load = None
        elif load is None and part.next is None:
            return Taken(scope, part.number, part.number, part.rows)
        else:
            load = desk.loads.take(part)
            if after is None:
                yield from _take_first_again(desk, epoch, granted - {scope})
    return load.taken


def _take_first_again(desk: Desk, epoch: str | None, scopes: Set[str]) -> Steps[None]:
    """What a desk needs first of the scopes on their way may be other rows now that it has another.

    Until it has joined an office, it is not known whose names it needs.
    """
    for scope in sorted(desk.loads.coming() & scopes):
        wanted = TakeSnapshot(device=desk.device, scope=scope, first_only=True)
        part = cast(SnapshotPart, (yield from _asked(wanted, epoch)))
        if (part.scope, part.after) != (scope, None):
            raise UnreadableAnswer("the part is of another place")
        desk.loads.add(part)


def _check_read(page: ChangesPage, snapshots: Iterable[Taken]) -> None:
    """Some of the rows may be newer than what this upstream knows, when it changed meanwhile."""
    for taken in snapshots:
        if page.heads.get(taken.scope, taken.read_upto) < taken.read_upto:
            raise Unavailable("the upstream is behind what was loaded")


def _check_heads(page: ChangesPage, cursor: Cursor) -> None:
    """A relay may be behind the centre; in what it numbers itself it may not be behind itself."""
    for scope in _behind(page, cursor):
        if page.relay is None or scope == scope_of(page.relay):
            raise UpstreamBehind("the upstream knows less than it has told: was it restored?")


def _check_may_begin(page: ChangesPage, cursor: Cursor, begun: list[str]) -> None:
    """A row that has moved on may still stand in the scope as a relay that is behind has it."""
    if page.relay is not None and _behind(page, cursor) and set(begun) - {scope_of(page.relay)}:
        raise Unavailable("the relay is behind this desk")


def _behind(page: ChangesPage, cursor: Cursor) -> list[str]:
    return [scope for scope, head in page.heads.items() if cursor.get(scope, 0) > head]


def _to_take(page: ChangesPage, cursor: Cursor) -> list[str]:
    return [
        scope
        for scope, head in sorted(page.heads.items())
        if scope not in cursor
        or scope in page.too_old
        or head - cursor[scope] > SNAPSHOT_WHEN_BEHIND
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
